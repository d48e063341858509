//! Creates that may be sent again. With the header `Idempotency-Key`, the same request of the same caller is answered
//! as it was answered before, and nothing is made a second time: the answer is stored in the transaction that makes
//! the thing. What was refused or undone is not kept; sent again, it is tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Extension;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest as _, FromRequestParts as _, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hmac::{Hmac, Mac as _};
use lakehead_store::{KeptAnswer, KeptKey, StoreError, Tx};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::body::RawBody;
use super::caller::{Caller, header as text_of};
use super::catalog::is_only_checked;
use super::problem::{Answer, Problem};
use crate::app::App;

/// The key of the caller.
pub(crate) const KEY: &str = "idempotency-key";
/// Says that an answer is one of before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// What of the headers belongs to the answer.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// What the hashes are keyed with is derived for.
const PURPOSE: &str = "kept answers v1";

/// A create with a key. Both are hashes that only this installation can make: bodies have secrets in them, which nobody
/// shall find out by trying from a copy of the database.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    key_hash: String,
    fingerprint: String,
    /// Whether the request came as far as to write.
    wrote: Arc<AtomicBool>,
}

/// What became of a transaction.
pub(crate) enum Ending {
    /// It is durable.
    Committed(Response),
    /// Nothing of it stays, for certain: what was prepared for it is not needed.
    Undone(Answer<Response>),
    /// It may have been committed or not, such as where the database went away.
    Unknown(Problem),
}

/// An answer as it is stored.
#[derive(Debug, Deserialize, Serialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// Layer of the routes that make something, see `Service::create`.
pub(super) async fn middleware(Extension(app): Extension<App>, request: Request, next: Next) -> Response {
    answered(&app, request, next).await.unwrap_or_else(Problem::into_response)
}

async fn answered(app: &App, request: Request, next: Next) -> Answer<Response> {
    let Some(key) = text_of(request.headers(), KEY)?.map(str::to_owned) else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, app).await?;
    let RawBody(bytes) = RawBody::from_request(Request::from_parts(parts.clone(), body), app).await?;
    let attempt = Attempt::new(&*app.store.derive_key(PURPOSE), &key, &parts, &bytes)?;
    if let Some(answer) = attempt.find(app, &caller).await? {
        return Ok(answer);
    }
    parts.extensions.insert(attempt.clone());
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    if response.status().is_success() || !attempt.may_be_late(response.status()) {
        return Ok(response);
    }
    match attempt.find_last(app, &caller).await {
        Ok(Some(kept)) => attempt.replay(&kept),
        Ok(None) => Ok(response),
        // The refusal is true all the same.
        Err(problem) => {
            tracing::warn!(cause = ?problem, "whether the same request was faster is not known");
            Ok(response)
        }
    }
}

impl Attempt {
    /// The answer depends on all of this: the same request has the same of each.
    fn new(secret: &[u8], key: &str, parts: &Parts, body: &[u8]) -> Answer<Self> {
        let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let accept: Vec<_> = parts.headers.get_all(header::ACCEPT).iter().map(HeaderValue::as_bytes).collect();
        let (accept, only_checked) = (accept.join(&b"\n"[..]), [u8::from(is_only_checked(&parts.headers))]);
        let request = [key.as_bytes(), parts.method.as_str().as_bytes(), path.as_bytes(), &accept, &only_checked, body];
        Ok(Self {
            key_hash: hash(secret, &[key.as_bytes()])?,
            fingerprint: hash(secret, &request)?,
            wrote: Arc::default(),
        })
    }

    /// Notes that the request has come as far as to write.
    pub(super) fn writes(&self) {
        self.wrote.store(true, Ordering::Relaxed);
    }

    /// Whether a refusal may be due to the same request that was faster, such as for a title that it has taken. What is
    /// refused for what it says is so whatever others do; to ask costs a turn of the one writer.
    fn may_be_late(&self, status: StatusCode) -> bool {
        self.wrote.load(Ordering::Relaxed) || status == StatusCode::CONFLICT || status.is_server_error()
    }

    fn key<'a>(&'a self, caller: &'a Caller) -> KeptKey<'a> {
        KeptKey { scope: &caller.scope, owner: &caller.actor.user, key_hash: &self.key_hash }
    }

    /// The answer of before.
    async fn find(&self, app: &App, caller: &Caller) -> Answer<Option<Response>> {
        let kept = app.store.read().await?.kept_answer(self.key(caller), app.clock.now_ms()).await?;
        kept.map(|kept| self.replay(&kept)).transpose()
    }

    /// The same, of requests that have only just ended: on SQLite, others who write see them before readers do. After the
    /// rollback what was seen is durable.
    async fn find_last(&self, app: &App, caller: &Caller) -> Answer<Option<KeptAnswer>> {
        let mut tx = caller.write(app).await?;
        let kept = tx.kept_answer(self.key(caller), app.clock.now_ms()).await?;
        tx.rollback().await?;
        Ok(kept)
    }

    fn replay(&self, kept: &KeptAnswer) -> Answer<Response> {
        if kept.fingerprint != self.fingerprint {
            let message = "this `Idempotency-Key` came with another request before; send another key with this one";
            return Err(Problem::new("PLATFORM-1007-422", message));
        }
        let Kept { status, headers, body } =
            serde_json::from_str(&kept.answer).map_err(|error| Problem::internal(&error))?;
        let mut response = (StatusCode::from_u16(status).unwrap_or_default(), body).into_response();
        let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in pairs.chain([(REPLAYED.as_str(), "true")]) {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        Ok(response)
    }
}

impl Caller {
    /// Commits what was made and answers `response`. Where the caller sent a key, the answer is stored with it; where
    /// the same request was faster, nothing of this one stays and the answer is that of the other.
    pub(crate) async fn commit(&self, app: &App, tx: Tx, response: Response) -> Answer<Response> {
        self.end(app, tx, response).await.answer()
    }

    /// The same, for whoever has to know what became of it.
    pub(crate) async fn end(&self, app: &App, mut tx: Tx, response: Response) -> Ending {
        let response = match &self.attempt {
            None => response,
            Some(attempt) => match attempt.keep(app, self, &mut tx, response).await {
                Ok(Some(response)) => response,
                Ok(None) => return Ending::Undone(attempt.of_faster(app, self, tx).await),
                Err(problem) => return Ending::Undone(Err(problem)),
            },
        };
        match tx.commit().await {
            Ok(()) => Ending::Committed(response),
            Err(undone @ StoreError::Undone) => Ending::Undone(Err(undone.into())),
            Err(error) => Ending::Unknown(error.into()),
        }
    }
}

impl Ending {
    /// What the caller is told.
    pub(crate) fn answer(self) -> Answer<Response> {
        match self {
            Self::Committed(response) => Ok(response),
            Self::Undone(answer) => answer,
            Self::Unknown(problem) => Err(problem),
        }
    }
}

impl Attempt {
    /// Keeps the response as the last thing before the commit; `None` where the same request was faster.
    async fn keep(&self, app: &App, caller: &Caller, tx: &mut Tx, response: Response) -> Answer<Option<Response>> {
        let (response, kept) = self.kept(response).await?;
        let is_first = tx.keep_answer(self.key(caller), &kept, app.clock.now_ms()).await?;
        Ok(is_first.then_some(response))
    }

    /// The answer to the same request that was faster, after this one is undone.
    async fn of_faster(&self, app: &App, caller: &Caller, tx: Tx) -> Answer<Response> {
        tx.rollback().await?;
        let answer = self.find(app, caller).await?;
        answer.ok_or_else(|| Problem::new("FLOW-1103-503", "the same request was under way; send it again"))
    }

    /// The response, and what of it is stored.
    async fn kept(&self, response: Response) -> Answer<(Response, KeptAnswer)> {
        let (parts, body) = response.into_parts();
        let body: Bytes = to_bytes(body, usize::MAX).await.map_err(|error| Problem::internal(&error))?;
        let value = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let headers = KEPT_HEADERS.iter().filter_map(|name| Some((name.to_string(), value(name)?.to_owned())));
        let kept = Kept {
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        let answer = serde_json::to_string(&kept).map_err(|error| Problem::internal(&error))?;
        let kept = KeptAnswer { fingerprint: self.fingerprint.clone(), answer };
        Ok((Response::from_parts(parts, Body::from(body)), kept))
    }
}

/// HMAC-SHA-256 of all parts, each with its length before it.
fn hash(secret: &[u8], parts: &[&[u8]]) -> Answer<String> {
    let mut digest = Hmac::<Sha256>::new_from_slice(secret).map_err(|error| Problem::internal(&error))?;
    for part in parts {
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    Ok(hex::encode(digest.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(secret: &[u8], headers: &[(&str, &str)]) -> Attempt {
        let mut request = Request::post("/data/foundation/catalog/dataSets?a=1");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Attempt::new(secret, "k", &parts, b"{}").unwrap()
    }

    /// Whoever has the database and not the master key cannot try what a body was.
    #[test]
    fn hashes_are_those_of_one_installation() {
        let (here, elsewhere) = (attempt(&[1; 32], &[]), attempt(&[2; 32], &[]));
        assert_ne!(here.key_hash, elsewhere.key_hash);
        assert_ne!(here.fingerprint, elsewhere.fingerprint);
        assert_eq!(here.fingerprint, attempt(&[1; 32], &[("user-agent", "x")]).fingerprint);
    }

    #[test]
    fn headers_that_the_answer_depends_on_belong_to_the_request() {
        let of = |headers: &[(&str, &str)]| attempt(&[1; 32], headers).fingerprint;
        let prints = [
            of(&[]),
            of(&[("accept", "application/vnd.adobe.xed-full+json")]),
            of(&[("accept", "application/json")]),
            of(&[("pragma", "validate-only")]),
        ];
        let different: std::collections::BTreeSet<_> = prints.iter().collect();
        assert_eq!(different.len(), prints.len());
        assert_eq!(of(&[("pragma", "no-cache")]), of(&[]), "says nothing about the answer");
    }

    #[test]
    fn what_is_refused_for_what_it_says_asks_nobody_again() {
        let attempt = attempt(&[1; 32], &[]);
        let late = |status| attempt.may_be_late(StatusCode::from_u16(status).unwrap());
        assert_eq!([400, 403, 404, 409, 422, 500, 503].map(late), [false, false, false, true, false, true, true]);
        // A copy of it is what the handler has.
        attempt.clone().writes();
        assert!([400, 403, 404, 409, 422, 500, 503].map(late).iter().all(|late| *late));
    }
}
