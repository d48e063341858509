//! Brings sandboxes to the state they are on their way to: a new one becomes active, a closed one is emptied first.
//!
//! The state in the metastore is all there is to know, so whoever looks next goes on where another stopped or died.
//! Folders are deleted by names that were listed while the sandbox was closed: ids are never used twice, so that a
//! process that is late cannot hit what came after a reset.

#[cfg(test)]
mod tests;

use lakehead_model::fault::FaultPoint;
use lakehead_store::{Purged, StoreError, UnfinishedSandbox};
use tokio_util::sync::CancellationToken;

use crate::lake::{LakeError, file_url};
use crate::staging::FOLDER_INTENT;
use crate::{Engine, POLL};

/// Sandboxes looked at in one turn.
const BATCH: u32 = 100;
/// Steps of one purge before the other sandboxes have their turn.
const STEPS: usize = 50;
/// Folders announced in one transaction.
const FOLDERS: usize = 200;

/// Why a sandbox could not be brought further this time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SandboxError {
    /// The metastore failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A folder of the lake resists.
    #[error(transparent)]
    Lake(#[from] LakeError),
}

/// How far a sandbox came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Nothing is left to do, here or at all.
    Done,
    /// Somebody may still hold the lease of a run.
    Waits,
    /// There is more to remove.
    GoesOn,
}

/// Looks after sandboxes whenever somebody changed one, and at every poll, until `stop`.
pub(crate) async fn tend_until_stopped(engine: Engine, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let again = tend(&engine).await.unwrap_or_else(|error| {
            tracing::warn!(cause = ?error, "the sandboxes cannot be looked after; trying again");
            false
        });
        if again {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = engine.sandboxes_changed.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// One turn for every sandbox that is on its way; answers whether one of them can go on at once.
pub(crate) async fn tend(engine: &Engine) -> Result<bool, StoreError> {
    let unfinished = engine.store.read().await?.unfinished_sandboxes(BATCH).await?;
    let mut again = false;
    for sandbox in unfinished {
        match bring_further(engine, &sandbox).await {
            Ok(turn) => again |= turn == Turn::GoesOn,
            // One that resists must not keep the others waiting.
            Err(error) => {
                tracing::warn!(sandbox.id = %sandbox.id, sandbox.state = %sandbox.state, cause = ?error, "a sandbox cannot be brought further; trying again");
            }
        }
    }
    Ok(again)
}

async fn bring_further(engine: &Engine, sandbox: &UnfinishedSandbox) -> Result<Turn, SandboxError> {
    if sandbox.is_closing() {
        // A worker that is still alive would write into the folders while they are deleted.
        if !engine.store.read().await?.sandbox_is_quiet(&sandbox.org, &sandbox.id).await? {
            return Ok(Turn::Waits);
        }
        if !delete_folders(engine, sandbox).await? {
            return Ok(Turn::Done);
        }
        match purge(engine, sandbox).await? {
            Purged::All => {}
            Purged::Some => return Ok(Turn::GoesOn),
            Purged::Reopened => return Ok(Turn::Done),
        }
        FaultPoint::PurgeBeforeFinish.hit();
    }
    if engine.store.finish_sandbox(sandbox).await? {
        tracing::info!(sandbox.id = %sandbox.id, was = %sandbox.state, now = sandbox.end(), "a sandbox has changed its state");
    }
    Ok(Turn::Done)
}

/// Deletes the folders of every table; `false` where somebody else has finished the sandbox meanwhile.
async fn delete_folders(engine: &Engine, sandbox: &UnfinishedSandbox) -> Result<bool, SandboxError> {
    let names = engine.lake.table_names(&sandbox.id).await?;
    for names in names.chunks(FOLDERS) {
        let announced: Vec<_> = names
            .iter()
            .map(|name| (file_url(&engine.lake.sandbox_dir(&sandbox.id).join(name)), name.clone()))
            .collect();
        if !engine.store.announce_folders(sandbox, FOLDER_INTENT, &announced).await? {
            return Ok(false);
        }
        FaultPoint::PurgeBeforeFolders.hit();
        for name in names {
            engine.lake.delete_table(&sandbox.id, name).await?;
        }
    }
    if sandbox.end() == "deleted" {
        engine.lake.forget_empty(&sandbox.id).await;
    }
    Ok(true)
}

/// Removes rows for one turn.
async fn purge(engine: &Engine, sandbox: &UnfinishedSandbox) -> Result<Purged, StoreError> {
    for _ in 0..STEPS {
        let purged = engine.store.purge_step(sandbox).await?;
        FaultPoint::PurgeAfterStep.hit();
        if purged != Purged::Some {
            return Ok(purged);
        }
    }
    Ok(Purged::Some)
}
