//! `/administration/users`: people whom an external issuer vouches for.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lakehead_store::{Subject, Tx, User};
use serde_json::{Value, json};

use super::lists::{Window, needed, object, text, texts};
use crate::access::administer;
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Member;
use crate::api::path::Path;
use crate::api::problem::Answer;
use crate::app::App;

/// `GET /administration/users`
pub(super) async fn list(member: Member, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let (window, org) = (Window::read(&query)?, &member.claims.org);
    let mut tx = app.store.read().await?;
    let total = tx.count_users(org).await?;
    let mut shown = Vec::new();
    for user in tx.users(org, window.start, window.limit).await? {
        shown.push(wire(&mut tx, &user).await?);
    }
    Ok(Json(window.page("items", shown, total, "/administration/users")))
}

/// `POST /administration/users`
pub(super) async fn create(
    member: Member,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
    let (body, org) = (object(&body)?, &member.claims.org);
    let (issuer, subject) = (needed(body, "issuer")?, needed(body, "subject")?);
    let (name, roles) = (text(body, "name")?.unwrap_or_default(), texts(body, "roles")?.unwrap_or_default());
    let mut tx = member.write(&app).await?;
    let user = administer::create_user(&mut tx, org, issuer, subject, name, &roles).await?;
    let shown = wire(&mut tx, &user).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// `GET /administration/users/{id}`
pub(super) async fn get(member: Member, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let mut tx = app.store.read().await?;
    let user = tx.user(&member.claims.org, &id).await?.ok_or_else(|| administer::unknown("user", &id))?;
    Ok(Json(wire(&mut tx, &user).await?))
}

/// `DELETE /administration/users/{id}`
pub(super) async fn delete(member: Member, State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    let mut tx = member.write(&app).await?;
    administer::delete_user(&mut tx, &member.claims.org, &id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn wire(tx: &mut Tx, user: &User) -> Answer<Value> {
    let roles = tx.roles_of(&user.org, &Subject::User(user.account_id.clone())).await?;
    Ok(json!({
        "id": user.account_id,
        "accountId": user.account_id,
        "issuer": user.issuer,
        "subject": user.subject,
        "name": user.name,
        "imsOrgId": user.org,
        "roles": roles,
        "createdAt": user.created_at_ms,
    }))
}
