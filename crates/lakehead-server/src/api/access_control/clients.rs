//! `/administration/clients`: who can get a token.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lakehead_model::body;
use lakehead_store::{ServiceClient, Tx};
use serde_json::{Value, json};

use super::keep_an_administrator;
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Member;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;
use crate::cli::client::new_client;

/// Clients of one organisation.
const MAX_CLIENTS: usize = 10_000;

/// `GET /administration/clients`
pub(super) async fn list(member: Member, State(app): State<App>) -> Answer<Json<Value>> {
    let clients = app.store.read().await?.clients(&member.claims.org).await?;
    let shown: Vec<Value> = clients
        .iter()
        .map(|client| {
            json!({
                "clientId": client.client_id, "name": client.name, "kind": client.kind, "disabled": client.disabled,
                "account": client.technical_account, "createdAt": client.created_at_ms,
            })
        })
        .collect();
    Ok(Json(json!({ "clients": shown })))
}

/// `POST /administration/clients`: `name`, `kind` (`service` or `user`), `roles` (ids).
pub(super) async fn create(
    member: Member,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
    let root = body::root(&body)?;
    let name = body::name(root)?;
    let kind = body::opt_text(root, "kind", "kind")?.unwrap_or_else(|| "service".to_owned());
    if !matches!(kind.as_str(), "service" | "user") {
        return Err(lakehead_model::Invalid::value("kind", "choose `service` or `user`").into());
    }
    let bad_roles = || lakehead_model::Invalid::value("roles", "a list of ids of roles is expected");
    let roles = match body::member(root, "roles") {
        None => Vec::new(),
        Some(Value::Array(items)) if items.len() <= 100 => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(bad_roles)?,
        Some(_) => return Err(bad_roles().into()),
    };
    let org = &member.claims.org;
    let mut tx = member.write(&app).await?;
    if tx.clients(org).await?.len() >= MAX_CLIENTS {
        let message =
            format!("the organisation has {MAX_CLIENTS} clients already, without room for `{name}`; delete one first");
        return Err(Problem::new("PLATFORM-1005-409", message));
    }
    let known = tx.roles(org).await?;
    if let Some(odd) = roles.iter().find(|id| !known.iter().any(|role| role.id == **id)) {
        let cure = format!("`{}` is not a role of this organisation; list its roles", shorten(odd));
        return Err(lakehead_model::Invalid::value("roles", &cure).into());
    }
    let (client, secret) = new_client(&name, &kind, org, app.clock.now_ms());
    tx.insert_client(&client).await?;
    for role in &roles {
        tx.assign_role(org, role, &client.client_id).await?;
    }
    tx.commit().await?;
    let answer = json!({ "clientId": client.client_id, "clientSecret": secret, "kind": kind, "roles": roles });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `PATCH /administration/clients/{id}?disabled=`
pub(super) async fn set_disabled(
    member: Member,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<StatusCode> {
    let disabled = query.get("disabled").and_then(|text| body::as_flag(&json!(text)));
    let disabled = disabled.ok_or_else(|| Problem::new("FLOW-1452-400", "`disabled` must be `true` or `false`"))?;
    let org = &member.claims.org;
    let mut tx = member.write(&app).await?;
    find(&mut tx, org, &id).await?;
    tx.set_client_disabled(org, &id, disabled).await?;
    keep_an_administrator(&mut tx, org).await?;
    tx.commit().await?;
    app.principals.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /administration/clients/{id}`
pub(super) async fn delete(member: Member, State(app): State<App>, Path(id): Path<String>) -> Answer<StatusCode> {
    let org = &member.claims.org;
    let mut tx = member.write(&app).await?;
    find(&mut tx, org, &id).await?;
    tx.delete_client(org, &id).await?;
    keep_an_administrator(&mut tx, org).await?;
    tx.commit().await?;
    app.principals.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// A client of the organisation; one of another is unknown.
pub(super) async fn find(tx: &mut Tx, org: &str, id: &str) -> Answer<ServiceClient> {
    let client = tx.client(id).await?.filter(|client| client.org == org);
    client.ok_or_else(|| {
        Problem::new(
            "PLATFORM-1004-404",
            format!("client `{}` is not found in this organisation; list its clients", shorten(id)),
        )
    })
}
