//! Columns and first rows of an uploaded file, before the batch is completed.

use axum::Json;
use axum::extract::State;
use lakehead_model::batch::BatchPlan;
use lakehead_model::format::{DataFormat, column_delimiter_text};
use serde_json::{Value, json};

use super::batches;
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Rows shown where nothing is said.
const ROWS: usize = 10;
/// Most rows shown.
const MAX_ROWS: usize = 100;

/// `GET /batches/{id}/datasets/{dataset}/preview`
pub(super) async fn show(
    caller: Caller,
    State(app): State<App>,
    Path((id, dataset)): Path<(String, String)>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let mut tx = app.store.read().await?;
    let batch = tx.batch(&caller.scope, &id).await?.filter(|batch| batch.dataset_id == dataset);
    let batch = batch.ok_or_else(|| batches::not_found(&id))?;
    let uploads = tx.uploads(&caller.scope, &id, 100).await?;
    drop(tx);
    let Some(upload) = uploads.into_iter().find(|upload| upload.pieces.is_none()) else {
        let message = format!("batch `{}` has no whole file to show; upload one first", shorten(&id));
        return Err(Problem::new("INGEST-9404-404", message));
    };
    let format = format(&batch.doc, &query)?;
    let rows = rows(&query)?;
    let folder = app.engine.lake().upload_dir(&caller.scope, &batch.dataset_id, &batch.batch_id);
    let preview = app.engine.preview_upload(&folder, &upload, format.clone(), rows).await?;
    let columns: Vec<_> =
        preview.columns.iter().map(|column| json!({ "cid": column.name, "name": column.name })).collect();
    Ok(Json(json!({
        "formatParams": { "format": format.kind.name(), "delimiter": column_delimiter_text(format.column_delimiter),
            "charset": format.encoding.name(), "header": true },
        "preview": { "columns": columns, "rows": preview.rows },
    })))
}

/// The format of the batch, with what the query says instead.
fn format(document: &Value, query: &QueryPairs) -> Answer<DataFormat> {
    let mut said = json!({ "inputFormat": document["inputFormat"] });
    for name in ["format", "delimiter", "quote", "escape", "charset", "header"] {
        if let Some(value) = query.get(name) {
            said["inputFormat"][name] = json!(value);
        }
    }
    let plan = BatchPlan::of(&said).map_err(|error| Problem::new("INGEST-9003-400", error.message))?;
    Ok(plan.format)
}

fn rows(query: &QueryPairs) -> Answer<usize> {
    let Some(text) = query.get("nrow") else { return Ok(ROWS) };
    text.trim().parse().ok().filter(|rows| (1..=MAX_ROWS).contains(rows)).ok_or_else(|| {
        let message = format!("`nrow` `{}` is not a whole number from 1 to {MAX_ROWS}", shorten(text));
        Problem::new("INGEST-9003-400", message)
    })
}
