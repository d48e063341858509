//! Questions that a worker process answers once: what a file looks like, what a mapping makes of a few rows, what
//! a public key is.

use std::path::Path;
use std::time::Duration;

use lakehead_connect::format::{CODE_CORRUPT, Preview};
use lakehead_connect::pgp::SignerKey;
use tokio::process::Command;
use tokio::time::timeout;

use super::{StageError, Worker, death, worker_command};
use crate::map::trial::Tried;
use crate::worker::protocol::{Event, Job, PreviewJob, PublicKeyJob, TrialJob};

/// Longest time an answer may take.
const TIME: Duration = Duration::from_secs(30);

/// Shows the beginning of an object, read in a worker process.
///
/// # Errors
/// The file cannot be shown, or the process cannot be used.
pub async fn preview(exe: &Path, job: PreviewJob) -> Result<Preview, StageError> {
    preview_with(worker_command(exe), job).await
}

/// As [`preview`], in a process made by the caller.
pub async fn preview_with(command: Command, job: PreviewJob) -> Result<Preview, StageError> {
    let memory = job.memory_bytes;
    match ask(command, &Job::Preview(Box::new(job)), memory, "reading the beginning of the file").await? {
        Event::Preview { preview } => Ok(preview),
        Event::Failed { code, message, .. } => Err(StageError::File { code, message }),
        _ => Err(StageError::Protocol("no answer to a preview".to_owned())),
    }
}

/// Maps a few rows in a worker process.
///
/// # Errors
/// The rows or the mapping cannot be used, they take too long or too much memory, or the process cannot be used.
pub async fn trial(exe: &Path, job: TrialJob) -> Result<Vec<Tried>, StageError> {
    let memory = job.memory_bytes;
    match ask(worker_command(exe), &Job::Trial(Box::new(job)), memory, "mapping the rows").await? {
        Event::Trial { rows } => Ok(rows),
        _ => Err(StageError::Protocol("no answer to a trial".to_owned())),
    }
}

/// Reads a public key in a worker process.
///
/// # Errors
/// `Fatal` and `File`: the key cannot be used, or kills its reader; the process cannot be used.
pub async fn public_key(exe: &Path, job: PublicKeyJob) -> Result<SignerKey, StageError> {
    let memory = job.memory_bytes;
    match ask(worker_command(exe), &Job::PublicKey(Box::new(job)), memory, "reading the key").await? {
        Event::PublicKey { key } => Ok(key),
        _ => Err(StageError::Protocol("no answer to a public key".to_owned())),
    }
}

/// The one answer of a process; its death is a failure of what it was given.
async fn ask(command: Command, job: &Job, memory: u64, doing: &str) -> Result<Event, StageError> {
    let mut worker = Worker::start(command, job, false).await?;
    let message = match timeout(TIME, worker.next()).await {
        Ok(Ok(Some(Event::Fatal { message }))) => return Err(StageError::Fatal(message)),
        Ok(Ok(Some(event))) => return Ok(event),
        Ok(Err(error)) => return Err(error),
        Ok(Ok(None)) => death(worker.child.wait().await.ok(), memory),
        Err(_) => format!("{doing} took longer than {} seconds", TIME.as_secs()),
    };
    Err(StageError::File { code: CODE_CORRUPT.to_owned(), message })
}
