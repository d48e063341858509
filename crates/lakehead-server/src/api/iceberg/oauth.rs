//! `POST /v1/oauth/tokens`: the token endpoint as clients of the protocol use it.
//!
//! The credentials come in the form or as HTTP Basic. Some clients exchange a token that is about to end for a new one
//! and prove the client with it: they get one for the client.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::api::body::{QueryPairs, RawBody};
use crate::api::problem::Problem;
use crate::api::tokens::{self, MAX_BODY_BYTES};
use crate::app::App;

const GRANTS: [&str; 2] = ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"];

/// What kind of token is given. Clients that exchange a token must be told.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Exchanges a client's credentials for a bearer token.
pub(super) async fn issue(
    State(app): State<App>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    let refuse = |error, message: &str| Ok(tokens::refuse(StatusCode::BAD_REQUEST, error, message));
    if body.len() > MAX_BODY_BYTES {
        return refuse("invalid_request", "the request body is too large");
    }
    let form = QueryPairs(url::form_urlencoded::parse(&body).into_owned().collect());
    match form.get("grant_type") {
        Some(grant) if GRANTS.contains(&grant) => {}
        Some(_) => return refuse("unsupported_grant_type", "only client_credentials is supported"),
        None => return refuse("invalid_request", "grant_type is missing; send client_credentials"),
    }
    let basic = basic(&headers);
    let in_form = form.get("client_id").zip(form.get("client_secret"));
    let in_header = basic.as_deref().and_then(|text| text.split_once(':'));
    match in_form.or(in_header) {
        Some((client_id, secret)) => Ok(match tokens::grant(&app, client_id, secret).await? {
            Ok(mut token) => {
                token["issued_token_type"] = ACCESS_TOKEN.into();
                tokens::granted(&token)
            }
            Err(refusal) => refusal,
        }),
        None => refuse("invalid_request", "client_id and client_secret are both needed"),
    }
}

/// What a header of HTTP Basic says.
fn basic(headers: &HeaderMap) -> Option<String> {
    let (scheme, text) = headers.get("authorization")?.to_str().ok()?.split_once(' ')?;
    let bytes = BASE64_STANDARD.decode(text.trim()).ok()?;
    String::from_utf8(bytes).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))
}
