//! A change of a table under the claim of a run: its files announced before they are written, and settled by the commit.

use std::collections::{HashMap, HashSet};

use iceberg::spec::DataFile;
use iceberg::table::Table;
use lakehead_store::RunRow;
use uuid::Uuid;

use crate::Engine;
use crate::append::overwrite::{self, Overwrite};
use crate::append::{self, PreparedAppend};
use crate::labels;
use crate::lake::LakeError;
use crate::run_error::RunError;
use crate::staging::{COMMIT_INTENT, METADATA_INTENT, StoredIntents};

/// What becomes of a table.
pub(crate) struct TableChange<'a> {
    /// Data files that come.
    pub(crate) added: Vec<DataFile>,
    /// Locations of data files that go.
    pub(crate) removed: &'a HashSet<String>,
    /// What the snapshot says of the run.
    pub(crate) summary: HashMap<String, String>,
}

/// Writes manifests and metadata on top of `table`, and adds what the commit settles to `cleared`. Where there is
/// nothing to change, the version is the one that there is: the commit finds out whether it still is.
pub(crate) async fn prepare(
    engine: &Engine,
    run: &RunRow,
    dataset_id: &str,
    table: &Table,
    change: TableChange<'_>,
    cleared: &mut Vec<String>,
) -> Result<PreparedAppend, RunError> {
    let commit_id = Uuid::from_u128(rand::random());
    let manifests = format!("{}/metadata/{commit_id}", table.metadata().location());
    let intents = |kind| StoredIntents { engine, run, dataset_id, kind };
    intents(COMMIT_INTENT).add(&manifests).await?;
    let labels = labels::of_dataset(&mut engine.store.read().await?, &run.scope, dataset_id).await?;
    let (lake, metadata) = (&engine.lake, intents(METADATA_INTENT));
    let TableChange { added, removed, summary } = change;
    let prepared = if removed.is_empty() {
        Some(append::prepare(lake, table, added, summary, &labels, commit_id, &metadata).await?)
    } else {
        let change = Overwrite { added, removed, summary, labels: &labels };
        overwrite::prepare(lake, table, change, commit_id, &metadata).await?
    };
    let Some(prepared) = prepared else {
        let location = table.metadata_location_result().map_err(LakeError::from)?.to_owned();
        let snapshot_id = table.metadata().current_snapshot_id().unwrap_or_default();
        return Ok(PreparedAppend { base_metadata: location.clone(), new_metadata: location, snapshot_id });
    };
    cleared.push(manifests);
    cleared.push(prepared.new_metadata.clone());
    Ok(prepared)
}
