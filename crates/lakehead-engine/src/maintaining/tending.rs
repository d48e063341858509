//! When tables are maintained: by themselves, one after the other, and on demand.

use std::time::Duration;

use lakehead_store::{RunState, StoreError, TablePlace};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{Engine, POLL, gc, runner};

/// A table that does not change is looked at once a day: its snapshots grow old.
const AT_LEAST_MS: i64 = 24 * 3_600_000;
/// Longest time between two looks for a table that is due.
const MOST_IDLE: Duration = Duration::from_secs(30);
/// Time between two looks at a run of another process.
const LOOK: Duration = Duration::from_millis(200);

/// Asks for maintenance of one table after the other until `stop`. The runs are claimed like those of flows.
pub(crate) async fn tend_until_stopped(engine: Engine, stop: CancellationToken) {
    let rules = &engine.settings.maintenance;
    if !rules.enabled {
        return;
    }
    while !stop.is_cancelled() {
        let asked = ask_next(&engine, rules.interval_ms).await.unwrap_or_else(|error| {
            tracing::warn!(cause = ?error, "no table can be chosen for maintenance; trying again");
            false
        });
        // One table after the other while there are some that are due.
        let idle = Duration::from_millis(rules.interval_ms.unsigned_abs() / 60).clamp(POLL, MOST_IDLE);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(if asked { POLL } else { idle }) => {}
        }
    }
}

/// Whether a table was due.
async fn ask_next(engine: &Engine, interval_ms: i64) -> Result<bool, StoreError> {
    let due = engine.store.read().await?.due_table(interval_ms, AT_LEAST_MS.max(interval_ms)).await?;
    let Some(place) = due else { return Ok(false) };
    if engine.store.ask_maintenance(&place).await?.is_some() {
        engine.wake();
    }
    Ok(true)
}

impl Engine {
    /// Maintains a table now, in this process, or waits for another one that does; answers what was done, or why not.
    ///
    /// # Errors
    /// The database failed.
    pub async fn maintain(&self, place: &TablePlace) -> Result<Value, StoreError> {
        let Some(run_id) = self.store.ask_maintenance(place).await? else {
            return Ok(json!({ "error": "the sandbox is closed, or others ask at the same moment; try again" }));
        };
        if let Some(run) = self.store.claim_this(&run_id, &self.owner, self.settings.lease_ms).await? {
            Box::pin(runner::execute(self, run, &CancellationToken::new())).await;
        }
        loop {
            let run = self.store.read().await?.run(&place.scope, &run_id).await?;
            match run {
                None => return Ok(json!({ "error": "the run was removed with its sandbox" })),
                Some(run) if run.state == RunState::Success => return Ok(run.doc["maintenance"].clone()),
                Some(run) if run.state == RunState::Failed => {
                    let error = &run.doc["metrics"]["statusSummary"]["errors"][0]["message"];
                    return Ok(json!({ "error": error }));
                }
                Some(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// Deletes files that nothing refers to any more and that readers had their time with; answers how many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn collect(&self) -> Result<u64, StoreError> {
        gc::collect(self).await
    }
}
