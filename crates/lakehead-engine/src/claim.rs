//! What the holder of a run tells the metastore while it works, and how often it goes on where others were first.

use lakehead_store::{RunRow, RunState};

use crate::Engine;
use crate::run_error::RunError;

/// Times a change of a table is prepared again because somebody else committed first.
pub(crate) const MAX_REBASES: usize = 20;

/// Moves the run on, with a new document for the API where there is one.
pub(crate) async fn set_state(
    engine: &Engine,
    run: &RunRow,
    state: RunState,
    doc: Option<&serde_json::Value>,
) -> Result<(), RunError> {
    if engine.store.set_run_state(&run.run_id, run.epoch, &engine.owner, state, doc).await? {
        Ok(())
    } else {
        Err(RunError::Fenced)
    }
}
