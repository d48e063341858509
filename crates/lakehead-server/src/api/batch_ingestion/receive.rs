//! Bytes of a request on their way to disk: streamed, bounded, forced to disk before anybody hears of them.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use futures::StreamExt as _;
use lakehead_engine::lake::{sync_dir, sync_file};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::files::MAX_REQUEST_BYTES;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Refuses forms, which would end up in the file as they are.
pub(super) fn require_bytes(headers: &HeaderMap) -> Answer<()> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media.starts_with("multipart/") || media.starts_with("application/x-www-form-urlencoded") {
        let message = format!("`Content-Type` `{}` is no file; send application/octet-stream", shorten(media));
        return Err(Problem::new("INGEST-9005-415", message));
    }
    Ok(())
}

/// Writes the body of `request` as the file of a new upload; answers its size. Leaves nothing behind where it fails.
pub(super) async fn whole(request: Request, app: &App, folder: &Path, upload_id: &str, path: &str) -> Answer<u64> {
    let file = create(folder, upload_id, path).await?;
    let written = write(request, app, &file, 0, MAX_REQUEST_BYTES).await;
    let finished = match written {
        Ok(size) => finish(folder, upload_id, path).await.map(|()| size),
        Err(problem) => Err(problem),
    };
    if finished.is_err() {
        forget(&folder.join(upload_id)).await;
    }
    finished
}

/// Makes the empty file of a new upload; answers where it is.
pub(super) async fn create(folder: &Path, upload_id: &str, path: &str) -> Answer<PathBuf> {
    let file = folder.join(upload_id).join(path);
    let internal = |error: std::io::Error| Problem::internal(&error);
    tokio::fs::create_dir_all(file.parent().unwrap_or(folder)).await.map_err(internal)?;
    File::create_new(&file).await.map_err(internal)?;
    Ok(file)
}

/// Forces the entries of the folders that lead to the file to disk.
pub(super) async fn finish(folder: &Path, upload_id: &str, path: &str) -> Answer<()> {
    let upload = folder.join(upload_id);
    let mut at = upload.join(path);
    while at != *folder {
        let Some(parent) = at.parent() else { break };
        at = parent.to_owned();
        sync_dir(at.clone()).await.map_err(|error| Problem::internal(&error))?;
    }
    for parent in folder.ancestors().skip(1).take(2) {
        sync_dir(parent.to_owned()).await.map_err(|error| Problem::internal(&error))?;
    }
    Ok(())
}

/// Writes the body at an offset of the file, at most `limit` bytes; answers how many came.
pub(super) async fn write(request: Request, app: &App, path: &Path, offset: u64, limit: u64) -> Answer<u64> {
    let internal = |error: std::io::Error| Problem::internal(&error);
    let mut file = OpenOptions::new().write(true).open(path).await.map_err(internal)?;
    file.seek(SeekFrom::Start(offset)).await.map_err(internal)?;
    let patience = app.settings.request_timeout;
    let (mut body, mut size) = (request.into_body().into_data_stream(), 0_u64);
    loop {
        let Ok(next) = tokio::time::timeout(patience, body.next()).await else {
            let message = format!("no byte of the `body` came for {} s; send it again", patience.as_secs());
            return Err(Problem::new("PLATFORM-1006-408", message));
        };
        let Some(chunk) = next else { break };
        let chunk = chunk
            .map_err(|_| Problem::new("INGEST-9003-400", "the `body` of the request ended early; send it again"))?;
        size += chunk.len() as u64;
        if size > limit {
            let message = format!("the `body` has more than {limit} bytes; upload large files in pieces");
            return Err(Problem::new("INGEST-9004-413", message));
        }
        file.write_all(&chunk).await.map_err(internal)?;
    }
    file.flush().await.map_err(internal)?;
    drop(file);
    sync_file(path.to_owned()).await.map_err(|error| Problem::internal(&error))?;
    Ok(size)
}

/// Ends a file at its size.
pub(super) async fn cut(path: &Path, size: u64) -> Answer<()> {
    let internal = |error: std::io::Error| Problem::internal(&error);
    let file = OpenOptions::new().write(true).open(path).await.map_err(internal)?;
    file.set_len(size).await.map_err(internal)?;
    file.sync_all().await.map_err(internal)
}

/// Deletes an upload that nobody refers to. What resists goes with its batch.
pub(super) async fn forget(upload: &Path) {
    let _ = tokio::fs::remove_dir_all(upload).await;
}
