//! Has data files written in a worker process out of others: without some of their rows, or small ones put together.

use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use super::{Intents, StageError, Worker, death, worker_command};
use crate::worker::protocol::{Ack, CompactJob, DataFileInfo, Event, Job, RewriteJob};

/// Time without a word after which a worker is ended.
pub(super) const STALL: Duration = Duration::from_mins(2);

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
    let mut done = Vec::with_capacity(wanted);
    write(exe, &Job::Rewrite(Box::new(job)), memory, intents, |event| match event {
        Event::Rewritten { index, dropped, file } if index == done.len() => {
            done.push((dropped, file));
            Ok(())
        }
        _ => Err(no_answer()),
    })
    .await?;
    if done.len() == wanted { Ok(done) } else { Err(no_answer()) }
}

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
    let mut done = Vec::new();
    write(exe, &Job::Compact(Box::new(job)), memory, intents, |event| match event {
        Event::Compacted { inputs, file } => {
            let known = |index: &usize| left.get_mut(*index).is_some_and(std::mem::take);
            if !inputs.iter().all(known) {
                return Err(StageError::Protocol("a data file is there twice or not at all".to_owned()));
            }
            done.push((inputs, file));
            Ok(())
        }
        _ => Err(no_answer()),
    })
    .await?;
    Ok(done)
}

fn no_answer() -> StageError {
    StageError::Protocol("no answer about a data file".to_owned())
}

/// One process to the end of its job; `take` is given its answers.
async fn write(
    exe: &Path,
    job: &Job,
    memory: u64,
    intents: &dyn Intents,
    mut take: impl FnMut(Event) -> Result<(), StageError> + Send,
) -> Result<(), StageError> {
    let mut worker = Worker::start(worker_command(exe), job, true).await?;
    loop {
        let Ok(event) = timeout(STALL, worker.next()).await else {
            return Err(StageError::Fatal(format!("writing a data file took longer than {} seconds", STALL.as_secs())));
        };
        match event? {
            Some(Event::Intent { id, path }) => {
                intents.announce(&path).await.map_err(StageError::Intent)?;
                worker.send(&Ack { ack: id }).await?;
            }
            Some(Event::Progress { .. }) => {}
            Some(Event::Done { .. }) => return Ok(()),
            Some(Event::Fatal { message }) => return Err(StageError::Fatal(message)),
            Some(answer) => take(answer)?,
            None => return Err(StageError::Fatal(death(worker.child.wait().await.ok(), memory))),
        }
    }
}
