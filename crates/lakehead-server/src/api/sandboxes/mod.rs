//! Sandbox management: reading and making sandboxes.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use lakehead_model::access::Permission::{ManageSandboxes, ViewSandboxes};
use lakehead_store::{Sandbox, StoreError};
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::JsonBody;
use super::caller::Member;
use super::path::Path;
use super::problem::{Answer, Problem, shorten};
use super::routes::{Doc, Service};
use crate::app::App;

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/sandbox-management";
/// Sandboxes of one organisation.
const MAX_SANDBOXES: usize = 75;

/// Every route of sandbox management, relative to [`BASE`].
pub(super) fn routes() -> Service {
    Service::new(BASE, "Sandboxes")
        .get(
            "/",
            list,
            Doc::new("listUsableSandboxes", "List the sandboxes that can be used").answers(200, "SandboxList"),
        )
        .get(
            "/sandboxes",
            list,
            Doc::new("listSandboxes", "List sandboxes").needs(ViewSandboxes).answers(200, "SandboxList"),
        )
        .post(
            "/sandboxes",
            create,
            Doc::new("createSandbox", "Make a sandbox")
                .needs(ManageSandboxes)
                .body("SandboxCreate")
                .answers(202, "Sandbox"),
        )
        .get("/sandboxes/{name}", find, Doc::new("getSandbox", "Show a sandbox").answers(200, "Sandbox"))
}

/// `GET /sandboxes`
async fn list(member: Member, State(app): State<App>) -> Answer<Json<Value>> {
    let sandboxes = app.store.read().await?.sandboxes(&member.claims.org).await?;
    let shown: Vec<Value> = sandboxes.iter().map(wire).collect();
    let count = shown.len();
    Ok(Json(json!({ "sandboxes": shown, "_page": { "limit": 200, "count": count }, "_links": {} })))
}

/// `GET /sandboxes/{name}`
async fn find(member: Member, State(app): State<App>, Path(name): Path<String>) -> Answer<Json<Value>> {
    let sandbox = app.store.read().await?.sandbox_by_name(&member.claims.org, &name).await?;
    let sandbox = sandbox.ok_or_else(|| {
        Problem::new(
            "SMS-1404-404",
            format!("sandbox `{}` is not found in this organisation; check its name", shorten(&name)),
        )
    })?;
    Ok(Json(wire(&sandbox)))
}

/// `POST /sandboxes`: usable at once.
async fn create(member: Member, State(app): State<App>, JsonBody(body): JsonBody) -> Answer<(StatusCode, Json<Value>)> {
    let sandbox = read(&body, &member, app.clock.now_ms())?;
    let mut tx = member.write(&app).await?;
    if tx.sandboxes(&member.claims.org).await?.len() >= MAX_SANDBOXES {
        let message = format!(
            "the organisation has {MAX_SANDBOXES} sandboxes already, so `{}` cannot be made; delete one first",
            sandbox.name
        );
        return Err(Problem::new("SMS-1003-400", message));
    }
    match tx.insert_sandbox(&member.claims.org, &sandbox).await {
        Err(StoreError::Taken { .. }) => {
            let message = format!("sandbox `{}` exists already; choose another name", sandbox.name);
            return Err(Problem::new("SMS-1002-409", message));
        }
        other => other?,
    }
    tx.commit().await?;
    app.principals.forget();
    Ok((StatusCode::ACCEPTED, Json(wire(&sandbox))))
}

fn read(body: &Value, member: &Member, now_ms: i64) -> Answer<Sandbox> {
    let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::trim).unwrap_or_default().to_owned();
    let (name, title, kind) = (text("name"), text("title"), text("type"));
    let plain = name.len() <= 256
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !plain {
        return Err(bad("`name` must begin with a lower-case letter and hold only lower-case letters, digits and `-`"));
    }
    if title.is_empty() || title.chars().count() > 256 {
        return Err(bad("`title` is missing or longer than 256 characters"));
    }
    if !matches!(kind.as_str(), "production" | "development") {
        return Err(bad("`type` must be `production` or `development`"));
    }
    Ok(Sandbox {
        id: Uuid::from_u128(rand::random()).to_string(),
        name,
        title,
        kind,
        state: "active".to_owned(),
        is_default: false,
        region: "local".to_owned(),
        created_at_ms: now_ms,
        created_by: member.claims.sub.clone(),
        modified_at_ms: now_ms,
        modified_by: member.claims.sub.clone(),
        etag: 1,
    })
}

fn bad(message: &str) -> Problem {
    Problem::new("SMS-1001-400", message)
}

fn wire(sandbox: &Sandbox) -> Value {
    json!({
        "id": sandbox.id,
        "name": sandbox.name,
        "title": sandbox.title,
        "state": sandbox.state,
        "type": sandbox.kind,
        "region": sandbox.region,
        "isDefault": sandbox.is_default,
        "eTag": sandbox.etag,
        "createdDate": date(sandbox.created_at_ms),
        "lastModifiedDate": date(sandbox.modified_at_ms),
        "createdBy": sandbox.created_by,
        "modifiedBy": sandbox.modified_by,
    })
}

fn date(epoch_ms: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(epoch_ms).unwrap_or_default().format("%Y-%m-%d %H:%M:%S").to_string()
}
