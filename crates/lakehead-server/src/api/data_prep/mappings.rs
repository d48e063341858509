//! `/mappingSets/{id}/mappings`: the rules of a set, one by one. Every change is a new version of the set.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lakehead_model::mapping_set::{Content, Mapping, MappingSet};
use lakehead_store::Tx;
use serde_json::Value;

use super::mapping_sets::find;
use super::{mapping_check, query};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `GET /mappingSets/{id}/mappings`: a bare array.
pub(super) async fn list(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let version = query::number(&query, "version")?;
    let mut wire = find(&mut app.store.read().await?, &caller, &id, version).await?.to_wire();
    Ok(Json(wire["mappings"].take()))
}

/// `GET /mappingSets/{id}/mappings/{mappingId}`
pub(super) async fn get(
    caller: Caller,
    State(app): State<App>,
    Path((id, mapping_id)): Path<(String, String)>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let version = query::number(&query, "version")?;
    let set = find(&mut app.store.read().await?, &caller, &id, version).await?;
    let position = position(&set, &mapping_id)?;
    Ok(Json(set.mapping_to_wire(&set.content.mappings[position])))
}

/// `POST /mappingSets/{id}/mappings`: one more, at the end.
pub(super) async fn add(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    let mut mapping = Mapping::parse(&body, "")?;
    // What the client calls it may be the id of another.
    mapping.id.clear();
    let mut tx = caller.write(&app).await?;
    let set = find(&mut tx, &caller, &id, None).await?;
    let mut content = set.content.clone();
    content.mappings.push(mapping);
    let next = store(tx, &caller, &app, &set, content).await?;
    Ok(Json(next.content.mappings.last().map(|mapping| next.mapping_to_wire(mapping)).unwrap_or_default()))
}

/// `PUT /mappingSets/{id}/mappings/{mappingId}`
pub(super) async fn replace(
    caller: Caller,
    State(app): State<App>,
    Path((id, mapping_id)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    let mapping = Mapping::parse(&body, "")?;
    let mut tx = caller.write(&app).await?;
    let set = find(&mut tx, &caller, &id, None).await?;
    let position = position(&set, &mapping_id)?;
    let mut content = set.content.clone();
    content.mappings[position] = Mapping { id: mapping_id, ..mapping };
    let next = store(tx, &caller, &app, &set, content).await?;
    Ok(Json(next.mapping_to_wire(&next.content.mappings[position])))
}

/// `DELETE /mappingSets/{id}/mappings/{mappingId}`
pub(super) async fn delete(
    caller: Caller,
    State(app): State<App>,
    Path((id, mapping_id)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let mut tx = caller.write(&app).await?;
    let set = find(&mut tx, &caller, &id, None).await?;
    let position = position(&set, &mapping_id)?;
    let mut content = set.content.clone();
    content.mappings.remove(position);
    store(tx, &caller, &app, &set, content).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stores the next version of the set.
async fn store(mut tx: Tx, caller: &Caller, app: &App, set: &MappingSet, content: Content) -> Answer<MappingSet> {
    content.check()?;
    mapping_check::against_schema(&mut tx, &caller.scope, &content).await?;
    let next = set.replaced(content, &caller.actor, app.clock.now_ms())?;
    tx.next_mapping_set(&caller.scope, &next).await?;
    tx.commit().await?;
    Ok(next)
}

fn position(set: &MappingSet, mapping_id: &str) -> Answer<usize> {
    set.position(mapping_id).ok_or_else(|| {
        let (set, id) = (&set.id, shorten(mapping_id));
        Problem::new("MAPPER-1405-404", format!("mapping `{id}` is not found in mapping set `{set}`; check the ids"))
    })
}
