//! Forgets rows of the audit trail that are older than they have to be.

use lakehead_store::StoreError;

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
