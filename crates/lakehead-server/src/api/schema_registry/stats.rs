//! `GET /stats`: the tenant's namespace, and how much it has made.

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use lakehead_model::xdm::ResourceType;
use lakehead_model::xdm::resource::XdmResource;
use lakehead_model::xdm::unions::Member;
use serde_json::{Map, Value, json};

use super::scan;
use crate::api::caller::Caller;
use crate::api::problem::Answer;
use crate::app::App;

/// Resources named one by one.
const RECENT: usize = 10;

/// Counts, the newest resources, and the use of classes.
pub(super) async fn stats(caller: Caller, State(app): State<App>) -> Answer<Json<Value>> {
    let mut found = Found::default();
    scan::each(&mut app.store.read().await?, &caller, |resource| found.add(&resource)).await?;
    let count = |kind| found.counts.get(&kind).copied().unwrap_or(0);
    Ok(Json(json!({
        "imsOrg": caller.scope.org,
        "tenantId": caller.tenant,
        "counts": {
            "schemas": count(ResourceType::Schemas),
            "mixins": count(ResourceType::Mixins),
            "datatypes": count(ResourceType::DataTypes),
            "classes": count(ResourceType::Classes),
            "unions": found.unions.len(),
        },
        "recentlyCreatedResources": recent(found.created),
        "recentlyUpdatedResources": recent(found.updated),
        "classUsage": found.class_usage,
    })))
}

/// What is counted while all resources pass by.
#[derive(Default)]
struct Found {
    counts: HashMap<ResourceType, usize>,
    /// Classes with a schema that is enabled.
    unions: BTreeSet<String>,
    /// The newest resources, each with its time.
    created: Vec<(i64, Value)>,
    updated: Vec<(i64, Value)>,
    /// The schemas of each class, by the class's `$id`.
    class_usage: Map<String, Value>,
}

impl Found {
    fn add(&mut self, resource: &XdmResource) {
        let body = &resource.body;
        *self.counts.entry(resource.resource_type).or_default() += 1;
        keep(&mut self.created, resource.created_at_ms, body);
        keep(&mut self.updated, resource.updated_at_ms, body);
        if resource.resource_type == ResourceType::Schemas {
            self.unions.extend(Member::of(body).map(|member| member.class));
            let class = body["meta:class"].as_str().unwrap_or_default().to_owned();
            let users = self.class_usage.entry(class).or_insert_with(|| json!([]));
            if let Some(users) = users.as_array_mut() {
                users.push(json!({ "$id": body["$id"], "title": body["title"] }));
            }
        }
    }
}

/// Keeps the newest resources only.
fn keep(newest: &mut Vec<(i64, Value)>, at_ms: i64, body: &Value) {
    let brief = json!({
        "title": body["title"],
        "description": body["description"],
        "meta:resourceType": body["meta:resourceType"],
        "meta:created": body["meta:registryMetadata"]["repo:createdDate"],
        "meta:updated": body["meta:registryMetadata"]["repo:lastModifiedDate"],
        "$id": body["$id"],
        "meta:altId": body["meta:altId"],
        "version": body["version"],
    });
    let place = newest.partition_point(|(known, _)| *known >= at_ms);
    newest.insert(place, (at_ms, brief));
    newest.truncate(RECENT);
}

fn recent(newest: Vec<(i64, Value)>) -> Vec<Value> {
    newest.into_iter().map(|(_, brief)| brief).collect()
}
