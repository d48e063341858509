//! The catalogue: `/connectionSpecs` and `/flowSpecs`. Specs belong to no sandbox.

use axum::Json;

use lakehead_model::specs;
use serde_json::{Value, json};

use super::list;
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem};

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

fn filtered(all: &[Value], query: &QueryPairs) -> Answer<Json<Value>> {
    let filter = list::Filter::parse(query)?;
    let items: Vec<Value> = all.iter().filter(|spec| filter.matches(spec)).map(|spec| filter.project(spec)).collect();
    Ok(Json(json!({ "items": items, "_links": {} })))
}

fn by_id(all: &[Value], collection: &'static str, id: &str) -> Answer<Json<Value>> {
    let spec = all.iter().find(|spec| spec["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(id)));
    let spec = spec.ok_or_else(|| Problem::not_found(collection, id))?;
    Ok(Json(json!({ "items": [spec], "_links": {} })))
}
