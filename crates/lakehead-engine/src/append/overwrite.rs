//! A snapshot that takes whole data files out of a table, and brings others in at the same time.
//!
//! `iceberg` has no action for it yet, so the manifests are written here: those that name a file that goes are written
//! again, the file marked as deleted; the others are taken over as they are. Data files are left where they are: older
//! snapshots refer to them.

mod merging;

use std::collections::{HashMap, HashSet};

use iceberg::Result;
use iceberg::spec::{
    DataFile, MAIN_BRANCH, ManifestContentType, ManifestFile, ManifestListWriter, ManifestStatus, ManifestWriter,
    ManifestWriterBuilder, Operation, Snapshot, Summary,
};
use iceberg::table::Table;
use uuid::Uuid;

use super::{PreparedAppend, write_metadata};
use crate::labels::{self, LabelProperties};
use crate::lake::{Lake, LakeError};
use crate::stage::Intents;

pub(crate) use merging::is_small;

/// What becomes of a table.
pub(crate) struct Overwrite<'a> {
    /// Data files that come.
    pub(crate) added: Vec<DataFile>,
    /// Locations of data files that go.
    pub(crate) removed: &'a HashSet<String>,
    /// What is said of the run.
    pub(crate) summary: HashMap<String, String>,
    /// What the new metadata tells of labels.
    pub(crate) labels: &'a LabelProperties,
}

/// Writes manifests and metadata on top of `table`. `None` where there is nothing to add and the table has none of what
/// is to be removed.
pub(crate) async fn prepare(
    lake: &Lake,
    table: &Table,
    Overwrite { added, removed, summary, labels }: Overwrite<'_>,
    commit_id: Uuid,
    intents: &dyn Intents,
) -> std::result::Result<Option<PreparedAppend>, LakeError> {
    let mut change = Change::new(lake, table, commit_id, false);
    let mut manifests = change.without(removed).await?;
    if added.is_empty() && change.removed == Counts::default() {
        return Ok(None);
    }
    if !added.is_empty() {
        manifests.push(change.manifest_of(added).await?);
    }
    let base_metadata = table.metadata_location_result()?.to_owned();
    let snapshot = change.snapshot(manifests, summary).await?;
    let snapshot_id = snapshot.snapshot_id();
    let builder = table.metadata().clone().into_builder(Some(base_metadata.clone()));
    let builder = labels::set(builder, table.metadata().properties(), labels)?;
    let metadata = builder.set_branch_snapshot(snapshot, MAIN_BRANCH)?.build()?.metadata;
    let new_metadata = write_metadata(lake, &metadata, &base_metadata, commit_id, intents).await?;
    Ok(Some(PreparedAppend { base_metadata, new_metadata, snapshot_id }))
}

/// A snapshot with the same rows in other data files, or in fewer manifests. `None` where the table does not have all of
/// `removed` any more, or nothing would change.
pub(crate) async fn replaced(
    lake: &Lake,
    table: &Table,
    added: Vec<DataFile>,
    removed: &HashSet<String>,
    summary: HashMap<String, String>,
    commit_id: Uuid,
) -> std::result::Result<Option<Snapshot>, LakeError> {
    let mut change = Change::new(lake, table, commit_id, true);
    let mut manifests = change.without(removed).await?;
    let same = added.is_empty() && manifests.len() >= change.manifests_before;
    if change.removed.files != removed.len() as u64 || same {
        return Ok(None);
    }
    if !added.is_empty() {
        manifests.push(change.manifest_of(added).await?);
    }
    if change.added.records != change.removed.records {
        let (added, removed) = (change.added.records, change.removed.records);
        return Err(LakeError::Unreadable(format!("{added} rows are to replace {removed}")));
    }
    Ok(Some(change.snapshot(manifests, summary).await?))
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    files: u64,
    records: u64,
    bytes: u64,
}

impl Counts {
    fn add(&mut self, file: &DataFile) {
        self.files += 1;
        self.records += file.record_count();
        self.bytes += file.file_size_in_bytes();
    }
}

/// The new snapshot while its manifests are written.
struct Change<'a> {
    lake: &'a Lake,
    table: &'a Table,
    commit_id: Uuid,
    snapshot_id: i64,
    manifests: usize,
    added: Counts,
    removed: Counts,
    kept: Counts,
    /// The rows stay the same.
    replaces: bool,
    /// Manifests of the version before.
    manifests_before: usize,
}

impl<'a> Change<'a> {
    fn new(lake: &'a Lake, table: &'a Table, commit_id: Uuid, replaces: bool) -> Self {
        let known = |id: i64| table.metadata().snapshots().any(|snapshot| snapshot.snapshot_id() == id);
        let mut snapshot_id = 0;
        while snapshot_id == 0 || known(snapshot_id) {
            snapshot_id = rand::random::<i64>() & i64::MAX;
        }
        let (added, removed, kept) = (Counts::default(), Counts::default(), Counts::default());
        Self { lake, table, commit_id, snapshot_id, manifests: 0, added, removed, kept, replaces, manifests_before: 0 }
    }

    fn location(&self, name: &str) -> String {
        format!("{}/metadata/{name}.avro", self.table.metadata().location())
    }

    fn writer(&mut self) -> Result<ManifestWriter> {
        let metadata = self.table.metadata();
        let output =
            self.lake.file_io().new_output(self.location(&format!("{}-m{}", self.commit_id, self.manifests)))?;
        self.manifests += 1;
        let spec = metadata.default_partition_spec().as_ref().clone();
        let schema = metadata.current_schema().clone();
        Ok(ManifestWriterBuilder::new(output, Some(self.snapshot_id), schema, spec).build_v2_data())
    }

    /// The manifests of the current snapshot, without the files that go.
    async fn without(&mut self, removed: &HashSet<String>) -> Result<Vec<ManifestFile>> {
        let metadata = self.table.metadata();
        let Some(current) = metadata.current_snapshot() else { return Ok(Vec::new()) };
        let list = self.lake.manifests(metadata, current).await?;
        self.manifests_before = list.entries().len();
        if self.replaces {
            return self.merged(&list, removed).await;
        }
        let mut manifests = Vec::new();
        for manifest in list.entries() {
            manifests.extend(self.rewritten(manifest.clone(), removed).await?);
        }
        Ok(manifests)
    }

    /// The manifest as it was where none of its files goes, otherwise another in its place.
    async fn rewritten(&mut self, manifest: ManifestFile, removed: &HashSet<String>) -> Result<Option<ManifestFile>> {
        let entries = manifest.load_manifest(self.lake.file_io()).await?.into_parts().0;
        let goes = |path: &str| manifest.content == ManifestContentType::Data && removed.contains(path);
        if !entries.iter().any(|entry| entry.is_alive() && goes(entry.file_path())) {
            for entry in entries.iter().filter(|entry| entry.is_alive()) {
                self.kept.add(&entry.data_file);
            }
            return Ok(Some(manifest));
        }
        let mut writer = self.writer()?;
        // Entries that were deleted before are of an older snapshot.
        for entry in entries.iter().filter(|entry| entry.status != ManifestStatus::Deleted) {
            let file = entry.data_file.clone();
            let sequence = entry.sequence_number.unwrap_or(manifest.sequence_number);
            let file_sequence = Some(entry.file_sequence_number.unwrap_or(manifest.sequence_number));
            if goes(entry.file_path()) {
                self.removed.add(&file);
                writer.add_delete_file(file, sequence, file_sequence)?;
            } else {
                self.kept.add(&file);
                let added_by = entry.snapshot_id.unwrap_or(manifest.added_snapshot_id);
                writer.add_existing_file(file, added_by, sequence, file_sequence)?;
            }
        }
        writer.write_manifest_file().await.map(Some)
    }

    async fn manifest_of(&mut self, files: Vec<DataFile>) -> Result<ManifestFile> {
        let mut writer = self.writer()?;
        for file in files {
            self.added.add(&file);
            // The sequence number is that of the snapshot.
            writer.add_file(file, -1)?;
        }
        writer.write_manifest_file().await
    }

    async fn snapshot(&self, manifests: Vec<ManifestFile>, summary: HashMap<String, String>) -> Result<Snapshot> {
        let metadata = self.table.metadata();
        let (parent, sequence) = (metadata.current_snapshot_id(), metadata.next_sequence_number());
        let location = self.location(&format!("snap-{}-0-{}", self.snapshot_id, self.commit_id));
        let output = self.lake.file_io().new_output(&location)?.writer().await?;
        let mut list = ManifestListWriter::v2(output, self.snapshot_id, parent, sequence);
        list.add_manifests(manifests.into_iter())?;
        list.close().await?;
        let operation = match (self.replaces, self.added == Counts::default()) {
            (true, _) => Operation::Replace,
            (false, true) => Operation::Delete,
            (false, false) => Operation::Overwrite,
        };
        let now_ms = chrono::Utc::now().timestamp_millis();
        Ok(Snapshot::builder()
            .with_snapshot_id(self.snapshot_id)
            .with_parent_snapshot_id(parent)
            .with_sequence_number(sequence)
            .with_timestamp_ms(now_ms.max(metadata.last_updated_ms()))
            .with_manifest_list(location)
            .with_summary(Summary { operation, additional_properties: self.summary(summary) })
            .with_schema_id(metadata.current_schema_id())
            .build())
    }

    /// The counts that every engine writes, beside what is said of the run.
    fn summary(&self, mut summary: HashMap<String, String>) -> HashMap<String, String> {
        let Self { added, removed, kept, .. } = self;
        for (name, count) in [
            ("added-data-files", added.files),
            ("added-records", added.records),
            ("added-files-size", added.bytes),
            ("deleted-data-files", removed.files),
            ("deleted-records", removed.records),
            ("removed-files-size", removed.bytes),
            ("total-data-files", kept.files + added.files),
            ("total-records", kept.records + added.records),
            ("total-files-size", kept.bytes + added.bytes),
            ("total-delete-files", 0),
            ("total-position-deletes", 0),
            ("total-equality-deletes", 0),
        ] {
            summary.insert(name.to_owned(), count.to_string());
        }
        summary
    }
}
