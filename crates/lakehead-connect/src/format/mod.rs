//! From the bytes of a source object to Arrow batches, one decoder per file format.
//!
//! Decoders stream, hold a bounded amount of memory, and never let one bad row spoil a batch: it is left out
//! and reported with its number. Run them only where the death of the process is harmless.

mod avro;
mod batch;
mod bytes;
mod decrypt;
mod delimited;
mod delimiter;
mod detect;
mod heard;
mod json;
mod normal;
mod parquet;
mod plain;
mod preview;
mod recode;
mod shape;
mod split;
#[cfg(test)]
mod tests;
mod unpack;

use std::sync::Arc;

use lakehead_model::{
    format::{DataFormat, FormatKind},
    plan::PlannedObject,
};
use object_store::ObjectStore;

pub use batch::{BadRow, FileError, RowNumbers, SourceBatch, only};
pub use decrypt::{MAX_ENCRYPTED_BYTES, decrypt};
pub use heard::heard;
pub use preview::{Column, ColumnType, MAX_PREVIEW_ROWS, Preview, RowCount, count_rows, preview};
pub use shape::{Projection, Shape, ShapeError, Wanted};

/// Largest record of a delimited or JSON file, bytes.
pub const MAX_RECORD_BYTES: usize = 16 << 20;
/// Most columns a file may have.
pub const MAX_COLUMNS: usize = 20_000;

/// Size of the blocks that the long texts of a column are copied to, bytes, where `text_bytes` come in `columns`: however
/// many columns there are, together they ask for about as much as there is text.
fn text_block(text_bytes: usize, columns: usize) -> u32 {
    (text_bytes / columns.max(1)).clamp(1 << 10, 256 << 10) as u32
}
/// Code of a file that cannot be read, and of a row that cannot be parsed.
pub const CODE_CORRUPT: &str = "INGEST-1401-400";
/// Code of a file that cannot be fetched.
pub const CODE_COPY: &str = "CONNECTOR-1001-500";

/// A source object being decoded.
pub enum Decoder {
    /// An object of no bytes, such as other programs leave beside their files: it has no rows, whatever its format.
    Empty,
    /// CSV and its relatives.
    Delimited(Box<delimited::Delimited>),
    /// NDJSON, an array of objects, or objects one after another.
    Json(Box<json::Json>),
    /// Parquet.
    Parquet(Box<parquet::Parquet>),
    /// Avro.
    Avro(Box<avro::Avro>),
}

impl Decoder {
    /// Opens an object, pinned to the version that was planned. Columns that nobody asked for are not decoded.
    ///
    /// # Errors
    /// The object is gone or changed, or its beginning (header, footer) cannot be used.
    pub async fn open(
        store: &Arc<dyn ObjectStore>,
        object: &PlannedObject,
        format: &DataFormat,
        projection: &Projection,
    ) -> Result<Self, FileError> {
        if object.size_bytes == 0 {
            return Ok(Self::Empty);
        }
        Ok(match format.kind {
            FormatKind::Delimited => {
                let bytes = plain::Plain::open(store, object, format.compression).await?;
                let decoder = delimited::Delimited::open(bytes, format, projection).await?;
                Self::Delimited(Box::new(decoder))
            }
            FormatKind::Json => {
                let bytes = plain::Plain::open(store, object, format.compression).await?;
                Self::Json(Box::new(json::Json::open(bytes, projection)))
            }
            FormatKind::Avro => {
                let bytes = plain::Plain::open(store, object, format.compression).await?;
                Self::Avro(Box::new(avro::Avro::open(bytes, projection).await?))
            }
            FormatKind::Parquet | FormatKind::ParquetXdm => {
                Self::Parquet(Box::new(parquet::Parquet::open(store, object, projection).await?))
            }
        })
    }

    /// The next rows, to be decoded, or `None` at the end. After an error nothing more may be asked.
    ///
    /// # Errors
    /// The object changed, cannot be fetched, or is damaged beyond single rows.
    pub async fn next(&mut self) -> Result<Option<Piece>, FileError> {
        Ok(match self {
            Self::Empty => None,
            Self::Delimited(decoder) => decoder.next().await?.map(|rows| Piece::Rows(Some(rows))),
            Self::Json(decoder) => decoder.next().await?.map(|piece| Piece::Json(Some(Box::new(piece)))),
            Self::Parquet(decoder) => decoder.next().await?.map(|rows| Piece::Rows(Some(rows))),
            Self::Avro(decoder) => decoder.next().await?.map(|piece| Piece::Avro(Box::new(piece))),
        })
    }
}

/// Consecutive rows of an object. What can be done apart from the rows before and behind is left to
/// [`Piece::decode`], so that several threads can work on one object.
pub enum Piece {
    /// Rows that are decoded already.
    Rows(Option<SourceBatch>),
    /// JSON records.
    Json(Option<Box<json::Piece>>),
    /// Blocks of an Avro file.
    Avro(Box<avro::Piece>),
}

impl Piece {
    /// The next rows of the piece, or `None` when there are no more. After an error nothing more may be asked.
    ///
    /// # Errors
    /// The object is damaged beyond single rows.
    pub fn decode(&mut self) -> Result<Option<SourceBatch>, FileError> {
        match self {
            Self::Rows(batch) => Ok(batch.take()),
            Self::Json(piece) => piece.take().map(|piece| piece.decode()).transpose(),
            Self::Avro(piece) => piece.decode(),
        }
    }
}
