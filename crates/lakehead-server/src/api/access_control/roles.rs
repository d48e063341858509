//! `/administration/roles`: what members of a role may do and see.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lakehead_model::patch;
use lakehead_store::{Role, Sandbox, Tx};
use serde_json::{Map, Value, json};

use super::lists::{Window, bad, list_of, needed, object, text, texts};
use crate::access::roles::{self, RoleText};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Member;
use crate::api::path::Path;
use crate::api::problem::Answer;
use crate::app::App;

/// What a patch may change.
const PATCHABLE: &[&str] =
    &["/name", "/description", "/permissionSets/**", "/sandboxes/**", "/subjectAttributes/labels/**"];

/// `GET /administration/roles`
pub(super) async fn list(member: Member, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let window = Window::read(&query)?;
    let mut tx = app.store.read().await?;
    let sandboxes = tx.sandboxes(&member.claims.org).await?;
    let all = roles::all(&mut tx, &member.claims.org).await?;
    let shown = all.iter().skip(window.start as usize).take(window.limit as usize);
    let shown = shown.map(|role| wire(&member, role, &sandboxes)).collect();
    Ok(Json(window.page("items", shown, all.len() as u64, "/administration/roles")))
}

/// `POST /administration/roles`
pub(super) async fn create(
    member: Member,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
    let body = object(&body)?;
    needed(body, "name")?;
    let text = read(body, RoleText::default())?;
    let mut tx = member.write(&app).await?;
    let role = roles::create(&mut tx, &member.claims.org, &text, &member.claims.sub).await?;
    Ok((StatusCode::CREATED, keep(tx, &member, &role).await?))
}

/// `GET /administration/roles/{id}`
pub(super) async fn get(member: Member, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let mut tx = app.store.read().await?;
    let role = roles::find(&mut tx, &member.claims.org, &id).await?;
    let sandboxes = tx.sandboxes(&member.claims.org).await?;
    Ok(Json(wire(&member, &role, &sandboxes)))
}

/// `PUT /administration/roles/{id}`: lists that the body does not have stay as they are.
pub(super) async fn put(
    member: Member,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    let body = object(&body)?;
    needed(body, "name")?;
    change(&member, &app, &id, |now| read(body, now)).await
}

/// `PATCH /administration/roles/{id}`: a list of operations, one alone, or `{"operations": […]}`.
pub(super) async fn patch(
    member: Member,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    let operations = patch::parse(operations(&body)).map_err(|invalid| bad(invalid.message))?;
    change(&member, &app, &id, |now| {
        let patched = patch::apply(&editable(&now), &operations, PATCHABLE).map_err(|invalid| bad(invalid.message))?;
        // What a patch took away is empty, not unchanged.
        read(object(&patched)?, RoleText { name: now.name, ..RoleText::default() })
    })
    .await
}

/// `DELETE /administration/roles/{id}`
pub(super) async fn delete(member: Member, State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    let mut tx = member.write(&app).await?;
    roles::delete(&mut tx, &member.claims.org, &id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The operations of a patch, with or without their wrapper.
pub(super) fn operations(body: &Value) -> &Value {
    body.get("operations").unwrap_or(body)
}

async fn change(
    member: &Member,
    app: &App,
    id: &str,
    to: impl FnOnce(RoleText) -> Answer<RoleText>,
) -> Answer<Json<Value>> {
    let org = &member.claims.org;
    let mut tx = member.write(app).await?;
    let role = roles::find(&mut tx, org, id).await?;
    let now = roles::text(&role, &tx.sandboxes(org).await?);
    let role = roles::update(&mut tx, org, &role, &to(now)?, &member.claims.sub).await?;
    keep(tx, member, &role).await
}

async fn keep(mut tx: Tx, member: &Member, role: &Role) -> Answer<Json<Value>> {
    let shown = wire(member, role, &tx.sandboxes(&member.claims.org).await?);
    tx.commit().await?;
    Ok(Json(shown))
}

/// What the body says, on top of `now`.
fn read(body: &Map<String, Value>, now: RoleText) -> Answer<RoleText> {
    if let Some(kind) = text(body, "roleType")?.filter(|kind| *kind != "user-defined") {
        return Err(bad(format!("`roleType` `{}` cannot be made; send `user-defined`", kind.escape_debug())));
    }
    let labels = match body.get("subjectAttributes") {
        None | Some(Value::Null) => None,
        Some(Value::Object(attributes)) => {
            attributes.get("labels").map(|labels| list_of(labels, "subjectAttributes.labels")).transpose()?
        }
        Some(_) => return Err(bad("`subjectAttributes` must be an object")),
    };
    Ok(RoleText {
        name: text(body, "name")?.map_or(now.name, str::to_owned),
        description: text(body, "description")?.map_or(now.description, str::to_owned),
        permissions: texts(body, "permissionSets")?.unwrap_or(now.permissions),
        sandboxes: texts(body, "sandboxes")?.unwrap_or(now.sandboxes),
        labels: labels.unwrap_or(now.labels),
    })
}

/// The members that people can change.
fn editable(role: &RoleText) -> Value {
    json!({
        "name": role.name,
        "description": role.description,
        "permissionSets": role.permissions,
        "sandboxes": role.sandboxes,
        "subjectAttributes": { "labels": role.labels },
    })
}

fn wire(member: &Member, role: &Role, sandboxes: &[Sandbox]) -> Value {
    let mut shown = editable(&roles::text(role, sandboxes));
    let more = [
        ("id", json!(role.id)),
        ("recordType", json!("role")),
        ("imsOrgID", json!(member.claims.org)),
        ("roleType", json!(if roles::is_built_in(role) { "system-defined" } else { "user-defined" })),
        ("createdAt", json!(role.created_at_ms)),
        ("createdBy", json!(role.created_by)),
        ("modifiedAt", json!(role.modified_at_ms)),
        ("modifiedBy", json!(role.modified_by)),
        ("etag", json!(role.etag)),
    ];
    for (name, value) in more {
        shown[name] = value;
    }
    shown
}
