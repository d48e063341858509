//! One source object from its first byte to mapped batches; decoding runs ahead in a thread of its own.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::ArrayData;
use arrow::array::{Array, RecordBatch};
use futures::FutureExt;
use lakehead_connect::format::{CODE_CORRUPT, Decoder, FileError, SourceBatch};
use lakehead_model::fault::FaultPoint;
use lakehead_model::plan::PlannedObject;
use object_store::ObjectStore;
use tokio::sync::mpsc;

use super::ingest::Context;
use super::protocol::{Event, LandedObject};
use super::row_errors::RowErrors;
use crate::map::{CODE_TYPES, MapError, Mapped, Stamp};

/// Decoded batches that wait for being mapped.
const AHEAD: usize = 1;

/// An object being read.
pub(super) struct ObjectReader<'a> {
    context: &'a Context,
    object: &'a PlannedObject,
    batches: mpsc::Receiver<Result<SourceBatch, FileError>>,
    /// What is known so far.
    pub(super) landed: LandedObject,
    /// Rejected rows so far.
    pub(super) errors: RowErrors,
}

impl<'a> ObjectReader<'a> {
    /// Starts reading.
    pub(super) fn start(context: &'a Arc<Context>, index: usize, store: Arc<dyn ObjectStore>) -> Self {
        let (send, batches) = mpsc::channel(AHEAD);
        let (shared, handle) = (Arc::clone(context), tokio::runtime::Handle::current());
        tokio::task::spawn_blocking(move || handle.block_on(decode(&shared, index, &store, &send)));
        let landed = LandedObject { index, ..LandedObject::default() };
        Self { context, object: &context.job.objects[index], batches, landed, errors: RowErrors::default() }
    }

    /// The next mapped rows, none of them bad; `None` at the end of the object.
    pub(super) async fn next(&mut self) -> Result<Option<RecordBatch>, FileError> {
        loop {
            let Some(batch) = self.batches.recv().await else {
                self.landed.rows_rejected = self.errors.rows;
                self.landed.errors = std::mem::take(&mut self.errors.counts);
                return Ok(None);
            };
            let batch = batch?;
            let rows = batch.batch.num_rows() + batch.bad_rows.len();
            let mapped = self.map(batch)?;
            FaultPoint::MapBatch.hit();
            self.context.link.emit(&Event::Progress { rows: rows as u64 });
            if mapped.num_rows() > 0 {
                return Ok(Some(mapped));
            }
        }
    }

    fn map(&mut self, source: SourceBatch) -> Result<RecordBatch, FileError> {
        let SourceBatch { batch, rows, bad_rows, bytes_read } = source;
        let (files, key) = (&self.context.row_errors, &self.object.key);
        self.landed.bytes_read = bytes_read;
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

async fn decode(
    context: &Context,
    index: usize,
    store: &Arc<dyn ObjectStore>,
    send: &mpsc::Sender<Result<SourceBatch, FileError>>,
) {
    let job = &context.job;
    FaultPoint::GetOpen.hit();
    let opening = Decoder::open(store, &job.objects[index], &job.format, context.mapping.projection());
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
