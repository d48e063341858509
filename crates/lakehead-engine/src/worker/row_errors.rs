//! Rejected rows: all counted, the first ones kept with their reasons for whoever looks into the batch.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::json::LineDelimitedWriter;
use lakehead_connect::format::{BadRow, CODE_CORRUPT};
use serde_json::{Map, Value, json};

use super::protocol::ErrorCount;
use crate::map::{CODE_CONVERSION, Rejected};

/// Folder of the files below the diagnostics folder.
const FOLDER: &str = "row_errors";
/// By stage, as the files are named.
const STAGES: [&str; 3] = ["parsing", "conversion", "validation"];

/// The files of a worker process.
pub(super) struct RowErrorFiles {
    folder: PathBuf,
    /// Rows that may still be explained.
    quota: AtomicU64,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    files: [Option<File>; 3],
    names: Vec<String>,
    rows: u64,
}

/// The rejected rows of one object, until it is known whether the object lands.
#[derive(Default)]
pub(super) struct RowErrors {
    pub(super) counts: BTreeMap<String, ErrorCount>,
    pub(super) rows: u64,
    lines: [Vec<u8>; 3],
    kept: u64,
}

impl RowErrorFiles {
    pub(super) fn new(diagnostics: &Path, quota: u64) -> Self {
        Self { folder: diagnostics.join(FOLDER), quota: AtomicU64::new(quota), written: Mutex::default() }
    }

    fn take_quota(&self) -> bool {
        self.quota.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    /// Writes what was kept of an object that landed.
    pub(super) fn append(&self, errors: &RowErrors) -> Result<(), String> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        for (stage, lines) in errors.lines.iter().enumerate().filter(|(_, lines)| !lines.is_empty()) {
            self.write(&mut written, stage, lines).map_err(|error| {
                format!("the diagnostics in `{}` cannot be written: {error}", self.folder.display())
            })?;
        }
        written.rows += errors.kept;
        Ok(())
    }

    fn write(&self, written: &mut Written, stage: usize, lines: &[u8]) -> std::io::Result<()> {
        if written.files[stage].is_none() {
            std::fs::create_dir_all(&self.folder)?;
            let (file, name) = create_next(&self.folder, STAGES[stage])?;
            written.files[stage] = Some(file);
            written.names.push(format!("{FOLDER}/{name}"));
        }
        written.files[stage].as_mut().map_or(Ok(()), |file| file.write_all(lines))
    }

    /// Names of the files, and how many rows are in them.
    pub(super) fn finish(&self) -> (Vec<String>, u64) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut written.names), written.rows)
    }
}

/// Creates the file of the next free number: an earlier process of the same batch may have left some.
fn create_next(folder: &Path, stage: &str) -> std::io::Result<(File, String)> {
    let mut number = 0;
    loop {
        let name = format!("{stage}_errors_{number}.json");
        match OpenOptions::new().append(true).create_new(true).open(folder.join(&name)) {
            Ok(file) => return Ok((file, name)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

impl RowErrors {
    fn count(&mut self, code: &str, message: &str) {
        self.rows += 1;
        let known = self.counts.entry(code.to_owned()).or_default();
        known.count += 1;
        if known.message.is_empty() {
            message.clone_into(&mut known.message);
        }
    }

    /// Takes in the rejected rows of another part of the object.
    pub(super) fn absorb(&mut self, other: Self) {
        for (code, error) in other.counts {
            let known = self.counts.entry(code).or_default();
            known.count += error.count;
            if known.message.is_empty() {
                known.message = error.message;
            }
        }
        self.rows += other.rows;
        for (lines, more) in self.lines.iter_mut().zip(other.lines) {
            lines.extend(more);
        }
        self.kept += other.kept;
    }

    fn keep(&mut self, stage: usize, mut line: Map<String, Value>, errors: Vec<Value>, object: &str, row: u64) {
        line.insert("_errors".to_owned(), errors.into());
        line.insert("_filename".to_owned(), object.into());
        line.insert("_row".to_owned(), row.into());
        if serde_json::to_writer(&mut self.lines[stage], &line).is_ok() {
            self.lines[stage].push(b'\n');
            self.kept += 1;
        }
    }

    /// A row that could not be parsed.
    pub(super) fn bad(&mut self, files: &RowErrorFiles, object: &str, row: BadRow) {
        self.count(CODE_CORRUPT, &row.message);
        if files.take_quota() {
            let line = Map::from_iter([("_corrupt_record".to_owned(), Value::String(row.raw))]);
            let error = json!({ "code": CODE_CORRUPT, "message": row.message });
            self.keep(0, line, vec![error], object, row.row);
        }
    }

    /// A row that mapping rejected; `source` is the batch it stands in.
    pub(super) fn rejected(
        &mut self,
        files: &RowErrorFiles,
        object: &str,
        row: u64,
        rejected: &Rejected,
        source: &RecordBatch,
    ) {
        let Some(first) = rejected.issues.first() else { return };
        self.count(first.code, &first.message);
        if files.take_quota() {
            let errors = rejected
                .issues
                .iter()
                .map(|issue| json!({ "code": issue.code, "message": &*issue.message, "column": &*issue.column }))
                .collect();
            let stage = if first.code == CODE_CONVERSION { 1 } else { 2 };
            self.keep(stage, raw_row(source, rejected.index), errors, object, row);
        }
    }
}

/// The mapped attributes of a source row as they were read.
fn raw_row(source: &RecordBatch, index: usize) -> Map<String, Value> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    let written = writer.write(&source.slice(index, 1)).and_then(|()| writer.finish());
    match written {
        Ok(()) => serde_json::from_slice(&writer.into_inner()).unwrap_or_default(),
        Err(_) => Map::new(),
    }
}
