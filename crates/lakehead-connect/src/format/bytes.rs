//! The bytes of a pinned object: ranged reads that resume, check what they got, and run ahead of the decoder.

use std::{ops::Range, sync::Arc, time::Duration};

use ::bytes::Bytes;
use futures::{StreamExt, stream, stream::BoxStream};
use lakehead_model::plan::PlannedObject;
use object_store::{GetOptions, GetRange, ObjectStore, path::Path};
use tokio::sync::mpsc;

use super::{CODE_COPY, FileError};
use crate::connector::ConnectError;

/// Bytes of one request.
const RANGE_BYTES: u64 = 4 << 20;
/// Requests of one object under way at the same time.
const AHEAD: usize = 2;
/// Times a range is asked for before the object is given up.
const ATTEMPTS: u32 = 4;

/// An object that is only read in the version that was planned.
#[derive(Clone)]
pub(super) struct Pinned {
    store: Arc<dyn ObjectStore>,
    path: Path,
    etag: Option<String>,
    version: Option<String>,
    size: u64,
    last_modified_ms: i64,
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
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The bytes of `range`, all of them.
    pub(super) async fn read(&self, range: Range<u64>) -> Result<Bytes, FileError> {
        let mut attempt = 1;
        loop {
            let error = match self.read_once(range.clone()).await {
                Ok(bytes) => return Ok(bytes),
                Err(error) => error,
            };
            if !error.transient || attempt >= ATTEMPTS {
                return Err(error);
            }
            tracing::debug!(attempt, cause = %error, "a read failed; trying again");
            tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
            attempt += 1;
        }
    }

    async fn read_once(&self, range: Range<u64>) -> Result<Bytes, FileError> {
        let wanted = range.end.saturating_sub(range.start);
        let options = GetOptions {
            if_match: self.etag.clone(),
            version: self.version.clone(),
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let result = self.store.get_opts(&self.path, options).await.map_err(|error| file_error(&error))?;
        let unpinned = self.etag.is_none() && self.version.is_none();
        // Listings may have milliseconds where headers have seconds.
        let other_time = unpinned && result.meta.last_modified.timestamp() != self.last_modified_ms.div_euclid(1000);
        if result.meta.size != self.size || other_time {
            return Err(FileError::changed());
        }
        let bytes = result.bytes().await.map_err(|error| file_error(&error))?;
        if bytes.len() as u64 == wanted {
            return Ok(bytes);
        }
        let message = format!("the storage answered {} bytes where {wanted} were asked for", bytes.len());
        Err(FileError { code: CODE_COPY, message, transient: true })
    }

    /// The whole object in order; reading runs ahead in a task of its own.
    pub(super) fn stream(self) -> BoxStream<'static, Result<Bytes, FileError>> {
        let (send, receive) = mpsc::channel(1);
        let size = self.size;
        let reader = async move {
            let starts = (0..size).step_by(RANGE_BYTES as usize);
            let reads = starts.map(|start| {
                let this = self.clone();
                async move { this.read(start..size.min(start + RANGE_BYTES)).await }
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
                None if seen < size => Err(FileError {
                    code: CODE_COPY,
                    message: "reading the file stopped before its end".to_owned(),
                    transient: true,
                }),
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

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
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
            let message = "the storage did not deliver the file; try again".to_owned();
            FileError { code: CODE_COPY, message, transient: true }
        }
    }
}
