//! One source object from its first byte to mapped batches. Reading runs ahead in a thread of its own; decoding
//! and mapping are done by the lanes.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::ArrayData;
use arrow::array::{Array, RecordBatch};
use futures::FutureExt;
use lakehead_connect::format::{CODE_CORRUPT, Decoder, FileError, Piece, SourceBatch, decrypt};
use lakehead_model::fault::FaultPoint;
use object_store::ObjectStore;
use tokio::sync::{Mutex, mpsc};

use super::ingest::Context;
use super::protocol::{Event, LandedObject};
use super::row_errors::RowErrors;
use crate::map::{CODE_TYPES, MapError, Mapped, Stamp};

/// Pieces of a file that wait for a lane.
const AHEAD: usize = 1;

/// Values of mapped rows that are held at a time, null or not.
const MAX_CELLS: usize = 1 << 20;
/// Rows that are mapped at a time even when they have very many columns.
const MIN_ROWS: usize = 512;

/// An object being read. Several lanes may have a reader of one object: each takes the next piece when it is
/// free, and keeps its own account until they are put together.
pub(super) struct ObjectReader {
    context: Arc<Context>,
    index: usize,
    pieces: Arc<Mutex<mpsc::Receiver<Result<Piece, FileError>>>>,
    /// The last piece, which may have more rows.
    piece: Option<Piece>,
    /// Rows of it that are not mapped yet.
    waiting: VecDeque<SourceBatch>,
    /// What is known so far.
    pub(super) landed: LandedObject,
    /// Rejected rows so far.
    pub(super) errors: RowErrors,
}

impl ObjectReader {
    /// Starts reading.
    pub(super) fn start(context: &Arc<Context>, index: usize, store: Arc<dyn ObjectStore>) -> Self {
        let (send, pieces) = mpsc::channel(AHEAD);
        let (shared, handle) = (Arc::clone(context), tokio::runtime::Handle::current());
        tokio::task::spawn_blocking(move || handle.block_on(read(&shared, index, &store, &send)));
        Self::of(context, index, Arc::new(Mutex::new(pieces)))
    }

    fn of(context: &Arc<Context>, index: usize, pieces: Arc<Mutex<mpsc::Receiver<Result<Piece, FileError>>>>) -> Self {
        let landed = LandedObject { index, ..LandedObject::default() };
        let (waiting, errors) = (VecDeque::new(), RowErrors::default());
        Self { context: Arc::clone(context), index, pieces, piece: None, waiting, landed, errors }
    }

    /// A reader of the same object for another lane.
    pub(super) fn another(&self) -> Self {
        Self::of(&self.context, self.index, Arc::clone(&self.pieces))
    }

    /// Takes in what another reader of the object has found.
    pub(super) fn absorb(&mut self, other: Self) {
        let landed = &mut self.landed;
        landed.rows_read += other.landed.rows_read;
        landed.rows_written += other.landed.rows_written;
        landed.bytes_read = landed.bytes_read.max(other.landed.bytes_read);
        for (text, count) in other.landed.warnings {
            *landed.warnings.entry(text).or_default() += count;
        }
        self.errors.absorb(other.errors);
    }

    /// Makes all readers of the object come to its end.
    pub(super) async fn stop(&self) {
        self.pieces.lock().await.close();
    }

    /// The next mapped rows, none of them bad; `None` at the end of the object.
    pub(super) async fn next(&mut self) -> Result<Option<RecordBatch>, FileError> {
        loop {
            let Some(batch) = self.waiting.pop_front() else {
                let mut piece = match self.piece.take() {
                    Some(piece) => piece,
                    None => match self.pieces.lock().await.recv().await {
                        Some(piece) => piece?,
                        None => return Ok(None),
                    },
                };
                let batch = catch_unwind(AssertUnwindSafe(|| piece.decode())).unwrap_or_else(|_| Err(panicked()))?;
                let Some(batch) = batch else { continue };
                self.piece = Some(piece);
                // A piece of short rows has many, and a wide table needs room for each column of each.
                let columns = self.context.schema.highest_field_id().unsigned_abs() as usize;
                self.waiting.extend(batch.split((MAX_CELLS / columns.max(1)).max(MIN_ROWS))?);
                continue;
            };
            let rows = batch.batch.num_rows() + batch.bad_rows.len();
            let mapped = self.map(batch)?;
            FaultPoint::MapBatch.hit();
            self.context.link.emit(&Event::Progress { rows: rows as u64 });
            if mapped.num_rows() > 0 {
                return Ok(Some(mapped));
            }
        }
    }

    /// The account of the whole object.
    pub(super) fn finish(self) -> (LandedObject, RowErrors) {
        let Self { context, index, mut landed, mut errors, .. } = self;
        if context.job.keys.is_some() {
            // What was read of the source is the encrypted file, not its plain text.
            landed.bytes_read = context.job.objects[index].size_bytes;
        }
        landed.rows_rejected = errors.rows;
        landed.errors = std::mem::take(&mut errors.counts);
        (landed, errors)
    }

    fn map(&mut self, source: SourceBatch) -> Result<RecordBatch, FileError> {
        let SourceBatch { batch, rows, bad_rows, bytes_read } = source;
        let (files, key) = (&self.context.row_errors, &self.context.job.objects[self.index].key);
        self.landed.bytes_read = self.landed.bytes_read.max(bytes_read);
        self.landed.rows_read += (batch.num_rows() + bad_rows.len()) as u64;
        for row in bad_rows {
            self.errors.bad(files, key, row);
        }
        let job = &self.context.job;
        let stamp =
            Stamp { batch_id: &job.batch_id, ingest_time_ms: job.ingest_time_ms, source_object: key, rows: &rows };
        let warnings = &mut self.landed.warnings;
        let mapped = catch_unwind(AssertUnwindSafe(|| self.context.mapping.apply(&batch, &stamp, warnings)));
        let Mapped { batch: good, rejected } = match mapped {
            Ok(Ok(mapped)) => mapped,
            Ok(Err(error @ MapError::Types { .. })) => return Err(FileError::new(CODE_TYPES, error.to_string())),
            Ok(Err(error)) => return Err(FileError::new(CODE_CORRUPT, error.to_string())),
            Err(_) => return Err(panicked()),
        };
        for row in &rejected {
            self.errors.rejected(files, key, rows.get(row.index), row, &batch);
        }
        self.landed.rows_written += good.num_rows() as u64;
        Ok(good)
    }
}

async fn read(
    context: &Context,
    index: usize,
    store: &Arc<dyn ObjectStore>,
    send: &mpsc::Sender<Result<Piece, FileError>>,
) {
    FaultPoint::GetOpen.hit();
    let opening = open(context, index, store);
    let mut decoder = match AssertUnwindSafe(opening).catch_unwind().await.unwrap_or_else(|_| Err(panicked())) {
        Ok(decoder) => decoder,
        Err(error) => {
            let _ = send.send(Err(error)).await;
            return;
        }
    };
    loop {
        let next = AssertUnwindSafe(decoder.next()).catch_unwind().await.unwrap_or_else(|_| Err(panicked()));
        let Some(next) = next.transpose() else { return };
        let failed = next.is_err();
        if send.send(next).await.is_err() || failed {
            return;
        }
    }
}

/// Opens an object; one that is encrypted is decrypted first, as a whole.
async fn open(context: &Context, index: usize, store: &Arc<dyn ObjectStore>) -> Result<Decoder, FileError> {
    let job = &context.job;
    let (object, projection) = (&job.objects[index], context.mapping.projection());
    let Some(keys) = &job.keys else { return Decoder::open(store, object, &job.format, projection).await };
    // Where the rows go, so that no other place has to be kept as private.
    let (store, plain) = decrypt(store, object, keys, &job.data_dir).await?;
    Decoder::open(&store, &plain, &job.format, projection).await
}

fn panicked() -> FileError {
    FileError::new(CODE_CORRUPT, "the file is malformed in a way its decoder does not survive")
}

/// Memory held by batches, where buffers shared between columns and batches count once.
#[derive(Default)]
pub(super) struct Footprint {
    seen: HashSet<usize>,
    pub(super) bytes: usize,
}

impl Footprint {
    pub(super) fn add(&mut self, batch: &RecordBatch) {
        for column in batch.columns() {
            self.add_data(&column.to_data());
        }
    }

    fn add_data(&mut self, data: &ArrayData) {
        for buffer in data.buffers() {
            if self.seen.insert(buffer.data_ptr().as_ptr() as usize) {
                self.bytes += buffer.capacity();
            }
        }
        data.child_data().iter().for_each(|child| self.add_data(child));
    }
}
