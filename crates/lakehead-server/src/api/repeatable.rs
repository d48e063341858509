//! Creates that may be sent again. With the header `Idempotency-Key`, the same request of the same caller is answered
//! as it was answered before, and nothing is made a second time: the answer is stored in the transaction that makes
//! the thing. What was refused or undone is not kept; sent again, it is tried again.

use axum::Extension;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest as _, FromRequestParts as _, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use lakehead_store::{KeptAnswer, KeptKey, Tx};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::body::RawBody;
use super::caller::{Caller, header as text_of};
use super::problem::{Answer, Problem};
use crate::app::App;

/// The key of the caller.
pub(crate) const KEY: &str = "idempotency-key";
/// Says that an answer is one of before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// What of the headers belongs to the answer.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// A create with a key. Both are hashes: the key is random, so that nobody finds out from the database which secrets
/// were in the body.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    key_hash: String,
    fingerprint: String,
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
    if !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    answered(&app, request, next).await.unwrap_or_else(Problem::into_response)
}

async fn answered(app: &App, request: Request, next: Next) -> Answer<Response> {
    let (mut parts, body) = request.into_parts();
    let Some(key) = text_of(&parts.headers, KEY)?.map(str::to_owned) else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let caller = Caller::from_request_parts(&mut parts, app).await?;
    let RawBody(bytes) = RawBody::from_request(Request::from_parts(parts.clone(), body), app).await?;
    let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let attempt = Attempt {
        key_hash: hash(&[key.as_bytes()]),
        fingerprint: hash(&[key.as_bytes(), parts.method.as_str().as_bytes(), path.as_bytes(), &bytes]),
    };
    if let Some(answer) = attempt.find(app, &caller).await? {
        return Ok(answer);
    }
    parts.extensions.insert(attempt.clone());
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    if response.status().is_success() {
        return Ok(response);
    }
    // Refused because the same request was faster, such as for a title that it has taken.
    Ok(attempt.find_last(app, &caller).await?.unwrap_or(response))
}

impl Attempt {
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
    async fn find_last(&self, app: &App, caller: &Caller) -> Answer<Option<Response>> {
        let mut tx = caller.write(app).await?;
        let kept = tx.kept_answer(self.key(caller), app.clock.now_ms()).await?;
        tx.rollback().await?;
        kept.map(|kept| self.replay(&kept)).transpose()
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
    /// the same request was faster, nothing of this one stays and the answer is that of the other ([`is_replay`]).
    pub(crate) async fn commit(&self, app: &App, mut tx: Tx, response: Response) -> Answer<Response> {
        let Some(attempt) = &self.attempt else {
            tx.commit().await?;
            return Ok(response);
        };
        let (response, kept) = attempt.keep(response).await?;
        if tx.keep_answer(attempt.key(self), &kept, app.clock.now_ms()).await? {
            tx.commit().await?;
            return Ok(response);
        }
        tx.rollback().await?;
        let answer = attempt.find(app, self).await?;
        answer.ok_or_else(|| Problem::new("FLOW-1103-503", "the same request was under way; send it again"))
    }
}

impl Attempt {
    /// The response, and what of it is stored.
    async fn keep(&self, response: Response) -> Answer<(Response, KeptAnswer)> {
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

/// Whether an answer is one of before: what was prepared for this request is not needed.
pub(crate) fn is_replay(response: &Response) -> bool {
    response.headers().contains_key(REPLAYED)
}

fn hash(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex::encode(digest.finalize())
}
