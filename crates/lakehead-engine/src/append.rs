//! Prepares an append: writes the manifests and the new metadata file, commits nothing.
//!
//! `iceberg` builds the new metadata; its `update_table` hook is where a catalog would swap the pointer.
//! Ours only writes the file and remembers where: the swap belongs to the one SQL transaction that also
//! holds the ledger, the run and the batch (see `lakehead_store::commit`).

pub(crate) mod overwrite;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use iceberg::spec::{DataFile, Snapshot, TableMetadata, deserialize_data_file_from_json};
use iceberg::table::Table;
use iceberg::transaction::{ApplyTransactionAction, Transaction};
use iceberg::{
    Catalog, Error, ErrorKind, MetadataLocation, Namespace, NamespaceIdent, Result, Runtime, TableCommit,
    TableCreation, TableIdent, TableUpdate,
};
use lakehead_store::TableSwap;
use uuid::Uuid;

use crate::labels::{self, LabelProperties};
use crate::lake::{Lake, LakeError, local_path, sync_dir, sync_file};
use crate::stage::{BoxError, Intents};

/// An append that is on disk but not visible.
#[derive(Clone, Debug)]
pub(crate) struct PreparedAppend {
    /// The metadata the append was built on.
    pub(crate) base_metadata: String,
    /// The metadata that makes it visible.
    pub(crate) new_metadata: String,
    /// Id of the new snapshot.
    pub(crate) snapshot_id: i64,
}

impl PreparedAppend {
    /// The swap that makes it visible.
    pub(crate) fn swap<'a>(&'a self, table_id: &'a str) -> TableSwap<'a> {
        TableSwap { table_id, base_metadata: &self.base_metadata, new_metadata: &self.new_metadata }
    }
}

/// Writes manifests and metadata for `data_files` on top of `table`. `commit_id` names the manifests; the metadata file
/// gets its name here, so `intents` is told before it is written. The new metadata tells `labels`.
pub(crate) async fn prepare(
    lake: &Lake,
    table: &Table,
    data_files: Vec<DataFile>,
    summary: HashMap<String, String>,
    labels: &LabelProperties,
    commit_id: Uuid,
    intents: &dyn Intents,
) -> std::result::Result<PreparedAppend, LakeError> {
    let base_metadata = table.metadata_location_result()?.to_owned();
    let staging = at_present(table)?;
    let catalog = StagingCatalog {
        lake,
        table: table.clone(),
        staging: staging.clone(),
        labels,
        commit_id,
        intents,
        refused: Mutex::default(),
    };
    let transaction = Transaction::new(&staging);
    let transaction = transaction
        .fast_append()
        // File names are never reused, so the scan of every manifest for a repeated name finds nothing.
        .with_check_duplicate(false)
        .set_commit_uuid(commit_id)
        .set_snapshot_properties(summary)
        .add_data_files(data_files)
        .apply(transaction)?;
    let committed = transaction.commit(&catalog).await;
    if let Some(error) = catalog.refused.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(LakeError::Intent(error));
    }
    let committed = committed?;
    let snapshot_id = committed.metadata().current_snapshot_id().unwrap_or_default();
    let new_metadata = committed.metadata_location_result()?.to_owned();
    Ok(PreparedAppend { base_metadata, new_metadata, snapshot_id })
}

/// Reads the description of a data file as the worker reported it.
pub(crate) fn data_file_from_json(table: &Table, json: &str) -> std::result::Result<DataFile, LakeError> {
    let metadata = table.metadata();
    let spec = metadata.default_partition_spec();
    Ok(deserialize_data_file_from_json(
        json,
        spec.spec_id(),
        metadata.default_partition_type(),
        metadata.current_schema(),
    )?)
}

/// The table as `iceberg` may append to it now. It refuses a snapshot that is older than the last change by more than
/// a minute; when the clock was set back, that would close the table until the clock is there again. So it sees a table
/// without that past, and [`StagingCatalog::update_table`] puts the append on top of the real one.
fn at_present(table: &Table) -> std::result::Result<Table, LakeError> {
    let metadata = table.metadata();
    let now_ms = chrono::Utc::now().timestamp_millis();
    if metadata.last_updated_ms() <= now_ms {
        return Ok(table.clone());
    }
    let damaged = |error: serde_json::Error| Error::new(ErrorKind::DataInvalid, error.to_string());
    let mut json = serde_json::to_value(metadata).map_err(damaged)?;
    json["last-updated-ms"] = now_ms.into();
    json["snapshot-log"] = serde_json::json!([]);
    json["metadata-log"] = serde_json::json!([]);
    let metadata: TableMetadata = serde_json::from_value(json).map_err(damaged)?;
    let mut builder = Table::builder()
        .file_io(table.file_io().clone())
        .metadata(metadata)
        .identifier(table.identifier().clone())
        .runtime(Runtime::try_current()?);
    if let Some(location) = table.metadata_location() {
        builder = builder.metadata_location(location);
    }
    Ok(builder.build()?)
}

/// The snapshot, not older than the last change of the table that it goes on.
fn not_before(snapshot: &Snapshot, last_ms: i64) -> Snapshot {
    Snapshot::builder()
        .with_snapshot_id(snapshot.snapshot_id())
        .with_parent_snapshot_id(snapshot.parent_snapshot_id())
        .with_sequence_number(snapshot.sequence_number())
        .with_timestamp_ms(snapshot.timestamp_ms().max(last_ms))
        .with_manifest_list(snapshot.manifest_list())
        .with_summary(snapshot.summary().clone())
        .schema_id_opt(snapshot.schema_id())
        .build()
}

/// A catalog of one table for one append. It stages; it never publishes.
struct StagingCatalog<'a> {
    lake: &'a Lake,
    /// The table that the append goes on.
    table: Table,
    /// The same table as the transaction sees it.
    staging: Table,
    labels: &'a LabelProperties,
    commit_id: Uuid,
    intents: &'a dyn Intents,
    /// Why the metadata file could not be announced.
    refused: Mutex<Option<BoxError>>,
}

impl std::fmt::Debug for StagingCatalog<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StagingCatalog").field("commit_id", &self.commit_id).finish_non_exhaustive()
    }
}

/// Writes the metadata file that follows `base_location` and forces everything that this commit wrote to disk; answers
/// where it is. The name is made here, so `intents` is told before it is written.
pub(crate) async fn write_metadata(
    lake: &Lake,
    metadata: &TableMetadata,
    base_location: &str,
    commit_id: Uuid,
    intents: &dyn Intents,
) -> std::result::Result<String, LakeError> {
    let location = base_location.parse::<MetadataLocation>()?.with_next_version().with_new_metadata(metadata);
    let path = location.to_string();
    intents.announce(&path).await.map_err(LakeError::Intent)?;
    metadata.write_to(lake.file_io(), &location).await?;
    sync_manifests(&path, commit_id).await?;
    Ok(path)
}

/// Forces the manifests of this commit to disk: they must survive a power loss that the pointer survives.
async fn sync_manifests(metadata_location: &str, commit_id: Uuid) -> std::result::Result<(), LakeError> {
    let path = local_path(metadata_location);
    let Some(folder) = path.parent() else { return Ok(()) };
    let io_error = |source| LakeError::Io { path: folder.to_owned(), source };
    let marker = commit_id.to_string();
    let mut entries = tokio::fs::read_dir(folder).await.map_err(io_error)?;
    while let Some(entry) = entries.next_entry().await.map_err(io_error)? {
        if entry.file_name().to_string_lossy().contains(&marker) {
            sync_file(entry.path()).await?;
        }
    }
    sync_file(path.clone()).await?;
    sync_dir(folder.to_owned()).await
}

fn unsupported<T>() -> Result<T> {
    Err(Error::new(ErrorKind::FeatureUnsupported, "this catalog stages one append of one table"))
}

#[async_trait]
impl Catalog for StagingCatalog<'_> {
    async fn load_table(&self, _: &TableIdent) -> Result<Table> {
        Ok(self.staging.clone())
    }

    async fn update_table(&self, mut commit: TableCommit) -> Result<Table> {
        let base = self.table.metadata();
        for requirement in commit.take_requirements() {
            requirement.check(Some(base))?;
        }
        let base_location = self.table.metadata_location_result()?;
        let mut builder = base.clone().into_builder(Some(base_location.to_owned()));
        for update in commit.take_updates() {
            let update = match update {
                TableUpdate::AddSnapshot { snapshot } => {
                    TableUpdate::AddSnapshot { snapshot: not_before(&snapshot, base.last_updated_ms()) }
                }
                other => other,
            };
            builder = update.apply(builder)?;
        }
        builder = labels::set(builder, base.properties(), self.labels)?;
        let metadata = builder.build()?.metadata;
        let written = write_metadata(self.lake, &metadata, base_location, self.commit_id, self.intents).await;
        let path = written.map_err(|error| match error {
            LakeError::Intent(error) => {
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Error::new(ErrorKind::Unexpected, "the metadata file cannot be announced")
            }
            LakeError::Iceberg(error) => error,
            error => Error::new(ErrorKind::Unexpected, "the metadata cannot be forced to disk").with_source(error),
        })?;
        let table = Table::builder()
            .file_io(self.lake.file_io().clone())
            .metadata_location(path)
            .metadata(metadata)
            .identifier(self.table.identifier().clone())
            .runtime(Runtime::try_current()?);
        table.build()
    }

    async fn list_namespaces(&self, _: Option<&NamespaceIdent>) -> Result<Vec<NamespaceIdent>> {
        unsupported()
    }

    async fn create_namespace(&self, _: &NamespaceIdent, _: HashMap<String, String>) -> Result<Namespace> {
        unsupported()
    }

    async fn get_namespace(&self, _: &NamespaceIdent) -> Result<Namespace> {
        unsupported()
    }

    async fn namespace_exists(&self, _: &NamespaceIdent) -> Result<bool> {
        unsupported()
    }

    async fn update_namespace(&self, _: &NamespaceIdent, _: HashMap<String, String>) -> Result<()> {
        unsupported()
    }

    async fn drop_namespace(&self, _: &NamespaceIdent) -> Result<()> {
        unsupported()
    }

    async fn list_tables(&self, _: &NamespaceIdent) -> Result<Vec<TableIdent>> {
        unsupported()
    }

    async fn create_table(&self, _: &NamespaceIdent, _: TableCreation) -> Result<Table> {
        unsupported()
    }

    async fn drop_table(&self, _: &TableIdent) -> Result<()> {
        unsupported()
    }

    async fn purge_table(&self, _: &TableIdent) -> Result<()> {
        unsupported()
    }

    async fn table_exists(&self, _: &TableIdent) -> Result<bool> {
        unsupported()
    }

    async fn rename_table(&self, _: &TableIdent, _: &TableIdent) -> Result<()> {
        unsupported()
    }

    async fn register_table(&self, _: &TableIdent, _: String) -> Result<Table> {
        unsupported()
    }
}
