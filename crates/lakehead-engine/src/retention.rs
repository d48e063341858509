//! Forgets what is older than it has to be: rows of the audit trail, answers that are given again, files that clients
//! uploaded.

use std::io::ErrorKind;

use lakehead_store::{EndedUploads, StoreError};

use crate::Engine;

/// Rows of one transaction.
const BATCH: u32 = 1000;
/// Transactions of one round: what is left comes in the next one, and others write in between.
const MAX_BATCHES: u32 = 100;

/// Deletes what is too old; answers how many rows that were.
pub(crate) async fn prune_audit(engine: &Engine) -> Result<u64, StoreError> {
    let mut pruned = 0;
    for _ in 0..MAX_BATCHES {
        let mut tx = engine.store.write().await?;
        let found = tx.prune_audit(engine.settings.audit_retention_ms, BATCH).await?;
        tx.commit().await?;
        pruned += found;
        if found < u64::from(BATCH) {
            break;
        }
    }
    Ok(pruned)
}

/// Deletes answers that are not given again any more. Creates with a key take some of them away, too, but where nobody
/// makes anything they must not stay.
pub(crate) async fn forget_answers(engine: &Engine) -> Result<(), StoreError> {
    for _ in 0..MAX_BATCHES {
        let mut tx = engine.store.write().await?;
        let now_ms = tx.now_ms().await?;
        let found = tx.forget_answers(now_ms, BATCH).await?;
        tx.commit().await?;
        if found < u64::from(BATCH) {
            break;
        }
    }
    Ok(())
}

/// A batch into which nothing was uploaded for so long will never be completed: a week.
const ABANDON_AFTER_MS: i64 = 7 * 24 * 3_600_000;

/// Gives up batches that their clients have forgotten.
pub(crate) async fn abandon_batches(engine: &Engine) -> Result<u64, StoreError> {
    let mut tx = engine.store.write().await?;
    let abandoned = tx.abandon_batches(ABANDON_AFTER_MS, BATCH).await?;
    tx.commit().await?;
    Ok(abandoned)
}

/// Deletes the uploaded files of batches that ended long enough ago: their rows have landed, or never will.
pub(crate) async fn delete_uploads(engine: &Engine) -> Result<(), StoreError> {
    let ended = engine.store.read().await?.ended_uploads(engine.settings.gc_horizon_ms, BATCH).await?;
    for EndedUploads { scope, dataset_id, batch_id } in ended {
        let folder = engine.lake.upload_dir(&scope, &dataset_id, &batch_id);
        match tokio::fs::remove_dir_all(&folder).await {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(path = %folder.display(), %error, "the uploads of a batch cannot be deleted");
                continue;
            }
            _ => {}
        }
        let mut tx = engine.store.write().await?;
        tx.forget_uploads(&scope, &batch_id).await?;
        tx.commit().await?;
    }
    Ok(())
}
