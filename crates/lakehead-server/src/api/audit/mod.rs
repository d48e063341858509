//! The audit trail of an organisation, newest first.

mod filter;

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, SecondsFormat, Utc};
use lakehead_model::access::Permission::Administer;
use lakehead_store::AuditRow;
use serde_json::{Value, json};

use super::body::QueryPairs;
use super::caller::Member;
use super::problem::Answer;
use super::routes::{Doc, Service};
use crate::app::App;

/// Base path of the service.
const BASE: &str = "/data/foundation/audit";
/// Rows of one page, and the most that can be asked for.
const PAGE: u32 = 100;

/// The routes of the audit trail.
pub(super) fn routes() -> Service {
    let doc = Doc::new("listAuditEvents", "List what was changed, and which secrets were used")
        .needs(Administer)
        .query(filter::PARAMETERS)
        .answers(200, "AuditEvents");
    Service::new(BASE, "Audit").get("/events", list, doc)
}

/// `GET /events`
async fn list(member: Member, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let (mut filter, sandbox) = filter::parse(&query)?;
    let limit = filter::number(&query, "limit")?.map_or(PAGE, |limit| limit.clamp(1, i64::from(PAGE)) as u32);
    let org = &member.claims.org;
    let mut tx = app.store.read().await?;
    let names: HashMap<String, String> =
        tx.sandboxes(org).await?.into_iter().map(|sandbox| (sandbox.id, sandbox.name)).collect();
    if let Some(name) = sandbox {
        let found = names.iter().find(|(_, known)| **known == name).map(|(id, _)| id.clone());
        filter.sandbox_id = Some(found.ok_or_else(|| filter::unknown_sandbox(&name))?);
    }
    // One row more than asked for tells whether there is a next page.
    let mut rows = tx.audit(org, &filter, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| {
        let mut url = url::form_urlencoded::Serializer::new(format!("{BASE}/events?"));
        url.extend_pairs(query.0.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("start")));
        json!({ "next": { "href": url.append_pair("start", &row.seq.to_string()).finish() } })
    });
    let events: Vec<Value> = rows.iter().map(|row| shown(row, &names)).collect();
    Ok(Json(json!({
        "_embedded": { "customerAuditLogList": events },
        "_links": next.unwrap_or_else(|| json!({})),
        "page": { "size": rows.len() },
    })))
}

fn shown(row: &AuditRow, sandboxes: &HashMap<String, String>) -> Value {
    let at = DateTime::<Utc>::from_timestamp_millis(row.at_ms).unwrap_or_default();
    json!({
        "id": row.seq.to_string(),
        "timestamp": at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "sandboxId": row.sandbox_id,
        "sandboxName": sandboxes.get(&row.sandbox_id),
        "action": row.action,
        "assetType": row.kind,
        "assetId": row.object_id,
        "assetName": row.detail["name"],
        "userEmail": row.user,
        "clientId": row.client,
        "requestId": row.request_id,
        "status": "Allow",
        "detail": row.detail,
    })
}
