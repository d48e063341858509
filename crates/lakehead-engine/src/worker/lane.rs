//! One lane of a worker: takes objects one by one and turns them into data files.
//!
//! Small objects share files: their rows are held back until the object has ended well. A larger object gets
//! files of its own, which are deleted when it fails; lanes that have run out of objects help with it.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::RecordBatch;
use lakehead_connect::format::FileError;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use super::data_file::DataFile;
use super::ingest::{Context, access_error};
use super::object::{Footprint, ObjectReader};
use super::own_files::OwnFiles;
use super::protocol::{Event, LandedObject};

/// Rows of an object are held back up to this size, bytes.
const HOLD_BYTES: usize = 32 << 20;

/// Objects that a lane has asked for at a time, where they are small.
const AHEAD: usize = 8;

/// A lane and the file its small objects share.
pub(super) struct Lane {
    context: Arc<Context>,
    shared: Option<DataFile>,
    /// Objects whose rows are in the shared file.
    sharing: Vec<LandedObject>,
}

/// An object that was asked for.
struct Begun {
    index: usize,
    reader: Result<ObjectReader, FileError>,
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

/// An object in the hands of one lane, or of one lane that helps with it.
struct Part {
    reader: ObjectReader,
    files: OwnFiles,
}

impl Part {
    /// Writes rows until the object ends.
    async fn write_rest(&mut self) -> Result<(), Failure> {
        while let Some(batch) = self.reader.next().await? {
            self.files.write(&batch).await.map_err(Failure::Fatal)?;
        }
        Ok(())
    }

    /// Lets a spare lane, where there is one, work on the same object.
    fn hire(&self, context: &Arc<Context>, helpers: &mut Vec<JoinHandle<(Self, Result<(), Failure>)>>) {
        let Ok(permit) = Arc::clone(&context.spare).try_acquire_owned() else { return };
        let part = Self { reader: self.reader.another(), files: OwnFiles::new(context) };
        let handle = tokio::runtime::Handle::current();
        helpers.push(tokio::task::spawn_blocking(move || handle.block_on(part.help(permit))));
    }

    async fn help(mut self, _lane: OwnedSemaphorePermit) -> (Self, Result<(), Failure>) {
        let written = self.write_rest().await;
        let result = written.and_then(|()| self.files.close().map_err(Failure::Fatal));
        if result.is_err() {
            self.reader.stop().await;
            self.files.discard();
        }
        (self, result)
    }
}

impl Lane {
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self { context, shared: None, sharing: Vec::new() }
    }

    /// Works until no object is left, then is there for the others.
    pub(super) async fn run(mut self) -> Result<(), String> {
        let mut begun = VecDeque::new();
        loop {
            // The answer for a small object takes longer to come than to decode: several are asked for at a time.
            while begun.len() < AHEAD && (begun.is_empty() || self.context.next_is_small()) {
                let Some(index) = self.context.next_object() else { break };
                begun.push_back(self.begin(index));
            }
            let Some(object) = begun.pop_front() else { break };
            self.context.link.emit(&Event::Begin { index: object.index });
            self.object(object).await?;
        }
        self.close_shared()?;
        self.context.spare.add_permits(1);
        Ok(())
    }

    /// Asks for an object.
    fn begin(&self, index: usize) -> Begun {
        let store = self.context.store(index).map_err(|error| access_error(&error));
        Begun { index, reader: store.map(|store| ObjectReader::start(&self.context, index, store)) }
    }

    /// Reads an object and tells what became of it.
    async fn object(&mut self, Begun { index, reader }: Begun) -> Result<(), String> {
        let context = Arc::clone(&self.context);
        let reader = match reader {
            Ok(reader) => reader,
            Err(error) => {
                self.failed(index, 0, error);
                return Ok(());
            }
        };
        let mut part = Part { reader, files: OwnFiles::new(&context) };
        let mut helpers = Vec::new();
        let mut result = self.rows(&mut part, &mut helpers).await;
        if result.is_err() {
            part.reader.stop().await;
        }
        for helper in helpers {
            let (other, ended) = helper.await.map_err(|_| "a lane of the worker broke off".to_owned())?;
            part.reader.absorb(other.reader);
            part.files.absorb(other.files);
            result = result.and_then(|held| ended.map(|()| held));
        }
        match result {
            Ok(held) => self.landed(part, held).await,
            Err(Failure::File(error)) => {
                part.files.discard();
                self.failed(index, part.reader.landed.rows_read, error);
                Ok(())
            }
            Err(Failure::Fatal(message)) => Err(message),
        }
    }

    /// Reads the object; answers the rows that were held back and belong into the shared file.
    async fn rows(
        &self,
        part: &mut Part,
        helpers: &mut Vec<JoinHandle<(Part, Result<(), Failure>)>>,
    ) -> Result<Vec<RecordBatch>, Failure> {
        let mut held = Vec::new();
        let mut footprint = Footprint::default();
        let mut apart = self.context.job.isolate;
        while let Some(batch) = part.reader.next().await? {
            if apart {
                part.hire(&self.context, helpers);
                part.files.write(&batch).await.map_err(Failure::Fatal)?;
                continue;
            }
            footprint.add(&batch);
            held.push(batch);
            if footprint.bytes > HOLD_BYTES {
                apart = true;
                for batch in held.drain(..) {
                    part.files.write(&batch).await.map_err(Failure::Fatal)?;
                }
            }
        }
        Ok(held)
    }

    async fn landed(&mut self, part: Part, held: Vec<RecordBatch>) -> Result<(), String> {
        let (landed, errors) = part.reader.finish();
        self.context.row_errors.append(&errors)?;
        if held.is_empty() {
            let files = part.files.finish()?;
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
