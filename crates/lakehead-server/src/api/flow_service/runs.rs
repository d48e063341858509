//! Runs: what happened, and a run on demand.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use lakehead_engine::report;
use lakehead_model::flow::Flow;
use lakehead_model::run::{NewRun as RunRequest, Run};
use lakehead_model::state::State as FlowState;
use lakehead_model::{Etag, Id, Scope};
use lakehead_store::{NewRun, PageKey, RunRow, Tx};
use serde_json::{Value, json};

use super::list::{Filter, Source};
use super::{answers, find, list};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

const COLLECTION: &str = "runs";

/// `GET /runs[?property=flowId==…]`: a filter on the flow is answered from an index.
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let filter = Filter::parse(&query)?;
    let flow_id = filter.query.equals("flowId").map(str::to_owned);
    let mut source = Runs { tx: app.store.read().await?, scope: &caller.scope, flow_id };
    list::list(&filter, COLLECTION, &mut source).await
}

/// `GET /runs/{id}`
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Response> {
    let normal = id.to_ascii_lowercase();
    let run = if find::is_uuid(&normal) { app.store.read().await?.run(&caller.scope, &normal).await? } else { None };
    let run = run.ok_or_else(|| Problem::not_found(COLLECTION, &id))?;
    Ok(answers::one(&shown(&run), &run.etag))
}

/// `POST /runs`: runs a flow now, or at `params.startTime`, whatever its schedule says.
pub(super) async fn create(caller: Caller, State(app): State<App>, JsonBody(body): JsonBody) -> Answer<Response> {
    let request = RunRequest::parse(&body)?;
    let flow_id = request.flow_id.to_string();

    let mut tx = caller.write(&app).await?;
    let flow = tx.get::<Flow>(&caller.scope, &flow_id).await?.ok_or_else(|| {
        Problem::new("FLOW-1430-400", format!("flow `{flow_id}` is not found; check the id and the sandbox"))
    })?;
    request.check_flow(&flow)?;
    if flow.state != FlowState::Enabled {
        return Err(Problem::new("FLOW-1444-400", format!("flow `{flow_id}` is not enabled; enable it first")));
    }
    let now_ms = tx.now_ms().await?;
    let run = new_run(&app, &caller, &flow, &request, now_ms)?;
    tx.insert_run(&run).await?;
    tx.commit().await?;
    app.engine.wake();

    let pair = json!({ "id": run.run_id, "etag": run.etag });
    let body = json!({ "id": run.run_id, "etag": run.etag, "items": [pair] });
    Ok(answers::created_as(&app, COLLECTION, &run.run_id, &run.etag, body))
}

fn new_run(app: &App, caller: &Caller, flow: &Flow, request: &RunRequest, now_ms: i64) -> Answer<NewRun> {
    let run_id = Id::<Run>::generate().to_string();
    let etag = Etag::generate();
    let doc = report::scheduled(&run_id, flow, &caller.scope, &etag, &app.public_url, now_ms)
        .ok_or_else(|| Problem::new("FLOW-1444-400", "the flow has no source or target connection"))?;
    let params = request
        .window
        .map_or(json!({}), |window| json!({ "windowStartTime": window.start_s, "windowEndTime": window.end_s }));
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

/// The run document with what the row knows better.
fn shown(run: &RunRow) -> Value {
    let mut doc = run.doc.clone();
    doc["etag"] = json!(run.etag);
    doc["version"] = json!(run.etag);
    doc
}

struct Runs<'a> {
    tx: Tx,
    scope: &'a Scope,
    flow_id: Option<String>,
}

impl Source for Runs<'_> {
    async fn next(&mut self, after: Option<&PageKey>, limit: u32) -> Answer<Vec<(PageKey, Value)>> {
        let runs = self.tx.runs(self.scope, self.flow_id.as_deref(), after, limit).await?;
        let key = |run: &RunRow| PageKey { created_at_ms: run.created_at_ms, id: run.run_id.clone() };
        Ok(runs.iter().map(|run| (key(run), shown(run))).collect())
    }
}
