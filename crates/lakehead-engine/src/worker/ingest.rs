//! The ingest job: what all lanes share, and the lanes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use iceberg::spec::Schema;
use lakehead_connect::connector::ConnectError;
use lakehead_connect::format::{CODE_COPY, FileError, heard};
use lakehead_model::format::FormatKind;
use object_store::ObjectStore;
use tokio::sync::Semaphore;

use super::lane::Lane;
use super::link::Link;
use super::protocol::{Event, IngestJob};
use super::row_errors::RowErrorFiles;
use super::{Open, table_schema, unusable};
use crate::layout;
use crate::map::Mapping;

/// Objects up to this size are asked for ahead.
const SMALL_BYTES: u64 = 1 << 20;
/// How often it is told that bytes have come, where no rows show it.
const LIFE: Duration = Duration::from_secs(5);

/// What all lanes of a job share.
pub(super) struct Context {
    pub(super) job: IngestJob,
    pub(super) link: Arc<Link>,
    pub(super) mapping: Mapping,
    /// The table's schema.
    pub(super) schema: Schema,
    pub(super) row_errors: RowErrorFiles,
    pub(super) next_file: AtomicU64,
    /// Lanes without an object of their own: they may help with another's.
    pub(super) spare: Arc<Semaphore>,
    open: Arc<Open>,
    /// Bytes have come of the source since that was told last.
    heard: Arc<AtomicBool>,
    stores: Mutex<HashMap<String, Arc<dyn ObjectStore>>>,
    /// Places of the objects in the order they are read.
    order: Vec<usize>,
    next: AtomicUsize,
}

/// Does an ingest job to its end.
///
/// # Errors
/// The job as a whole cannot be done.
pub(super) async fn ingest(job: IngestJob, link: Arc<Link>, open: Arc<Open>) -> Result<(), String> {
    let allowed = if job.isolate { 1 } else { job.limits.lanes.clamp(1, 16) };
    let lanes = allowed.min(job.objects.len().max(1));
    let context = Arc::new(Context::new(job, link, open)?);
    context.spare.add_permits(allowed - lanes);
    let handle = tokio::runtime::Handle::current();
    tokio::spawn(tell_life(Arc::clone(&context)));
    let start = |_| {
        let (lane, handle) = (Lane::new(Arc::clone(&context)), handle.clone());
        // Decoding and encoding are work for a thread; the runtime's own threads are for waiting.
        tokio::task::spawn_blocking(move || handle.block_on(lane.run()))
    };
    let running: Vec<_> = (0..lanes).map(start).collect();
    for lane in running {
        lane.await.map_err(|_| "a lane of the worker broke off".to_owned())??;
    }
    let (row_error_files, reported_rows) = context.row_errors.finish();
    context.link.emit(&Event::Done { row_error_files, reported_rows });
    Ok(())
}

/// Tells that bytes come, for as long as the worker lives: a large piece of a slow source takes its time to become rows.
async fn tell_life(context: Arc<Context>) {
    loop {
        tokio::time::sleep(LIFE).await;
        if context.heard.swap(false, Ordering::Relaxed) {
            context.link.emit(&Event::Progress { rows: 0 });
        }
    }
}

impl Context {
    fn new(job: IngestJob, link: Arc<Link>, open: Arc<Open>) -> Result<Self, String> {
        let schema = table_schema(&job.schema)?;
        let target = Arc::new(layout::arrow_schema(&schema).map_err(|error| unusable(&error))?);
        let flat = job.format.kind == FormatKind::Delimited;
        let mapping =
            Mapping::compile(job.mapping.as_deref(), &job.fields, target, flat).map_err(|error| error.to_string())?;
        std::fs::create_dir_all(&job.data_dir)
            .map_err(|error| format!("the folder `{}` cannot be made: {error}", job.data_dir.display()))?;
        let mut order: Vec<usize> = (0..job.objects.len()).collect();
        // Large objects first, so that the lanes end together.
        order.sort_by_key(|index| std::cmp::Reverse(job.objects[*index].size_bytes));
        Ok(Self {
            row_errors: RowErrorFiles::new(&job.diagnostics_dir, job.limits.max_reported_rows),
            job,
            link,
            mapping,
            schema,
            next_file: AtomicU64::new(0),
            spare: Arc::new(Semaphore::new(0)),
            open,
            heard: Arc::default(),
            stores: Mutex::default(),
            order,
            next: AtomicUsize::new(0),
        })
    }

    /// Takes the next object.
    pub(super) fn next_object(&self) -> Option<usize> {
        self.order.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }

    /// Whether the next object may be asked for before its turn: it is small, and nobody looks for one that kills.
    pub(super) fn next_is_small(&self) -> bool {
        let next = self.order.get(self.next.load(Ordering::Relaxed));
        !self.job.isolate && next.is_some_and(|index| self.job.objects[*index].size_bytes <= SMALL_BYTES)
    }

    /// The container of an object, opened once.
    pub(super) fn store(&self, index: usize) -> Result<Arc<dyn ObjectStore>, ConnectError> {
        let container = &self.job.objects[index].container;
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(container) {
            return Ok(Arc::clone(store));
        }
        let heard_now = Arc::clone(&self.heard);
        let store = heard((self.open)(&self.job.source, container)?, move || heard_now.store(true, Ordering::Relaxed));
        stores.insert(container.clone(), Arc::clone(&store));
        Ok(store)
    }
}

/// A source that cannot be opened, as the failure of the object that needed it.
pub(super) fn access_error(error: &ConnectError) -> FileError {
    FileError { code: CODE_COPY, message: error.public.clone(), transient: error.kind.is_transient() }
}
