//! What decoders hand out: rows that could be read, and an account of what could not.

use arrow::array::{RecordBatch, UInt64Array};
use arrow::compute::take_record_batch;
use arrow::error::ArrowError;

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

impl SourceBatch {
    /// The same rows in batches of at most `rows`. Bad rows go with the first. Texts are shared, lists are not: whoever
    /// looks at the items of a part sees those of its own rows only.
    ///
    /// # Errors
    /// A column of a type whose rows cannot be chosen.
    pub fn split(self, rows: usize) -> Result<Vec<Self>, FileError> {
        let (total, rows) = (self.batch.num_rows(), rows.max(1));
        if total <= rows {
            return Ok(vec![self]);
        }
        let Self { batch, rows: numbers, mut bad_rows, bytes_read } = self;
        let part = |start: usize| {
            let length = rows.min(total - start);
            Ok(Self {
                batch: only(&batch, start, length).map_err(|error| FileError::corrupt(error.to_string()))?,
                rows: numbers.part(start, length),
                bad_rows: std::mem::take(&mut bad_rows),
                bytes_read,
            })
        };
        (0..total).step_by(rows).map(part).collect()
    }
}

/// Some rows of a batch, as if there were no others: a slice of a list still has the items of all.
///
/// # Errors
/// A column of a type whose rows cannot be chosen.
pub fn only(batch: &RecordBatch, start: usize, length: usize) -> Result<RecordBatch, ArrowError> {
    let end = (start + length) as u64;
    take_record_batch(batch, &UInt64Array::from_iter_values(start as u64..end))
}

impl RowNumbers {
    fn part(&self, start: usize, length: usize) -> Self {
        match self {
            Self::From(first) => Self::From(first + start as u64),
            Self::Each(numbers) => Self::Each(numbers.iter().skip(start).take(length).copied().collect()),
        }
    }

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array, ListArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    #[test]
    fn a_split_batch_has_every_row_and_number_once() {
        let values: Int64Array = (0..7).collect::<Vec<i64>>().into();
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>((0..7).map(|n| Some(vec![Some(n); 2])));
        let batch = RecordBatch::try_from_iter([("n", Arc::new(values) as _), ("l", Arc::new(lists) as _)]).unwrap();
        for rows in [RowNumbers::From(10), RowNumbers::Each((10..17).collect())] {
            let source = SourceBatch { batch: batch.clone(), rows, bad_rows: Vec::new(), bytes_read: 9 };
            let parts = source.split(3).unwrap();
            let lengths: Vec<_> = parts.iter().map(|part| part.batch.num_rows()).collect();
            assert_eq!(lengths, [3, 3, 1]);
            let numbers: Vec<_> =
                parts.iter().flat_map(|part| (0..part.batch.num_rows()).map(|index| part.rows.get(index))).collect();
            assert_eq!(numbers, (10..17).collect::<Vec<_>>());
            assert_eq!(parts[2].batch, batch.slice(6, 1));
            let items = parts[1].batch.column(1).as_list::<i32>();
            assert_eq!(items.values().len(), items.value_offsets()[3] as usize, "no items of other rows");
        }
    }
}
