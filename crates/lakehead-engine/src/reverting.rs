//! Takes a landed batch back: one snapshot without its rows, committed like any other run.

use std::collections::HashMap;

use lakehead_model::batch::{BatchStatus, of_run_owner};
use lakehead_store::{BatchRow, Commit, CommitOutcome, RunRow, RunState};
use serde_json::json;

use crate::Engine;
use crate::append::PreparedAppend;
use crate::claim::{MAX_REBASES, bare_commit, set_state};
use crate::landing::commit_patiently;
use crate::rewriting::{self, Leaving};
use crate::run_error::RunError;
use crate::staged_change::{self, TableChange};

/// Takes back the batch that `run` is about. One that is not in the table any more is left as it is.
pub(crate) async fn revert(engine: &Engine, run: &RunRow) -> Result<(), RunError> {
    let batch_id = of_run_owner(&run.flow_id).unwrap_or_default();
    let (run_doc, event) = (json!({}), json!({ "type": "batch_reverted", "runId": run.run_id, "batchId": batch_id }));
    set_state(engine, run, RunState::Committing, None).await?;
    for _ in 0..MAX_REBASES {
        let batch = engine.store.read().await?.batch(&run.scope, batch_id).await?;
        let mut batch =
            batch.ok_or_else(|| RunError::Unusable(format!("batch `{batch_id}` does not exist any more")))?;
        let mut cleared = Vec::new();
        let (mut prepared, mut leaving) = (None, Leaving::default());
        if batch.status == BatchStatus::Success.as_str() {
            (prepared, leaving) = remove(engine, run, &batch, &mut cleared).await?;
            batch.set_status(BatchStatus::Inactive, engine.store.now_ms().await?);
        }
        let commit = Commit {
            table: prepared.as_ref().map(|prepared| prepared.swap(&batch.dataset_id)),
            batch: Some(&batch),
            moved: &leaving.moved,
            cleared_intents: &cleared,
            ..bare_commit(engine, run, &run_doc, &event)
        };
        match commit_patiently(engine, &commit).await? {
            CommitOutcome::Committed => {
                tracing::info!(batch.id = batch_id, dataset.id = %batch.dataset_id, "a batch was taken back");
                return Ok(());
            }
            CommitOutcome::Fenced => return Err(RunError::Fenced),
            CommitOutcome::PointerMoved | CommitOutcome::AlreadyIngested | CommitOutcome::NotReplaceable => {}
        }
    }
    Err(RunError::Unusable(format!("the table was changed by others {MAX_REBASES} times in a row")))
}

async fn remove(
    engine: &Engine,
    run: &RunRow,
    batch: &BatchRow,
    cleared: &mut Vec<String>,
) -> Result<(Option<PreparedAppend>, Leaving), RunError> {
    let dataset_id = &batch.dataset_id;
    let table = engine.open_table(dataset_id).await?;
    let files = engine.store.read().await?.files_of_batch(&run.scope, &batch.batch_id).await?;
    let leaving = rewriting::without_batches(engine, run, &table, dataset_id, &files).await?;
    let removed = leaving.removed();
    // Without files to take out it would be an append of nothing.
    if removed.is_empty() {
        return Ok((None, leaving));
    }
    let summary = HashMap::from([
        ("ingest.run-id".to_owned(), run.run_id.clone()),
        ("ingest.reverted-batch-id".to_owned(), batch.batch_id.clone()),
    ]);
    let change = TableChange { added: leaving.added(&table, cleared)?, removed: &removed, summary };
    let prepared = staged_change::prepare(engine, run, dataset_id, &table, change, cleared).await?;
    Ok((Some(prepared), leaving))
}
