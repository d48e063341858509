//! Parquet: a check of the footer against the file, then a streaming read of the wanted columns.

mod types;

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use ::bytes::Bytes;
use arrow::{
    array::{RecordBatch, RecordBatchOptions},
    datatypes::{FieldRef, Fields, Schema, SchemaRef},
    error::ArrowError,
};
use futures::{FutureExt, StreamExt, future::BoxFuture};
use lakehead_model::plan::PlannedObject;
use object_store::{ObjectStore, coalesce_ranges};
use parquet::{
    arrow::{
        ParquetRecordBatchStreamBuilder, ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions},
        async_reader::{AsyncFileReader, ParquetRecordBatchStream},
    },
    errors::ParquetError,
    file::metadata::{ParquetMetaData, ParquetMetaDataReader},
};

use super::{FileError, MAX_COLUMNS, Projection, RowNumbers, SourceBatch, bytes::Pinned, normal};

/// Rows decoded together.
const BATCH_ROWS: usize = 8192;
/// Largest accepted footer.
const MAX_FOOTER_BYTES: u64 = 64 << 20;
/// Most stored bytes of one row group that are held at a time.
const MAX_GROUP_BYTES: u64 = 192 << 20;
/// A column chunk that unpacks to more than this must not be packed tighter than [`MAX_RATIO`].
const FREE_CHUNK_BYTES: u64 = 64 << 20;
/// Unpacked bytes per stored byte.
const MAX_RATIO: u64 = 100;
/// Most row groups.
const MAX_GROUPS: usize = 100_000;
/// Gaps smaller than this are read over rather than asked for apart.
const GAP_BYTES: u64 = 256 << 10;

/// A Parquet object being read.
pub struct Parquet {
    stream: ParquetRecordBatchStream<Reader>,
    /// The columns as they are read.
    read: Fields,
    schema: SchemaRef,
    next_row: u64,
    rows: u64,
    bytes_read: Arc<AtomicU64>,
}

impl Parquet {
    pub(super) async fn open(
        store: &Arc<dyn ObjectStore>,
        object: &PlannedObject,
        projection: &Projection,
    ) -> Result<Self, FileError> {
        let pinned = Pinned::new(store, object)?;
        let metadata = Arc::new(footer(&pinned).await?);
        let rows = metadata.file_metadata().num_rows().max(0) as u64;
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let plain = ArrowReaderMetadata::try_new(Arc::clone(&metadata), options.clone()).map_err(|e| corrupt(&e))?;
        let hints = types::hints(plain.schema().fields(), metadata.file_metadata().schema_descr());
        let options = options.with_schema(Arc::new(Schema::new(hints)));
        let typed = ArrowReaderMetadata::try_new(Arc::clone(&metadata), options).map_err(|e| corrupt(&e))?;
        let wanted = wanted(&typed, projection);
        let mask = ProjectionMask::roots(typed.parquet_schema(), wanted.iter().copied());
        let read = types::marked(typed.schema().fields(), typed.parquet_schema());
        let read: Fields = wanted.iter().map(|index| Arc::clone(&read[*index])).collect();
        let schema = Arc::new(Schema::new(read.iter().map(normal::field).collect::<Fields>()));
        check_groups(&metadata, &mask, pinned.size())?;
        let bytes_read = Arc::new(AtomicU64::new(0));
        let reader = Reader { pinned, metadata, bytes_read: Arc::clone(&bytes_read) };
        let stream = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, typed)
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|e| corrupt(&e))?;
        Ok(Self { stream, read, schema, next_row: 1, rows, bytes_read })
    }

    /// Names and types of the columns.
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Rows of the file, as its footer says.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) async fn next(&mut self) -> Result<Option<SourceBatch>, FileError> {
        let bytes_read = self.bytes_read.load(Ordering::Relaxed);
        match self.stream.next().await {
            Some(Ok(batch)) => {
                let rows = RowNumbers::From(self.next_row);
                let batch = self.normal(&batch).map_err(|error| {
                    let (first, last) = (self.next_row, self.next_row + batch.num_rows() as u64 - 1);
                    let text: String = error.to_string().chars().take(300).collect();
                    FileError::corrupt(format!("a value in the rows {first} to {last} is none of its type: {text}"))
                })?;
                self.next_row += batch.num_rows() as u64;
                Ok(Some(SourceBatch { batch, rows, bad_rows: Vec::new(), bytes_read }))
            }
            Some(Err(error)) => {
                let error = corrupt(&error);
                if error.transient {
                    return Err(error);
                }
                let message = format!("{}, after row {}", error.message, self.next_row - 1);
                Err(FileError { message, ..error })
            }
            None if self.next_row - 1 == self.rows => Ok(None),
            None => {
                let found = self.next_row - 1;
                Err(FileError::corrupt(format!("the footer promises {} rows; the file has {found}", self.rows)))
            }
        }
    }
}

impl Parquet {
    fn normal(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let fields = self.read.iter().zip(self.schema.fields());
        let columns =
            batch.columns().iter().zip(fields).map(|(array, (read, field))| normal::column(array, read, field));
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns.collect::<Result<_, _>>()?, &options)
    }
}

/// Reads and checks the footer.
async fn footer(pinned: &Pinned) -> Result<ParquetMetaData, FileError> {
    let size = pinned.size();
    let not_parquet = || FileError::corrupt("the file is not a Parquet file, or it is cut off");
    if size < 12 {
        return Err(not_parquet());
    }
    let tail_start = size.saturating_sub(64 << 10);
    let tail = pinned.read(tail_start..size).await?;
    let (body, end) = tail.split_at(tail.len() - 8);
    let (length, magic) = end.split_at(4);
    if magic == b"PARE" {
        return Err(FileError::corrupt("the Parquet file is encrypted, which is not supported"));
    }
    let length = <[u8; 4]>::try_from(length).map(u32::from_le_bytes).map_err(|_| not_parquet())?;
    let length = u64::from(length);
    if magic != b"PAR1" || length > size - 12 {
        return Err(not_parquet());
    }
    if length > MAX_FOOTER_BYTES {
        let message = format!("the footer has {length} bytes; at most {MAX_FOOTER_BYTES} are accepted");
        return Err(FileError::corrupt(message));
    }
    let footer = match body.len().checked_sub(length as usize) {
        Some(start) => Bytes::copy_from_slice(&body[start..]),
        None => pinned.read(size - 8 - length..size - 8).await?,
    };
    let metadata = ParquetMetaDataReader::decode_metadata(&footer).map_err(|e| corrupt(&e))?;
    let columns = metadata.file_metadata().schema_descr().num_columns();
    if columns > MAX_COLUMNS {
        return Err(FileError::corrupt(format!("the file has {columns} columns; at most {MAX_COLUMNS} are accepted")));
    }
    if metadata.num_row_groups() > MAX_GROUPS {
        let groups = metadata.num_row_groups();
        return Err(FileError::corrupt(format!("the file has {groups} row groups; at most {MAX_GROUPS} are accepted")));
    }
    Ok(metadata)
}

/// Compares what the footer says about sizes with the file and with what is bearable.
fn check_groups(metadata: &ParquetMetaData, mask: &ProjectionMask, size: u64) -> Result<(), FileError> {
    for (index, group) in metadata.row_groups().iter().enumerate() {
        let mut stored = 0_u64;
        for (leaf, chunk) in group.columns().iter().enumerate() {
            let name = chunk.column_path().string();
            let sound = chunk.data_page_offset() >= 0
                && chunk.compressed_size() >= 0
                && chunk.uncompressed_size() >= 0
                && chunk.num_values() >= 0;
            let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset()).max(0) as u64;
            let packed = chunk.compressed_size().max(0) as u64;
            let unpacked = chunk.uncompressed_size().max(0) as u64;
            if !sound || start.saturating_add(packed) > size {
                let text = format!("the footer places column `{name}` of row group {index} outside the file");
                return Err(FileError::corrupt(text));
            }
            if unpacked > FREE_CHUNK_BYTES && unpacked / MAX_RATIO > packed {
                let text = format!(
                    "column `{name}` of row group {index} unpacks to {unpacked} bytes, more than {MAX_RATIO} times its size"
                );
                return Err(FileError::corrupt(text));
            }
            if mask.leaf_included(leaf) {
                stored = stored.saturating_add(packed);
            }
        }
        if stored > MAX_GROUP_BYTES {
            let text = format!(
                "row group {index} has {stored} bytes in the mapped columns; at most {MAX_GROUP_BYTES} are accepted, write smaller row groups"
            );
            return Err(FileError::corrupt(text));
        }
    }
    Ok(())
}

/// Places of the wanted columns.
fn wanted(metadata: &ArrowReaderMetadata, projection: &Projection) -> Vec<usize> {
    let wanted = |field: &FieldRef| {
        projection.all
            || projection.roots.iter().any(|root| root.name == *field.name())
            || projection.literals.iter().any(|literal| literal == field.name())
    };
    let roots = metadata.schema().fields().iter().enumerate().filter(|(_, field)| wanted(field));
    roots.map(|(index, _)| index).collect()
}

fn corrupt(error: &ParquetError) -> FileError {
    if let ParquetError::External(inner) = error
        && let Some(known) = inner.downcast_ref::<FileError>()
    {
        return FileError { code: known.code, message: known.message.clone(), transient: known.transient };
    }
    let text: String = error.to_string().chars().take(300).collect();
    FileError::corrupt(format!("the Parquet file is damaged: {text}"))
}

/// Reads column chunks of one pinned object.
struct Reader {
    pinned: Pinned,
    metadata: Arc<ParquetMetaData>,
    bytes_read: Arc<AtomicU64>,
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        async move {
            self.bytes_read.fetch_add(range.end.saturating_sub(range.start), Ordering::Relaxed);
            self.pinned.read(range).await.map_err(|error| ParquetError::External(Box::new(error)))
        }
        .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>, ParquetError>> {
        async move {
            let bytes: u64 = ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum();
            self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
            let pinned = &self.pinned;
            coalesce_ranges(&ranges, |range| pinned.read(range), GAP_BYTES)
                .await
                .map_err(|error| ParquetError::External(Box::new(error)))
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        let metadata = Arc::clone(&self.metadata);
        async move { Ok(metadata) }.boxed()
    }
}

#[cfg(test)]
mod tests;
