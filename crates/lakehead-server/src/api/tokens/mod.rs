//! Access tokens: `POST /ims/token/v3` (and `/v2`) with client credentials.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::body::{QueryPairs, RawBody};
use super::problem::Problem;
use super::routes::{Doc, Service};
use crate::app::App;

/// The routes of the token endpoint.
pub(super) fn routes() -> Service {
    let doc = |id, summary| Doc::new(id, summary).public().form("TokenRequest").answers(200, "Token");
    Service::new("", "Tokens")
        .post("/ims/token/v3", issue, doc("issueToken", "Exchange client credentials for a token"))
        .post("/ims/token/v2", issue, doc("issueTokenV2", "The same, for older clients"))
}

/// Exchanges a client's credentials for a bearer token. Parameters come as a form or in the query.
async fn issue(
    State(app): State<App>,
    QueryPairs(mut parameters): QueryPairs,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    parameters.extend(url::form_urlencoded::parse(&body).into_owned());
    let parameters = QueryPairs(parameters);
    match parameters.get("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Ok(refuse("unsupported_grant_type", "only client_credentials is supported")),
        None => return Ok(refuse("invalid_request", "grant_type is missing; send client_credentials")),
    }
    let (Some(client_id), Some(secret)) = (parameters.get("client_id"), parameters.get("client_secret")) else {
        return Ok(refuse("invalid_request", "client_id and client_secret are both needed"));
    };
    let client = app.store.read().await?.client(client_id).await?;
    let given = hex::encode(Sha256::digest(secret));
    // An unknown client costs the same comparison as a wrong secret.
    let expected = client.as_ref().map_or_else(|| "0".repeat(64), |client| client.secret_sha256.clone());
    let matches: bool = given.as_bytes().ct_eq(expected.as_bytes()).into();
    let Some(client) = client.filter(|client| matches && !client.disabled) else {
        return Ok(refuse("invalid_client", "the client id or its secret is wrong"));
    };
    let (token, life_s) =
        app.tokens.issue(&client.client_id, &client.technical_account, &client.org, app.clock.now_ms());
    let body = json!({ "access_token": token, "token_type": "bearer", "expires_in": life_s - 1 });
    Ok(Json(body).into_response())
}

fn refuse(error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    let status = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    (status, Json(body)).into_response()
}
