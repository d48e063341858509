//! What the holder of a run tells the metastore while it works, and how often it goes on where others were first.

use lakehead_store::{Commit, RunRow, RunState};
use serde_json::Value;

use crate::Engine;
use crate::run_error::RunError;

/// Times a change of a table is prepared again because somebody else committed first.
pub(crate) const MAX_REBASES: usize = 20;

/// Moves the run on, with a new document for the API where there is one.
pub(crate) async fn set_state(
    engine: &Engine,
    run: &RunRow,
    state: RunState,
    doc: Option<&Value>,
) -> Result<(), RunError> {
    if engine.store.set_run_state(&run.run_id, run.epoch, &engine.owner, state, doc).await? {
        Ok(())
    } else {
        Err(RunError::Fenced)
    }
}

/// The commit of a run with what is said of it, and nothing else yet.
pub(crate) fn bare_commit<'a>(engine: &'a Engine, run: &'a RunRow, run_doc: &'a Value, event: &'a Value) -> Commit<'a> {
    Commit {
        run_id: &run.run_id,
        epoch: run.epoch,
        owner: &engine.owner,
        table: None,
        ledger: &[],
        batch: None,
        files: &[],
        replaced: &[],
        taking: None,
        moved: &[],
        upkeep: None,
        failures: &[],
        cleared_intents: &[],
        run_doc,
        event,
    }
}
