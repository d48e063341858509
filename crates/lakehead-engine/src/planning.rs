//! What a run reads: the selection as it is listed, without what the ledger has. Stored before anything is read.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use lakehead_connect::connector::ConnectError;
use lakehead_model::fault::FaultPoint;
use lakehead_model::plan::PlannedObject;
use lakehead_store::{ObjectFailure, RunRow, StoreError};

use crate::Engine;
use crate::context::RunContext;
use crate::run_error::RunError;
use crate::settle::Finding;

/// Runs in which an object may fail before later runs leave it out.
const MAX_OBJECT_FAILURES: i64 = 10;
/// Objects left out that a run names one by one.
const MAX_NAMED: usize = 100;
/// Waits between tries to reach a source that may come back. The connector has its own, shorter ones.
pub(crate) const SOURCE_PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

/// The plan of a run.
pub(crate) struct Plan {
    pub(crate) objects: Vec<PlannedObject>,
    /// What is said of objects that failed too often to be read again.
    pub(crate) left_out: Vec<Finding>,
}

/// The stored plan, or a new one: everything selected that the ledger does not have.
pub(crate) async fn plan(engine: &Engine, run: &RunRow, context: &RunContext) -> Result<Plan, RunError> {
    if let Some(objects) = engine.store.read().await?.plan(&run.run_id).await? {
        return Ok(Plan { objects, left_out: Vec::new() });
    }
    let listed = list(engine, run, context).await?;
    if context.keys.is_some() {
        check_flat(&listed)?;
    }
    let plan = without_known(engine, run, listed).await?;
    FaultPoint::PlanBeforePersist.hit();
    let mut tx = engine.store.write().await?;
    if !tx.save_plan(&run.run_id, run.epoch, &plan.objects).await? {
        return Err(RunError::Fenced);
    }
    tx.commit().await?;
    FaultPoint::PlanAfterPersist.hit();
    Ok(plan)
}

/// Encrypted files are read from one folder, as documented.
fn check_flat(listed: &[PlannedObject]) -> Result<(), RunError> {
    let folder = |object: &PlannedObject| {
        let (folder, _) = object.key.rsplit_once('/').unwrap_or_default();
        (object.container.clone(), folder.to_owned())
    };
    let Some(first) = listed.first().map(folder) else { return Ok(()) };
    match listed.iter().find(|object| folder(object) != first) {
        None => Ok(()),
        Some(other) => Err(RunError::Unusable(format!(
            "encrypted files are read from one folder, and the path also matches `{}` outside of `{}`: select files of one folder",
            other.key, first.1
        ))),
    }
}

/// Lists the selection. A source that may come back is asked again a few times.
pub(crate) async fn list(
    engine: &Engine,
    run: &RunRow,
    context: &RunContext,
) -> Result<Vec<PlannedObject>, ConnectError> {
    for pause in SOURCE_PAUSES {
        match context.source.list(&engine.net).await {
            Err(error) if error.kind.is_transient() => {
                tracing::warn!(flow.id = %run.flow_id, %error, "the source cannot be listed; trying again");
            }
            listed => return listed,
        }
        tokio::time::sleep(pause).await;
    }
    context.source.list(&engine.net).await
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
