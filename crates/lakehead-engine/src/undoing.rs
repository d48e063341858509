//! Takes rows of a flow out of the table again: those of a batch, or of one source object. One snapshot without them, and
//! the ledger says that they are undone, so that no later run brings them back by itself.

use std::collections::HashMap;

use lakehead_model::fault::FaultPoint;
use lakehead_model::flow::Flow;
use lakehead_model::run::Span;
use lakehead_model::run::change::Change;
use lakehead_store::{Commit, CommitOutcome, RunRow, RunState};

use crate::Engine;
use crate::append::PreparedAppend;
use crate::claim::{MAX_REBASES, bare_commit, set_state};
use crate::context;
use crate::landing::commit_patiently;
use crate::report;
use crate::run_error::RunError;
use crate::staged_change::{self, TableChange};
use crate::taking::{self, Outgoing};

/// Takes out what `change` names. What is out already stays as it is.
pub(crate) async fn undo(engine: &Engine, run: &RunRow, change: &Change, started_ms: i64) -> Result<(), RunError> {
    let flow: Flow = context::find(&mut engine.store.read().await?, &run.scope, "flow", &run.flow_id).await?;
    set_state(engine, run, RunState::Committing, None).await?;
    let event = report::event(&run.flow_id, &run.run_id, None, true);
    let mut outgoing = None;
    for _ in 0..MAX_REBASES {
        outgoing = taking::find(engine, run, change, outgoing.take()).await?;
        let mut cleared = Vec::new();
        let prepared = match &outgoing {
            Some(outgoing) => prepare(engine, run, outgoing, &mut cleared).await?,
            None => None,
        };
        FaultPoint::MetadataAfter.hit();
        let span = Span { started: started_ms, completed: Some(engine.store.now_ms().await?) };
        let rows = outgoing.as_ref().map_or(0, Outgoing::rows);
        let run_doc = report::undone(run, &flow, change, rows, span, &engine.settings.public_url)
            .ok_or_else(|| RunError::Unusable("the flow has no source or target connection".to_owned()))?;
        let taking = outgoing.as_ref().map(Outgoing::taking);
        let both = prepared.as_ref().zip(outgoing.as_ref());
        let commit = Commit {
            table: both.map(|(prepared, outgoing)| prepared.swap(&outgoing.batch.dataset_id)),
            taking: taking.as_ref(),
            moved: outgoing.as_ref().map_or(&[], |outgoing| &outgoing.leaving().moved),
            cleared_intents: &cleared,
            ..bare_commit(engine, run, &run_doc, &event)
        };
        match commit_patiently(engine, &commit).await? {
            CommitOutcome::Committed => {
                tracing::info!(run.id = %run.run_id, flow.id = %run.flow_id, batch.id = %change.batch_id, rows, "rows were taken out");
                return Ok(());
            }
            CommitOutcome::Fenced => return Err(RunError::Fenced),
            CommitOutcome::PointerMoved | CommitOutcome::AlreadyIngested | CommitOutcome::NotReplaceable => {}
        }
    }
    Err(RunError::Unusable(format!("the table was changed by others {MAX_REBASES} times in a row")))
}

async fn prepare(
    engine: &Engine,
    run: &RunRow,
    outgoing: &Outgoing,
    cleared: &mut Vec<String>,
) -> Result<Option<PreparedAppend>, RunError> {
    let removed = outgoing.leaving().removed();
    // Without files to take out it would be an append of nothing.
    if removed.is_empty() {
        return Ok(None);
    }
    let dataset_id = &outgoing.batch.dataset_id;
    let summary = HashMap::from([
        ("ingest.run-id".to_owned(), run.run_id.clone()),
        ("ingest.flow-id".to_owned(), run.flow_id.clone()),
        ("ingest.undone-batch-id".to_owned(), outgoing.batch.batch_id.clone()),
    ]);
    let added = outgoing.leaving().added(&outgoing.table, cleared)?;
    let change = TableChange { added, removed: &removed, summary };
    staged_change::prepare(engine, run, dataset_id, &outgoing.table, change, cleared).await.map(Some)
}
