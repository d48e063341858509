//! Has data files written again without the rows of one object, in a worker process.

use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use super::{Intents, StageError, Worker, death, worker_command};
use crate::worker::protocol::{Ack, DataFileInfo, Event, Job, RewriteJob};

/// Time without a word after which a worker is ended.
const STALL: Duration = Duration::from_mins(2);

/// What became of the files of a job, in their order: rows that went, and the file with those that stay; none where the
/// file is as it was, or nothing of it stays. `intents` is told of a file before it is made.
///
/// # Errors
/// A file cannot be read or written, or the process cannot be used: nothing of the job counts.
pub async fn rewrite(
    exe: &Path,
    job: RewriteJob,
    intents: &dyn Intents,
) -> Result<Vec<(u64, Option<DataFileInfo>)>, StageError> {
    let (memory, wanted) = (job.memory_bytes, job.files.len());
    let mut worker = Worker::start(worker_command(exe), &Job::Rewrite(Box::new(job)), true).await?;
    let mut done = Vec::with_capacity(wanted);
    loop {
        let Ok(event) = timeout(STALL, worker.next()).await else {
            return Err(StageError::Fatal(format!("writing a data file took longer than {} seconds", STALL.as_secs())));
        };
        match event? {
            Some(Event::Intent { id, path }) => {
                intents.announce(&path).await.map_err(StageError::Intent)?;
                worker.send(&Ack { ack: id }).await?;
            }
            Some(Event::Rewritten { index, dropped, file }) if index == done.len() => done.push((dropped, file)),
            Some(Event::Progress { .. }) => {}
            Some(Event::Done { .. }) if done.len() == wanted => return Ok(done),
            Some(Event::Fatal { message }) => return Err(StageError::Fatal(message)),
            Some(_) => return Err(StageError::Protocol("no answer about a data file".to_owned())),
            None => return Err(StageError::Fatal(death(worker.child.wait().await.ok(), memory))),
        }
    }
}
