//! The plan of a redo: the objects that landed, as they are now.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use lakehead_model::plan::PlannedObject;
use lakehead_model::run::change::Change;
use lakehead_store::RunRow;

use super::{LOOK_UPS, Plan, gone};
use crate::Engine;
use crate::context::RunContext;
use crate::run_error::RunError;
use crate::taking;

/// The objects that landed and are to be read again. All of them or none: rows are not taken out for nothing.
pub(super) async fn objects(
    engine: &Engine,
    run: &RunRow,
    context: &RunContext,
    change: &Change,
) -> Result<Plan, RunError> {
    let Some((batch, entries)) = taking::entries(engine, run, change).await? else {
        let id = &change.batch_id;
        return Err(RunError::Unusable(format!(
            "batch `{id}` has no such rows to read again: they were read again already, or taken out file by file; redo those by their `path`"
        )));
    };
    taking::require_dataset(&batch, context)?;
    let look_ups = stream::iter(entries).map(|entry| async move {
        // What is looked up is the place; what was there then does not matter.
        let place = PlannedObject::pin(&entry.container, &entry.key, None, None, 0, 0);
        let now = context.source.current(&engine.net, &place).await?;
        now.ok_or_else(|| gone(&format!("/{}/{}", entry.container, entry.key)))
    });
    let objects = look_ups.buffered(LOOK_UPS).try_collect().await?;
    Ok(Plan { objects, left_out: Vec::new() })
}
