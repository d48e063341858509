//! The catalogue: `/connectionSpecs` and `/flowSpecs`. Specs belong to no sandbox.

use axum::Json;

use lakehead_model::{Invalid, specs};
use serde_json::{Value, json};

use super::{list, search_body};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};

/// `GET /connectionSpecs`
pub(super) async fn list_connection_specs(_: Caller, query: QueryPairs) -> Answer<Json<Value>> {
    filtered(specs::connection_specs(), &query)
}

/// `GET /connectionSpecs/{id}`
pub(super) async fn get_connection_spec(_: Caller, Path(id): Path<String>) -> Answer<Json<Value>> {
    by_id(specs::connection_specs(), "connectionSpecs", &id)
}

/// `GET /flowSpecs`
pub(super) async fn list_flow_specs(_: Caller, query: QueryPairs) -> Answer<Json<Value>> {
    filtered(specs::flow_specs(), &query)
}

/// `GET /flowSpecs/{id}`
pub(super) async fn get_flow_spec(_: Caller, Path(id): Path<String>) -> Answer<Json<Value>> {
    by_id(specs::flow_specs(), "flowSpecs", &id)
}

/// `POST /flowSpecs/search`: with `groupByProperty`, the items are groups of `{"value", "items"}`.
pub(super) async fn search_flow_specs(_: Caller, query: QueryPairs, JsonBody(body): JsonBody) -> Answer<Json<Value>> {
    let Json(mut answer) = filtered(specs::flow_specs(), &search_body::as_query(&query, &body)?)?;
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
pub(super) async fn explore(_: Caller, Path(id): Path<String>) -> Answer<Json<Value>> {
    let Json(_) = by_id(specs::connection_specs(), "connectionSpecs", &id)?;
    let message = "this connection spec cannot be explored without a connection; use `GET /connections/{id}/explore`";
    Err(Invalid::new("CONNECTOR-1372-400", message).into())
}

/// `GET /connectionSpecs/{id}/configs?authType=`: what a client must know before it can authenticate.
pub(super) async fn configs(_: Caller, Path(id): Path<String>, query: QueryPairs) -> Answer<Json<Value>> {
    let Json(found) = by_id(specs::connection_specs(), "connectionSpecs", &id)?;
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
