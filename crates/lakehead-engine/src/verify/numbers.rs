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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use iceberg::spec::{ManifestContentType, Operation, Summary};

    use super::*;

    fn snapshot() -> Snapshot {
        let summary = Summary { operation: Operation::Append, additional_properties: HashMap::new() };
        let place = Snapshot::builder().with_snapshot_id(1).with_sequence_number(5).with_timestamp_ms(0);
        place.with_manifest_list("list.avro").with_summary(summary).build()
    }

    fn manifest() -> ManifestFile {
        ManifestFile {
            manifest_path: "m.avro".to_owned(),
            manifest_length: 1000,
            partition_spec_id: 0,
            content: ManifestContentType::Data,
            sequence_number: 5,
            min_sequence_number: 4,
            added_snapshot_id: 1,
            added_files_count: Some(2),
            existing_files_count: Some(1),
            deleted_files_count: Some(7),
            added_rows_count: Some(20),
            existing_rows_count: Some(10),
            deleted_rows_count: Some(70),
            partitions: None,
            key_metadata: None,
            first_row_id: None,
        }
    }

    fn found(change: impl Fn(&mut ManifestFile)) -> Vec<String> {
        let mut manifest = manifest();
        change(&mut manifest);
        let mut findings = Findings::new(10);
        of_manifest(&manifest, &snapshot(), Live { files: 3, rows: 30 }, &mut findings);
        findings.findings.iter().map(|finding| format!("{}: {}", finding.name, finding.message)).collect()
    }

    #[test]
    fn each_number_of_a_manifest_is_held_against_what_it_has() {
        assert_eq!(found(|_| ()), [""; 0]);
        assert_eq!(found(|manifest| manifest.added_files_count = None), [""; 0], "it may be left out");
        let counts = "m.avro: this manifest is listed with ";
        for (change, said) in [
            (
                &(|m: &mut ManifestFile| m.added_files_count = Some(3)) as &dyn Fn(&mut ManifestFile),
                "4 files and 30 rows",
            ),
            (&|m| m.existing_files_count = Some(0), "2 files and 30 rows"),
            (&|m| m.added_rows_count = Some(21), "3 files and 31 rows"),
            (&|m| m.existing_rows_count = Some(9), "3 files and 29 rows"),
        ] {
            assert_eq!(found(change), [format!("{counts}{said}, but has 3 files with 30 rows")]);
        }
        let late = found(|manifest| manifest.sequence_number = 6);
        assert_eq!(late, ["m.avro: this manifest has the sequence number 6, but the snapshot that lists it 5"]);
    }
}
