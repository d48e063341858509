//! `GET /flows/{id}/completeness`: whether everything that the source has is in the table, and nothing else. An extension
//! of ours.

use axum::Json;
use axum::extract::State;
use lakehead_engine::verify::{Completeness, How};
use lakehead_model::Invalid;
use lakehead_model::flow::Flow;

use super::{find, labels};
use crate::api::body::{QueryPairs, flag};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

/// Findings of one kind that are named where nothing is said.
const NAMED: usize = 100;
/// Most findings of one kind that are named.
pub(super) const MAX_NAMED: i64 = 1000;

/// Verifies a flow.
pub(super) async fn get(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Json<Completeness>> {
    let how = How { deep: flag("deep", query.get("deep"))?, named: limit(&query)? };
    let mut tx = app.store.read().await?;
    let flow: Flow = find::document(&mut tx, &caller.scope, "flows", &id).await?;
    drop(tx);
    if !labels::holds(&caller, flow.labels.as_ref()) {
        return Err(Problem::not_found("flows", &id));
    }
    Ok(Json(app.engine.verify(&caller.scope, &flow.id.to_string(), how).await?))
}

fn limit(query: &QueryPairs) -> Result<usize, Invalid> {
    let Some(text) = query.get("limit") else { return Ok(NAMED) };
    let limit = text.trim().parse::<i64>().ok().filter(|limit| (0..=MAX_NAMED).contains(limit));
    let why = || Invalid::value("limit", &format!("a whole number from 0 to {MAX_NAMED} is expected"));
    limit.map(|limit| limit.unsigned_abs() as usize).ok_or_else(why)
}
