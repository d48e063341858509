//! What a table says of itself against what is in it: the counts of each manifest and of the current snapshot, which other
//! engines answer `count(*)` from without opening a file, and the order of sequence numbers.
//!
//! Tables are of format version 2, which has no row ids (`next-row-id`, `first_row_id`); what a row comes from is in its
//! system columns, and [`super::content`] counts by them.

use iceberg::spec::{ManifestFile, Snapshot, TableMetadata};

use super::{Findings, Kind};

/// Files and rows that count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Live {
    pub(super) files: u64,
    pub(super) rows: u64,
}

/// The entry of a manifest in the list of `snapshot`.
pub(super) fn of_manifest(manifest: &ManifestFile, snapshot: &Snapshot, live: Live, findings: &mut Findings) {
    let sum = |added: Option<u64>, existing: Option<u64>| Some(added? + existing?);
    let files = sum(manifest.added_files_count.map(u64::from), manifest.existing_files_count.map(u64::from));
    let rows = sum(manifest.added_rows_count, manifest.existing_rows_count);
    // The counts may be left out.
    let said = Live { files: files.unwrap_or(live.files), rows: rows.unwrap_or(live.rows) };
    if said != live {
        let message = format!(
            "this manifest is listed with {} files and {} rows, but has {} files with {} rows",
            said.files, said.rows, live.files, live.rows
        );
        findings.add(Kind::Different, &manifest.manifest_path, message);
    }
    if manifest.sequence_number > snapshot.sequence_number() {
        let message = format!(
            "this manifest has the sequence number {}, but the snapshot that lists it {}",
            manifest.sequence_number,
            snapshot.sequence_number()
        );
        findings.add(Kind::Different, &manifest.manifest_path, message);
    }
}

/// The summary of the current snapshot, and its place in the table.
pub(super) fn of_snapshot(metadata: &TableMetadata, snapshot: &Snapshot, live: Live, findings: &mut Findings) {
    let name = format!("snapshot {} of {}", snapshot.snapshot_id(), metadata.location());
    for (property, found, what) in
        [("total-records", live.rows, "rows"), ("total-data-files", live.files, "data files")]
    {
        let said = snapshot.summary().additional_properties.get(property);
        if let Some(said) = said.filter(|said| said.parse() != Ok(found)) {
            let message = format!("says that the table has {said} {what} (`{property}`), but there are {found}");
            findings.add(Kind::Different, &name, message);
        }
    }
    if snapshot.sequence_number() > metadata.last_sequence_number() {
        let message = format!(
            "has the sequence number {}, but the last of the table is {}",
            snapshot.sequence_number(),
            metadata.last_sequence_number()
        );
        findings.add(Kind::Different, &name, message);
    }
}
