//! One lane of a worker: takes objects one by one and turns them into data files.
//!
//! Small objects share files: their rows are held back until the object has ended well. A larger object gets
//! files of its own, which are deleted when it fails.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::RecordBatch;
use lakehead_connect::format::FileError;
use uuid::Uuid;

use super::data_file::DataFile;
use super::ingest::{Context, access_error};
use super::object::{Footprint, ObjectReader};
use super::protocol::{DataFileInfo, Event, LandedObject};

/// Rows of an object are held back up to this size, bytes.
const HOLD_BYTES: usize = 32 << 20;

/// A lane and the file its small objects share.
pub(super) struct Lane {
    context: Arc<Context>,
    shared: Option<DataFile>,
    /// Objects whose rows are in the shared file.
    sharing: Vec<LandedObject>,
}

/// Why an object did not land.
enum Failure {
    /// The object's own fault.
    File(FileError),
    /// The job's end.
    Fatal(String),
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl Lane {
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self { context, shared: None, sharing: Vec::new() }
    }

    /// Works until no object is left.
    pub(super) async fn run(mut self) -> Result<(), String> {
        while let Some(index) = self.context.next_object() {
            self.context.link.emit(&Event::Begin { index });
            self.object(index).await?;
        }
        self.close_shared()
    }

    /// Reads an object and tells what became of it.
    async fn object(&mut self, index: usize) -> Result<(), String> {
        let context = Arc::clone(&self.context);
        let store = match context.store(index) {
            Ok(store) => store,
            Err(error) => {
                self.failed(index, 0, access_error(&error));
                return Ok(());
            }
        };
        let mut reader = ObjectReader::start(&context, index, store);
        let mut own = OwnFiles { context: &context, open: None, closed: Vec::new() };
        match self.rows(&mut reader, &mut own).await {
            Ok(held) => self.landed(reader, own, held).await,
            Err(Failure::File(error)) => {
                own.discard();
                self.failed(index, reader.landed.rows_read, error);
                Ok(())
            }
            Err(Failure::Fatal(message)) => Err(message),
        }
    }

    /// Reads the object; answers the rows that were held back and belong into the shared file.
    async fn rows(&self, reader: &mut ObjectReader<'_>, own: &mut OwnFiles<'_>) -> Result<Vec<RecordBatch>, Failure> {
        let mut held = Vec::new();
        let mut footprint = Footprint::default();
        let mut apart = self.context.job.isolate;
        while let Some(batch) = reader.next().await? {
            if apart {
                own.write(&batch).await.map_err(Failure::Fatal)?;
                continue;
            }
            footprint.add(&batch);
            held.push(batch);
            if footprint.bytes > HOLD_BYTES {
                apart = true;
                for batch in held.drain(..) {
                    own.write(&batch).await.map_err(Failure::Fatal)?;
                }
            }
        }
        Ok(held)
    }

    async fn landed(
        &mut self,
        reader: ObjectReader<'_>,
        own: OwnFiles<'_>,
        held: Vec<RecordBatch>,
    ) -> Result<(), String> {
        let ObjectReader { landed, errors, .. } = reader;
        self.context.row_errors.append(&errors)?;
        if held.is_empty() {
            let files = own.finish()?;
            self.context.link.emit(&Event::Landed { objects: vec![landed], files });
            return Ok(());
        }
        for batch in &held {
            if self.shared.is_none() {
                self.shared = Some(self.context.create_file().await?);
            }
            if let Some(file) = &mut self.shared {
                file.write(batch)?;
            }
        }
        self.sharing.push(landed);
        let full = self.shared.as_ref().is_some_and(|file| file.size() >= self.context.job.limits.target_file_bytes);
        if full { self.close_shared() } else { Ok(()) }
    }

    fn close_shared(&mut self) -> Result<(), String> {
        let Some(file) = self.shared.take() else { return Ok(()) };
        let files = vec![file.close(&self.context.schema)?];
        self.context.link.emit(&Event::Landed { objects: std::mem::take(&mut self.sharing), files });
        Ok(())
    }

    fn failed(&self, index: usize, rows_read: u64, error: FileError) {
        self.context.link.emit(&Event::Failed {
            index,
            code: error.code.to_owned(),
            message: error.message,
            rows_read,
            transient: error.transient,
        });
    }
}

/// The files of one large object.
struct OwnFiles<'a> {
    context: &'a Context,
    open: Option<DataFile>,
    closed: Vec<DataFileInfo>,
}

impl OwnFiles<'_> {
    async fn write(&mut self, batch: &RecordBatch) -> Result<(), String> {
        if self.open.is_none() {
            self.open = Some(self.context.create_file().await?);
        }
        let Some(file) = &mut self.open else { return Ok(()) };
        file.write(batch)?;
        if file.size() >= self.context.job.limits.target_file_bytes {
            self.close()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        if let Some(file) = self.open.take() {
            self.closed.push(file.close(&self.context.schema)?);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<DataFileInfo>, String> {
        self.close()?;
        Ok(self.closed)
    }

    /// Deletes everything. What cannot be deleted has its intent and is collected later.
    fn discard(self) {
        if let Some(file) = self.open {
            file.discard();
        }
        for file in &self.closed {
            let _ = std::fs::remove_file(crate::lake::local_path(&file.path));
        }
    }
}

impl Context {
    /// Creates a file whose name was never used before and never will be again.
    async fn create_file(&self) -> Result<DataFile, String> {
        let job = &self.job;
        let number = self.next_file.fetch_add(1, Ordering::Relaxed);
        let unique = Uuid::from_u128(ulid::Ulid::new().0).simple();
        let name = format!("{}-{}-{}-{number:05}-{unique}.parquet", job.run_id, job.epoch, job.attempt);
        let path: PathBuf = job.data_dir.join(name);
        DataFile::create(&self.link, path, Arc::clone(&self.target)).await
    }
}
