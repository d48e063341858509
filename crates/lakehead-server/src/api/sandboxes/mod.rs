//! Sandbox management: which sandboxes there are, and their life.

mod change;
mod list;
mod remove;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use lakehead_model::access::Permission::{ManageSandboxes, ViewSandboxes};
use lakehead_store::{Sandbox, Tx};
use serde_json::{Value, json};

use super::caller::Member;
use super::openapi::parameters::{Kind, Parameter};
use super::path::Path;
use super::problem::{Answer, Problem, shorten};
use super::routes::{Doc, Service};
use crate::app::App;

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/sandbox-management";
/// Ids and titles of the types that a sandbox can have.
const TYPES: [(&str, &str); 2] = [("production", "Production"), ("development", "Development")];

const LIST: &[Parameter] = &[
    Parameter::new("limit", Kind::Integer(1, list::MAX_LIMIT), "Most sandboxes of one page; only with `offset`."),
    Parameter::new("offset", Kind::Integer(0, 1_000_000_000), "Sandboxes to leave out; only with `limit`."),
    Parameter::new("property", Kind::Texts, "Such as `state==active`; deleted sandboxes are found by `state` only."),
    Parameter::new("orderBy", Kind::Text, "Fields in an order, such as `desc:created,name`."),
];
const FLAGS: &[Parameter] = &[
    Parameter::new("validationOnly", Kind::Flag, "`true` checks whether it could be done, and does nothing."),
    Parameter::new("ignoreWarnings", Kind::Flag, "`true` goes on in spite of warnings; there are none."),
];

/// Every route of sandbox management, relative to [`BASE`].
pub(super) fn routes() -> Service {
    Service::new(BASE, "Sandboxes")
        .get(
            "/",
            list::usable,
            Doc::new("listUsableSandboxes", "List the sandboxes that can be used").answers(200, "SandboxList"),
        )
        .get(
            "/sandboxTypes",
            types,
            Doc::new("listSandboxTypes", "List the types of sandboxes").answers(200, "SandboxTypes"),
        )
        .get(
            "/sandboxes",
            list::list,
            Doc::new("listSandboxes", "List sandboxes").needs(ViewSandboxes).query(LIST).answers(200, "SandboxList"),
        )
        .post(
            "/sandboxes",
            change::create,
            Doc::new("createSandbox", "Make a sandbox")
                .notes("It can be used once its state is `active`.")
                .needs(ManageSandboxes)
                .body("SandboxCreate")
                .answers(202, "Sandbox"),
        )
        .get(
            "/sandboxes/{name}",
            find,
            Doc::new("getSandbox", "Show a sandbox")
                .notes("A deleted one is shown as long as no other has its name.")
                .answers(200, "Sandbox"),
        )
        .patch(
            "/sandboxes/{name}",
            change::rename,
            Doc::new("updateSandbox", "Give a sandbox another title")
                .needs(ManageSandboxes)
                .body("SandboxUpdate")
                .answers(200, "Sandbox"),
        )
        .put(
            "/sandboxes/{name}",
            remove::reset,
            Doc::new("resetSandbox", "Delete everything in a sandbox")
                .notes("Name, title and permissions stay. It can be used again once its state is `active`.")
                .needs(ManageSandboxes)
                .query(FLAGS)
                .body("SandboxAction")
                .answers(202, "Sandbox"),
        )
        .delete(
            "/sandboxes/{name}",
            remove::delete,
            Doc::new("deleteSandbox", "Delete a sandbox with everything in it")
                .notes("Its name can be used again once its state is `deleted`. The default sandbox cannot be deleted.")
                .needs(ManageSandboxes)
                .query(FLAGS)
                .answers(202, "Sandbox"),
        )
}

/// `GET /sandboxTypes`
async fn types(_: Member) -> Json<Value> {
    Json(json!({ "sandboxTypes": TYPES.map(|(id, title)| json!({ "id": id, "title": title })) }))
}

/// `GET /sandboxes/{name}`
async fn find(member: Member, State(app): State<App>, Path(name): Path<String>) -> Answer<Json<Value>> {
    let sandbox = app.store.read().await?.sandbox_ever_named(&member.claims.org, &name).await?;
    Ok(Json(wire(&sandbox.ok_or_else(|| not_found(&name))?)))
}

/// The sandbox of this name that is not deleted.
async fn living(tx: &mut Tx, member: &Member, name: &str) -> Answer<Sandbox> {
    tx.sandbox_by_name(&member.claims.org, name).await?.ok_or_else(|| not_found(name))
}

fn not_found(name: &str) -> Problem {
    let name = shorten(name);
    Problem::new("SMS-1404-404", format!("sandbox `{name}` is not found in this organisation; check its name"))
}

/// A sandbox as it is shown.
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
