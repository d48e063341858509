//! The catalogue: `/connectionSpecs` and `/flowSpecs`. Specs belong to no sandbox: the built-in ones to everybody, those
//! that an organisation makes to it alone, in all of its sandboxes.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use lakehead_model::specs::custom::SpecKind::{self, Connection, Flow};
use lakehead_model::specs::custom::{CustomSpec, MAX_SPECS};
use lakehead_model::specs::{NOT_YET_AVAILABLE, require_connector};
use lakehead_model::{Invalid, Scope};
use lakehead_store::Tx;
use serde_json::{Value, json};

use super::{BASE, find, list, search_body};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `GET /connectionSpecs`
pub(super) async fn list_connection_specs(
    caller: Caller,
    State(app): State<App>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    filtered(&all(&mut app.store.read().await?, &caller, Connection).await?, &query)
}

/// `GET /connectionSpecs/{id}`
pub(super) async fn get_connection_spec(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Json<Value>> {
    one(&app, &caller, Connection, &id).await
}

/// `GET /flowSpecs`
pub(super) async fn list_flow_specs(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    filtered(&all(&mut app.store.read().await?, &caller, Flow).await?, &query)
}

/// `GET /flowSpecs/{id}`
pub(super) async fn get_flow_spec(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Json<Value>> {
    one(&app, &caller, Flow, &id).await
}

/// `POST /connectionSpecs`
pub(super) async fn create_connection_spec(
    caller: Caller,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    create(&app, &caller, Connection, &body).await
}

/// `POST /flowSpecs`
pub(super) async fn create_flow_spec(
    caller: Caller,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    create(&app, &caller, Flow, &body).await
}

/// `PUT /connectionSpecs/{id}`
pub(super) async fn put_connection_spec(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    replace(&app, &caller, Connection, &id, &body).await
}

/// `PUT /flowSpecs/{id}`
pub(super) async fn put_flow_spec(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    replace(&app, &caller, Flow, &id, &body).await
}

async fn create(app: &App, caller: &Caller, kind: SpecKind, body: &Value) -> Answer<Response> {
    must_be_service(caller)?;
    let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string();
    let spec = CustomSpec::parse(body, kind, &id, app.clock.now_ms())?;
    let mut tx = caller.write(app).await?;
    // Two that come at once must not take the same name, or the last place.
    tx.lock_organisation(&caller.scope.org).await?;
    check_among(&mut tx, caller, &spec).await?;
    tx.insert(&organisation(caller), &spec).await?;
    tx.commit().await?;
    let place = format!("{}{BASE}/{}/{}", app.public_url, kind.collection(), spec.id);
    let mut response = (StatusCode::CREATED, Json(spec.shown)).into_response();
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

async fn replace(app: &App, caller: &Caller, kind: SpecKind, id: &str, body: &Value) -> Answer<Json<Value>> {
    must_be_service(caller)?;
    if built_in(kind, id).is_some() {
        let message =
            format!("spec `{}` belongs to the server and cannot be changed; make one of your own", shorten(id));
        return Err(Problem::new("FLOW-1420-400", message));
    }
    let mut tx = caller.write(app).await?;
    tx.lock_organisation(&caller.scope.org).await?;
    let current = own(&mut tx, caller, kind, id).await?;
    let current = current.ok_or_else(|| Problem::not_found(kind.collection(), id))?;
    let spec = CustomSpec::parse(body, kind, &current.id, current.created_at)?;
    check_among(&mut tx, caller, &spec).await?;
    tx.replace(&organisation(caller), &spec, &current.etag).await?;
    tx.commit().await?;
    Ok(Json(spec.shown))
}

fn must_be_service(caller: &Caller) -> Answer<()> {
    if caller.is_service {
        return Ok(());
    }
    let message = "the token of a user may not make or change specs; use the token of a client of `kind` `service`";
    Err(Problem::new("FLOW-1426-400", message))
}

/// What the organisation already has decides too.
async fn check_among(tx: &mut Tx, caller: &Caller, spec: &CustomSpec) -> Answer<()> {
    let specs = all(tx, caller, spec.kind).await?;
    let connection_specs = if spec.kind == Flow { all(tx, caller, Connection).await? } else { Vec::new() };
    Ok(spec.check_among(&specs, &connection_specs)?)
}

/// The built-in specs, then those of the caller's organisation, oldest first.
async fn all(tx: &mut Tx, caller: &Caller, kind: SpecKind) -> Answer<Vec<Value>> {
    let own = tx.list::<CustomSpec>(&organisation(caller), None, 2 * MAX_SPECS as u32).await?;
    let own = own.into_iter().rev().filter(|spec| spec.kind == kind).map(|spec| spec.shown);
    Ok(kind.built_in().iter().cloned().chain(own).collect())
}

/// The built-in spec of this id.
fn built_in(kind: SpecKind, id: &str) -> Option<&'static Value> {
    kind.built_in().iter().find(|spec| spec["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(id)))
}

/// The spec of the organisation's own with this id.
async fn own(tx: &mut Tx, caller: &Caller, kind: SpecKind, id: &str) -> Answer<Option<CustomSpec>> {
    let id = id.trim().to_ascii_lowercase();
    if !find::is_uuid(&id) {
        return Ok(None);
    }
    let spec = tx.get::<CustomSpec>(&organisation(caller), &id).await?;
    Ok(spec.filter(|spec| spec.kind == kind))
}

/// The flow spec that a flow refers to, where it is one of the organisation's own: as [`NewFlow::parse`] takes it.
///
/// [`NewFlow::parse`]: lakehead_model::flow::NewFlow::parse
pub(super) async fn own_flow_spec(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<Vec<Value>> {
    if built_in(Flow, id.trim()).is_some() {
        return Ok(Vec::new());
    }
    Ok(own(tx, caller, Flow, id).await?.map(|spec| spec.shown).into_iter().collect())
}

/// Refuses the organisation's own connection spec in a body, because no connector serves it. Any other spec is left to
/// the rules of the resource.
pub(super) async fn refuse_own(app: &App, caller: &Caller, body: &Value) -> Answer<()> {
    let Some(id) = body["connectionSpec"]["id"].as_str().filter(|id| built_in(Connection, id.trim()).is_none()) else {
        return Ok(());
    };
    let spec = own(&mut app.store.read().await?, caller, Connection, id).await?;
    Ok(spec.map_or(Ok(()), |spec| require_connector(&spec.shown))?)
}

/// The spec of this id that the organisation sees.
async fn visible(app: &App, caller: &Caller, kind: SpecKind, id: &str) -> Answer<Value> {
    if let Some(spec) = built_in(kind, id) {
        return Ok(spec.clone());
    }
    let own = own(&mut app.store.read().await?, caller, kind, id).await?;
    own.map(|spec| spec.shown).ok_or_else(|| Problem::not_found(kind.collection(), id))
}

async fn one(app: &App, caller: &Caller, kind: SpecKind, id: &str) -> Answer<Json<Value>> {
    Ok(Json(json!({ "items": [visible(app, caller, kind, id).await?], "_links": {} })))
}

/// Where specs of the organisation are kept: in no sandbox.
fn organisation(caller: &Caller) -> Scope {
    Scope { sandbox_id: String::new(), sandbox_name: String::new(), ..caller.scope.clone() }
}

/// `POST /flowSpecs/search`: with `groupByProperty`, the items are groups of `{"value", "items"}`.
pub(super) async fn search_flow_specs(
    caller: Caller,
    State(app): State<App>,
    query: QueryPairs,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    let specs = all(&mut app.store.read().await?, &caller, Flow).await?;
    let Json(mut answer) = filtered(&specs, &search_body::as_query(&query, &body)?)?;
    match &body["groupByProperty"] {
        Value::Null => {}
        Value::String(name) => {
            let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
            for item in answer["items"].as_array().into_iter().flatten() {
                let value = &item[name.as_str()];
                match groups.iter_mut().find(|(known, _)| known == value) {
                    Some((_, items)) => items.push(item.clone()),
                    None => groups.push((value.clone(), vec![item.clone()])),
                }
            }
            let shown = |(value, items)| json!({ "value": value, "items": items });
            answer["items"] = groups.into_iter().map(shown).collect();
        }
        _ => return Err(Problem::new("FLOW-1452-400", "`groupByProperty` must be the name of a field")),
    }
    Ok(Json(answer))
}

/// `GET /connectionSpecs/{id}/explore`: only for stores that need no connection, and none of them is served yet.
pub(super) async fn explore(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let spec = visible(&app, &caller, Connection, &id).await?;
    let needs_login = spec["authSpec"].as_array().is_some_and(|ways| !ways.is_empty());
    if !needs_login {
        require_connector(&spec)?;
    }
    let message = "this connection spec cannot be explored without a connection; use `GET /connections/{id}/explore`";
    Err(Invalid::new("CONNECTOR-1372-400", message).into())
}

/// `GET /connectionSpecs/{id}/configs?authType=`: what a client must know before it can authenticate.
pub(super) async fn configs(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let spec = visible(&app, &caller, Connection, &id).await?;
    if let Some(kind) = query.get("authType") {
        let ways = spec["authSpec"].as_array().map(Vec::as_slice).unwrap_or_default();
        let goes = |way: &&Value| way["type"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(kind));
        let why = match ways.iter().find(goes) {
            Some(way) if way["availability"] == NOT_YET_AVAILABLE => "is not supported by this server yet",
            Some(_) => return Ok(Json(json!({ "configParams": {} }))),
            None => "does not belong to this connection spec",
        };
        let message = format!("`authType` `{}` {why}", shorten(kind));
        return Err(Invalid::new("CONNECTOR-1302-400", message).into());
    }
    Ok(Json(json!({ "configParams": {} })))
}

fn filtered(all: &[Value], query: &QueryPairs) -> Answer<Json<Value>> {
    let filter = list::Filter::parse(query)?;
    if filter.counts() {
        return Ok(Json(json!({ "count": all.iter().filter(|spec| filter.matches(spec)).count() })));
    }
    let items: Vec<Value> = all.iter().filter(|spec| filter.matches(spec)).map(|spec| filter.project(spec)).collect();
    Ok(Json(json!({ "items": items, "_links": {} })))
}
