//! The table against the metastore and the disk: every data file of the current snapshot is one that a landed batch has,
//! every file of a landed batch is in the snapshot, and on disk each is as large as it was written. What the table says of
//! itself is held against that too.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;

use iceberg::spec::{DataFile, ManifestFile, Snapshot};
use lakehead_model::batch::BatchStatus;
use lakehead_store::DataFileRow;
use lakehead_store::completeness::PAGE;
use sha2::{Digest, Sha256};

use super::numbers::{self, Live};
use super::{Findings, Kind, Subject, Totals, VerifyError};
use crate::lake::{LakeError, file_url, local_path};

/// Data files of one table that are compared; their digests are held in memory, 16 bytes each.
const MAX_FILES: usize = 4_000_000;

/// The files that were seen in the snapshot, by digests of their locations.
#[derive(Default)]
struct Seen(HashSet<[u8; 16]>);

impl Seen {
    fn digest(location: &str) -> [u8; 16] {
        let mut digest = [0; 16];
        digest.copy_from_slice(&Sha256::digest(location)[..16]);
        digest
    }

    /// Whether it is there for the first time.
    fn add(&mut self, location: &str) -> bool {
        self.0.insert(Self::digest(location))
    }

    fn has(&self, location: &str) -> bool {
        self.0.contains(&Self::digest(location))
    }
}

/// Compares; answers the current snapshot and what the table has.
pub(super) async fn compare(
    subject: &Subject<'_>,
    findings: &mut Findings,
) -> Result<(Option<i64>, Totals), VerifyError> {
    let engine = subject.engine;
    let table = engine.open_table(&subject.dataset_id).await?;
    let metadata = table.metadata();
    let (mut seen, mut live, mut whole) = (Seen::default(), Live::default(), true);
    if let Some(current) = metadata.current_snapshot() {
        let list = engine.lake.manifests(metadata, current).await.map_err(LakeError::from)?;
        for manifest in list.entries() {
            let Some(files) = live_files(subject, manifest, current, findings).await else {
                whole = false;
                continue;
            };
            live.files += files.len() as u64;
            live.rows += files.iter().map(DataFile::record_count).sum::<u64>();
            for files in files.chunks(PAGE) {
                look_at(subject, files, &mut seen, findings).await?;
            }
            if seen.0.len() > MAX_FILES {
                let message = format!("the table has more than the {MAX_FILES} data files that can be compared");
                return Err(VerifyError::Unusable(message));
            }
        }
        if whole {
            numbers::of_snapshot(metadata, current, live, findings);
        }
    }
    // Without one of its manifests it is not known what the table has.
    if whole {
        all_there(subject, &seen, findings).await?;
    }
    strays(subject, findings).await?;
    let totals = Totals { files: Some(seen.0.len() as u64), rows: Some(live.rows), ..Totals::default() };
    Ok((metadata.current_snapshot_id(), totals))
}

/// The data files of a manifest that count; `None` where it cannot be read.
async fn live_files(
    subject: &Subject<'_>,
    manifest: &ManifestFile,
    snapshot: &Snapshot,
    findings: &mut Findings,
) -> Option<Vec<DataFile>> {
    match manifest.load_manifest(subject.engine.lake.file_io()).await {
        Ok(loaded) => {
            let alive = loaded.entries().iter().filter(|entry| entry.is_alive());
            let files: Vec<DataFile> = alive.map(|entry| entry.data_file().clone()).collect();
            let rows = files.iter().map(DataFile::record_count).sum();
            numbers::of_manifest(manifest, snapshot, Live { files: files.len() as u64, rows }, findings);
            Some(files)
        }
        Err(error) => {
            let message = format!("this manifest of the table cannot be read: {}", error.message());
            findings.add(Kind::Lost, &manifest.manifest_path, message);
            None
        }
    }
}

async fn look_at(
    subject: &Subject<'_>,
    files: &[DataFile],
    seen: &mut Seen,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let paths: Vec<String> = files.iter().map(|file| file.file_path().to_owned()).collect();
    let known = subject.engine.store.read().await?.files_at(subject.scope, &paths).await?;
    for file in files {
        let path = file.file_path();
        if !seen.add(path) {
            findings.add(Kind::Extra, path, "is in the table twice: its rows count twice");
            continue;
        }
        match known.get(path) {
            None => {
                let rows = file.record_count();
                findings.add(Kind::Extra, path, format!("is in the table with {rows} rows, and no batch has it"));
            }
            Some(rows) => {
                if let Some(message) = rows.iter().find_map(|(row, status)| not_here(subject, row, status)) {
                    findings.add(Kind::Extra, path, message);
                } else {
                    same_numbers(file, rows, findings);
                }
            }
        }
        on_disk(file, findings).await;
    }
    Ok(())
}

/// Why a file with rows of this batch has no place in the table.
fn not_here(subject: &Subject<'_>, row: &DataFileRow, status: &str) -> Option<String> {
    if row.dataset_id != subject.dataset_id {
        Some(format!("belongs to dataset `{}`", row.dataset_id))
    } else if status != BatchStatus::Success.as_str() {
        Some(format!("is in the table, but its batch `{}` is `{status}`", row.batch_id))
    } else {
        None
    }
}

/// The file as the table has it, against all batches that have rows in it.
fn same_numbers(file: &DataFile, rows: &[(DataFileRow, String)], findings: &mut Findings) {
    let in_table = (file.record_count(), file.file_size_in_bytes());
    let records: i64 = rows.iter().map(|(row, _)| row.records).sum();
    let other = rows.iter().map(|(row, _)| row.size_bytes.unsigned_abs()).find(|bytes| *bytes != in_table.1);
    let noted = (records.unsigned_abs(), other.unwrap_or(in_table.1));
    if in_table != noted {
        let batches: Vec<&str> = rows.iter().map(|(row, _)| row.batch_id.as_str()).collect();
        let message = format!(
            "has {} rows and {} bytes in the table, but {} rows and {} bytes in batch `{}`",
            in_table.0,
            in_table.1,
            noted.0,
            noted.1,
            batches.join("`, `")
        );
        findings.add(Kind::Different, file.file_path(), message);
    }
}

async fn on_disk(file: &DataFile, findings: &mut Findings) {
    let (path, expected) = (file.file_path(), file.file_size_in_bytes());
    let rows = file.record_count();
    match tokio::fs::metadata(local_path(path)).await {
        Ok(there) if there.len() == expected => {}
        Ok(there) => {
            let message =
                format!("has {} bytes on disk instead of {expected}; it holds {rows} rows of the table", there.len());
            findings.add(Kind::Lost, path, message);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            findings.add(Kind::Lost, path, format!("is not on disk; it holds {rows} rows of the table"));
        }
        Err(error) => findings.add(Kind::Lost, path, format!("cannot be looked at on disk: {error}")),
    }
}

/// Every file of a landed batch is in the table.
async fn all_there(subject: &Subject<'_>, seen: &Seen, findings: &mut Findings) -> Result<(), VerifyError> {
    let mut after = (String::new(), -1);
    loop {
        let mut tx = subject.engine.store.read().await?;
        let page = tx.active_files_after(subject.scope, &subject.dataset_id, (&after.0, after.1)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.batch_id.clone(), last.ord);
        for file in page.iter().filter(|file| !seen.has(&file.path)) {
            let message = format!("of batch `{}` with {} rows is not in the table", file.batch_id, file.records);
            findings.add(Kind::Lost, &file.path, message);
        }
    }
}

/// Files in the folder of data files that nobody has announced and no batch has.
async fn strays(subject: &Subject<'_>, findings: &mut Findings) -> Result<(), VerifyError> {
    let folder = subject.engine.lake.table_dir(subject.scope, &subject.dataset_id).join("data");
    let io = |source| LakeError::Io { path: folder.clone(), source };
    let mut entries = match tokio::fs::read_dir(&folder).await {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(io)?,
    };
    let mut names = Vec::new();
    loop {
        let entry = entries.next_entry().await.map_err(io)?;
        let ended = entry.is_none();
        names.extend(entry.map(|entry| file_url(&entry.path())));
        if names.len() == PAGE || ended {
            let mut tx = subject.engine.store.read().await?;
            // Announced first: a file that its run commits meanwhile is in a batch afterwards.
            let announced: HashSet<_> = tx.intended_among(&names).await?.into_iter().collect();
            drop(tx);
            let known: HashMap<_, _> = subject.engine.store.read().await?.files_at(subject.scope, &names).await?;
            for name in names.drain(..).filter(|name| !announced.contains(name) && !known.contains_key(name)) {
                findings.add(Kind::Stray, name, "is in the folder of the table, but no part of it");
            }
        }
        if ended {
            return Ok(());
        }
    }
}
