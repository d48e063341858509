//! Maintenance of a table: small data files are put together, manifests are merged, old snapshots expire.
//!
//! It is a run like those of flows, with the table in place of a flow: claimed, held by a lease, fenced, and visible by one
//! commit of the table pointer. It gives way: where flows were first it begins again on what they left, and after a few
//! times it leaves the table for another day.
//!
//! Files that are not part of the table any more are noted in the commit as files that may go. The collector deletes them,
//! as it deletes everything else, when readers of the former version had their time.

mod compacting;
mod expiring;
mod rules;
pub(crate) mod tending;
mod version;

use lakehead_model::fault::FaultPoint;
use lakehead_store::{Commit, CommitOutcome, RunRow, RunState, TableSwap, Upkeep};
use serde_json::{Value, json};

pub use rules::Rules;
use version::{NewVersion, Work};

use crate::Engine;
use crate::claim::{bare_commit, set_state};
use crate::landing::commit_patiently;
use crate::rewriting::Leaving;
use crate::run_error::RunError;

/// Times it begins again because a flow was first.
const MAX_REBASES: usize = 5;

/// Maintains the table of a dataset.
pub(crate) async fn maintain(engine: &Engine, run: &RunRow, dataset_id: &str) -> Result<(), RunError> {
    set_state(engine, run, RunState::Running, None).await?;
    let table = engine.open_table(dataset_id).await?;
    let small = compacting::Small::of(engine, &table).await?;
    let packs = small.is_too_much(engine);
    let together = compacting::put_together(engine, run, dataset_id, &table, &small).await?;
    drop((table, small));
    FaultPoint::StageAfter.hit();
    set_state(engine, run, RunState::Committing, None).await?;
    for _ in 0..MAX_REBASES {
        let table = engine.open_table(dataset_id).await?;
        let mut cleared = Vec::new();
        let work = Work { engine, run, dataset_id, table: &table };
        let version = version::prepare(&work, packs.then_some(&together), &mut cleared).await?;
        FaultPoint::MetadataAfter.hit();
        let told = told(&version, &together);
        match commit(engine, run, dataset_id, &version, &together, &cleared, &told).await? {
            CommitOutcome::Committed => {
                tracing::info!(run.id = %run.run_id, dataset.id = dataset_id, maintenance = %told, "a table was maintained");
                return Ok(());
            }
            CommitOutcome::Fenced => return Err(RunError::Fenced),
            CommitOutcome::PointerMoved => {}
            CommitOutcome::AlreadyIngested | CommitOutcome::NotReplaceable => {
                let text = "the batches of the small files do not account for every row of them; verify the flows of the dataset";
                return Err(RunError::Unusable(text.to_owned()));
            }
        }
    }
    Err(RunError::Unusable(format!(
        "flows were first {MAX_REBASES} times in a row; the table is maintained another time"
    )))
}

/// What the run tells of it.
fn told(version: &NewVersion, together: &Leaving) -> Value {
    let (before, after) = if version.packed { (together.files_out.len(), together.files_in.len()) } else { (0, 0) };
    json!({
        "changed": version.location.is_some(),
        "packed": version.packed,
        "smallFiles": before,
        "largeFiles": after,
        "expiredSnapshots": version.expired,
        "filesToDelete": version.doomed.len(),
    })
}

async fn commit(
    engine: &Engine,
    run: &RunRow,
    dataset_id: &str,
    version: &NewVersion,
    together: &Leaving,
    cleared: &[String],
    told: &Value,
) -> Result<CommitOutcome, RunError> {
    let upkeep =
        Upkeep { table_id: dataset_id, doomed: &version.doomed, grace_ms: engine.settings.maintenance.reader_grace_ms };
    let (run_doc, event) = (
        json!({ "maintenance": told }),
        json!({ "type": "table_maintained", "runId": run.run_id, "dataSetId": dataset_id }),
    );
    let commit = Commit {
        table: version.location.as_ref().map(|location| TableSwap {
            table_id: dataset_id,
            base_metadata: &version.base,
            new_metadata: location,
        }),
        moved: if version.packed { &together.moved } else { &[] },
        upkeep: Some(&upkeep),
        cleared_intents: cleared,
        ..bare_commit(engine, run, &run_doc, &event)
    };
    Ok(commit_patiently(engine, &commit).await?)
}
