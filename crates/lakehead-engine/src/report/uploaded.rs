//! Batches that clients made: what a run found is laid over what the client said.

use lakehead_model::batch::{BatchError, BatchStatus};
use lakehead_store::BatchRow;
use serde_json::{Value, json};

use crate::run_error::RunError;

/// Most errors of a batch that attempts to take it back add to.
const MAX_ERRORS: usize = 100;

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

/// A batch that could not be taken back: it is as it was, and says why.
pub(crate) fn not_reverted(mut batch: BatchRow, finished_ms: i64, error: &RunError) -> BatchRow {
    batch.doc["updated"] = finished_ms.into();
    let description = format!("the batch could not be taken back: {}", error.public());
    let error = BatchError { code: "INGEST-1002-400".to_owned(), description, record_count: None };
    if !batch.doc["errors"].is_array() {
        batch.doc["errors"] = json!([]);
    }
    if let Some(errors) = batch.doc["errors"].as_array_mut()
        && errors.len() < MAX_ERRORS
    {
        errors.push(error.to_json());
    }
    batch
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
