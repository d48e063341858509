//! Target connections: the dataset that receives the rows.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use lakehead_model::action::Action;
use lakehead_model::connection::Connection;
use lakehead_model::dataset::Dataset;
use lakehead_model::state::Mode;
use lakehead_model::target_connection::{NewTargetConnection, TargetConnection};
use lakehead_model::{Invalid, patch, specs};
use lakehead_store::{DocumentKind, Listed, Tx};

use super::action::{self, StateAction};
use super::{answers, find, list};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

const COLLECTION: &str = "targetConnections";
const LISTED: Listed = Listed::Documents(DocumentKind::TargetConnection);

/// `GET /targetConnections`
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Response> {
    list::list(&app, &caller, LISTED, COLLECTION, &query).await
}

/// `GET /targetConnections/{id}`
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Response> {
    find::shown(&app, &caller, LISTED, COLLECTION, &id).await
}

/// `POST /targetConnections`
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    query: QueryPairs,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mode = Mode::parse(query.get("mode"))?;
    let input = NewTargetConnection::parse(&body, mode)?;

    let mut tx = caller.write(&app).await?;
    let dataset = dataset_of(&mut tx, &caller, &input).await?;
    check_base(&mut tx, &caller, mode, &input).await?;
    let target =
        TargetConnection::new(&input, mode, dataset.as_ref(), &caller.scope, &caller.actor, app.clock.now_ms())?;
    let id = target.id.to_string();
    tx.insert(&caller.scope, &target).await?;
    link(&mut tx, &caller, &target, dataset.as_ref()).await?;
    caller.commit(&app, tx, answers::created(&app, COLLECTION, &id, &target.etag)).await
}

/// `PATCH /targetConnections/{id}`
pub(super) async fn patch(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mut tx = caller.write(&app).await?;
    let current: TargetConnection = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    answers::require_version(&headers, &current.etag)?;
    let input = current.patch(&patch::parse(&body)?)?;
    let dataset = dataset_of(&mut tx, &caller, &input).await?;
    let changed = current.patched(input, dataset.as_ref(), &caller.actor, app.clock.now_ms())?;
    let id = changed.id.to_string();
    tx.replace(&caller.scope, &changed, &current.etag).await?;
    tx.unlink_all(&caller.scope, (DocumentKind::TargetConnection, &id)).await?;
    link(&mut tx, &caller, &changed, dataset.as_ref()).await?;
    tx.commit().await?;
    Ok(answers::changed(&id, &changed.etag))
}

/// `POST /targetConnections/{id}/action?op=publish`
pub(super) async fn act(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
    headers: HeaderMap,
    body: StateAction,
) -> Answer<Response> {
    action::read(&caller, &query, &body, &[Action::Publish])?;
    let mut tx = caller.write(&app).await?;
    let current: TargetConnection = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    answers::allow_version(&headers, &current.etag)?;
    let input = current.publish()?;
    let dataset = dataset_of(&mut tx, &caller, &input).await?.ok_or_else(|| input.unknown_dataset())?;
    check_base(&mut tx, &caller, Mode::Complete, &input).await?;
    let published = current.published(input, &dataset, &caller.actor, app.clock.now_ms())?;
    tx.because("publish");
    tx.replace(&caller.scope, &published, &current.etag).await?;
    tx.commit().await?;
    Ok(answers::changed(&published.id.to_string(), &published.etag))
}

/// Notes which dataset and which base connection a target connection points at.
async fn link(tx: &mut Tx, caller: &Caller, target: &TargetConnection, dataset: Option<&Dataset>) -> Answer<()> {
    let id = target.id.to_string();
    let own = (DocumentKind::TargetConnection, id.as_str());
    if let Some(dataset) = dataset {
        tx.link(&caller.scope, own, (DocumentKind::Dataset, &dataset.id)).await?;
    }
    if let Some(base) = &target.base_connection_id {
        tx.link(&caller.scope, own, (DocumentKind::Connection, &base.to_string())).await?;
    }
    Ok(())
}

/// `DELETE /targetConnections/{id}`: refused while a flow writes to it.
pub(super) async fn delete(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    let mut tx = caller.write(&app).await?;
    let target: TargetConnection = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    answers::allow_version(&headers, &target.etag)?;
    let id = target.id.to_string();
    let own = (DocumentKind::TargetConnection, id.as_str());
    if let Some((_, flow)) = tx.referrers(&caller.scope, own).await?.first() {
        return Err(Problem::in_use("target connection", &id, flow));
    }
    tx.unlink_all(&caller.scope, own).await?;
    tx.delete::<TargetConnection>(&caller.scope, &id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A base connection is optional; where one is named, it is one of the data lake.
async fn check_base(tx: &mut Tx, caller: &Caller, mode: Mode, input: &NewTargetConnection) -> Answer<()> {
    let Some(base_id) = &input.base_connection_id else { return Ok(()) };
    let base_id = base_id.to_string();
    let Some(base) = tx.get::<Connection>(&caller.scope, &base_id).await? else {
        let message = format!("`baseConnectionId` `{base_id}` is not a connection of this sandbox; create one first");
        return Err(Problem::new("FLOW-1101-404", message));
    };
    if base.connection_spec.id != specs::DATA_LAKE {
        let why = format!(
            "connection `{base_id}` is of another connection spec; leave it out, or name one of `{}`",
            specs::DATA_LAKE
        );
        return Err(Invalid::value("baseConnectionId", &why).into());
    }
    if mode == Mode::Complete {
        base.state.check_not_draft("the base connection", &base_id)?;
    }
    Ok(())
}

/// The dataset that is named; a draft need not name one.
async fn dataset_of(tx: &mut Tx, caller: &Caller, input: &NewTargetConnection) -> Answer<Option<Dataset>> {
    if input.data_set_id.is_empty() {
        return Ok(None);
    }
    let dataset = tx.get::<Dataset>(&caller.scope, &input.data_set_id).await?;
    Ok(Some(dataset.ok_or_else(|| input.unknown_dataset())?))
}
