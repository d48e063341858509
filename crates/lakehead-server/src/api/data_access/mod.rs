//! Data Access: the landed files, the diagnostics of a batch, and a preview of a dataset.

mod diagnostics;
mod files;
mod listing;

use axum::extract::State;
use axum::{Json, response::Response};
use lakehead_model::access::Permission::ViewDatasets;
use serde_json::{Value, json};

use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::catalog::{batches, datasets};
use crate::api::openapi::parameters::{Kind, Parameter, WINDOW};
use crate::api::path::Path;
use crate::api::problem::Answer;
use crate::api::routes::{Doc, Service};
use crate::app::App;

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/export";
/// Rows of a dataset preview.
const PREVIEW_ROWS: usize = 100;
/// Newest files that a preview looks into.
const PREVIEW_FILES: u32 = 20;

const PATH: &[Parameter] = &[Parameter::new("path", Kind::Text, "Name of a file, as the list without it shows it.")];

/// Every route of Data Access, relative to [`BASE`].
pub(super) fn routes() -> Service {
    let doc = |id, summary| Doc::new(id, summary).needs(ViewDatasets).answers(200, "DataList");
    Service::new(BASE, "Data Access")
        .get(
            "/batches/{id}/files",
            files::of_batch,
            doc("listBatchFiles", "List the data files of a batch").query(WINDOW),
        )
        .get(
            "/batches/{id}/meta",
            meta,
            doc("getBatchMeta", "Show input files and rejected rows of a batch").query(PATH).answers(200, "Any"),
        )
        .get(
            "/batches/{id}/failed",
            failed,
            doc("getFailedRows", "Show the rejected rows of a batch").query(PATH).answers(200, "Any"),
        )
        .get(
            "/files/{id}",
            files::get,
            doc("getFile", "Show a data file, or its bytes")
                .notes("`path` gives the bytes, whole or a `Range`.")
                .query(PATH)
                .answers(200, "Any"),
        )
        .get("/datasets/{id}/preview", preview, doc("previewDataset", "Show the first rows of a dataset"))
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
    let mut paths: Vec<String> = Vec::new();
    for file in files {
        // One that several batches share is there once.
        if !paths.contains(&file.path) {
            paths.push(file.path);
        }
    }
    let rows = app.engine.first_rows(paths, PREVIEW_ROWS).await?;
    Ok(Json(json!({ "data": rows })))
}
