//! The catalogue: `/connectionSpecs` and `/flowSpecs`. Specs belong to no sandbox: the built-in ones to everybody, those
//! that an organisation makes to it alone.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use lakehead_model::specs::custom::CustomSpec;
use lakehead_model::specs::custom::SpecKind::{self, Connection, Flow};
use lakehead_model::{Invalid, Scope, specs};
use serde_json::{Value, json};

use super::{list, search_body};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Specs of one kind that an organisation may make.
const MAX_CUSTOM: usize = 500;

/// `GET /connectionSpecs`
pub(super) async fn list_connection_specs(
    caller: Caller,
    State(app): State<App>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    filtered(&all(&app, &caller, Connection).await?, &query)
}

/// `GET /connectionSpecs/{id}`
pub(super) async fn get_connection_spec(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Json<Value>> {
    by_id(&all(&app, &caller, Connection).await?, "connectionSpecs", &id)
}

/// `GET /flowSpecs`
pub(super) async fn list_flow_specs(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    filtered(&all(&app, &caller, Flow).await?, &query)
}

/// `GET /flowSpecs/{id}`
pub(super) async fn get_flow_spec(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Json<Value>> {
    by_id(&all(&app, &caller, Flow).await?, "flowSpecs", &id)
}

/// `POST /connectionSpecs`
pub(super) async fn create_connection_spec(
    caller: Caller,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
    create(&app, &caller, Connection, &body).await
}

/// `POST /flowSpecs`
pub(super) async fn create_flow_spec(
    caller: Caller,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
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

async fn create(app: &App, caller: &Caller, kind: SpecKind, body: &Value) -> Answer<(StatusCode, Json<Value>)> {
    must_be_service(caller)?;
    let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string();
    let spec = CustomSpec::parse(body, kind, &id, app.clock.now_ms())?;
    let known = all(app, caller, kind).await?;
    check_name(&known, &spec)?;
    if known.len() >= built_in(kind).len() + MAX_CUSTOM {
        let message = format!("the organisation has {MAX_CUSTOM} specs of its own already; change one instead");
        return Err(Problem::new("FLOW-1100-400", message));
    }
    let mut tx = caller.write(app).await?;
    tx.insert(&organisation(caller), &spec).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(spec.shown)))
}

async fn replace(app: &App, caller: &Caller, kind: SpecKind, id: &str, body: &Value) -> Answer<Json<Value>> {
    must_be_service(caller)?;
    let collection = if kind == Connection { "connectionSpecs" } else { "flowSpecs" };
    if by_id(built_in(kind), collection, id).is_ok() {
        let message =
            format!("spec `{}` belongs to the server and cannot be changed; make one of your own", shorten(id));
        return Err(Problem::new("FLOW-1420-400", message));
    }
    let others = all(app, caller, kind).await?;
    let mut tx = caller.write(app).await?;
    let current = tx.get::<CustomSpec>(&organisation(caller), &id.to_ascii_lowercase()).await?;
    let current = current.filter(|spec| spec.kind == kind).ok_or_else(|| Problem::not_found(collection, id))?;
    let spec = CustomSpec::parse(body, kind, &current.id, current.created_at)?;
    check_name(&others, &spec)?;
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

/// Clients look specs up by name.
fn check_name(known: &[Value], spec: &CustomSpec) -> Answer<()> {
    if known.iter().any(|other| other["name"] == spec.name.as_str() && other["id"] != spec.id.as_str()) {
        let cure = format!("`{}` is the name of another spec: choose another", shorten(&spec.name));
        return Err(Invalid::value("name", &cure).into());
    }
    Ok(())
}

fn built_in(kind: SpecKind) -> &'static [Value] {
    match kind {
        Connection => specs::connection_specs(),
        Flow => specs::flow_specs(),
    }
}

/// The built-in specs, then those of the caller's organisation.
async fn all(app: &App, caller: &Caller, kind: SpecKind) -> Answer<Vec<Value>> {
    let own = app.store.read().await?.list::<CustomSpec>(&organisation(caller), None, 2 * MAX_CUSTOM as u32).await?;
    let own = own.into_iter().rev().filter(|spec| spec.kind == kind).map(|spec| spec.shown);
    Ok(built_in(kind).iter().cloned().chain(own).collect())
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
    let Json(mut answer) = filtered(&all(&app, &caller, Flow).await?, &search_body::as_query(&query, &body)?)?;
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

/// `GET /connectionSpecs/{id}/explore`: only for stores that need no connection, and there is none here.
pub(super) async fn explore(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let Json(_) = by_id(&all(&app, &caller, Connection).await?, "connectionSpecs", &id)?;
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
    let Json(found) = by_id(&all(&app, &caller, Connection).await?, "connectionSpecs", &id)?;
    if let Some(kind) = query.get("authType") {
        let auth = found["items"][0]["authSpec"].as_array().map(Vec::as_slice).unwrap_or_default();
        if !auth.iter().any(|spec| spec["type"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(kind))) {
            let message = format!("`authType` `{}` does not belong to this connection spec", shorten(kind));
            return Err(Invalid::new("CONNECTOR-1302-400", message).into());
        }
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

fn by_id(all: &[Value], collection: &'static str, id: &str) -> Answer<Json<Value>> {
    let spec = all.iter().find(|spec| spec["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(id)));
    let spec = spec.ok_or_else(|| Problem::not_found(collection, id))?;
    Ok(Json(json!({ "items": [spec], "_links": {} })))
}
