//! Source connections: which files of a connection are read, and how.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use lakehead_model::action::Action;
use lakehead_model::connection::Connection;
use lakehead_model::patch;
use lakehead_model::source_connection::{NewSourceConnection, SourceConnection};
use lakehead_model::state::Mode;
use lakehead_store::{DocumentKind, Listed};

use super::action::{self, StateAction};
use super::{answers, find, list, specs};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

const COLLECTION: &str = "sourceConnections";
const LISTED: Listed = Listed::Documents(DocumentKind::SourceConnection);

/// `GET /sourceConnections`
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Response> {
    list::list(&app, &caller, LISTED, COLLECTION, &query).await
}

/// `GET /sourceConnections/{id}`
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Response> {
    find::shown(&app, &caller, LISTED, COLLECTION, &id).await
}

/// `POST /sourceConnections`
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    query: QueryPairs,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mode = Mode::parse(query.get("mode"))?;
    specs::refuse_own(&app, &caller, &body).await?;
    let input = NewSourceConnection::parse(&body, mode)?;
    let base_id = input.base_connection_id.to_string();

    let mut tx = caller.write(&app).await?;
    let base = tx.get::<Connection>(&caller.scope, &base_id).await?.ok_or_else(|| unknown_base(&base_id))?;
    let source = SourceConnection::new(&input, mode, &base, &caller.scope, &caller.actor, app.clock.now_ms())?;
    let id = source.id.to_string();
    tx.insert(&caller.scope, &source).await?;
    tx.link(&caller.scope, (DocumentKind::SourceConnection, &id), (DocumentKind::Connection, &base_id)).await?;
    caller.commit(&app, tx, answers::created(&app, COLLECTION, &id, &source.etag)).await
}

/// `PATCH /sourceConnections/{id}`
pub(super) async fn patch(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mut tx = caller.write(&app).await?;
    let current: SourceConnection = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    answers::require_version(&headers, &current.etag)?;
    let changed = current.patch(&patch::parse(&body)?, &caller.actor, app.clock.now_ms())?;
    tx.replace(&caller.scope, &changed, &current.etag).await?;
    tx.commit().await?;
    Ok(answers::changed(&changed.id.to_string(), &changed.etag))
}

/// `POST /sourceConnections/{id}/action?op=publish`
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
    let current: SourceConnection = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    answers::allow_version(&headers, &current.etag)?;
    let base_id = current.base_connection_id.to_string();
    let base = tx.get::<Connection>(&caller.scope, &base_id).await?.ok_or_else(|| unknown_base(&base_id))?;
    let published = current.publish(&base, &caller.actor, app.clock.now_ms())?;
    tx.because("publish");
    tx.replace(&caller.scope, &published, &current.etag).await?;
    tx.commit().await?;
    Ok(answers::changed(&published.id.to_string(), &published.etag))
}

/// `DELETE /sourceConnections/{id}`: refused while a flow reads it.
pub(super) async fn delete(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    let mut tx = caller.write(&app).await?;
    let source: SourceConnection = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    answers::allow_version(&headers, &source.etag)?;
    let id = source.id.to_string();
    let own = (DocumentKind::SourceConnection, id.as_str());
    if let Some((_, flow)) = tx.referrers(&caller.scope, own).await?.first() {
        return Err(Problem::in_use("source connection", &id, flow));
    }
    tx.unlink_all(&caller.scope, own).await?;
    tx.delete::<SourceConnection>(&caller.scope, &id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn unknown_base(id: &str) -> Problem {
    Problem::new(
        "FLOW-1101-404",
        format!("`baseConnectionId` `{id}` is not a connection of this sandbox; create one first"),
    )
}
