//! Runs: what happened, and a run on demand.

mod changes;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use lakehead_engine::report;
use lakehead_model::action::Action;
use lakehead_model::batch::of_run_owner;
use lakehead_model::flow::Flow;
use lakehead_model::run::{NewRun as RunRequest, Run, RunUpdate, RunWindow, noted};
use lakehead_model::specs::{check_run_params, flow_spec};
use lakehead_model::state::State as FlowState;
use lakehead_model::{Etag, Id, Invalid, Scope};
use lakehead_store::{Listed, NewRun, RunRow, RunState, StoreError, Tx};
use serde_json::{Value, json};

use super::action::{self, StateAction};
use super::{answers, find, labels, list, specs};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

const COLLECTION: &str = "runs";

/// `GET /runs`
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Response> {
    list::list(&app, &caller, Listed::Runs, COLLECTION, &query).await
}

/// `GET /runs/{id}`
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Response> {
    find::shown(&app, &caller, Listed::Runs, COLLECTION, &id).await
}

/// `POST /runs`: runs a flow now, or at `params.startTime`, whatever its schedule says.
pub(super) async fn create(caller: Caller, State(app): State<App>, JsonBody(body): JsonBody) -> Answer<Response> {
    let request = RunRequest::parse(&body)?;
    let flow_id = request.flow_id.to_string();

    let mut tx = caller.write(&app).await?;
    let flow = enabled_flow(&mut tx, &caller.scope, &flow_id).await.map_err(|problem| match problem {
        NoFlow::Disabled(message) => Problem::new("FLOW-1444-400", message),
        NoFlow::Other(problem) => problem,
    })?;
    labels::require(&caller, &flow)?;
    let own = specs::own_flow_spec(&mut tx, &caller, &flow.flow_spec.id).await?;
    let spec = flow_spec(&flow.flow_spec, &own)?;
    request.check_flow(&flow, spec)?;
    if let Some(params) = body["params"].as_object() {
        check_run_params(spec, params)?;
    }
    let now_ms = tx.now_ms().await?;
    let run = new_run(&app, &caller, &flow, &request, json!({}), now_ms)?;
    tx.insert_run(&run).await?;
    let pair = json!({ "id": run.run_id, "etag": run.etag });
    let body = json!({ "id": run.run_id, "etag": run.etag, "items": [pair] });
    let answer = caller.commit(&app, tx, answers::created_as(&app, COLLECTION, &run.run_id, &run.etag, body)).await?;
    app.engine.wake();
    Ok(answer)
}

/// `POST /runs/{id}/action?op=RE_TRIGGER`: another run of the same flow over the same window. The ledger decides what
/// it reads, so nothing lands twice. `op=CANCEL` ends a run that waits or works; nothing of it lands.
pub(super) async fn act(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
    headers: HeaderMap,
    body: StateAction,
) -> Answer<Response> {
    let known = [Action::ReTrigger, Action::Cancel, Action::Undo, Action::Redo];
    let asked = action::read(&caller, &query, &body, &known)?;
    let mut tx = caller.write(&app).await?;
    let run = find_run(&mut tx, &caller.scope, &id).await?;
    labels::require_of_run(&mut tx, &caller, &run.flow_id).await?;
    answers::allow_version(&headers, &run.etag)?;
    if asked.action == Action::Cancel {
        return cancel(&caller, tx, &run).await;
    }
    if !matches!(run.state, RunState::Success | RunState::Failed) {
        let message = format!("run `{}` is `{}`; only a finished run can be run again", run.run_id, run.state.as_str());
        return Err(Invalid::new("CONNECTOR-1387-400", message).into());
    }
    if asked.action != Action::ReTrigger {
        return changes::act(&app, &caller, tx, run, asked.action == Action::Redo, &query).await;
    }
    let flow = enabled_flow(&mut tx, &caller.scope, &run.flow_id).await.map_err(|problem| match problem {
        NoFlow::Disabled(message) => Invalid::new("CONNECTOR-1388-400", message).into(),
        NoFlow::Other(problem) => problem,
    })?;
    let time = |name: &str| run.params[name].as_i64();
    let window = time("windowStartTime").zip(time("windowEndTime"));
    let window = window.map(|(start_s, end_s)| RunWindow { start_s, end_s });
    let request = RunRequest { flow_id: flow.id, start_time: None, window };
    let now_ms = tx.now_ms().await?;
    let again = new_run(&app, &caller, &flow, &request, json!({ "parentFlowRunId": run.run_id }), now_ms)?;
    follow_up(&app, &caller, tx, run, &again).await
}

/// Stores a run that another one gave rise to, and answers it.
async fn follow_up(app: &App, caller: &Caller, mut tx: Tx, parent: RunRow, child: &NewRun) -> Answer<Response> {
    tx.insert_run(child).await?;
    note_child(&mut tx, &caller.scope, parent, &child.run_id).await?;
    let made = find_run(&mut tx, &caller.scope, &child.run_id).await?;
    tx.commit().await?;
    app.engine.wake();
    Ok(answers::changed_as(&made.etag, made.shown()))
}

/// The fence closes with this transaction: what the run's worker still writes is never seen, and the worker ends.
async fn cancel(caller: &Caller, mut tx: Tx, run: &RunRow) -> Answer<Response> {
    let now_ms = tx.now_ms().await?;
    let Some(ended) = tx.cancel_run(&caller.scope, &run.run_id).await? else {
        let message =
            format!("run `{}` is `{}`; only a run that has not ended can be cancelled", run.run_id, run.state.as_str());
        return Err(Invalid::new("CONNECTOR-1387-400", message).into());
    };
    let mut doc = report::cancelled(&ended, now_ms);
    doc["updatedBy"] = json!(caller.actor.user);
    doc["updatedClient"] = json!(caller.actor.client);
    tx.set_run_doc(&caller.scope, &ended.run_id, &doc).await?;
    let shown = find_run(&mut tx, &caller.scope, &ended.run_id).await?;
    tx.commit().await?;
    Ok(answers::changed_as(&shown.etag, shown.shown()))
}

/// The run that is run again tells of it, as long as its list of children has room.
async fn note_child(tx: &mut Tx, scope: &Scope, parent: RunRow, child: &str) -> Answer<()> {
    let (mut params, mut doc) = (parent.params, parent.doc);
    let children = &mut params[noted::MEMBERS]["childFlowRunIds"];
    if !children.is_array() {
        *children = json!([]);
    }
    if let Some(children) = children.as_array_mut().filter(|children| children.len() < noted::MAX_LINKS) {
        children.push(json!(child));
        noted::put_links(&mut doc, &params);
        tx.note_run(scope, &parent.run_id, &parent.etag, &params, &doc).await?;
    }
    Ok(())
}

/// `PUT /runs/{id}`: what another system knows of a run. What was measured here cannot be changed.
pub(super) async fn put(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    if !caller.is_service {
        let message = "`PUT` of a run is for services only; use a service token";
        return Err(Problem::new("FLOW-1427-400", message));
    }
    let update = RunUpdate::parse(&body)?;
    let mut tx = caller.write(&app).await?;
    let run = find_run(&mut tx, &caller.scope, &id).await?;
    labels::require_of_run(&mut tx, &caller, &run.flow_id).await?;
    answers::require_version(&headers, &run.etag)?;
    update.check_flow(&run.flow_id)?;
    check_links(&mut tx, &caller.scope, &update).await?;
    let params = update.apply(&run.doc, &run.params)?;
    let mut doc = run.doc;
    noted::put_links(&mut doc, &params);
    doc["updatedAt"] = tx.now_ms().await?.into();
    doc["updatedBy"] = json!(caller.actor.user);
    doc["updatedClient"] = json!(caller.actor.client);
    tx.note_run(&caller.scope, &run.run_id, &run.etag, &params, &doc).await?;
    let changed = find_run(&mut tx, &caller.scope, &run.run_id).await?;
    tx.commit().await?;
    Ok(answers::changed_as(&changed.etag, changed.shown()))
}

/// What a note refers to is there. Codes: `FLOW-1428-400` no such predecessor, `FLOW-1429-400` of no such flow,
/// `CONNECTOR-1312-400` no such parent or child.
async fn check_links(tx: &mut Tx, scope: &Scope, update: &RunUpdate) -> Answer<()> {
    for (flow_id, run_id) in &update.predecessors {
        if let Some(run_id) = run_id
            && tx.run(scope, run_id).await?.is_none()
        {
            let message =
                format!("`predecessors.flowRunId` `{}` is not a run of this sandbox; check the id", shorten(run_id));
            return Err(Problem::new("FLOW-1428-400", message));
        }
        if let Some(flow_id) = flow_id
            && tx.get::<Flow>(scope, flow_id).await?.is_none()
        {
            let message =
                format!("`predecessors.flowId` `{}` is not a flow of this sandbox; check the id", shorten(flow_id));
            return Err(Problem::new("FLOW-1429-400", message));
        }
    }
    for id in &update.relatives {
        if tx.run(scope, id).await?.is_none() {
            let why = format!("`{}` is not a run of this sandbox", shorten(id));
            return Err(Invalid::value("parentFlowRunId` or `childFlowRunIds", &why).into());
        }
    }
    Ok(())
}

async fn find_run(tx: &mut Tx, scope: &Scope, id: &str) -> Answer<RunRow> {
    let normal = id.to_ascii_lowercase();
    let run = if find::is_uuid(&normal) { tx.run(scope, &normal).await? } else { None };
    let of_flow = run.filter(|run| of_run_owner(&run.flow_id).is_none());
    of_flow.ok_or_else(|| Problem::not_found(COLLECTION, id))
}

/// Why a flow cannot run.
enum NoFlow {
    Disabled(String),
    Other(Problem),
}

impl From<StoreError> for NoFlow {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

async fn enabled_flow(tx: &mut Tx, scope: &Scope, flow_id: &str) -> Result<Flow, NoFlow> {
    let flow = tx.get::<Flow>(scope, flow_id).await?.ok_or_else(|| {
        let message = format!("flow `{flow_id}` is not found; check the id and the sandbox");
        NoFlow::Other(Problem::new("FLOW-1430-400", message))
    })?;
    require_enabled(&flow).map_err(NoFlow::Disabled)?;
    Ok(flow)
}

/// Why a flow does not run.
fn require_enabled(flow: &Flow) -> Result<(), String> {
    match flow.state {
        FlowState::Enabled => Ok(()),
        FlowState::Draft => Err(format!("flow `{}` is a draft; publish it first", flow.id)),
        FlowState::Disabled => Err(format!("flow `{}` is not enabled; enable it first", flow.id)),
    }
}

/// A run to be stored; `members` is what is noted of it from the start.
fn new_run(
    app: &App,
    caller: &Caller,
    flow: &Flow,
    request: &RunRequest,
    members: Value,
    now_ms: i64,
) -> Answer<NewRun> {
    let run_id = Id::<Run>::generate().to_string();
    let etag = Etag::generate();
    let made = report::Made { scope: &caller.scope, by: &caller.actor, at_ms: now_ms };
    let mut doc = report::scheduled(&run_id, flow, made, &etag, &app.public_url)
        .ok_or_else(|| Problem::new("FLOW-1444-400", "the flow has no source or target connection"))?;
    let mut params = request.params();
    params[noted::MEMBERS] = members;
    noted::put_links(&mut doc, &params);
    Ok(NewRun {
        slot: format!("demand:{run_id}"),
        run_id,
        flow_id: flow.id.to_string(),
        scope: caller.scope.clone(),
        due_ms: request.start_time.map_or(now_ms, |start_s| start_s.saturating_mul(1000)).max(now_ms),
        params,
        etag,
        created_at_ms: now_ms,
        doc,
    })
}
