//! Data Access: the landed files, the diagnostics of a batch, and a preview of a dataset.

mod diagnostics;
mod files;
mod listing;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, response::Response};
use serde_json::{Value, json};

use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::catalog::{batches, datasets};
use crate::api::path::Path;
use crate::api::problem::Answer;
use crate::app::App;

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/export";
/// Rows of a dataset preview.
const PREVIEW_ROWS: usize = 100;
/// Newest files that a preview looks into.
const PREVIEW_FILES: u32 = 20;

/// Every route of Data Access, relative to [`BASE`].
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/batches/{id}/files", get(files::of_batch))
        .route("/batches/{id}/meta", get(meta))
        .route("/batches/{id}/failed", get(failed))
        .route("/files/{id}", get(files::get))
        .route("/datasets/{id}/preview", get(preview))
}

/// `GET /batches/{id}/meta?path=input_files|row_errors[/FILE]`
async fn meta(caller: Caller, State(app): State<App>, Path(id): Path<String>, query: QueryPairs) -> Answer<Response> {
    let batch = batches::find(&app, &caller, &id).await?;
    diagnostics::meta(&app, &caller, &batch, query.get("path").unwrap_or_default()).await
}

/// `GET /batches/{id}/failed[?path=FILE]`: the rejected rows of a batch.
async fn failed(caller: Caller, State(app): State<App>, Path(id): Path<String>, query: QueryPairs) -> Answer<Response> {
    let batch = batches::find(&app, &caller, &id).await?;
    diagnostics::failed(&app, &caller, &batch, query.get("path")).await
}

/// `GET /datasets/{id}/preview`: the first rows of the newest files.
async fn preview(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let mut tx = app.store.read().await?;
    let dataset = datasets::find(&mut tx, &caller, &id).await?;
    let files = tx.files_of_dataset(&caller.scope, &dataset.id, PREVIEW_FILES).await?;
    drop(tx);
    let paths = files.into_iter().map(|file| file.path).collect();
    let rows = app.engine.first_rows(paths, PREVIEW_ROWS).await?;
    Ok(Json(json!({ "data": rows })))
}
