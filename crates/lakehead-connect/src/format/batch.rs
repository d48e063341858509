//! What decoders hand out: rows that could be read, and an account of what could not.

use arrow::array::RecordBatch;

use super::{CODE_COPY, CODE_CORRUPT};

/// Rows of one object, in order.
#[derive(Debug)]
pub struct SourceBatch {
    /// The wanted columns that the object has.
    pub batch: RecordBatch,
    /// Where the rows stand in the object.
    pub rows: RowNumbers,
    /// Rows left out, in order.
    pub bad_rows: Vec<BadRow>,
    /// Bytes of the object that have been consumed so far, as stored.
    pub bytes_read: u64,
}

/// 1-based numbers of the rows of a batch within their object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowNumbers {
    /// Consecutive, from this one on.
    From(u64),
    /// One by one, because bad rows were left out between them.
    Each(Vec<u64>),
}

impl RowNumbers {
    /// The number of the row at `index` of the batch.
    pub fn get(&self, index: usize) -> u64 {
        match self {
            Self::From(first) => first + index as u64,
            Self::Each(numbers) => numbers.get(index).copied().unwrap_or_default(),
        }
    }
}

/// A row that cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// 1-based number within the object.
    pub row: u64,
    /// What is wrong.
    pub message: String,
    /// The beginning of the row's text.
    pub raw: String,
}

impl BadRow {
    /// Keeps at most this much of a bad row.
    const MAX_RAW_BYTES: usize = 4096;

    pub(super) fn new(row: u64, message: impl Into<String>, raw: &[u8]) -> Self {
        let raw = &raw[..raw.len().min(Self::MAX_RAW_BYTES)];
        let raw = String::from_utf8_lossy(raw).trim_end_matches(['\r', '\n']).to_owned();
        Self { row, message: message.into(), raw }
    }
}

/// A file that cannot be read at all, or not to its end.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct FileError {
    /// Code for the run's errors.
    pub code: &'static str,
    /// Text for the user, without the name of the file.
    pub message: String,
    /// Whether the same read may succeed later without anybody changing anything.
    pub transient: bool,
}

impl FileError {
    /// An error that will be the same next time.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), transient: false }
    }

    pub(super) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(CODE_CORRUPT, message)
    }

    pub(super) fn changed() -> Self {
        Self::new(CODE_COPY, "the file changed after it was listed; the next run reads its new content")
    }
}
