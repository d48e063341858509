//! Looks into data files in worker processes: one that dies over a file takes along only that.

use std::collections::BTreeMap;
use std::path::Path;

use tokio::time::timeout;

use super::writing::STALL;
use super::{StageError, Worker, death, worker_command};
use crate::worker::protocol::{Event, InspectJob, Job};

/// What a data file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// Its rows.
    pub rows: u64,
    /// Rows of other batches than the one that was asked about.
    pub foreign: u64,
    /// The same by the key of their source object.
    pub others: BTreeMap<String, u64>,
    /// Rows of that batch by the key of their source object.
    pub objects: BTreeMap<String, u64>,
}

/// What the files of `job` hold, in their order; or why one cannot be read.
///
/// # Errors
/// The process cannot be used.
pub async fn inspect(exe: &Path, job: &InspectJob) -> Result<Vec<Result<Inspected, String>>, StageError> {
    let mut found = Vec::with_capacity(job.files.len());
    while found.len() < job.files.len() {
        let rest = InspectJob { files: job.files[found.len()..].to_vec(), ..job.clone() };
        if let Some(reason) = run_worker(exe, rest, &mut found).await? {
            found.push(Err(reason));
        }
    }
    Ok(found)
}

/// One process to its end; why it died, where it did, over the file after those that are found.
async fn run_worker(
    exe: &Path,
    rest: InspectJob,
    found: &mut Vec<Result<Inspected, String>>,
) -> Result<Option<String>, StageError> {
    let (memory, before, wanted) = (rest.memory_bytes, found.len(), rest.files.len());
    let mut worker = Worker::start(worker_command(exe), &Job::Inspect(Box::new(rest)), false).await?;
    loop {
        let event = match timeout(STALL, worker.next()).await {
            Ok(event) => event?,
            Err(_) => return Ok(Some(format!("looking into it took longer than {} seconds", STALL.as_secs()))),
        };
        let (index, outcome) = match event {
            Some(Event::Inspected { index, rows, foreign, others, objects }) => {
                (index, Ok(Inspected { rows, foreign, others, objects }))
            }
            Some(Event::Unreadable { index, message }) => (index, Err(message)),
            Some(Event::Done { .. }) if found.len() == before + wanted => return Ok(None),
            Some(Event::Begin { .. }) => continue,
            Some(Event::Fatal { message }) => return Err(StageError::Fatal(message)),
            Some(_) => return Err(StageError::Protocol("no answer about a data file".to_owned())),
            None => return Ok(Some(death(worker.child.wait().await.ok(), memory))),
        };
        if before + index != found.len() || index >= wanted {
            return Err(StageError::Protocol(format!("there is no file {index}")));
        }
        found.push(outcome);
    }
}
