//! Deletes files that were announced but never became visible: leftovers of runs that died or were fenced.
//!
//! Only files with an intent row are ever deleted, and only when their run has ended some time ago. A file
//! that nobody announced is not ours to delete.

use std::path::PathBuf;

use lakehead_model::fault::FaultPoint;
use lakehead_store::{FileIntent, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::lake::local_path;

/// Intents looked at in one transaction.
const BATCH: u32 = 200;

/// Collects at every interval until `stop`.
pub(crate) async fn collect_until_stopped(engine: Engine, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(engine.settings.gc_interval) => {}
        }
        match collect(&engine).await {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(files = deleted, "deleted files that no run refers to"),
            Err(error) => tracing::warn!(cause = ?error, "leftover files cannot be collected; trying again later"),
        }
    }
}

/// Deletes what ended runs announced and did not commit; answers how many files that were.
pub(crate) async fn collect(engine: &Engine) -> Result<u64, StoreError> {
    let horizon_ms = engine.settings.gc_horizon_ms;
    let intents = engine.store.read().await?.collectable_intents(horizon_ms, BATCH).await?;
    let mut deleted = 0;
    for intent in intents {
        FaultPoint::GcBeforeDelete.hit();
        let Some(gone) = delete_files(&intent).await else { continue };
        deleted += gone;
        let mut tx = engine.store.write().await?;
        tx.delete_intent(&intent.path).await?;
        tx.commit().await?;
    }
    Ok(deleted)
}

/// Deletes what an intent announced; `None` where a file resists, so that it is tried again later.
async fn delete_files(intent: &FileIntent) -> Option<u64> {
    let mut deleted = 0;
    for path in files_of(&intent.path, &intent.kind).await {
        match tokio::fs::remove_file(&path).await {
            Ok(()) => deleted += 1,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a leftover file cannot be deleted");
                return None;
            }
        }
    }
    Some(deleted)
}

/// The files that an intent announced: the path itself, or for a commit every manifest of its id.
async fn files_of(path: &str, kind: &str) -> Vec<PathBuf> {
    let path = local_path(path);
    if kind != crate::runner::COMMIT_INTENT {
        return vec![path];
    }
    let (Some(folder), Some(marker)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return Vec::new() };
    let mut files = Vec::new();
    while let Ok(Some(entry)) = entries.next_entry().await {
        if entry.file_name().to_string_lossy().contains(marker) {
            files.push(entry.path());
        }
    }
    files
}
