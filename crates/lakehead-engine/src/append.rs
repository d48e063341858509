//! Prepares an append: writes the manifests and the new metadata file, commits nothing.
//!
//! `iceberg` builds the new metadata; its `update_table` hook is where a catalog would swap the pointer.
//! Ours only writes the file and remembers where: the swap belongs to the one SQL transaction that also
//! holds the ledger, the run and the batch (see `lakehead_store::commit`).

use std::collections::HashMap;

use async_trait::async_trait;
use iceberg::spec::{DataFile, deserialize_data_file_from_json};
use iceberg::table::Table;
use iceberg::transaction::{ApplyTransactionAction, Transaction};
use iceberg::{
    Catalog, Error, ErrorKind, MetadataLocation, Namespace, NamespaceIdent, Result, TableCommit, TableCreation,
    TableIdent,
};
use uuid::Uuid;

use crate::lake::{Lake, LakeError, local_path, sync_dir, sync_file};

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

/// Writes manifests and metadata for `data_files` on top of `table`. `commit_id` names the manifests.
pub(crate) async fn prepare(
    lake: &Lake,
    table: &Table,
    data_files: Vec<DataFile>,
    summary: HashMap<String, String>,
    commit_id: Uuid,
) -> std::result::Result<PreparedAppend, LakeError> {
    let base_metadata = table.metadata_location_result()?.to_owned();
    let catalog = StagingCatalog { lake, table: table.clone(), commit_id };
    let transaction = Transaction::new(table);
    let transaction = transaction
        .fast_append()
        // File names are never reused, so the scan of every manifest for a repeated name finds nothing.
        .with_check_duplicate(false)
        .set_commit_uuid(commit_id)
        .set_snapshot_properties(summary)
        .add_data_files(data_files)
        .apply(transaction)?;
    let committed = transaction.commit(&catalog).await?;
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

/// A catalog of one table for one append. It stages; it never publishes.
#[derive(Debug)]
struct StagingCatalog<'a> {
    lake: &'a Lake,
    table: Table,
    commit_id: Uuid,
}

impl StagingCatalog<'_> {
    /// Forces the manifests of this commit to disk: they must survive a power loss that the pointer survives.
    async fn sync_manifests(&self, metadata_location: &str) -> std::result::Result<(), LakeError> {
        let path = local_path(metadata_location);
        let Some(folder) = path.parent() else { return Ok(()) };
        let io_error = |source| LakeError::Io { path: folder.to_owned(), source };
        let marker = self.commit_id.to_string();
        let mut entries = tokio::fs::read_dir(folder).await.map_err(io_error)?;
        while let Some(entry) = entries.next_entry().await.map_err(io_error)? {
            if entry.file_name().to_string_lossy().contains(&marker) {
                sync_file(entry.path()).await?;
            }
        }
        sync_file(path.clone()).await?;
        sync_dir(folder.to_owned()).await
    }
}

fn unsupported<T>() -> Result<T> {
    Err(Error::new(ErrorKind::FeatureUnsupported, "this catalog stages one append of one table"))
}

#[async_trait]
impl Catalog for StagingCatalog<'_> {
    async fn load_table(&self, _: &TableIdent) -> Result<Table> {
        Ok(self.table.clone())
    }

    async fn update_table(&self, commit: TableCommit) -> Result<Table> {
        let updated = commit.apply(self.table.clone())?;
        let location = updated.metadata_location_result()?.to_owned();
        let parsed: MetadataLocation = location.parse()?;
        updated.metadata().write_to(self.lake.file_io(), &parsed).await?;
        self.sync_manifests(&location).await.map_err(|error| {
            Error::new(ErrorKind::Unexpected, "the metadata cannot be forced to disk").with_source(error)
        })?;
        Ok(updated)
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
