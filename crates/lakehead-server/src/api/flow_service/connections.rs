//! Base connections: `/connections`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use lakehead_connect::connector::ConnectErrorKind;
use lakehead_connect::{connectors, login::Login};
use lakehead_engine::access;
use lakehead_model::action::Action;
use lakehead_model::connection::{Connection, NewConnection, Secrets};
use lakehead_model::state::{Mode, State as Life};
use lakehead_model::{patch, specs};
use lakehead_store::{DocumentKind, Listed, SecretUse};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::action::{self, StateAction};
use super::{answers, find, list, search_body, specs as spec_routes};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

const COLLECTION: &str = "connections";
const LISTED: Listed = Listed::Documents(DocumentKind::Connection);

/// `GET /connections`
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Response> {
    list::list(&app, &caller, LISTED, COLLECTION, &query).await
}

/// `GET /connections/{id}`
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Response> {
    find::shown(&app, &caller, LISTED, COLLECTION, &id).await
}

/// `POST /connections[?mode=draft]`: the credentials are proved against the storage before anything is stored; those of
/// a draft are not.
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    query: QueryPairs,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mode = Mode::parse(query.get("mode"))?;
    spec_routes::refuse_own(&app, &caller, &body).await?;
    let input = NewConnection::parse(&body)?;
    let (connection, secrets) = Connection::new(&input, mode, &caller.scope, &caller.actor, app.clock.now_ms())?;
    if mode == Mode::Complete {
        let id = connection.id.to_string();
        caller
            .write(&app)
            .await?
            .announce_use(&caller.scope, (DocumentKind::Connection, &id), &secrets, SecretUse::Verify)
            .await?;
        prove(&app, &connection, &secrets).await?;
    }

    let mut tx = caller.write(&app).await?;
    tx.insert(&caller.scope, &connection).await?;
    tx.put_secrets(&caller.scope, (DocumentKind::Connection, &connection.id.to_string()), &secrets).await?;
    caller.commit(&app, tx, answers::created(&app, COLLECTION, &connection.id.to_string(), &connection.etag)).await
}

/// `PATCH /connections/{id}`: new credentials are proved like those of a new connection.
pub(super) async fn patch(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mut tx = caller.write(&app).await?;
    let current: Connection = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    answers::require_version(&headers, &current.etag)?;
    let operations = patch::parse(&body)?;
    let secrets =
        tx.use_secrets(&caller.scope, (DocumentKind::Connection, &current.id.to_string()), SecretUse::Verify).await?;
    let (changed, new_secrets) = current.patch(&operations, &secrets, &caller.actor, app.clock.now_ms())?;
    if changed.state != Life::Draft
        && operations.iter().any(|operation| operation.steps.first().is_some_and(|step| step == "auth"))
    {
        prove(&app, &changed, &new_secrets).await?;
    }

    let mut tx = caller.write(&app).await?;
    tx.replace(&caller.scope, &changed, &current.etag).await?;
    if !same(&secrets, &new_secrets) {
        tx.put_secrets(&caller.scope, (DocumentKind::Connection, &changed.id.to_string()), &new_secrets).await?;
    }
    tx.commit().await?;

    Ok(answers::changed(&changed.id.to_string(), &changed.etag))
}

/// `POST /connections/{id}/action?op=publish|finalize|finalize_update`: a draft is proved like a new connection.
pub(super) async fn act(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
    headers: HeaderMap,
    body: StateAction,
) -> Answer<Response> {
    let allowed = [Action::Publish, Action::Finalize, Action::FinalizeUpdate];
    let request = action::read(&caller, &query, &body, &allowed)?;
    let mut tx = caller.write(&app).await?;
    let current: Connection = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    answers::allow_version(&headers, &current.etag)?;
    let now_ms = app.clock.now_ms();
    if request.action.is_of_provider() {
        request.check_provider(current.state)?;
        let changed = current.reported(&request.report, &caller.actor, now_ms);
        tx.replace(&caller.scope, &changed, &current.etag).await?;
        tx.commit().await?;
        return Ok(answers::changed(&changed.id.to_string(), &changed.etag));
    }
    current.state.check_publishable()?;
    let secrets =
        tx.use_secrets(&caller.scope, (DocumentKind::Connection, &current.id.to_string()), SecretUse::Verify).await?;
    let changed = current.publish(&secrets, &caller.actor, now_ms)?;
    prove(&app, &changed, &secrets).await?;

    let mut tx = caller.write(&app).await?;
    tx.because("publish");
    tx.replace(&caller.scope, &changed, &current.etag).await?;
    tx.commit().await?;
    Ok(answers::changed(&changed.id.to_string(), &changed.etag))
}

/// `GET /connections/{id}/configs`: a store of files has no columns of its own.
pub(super) async fn configs(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    find::document::<Connection>(&mut app.store.read().await?, &caller.scope, COLLECTION, &id).await?;
    Ok(Json(json!({ "items": [] })))
}

/// `POST /connections/search`
pub(super) async fn search(
    caller: Caller,
    State(app): State<App>,
    query: QueryPairs,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let query = search_body::as_query(&query, &body)?;
    list::search(&app, &caller, LISTED, "connections/search", &query).await
}

/// `DELETE /connections/{id}`: refused while a flow reads through it.
pub(super) async fn delete(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    let mut tx = caller.write(&app).await?;
    let connection: Connection = find::document(&mut tx, &caller.scope, COLLECTION, &id).await?;
    answers::allow_version(&headers, &connection.etag)?;
    let id = connection.id.to_string();
    for (kind, user) in tx.referrers(&caller.scope, (DocumentKind::Connection, &id)).await? {
        let flows = tx.referrers(&caller.scope, (kind, &user)).await?;
        if let Some((_, flow)) = flows.iter().find(|(kind, _)| *kind == DocumentKind::Flow) {
            return Err(Problem::new(
                "FLOW-1418-400",
                format!("connection `{id}` is used by flow `{flow}`; delete the flow first"),
            ));
        }
    }
    tx.delete::<Connection>(&caller.scope, &id).await?;
    tx.delete_secrets(&caller.scope, (DocumentKind::Connection, &id)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /connections/{id}/test`: do the stored credentials still work?
pub(super) async fn test(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let (connection, login) = open(&app, &caller, &id, SecretUse::Test).await?;
    let Some(connector) = connectors::by_spec_id(&connection.connection_spec.id) else {
        return Ok(Json(json!({ "result": true })));
    };
    match connector.check(&login, &app.net).await {
        Ok(()) => Ok(Json(json!({ "result": true }))),
        // Whether it works is not known.
        Err(error) if error.kind == ConnectErrorKind::Throttled => Err(error.into()),
        Err(error) => {
            tracing::info!(connection.id = %connection.id, cause = ?error, "a connection does not work");
            Ok(Json(json!({ "result": false })))
        }
    }
}

/// A connection of the caller with its credentials, ready to be used for `purpose`.
pub(super) async fn open(app: &App, caller: &Caller, id: &str, purpose: SecretUse<'_>) -> Answer<(Connection, Login)> {
    let mut tx = caller.write(app).await?;
    let connection: Connection = find::document(&mut tx, &caller.scope, COLLECTION, id).await?;
    let secrets =
        tx.use_secrets(&caller.scope, (DocumentKind::Connection, &connection.id.to_string()), purpose).await?;
    let login = access::login(&connection, &secrets);
    Ok((connection, login))
}

/// Whether a change left every secret as it was.
fn same(before: &Secrets, after: &Secrets) -> bool {
    let equal = |secret: &SecretString, other: &SecretString| secret.expose_secret() == other.expose_secret();
    before.len() == after.len()
        && before.iter().all(|(name, secret)| after.get(name).is_some_and(|other| equal(secret, other)))
}

/// Tries the credentials. The data lake has none.
async fn prove(app: &App, connection: &Connection, secrets: &Secrets) -> Answer<()> {
    if connection.connection_spec.id == specs::DATA_LAKE {
        return Ok(());
    }
    let Some(connector) = connectors::by_spec_id(&connection.connection_spec.id) else {
        return Err(Problem::new(
            "FLOW-1413-400",
            format!("connection spec `{}` has no connector yet; choose another", connection.connection_spec.id),
        ));
    };
    connector
        .check(&access::login(connection, secrets), &app.net)
        .await
        .map_err(|error| Problem::bad_connection(&error))
}
