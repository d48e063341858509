//! The lake on disk: where a dataset's table lives, how it is made and opened.
//!
//! A table is visible only through the pointer in the metastore; files that no pointer leads to do not
//! exist for a reader.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use iceberg::io::FileIO;
use iceberg::spec::{
    FormatVersion, ManifestList, Schema, Snapshot, SortOrder, TableMetadata, TableMetadataBuilder, UnboundPartitionSpec,
};
use iceberg::table::Table;
use iceberg::{MetadataLocation, NamespaceIdent, Runtime, TableIdent};
use lakehead_model::Scope;
use lakehead_model::batch::of_run_owner;
use lakehead_model::xdm::Field;

use crate::labels::LabelProperties;
use crate::layout;

/// A failure of the lake's own files: a bug, a full disk, or a table that someone else damaged.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// Reading or writing table metadata failed.
    #[error("the table metadata cannot be read or written")]
    Iceberg(#[from] iceberg::Error),
    /// A file could not be announced in the metastore.
    #[error("a file of the lake cannot be announced")]
    Intent(#[source] crate::stage::BoxError),
    /// A landed file is not as it was written.
    #[error("a landed file cannot be read: {0}")]
    Unreadable(String),
    /// A file or folder of the lake cannot be used.
    #[error("`{path}` of the lake cannot be used")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Name of the folder with the diagnostics of a batch. Every attempt of a flow's run makes a batch of its own; the one
/// that a client made stays the same, and its folders are told apart by the claim under which they were made.
pub fn diagnostics_name(flow_id: &str, batch_id: &str, epoch: i64) -> String {
    if of_run_owner(flow_id).is_some() { format!("{batch_id}-{epoch}") } else { batch_id.to_owned() }
}

/// The folder that holds every table.
#[derive(Clone, Debug)]
pub struct Lake {
    root: PathBuf,
    file_io: FileIO,
}

impl Lake {
    /// A lake in `root`, an absolute path.
    pub fn new(root: PathBuf) -> Self {
        Self { root, file_io: FileIO::new_with_fs() }
    }

    /// Folder of a dataset's table. Built from ids only, never from names that people choose.
    pub fn table_dir(&self, scope: &Scope, dataset_id: &str) -> PathBuf {
        self.sandbox_dir(&scope.sandbox_id).join(dataset_id)
    }

    /// Folder of a sandbox: one folder for each table, nothing else.
    pub(crate) fn sandbox_dir(&self, sandbox_id: &str) -> PathBuf {
        self.root.join(sandbox_id)
    }

    /// Folder of a table by its ids, which must be some.
    pub(crate) fn checked_dir(&self, sandbox_id: &str, dataset_id: &str) -> Result<PathBuf, LakeError> {
        let path = self.sandbox_dir(sandbox_id).join(dataset_id);
        let checked = require_id(sandbox_id).and_then(|()| require_id(dataset_id));
        checked.map_err(|source| LakeError::Io { path: path.clone(), source })?;
        Ok(path)
    }

    /// Names of the table folders of a sandbox. Links, files, and names that no id has are not ours and are left out.
    pub(crate) async fn table_names(&self, sandbox_id: &str) -> Result<Vec<String>, LakeError> {
        let folder = self.sandbox_dir(sandbox_id);
        let io = |source| LakeError::Io { path: folder.clone(), source };
        require_id(sandbox_id).map_err(io)?;
        let mut entries = match tokio::fs::read_dir(&folder).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(io)?,
        };
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().await.map_err(io)? {
            let name = entry.file_name().into_string().ok().filter(|name| require_id(name).is_ok());
            if let Some(name) = name
                && entry.file_type().await.map_err(io)?.is_dir()
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Deletes the folder of a table with everything in it, where it exists. Links in it are removed, not followed.
    ///
    /// # Errors
    /// The folder resists, or the ids are none: a path is never built from anything else.
    pub async fn delete_table(&self, sandbox_id: &str, dataset_id: &str) -> Result<(), LakeError> {
        let path = self.checked_dir(sandbox_id, dataset_id)?;
        match tokio::fs::remove_dir_all(&path).await {
            Err(source) if source.kind() != ErrorKind::NotFound => Err(LakeError::Io { path, source }),
            _ => Ok(()),
        }
    }

    /// Removes the folder of a sandbox that gets no more tables, where nothing is in it.
    pub(crate) async fn forget_empty(&self, sandbox_id: &str) {
        if require_id(sandbox_id).is_ok() {
            let _ = tokio::fs::remove_dir(self.sandbox_dir(sandbox_id)).await;
        }
    }

    /// Folder of a batch's diagnostics.
    pub fn diagnostics_dir(&self, scope: &Scope, dataset_id: &str, name: &str) -> PathBuf {
        self.table_dir(scope, dataset_id).join("diagnostics").join(name)
    }

    /// Folder of the files that clients upload into a batch, one folder for each upload.
    pub fn upload_dir(&self, scope: &Scope, dataset_id: &str, batch_id: &str) -> PathBuf {
        self.table_dir(scope, dataset_id).join("uploads").join(batch_id)
    }

    /// Folder of a table's data files. It exists, and survives a power cut, when this returns.
    pub(crate) async fn data_dir(&self, scope: &Scope, dataset_id: &str) -> Result<PathBuf, LakeError> {
        let folder = self.table_dir(scope, dataset_id).join("data");
        self.make_dir(&folder).await?;
        Ok(folder)
    }

    /// Makes a folder of the lake and forces the entries of all folders that lead to it to disk.
    async fn make_dir(&self, folder: &Path) -> Result<(), LakeError> {
        let made = tokio::fs::create_dir_all(folder).await;
        made.map_err(|source| LakeError::Io { path: folder.to_owned(), source })?;
        for folder in folder.ancestors().skip(1).take_while(|above| above.starts_with(&self.root)) {
            sync_dir(folder.to_owned()).await?;
        }
        Ok(())
    }

    /// Makes an empty table for a dataset that tells its labels; answers the location of its first metadata file.
    /// The table exists once that location is registered in the metastore.
    pub async fn create_table(
        &self,
        scope: &Scope,
        dataset_id: &str,
        fields: &[Field],
        labels: &LabelProperties,
    ) -> Result<String, LakeError> {
        let schema = layout::iceberg_schema(fields)?;
        let location = file_url(&self.table_dir(scope, dataset_id));
        let mut properties = HashMap::from([("write.parquet.compression-codec".to_owned(), "zstd".to_owned())]);
        properties.extend(labels.clone());
        let metadata = TableMetadataBuilder::new(
            schema,
            UnboundPartitionSpec::default(),
            SortOrder::unsorted_order(),
            location.clone(),
            FormatVersion::V2,
            properties,
        )?
        .build()?
        .metadata;
        let metadata_location = MetadataLocation::new_with_metadata(location, &metadata);
        self.make_dir(&self.table_dir(scope, dataset_id).join("metadata")).await?;
        metadata.write_to(&self.file_io, &metadata_location).await?;
        let metadata_location = metadata_location.to_string();
        self.sync_metadata(&metadata_location).await?;
        Ok(metadata_location)
    }

    /// Opens the table whose current metadata is at `metadata_location`.
    pub async fn open_table(&self, dataset_id: &str, metadata_location: &str) -> Result<Table, LakeError> {
        let metadata = TableMetadata::read_from(&self.file_io, metadata_location).await?;
        let table = Table::builder()
            .file_io(self.file_io.clone())
            .metadata_location(metadata_location)
            .metadata(metadata)
            .identifier(TableIdent::new(NamespaceIdent::new("lakehead".to_owned()), dataset_id.to_owned()))
            .runtime(Runtime::try_current()?)
            .build()?;
        Ok(table)
    }

    /// The schema of a table as JSON, for the worker.
    pub fn schema_json(schema: &Schema) -> Result<serde_json::Value, LakeError> {
        serde_json::to_value(schema)
            .map_err(|error| iceberg::Error::new(iceberg::ErrorKind::DataInvalid, error.to_string()).into())
    }

    /// The manifests of a snapshot.
    pub(crate) async fn manifests(
        &self,
        metadata: &TableMetadata,
        snapshot: &Snapshot,
    ) -> iceberg::Result<ManifestList> {
        let bytes = self.file_io.new_input(snapshot.manifest_list())?.read().await?;
        ManifestList::parse_with_version(&bytes, metadata.format_version())
    }

    pub(crate) fn file_io(&self) -> &FileIO {
        &self.file_io
    }

    /// Forces a metadata file and the files written beside it for the same commit to disk.
    pub(crate) async fn sync_metadata(&self, metadata_location: &str) -> Result<(), LakeError> {
        let path = local_path(metadata_location);
        sync_file(path.clone()).await?;
        sync_dir(path.parent().unwrap_or(Path::new("/")).to_owned()).await
    }
}

/// Ids are letters, digits and dashes: they cannot lead out of the folder they are joined to.
fn require_id(name: &str) -> std::io::Result<()> {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(());
    }
    Err(std::io::Error::new(ErrorKind::InvalidInput, "the name is not an id of the lake"))
}

/// `file://` URL of an absolute path, as Iceberg metadata holds it.
pub fn file_url(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The path of a `file://` URL.
pub fn local_path(url: &str) -> PathBuf {
    PathBuf::from(url.strip_prefix("file://").unwrap_or(url))
}

/// Forces a file's bytes to disk.
pub async fn sync_file(path: PathBuf) -> Result<(), LakeError> {
    let sync = async |path: &Path| tokio::fs::File::open(path).await?.sync_all().await;
    sync(&path).await.map_err(|source| LakeError::Io { path, source })
}

/// Forces a folder's entries to disk.
pub async fn sync_dir(path: PathBuf) -> Result<(), LakeError> {
    sync_file(path).await
}
