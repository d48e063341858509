//! Has small data files put together, in a worker process.

use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use super::{Intents, StageError, Worker, death, worker_command};
use crate::worker::protocol::{Ack, CompactJob, DataFileInfo, Event, Job};

/// Time without a word after which a worker is ended.
const STALL: Duration = Duration::from_mins(2);

/// The large files of a job, each with the places of the files whose rows it has. `intents` is told of a file before it is
/// made.
///
/// # Errors
/// A file cannot be read or written, or the process cannot be used: nothing of the job counts.
pub async fn compact(
    exe: &Path,
    job: CompactJob,
    intents: &dyn Intents,
) -> Result<Vec<(Vec<usize>, DataFileInfo)>, StageError> {
    let (memory, mut left) = (job.memory_bytes, vec![true; job.files.len()]);
    let mut worker = Worker::start(worker_command(exe), &Job::Compact(Box::new(job)), true).await?;
    let mut done = Vec::new();
    loop {
        let Ok(event) = timeout(STALL, worker.next()).await else {
            return Err(StageError::Fatal(format!("writing a data file took longer than {} seconds", STALL.as_secs())));
        };
        match event? {
            Some(Event::Intent { id, path }) => {
                intents.announce(&path).await.map_err(StageError::Intent)?;
                worker.send(&Ack { ack: id }).await?;
            }
            Some(Event::Compacted { inputs, file }) => {
                let known = |index: &usize| left.get_mut(*index).is_some_and(std::mem::take);
                if !inputs.iter().all(known) {
                    return Err(StageError::Protocol("a data file is there twice or not at all".to_owned()));
                }
                done.push((inputs, file));
            }
            Some(Event::Progress { .. }) => {}
            Some(Event::Done { .. }) => return Ok(done),
            Some(Event::Fatal { message }) => return Err(StageError::Fatal(message)),
            Some(_) => return Err(StageError::Protocol("no answer about a data file".to_owned())),
            None => return Err(StageError::Fatal(death(worker.child.wait().await.ok(), memory))),
        }
    }
}
