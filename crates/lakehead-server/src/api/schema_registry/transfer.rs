//! `GET /rpc/export/{id}` and `POST /rpc/import`: resources that go into another sandbox or organisation.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use lakehead_engine::schemas;
use lakehead_model::xdm::ResourceType;
use lakehead_model::xdm::resource::XdmResource;
use lakehead_model::xdm::transfer::{self, MAX_RESOURCES};
use lakehead_store::{StoreError, Tx};
use serde_json::Value;

use super::{create, lookup, scan, unions};
use crate::api::body::JsonBody;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `GET /rpc/export/{id}`: the tenant's resource and everything of the tenant that it needs, what is needed first.
pub(super) async fn export(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Vec<Value>>> {
    let mut tx = app.store.read().await?;
    let found = tx.xdm_resource(&caller.scope, &id).await?;
    let root = found.ok_or_else(|| lookup::not_found(&id, None))?;
    let parts = schemas::closure(&mut tx, &caller.scope, &root.body).await?;
    let own = parts.into_values().filter(|part| part["meta:containerId"] == "tenant");
    // A resource can be referred to by either of its ids.
    let mut bodies: HashMap<String, Value> = own.map(|body| (key(&body), body)).collect();
    bodies.insert(key(&root.body), root.body);
    let mut bodies: Vec<(String, Value)> = bodies.into_iter().collect();
    bodies.sort_by(|(one, _), (other, _)| one.cmp(other));
    let bodies = bodies.into_iter().map(|(_, body)| body).collect();
    let ordered = transfer::in_order(bodies, schemas::references)?;
    Ok(Json(ordered.iter().map(|body| transfer::exported(body, &caller.tenant)).collect()))
}

/// `POST /rpc/import`: makes all resources of an export, or none.
pub(super) async fn import(
    caller: Caller,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Vec<Value>>> {
    let bodies = read(body, &caller.tenant)?;
    let mut tx = caller.write(&app).await?;
    scan::room_for(&mut tx, &caller, bodies.len()).await?;
    let mut known = HashMap::new();
    let mut made = Vec::new();
    for body in transfer::in_order(bodies, schemas::references)? {
        let resource = import_one(&mut tx, &caller, &app, body, &mut known).await?;
        known.insert(resource.id.clone(), resource.body.clone());
        known.insert(resource.alt_id.clone(), resource.body.clone());
        made.push(resource);
    }
    // Nothing refers to the others yet.
    let schemas: Vec<&XdmResource> = made.iter().filter(|one| one.resource_type == ResourceType::Schemas).collect();
    unions::fit(&mut tx, &caller, &schemas).await?;
    tx.commit().await?;
    Ok(Json(made.into_iter().map(|resource| resource.body).collect()))
}

/// The resources of an export, as the tenant's own.
fn read(body: Value, tenant: &str) -> Answer<Vec<Value>> {
    let bad = |message: String| Err(Problem::new("XDM-9107-400", message));
    match body {
        Value::Array(bodies) if bodies.is_empty() || bodies.len() > MAX_RESOURCES => bad(format!(
            "the `body` of an import has 1 to {MAX_RESOURCES} resources, not {}; send what an export answered",
            bodies.len()
        )),
        Value::Array(bodies) if bodies.iter().all(|body| body["$id"].is_string()) => {
            Ok(bodies.iter().map(|body| transfer::imported(body, tenant)).collect())
        }
        _ => bad("the `body` of an import is a list of resources with `$id`; send what an export answered".to_owned()),
    }
}

/// Makes one resource of an import; `known` has what was looked up or made for the others.
async fn import_one(
    tx: &mut Tx,
    caller: &Caller,
    app: &App,
    body: Value,
    known: &mut HashMap<String, Value>,
) -> Answer<XdmResource> {
    let mut open = schemas::references(&body);
    while let Some(reference) = open.pop() {
        if !known.contains_key(&reference)
            && let Some(part) = schemas::raw(tx, &caller.scope, &reference).await?
        {
            open.extend(schemas::references(&part));
            known.insert(reference, part);
        }
    }
    let id = shorten(body["$id"].as_str().unwrap_or_default());
    let made = XdmResource::imported(body, &create::context(caller, app), &|id| known.get(id).cloned());
    let resource = made.map_err(|error| Problem::new(error.code(), format!("`{id}` cannot be imported: {error}")))?;
    if tx.get::<XdmResource>(&caller.scope, &resource.alt_id).await?.is_some() {
        return Err(exists(&id));
    }
    create::title_is_free(tx, caller, &resource.title).await?;
    match tx.insert(&caller.scope, &resource).await {
        Err(StoreError::Taken { .. }) => Err(exists(&id)),
        other => Ok(other.map(|()| resource)?),
    }
}

fn exists(id: &str) -> Problem {
    let message =
        format!("`{id}` cannot be imported: an object with this `$id` already exists; delete it, or leave it out");
    Problem::new("XDM-3005-400", message)
}

fn key(body: &Value) -> String {
    body["$id"].as_str().unwrap_or_default().to_owned()
}
