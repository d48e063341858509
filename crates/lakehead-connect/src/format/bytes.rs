//! The bytes of a pinned object: ranged reads that resume, check what they got, and run ahead of the decoder.
//!
//! A storage that falls silent is given up before the supervisor takes the worker for dead: it is the storage's fault then,
//! and not held against the file.

#[cfg(test)]
mod tests;

use std::{ops::Range, sync::Arc, time::Duration};

use ::bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream, stream::BoxStream};
use lakehead_model::plan::PlannedObject;
use object_store::{GetOptions, GetRange, ObjectStore, path::Path};
use tokio::{sync::mpsc, time::timeout};

use super::{CODE_COPY, FileError};
use crate::connector::ConnectError;

/// Bytes of one request.
const RANGE_BYTES: u64 = 4 << 20;
/// Requests of one object under way at the same time.
const AHEAD: usize = 2;
/// Times a range is asked for before the object is given up.
const ATTEMPTS: u32 = 4;
/// Attempts that one counts for which ended because nothing came any more.
const SILENT_ATTEMPT: u32 = 2;
/// How long nothing may come. All silent attempts together are shorter than a worker may be.
const SILENCE: Duration = Duration::from_secs(50);
/// The pauses between all attempts of a range are shorter together.
const PAUSES: Duration = Duration::from_secs(3);
/// Bytes per second that a range must come with, on average and after what silence is allowed.
const SLOWEST: u64 = 16 << 10;

/// An object that is only read in the version that was planned.
#[derive(Clone)]
pub(super) struct Pinned {
    store: Arc<dyn ObjectStore>,
    path: Path,
    etag: Option<String>,
    version: Option<String>,
    size: u64,
    last_modified_ms: i64,
    silence: Duration,
}

impl Pinned {
    pub(super) fn new(store: &Arc<dyn ObjectStore>, object: &PlannedObject) -> Result<Self, FileError> {
        let path = Path::parse(&object.key)
            .map_err(|_| FileError::new(CODE_COPY, "the name of the file cannot be used as an object key"))?;
        Ok(Self {
            store: Arc::clone(store),
            path,
            etag: object.etag.clone(),
            version: object.version.clone(),
            size: object.size_bytes,
            last_modified_ms: object.last_modified_ms,
            silence: SILENCE,
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The bytes of `range`, all of them.
    pub(super) async fn read(&self, range: Range<u64>) -> Result<Bytes, FileError> {
        let seconds = range.end.saturating_sub(range.start) / SLOWEST;
        let patience = self.silence * (ATTEMPTS / SILENT_ATTEMPT) + PAUSES + Duration::from_secs(seconds);
        let too_slow = |_| Err(not_delivered("the storage sends the file too slowly; try again".to_owned()));
        timeout(patience, self.read_until_given_up(range)).await.unwrap_or_else(too_slow)
    }

    async fn read_until_given_up(&self, range: Range<u64>) -> Result<Bytes, FileError> {
        let mut attempt = 0;
        loop {
            let error = match self.read_once(range.clone()).await {
                Ok(bytes) => return Ok(bytes),
                Err(Missed::Silent) => {
                    attempt += SILENT_ATTEMPT;
                    let seconds = self.silence.as_secs();
                    not_delivered(format!("the storage stopped sending the file for {seconds} seconds; try again"))
                }
                Err(Missed::File(error)) => {
                    attempt += 1;
                    error
                }
            };
            if !error.transient || attempt >= ATTEMPTS {
                return Err(error);
            }
            tracing::debug!(attempt, cause = %error, "a read failed; trying again");
            tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
        }
    }

    async fn read_once(&self, range: Range<u64>) -> Result<Bytes, Missed> {
        let wanted = range.end.saturating_sub(range.start);
        let options = GetOptions {
            if_match: self.etag.clone(),
            version: self.version.clone(),
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let result = self.heard(self.store.get_opts(&self.path, options)).await?.map_err(|error| file_error(&error))?;
        let unpinned = self.etag.is_none() && self.version.is_none();
        // Listings may have milliseconds where headers have seconds.
        let other_time = unpinned && result.meta.last_modified.timestamp() != self.last_modified_ms.div_euclid(1000);
        // Some storages do not know the condition, and give what is there now.
        let tags = self.etag.as_deref().zip(result.meta.e_tag.as_deref());
        let other_tag = tags.is_some_and(|(planned, found)| bare(planned) != bare(found));
        if result.meta.size != self.size || other_time || other_tag {
            return Err(FileError::changed().into());
        }
        let mut pieces = result.into_stream();
        let mut bytes = BytesMut::new();
        while let Some(piece) = self.heard(pieces.next()).await? {
            let piece = piece.map_err(|error| file_error(&error))?;
            let length = (bytes.len() + piece.len()) as u64;
            // Never more is kept than was asked for.
            if length > wanted {
                return Err(
                    not_delivered(format!("the storage answered more than the {wanted} bytes asked for")).into()
                );
            }
            if bytes.is_empty() && length == wanted {
                return Ok(piece);
            }
            bytes.reserve(wanted as usize - bytes.len());
            bytes.extend_from_slice(&piece);
        }
        if bytes.len() as u64 == wanted {
            return Ok(bytes.freeze());
        }
        let message = format!("the storage answered {} bytes where {wanted} were asked for", bytes.len());
        Err(not_delivered(message).into())
    }

    /// Waits for what comes next, as long as silence is allowed.
    async fn heard<T>(&self, next: impl Future<Output = T>) -> Result<T, Missed> {
        timeout(self.silence, next).await.map_err(|_| Missed::Silent)
    }

    /// The whole object in order; reading runs ahead in a task of its own.
    pub(super) fn stream(self) -> BoxStream<'static, Result<Bytes, FileError>> {
        let (send, receive) = mpsc::channel(1);
        let size = self.size;
        let reader = async move {
            let starts = (0..size).step_by(RANGE_BYTES as usize);
            let reads = starts.map(|start| {
                let this = self.clone();
                let range = start..size.min(start + RANGE_BYTES);
                // In a task of its own: the time that the decoder takes is not the storage's.
                async move { AbortOnDrop(tokio::spawn(async move { this.read(range).await })).end().await }
            });
            let mut reads = stream::iter(reads).buffered(AHEAD);
            while let Some(read) = reads.next().await {
                let failed = read.is_err();
                if send.send(read).await.is_err() || failed {
                    return;
                }
            }
        };
        let task = tokio::spawn(reader);
        let state = (receive, AbortOnDrop(task), 0_u64);
        stream::unfold(state, move |(mut receive, task, seen)| async move {
            let next = match receive.recv().await {
                Some(next) => next,
                None if seen < size => Err(broken_off()),
                None => return None,
            };
            let seen = match &next {
                Ok(bytes) => seen + bytes.len() as u64,
                Err(_) => size,
            };
            Some((next, (receive, task, seen)))
        })
        .boxed()
    }
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl AbortOnDrop<Result<Bytes, FileError>> {
    async fn end(mut self) -> Result<Bytes, FileError> {
        (&mut self.0).await.unwrap_or_else(|_| Err(broken_off()))
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn broken_off() -> FileError {
    not_delivered("reading the file stopped before its end".to_owned())
}

/// Why a range was not read.
enum Missed {
    /// Nothing came any more.
    Silent,
    File(FileError),
}

impl From<FileError> for Missed {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// An entity tag without what listings and headers write differently.
fn bare(tag: &str) -> &str {
    tag.trim_start_matches("W/").trim_matches('"')
}

fn not_delivered(message: String) -> FileError {
    FileError { code: CODE_COPY, message, transient: true }
}

/// What a failed request means for the file; the text holds nothing of the storage's answer.
fn file_error(error: &object_store::Error) -> FileError {
    use object_store::Error as E;
    if let Some(known) = ConnectError::find(error) {
        return FileError { code: CODE_COPY, message: known.public, transient: known.kind.is_transient() };
    }
    match error {
        E::Precondition { .. } => FileError::changed(),
        E::NotFound { .. } => FileError::new(CODE_COPY, "the file does not exist any more"),
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => {
            FileError::new(CODE_COPY, "the credentials of the connection may not read this file")
        }
        _ => {
            tracing::debug!(cause = %error, "a read failed");
            not_delivered("the storage did not deliver the file; try again".to_owned())
        }
    }
}
