//! The data files of one large object, which stand or fall with it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::RecordBatch;
use uuid::Uuid;

use super::data_file::DataFile;
use super::ingest::Context;
use super::protocol::DataFileInfo;

/// The files of an object, or of the part of it that one lane writes.
pub(super) struct OwnFiles {
    context: Arc<Context>,
    open: Option<DataFile>,
    closed: Vec<DataFileInfo>,
}

impl OwnFiles {
    pub(super) fn new(context: &Arc<Context>) -> Self {
        Self { context: Arc::clone(context), open: None, closed: Vec::new() }
    }

    pub(super) async fn write(&mut self, batch: &RecordBatch) -> Result<(), String> {
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

    /// Closes the open file, where there is one.
    pub(super) fn close(&mut self) -> Result<(), String> {
        if let Some(file) = self.open.take() {
            self.closed.push(file.close(&self.context.schema)?);
        }
        Ok(())
    }

    /// Takes over the closed files of another part of the object.
    pub(super) fn absorb(&mut self, other: Self) {
        self.closed.extend(other.closed);
    }

    /// All files, closed.
    pub(super) fn finish(mut self) -> Result<Vec<DataFileInfo>, String> {
        self.close()?;
        Ok(self.closed)
    }

    /// Deletes everything. What cannot be deleted has its intent and is collected later.
    pub(super) fn discard(&mut self) {
        if let Some(file) = self.open.take() {
            file.discard();
        }
        for file in self.closed.drain(..) {
            let _ = std::fs::remove_file(crate::lake::local_path(&file.path));
        }
    }
}

impl Context {
    /// Creates a file whose name was never used before and never will be again.
    pub(super) async fn create_file(&self) -> Result<DataFile, String> {
        let job = &self.job;
        let number = self.next_file.fetch_add(1, Ordering::Relaxed);
        let unique = Uuid::from_u128(ulid::Ulid::new().0).simple();
        let name = format!("{}-{}-{}-{number:05}-{unique}.parquet", job.run_id, job.epoch, job.attempt);
        let path: PathBuf = job.data_dir.join(name);
        DataFile::create(&self.link, path, Arc::clone(self.mapping.output())).await
    }
}
