//! `/mappingSets`: rules from source attributes to fields of a schema.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use lakehead_engine::schemas;
use lakehead_model::Scope;
use lakehead_model::mapping_set::{Content, MappingSet};
use lakehead_store::Tx;
use serde_json::{Value, json};

use super::{mapping_check, query};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Most sets of a page that shows whole schemas.
const EXPANDED_PAGE: i64 = 20;

/// `POST /mappingSets` (either dialect). Answers 200, as documented, although it creates.
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    query: QueryPairs,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let content = Content::parse(&body)?;
    let set = MappingSet::new(content, &caller.scope, &caller.actor, app.clock.now_ms());

    let mut tx = caller.write(&app).await?;
    check(&mut tx, &caller.scope, &query, &set.content).await?;
    tx.add_mapping_set(&caller.scope, &set).await?;
    caller.commit(&app, tx, Json(set.summary()).into_response()).await
}

/// The schema must exist; with `validate=false` nothing else is asked of it before a flow uses the set.
async fn check(tx: &mut Tx, scope: &Scope, query: &QueryPairs, content: &Content) -> Answer<()> {
    if query::flag(query, "validate")? == Some(false) {
        mapping_check::fields(tx, scope, content).await.map(drop)
    } else {
        mapping_check::against_schema(tx, scope, content).await
    }
}

/// `GET /mappingSets`: the current version of each, those changed last first where no other order is asked for.
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let mut list = query::list(&query)?;
    let expand = query::flag(&query, "expandSchema")? == Some(true);
    if expand {
        list.limit = list.limit.min(EXPANDED_PAGE);
    }
    let mut tx = app.store.read().await?;
    let sets = tx.mapping_sets(&caller.scope, &list).await?;
    let mut data: Vec<Value> = sets.iter().map(MappingSet::to_wire).collect();
    if expand {
        let mut known = HashMap::new();
        for (wire, set) in data.iter_mut().zip(&sets) {
            let schema_id = &set.content.schema_ref.id;
            if !known.contains_key(schema_id) {
                known.insert(schema_id.clone(), schemas::resolved(&mut tx, &caller.scope, schema_id).await?);
            }
            show_schema(wire, known.get(schema_id).cloned().flatten());
        }
    }
    Ok(Json(json!({ "data": data, "_page": { "count": data.len(), "limit": list.limit } })))
}

/// A schema that was deleted is left out.
fn show_schema(wire: &mut Value, schema: Option<Value>) {
    if let Some(schema) = schema {
        wire["outputSchema"]["jsonSchema"] = schema;
    }
}

/// `GET /mappingSets/{id}[?version=][?expandSchema=]`
pub(super) async fn get(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let mut tx = app.store.read().await?;
    let set = find(&mut tx, &caller, &id, query::number(&query, "version")?).await?;
    let mut wire = set.to_wire();
    if query::flag(&query, "expandSchema")? == Some(true) {
        show_schema(&mut wire, schemas::resolved(&mut tx, &caller.scope, &set.content.schema_ref.id).await?);
    }
    Ok(Json(wire))
}

/// `PUT /mappingSets/{id}`: the next version. Flows keep the one they name.
pub(super) async fn replace(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    let content = Content::parse(&body)?;
    let mut tx = caller.write(&app).await?;
    let current = find(&mut tx, &caller, &id, None).await?;
    let next = current.replaced(content, &caller.actor, app.clock.now_ms())?;
    check(&mut tx, &caller.scope, &query, &next.content).await?;
    tx.next_mapping_set(&caller.scope, &next).await?;
    tx.commit().await?;
    Ok(Json(next.to_wire()))
}

/// `DELETE /mappingSets/{id}`: every version; refused while a flow uses one of them.
pub(super) async fn delete(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    let mut tx = caller.write(&app).await?;
    find(&mut tx, &caller, &id, None).await?;
    if let Some((_, flow)) = tx.mapping_set_user(&caller.scope, &id).await? {
        let message = format!("mapping set `{id}` is used by flow `{flow}`; delete that first");
        return Err(Problem::new("MAPPER-1004-400", message));
    }
    tx.delete_mapping_set(&caller.scope, &id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A mapping set of the caller; the current version where none is named.
pub(super) async fn find(tx: &mut Tx, caller: &Caller, id: &str, version: Option<i64>) -> Answer<MappingSet> {
    let set = tx.mapping_set(&caller.scope, id, version).await?;
    set.ok_or_else(|| {
        let id = shorten(id);
        Problem::new("MAPPER-1404-404", format!("mapping set `{id}` is not found; check the id, version and sandbox"))
    })
}
