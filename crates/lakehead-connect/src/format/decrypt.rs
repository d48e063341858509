//! Encrypted objects: decrypted as a whole into a file that has no name, and read from there like any other.
//!
//! A decoder sees the text only after integrity and signature have been checked, and every format and compression is
//! read as if the object had been stored plainly. The file disappears with the last who has it open.

use std::fmt;
use std::fs::File;
use std::io::{self, Seek as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ::bytes::Bytes;
use async_trait::async_trait;
use chrono::DateTime;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use lakehead_model::plan::PlannedObject;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, path::Path as Key,
};
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::unpack::{MAX_RATIO, is_too_much};
use super::{CODE_COPY, FileError, bytes::Pinned};
use crate::pgp::{self, Keys, MessageError, Opener};

/// Largest encrypted object, bytes.
pub const MAX_ENCRYPTED_BYTES: u64 = 1 << 30;
/// Largest plain text of one.
const MAX_PLAIN_BYTES: u64 = 10 << 30;

/// Decrypts `object` into a nameless file in `folder`. Answers where and as what its plain text is read.
///
/// # Errors
/// The object is too large, is not encrypted for these keys, was changed, or is not signed as demanded; or the source
/// does not give it.
pub async fn decrypt(
    store: &Arc<dyn ObjectStore>,
    object: &PlannedObject,
    keys: &Keys,
    folder: &Path,
) -> Result<(Arc<dyn ObjectStore>, PlannedObject), FileError> {
    if object.size_bytes > MAX_ENCRYPTED_BYTES {
        let text = format!(
            "the encrypted file has {} bytes; at most {MAX_ENCRYPTED_BYTES} are accepted, split it before encrypting",
            object.size_bytes
        );
        return Err(FileError::corrupt(text));
    }
    let unusable = |error: io::Error| keep(&error);
    let file = tempfile::tempfile_in(folder).map_err(unusable)?;
    let stored = object.size_bytes;
    // Libraries do not pass on why a read failed.
    let failed = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&failed);
    let bytes = Pinned::new(store, object)?.stream().map_err(move |error| {
        let text = error.message.clone();
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        io::Error::other(text)
    });
    let from = SyncIoBridge::new(StreamReader::new(bytes.boxed()));
    let keys = keys.clone();
    let work = tokio::task::spawn_blocking(move || write_plain(from, &keys, stored, file));
    let outcome = work.await.map_err(|_| FileError::corrupt(MessageError::Damaged.to_string()))?;
    if let Some(error) = failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(error);
    }
    let (file, length) = outcome?;
    let plain = PlannedObject::pin(&object.container, &object.key, None, Some("plain".to_owned()), length, 0);
    Ok((Arc::new(PlainFile { file: Arc::new(file), length }), plain))
}

/// Refuses to show an encrypted object: whoever looks has no key, and rows of encrypted files are not for looking at.
///
/// # Errors
/// The object is encrypted, by its name or its first bytes; or it cannot be read.
pub(super) async fn refuse_encrypted(store: &Arc<dyn ObjectStore>, object: &PlannedObject) -> Result<(), FileError> {
    let name = object.key.to_ascii_lowercase();
    let named = [".gpg", ".pgp"].iter().any(|ending| name.ends_with(ending));
    if !named && !pgp::looks_encrypted(&Pinned::new(store, object)?.read(0..object.size_bytes.min(64)).await?) {
        return Ok(());
    }
    let text = "the file is encrypted and cannot be shown; put a small unencrypted file with the same columns beside it and use that";
    Err(FileError::corrupt(text))
}

fn write_plain(
    from: impl io::BufRead + Send,
    keys: &Keys,
    stored: u64,
    mut file: File,
) -> Result<(File, u64), FileError> {
    let opener = Opener::unlock(keys).map_err(|error| FileError::corrupt(error.to_string()))?;
    let may_grow = |length: u64| {
        if length > MAX_PLAIN_BYTES || is_too_much(length, stored) {
            let text = format!(
                "grows to more than {MAX_RATIO} times its size or more than {MAX_PLAIN_BYTES} bytes, which is not accepted"
            );
            return Err(MessageError::TooMuch(text));
        }
        Ok(())
    };
    let length = pgp::decrypt(from, &opener, &mut file, may_grow).map_err(|error| match error {
        MessageError::Write(error) => keep(&error),
        other => FileError::corrupt(other.to_string()),
    })?;
    if length == 0 {
        return Err(FileError::new("106", "the file is empty"));
    }
    file.rewind().map_err(|error| keep(&error))?;
    Ok((file, length))
}

/// There is no room for the plain text: another attempt may find some.
fn keep(error: &io::Error) -> FileError {
    let message = format!("the server has no room for the decrypted file: {}", error.kind());
    FileError { code: CODE_COPY, message, transient: true }
}

/// The plain text of one object, in place of the storage that has it encrypted. It can only be read.
#[derive(Debug)]
struct PlainFile {
    file: Arc<File>,
    length: u64,
}

impl fmt::Display for PlainFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainFile")
    }
}

fn read_only<T>() -> Result<T> {
    let operation = "nothing but reading a decrypted file".to_owned();
    Err(object_store::Error::NotImplemented { operation, implementer: "PlainFile".to_owned() })
}

#[async_trait]
impl ObjectStore for PlainFile {
    async fn get_opts(&self, location: &Key, options: GetOptions) -> Result<GetResult> {
        let failed = |source: io::Error| object_store::Error::Generic { store: "PlainFile", source: source.into() };
        let end = self.length;
        let range = match options.range {
            Some(GetRange::Bounded(range)) => range.start.min(end)..range.end.min(end),
            Some(GetRange::Offset(start)) => start.min(end)..end,
            Some(GetRange::Suffix(count)) => end.saturating_sub(count)..end,
            None => 0..end,
        };
        let (file, from) = (Arc::clone(&self.file), range.clone());
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = vec![0; from.end.saturating_sub(from.start) as usize];
            file.read_exact_at(&mut bytes, from.start).map(|()| bytes)
        });
        let bytes = read.await.map_err(io::Error::other).and_then(|read| read).map_err(failed)?;
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::once(async { Ok(Bytes::from(bytes)) }).boxed()),
            meta: ObjectMeta {
                location: location.clone(),
                last_modified: DateTime::UNIX_EPOCH,
                size: self.length,
                e_tag: None,
                version: None,
            },
            range,
            attributes: Attributes::default(),
        })
    }

    async fn put_opts(&self, _: &Key, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        read_only()
    }

    async fn put_multipart_opts(&self, _: &Key, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        read_only()
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Key>>) -> BoxStream<'static, Result<Key>> {
        stream::once(async { read_only() }).boxed()
    }

    fn list(&self, _: Option<&Key>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::once(async { read_only() }).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Key>) -> Result<ListResult> {
        read_only()
    }

    async fn copy_opts(&self, _: &Key, _: &Key, _: CopyOptions) -> Result<()> {
        read_only()
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;
    use secrecy::SecretString;

    use super::*;

    /// The storage has no such object: one that may be asked for is not found, one that is too large is not asked for.
    #[tokio::test]
    async fn an_object_that_is_too_large_is_not_even_asked_for() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let (private_key, pass_phrase) = (SecretString::from("none"), SecretString::from("none"));
        let keys = Keys { private_key, pass_phrase, signer: None, now_s: 0 };
        let folder = tempfile::tempdir().unwrap();
        let refused = async |size| {
            let object = PlannedObject::pin("bucket", "a.csv.gpg", None, Some("1".to_owned()), size, 0);
            decrypt(&store, &object, &keys, folder.path()).await.map(|_| ()).unwrap_err()
        };
        let error = refused(MAX_ENCRYPTED_BYTES + 1).await;
        assert!(!error.transient && error.message.contains("1073741825 bytes; at most 1073741824"), "{error:?}");
        let error = refused(MAX_ENCRYPTED_BYTES).await;
        assert!(!error.message.contains("at most"), "{error:?}");
    }
}
