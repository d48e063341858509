//! Access tokens: `POST /ims/token/v3` (and older versions) with client credentials.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lakehead_store::ServiceClient;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::body::{QueryPairs, RawBody};
use super::problem::Problem;
use super::routes::{Doc, Service};
use crate::access::administer::hash;
use crate::app::App;

/// Largest request body, bytes.
pub(super) const MAX_BODY_BYTES: usize = 16 * 1024;
/// Longest client id that can be one, bytes.
const MAX_CLIENT_ID: usize = 64;

/// The routes of the token endpoint.
pub(super) fn routes() -> Service {
    let doc = |id, summary| Doc::new(id, summary).public().form("TokenRequest").answers(200, "Token");
    Service::new("", "Tokens")
        .post("/ims/token/v3", issue, doc("issueToken", "Exchange client credentials for a token"))
        .post("/ims/token/v2", issue, doc("issueTokenV2", "The same, for older clients"))
        .post("/ims/token/v1", issue, doc("issueTokenV1", "The same; an authorization code is refused"))
        .post(
            "/ims/exchange/jwt",
            exchange,
            Doc::new("exchangeJwt", "Refused: signed requests for tokens are not taken").public(),
        )
}

/// Exchanges a client's credentials for a bearer token. Parameters come as a form or in the query.
async fn issue(
    State(app): State<App>,
    QueryPairs(mut parameters): QueryPairs,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    if body.len() > MAX_BODY_BYTES {
        let message = format!("the request body must have at most {MAX_BODY_BYTES} bytes");
        return Ok(refuse(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", &message));
    }
    parameters.extend(url::form_urlencoded::parse(&body).into_owned());
    let parameters = QueryPairs(parameters);
    let invalid = |error, message| Ok(refuse(StatusCode::BAD_REQUEST, error, message));
    match parameters.get("grant_type") {
        Some("client_credentials") => {}
        Some("authorization_code") => {
            let message =
                "there is no authorization server here; send client_credentials, or a token of your own issuer";
            return invalid("unsupported_grant_type", message);
        }
        Some(_) => return invalid("unsupported_grant_type", "only client_credentials is supported"),
        None => return invalid("invalid_request", "grant_type is missing; send client_credentials"),
    }
    let (Some(client_id), Some(secret)) = (parameters.get("client_id"), parameters.get("client_secret")) else {
        return invalid("invalid_request", "client_id and client_secret are both needed");
    };
    Ok(match grant(&app, client_id, secret).await? {
        Ok(token) => granted(&token),
        Err(refusal) => refusal,
    })
}

/// The token for the client with these credentials as it is answered, or the answer that says why not.
pub(super) async fn grant(app: &App, client_id: &str, secret: &str) -> Result<Result<Value, Response>, Problem> {
    let Some(client) = proved(app, client_id, secret).await? else {
        return Ok(Err(wrong_credentials(app, client_id).await));
    };
    let life_s = app.settings.token_life_s;
    let token = app.access.tokens.issue(&client, life_s).await?;
    Ok(Ok(json!({ "access_token": token, "token_type": "bearer", "expires_in": life_s - 1 })))
}

/// The answer with a token.
pub(super) fn granted(token: &Value) -> Response {
    uncached(Json(token).into_response())
}

/// The client whose secret, new or replaced a short time ago, this is. A disabled one has none.
async fn proved(app: &App, client_id: &str, secret: &str) -> Result<Option<ServiceClient>, Problem> {
    let client = match client_id.len() {
        // A text that cannot be stored is no id either.
        1..=MAX_CLIENT_ID if !client_id.contains('\0') => app.store.read().await?.client(client_id).await?,
        _ => None,
    };
    let given = hash(secret);
    let is = |expected: &str| bool::from(given.as_bytes().ct_eq(expected.as_bytes()));
    // An unknown client costs the same comparisons as a wrong secret.
    let nothing = "0".repeat(64);
    let current = is(client.as_ref().map_or(&nothing, |client| &client.secret_sha256));
    let old = client.as_ref().and_then(|client| client.old_secret.as_ref());
    let replaced =
        is(old.map_or(&nothing, |old| &old.sha256)) && old.is_some_and(|old| app.clock.now_ms() < old.until_ms);
    Ok(client.filter(|client| (current || replaced) && !client.disabled))
}

async fn wrong_credentials(app: &App, client_id: &str) -> Response {
    let counted = client_id.get(..MAX_CLIENT_ID).unwrap_or(client_id);
    let Some(wait_s) = app.access.attempts.wrong(counted).await else {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "the client id or its secret is wrong");
    };
    let message = format!("too many wrong secrets for this client id; wait {wait_s} seconds and check the secret");
    let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, "invalid_client", &message);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    response
}

/// `POST /ims/exchange/jwt`
async fn exchange() -> Response {
    let message = "signed requests for tokens are not taken; send client_credentials to /ims/token/v3";
    refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", message)
}

pub(super) fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    uncached((status, Json(body)).into_response())
}

fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
