//! Making a sandbox, and giving it another title.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lakehead_store::{Sandbox, StoreError};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{TYPES, living, not_found, wire};
use crate::api::body::JsonBody;
use crate::api::caller::Member;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Sandboxes of one organisation that are not deleted.
const MAX_SANDBOXES: usize = 75;
/// Longest name and longest title, in characters.
const MAX_TEXT: usize = 256;

/// `POST /sandboxes`: stored as `creating`; housekeeping makes it active.
pub(super) async fn create(
    member: Member,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
    let sandbox = new_sandbox(members(&body)?, &member, app.clock.now_ms())?;
    let org = &member.claims.org;
    let mut tx = member.write(&app).await?;
    // Two that are made at once must not both be the last one.
    tx.lock_organisation(org).await?;
    if tx.sandboxes(org).await?.len() >= MAX_SANDBOXES {
        let message = format!(
            "the organisation has {MAX_SANDBOXES} sandboxes already, so `{}` cannot be made; delete one first",
            sandbox.name
        );
        return Err(Problem::new("SMS-1003-400", message));
    }
    match tx.insert_sandbox(org, &sandbox).await {
        Err(StoreError::Taken { .. }) => {
            let message = format!("sandbox `{}` exists already; choose another name", sandbox.name);
            return Err(Problem::new("SMS-1002-409", message));
        }
        other => other?,
    }
    tx.commit().await?;
    app.engine.tend_sandboxes();
    Ok((StatusCode::ACCEPTED, Json(wire(&sandbox))))
}

/// `PATCH /sandboxes/{name}`: the title is all that can change.
pub(super) async fn rename(
    member: Member,
    State(app): State<App>,
    Path(name): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Json<Value>> {
    let body = members(&body)?;
    if let Some(other) = body.keys().find(|key| *key != "title") {
        let message = format!("`{}` of a sandbox cannot be changed; send `title` only", shorten(other));
        return Err(Problem::new("SMS-1006-400", message));
    }
    let title = title(body)?;
    let mut tx = member.write(&app).await?;
    let sandbox = living(&mut tx, &member, &name).await?;
    let renamed = tx.rename_sandbox(&member.claims.org, &sandbox.id, &title, &member.claims.sub).await?;
    let renamed = renamed.ok_or_else(|| not_found(&name))?;
    tx.commit().await?;
    Ok(Json(wire(&renamed)))
}

/// The members of a body that must be an object.
pub(super) fn members(body: &Value) -> Answer<&Map<String, Value>> {
    body.as_object().ok_or_else(|| {
        Problem::new("SMS-1000-400", "the request body must be a JSON object, such as `{\"title\": \"Development\"}`")
    })
}

fn new_sandbox(body: &Map<String, Value>, member: &Member, now_ms: i64) -> Answer<Sandbox> {
    Ok(Sandbox {
        id: Uuid::from_u128(rand::random()).to_string(),
        name: name(body)?,
        title: title(body)?,
        kind: kind(body)?,
        state: "creating".to_owned(),
        is_default: false,
        region: "LOCAL".to_owned(),
        created_at_ms: now_ms,
        created_by: member.claims.sub.clone(),
        modified_at_ms: now_ms,
        modified_by: member.claims.sub.clone(),
        etag: 1,
        generation: 0,
    })
}

fn name(body: &Map<String, Value>) -> Answer<String> {
    let name = text(body, "name");
    let plain = name.len() <= MAX_TEXT
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if plain {
        return Ok(name);
    }
    let message = format!(
        "`name` must begin with a lower-case letter and hold only lower-case letters, digits and `-`, at most {MAX_TEXT}"
    );
    Err(Problem::new("SMS-1001-400", message))
}

fn title(body: &Map<String, Value>) -> Answer<String> {
    let title = text(body, "title");
    if !title.is_empty() && title.chars().count() <= MAX_TEXT && !title.chars().any(char::is_control) {
        return Ok(title);
    }
    let message = format!("`title` must be a text of 1 to {MAX_TEXT} characters without control characters");
    Err(Problem::new("SMS-1004-400", message))
}

fn kind(body: &Map<String, Value>) -> Answer<String> {
    let kind = text(body, "type");
    if TYPES.iter().any(|(id, _)| *id == kind) {
        return Ok(kind);
    }
    Err(Problem::new("SMS-1005-400", "`type` must be `production` or `development`"))
}

/// A member that is text, without blanks around it; empty where it is missing or something else.
fn text(body: &Map<String, Value>, member: &str) -> String {
    body.get(member).and_then(Value::as_str).map(str::trim).unwrap_or_default().to_owned()
}
