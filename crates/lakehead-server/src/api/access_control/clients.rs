//! `/administration/clients`: clients of the token endpoint. A secret is in one answer only, the one that made it.

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::http;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lakehead_store::{ClientKind, ServiceClient, Subject, Tx};
use serde_json::{Value, json};

use super::lists::{Window, bad, needed, object, text, texts};
use crate::access::administer::{self, OVERLAP_HOURS};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Member;
use crate::api::path::Path;
use crate::api::problem::{Answer, shorten};
use crate::app::App;

/// `GET /administration/clients`
pub(super) async fn list(member: Member, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let (window, org) = (Window::read(&query)?, &member.claims.org);
    let mut tx = app.store.read().await?;
    let total = tx.count_clients(org).await?;
    let mut shown = Vec::new();
    for client in tx.clients(org, window.start, window.limit).await? {
        shown.push(wire(&mut tx, &client).await?);
    }
    Ok(Json(window.page("items", shown, total, "/administration/clients")))
}

/// `POST /administration/clients`
pub(super) async fn create(member: Member, State(app): State<App>, JsonBody(body): JsonBody) -> Answer<Response> {
    let (body, org) = (object(&body)?, &member.claims.org);
    let name = needed(body, "name")?;
    let kind = match text(body, "kind")? {
        None => ClientKind::Service,
        Some(kind) => ClientKind::parse(kind)
            .ok_or_else(|| bad(format!("`kind` `{}` is not `service` or `user`", shorten(kind))))?,
    };
    let roles = texts(body, "roles")?.unwrap_or_default();
    let mut tx = member.write(&app).await?;
    let new = administer::create_client(&mut tx, org, name, kind, &roles).await?;
    let mut shown = show(&mut tx, org, &new.client_id).await?;
    tx.commit().await?;
    shown["clientSecret"] = new.client_secret.into();
    Ok((StatusCode::CREATED, secret(shown)).into_response())
}

/// `GET /administration/clients/{id}`
pub(super) async fn get(member: Member, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    Ok(Json(show(&mut app.store.read().await?, &member.claims.org, &id).await?))
}

/// `PATCH /administration/clients/{id}`: `name` and `disabled`.
pub(super) async fn patch(
    member: Member,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    let (body, org) = (object(&body)?, &member.claims.org);
    let disabled = match body.get("disabled") {
        None => None,
        Some(value) => Some(value.as_bool().ok_or_else(|| bad("`disabled` must be `true` or `false`"))?),
    };
    let name = text(body, "name")?;
    if name.is_none() && disabled.is_none() {
        return Err(bad("nothing is to be changed: send `name` or `disabled`"));
    }
    let mut tx = member.write(&app).await?;
    administer::change_client(&mut tx, org, &id, name, disabled).await?;
    let shown = show(&mut tx, org, &id).await?;
    tx.commit().await?;
    Ok(Json(shown))
}

/// `DELETE /administration/clients/{id}`
pub(super) async fn delete(member: Member, State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    let mut tx = member.write(&app).await?;
    administer::delete_client(&mut tx, &member.claims.org, &id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /administration/clients/{id}/secret`, with `overlapHours` or without a body.
pub(super) async fn rotate_secret(
    member: Member,
    State(app): State<App>,
    Path(id): Path<String>,
    request: Request,
) -> Answer<Response> {
    let overlap_hours = if request.headers().contains_key(http::header::CONTENT_TYPE) {
        let JsonBody(body) = JsonBody::from_request(request, &app).await?;
        let whole = |value: &Value| value.as_i64().ok_or_else(|| bad("`overlapHours` must be a whole number"));
        object(&body)?.get("overlapHours").map_or(Ok(OVERLAP_HOURS), whole)?
    } else {
        OVERLAP_HOURS
    };
    let org = &member.claims.org;
    let mut tx = member.write(&app).await?;
    let (new, _) = administer::rotate_secret(&mut tx, org, &id, overlap_hours).await?;
    let mut shown = show(&mut tx, org, &id).await?;
    tx.commit().await?;
    shown["clientSecret"] = new.into();
    Ok(secret(shown))
}

/// An answer that nobody keeps.
fn secret(shown: Value) -> Response {
    ([(http::header::CACHE_CONTROL, "no-store")], Json(shown)).into_response()
}

async fn show(tx: &mut Tx, org: &str, id: &str) -> Answer<Value> {
    let client = tx.client_of(org, id).await?.ok_or_else(|| administer::unknown("client", id))?;
    wire(tx, &client).await
}

async fn wire(tx: &mut Tx, client: &ServiceClient) -> Answer<Value> {
    let roles = tx.roles_of(&client.org, &Subject::Client(client.client_id.clone())).await?;
    Ok(json!({
        "id": client.client_id,
        "clientId": client.client_id,
        "name": client.name,
        "kind": client.kind.as_str(),
        "disabled": client.disabled,
        "accountId": client.technical_account,
        "imsOrgId": client.org,
        "roles": roles,
        "createdAt": client.created_at_ms,
        "oldSecretUntil": client.old_secret.as_ref().map(|old| old.until_ms),
    }))
}
