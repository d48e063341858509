//! `/batches`: what each run did to a dataset.

use axum::Json;
use axum::extract::{Path, State};
use lakehead_store::BatchRow;
use serde_json::{Map, Value};

use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `GET /batches?dataSet=&status=`
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let (limit, start) = super::window(&query)?;
    let mut tx = app.store.read().await?;
    let status = query.get("status");
    let batches = match query.get("batch") {
        Some(id) => tx.batch(&caller.scope, id).await?.into_iter().collect(),
        None => tx.batches(&caller.scope, query.get("dataSet"), limit as u32, start as u32).await?,
    };
    let shown = batches.into_iter().filter(|batch| status.is_none_or(|status| same_status(status, &batch.status)));
    let answer: Map<String, Value> = shown.map(|batch| (batch.batch_id.clone(), batch.doc)).collect();
    Ok(Json(Value::Object(answer)))
}

/// `GET /batches/{id}`: a map of one.
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let batch = find(&app, &caller, &id).await?;
    Ok(Json(Value::Object(Map::from_iter([(batch.batch_id, batch.doc)]))))
}

/// A batch of the caller.
pub(in crate::api) async fn find(app: &App, caller: &Caller, id: &str) -> Answer<BatchRow> {
    let batch = app.store.read().await?.batch(&caller.scope, id).await?;
    batch.ok_or_else(|| {
        Problem::new("CATALOG-1405-404", format!("batch `{}` is not found; check the id and the sandbox", shorten(id)))
    })
}

/// `active` and `success` are one status under two names, and so are `failed` and `failure`.
fn same_status(asked: &str, stored: &str) -> bool {
    let canonical = |status: &str| match status {
        "active" => "success".to_owned(),
        "failure" => "failed".to_owned(),
        other => other.to_owned(),
    };
    canonical(asked) == canonical(stored)
}
