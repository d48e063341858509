//! `/administration/roles`: permissions, where they hold, and who has them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lakehead_model::access::Role;
use lakehead_model::id::random_hex;
use lakehead_store::{StoreError, Tx};
use serde_json::{Value, json};

use super::keep_an_administrator;
use crate::api::body::JsonBody;
use crate::api::caller::Member;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Roles of one organisation.
const MAX_ROLES: usize = 500;

/// `GET /administration/roles`
pub(super) async fn list(member: Member, State(app): State<App>) -> Answer<Json<Value>> {
    let roles = app.store.read().await?.roles(&member.claims.org).await?;
    Ok(Json(json!({ "roles": roles })))
}

/// `GET /administration/roles/{id}`
pub(super) async fn get(member: Member, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let role = find(&mut app.store.read().await?, &member.claims.org, &id).await?;
    Ok(Json(json!(role)))
}

/// `POST /administration/roles`
pub(super) async fn create(
    member: Member,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
    let role = Role::parse(&body, random_hex(16))?;
    let mut tx = member.write(&app).await?;
    let known = tx.roles(&member.claims.org).await?;
    if known.len() >= MAX_ROLES {
        let message = format!(
            "the organisation has {MAX_ROLES} roles already, without room for `{}`; delete one first",
            role.name
        );
        return Err(Problem::new("PLATFORM-1005-409", message));
    }
    let taken =
        || Problem::new("PLATFORM-1005-409", format!("role `{}` exists already; choose another name", role.name));
    if known.iter().any(|other| other.name == role.name) {
        return Err(taken());
    }
    match tx.insert_role(&member.claims.org, &role).await {
        Err(StoreError::Taken { .. }) => return Err(taken()),
        other => other?,
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(json!(role))))
}

/// `DELETE /administration/roles/{id}`: not those that always exist.
pub(super) async fn delete(member: Member, State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    let org = &member.claims.org;
    let mut tx = member.write(&app).await?;
    let role = find(&mut tx, org, &id).await?;
    if !tx.delete_role(org, &role.id).await? {
        let message =
            format!("role `{}` always exists and cannot be deleted; take it from its clients instead", role.name);
        return Err(Problem::new("PLATFORM-1005-409", message));
    }
    tx.commit().await?;
    app.principals.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /administration/roles/{id}/subjects`
pub(super) async fn members(member: Member, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let mut tx = app.store.read().await?;
    let role = find(&mut tx, &member.claims.org, &id).await?;
    let members = tx.role_members(&member.claims.org, &role.id).await?;
    let subjects: Vec<Value> = members.iter().map(|id| json!({ "subjectId": id, "subjectType": "client" })).collect();
    Ok(Json(json!({ "subjects": subjects })))
}

/// `PUT /administration/roles/{id}/subjects/{client}`
pub(super) async fn assign(
    member: Member,
    State(app): State<App>,
    Path((id, client)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let org = &member.claims.org;
    let mut tx = member.write(&app).await?;
    let role = find(&mut tx, org, &id).await?;
    super::clients::find(&mut tx, org, &client).await?;
    tx.assign_role(org, &role.id, &client).await?;
    tx.commit().await?;
    app.principals.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /administration/roles/{id}/subjects/{client}`
pub(super) async fn unassign(
    member: Member,
    State(app): State<App>,
    Path((id, client)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let org = &member.claims.org;
    let mut tx = member.write(&app).await?;
    let role = find(&mut tx, org, &id).await?;
    if !tx.unassign_role(org, &role.id, &client).await? {
        let message =
            format!("client `{}` does not have role `{}`; list the subjects of the role", shorten(&client), role.name);
        return Err(Problem::new("PLATFORM-1004-404", message));
    }
    keep_an_administrator(&mut tx, org).await?;
    tx.commit().await?;
    app.principals.forget();
    Ok(StatusCode::NO_CONTENT)
}

async fn find(tx: &mut Tx, org: &str, id: &str) -> Answer<Role> {
    let role = tx.roles(org).await?.into_iter().find(|role| role.id == id);
    role.ok_or_else(|| {
        Problem::new(
            "PLATFORM-1004-404",
            format!("role `{}` is not found in this organisation; list its roles", shorten(id)),
        )
    })
}
