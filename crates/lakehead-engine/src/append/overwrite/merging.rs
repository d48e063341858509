//! Manifests of a snapshot that has the same rows as the one before: small ones are merged into large ones on the way.

use std::collections::HashSet;

use iceberg::Result;
use iceberg::spec::{Manifest, ManifestContentType, ManifestFile, ManifestList, ManifestStatus, ManifestWriter};

use super::Change;

/// Files of a manifest that others are merged into.
const MERGED: usize = 4000;

/// Whether a manifest has so few files that it is merged with others.
pub(crate) fn is_small(manifest: &ManifestFile) -> bool {
    let count = |files: Option<u32>| files.unwrap_or(u32::MAX) as usize;
    count(manifest.added_files_count).saturating_add(count(manifest.existing_files_count)) < MERGED / 2
}

/// A merged manifest while it is written.
struct Merged {
    writer: ManifestWriter,
    files: usize,
}

impl Change<'_> {
    /// The manifests of the current snapshot without the files that go, small ones together.
    pub(super) async fn merged(&mut self, list: &ManifestList, removed: &HashSet<String>) -> Result<Vec<ManifestFile>> {
        let (mut manifests, mut current) = (Vec::new(), None);
        let spec = self.table.metadata().default_partition_spec_id();
        for manifest in list.entries() {
            let ours = manifest.content == ManifestContentType::Data && manifest.partition_spec_id == spec;
            if !ours || !is_small(manifest) {
                manifests.extend(self.rewritten(manifest.clone(), removed).await?);
                continue;
            }
            let entries = manifest.load_manifest(self.lake.file_io()).await?;
            let mut merged = match current.take() {
                Some(merged) => merged,
                None => Merged { writer: self.writer()?, files: 0 },
            };
            self.merge(manifest, &entries, removed, &mut merged)?;
            if merged.files >= MERGED {
                manifests.push(merged.writer.write_manifest_file().await?);
            } else {
                current = Some(merged);
            }
        }
        if let Some(merged) = current.filter(|merged| merged.files > 0) {
            manifests.push(merged.writer.write_manifest_file().await?);
        }
        Ok(manifests)
    }

    fn merge(
        &mut self,
        manifest: &ManifestFile,
        entries: &Manifest,
        removed: &HashSet<String>,
        merged: &mut Merged,
    ) -> Result<()> {
        for entry in entries.entries().iter().filter(|entry| entry.status != ManifestStatus::Deleted) {
            let file = entry.data_file.clone();
            let sequence = entry.sequence_number.unwrap_or(manifest.sequence_number);
            let file_sequence = Some(entry.file_sequence_number.unwrap_or(manifest.sequence_number));
            merged.files += 1;
            if removed.contains(entry.file_path()) {
                self.removed.add(&file);
                merged.writer.add_delete_file(file, sequence, file_sequence)?;
            } else {
                self.kept.add(&file);
                let added_by = entry.snapshot_id.unwrap_or(manifest.added_snapshot_id);
                merged.writer.add_existing_file(file, added_by, sequence, file_sequence)?;
            }
        }
        Ok(())
    }
}
