//! The plain text of an object, in pieces, however it is compressed; archives are handed out file by file.

use std::sync::Arc;

use ::bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use lakehead_model::{format::Compression, plan::PlannedObject};
use object_store::ObjectStore;
use tokio::sync::mpsc;

use super::{FileError, bytes::Pinned, unpack};

/// An object being read from its first byte to its last.
pub(super) struct Plain {
    from: From,
    /// Bytes taken from the object.
    pub(super) stored_bytes: u64,
    /// Name of the file of an archive that is being read.
    file: Option<String>,
    /// The file of an archive that comes next; known once the one before has ended.
    following: Option<String>,
    ended: bool,
}

enum From {
    /// Not compressed: as the storage delivers it.
    Stored(BoxStream<'static, Result<Bytes, FileError>>),
    /// Unpacked in a thread of its own.
    Unpacked(mpsc::Receiver<Result<unpack::Part, FileError>>),
}

impl Plain {
    /// Opens an object for sequential reading, at the first file that holds anything.
    ///
    /// # Errors
    /// It is an archive without files, or its beginning cannot be read.
    pub(super) async fn open(
        store: &Arc<dyn ObjectStore>,
        object: &PlannedObject,
        compression: Option<Compression>,
    ) -> Result<Self, FileError> {
        let pinned = Pinned::new(store, object)?;
        let from = match compression {
            None => From::Stored(pinned.stream()),
            Some(compression) => From::Unpacked(unpack::start(pinned, compression)),
        };
        let mut this = Self { from, stored_bytes: 0, file: None, following: None, ended: false };
        let archive = compression.is_some_and(Compression::is_archive);
        if archive && (this.next().await?.is_some() || !this.next_file()) {
            return Err(FileError::new("106", "the archive holds no file, or only empty ones"));
        }
        Ok(this)
    }

    /// The next piece of the file, never empty, or `None` at its end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, FileError> {
        if self.ended || self.following.is_some() {
            return Ok(None);
        }
        let parts = match &mut self.from {
            From::Unpacked(parts) => parts,
            From::Stored(stored) => {
                let piece = stored.next().await.transpose()?;
                self.stored_bytes += piece.as_ref().map_or(0, Bytes::len) as u64;
                self.ended = piece.is_none();
                return Ok(piece);
            }
        };
        match parts.recv().await {
            Some(Ok(unpack::Part::Bytes { bytes, stored_bytes })) => {
                self.stored_bytes = stored_bytes;
                return Ok(Some(bytes));
            }
            Some(Ok(unpack::Part::File { name })) => self.following = Some(name),
            Some(Ok(unpack::Part::End { stored_bytes })) => {
                self.stored_bytes = stored_bytes;
                self.ended = true;
            }
            Some(Err(error)) => return Err(error),
            // The thread that unpacks broke off.
            None => return Err(FileError::corrupt("the file is malformed in a way its decoder does not survive")),
        }
        Ok(None)
    }

    /// Once a file of an archive has ended: goes on to the one behind it. Answers whether there is one.
    pub(super) fn next_file(&mut self) -> bool {
        let Some(name) = self.following.take() else { return false };
        self.file = Some(name);
        true
    }

    /// Name of the file of an archive that is being read.
    pub(super) fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// Says which file of an archive an error is about.
    pub(super) fn locate(&self, error: FileError) -> FileError {
        locate(self.file.as_deref(), error)
    }
}

/// Says which file of an archive an error is about.
pub(super) fn locate(file: Option<&str>, error: FileError) -> FileError {
    let Some(name) = file.filter(|_| !error.transient) else { return error };
    let name: String = name.chars().take(120).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    FileError { message: format!("`{name}` in the archive: {}", error.message), ..error }
}
