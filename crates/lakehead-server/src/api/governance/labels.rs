//! `/labels`: the labels that data can have.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lakehead_model::labels::core::{self, CoreLabel};
use lakehead_model::labels::custom::{CustomLabel, MAX_CUSTOM, NewCustomLabel};
use lakehead_model::labels::custom_name;
use lakehead_model::query::Query;
use lakehead_store::{StoreError, Tx};
use serde_json::{Value, json};

use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Items in one page, and the most that can be asked for.
const PAGE: usize = 100;

/// `GET /labels/core`
pub(super) async fn list_core(_: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    page(&app, "core", core::ALL.iter().map(|label| core_wire(&app, label)).collect(), &query)
}

/// `GET /labels/core/{name}`
pub(super) async fn get_core(_: Caller, State(app): State<App>, Path(name): Path<String>) -> Answer<Json<Value>> {
    let label = core::find(&name).ok_or_else(|| not_found("core", &name))?;
    Ok(Json(core_wire(&app, label)))
}

/// `GET /labels/custom`: newest first.
pub(super) async fn list_custom(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let all: Vec<CustomLabel> = app.store.read().await?.newest(&caller.scope, MAX_CUSTOM as usize).await?;
    page(&app, "custom", all.iter().map(|label| wire(&app, &caller, label)).collect(), &query)
}

/// `GET /labels/custom/{name}`
pub(super) async fn get_custom(
    caller: Caller,
    State(app): State<App>,
    Path(name): Path<String>,
) -> Answer<Json<Value>> {
    let label: Option<CustomLabel> = app.store.read().await?.get(&caller.scope, &name).await?;
    Ok(Json(wire(&app, &caller, &label.ok_or_else(|| not_found("custom", &name))?)))
}

/// `PUT /labels/custom/{name}`: makes it, or replaces its texts.
pub(super) async fn put_custom(
    caller: Caller,
    State(app): State<App>,
    Path(name): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
    let input = NewCustomLabel::parse(&name, &body)?;
    let now_ms = app.clock.now_ms();
    let mut tx = caller.write(&app).await?;
    let before: Option<CustomLabel> = tx.get(&caller.scope, &name).await?;
    let (status, label) = if let Some(before) = before {
        let label = before.replaced(input, &caller.actor, now_ms);
        tx.replace(&caller.scope, &label, &before.etag).await?;
        (StatusCode::OK, label)
    } else {
        if tx.count::<CustomLabel>(&caller.scope).await? >= MAX_CUSTOM {
            let message = format!("`{name}`: the sandbox has {MAX_CUSTOM} labels already; replace one of them");
            return Err(Problem::new("POLICY-1001-400", message));
        }
        let label = CustomLabel::new(input, &caller.actor, now_ms);
        tx.insert(&caller.scope, &label).await.map_err(meanwhile)?;
        (StatusCode::CREATED, label)
    };
    tx.commit().await?;
    Ok((status, Json(wire(&app, &caller, &label))))
}

/// The first of these canonical labels that is a custom label and does not exist in the sandbox.
pub(in crate::api) async fn unknown(
    tx: &mut Tx,
    caller: &Caller,
    labels: impl IntoIterator<Item = String>,
) -> Answer<Option<String>> {
    for label in labels {
        if let Some(name) = custom_name(&label)
            && tx.get::<CustomLabel>(&caller.scope, name).await?.is_none()
        {
            return Ok(Some(label));
        }
    }
    Ok(None)
}

/// Who was written in between is as good as changed in between.
fn meanwhile(error: StoreError) -> StoreError {
    if matches!(error, StoreError::Taken { .. }) { StoreError::Stale } else { error }
}

fn not_found(kind: &str, name: &str) -> Problem {
    let name = shorten(name);
    Problem::new("POLICY-1404-404", format!("{kind} label `{name}` is not found; check the name and the sandbox"))
}

fn href(app: &App, kind: &str, name: &str) -> String {
    format!("{}{}/labels/{kind}/{name}", app.public_url, super::POLICY)
}

fn core_wire(app: &App, label: &CoreLabel) -> Value {
    label.to_wire(&href(app, "core", label.name))
}

fn wire(app: &App, caller: &Caller, label: &CustomLabel) -> Value {
    label.to_wire(&caller.scope, &href(app, "custom", &label.name))
}

/// The page of `all` that the query asks for.
fn page(app: &App, kind: &str, all: Vec<Value>, query: &QueryPairs) -> Answer<Json<Value>> {
    let (start, limit) = (number(query, "start", 0, 0)?, number(query, "limit", PAGE, 1)?.min(PAGE));
    let filter = Query::parse_any(query.all("property"))
        .map_err(|invalid| Problem::new("POLICY-1002-400", format!("`property`: {}", invalid.message)))?;
    let found: Vec<Value> = all.into_iter().filter(|label| filter.matches(label)).collect();
    let url = format!("{}{}/labels/{kind}", app.public_url, super::POLICY);
    let mut links = json!({ "page": { "href": format!("{url}{{?limit,start,property}}"), "templated": true } });
    let next = start.saturating_add(limit);
    if next < found.len() {
        let mut address = url::form_urlencoded::Serializer::new(String::new());
        address.append_pair("start", &next.to_string()).append_pair("limit", &limit.to_string());
        address.extend_pairs(query.all("property").map(|property| ("property", property)));
        links["next"] = json!({ "href": format!("{url}?{}", address.finish()) });
    }
    let children: Vec<Value> = found.into_iter().skip(start).take(limit).collect();
    let page = json!({ "start": start, "count": children.len() });
    Ok(Json(json!({ "_page": page, "children": children, "_links": links })))
}

fn number(query: &QueryPairs, name: &str, default: usize, least: usize) -> Answer<usize> {
    let Some(text) = query.get(name) else { return Ok(default) };
    text.trim().parse().ok().filter(|value| *value >= least).ok_or_else(|| {
        let text = shorten(text);
        Problem::new("POLICY-1002-400", format!("`{name}` `{text}` is not a whole number from {least} on"))
    })
}
