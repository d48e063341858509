//! Takes a landed batch back: one snapshot without its files, committed like any other run.

use std::collections::{HashMap, HashSet};

use lakehead_model::batch::{BatchStatus, of_run_owner};
use lakehead_store::{BatchRow, Commit, CommitOutcome, RunRow, RunState, TableSwap};
use serde_json::json;

use crate::Engine;
use crate::append::PreparedAppend;
use crate::claim::{MAX_REBASES, set_state};
use crate::landing::commit_patiently;
use crate::run_error::RunError;
use crate::staged_change::{self, TableChange};

/// Takes back the batch that `run` is about. One that is not in the table any more is left as it is.
pub(crate) async fn revert(engine: &Engine, run: &RunRow) -> Result<(), RunError> {
    let batch_id = of_run_owner(&run.flow_id).unwrap_or_default();
    set_state(engine, run, RunState::Committing, None).await?;
    for _ in 0..MAX_REBASES {
        let mut tx = engine.store.read().await?;
        let batch = tx.batch(&run.scope, batch_id).await?;
        let files = tx.files_of_batch(&run.scope, batch_id).await?;
        drop(tx);
        let mut batch =
            batch.ok_or_else(|| RunError::Unusable(format!("batch `{batch_id}` does not exist any more")))?;
        let mut cleared = Vec::new();
        let mut prepared = None;
        if batch.status == BatchStatus::Success.as_str() {
            let removed = files.into_iter().map(|file| file.path).collect();
            prepared = remove(engine, run, &batch, &removed, &mut cleared).await?;
            batch.set_status(BatchStatus::Inactive, engine.store.now_ms().await?);
        }
        let commit = Commit {
            run_id: &run.run_id,
            epoch: run.epoch,
            owner: &engine.owner,
            table: prepared.as_ref().map(|prepared| TableSwap {
                table_id: &batch.dataset_id,
                base_metadata: &prepared.base_metadata,
                new_metadata: &prepared.new_metadata,
            }),
            ledger: &[],
            batch: Some(&batch),
            files: &[],
            replaced: &[],
            taking: None,
            failures: &[],
            cleared_intents: &cleared,
            run_doc: &json!({}),
            event: &json!({ "type": "batch_reverted", "runId": run.run_id, "batchId": batch_id }),
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
    removed: &HashSet<String>,
    cleared: &mut Vec<String>,
) -> Result<Option<PreparedAppend>, RunError> {
    let table = engine.open_table(&batch.dataset_id).await?;
    // Without files to take out it would be an append of nothing.
    if removed.is_empty() {
        return Ok(None);
    }
    let summary = HashMap::from([
        ("ingest.run-id".to_owned(), run.run_id.clone()),
        ("ingest.reverted-batch-id".to_owned(), batch.batch_id.clone()),
    ]);
    let change = TableChange { added: Vec::new(), removed, summary };
    staged_change::prepare(engine, run, &batch.dataset_id, &table, change, cleared).await
}
