//! `GET /rpc/auditlog/{id}`: who changed a resource, newest first, from the audit trail.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use lakehead_model::xdm::resource::XdmResource;
use lakehead_store::{AuditFilter, AuditRow, DocumentKind};
use serde_json::{Value, json};

use super::lookup;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::Answer;
use crate::app::App;

/// Most changes of one answer.
const MOST: u32 = 300;

/// Answers the newest changes.
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Vec<Value>>> {
    let mut tx = app.store.read().await?;
    let found = tx.xdm_resource(&caller.scope, &id).await?;
    let resource = found.ok_or_else(|| lookup::not_found(&id, None))?;
    let filter = AuditFilter {
        kind: Some(DocumentKind::XdmResource.as_str().to_owned()),
        object_id: Some(resource.alt_id.clone()),
        sandbox_id: Some(caller.scope.sandbox_id.clone()),
        ..AuditFilter::default()
    };
    let rows = tx.audit(&caller.scope.org, &filter, MOST).await?;
    let mut seen = HashSet::new();
    Ok(Json(rows.iter().map(|row| shown(row, &resource, &caller, &mut seen)).collect()))
}

fn shown(row: &AuditRow, resource: &XdmResource, caller: &Caller, seen: &mut HashSet<String>) -> Value {
    let at = DateTime::<Utc>::from_timestamp_millis(row.at_ms).unwrap_or_default();
    json!({
        "id": resource.id,
        "updatedUser": row.user,
        "imsOrg": caller.scope.org,
        "updatedTime": at.format("%m-%d-%Y %H:%M:%S").to_string(),
        "requestId": row.request_id,
        "clientId": row.client,
        "sandboxId": row.sandbox_id,
        "updates": updates(row, resource, seen),
    })
}

/// What one row of the trail says was changed. The trail has names and no values: the value of a member is known of its
/// newest change only, where it is the one that the resource has now. `seen` holds the members of newer changes.
fn updates(row: &AuditRow, resource: &XdmResource, seen: &mut HashSet<String>) -> Vec<Value> {
    let update = |action: &str, path: String, value: Option<&Value>| {
        let kind = resource.resource_type.as_str();
        let mut update = json!({ "id": resource.id, "xdmType": kind, "action": action, "path": path });
        if let Some(value) = value {
            update["value"] = value.clone();
        }
        update
    };
    if row.action == "create" {
        return vec![update("add", String::new(), None)];
    }
    let changed = row.detail["changed"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let members = changed.filter_map(|name| name.strip_prefix("body."));
    let one = |name: &str| {
        let path = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        if !seen.insert(name.to_owned()) {
            return update("replace", path, None);
        }
        match resource.body.get(name) {
            Some(value) => update("replace", path, Some(value)),
            None => update("remove", path, None),
        }
    };
    members.map(one).collect()
}
