//! `/administration/roles/{id}/subjects`: who is in a role.

use axum::Json;
use axum::extract::State;
use lakehead_store::{Subject, Tx};
use serde_json::{Value, json};

use super::lists::{Window, bad, list_of, needed, object};
use super::roles::operations;
use crate::access::{administer, roles};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Member;
use crate::api::path::Path;
use crate::api::problem::{Answer, shorten};
use crate::app::App;

/// Operations of one request.
const MAX_OPERATIONS: usize = 100;

/// Who is put into a role and who is taken out of it.
#[derive(Default)]
struct Changes {
    add: Vec<Subject>,
    remove: Vec<Subject>,
}

/// `GET /administration/roles/{id}/subjects`
pub(super) async fn list(
    member: Member,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let window = Window::read(&query)?;
    let mut tx = app.store.read().await?;
    page(&mut tx, &member, &id, window, "items").await
}

/// `PATCH /administration/roles/{id}/subjects`
pub(super) async fn patch(
    member: Member,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    let changes = read(operations(&body))?;
    let mut tx = member.write(&app).await?;
    administer::change_members(&mut tx, &member.claims.org, &id, &changes.add, &changes.remove).await?;
    let page = page(&mut tx, &member, &id, Window { start: 0, limit: 100 }, "subjects").await?;
    tx.commit().await?;
    Ok(page)
}

async fn page(tx: &mut Tx, member: &Member, id: &str, window: Window, name: &str) -> Answer<Json<Value>> {
    let org = &member.claims.org;
    let role = roles::find(tx, org, id).await?.id;
    let members = tx.role_members(org, &role, window.start, window.limit).await?;
    let total = tx.count_role_members(org, &role).await?;
    let wire = |subject: &Subject| json!({ "roleId": role, "subjectType": subject.kind(), "subjectId": subject.id() });
    let shown = members.iter().map(wire).collect();
    Ok(Json(window.page(name, shown, total, &format!("/administration/roles/{role}/subjects"))))
}

/// Reads a patch of members. It is no JSON Patch: what is removed is named by the value.
fn read(body: &Value) -> Answer<Changes> {
    let items = match body {
        Value::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    if items.is_empty() || items.len() > MAX_OPERATIONS {
        return Err(bad(format!("send 1 to {MAX_OPERATIONS} operations such as {{\"op\", \"path\", \"value\"}}")));
    }
    let mut changes = Changes::default();
    for item in items {
        let item = object(item)?;
        let to_subject: fn(String) -> Subject = match needed(item, "path")? {
            "/user" => Subject::User,
            "/client" | "/api-integration" => Subject::Client,
            other => return Err(bad(format!("`path` `{}` is not `/user` or `/client`", shorten(other)))),
        };
        let value = item.get("value").ok_or_else(|| bad("`value` is missing: send an id or a list of ids"))?;
        let subjects = list_of(value, "value")?.into_iter().map(to_subject);
        match needed(item, "op")? {
            "add" => changes.add.extend(subjects),
            "remove" => changes.remove.extend(subjects),
            other => return Err(bad(format!("`op` `{}` is not `add` or `remove`", shorten(other)))),
        }
    }
    Ok(changes)
}
