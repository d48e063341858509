//! `/acl`: which permissions there are, and which the caller has.

use axum::Json;
use lakehead_model::access::Permission::{
    self, Administer, ManageDatasets, ManageSandboxes, ManageSchemas, ManageSources, ViewDatasets, ViewSandboxes,
    ViewSchemas, ViewSources,
};
use lakehead_model::access::Permissions;
use serde_json::{Map, Value, json};

use super::lists::{bad, list_of};
use crate::api::body::JsonBody;
use crate::api::caller::{Caller, Member};
use crate::api::problem::Answer;

/// Questions of one request.
const MAX_QUESTIONS: usize = 100;
/// Resource types, with the permissions to read and to change them.
const RESOURCES: &[(&str, Permission, Permission)] = &[
    ("connection", ViewSources, ManageSources),
    ("flows", ViewSources, ManageSources),
    ("datasets", ViewDatasets, ManageDatasets),
    ("datasets-data", ViewDatasets, ManageDatasets),
    ("schemas", ViewSchemas, ManageSchemas),
    ("classes", ViewSchemas, ManageSchemas),
    ("mixins", ViewSchemas, ManageSchemas),
    ("data-types", ViewSchemas, ManageSchemas),
    ("sandboxes", ViewSandboxes, ManageSandboxes),
    ("roles", Administer, Administer),
];

/// `GET /acl/reference`
pub(super) async fn reference(_: Member) -> Json<Value> {
    let permissions: Map<String, Value> = Permission::ALL
        .iter()
        .map(|permission| (permission.as_str().to_owned(), allowed_by(*permission).into()))
        .collect();
    let all = allowed_by(Administer);
    Json(json!({ "permissions": permissions, "resource-types": all }))
}

/// `POST /acl/effective-policies`: what the caller may do in the chosen sandbox, for each thing that is asked about.
pub(super) async fn effective(caller: Caller, JsonBody(body): JsonBody) -> Answer<Json<Value>> {
    let questions = match body {
        Value::Array(_) => list_of(&body, "body")?,
        _ => return Err(bad("the `body` of the request must be a list such as [\"/permissions/manage-sources\"]")),
    };
    if questions.len() > MAX_QUESTIONS {
        return Err(bad(format!("the `body` of the request may ask about at most {MAX_QUESTIONS} things")));
    }
    let answers: Map<String, Value> =
        questions.iter().map(|question| (question.clone(), actions(question, caller.permissions).into())).collect();
    Ok(Json(json!({
        "policies": answers,
        "subjectAttributes": { "labels": caller.labels.map_or_else(|| json!(["*"]), |labels| json!(labels)) },
        "tokenType": if caller.is_service { "service" } else { "user" },
    })))
}

/// What may be done with the thing of `/permissions/{name}` or `/resource-types/{name}`; nothing with an unknown one.
fn actions(question: &str, held: Permissions) -> Vec<&'static str> {
    if let Some(name) = question.strip_prefix("/permissions/") {
        return if Permission::parse(name).is_some_and(|permission| held.allow(permission)) {
            vec!["*"]
        } else {
            vec![]
        };
    }
    let name = question.strip_prefix("/resource-types/");
    let resource = RESOURCES.iter().find(|(resource, ..)| Some(*resource) == name);
    resource.map(|resource| on(resource, held)).unwrap_or_default()
}

fn on((_, view, manage): &(&str, Permission, Permission), held: Permissions) -> Vec<&'static str> {
    match (held.allow(*view), held.allow(*manage)) {
        (_, true) => vec!["read", "write", "delete"],
        (true, false) => vec!["read"],
        (false, false) => vec![],
    }
}

/// Every resource type that the permission says something about, with the actions.
fn allowed_by(permission: Permission) -> Map<String, Value> {
    let held: Permissions = [permission].into_iter().collect();
    let resources = RESOURCES.iter().map(|resource| (resource.0.to_owned(), on(resource, held)));
    resources.filter(|(_, actions)| !actions.is_empty()).map(|(name, actions)| (name, actions.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_follow_the_permissions() {
        let held: Permissions = [ManageSources, ViewSchemas].into_iter().collect();
        let may = |question| actions(question, held);
        assert_eq!(may("/permissions/manage-sources"), ["*"]);
        assert_eq!(may("/permissions/view-sources"), ["*"]);
        assert!(may("/permissions/manage-schemas").is_empty());
        assert_eq!(may("/resource-types/connection"), ["read", "write", "delete"]);
        assert_eq!(may("/resource-types/schemas"), ["read"]);
        assert!(may("/resource-types/roles").is_empty() && may("nonsense").is_empty());
        assert_eq!(allowed_by(Administer).len(), RESOURCES.len());
    }
}
