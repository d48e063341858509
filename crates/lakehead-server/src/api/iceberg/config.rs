//! `GET /v1/config`: the first question of every client.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::{ENDPOINTS, reader};
use crate::api::body::QueryPairs;
use crate::api::caller::Member;
use crate::api::problem::Answer;
use crate::app::App;

/// The warehouse of `warehouse`, of the header `x-sandbox-name`, or the default one: its name is the prefix of the paths.
pub(super) async fn get(State(app): State<App>, headers: HeaderMap, query: QueryPairs) -> Answer<Json<Value>> {
    let member = Member::by_token(&headers, &app).await?;
    let name = match query.get("warehouse").filter(|name| !name.is_empty()) {
        Some(name) => Some(name),
        None => Member::sandbox_header(&headers)?,
    };
    let sandbox = reader::warehouse(&app, &member, name).await?;
    Ok(Json(json!({
        "defaults": {},
        "overrides": { "prefix": sandbox.name },
        "endpoints": ENDPOINTS,
    })))
}
