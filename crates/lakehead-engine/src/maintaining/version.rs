//! The version of a table that follows maintenance, on disk and not visible.

use std::collections::HashMap;

use iceberg::spec::{MAIN_BRANCH, Snapshot, TableMetadata, TableMetadataBuilder};
use iceberg::table::Table;
use lakehead_store::RunRow;
use uuid::Uuid;

use super::expiring;
use crate::Engine;
use crate::append::{overwrite, write_metadata};
use crate::growing::not_before;
use crate::lake::LakeError;
use crate::rewriting::Leaving;
use crate::run_error::RunError;
use crate::staging::{COMMIT_INTENT, METADATA_INTENT, StoredIntents};

/// How many former metadata files the log of a table names.
const PREVIOUS_VERSIONS: &str = "write.metadata.previous-versions-max";

/// What is worked on.
pub(super) struct Work<'a> {
    pub(super) engine: &'a Engine,
    pub(super) run: &'a RunRow,
    pub(super) dataset_id: &'a str,
    /// As it is now.
    pub(super) table: &'a Table,
}

/// A version of a table that nobody sees yet, and what it leaves behind.
pub(super) struct NewVersion {
    /// The metadata that it follows.
    pub(super) base: String,
    /// Where it is; `None` where the table stays as it is.
    pub(super) location: Option<String>,
    /// Locations of files that nothing refers to then.
    pub(super) doomed: Vec<String>,
    /// Snapshots that it does not have any more.
    pub(super) expired: usize,
    /// Whether it has what was put together.
    pub(super) packed: bool,
}

impl<'a> Work<'a> {
    fn intents(&self, kind: &'static str) -> StoredIntents<'a> {
        StoredIntents { engine: self.engine, run: self.run, dataset_id: self.dataset_id, kind }
    }
}

/// Writes the version that follows: with what was put together, where the files that it replaces are all still there, and
/// without the snapshots that expire. What the commit settles is added to `cleared`.
pub(super) async fn prepare(
    work: &Work<'_>,
    together: Option<&Leaving>,
    cleared: &mut Vec<String>,
) -> Result<NewVersion, RunError> {
    let (engine, before) = (work.engine, work.table.metadata());
    let (lake, rules) = (&engine.lake, &engine.settings.maintenance);
    let base = work.table.metadata_location_result().map_err(LakeError::from)?.to_owned();
    let commit_id = Uuid::from_u128(rand::random());
    let snapshot = match together {
        Some(together) => packed(work, together, commit_id, cleared).await?,
        None => None,
    };
    let packed = snapshot.is_some();
    let current = with_snapshot(before, snapshot, &base)?;
    let expired = expiring::expired(current.as_ref().unwrap_or(before), rules, engine.store.now_ms().await?)?;
    if !packed && expired.is_empty() && before.metadata_log().len() <= rules.metadata_kept {
        let doomed = expiring::former_metadata(lake, before, &[]).await;
        return Ok(NewVersion { base, location: None, doomed, expired: 0, packed });
    }
    // A version that has the new snapshot already names the base in its log.
    let builder = match current {
        Some(current) => current.into_builder(None),
        None => before.clone().into_builder(Some(base.clone())),
    };
    let builder = keeping(builder, before, rules.metadata_kept)?;
    let built = builder.remove_snapshots(&expired).build().map_err(LakeError::from)?;
    let metadata = not_before(built.metadata, before.last_updated_ms())?;
    let mut doomed = expiring::unreferenced(lake, before, &metadata).await?;
    doomed.extend(expiring::former_metadata(lake, &metadata, &built.expired_metadata_logs).await);
    let location = write_metadata(lake, &metadata, &base, commit_id, &work.intents(METADATA_INTENT)).await?;
    cleared.push(location.clone());
    Ok(NewVersion { base, location: Some(location), doomed, expired: expired.len(), packed })
}

/// The snapshot with what was put together; its manifests are written. `None` where flows took out some of it, or nothing
/// would change.
async fn packed(
    work: &Work<'_>,
    together: &Leaving,
    commit_id: Uuid,
    cleared: &mut Vec<String>,
) -> Result<Option<Snapshot>, RunError> {
    let manifests = format!("{}/metadata/{commit_id}", work.table.metadata().location());
    work.intents(COMMIT_INTENT).add(&manifests).await?;
    let mut settled = vec![manifests];
    let added = together.added(work.table, &mut settled)?;
    let summary = HashMap::from([("maintenance.run-id".to_owned(), work.run.run_id.clone())]);
    let removed = together.removed();
    let snapshot = overwrite::replaced(&work.engine.lake, work.table, added, &removed, summary, commit_id).await?;
    if snapshot.is_some() {
        cleared.append(&mut settled);
    }
    Ok(snapshot)
}

/// The metadata with a snapshot that is current, where there is one.
fn with_snapshot(
    before: &TableMetadata,
    snapshot: Option<Snapshot>,
    base: &str,
) -> Result<Option<TableMetadata>, LakeError> {
    let Some(snapshot) = snapshot else { return Ok(None) };
    let builder = before.clone().into_builder(Some(base.to_owned()));
    Ok(Some(builder.set_branch_snapshot(snapshot, MAIN_BRANCH)?.build()?.metadata))
}

/// Says in the table how many former metadata files its log names.
fn keeping(
    builder: TableMetadataBuilder,
    before: &TableMetadata,
    kept: usize,
) -> Result<TableMetadataBuilder, LakeError> {
    let kept = kept.to_string();
    if before.properties().get(PREVIOUS_VERSIONS) == Some(&kept) {
        return Ok(builder);
    }
    Ok(builder.set_properties(HashMap::from([(PREVIOUS_VERSIONS.to_owned(), kept)]))?)
}
