//! The end of a staged run: its rows become visible together with everything said about them, or nothing does.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use lakehead_model::batch::BatchStatus;
use lakehead_model::fault::FaultPoint;
use lakehead_model::plan::PlannedObject;
use lakehead_store::{
    Commit, CommitOutcome, DataFileRow, FailedRun, LedgerRow, Moved, ObjectFailureRow, RunRow, RunState, StoreError,
};
use serde_json::json;

use crate::Engine;
use crate::append::{self, PreparedAppend};
use crate::claim::{MAX_REBASES, bare_commit, set_state};
use crate::context::RunContext;
use crate::report::{self, Report};
use crate::rewriting;
use crate::run_error::RunError;
use crate::settle::Settled;
use crate::stage::{ObjectOutcome, Staged};
use crate::staged_change::{self, TableChange};
use crate::staging::diagnostics;
use crate::taking::{self, Outgoing};

/// Waits between tries to commit while the database is busy.
const COMMIT_PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5)];

/// What a run came to, before it is stored.
pub(crate) struct End {
    pub(crate) batch_id: String,
    pub(crate) plan: Vec<PlannedObject>,
    pub(crate) staged: Staged,
    pub(crate) settled: Settled,
}

/// How a landing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    /// Everything is visible.
    Landed,
    /// Nothing is: the ledger has objects of the plan.
    AlreadyIngested,
}

impl End {
    /// The batch that the Catalog shows; a run that found no objects has none.
    pub(crate) fn batch_id(&self) -> Option<&str> {
        (!self.plan.is_empty()).then_some(self.batch_id.as_str())
    }

    /// What the ledger will know: the objects that landed whole.
    fn ledger(&self, snapshot_id: i64) -> Vec<LedgerRow> {
        let landed = self.plan.iter().zip(&self.staged.objects).filter_map(|(object, outcome)| match outcome {
            ObjectOutcome::Landed { rows_written, bytes_read, .. } => Some(LedgerRow {
                object_id: object.object_id.clone(),
                container: object.container.clone(),
                key: object.key.clone(),
                snapshot_id,
                rows: *rows_written as i64,
                bytes: *bytes_read as i64,
            }),
            ObjectOutcome::Failed { .. } => None,
        });
        landed.collect()
    }

    /// The objects that could not be read, to be tried again by later runs.
    fn failures(&self) -> Vec<ObjectFailureRow> {
        let failed = self.plan.iter().zip(&self.staged.objects).filter_map(|(object, outcome)| match outcome {
            // What may pass by itself is not held against the object.
            ObjectOutcome::Failed { code, message, transient: false, .. } => {
                Some(ObjectFailureRow { object_id: object.object_id.clone(), error: format!("{code}: {message}") })
            }
            ObjectOutcome::Failed { .. } | ObjectOutcome::Landed { .. } => None,
        });
        failed.collect()
    }
}

/// Makes the good rows visible, in one transaction, together with everything that is said about them.
pub(crate) async fn land(
    engine: &Engine,
    run: &RunRow,
    context: &RunContext,
    report: &Report,
    end: &End,
) -> Result<Landing, RunError> {
    set_state(engine, run, RunState::Committing, None).await?;
    let failures = end.failures();
    let finished_ms = engine.store.now_ms().await?;
    let mut batch = end.batch_id().map(|id| report.batch(id, &end.settled, true, finished_ms));
    if let (Some(batch), Some(change)) = (&mut batch, &context.change) {
        batch.doc["replay"] = json!({ "predecessors": [change.batch_id], "reason": "replace" });
    }
    let run_doc = report.finished(end, true, finished_ms);
    let (files, event) = (report::data_files(&end.staged), report.event(end.batch_id(), true));
    let mut outgoing = None;
    for _ in 0..MAX_REBASES {
        if let Some(change) = &context.change {
            outgoing = taking::find(engine, run, change, outgoing.take()).await?;
            check_outgoing(outgoing.as_ref(), context, &change.batch_id, end)?;
        }
        // Only what this attempt publishes: the manifests of a lost race stay announced and are collected.
        let mut cleared: Vec<String> = end.staged.data_files.iter().map(|file| file.path.clone()).collect();
        cleared.push(diagnostics(engine, run, context, &end.batch_id));
        let (append, moved) = prepare(engine, run, context, &end.staged, outgoing.as_ref(), &mut cleared).await?;
        FaultPoint::MetadataAfter.hit();
        let ledger = end.ledger(append.as_ref().map_or(0, |append| append.snapshot_id));
        let taking = outgoing.as_ref().map(Outgoing::taking);
        let commit = Commit {
            table: append.as_ref().map(|append| append.swap(&context.dataset_id)),
            ledger: &ledger,
            batch: batch.as_ref(),
            files: &files,
            replaced: &context.replaces,
            taking: taking.as_ref(),
            moved: &moved,
            failures: &failures,
            cleared_intents: &cleared,
            ..bare_commit(engine, run, &run_doc, &event)
        };
        match commit_patiently(engine, &commit).await? {
            CommitOutcome::Committed => {
                engine.tally.read(&end.settled.totals, true);
                tracing::info!(
                    run.id = %run.run_id, flow.id = %run.flow_id, files = end.settled.totals.input_files,
                    rows = end.settled.totals.output_records, rejected = end.settled.totals.failed_records,
                    "a run landed"
                );
                return Ok(Landing::Landed);
            }
            CommitOutcome::Fenced => return Err(RunError::Fenced),
            CommitOutcome::PointerMoved => {}
            CommitOutcome::NotReplaceable if context.change.is_some() => {}
            CommitOutcome::AlreadyIngested => return Ok(Landing::AlreadyIngested),
            CommitOutcome::NotReplaceable => return Err(not_replaceable(&context.replaces)),
        }
    }
    Err(RunError::Unusable(format!("the table was changed by others {MAX_REBASES} times in a row")))
}

/// Exactly the objects that were read again go.
fn check_outgoing(
    outgoing: Option<&Outgoing>,
    context: &RunContext,
    batch_id: &str,
    end: &End,
) -> Result<(), RunError> {
    let Some(outgoing) = outgoing else {
        return Err(RunError::Unusable(format!("the rows of batch `{batch_id}` were read again by another run")));
    };
    taking::require_dataset(&outgoing.batch, context)?;
    if !outgoing.is_of(&end.plan) {
        return Err(RunError::Unusable(format!(
            "batch `{batch_id}` was changed by another run meanwhile; look at it, and start the redo again"
        )));
    }
    Ok(())
}

/// A file that is to be read again was overwritten, and another run has landed what is in it now.
pub(crate) fn landed_by_itself() -> RunError {
    RunError::Unusable(
        "a file was overwritten, and its new content has landed by itself; take out the former rows with `undo`"
            .to_owned(),
    )
}

fn not_replaceable(batch_ids: &[String]) -> RunError {
    let ids = batch_ids.join("`, `");
    RunError::Unusable(format!(
        "one of the batches `{ids}` that were to be replaced has been taken back or replaced meanwhile, or has not ended; \
         look at them, and upload this batch again without it"
    ))
}

/// Commits, and again while the database is busy: repeating a commit that happened answers that it happened.
pub(crate) async fn commit_patiently(engine: &Engine, commit: &Commit<'_>) -> Result<CommitOutcome, StoreError> {
    for pause in COMMIT_PAUSES {
        match engine.store.commit_run(commit).await {
            Err(error) if error.may_pass() => {
                tracing::warn!(run.id = commit.run_id, cause = ?error, "the commit did not get through; trying again");
            }
            answer => return answer,
        }
        tokio::time::sleep(pause).await;
    }
    engine.store.commit_run(commit).await
}

/// Writes manifests and metadata; `None` where no row is to land and none to go. Beside it, the rows of other batches that are
/// in other files then.
async fn prepare(
    engine: &Engine,
    run: &RunRow,
    context: &RunContext,
    staged: &Staged,
    outgoing: Option<&Outgoing>,
    cleared: &mut Vec<String>,
) -> Result<(Option<PreparedAppend>, Vec<Moved>), RunError> {
    if staged.data_files.is_empty() && context.replaces.is_empty() && outgoing.is_none() {
        return Ok((None, Vec::new()));
    }
    let dataset_id = &context.dataset_id;
    let table = match outgoing {
        Some(outgoing) => outgoing.table.clone(),
        None => engine.open_table(dataset_id).await?,
    };
    let leaving = if let Some(outgoing) = outgoing {
        outgoing.leaving().clone()
    } else {
        let files = replaced_files(engine, run, context).await?;
        rewriting::without_batches(engine, run, &table, dataset_id, &files).await?
    };
    let removed = leaving.removed();
    if staged.data_files.is_empty() && removed.is_empty() {
        return Ok((None, Vec::new()));
    }
    let mut data_files = staged
        .data_files
        .iter()
        .map(|file| append::data_file_from_json(&table, &file.data_file_json))
        .collect::<Result<Vec<_>, _>>()?;
    data_files.extend(leaving.added(&table, cleared)?);
    let summary = HashMap::from([
        ("ingest.run-id".to_owned(), run.run_id.clone()),
        ("ingest.flow-id".to_owned(), run.flow_id.clone()),
        ("ingest.epoch".to_owned(), run.epoch.to_string()),
    ]);
    let change = TableChange { added: data_files, removed: &removed, summary };
    let prepared = staged_change::prepare(engine, run, dataset_id, &table, change, cleared).await?;
    Ok((Some(prepared), leaving.moved))
}

/// The data files of the batches that this run replaces. A batch that went by itself meanwhile has none in the table.
async fn replaced_files(engine: &Engine, run: &RunRow, context: &RunContext) -> Result<Vec<DataFileRow>, StoreError> {
    let mut replaced = Vec::new();
    if context.replaces.is_empty() {
        return Ok(replaced);
    }
    let mut tx = engine.store.read().await?;
    for batch_id in &context.replaces {
        let batch = tx.batch(&run.scope, batch_id).await?;
        if batch.is_none_or(|batch| batch.state() != BatchStatus::Success) {
            continue;
        }
        let files = tx.files_of_batch(&run.scope, batch_id).await?;
        replaced.extend(files.into_iter().filter(|file| file.dataset_id == context.dataset_id));
    }
    Ok(replaced)
}

/// Ends a run whose errors are not tolerated: nothing lands, everything is explained.
pub(crate) async fn reject(
    engine: &Engine,
    run: &RunRow,
    context: &RunContext,
    report: &Report,
    end: &End,
) -> Result<(), RunError> {
    let finished_ms = engine.store.now_ms().await?;
    let failed = FailedRun {
        run_id: &run.run_id,
        epoch: run.epoch,
        owner: &engine.owner,
        batch: Some(&report.batch(&end.batch_id, &end.settled, false, finished_ms)),
        failures: &end.failures(),
        cleared_intents: &[diagnostics(engine, run, context, &end.batch_id)],
        run_doc: &report.finished(end, false, finished_ms),
        event: &report.event(Some(&end.batch_id), false),
    };
    if !engine.store.fail_run(&failed).await? {
        return Err(RunError::Fenced);
    }
    engine.tally.read(&end.settled.totals, false);
    tracing::info!(run.id = %run.run_id, flow.id = %run.flow_id, "a run failed; nothing of it landed");
    Ok(())
}
