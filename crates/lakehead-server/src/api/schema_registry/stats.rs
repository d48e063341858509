//! `GET /stats`: the tenant's namespace, and how much it has made.

use axum::Json;
use axum::extract::State;
use lakehead_model::xdm::ResourceType;
use serde_json::{Map, Value, json};

use super::lookup;
use crate::api::caller::Caller;
use crate::api::problem::Answer;
use crate::app::App;

/// Resources named one by one.
const RECENT: usize = 10;

/// Counts, the newest resources, and the use of classes.
pub(super) async fn stats(caller: Caller, State(app): State<App>) -> Answer<Json<Value>> {
    let mut tx = app.store.read().await?;
    let schemas = lookup::tenant_bodies(&mut tx, &caller, ResourceType::Schemas).await?;
    let mixins = lookup::tenant_bodies(&mut tx, &caller, ResourceType::Mixins).await?;
    let data_types = lookup::tenant_bodies(&mut tx, &caller, ResourceType::DataTypes).await?;
    let classes = lookup::tenant_bodies(&mut tx, &caller, ResourceType::Classes).await?;
    let recent: Vec<Value> = schemas.iter().take(RECENT).map(recent).collect();
    Ok(Json(json!({
        "imsOrg": caller.scope.org,
        "tenantId": caller.tenant,
        "counts": {
            "schemas": schemas.len(),
            "mixins": mixins.len(),
            "datatypes": data_types.len(),
            "classes": classes.len(),
            "unions": 0,
        },
        "recentlyCreatedResources": recent,
        "recentlyUpdatedResources": recent,
        "classUsage": class_usage(&schemas),
    })))
}

fn recent(body: &Value) -> Value {
    json!({
        "title": body["title"],
        "description": body["description"],
        "meta:resourceType": body["meta:resourceType"],
        "meta:created": body["meta:registryMetadata"]["repo:createdDate"],
        "$id": body["$id"],
        "meta:altId": body["meta:altId"],
        "version": body["version"],
    })
}

/// The schemas of each class, by the class's `$id`.
fn class_usage(schemas: &[Value]) -> Value {
    let mut usage = Map::new();
    for schema in schemas {
        let class = schema["meta:class"].as_str().unwrap_or_default().to_owned();
        let users = usage.entry(class).or_insert_with(|| json!([]));
        if let Some(users) = users.as_array_mut() {
            users.push(json!({ "$id": schema["$id"], "title": schema["title"] }));
        }
    }
    Value::Object(usage)
}
