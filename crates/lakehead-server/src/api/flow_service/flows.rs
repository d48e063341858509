//! Flows: a source, a target, a mapping and a schedule.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use lakehead_engine::report;
use lakehead_model::action::Action;
use lakehead_model::connection::Connection;
use lakehead_model::dataset::Dataset;
use lakehead_model::flow::{Flow, MappingRef, NewFlow};
use lakehead_model::source_connection::SourceConnection;
use lakehead_model::state::{Mode, State as Life};
use lakehead_model::target_connection::TargetConnection;
use lakehead_model::{Id, Invalid, patch};
use lakehead_store::kinds::mapping_set_key;
use lakehead_store::{DocumentKind, Listed, Schedule, Tx};

use super::action::{self, StateAction};
use super::{answers, encryption, find, labels, list, search_body, specs};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::data_prep::mapping_check;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

const COLLECTION: &str = "flows";
const LISTED: Listed = Listed::Documents(DocumentKind::Flow);

/// `GET /flows`
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Response> {
    list::list(&app, &caller, LISTED, COLLECTION, &query).await
}

/// `GET /flows/{id}`
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Response> {
    find::shown(&app, &caller, LISTED, COLLECTION, &id).await
}

/// `POST /flows`: what it refers to must exist and fit together; then its schedule begins.
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    query: QueryPairs,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mode = Mode::parse(query.get("mode"))?;
    let rules = app.settings.schedule_rules();
    let spec_id = body["flowSpec"]["id"].as_str().unwrap_or_default();
    let own = specs::own_flow_spec(&mut app.store.read().await?, &caller, spec_id).await?;
    let input = NewFlow::parse(&body, mode, rules, &own)?;

    let mut tx = caller.write(&app).await?;
    let (source_id, target_id) = (input.source_connection_id, input.target_connection_id);
    let (source, target) = ends(&mut tx, &caller, source_id, target_id).await?;
    let now_ms = app.clock.now_ms();
    let flow = Flow::new(&input, mode, &source, &target, rules, &caller.scope, &caller.actor, now_ms)?;
    labels::check_given(&caller, &flow)?;
    check_mapping(&mut tx, &caller, &flow, &target).await?;
    encryption::check(&mut tx, &caller, &flow, now_ms).await?;
    tx.insert(&caller.scope, &flow).await?;
    link(&mut tx, &caller, &flow).await?;
    // A draft begins when it is published.
    if mode == Mode::Complete {
        tx.put_schedule(&first_schedule(&caller, &flow)?).await?;
    }
    let answer = answers::created(&app, COLLECTION, &flow.id.to_string(), &flow.etag);
    let answer = caller.commit(&app, tx, answer).await?;
    app.engine.wake();
    Ok(answer)
}

/// `PATCH /flows/{id}`
pub(super) async fn patch(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mut tx = caller.write(&app).await?;
    let current: Flow = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    labels::require(&caller, &current)?;
    answers::require_version(&headers, &current.etag)?;
    let operations = patch::parse(&body)?;
    let (source_id, target_id) = (current.source_after(&operations)?, target_of(&current)?);
    let (source, target) = ends(&mut tx, &caller, source_id, target_id).await?;
    let (rules, now_ms) = (app.settings.schedule_rules(), app.clock.now_ms());
    let own = specs::own_flow_spec(&mut tx, &caller, &current.flow_spec.id).await?;
    let changed = current.patch(&operations, &source, &target, rules, &own, &caller.actor, now_ms)?;
    labels::check_given(&caller, &changed)?;
    check_mapping(&mut tx, &caller, &changed, &target).await?;
    // A flow whose key has expired can still be changed otherwise.
    if changed.encryption()? != current.encryption()? {
        encryption::check(&mut tx, &caller, &changed, now_ms).await?;
    }
    tx.replace(&caller.scope, &changed, &current.etag).await?;
    tx.unlink_all(&caller.scope, (DocumentKind::Flow, &changed.id.to_string())).await?;
    link(&mut tx, &caller, &changed).await?;
    if changed.state != Life::Draft && changed.schedule_params != current.schedule_params {
        let schedule = next_schedule(&mut tx, &caller, &changed).await?;
        tx.put_schedule(&schedule).await?;
    }
    tx.commit().await?;
    app.engine.wake();
    Ok(answers::changed(&changed.id.to_string(), &changed.etag))
}

/// `DELETE /flows/{id}`: runs that are under way are fenced; nothing of them lands.
pub(super) async fn delete(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    let mut tx = caller.write(&app).await?;
    let flow: Flow = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    labels::require(&caller, &flow)?;
    answers::allow_version(&headers, &flow.etag)?;
    let id = flow.id.to_string();
    let now_ms = tx.now_ms().await?;
    for run in tx.fence_flow(&caller.scope, &id).await? {
        tx.set_run_doc(&caller.scope, &run.run_id, &report::deleted(&run, now_ms)).await?;
    }
    tx.delete_schedule(&caller.scope, &id).await?;
    tx.unlink_all(&caller.scope, (DocumentKind::Flow, &id)).await?;
    tx.delete::<Flow>(&caller.scope, &id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /flows/{id}/action?op=enable|disable|publish|finalize|finalize_update`; `If-Match` may be sent.
pub(super) async fn act(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
    headers: HeaderMap,
    body: StateAction,
) -> Answer<Response> {
    let allowed = [Action::Enable, Action::Disable, Action::Publish, Action::Finalize, Action::FinalizeUpdate];
    let request = action::read(&caller, &query, &body, &allowed)?;
    let mut tx = caller.write(&app).await?;
    let current: Flow = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    labels::require(&caller, &current)?;
    answers::allow_version(&headers, &current.etag)?;
    let changed = match request.action {
        Action::Enable => enable(&app, &caller, &mut tx, &current).await?,
        Action::Disable => disable(&app, &caller, &mut tx, &current).await?,
        Action::Finalize | Action::FinalizeUpdate => {
            request.check_provider(current.state)?;
            let changed = current.reported(&request.report, &caller.actor, app.clock.now_ms());
            tx.replace(&caller.scope, &changed, &current.etag).await?;
            changed
        }
        Action::Publish | Action::ReTrigger | Action::Undo | Action::Redo | Action::Cancel => {
            publish(&app, &caller, &mut tx, &current).await?
        }
    };
    tx.commit().await?;
    app.engine.wake();
    Ok(answers::changed(&changed.id.to_string(), &changed.etag))
}

/// The schedule goes on with the next slot: those that were missed at rest are not made up for.
async fn enable(app: &App, caller: &Caller, tx: &mut Tx, current: &Flow) -> Answer<Flow> {
    let mut changed = current.clone();
    changed.set_enabled(true, &caller.actor, app.clock.now_ms())?;
    tx.because("enable");
    tx.replace(&caller.scope, &changed, &current.etag).await?;
    // Enabling what is enabled must not skip a slot that is due at this moment.
    if current.state == Life::Disabled {
        let schedule = next_schedule(tx, caller, &changed).await?;
        tx.put_schedule(&schedule).await?;
    }
    Ok(changed)
}

/// Runs that wait are stopped, a run that works goes on to its end.
async fn disable(app: &App, caller: &Caller, tx: &mut Tx, current: &Flow) -> Answer<Flow> {
    let mut changed = current.clone();
    changed.set_enabled(false, &caller.actor, app.clock.now_ms())?;
    let id = changed.id.to_string();
    tx.because("disable");
    tx.replace(&caller.scope, &changed, &current.etag).await?;
    tx.set_schedule_enabled(&caller.scope, &id, false).await?;
    let now_ms = tx.now_ms().await?;
    for run in tx.stop_waiting_runs(&caller.scope, &id).await? {
        tx.set_run_doc(&caller.scope, &run.run_id, &report::stopped(&run, now_ms)).await?;
    }
    Ok(changed)
}

/// A draft is checked like a new flow; then its schedule begins.
async fn publish(app: &App, caller: &Caller, tx: &mut Tx, current: &Flow) -> Answer<Flow> {
    let (source, target) = ends(tx, caller, source_of(current)?, target_of(current)?).await?;
    let rules = app.settings.schedule_rules();
    let own = specs::own_flow_spec(tx, caller, &current.flow_spec.id).await?;
    let published = current.publish(&source, &target, rules, &own, &caller.actor, app.clock.now_ms())?;
    check_mapping(tx, caller, &published, &target).await?;
    encryption::check(tx, caller, &published, app.clock.now_ms()).await?;
    tx.because("publish");
    tx.replace(&caller.scope, &published, &current.etag).await?;
    tx.put_schedule(&first_schedule(caller, &published)?).await?;
    Ok(published)
}

/// `POST /flows/search`
pub(super) async fn search(
    caller: Caller,
    State(app): State<App>,
    query: QueryPairs,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    search_body::check_sandboxes(&headers, &caller)?;
    list::search(&app, &caller, LISTED, "flows/search", &search_body::as_query(&query, &body)?).await
}

/// Source and target of a flow. The connection under the source must be there too.
async fn ends(
    tx: &mut Tx,
    caller: &Caller,
    source: Id<SourceConnection>,
    target: Id<TargetConnection>,
) -> Answer<(SourceConnection, TargetConnection)> {
    let (source, target) = (source.to_string(), target.to_string());
    let source = tx
        .get::<SourceConnection>(&caller.scope, &source)
        .await?
        .ok_or_else(|| unknown("sourceConnectionIds", &source, "source connection"))?;
    let target = tx
        .get::<TargetConnection>(&caller.scope, &target)
        .await?
        .ok_or_else(|| unknown("targetConnectionIds", &target, "target connection"))?;
    let base = source.base_connection_id.to_string();
    if tx.get::<Connection>(&caller.scope, &base).await?.is_none() {
        return Err(unknown("baseConnectionId", &base, "connection"));
    }
    Ok((source, target))
}

fn source_of(flow: &Flow) -> Answer<Id<SourceConnection>> {
    let missing = || Invalid::new("CONNECTOR-1395-400", "the flow has no source connection: make a new flow");
    Ok(flow.source_connection_ids.first().copied().ok_or_else(missing)?)
}

pub(super) fn target_of(flow: &Flow) -> Answer<Id<TargetConnection>> {
    let missing = || Invalid::new("CONNECTOR-1324-400", "the flow has no target connection: make a new flow");
    Ok(flow.target_connection_ids.first().copied().ok_or_else(missing)?)
}

/// The mapping set exists in this version, is for the dataset's schema, every destination exists, and the caller may write it.
async fn check_mapping(tx: &mut Tx, caller: &Caller, flow: &Flow, target: &TargetConnection) -> Answer<()> {
    check_mapping_as(tx, caller, flow, flow.mapping()?, target).await
}

/// The same with another version of its mapping set.
pub(super) async fn check_mapping_as(
    tx: &mut Tx,
    caller: &Caller,
    flow: &Flow,
    mapping: Option<MappingRef>,
    target: &TargetConnection,
) -> Answer<()> {
    let set = match mapping {
        None => None,
        Some(mapping) => {
            let set = tx.mapping_set(&caller.scope, &mapping.id, Some(mapping.version)).await?;
            Some(set.ok_or_else(|| no_version(&mapping))?)
        }
    };
    // Only a draft has a target that does not say yet where the rows go.
    if flow.state == Life::Draft && target.data_set_id().is_empty() {
        return Ok(());
    }
    let Some(dataset) = tx.get::<Dataset>(&caller.scope, target.data_set_id()).await? else {
        if set.is_none() {
            return Ok(());
        }
        return Err(unknown("params.dataSetId", target.data_set_id(), "dataset"));
    };
    let schema = &dataset.schema_ref.id;
    if let Some(set) = &set {
        if set.content.schema_ref.id != *schema {
            return Err(Problem::new(
                "FLOW-1425-400",
                format!(
                    "the dataset has schema `{schema}`, the mapping set is for `{}`; they must be the same",
                    set.content.schema_ref.id
                ),
            ));
        }
        mapping_check::against_schema(tx, &caller.scope, &set.content).await?;
    }
    labels::check_written(tx, caller, schema, set.as_ref().map(|set| &set.content)).await
}

fn no_version(mapping: &MappingRef) -> Problem {
    let (id, version) = (shorten(&mapping.id), mapping.version);
    let message = format!("mapping set `{id}` has no version {version}; check `mappingId` and `mappingVersion`");
    Problem::new("FLOW-1412-400", message)
}

async fn link(tx: &mut Tx, caller: &Caller, flow: &Flow) -> Answer<()> {
    let id = flow.id.to_string();
    let own = (DocumentKind::Flow, id.as_str());
    for source in &flow.source_connection_ids {
        tx.link(&caller.scope, own, (DocumentKind::SourceConnection, &source.to_string())).await?;
    }
    for target in &flow.target_connection_ids {
        tx.link(&caller.scope, own, (DocumentKind::TargetConnection, &target.to_string())).await?;
    }
    if let Some(mapping) = flow.mapping()? {
        let stored = mapping_set_key(&mapping.id, mapping.version);
        tx.link(&caller.scope, own, (DocumentKind::MappingSet, &stored)).await?;
    }
    for key in encryption::keys(flow)? {
        tx.link(&caller.scope, own, (DocumentKind::EncryptionKey, &key)).await?;
    }
    Ok(())
}

fn first_schedule(caller: &Caller, flow: &Flow) -> Answer<Schedule> {
    let params = flow.schedule()?;
    Ok(Schedule {
        scope: caller.scope.clone(),
        flow_id: flow.id.to_string(),
        start_s: params.start_time,
        interval_s: params.period_s(),
        next_slot: 0,
        next_due_ms: Some(params.start_time.saturating_mul(1000)),
        enabled: true,
    })
}

/// The schedule from the next slot on. Slots keep counting: one that had its run never gets another, whatever the
/// interval becomes.
async fn next_schedule(tx: &mut Tx, caller: &Caller, flow: &Flow) -> Answer<Schedule> {
    let params = flow.schedule()?;
    let next = params.next_slot(tx.now_ms().await?.div_euclid(1000));
    Ok(Schedule {
        scope: caller.scope.clone(),
        flow_id: flow.id.to_string(),
        start_s: params.start_time,
        interval_s: params.period_s(),
        next_slot: next.as_ref().map_or(0, |slot| slot.n),
        next_due_ms: next.map(|slot| slot.at_s.saturating_mul(1000)),
        enabled: flow.state == Life::Enabled,
    })
}

fn unknown(field: &str, id: &str, what: &str) -> Problem {
    let id = shorten(id);
    Problem::new("FLOW-1101-404", format!("`{field}` `{id}` is not a {what} of this sandbox; create one first"))
}
