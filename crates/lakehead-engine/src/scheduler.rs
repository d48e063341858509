//! Turns due schedules into runs: one run per slot, however many schedulers look at the same time.

#[cfg(test)]
mod tests;

use lakehead_model::fault::FaultPoint;
use lakehead_model::flow::Flow;
use lakehead_model::run::Run;
use lakehead_model::{Actor, Etag, Id, Origin};
use lakehead_store::{NewRun, Schedule, Store, StoreError};
use serde_json::json;

use crate::report;

/// Schedules looked at in one tick.
const BATCH: u32 = 100;

/// Stores a run for every schedule that is due. A schedule that missed several slots (the server was
/// down) gets one run for the latest of them: it takes everything that the missed ones would have taken.
pub(crate) async fn tick(store: &Store, base_url: &str) -> Result<(), StoreError> {
    let due = store.read().await?.due_schedules(BATCH).await?;
    for schedule in due {
        FaultPoint::SchedBeforeInsertRun.hit();
        match start_slot(store, &schedule, base_url).await {
            // A sandbox that was closed since the schedules were read: they go with everything else.
            Ok(()) | Err(StoreError::SandboxClosed) => {}
            // One that cannot be read must not keep the others waiting.
            Err(error) => {
                tracing::warn!(flow.id = schedule.flow_id, cause = ?error, "a due run cannot be stored; trying again");
            }
        }
        FaultPoint::SchedAfterInsertRun.hit();
    }
    Ok(())
}

/// Stores the run and moves the schedule on, in one transaction.
async fn start_slot(store: &Store, schedule: &Schedule, base_url: &str) -> Result<(), StoreError> {
    let mut tx = store.write_in(&schedule.scope, None, Origin::system()).await?;
    let now_ms = tx.now_ms().await?;
    let slot = latest_due_slot(schedule, now_ms);
    let next_due_ms = (schedule.interval_s > 0).then(|| slot_ms(schedule, slot + 1));
    // Somebody else was faster: their run stands, ours is not stored.
    if !tx.advance_schedule(&schedule.flow_id, schedule.next_slot, slot + 1, next_due_ms).await? {
        return tx.rollback().await;
    }
    let Some(flow) = tx.get::<Flow>(&schedule.scope, &schedule.flow_id).await? else {
        // The flow was deleted; its schedule goes after it.
        tx.delete_schedule(&schedule.scope, &schedule.flow_id).await?;
        return tx.commit().await;
    };
    let (run_id, etag) = (Id::<Run>::generate().to_string(), Etag::generate());
    let by = Actor { user: flow.audit.created_by.clone(), client: flow.audit.created_client.clone() };
    let made = report::Made { scope: &schedule.scope, by: &by, at_ms: now_ms };
    if let Some(doc) = report::scheduled(&run_id, &flow, made, &etag, base_url) {
        let due_ms = slot_ms(schedule, slot);
        let run = NewRun {
            run_id,
            flow_id: schedule.flow_id.clone(),
            scope: schedule.scope.clone(),
            // By time, not by number: a changed interval numbers its slots anew.
            slot: format!("schedule:{due_ms}"),
            due_ms,
            params: json!({}),
            etag,
            created_at_ms: now_ms,
            doc,
        };
        tx.insert_run(&run).await?;
    }
    tx.commit().await
}

fn slot_ms(schedule: &Schedule, slot: i64) -> i64 {
    schedule.start_s.saturating_add(slot.saturating_mul(schedule.interval_s)).saturating_mul(1000)
}

/// The latest slot that is due at `now_ms`, at least the next one.
fn latest_due_slot(schedule: &Schedule, now_ms: i64) -> i64 {
    if schedule.interval_s == 0 {
        return schedule.next_slot;
    }
    let elapsed_s = now_ms.div_euclid(1000) - schedule.start_s;
    elapsed_s.div_euclid(schedule.interval_s).max(schedule.next_slot)
}
