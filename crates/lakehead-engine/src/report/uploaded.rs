//! Batches that clients made: what a run found is laid over what the client said.

use lakehead_model::batch::{BatchError, BatchStatus};
use lakehead_store::BatchRow;
use serde_json::{Value, json};

use crate::runner::RunError;

/// Members of a batch that say how its ingestion went.
const RESULT: &[&str] =
    &["status", "updated", "started", "completed", "metrics", "errors", "recordCount", "failedRecordCount", "size"];

/// The document that the client's request made, with the result of the run in it.
pub(super) fn with_result(made: &Value, mut result: Value) -> Value {
    let mut document = made.clone();
    for name in RESULT {
        document[*name] = result[*name].take();
    }
    document
}

/// The batch of a run that ended without reading rows.
pub(crate) fn broken_batch(mut batch: BatchRow, finished_ms: i64, error: &RunError) -> BatchRow {
    batch.set_status(BatchStatus::Failed, finished_ms);
    batch.completed_ms = Some(finished_ms);
    batch.doc["completed"] = finished_ms.into();
    let error = BatchError { code: "INGEST-1002-400".to_owned(), description: error.public(), record_count: None };
    batch.doc["errors"] = json!([error.to_json()]);
    batch
}
