//! `op=undo` and `op=redo` of a run: what it brought is taken out of the table, or read again and put in its place. Runs of
//! their own do it; extensions of ours.

use axum::response::Response;
use lakehead_model::Invalid;
use lakehead_model::batch::BatchStatus;
use lakehead_model::flow::{Flow, MappingRef};
use lakehead_model::run::NewRun as RunRequest;
use lakehead_model::run::change::{Change, ObjectPath};
use lakehead_model::target_connection::TargetConnection;
use lakehead_store::{RunRow, Tx};
use serde_json::json;

use super::{COLLECTION, follow_up, new_run};
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::flow_service::{find, flows};
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Stores the run that undoes or redoes what `run` brought.
pub(super) async fn act(
    app: &App,
    caller: &Caller,
    mut tx: Tx,
    run: RunRow,
    redo: bool,
    query: &QueryPairs,
) -> Answer<Response> {
    let flow: Flow = find::document(&mut tx, &caller.scope, COLLECTION, &run.flow_id).await?;
    let change = Change {
        redo,
        batch_id: batch(&mut tx, caller, &run, redo).await?,
        object: query.get("path").map(ObjectPath::parse).transpose()?,
        mapping_version: version(query, redo)?,
    };
    if let Some(object) = &change.object
        && !tx.batch_has_object(&change.batch_id, &object.container, &object.key).await?
    {
        let why = format!("`{}` is no file that run `{}` brought rows of", shorten(&object.shown()), run.run_id);
        return Err(Invalid::value("path", &why).into());
    }
    if redo {
        check_redo(&mut tx, caller, &flow, &change).await?;
    }
    let request = RunRequest { flow_id: flow.id, start_time: None, window: None };
    let now_ms = tx.now_ms().await?;
    let mut made = new_run(app, caller, &flow, &request, json!({ "parentFlowRunId": run.run_id }), now_ms)?;
    made.slot = change.slot(&made.run_id);
    change.put(&mut made.params);
    follow_up(app, caller, tx, run, &made).await
}

/// The batch that the run made, as long as there is something to do with it.
async fn batch(tx: &mut Tx, caller: &Caller, run: &RunRow, redo: bool) -> Answer<String> {
    let batch = tx.batch_of_run(&caller.scope, &run.run_id).await?;
    let landed = |status| status == BatchStatus::Success || status == BatchStatus::Inactive;
    let batch = batch.filter(|batch| landed(batch.state())).ok_or_else(|| {
        let what = if redo { "redo" } else { "undo" };
        let message = format!("run `{}` brought no rows: there is nothing to {what}", run.run_id);
        Problem::from(Invalid::new("CONNECTOR-1387-400", message))
    })?;
    Ok(batch.batch_id)
}

fn version(query: &QueryPairs, redo: bool) -> Result<Option<i64>, Invalid> {
    let Some(text) = query.get("mappingVersion") else { return Ok(None) };
    let version = text.trim().parse::<i64>().ok().filter(|version| redo && *version >= 0);
    version
        .map(Some)
        .ok_or_else(|| Invalid::value("mappingVersion", "a version of the mapping set is expected, for `redo`"))
}

/// What is read again goes the way of every run: through an enabled flow and a mapping that fits.
async fn check_redo(tx: &mut Tx, caller: &Caller, flow: &Flow, change: &Change) -> Answer<()> {
    super::require_enabled(flow).map_err(|message| Invalid::new("CONNECTOR-1388-400", message))?;
    let Some(version) = change.mapping_version else { return Ok(()) };
    let Some(mapping) = flow.mapping()? else {
        return Err(Invalid::value("mappingVersion", "the flow has no mapping").into());
    };
    let target = flows::target_of(flow)?.to_string();
    let target = tx.get::<TargetConnection>(&caller.scope, &target).await?;
    let target =
        target.ok_or_else(|| Invalid::new("CONNECTOR-1324-400", "the flow has no target connection any more"))?;
    flows::check_mapping_as(tx, caller, flow, Some(MappingRef { version, ..mapping }), &target).await
}
