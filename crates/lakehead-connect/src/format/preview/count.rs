//! How many rows a file has: known where the file says so or is short, else estimated from its beginning.

use std::sync::Arc;

use lakehead_model::format::{DataFormat, FormatKind};
use lakehead_model::plan::PlannedObject;
use object_store::ObjectStore;
use serde::{Deserialize, Serialize};

use super::super::{Decoder, FileError, Projection};

/// Bytes of the object, as stored, that are enough for an estimate.
const ENOUGH_BYTES: u64 = 1 << 20;
/// Pieces that are decoded at most, however well they are compressed; a piece is some mebibytes of text.
const MOST_PIECES: usize = 64;

/// Rows of a file, those that cannot be parsed too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RowCount {
    /// How many.
    pub rows: u64,
    /// Whether they were counted, not estimated.
    pub is_exact: bool,
    /// Size of the object, bytes.
    pub size_bytes: u64,
}

/// Parquet files tell it in their footer. Of others the beginning is decoded: a file that ends there is counted, for a longer
/// one rows are taken to be as large everywhere, as stored. `None` where that says nothing.
///
/// # Errors
/// As [`Decoder::open`] and [`Decoder::next`].
pub async fn count_rows(
    store: &Arc<dyn ObjectStore>,
    object: &PlannedObject,
    format: &DataFormat,
) -> Result<Option<RowCount>, FileError> {
    let size_bytes = object.size_bytes;
    let exactly = |rows| Ok(Some(RowCount { rows, is_exact: true, size_bytes }));
    let projection = Projection { all: format.kind != FormatKind::Json, ..Projection::default() };
    let mut decoder = Decoder::open(store, object, format, &projection).await?;
    if let Decoder::Parquet(file) = &decoder {
        return exactly(file.rows());
    }
    let mut seen = Progress::default();
    let mut first = None;
    for _ in 0..MOST_PIECES {
        let Some(mut piece) = decoder.next().await? else { return exactly(seen.rows) };
        while let Some(batch) = piece.decode()? {
            seen.rows += (batch.batch.num_rows() + batch.bad_rows.len()) as u64;
            seen.bytes = batch.bytes_read;
        }
        let from: &Progress = first.get_or_insert_with(|| seen.clone());
        // Once everything is read, the rows that are left are counted soon.
        if seen.bytes >= from.bytes + ENOUGH_BYTES && seen.bytes < size_bytes {
            break;
        }
    }
    let rows = first.filter(|_| seen.bytes < size_bytes).and_then(|from| seen.rows_in(size_bytes, &from));
    Ok(rows.map(|rows| RowCount { rows, is_exact: false, size_bytes }))
}

/// How far a decoder has come.
#[derive(Clone, Debug, Default)]
struct Progress {
    rows: u64,
    bytes: u64,
}

impl Progress {
    /// Rows of `size` bytes, by what has come since `from`. Text is read ahead of the rows, always about as far, so that the
    /// bytes up to one moment tell less than those between two.
    fn rows_in(&self, size: u64, from: &Self) -> Option<u64> {
        let [rows, bytes] = [self.rows - from.rows, self.bytes - from.bytes].map(u128::from);
        let estimate = (rows * u128::from(size)).checked_div(bytes)?;
        Some(u64::try_from(estimate).unwrap_or(u64::MAX).max(self.rows))
    }
}
