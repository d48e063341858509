//! Supervises worker processes: whatever a file does to its decoder, the server lives and every object gets
//! an outcome.
//!
//! A worker that dies takes along only what it had not reported. The rest is run again one object at a time;
//! the object under which a worker dies again has failed.

mod inspect;
mod question;
#[cfg(test)]
mod tests;
mod writing;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lakehead_connect::format::CODE_CORRUPT;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::worker::protocol::{Ack, DataFileInfo, ErrorCount, Event, IngestJob, Job, LandedObject};
pub use inspect::{Inspected, inspect};
pub use question::{preview, preview_with, public_key, trial};
pub use writing::{compact, rewrite};

/// Any error, boxed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Remembers the files that are about to be created, so that leftovers can be found again.
#[async_trait]
pub trait Intents: Send + Sync {
    /// Remembers the `file://` URL of a data file; the file is created only after this.
    async fn announce(&self, path: &str) -> Result<(), BoxError>;
}

/// What became of the objects of a run.
#[derive(Clone, Debug, Default)]
pub struct Staged {
    /// One outcome per object, in the order of the job.
    pub objects: Vec<ObjectOutcome>,
    /// The files that hold the rows of all landed objects.
    pub data_files: Vec<DataFileInfo>,
    /// Values that became null, by the text that says which and why.
    pub warnings: BTreeMap<String, u64>,
    /// Rejected rows of landed objects by code.
    pub errors_by_code: BTreeMap<String, ErrorCount>,
    /// Files with rejected rows, relative to the diagnostics folder.
    pub row_error_files: Vec<String>,
    /// Keys of objects that were deleted before they could be read; they have no outcome.
    pub vanished: Vec<String>,
}

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectOutcome {
    /// All its good rows are in data files.
    Landed {
        /// Key of the object.
        key: String,
        /// Rows in the object.
        rows_read: u64,
        /// Rows in data files.
        rows_written: u64,
        /// Rows left out.
        rows_rejected: u64,
        /// Bytes of the object.
        bytes_read: u64,
    },
    /// None of its rows is in a data file.
    Failed {
        /// Key of the object.
        key: String,
        /// Code for the run's errors.
        code: String,
        /// Text for the user, without the key.
        message: String,
        /// Rows read before it failed.
        rows_read: u64,
        /// Whether the same object may succeed later.
        transient: bool,
    },
}

/// A run that could not be staged; nothing of it counts.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The process could not be started or spoken to.
    #[error("the worker process cannot be used: {0}")]
    Process(#[source] std::io::Error),
    /// The worker gave up: disk full, mapping unusable.
    #[error("{0}")]
    Fatal(String),
    /// The file of a preview cannot be shown, or not be reached.
    #[error("{message}")]
    File {
        /// Code for the answer.
        code: String,
        /// Text for the user.
        message: String,
    },
    /// An intent could not be stored.
    #[error("an intent could not be stored: {0}")]
    Intent(#[source] BoxError),
    /// The worker said something that is no event.
    #[error("the worker process broke the protocol: {0}")]
    Protocol(String),
}

/// Reads, maps and writes the objects of `job` in worker processes started as `exe worker`. Before a data file
/// is created, `intents` is given its URL. `rows_read` counts along.
///
/// # Errors
/// The job as a whole cannot be done. Objects that cannot be read are no error: they have their outcome.
pub async fn stage(
    exe: &Path,
    job: IngestJob,
    intents: &dyn Intents,
    rows_read: &AtomicU64,
) -> Result<Staged, StageError> {
    stage_with(&|| worker_command(exe), job, intents, rows_read).await
}

/// As [`stage`], with processes made by `command`; they must behave as `lakehead worker` does.
pub async fn stage_with(
    command: &(impl Fn() -> Command + Sync),
    job: IngestJob,
    intents: &dyn Intents,
    rows_read: &AtomicU64,
) -> Result<Staged, StageError> {
    let mut progress = Outcomes::new(&job);
    let mut isolate = job.isolate;
    let mut armed = true;
    while let Some(open) = progress.open_objects() {
        let part = IngestJob {
            objects: open.iter().map(|index| job.objects[*index].clone()).collect(),
            isolate,
            limits: crate::worker::protocol::Limits {
                max_reported_rows: job.limits.max_reported_rows.saturating_sub(progress.reported_rows),
                ..job.limits
            },
            ..job.clone()
        };
        let end = run_worker(command, part, armed, &open, &mut progress, intents, rows_read).await?;
        armed = false;
        if let Some(reason) = end {
            if isolate {
                let Some(victim) = progress.in_flight.take() else { return Err(StageError::Fatal(reason)) };
                progress.blame(victim, &reason);
            }
            tracing::warn!(run.id = %job.run_id, reason, "a worker died; going on one object at a time");
            isolate = true;
        } else if progress.open_objects().is_some() {
            return Err(StageError::Protocol("it ended without an outcome for every object".to_owned()));
        }
    }
    Ok(progress.finish())
}

fn worker_command(exe: &Path) -> Command {
    let mut command = Command::new(exe);
    command.arg("worker");
    command
}

/// Runs one process to its end. Answers `None` where it ended well, otherwise how it died.
async fn run_worker(
    command: &(impl Fn() -> Command + Sync),
    part: IngestJob,
    armed: bool,
    open: &[usize],
    progress: &mut Outcomes,
    intents: &dyn Intents,
    rows_read: &AtomicU64,
) -> Result<Option<String>, StageError> {
    let (memory, stall) = (part.limits.memory_bytes, Duration::from_millis(part.limits.stall_ms));
    progress.in_flight = None;
    let mut worker = Worker::start(command(), &Job::Ingest(Box::new(part)), armed).await?;
    loop {
        let event = match timeout(stall, worker.next()).await {
            Ok(Ok(event)) => event,
            // A process that dies in the middle of a line.
            Ok(Err(StageError::Protocol(_))) if worker.child.try_wait().is_ok_and(|status| status.is_some()) => None,
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                let _ = worker.child.kill().await;
                let seconds = stall.as_secs();
                return Ok(Some(format!("the worker showed no sign of life for {seconds} seconds while reading it")));
            }
        };
        match event {
            None => return Ok(Some(death(worker.child.wait().await.ok(), memory))),
            Some(Event::Done { row_error_files, reported_rows }) => {
                progress.row_error_files.extend(row_error_files);
                progress.reported_rows += reported_rows;
                return Ok(None);
            }
            Some(Event::Fatal { message }) => return Err(StageError::Fatal(message)),
            Some(Event::Intent { id, path }) => {
                intents.announce(&path).await.map_err(StageError::Intent)?;
                worker.send(&Ack { ack: id }).await?;
            }
            Some(Event::Progress { rows }) => {
                rows_read.fetch_add(rows, Ordering::Relaxed);
            }
            Some(event) => progress.note(event, open)?,
        }
    }
}

/// Says how a process ended, for the owner of the file.
fn death(status: Option<ExitStatus>, memory_bytes: u64) -> String {
    use std::os::unix::process::ExitStatusExt;
    let how = match status {
        Some(status) => match (status.signal(), status.code()) {
            (Some(signal), _) => format!("with signal {signal}"),
            (None, Some(code)) => format!("with status {code}"),
            (None, None) => "unexpectedly".to_owned(),
        },
        None => "unexpectedly".to_owned(),
    };
    let limit = memory_bytes >> 20;
    format!("the worker ended {how} while reading it: over the memory limit of {limit} MiB or malformed")
}

/// How the C library of a worker keeps memory: in one place for all threads, so that what one frees another takes, and without
/// giving large blocks back to the system, which would have to be zeroed and mapped again for the next batch.
const ALLOCATOR: &str =
    "glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=268435456";

/// A worker process and the two pipes to it.
struct Worker {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    async fn start(mut command: Command, job: &Job, armed: bool) -> Result<Self, StageError> {
        command
            .env_clear()
            .env("GLIBC_TUNABLES", ALLOCATOR)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .process_group(0);
        // Fail points are for the first process of a job: the next one shows how it recovers.
        if armed && let Some(points) = std::env::var_os("FAILPOINTS") {
            command.env("FAILPOINTS", points);
        }
        let mut child = command.spawn().map_err(StageError::Process)?;
        let pipe = || StageError::Protocol("it has no pipes".to_owned());
        let input = child.stdin.take().ok_or_else(pipe)?;
        let output = child.stdout.take().ok_or_else(pipe)?;
        let mut worker = Self { child, input, output: BufReader::new(output).lines() };
        worker.send(job).await?;
        Ok(worker)
    }

    /// Writes a line. A broken pipe is no error: the reading side will tell how the process died.
    async fn send(&mut self, message: &impl serde::Serialize) -> Result<(), StageError> {
        let mut line = serde_json::to_vec(message).map_err(|error| StageError::Protocol(error.to_string()))?;
        line.push(b'\n');
        match self.input.write_all(&line).await {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(StageError::Process(error)),
            _ => Ok(()),
        }
    }

    /// The next event; `None` where the process closed its output.
    async fn next(&mut self) -> Result<Option<Event>, StageError> {
        let Some(line) = self.output.next_line().await.map_err(StageError::Process)? else { return Ok(None) };
        serde_json::from_str(&line).map(Some).map_err(|error| StageError::Protocol(error.to_string()))
    }
}

/// Outcomes as they come in.
struct Outcomes {
    keys: Vec<String>,
    objects: Vec<Option<ObjectOutcome>>,
    data_files: Vec<DataFileInfo>,
    warnings: BTreeMap<String, u64>,
    errors_by_code: BTreeMap<String, ErrorCount>,
    row_error_files: Vec<String>,
    reported_rows: u64,
    /// The object last begun and not ended.
    in_flight: Option<usize>,
}

impl Outcomes {
    fn new(job: &IngestJob) -> Self {
        Self {
            keys: job.objects.iter().map(|object| object.key.clone()).collect(),
            objects: vec![None; job.objects.len()],
            data_files: Vec::new(),
            warnings: BTreeMap::new(),
            errors_by_code: BTreeMap::new(),
            row_error_files: Vec::new(),
            reported_rows: 0,
            in_flight: None,
        }
    }

    /// Places of the objects without an outcome; `None` where there are none.
    fn open_objects(&self) -> Option<Vec<usize>> {
        let open: Vec<_> =
            self.objects.iter().enumerate().filter(|(_, outcome)| outcome.is_none()).map(|(index, _)| index).collect();
        (!open.is_empty()).then_some(open)
    }

    fn blame(&mut self, index: usize, reason: &str) {
        self.objects[index] = Some(ObjectOutcome::Failed {
            key: self.keys[index].clone(),
            code: CODE_CORRUPT.to_owned(),
            message: reason.to_owned(),
            rows_read: 0,
            transient: false,
        });
    }

    /// Takes in an event of a worker that was given the objects `open`.
    fn note(&mut self, event: Event, open: &[usize]) -> Result<(), StageError> {
        let place = |index: usize| {
            open.get(index).copied().ok_or_else(|| StageError::Protocol(format!("there is no object {index}")))
        };
        match event {
            Event::Begin { index } => self.in_flight = Some(place(index)?),
            Event::Failed { index, code, message, rows_read, transient } => {
                let index = place(index)?;
                let key = self.keys[index].clone();
                self.objects[index] = Some(ObjectOutcome::Failed { key, code, message, rows_read, transient });
            }
            Event::Landed { objects, files } => {
                for object in objects {
                    let index = place(object.index)?;
                    self.land(index, object);
                }
                self.data_files.extend(files);
            }
            _ => {}
        }
        if self.in_flight.is_some_and(|index| self.objects[index].is_some()) {
            self.in_flight = None;
        }
        Ok(())
    }

    fn land(&mut self, index: usize, object: LandedObject) {
        for (text, count) in object.warnings {
            *self.warnings.entry(text).or_default() += count;
        }
        for (code, error) in object.errors {
            let known = self.errors_by_code.entry(code).or_default();
            known.count += error.count;
            if known.message.is_empty() {
                known.message = error.message;
            }
        }
        self.objects[index] = Some(ObjectOutcome::Landed {
            key: self.keys[index].clone(),
            rows_read: object.rows_read,
            rows_written: object.rows_written,
            rows_rejected: object.rows_rejected,
            bytes_read: object.bytes_read,
        });
    }

    fn finish(self) -> Staged {
        Staged {
            objects: self.objects.into_iter().flatten().collect(),
            data_files: self.data_files,
            warnings: self.warnings,
            errors_by_code: self.errors_by_code,
            row_error_files: self.row_error_files,
            vanished: Vec::new(),
        }
    }
}
