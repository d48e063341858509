//! What a run reads: the selection as it is listed, without what the ledger has. Stored before anything is read.

mod again;
mod gather;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use lakehead_connect::connector::Found;
use lakehead_model::fault::FaultPoint;
use lakehead_model::plan::PlannedObject;
use lakehead_store::{ObjectFailure, RunRow, StoreError};
use tokio::sync::mpsc;

use self::gather::Gathered;
pub(crate) use self::gather::PART_SLOT;
use crate::Engine;
use crate::context::RunContext;
use crate::run_error::RunError;
use crate::settle::Finding;

/// Runs in which an object may fail before later runs leave it out.
const MAX_OBJECT_FAILURES: i64 = 10;
/// Objects that a run names one by one where they were left out or failed.
pub(crate) const MAX_NAMED: usize = 100;
/// Waits between tries to reach a source that may come back. The connector has its own, shorter ones.
pub(crate) const SOURCE_PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

/// Pages of a listing that wait to be compared with the ledger.
const PAGES_AHEAD: usize = 8;
/// Objects that are looked up one by one at the same time.
const LOOK_UPS: usize = 8;

/// The plan of a run.
pub(crate) struct Plan {
    pub(crate) objects: Vec<PlannedObject>,
    /// What is said of objects that failed too often to be read again.
    pub(crate) left_out: Vec<Finding>,
}

/// The stored plan without what others have ingested since, or a new one: everything selected that the ledger does not
/// have. What is more than one run may read becomes the plans of further runs.
pub(crate) async fn plan(engine: &Engine, run: &RunRow, context: &RunContext) -> Result<Plan, RunError> {
    let stored = engine.store.read().await?.plan(&run.run_id).await?;
    if let Some(objects) = stored {
        if context.change.is_some() {
            // The ledger has all of them: that is why they are read again.
            return Ok(Plan { objects, left_out: Vec::new() });
        }
        let count = objects.len();
        let plan = without_known(engine, run, objects).await?;
        if plan.objects.len() < count {
            replace(engine, run, &plan.objects).await?;
        }
        return Ok(plan);
    }
    if let Some(change) = &context.change {
        let plan = patiently(run, || again::objects(engine, run, context, change).boxed()).await?;
        FaultPoint::PlanBeforePersist.hit();
        save(engine, run, &plan.objects).await?;
        FaultPoint::PlanAfterPersist.hit();
        return Ok(plan);
    }
    let gathered = patiently(run, || gathered(engine, run, context).boxed()).await?;
    FaultPoint::PlanBeforePersist.hit();
    let plan = gathered.save(engine, run, context).await?;
    FaultPoint::PlanAfterPersist.hit();
    Ok(plan)
}

/// Asks the source. One that may come back is asked again a few times.
async fn patiently<'a, T>(run: &RunRow, ask: impl Fn() -> BoxFuture<'a, Result<T, RunError>>) -> Result<T, RunError> {
    for pause in SOURCE_PAUSES {
        match ask().await {
            Err(RunError::Source(error)) if error.kind.is_transient() => {
                tracing::warn!(flow.id = %run.flow_id, %error, "the source does not answer; trying again");
            }
            answer => return answer,
        }
        tokio::time::sleep(pause).await;
    }
    ask().await
}

/// One listing to its end: what it finds is compared with the ledger as it comes, a page at a time.
async fn gathered<'a>(engine: &'a Engine, run: &'a RunRow, context: &RunContext) -> Result<Gathered<'a>, RunError> {
    let mut gathered = Gathered::new(engine, run, context).await?;
    let (found, pages) = mpsc::channel(PAGES_AHEAD);
    let taking = async {
        // Dropped on an error: the listing ends where nobody receives.
        let mut pages = pages;
        while let Some(found) = pages.recv().await {
            match found {
                Found::Objects(objects) => gathered.take(objects).await?,
                Found::Restart => gathered.forget(),
            }
        }
        Ok::<_, RunError>(())
    };
    let (listed, taken) = tokio::join!(context.source.list(&engine.net, found), taking);
    taken?;
    listed?;
    Ok(gathered)
}

/// Objects of the plan as they are now, by their places; `None` where one is gone, nothing where the source does not say.
/// A source that may come back is asked no more once it fails: each object would wait for it.
pub(crate) async fn look_up(
    engine: &Engine,
    context: &RunContext,
    plan: &[PlannedObject],
    places: Vec<usize>,
) -> HashMap<usize, Option<PlannedObject>> {
    let silent = AtomicBool::new(false);
    let silent = &silent;
    let look_ups = stream::iter(places).map(|place| async move {
        if silent.load(Ordering::Relaxed) {
            return None;
        }
        match context.source.current(&engine.net, &plan[place]).await {
            Ok(now) => Some((place, now)),
            Err(error) => {
                silent.fetch_or(error.kind.is_transient(), Ordering::Relaxed);
                None
            }
        }
    });
    look_ups.buffer_unordered(LOOK_UPS).filter_map(async |found| found).collect().await
}

/// A file whose rows were to be read again cannot be.
pub(crate) fn gone(path: &str) -> RunError {
    RunError::Unusable(format!("file `{path}` is not in the source any more: its rows stay as they are"))
}

/// Leaves out what was ingested, what failed too often, and what is named twice.
pub(crate) async fn without_known(
    engine: &Engine,
    run: &RunRow,
    listed: Vec<PlannedObject>,
) -> Result<Plan, StoreError> {
    let ids: Vec<String> = listed.iter().map(|object| object.object_id.clone()).collect();
    let mut tx = engine.store.read().await?;
    let ingested = tx.ingested_among(&run.flow_id, &ids).await?;
    let failures = tx.object_failures(&run.flow_id, &ids).await?;
    Ok(choose(listed, ingested, &failures))
}

async fn save(engine: &Engine, run: &RunRow, objects: &[PlannedObject]) -> Result<(), RunError> {
    let mut tx = engine.store.write().await?;
    if !tx.save_plan(&run.run_id, run.epoch, objects).await? {
        return Err(RunError::Fenced);
    }
    Ok(tx.commit().await?)
}

/// Puts `objects` in place of the stored plan.
pub(crate) async fn replace(engine: &Engine, run: &RunRow, objects: &[PlannedObject]) -> Result<(), RunError> {
    let mut tx = engine.store.write().await?;
    if !tx.replace_plan(&run.run_id, run.epoch, objects).await? {
        return Err(RunError::Fenced);
    }
    Ok(tx.commit().await?)
}

fn choose(listed: Vec<PlannedObject>, ingested: HashSet<String>, failures: &HashMap<String, ObjectFailure>) -> Plan {
    // A listing whose pages overlap names an object twice; the ledger would refuse the second one and with it the run.
    let mut known = ingested;
    let mut plan = Plan { objects: Vec::new(), left_out: Vec::new() };
    for object in listed {
        if !known.insert(object.object_id.clone()) {
            continue;
        }
        match failures.get(&object.object_id) {
            Some(failure) if failure.attempts >= MAX_OBJECT_FAILURES => {
                if plan.left_out.len() < MAX_NAMED {
                    plan.left_out.push(left_out(&object, failure));
                }
            }
            _ => plan.objects.push(object),
        }
    }
    plan
}

fn left_out(object: &PlannedObject, failure: &ObjectFailure) -> Finding {
    let (code, reason) = failure.last_error.split_once(": ").unwrap_or(("CONNECTOR-1001-500", &failure.last_error));
    let (key, attempts) = (&object.key, failure.attempts);
    Finding {
        code: code.to_owned(),
        message: format!(
            "file `{key}` was left out because it failed {attempts} times, at last with: {reason}. Upload it again to have it read again"
        ),
        record_count: None,
    }
}
