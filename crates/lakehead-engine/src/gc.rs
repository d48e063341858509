//! Deletes files that were announced but never became visible: leftovers of runs that died or were fenced, and what
//! appeared once more in the folder of a table that went with its sandbox.
//!
//! Only files with an intent row are ever deleted, and only when their run has ended some time ago. A file
//! that nobody announced is not ours to delete.

#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lakehead_model::fault::FaultPoint;
use lakehead_store::{FileIntent, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::lake::local_path;
use crate::retention;
use crate::staging::{COMMIT_INTENT, FOLDER_INTENT};

/// Intents looked at in one transaction.
const BATCH: u32 = 200;

/// Housekeeping at every interval until `stop`: leftover files, and rows past their time.
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
        if let Err(error) = retention::abandon_batches(&engine).await {
            tracing::warn!(cause = ?error, "forgotten batches cannot be given up; trying again later");
        }
        if let Err(error) = retention::delete_uploads(&engine).await {
            tracing::warn!(cause = ?error, "uploads of batches that have ended cannot be deleted; trying again later");
        }
        if let Err(error) = retention::forget_answers(&engine).await {
            tracing::warn!(cause = ?error, "old answers of creates cannot be forgotten; trying again later");
        }
        match retention::prune_audit(&engine).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "deleted rows of the audit trail that are older than it is kept"),
            Err(error) => tracing::warn!(cause = ?error, "the audit trail cannot be pruned; trying again later"),
        }
    }
}

/// Deletes what ended runs announced and did not commit; answers how many files and folders that were.
pub(crate) async fn collect(engine: &Engine) -> Result<u64, StoreError> {
    let horizon_ms = engine.settings.gc_horizon_ms;
    let mut deleted = 0;
    loop {
        let intents = engine.store.read().await?.collectable_intents(horizon_ms, BATCH).await?;
        let (found, mut settled) = (intents.len(), 0);
        for intent in intents {
            FaultPoint::GcBeforeDelete.hit();
            let Some(gone) = delete_files(&intent).await else { continue };
            deleted += gone;
            settled += 1;
            let mut tx = engine.store.write().await?;
            tx.delete_intent(&intent.path).await?;
            tx.commit().await?;
        }
        // Files that resist would be found again for ever.
        if found < BATCH as usize || settled == 0 {
            return Ok(deleted);
        }
    }
}

/// Deletes what an intent announced; `None` where a file resists, so that it is tried again later.
async fn delete_files(intent: &FileIntent) -> Option<u64> {
    let path = local_path(&intent.path);
    let (paths, is_folder) = match intent.kind.as_str() {
        COMMIT_INTENT => (manifests(&path).await.map_err(|error| resisted(&path, &error)).ok()?, false),
        FOLDER_INTENT => (vec![path], true),
        _ => (vec![path], false),
    };
    let mut deleted = 0;
    for path in paths {
        let done = if is_folder { tokio::fs::remove_dir_all(&path).await } else { tokio::fs::remove_file(&path).await };
        match done {
            Ok(()) => deleted += 1,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                resisted(&path, &error);
                return None;
            }
        }
    }
    Some(deleted)
}

fn resisted(path: &Path, error: &std::io::Error) {
    tracing::warn!(path = %path.display(), %error, "a leftover file cannot be deleted");
}

/// The manifests of a commit, whose id is in their names. Its metadata file has an intent of its own.
async fn manifests(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (Some(folder), Some(commit_id)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(Vec::new());
    };
    let mut entries = match tokio::fs::read_dir(folder).await {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        if entry.file_name().to_string_lossy().contains(commit_id) {
            files.push(entry.path());
        }
    }
    Ok(files)
}
