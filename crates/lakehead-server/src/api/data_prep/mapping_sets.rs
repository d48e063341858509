//! `/mappingSets`: rules from source attributes to fields of a schema.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use lakehead_model::mapping_set::{MappingSet, NewMappingSet};
use lakehead_store::PageKey;
use lakehead_store::kinds::mapping_set_key;
use serde_json::{Value, json};

use super::mapping_check;
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Mapping sets in one page, and the most that can be asked for.
const PAGE: usize = 100;

/// `POST /mappingSets` (either dialect). Answers 200, as documented, although it creates.
pub(super) async fn create(caller: Caller, State(app): State<App>, JsonBody(body): JsonBody) -> Answer<Json<Value>> {
    let input = NewMappingSet::parse(&body)?;
    let set = MappingSet::new(&input, &caller.scope, &caller.actor, app.clock.now_ms());

    let mut tx = caller.write(&app).await?;
    mapping_check::against_schema(&mut tx, &caller.scope, &set).await?;
    tx.insert(&caller.scope, &set).await?;
    tx.commit().await?;

    Ok(Json(set.summary()))
}

/// `GET /mappingSets`: the current version of each.
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let limit = number(&query, "limit")?.unwrap_or(PAGE).clamp(1, PAGE);
    let start = number(&query, "start")?.unwrap_or(0);
    let mut tx = app.store.read().await?;
    let (mut seen, mut data, mut after) = (HashSet::new(), Vec::new(), None::<PageKey>);
    while data.len() < start + limit {
        let page = tx.list::<MappingSet>(&caller.scope, after.as_ref(), PAGE as u32).await?;
        let Some(last) = page.last() else { break };
        after = Some(PageKey { created_at_ms: last.modified_date, id: mapping_set_key(&last.id, last.version) });
        // The newest version of a set comes first.
        data.extend(page.iter().filter(|set| seen.insert(set.id.clone())).map(MappingSet::to_wire));
    }
    let data: Vec<Value> = data.into_iter().skip(start).take(limit).collect();
    let count = data.len();
    Ok(Json(json!({ "data": data, "_page": { "count": count, "limit": limit } })))
}

/// `GET /mappingSets/{id}[?version=]`
pub(super) async fn get(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    Ok(Json(find(&app, &caller, &id, &query).await?.to_wire()))
}

/// `GET /mappingSets/{id}/mappings`: a bare array.
pub(super) async fn list_mappings(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let mut wire = find(&app, &caller, &id, &query).await?.to_wire();
    Ok(Json(wire["mappings"].take()))
}

async fn find(app: &App, caller: &Caller, id: &str, query: &QueryPairs) -> Answer<MappingSet> {
    let version = number(query, "version")?.map(|version| version as i64);
    let set = app.store.read().await?.mapping_set(&caller.scope, id, version).await?;
    set.ok_or_else(|| {
        let id = shorten(id);
        Problem::new("MAPPER-1404-404", format!("mapping set `{id}` is not found; check the id, version and sandbox"))
    })
}

fn number(query: &QueryPairs, name: &'static str) -> Answer<Option<usize>> {
    let Some(text) = query.get(name) else { return Ok(None) };
    text.trim()
        .parse()
        .map(Some)
        .map_err(|_| Problem::new("MAPPER-1003-400", format!("`{name}` `{}` is not a whole number", shorten(text))))
}
