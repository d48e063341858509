//! The audit trail of an organisation, newest first.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, SecondsFormat, Utc};
use lakehead_model::access::Permission::Administer;
use lakehead_store::{AuditFilter, AuditRow};
use serde_json::{Value, json};

use super::body::QueryPairs;
use super::caller::Member;
use super::openapi::parameters::{Kind, Parameter};
use super::problem::{Answer, Problem, shorten};
use super::routes::{Doc, Service};
use crate::app::App;

/// Base path of the service.
const BASE: &str = "/data/foundation/audit";
/// Rows of one page, and the most that can be asked for.
const PAGE: u32 = 100;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("action", Kind::Text, "Such as `create`, `update`, `delete`, `publish` or `use-secret`."),
    Parameter::new("assetType", Kind::Text, "Such as `flow` or `connection`."),
    Parameter::new("assetId", Kind::Text, "Id of what was changed or used."),
    Parameter::new("user", Kind::Text, "Account that did it."),
    Parameter::new("requestId", Kind::Text, "Value of `x-request-id`."),
    Parameter::new("from", Kind::Integer(0, i64::MAX), "Epoch milliseconds."),
    Parameter::new("until", Kind::Integer(0, i64::MAX), "Epoch milliseconds."),
    Parameter::new("limit", Kind::Integer(1, 100), "Most events of one page."),
    Parameter::new("start", Kind::Integer(0, i64::MAX), "`_links.next` of the page before has it."),
];

/// The routes of the audit trail.
pub(super) fn routes() -> Service {
    let doc = Doc::new("listAuditEvents", "List what was changed, and which secrets were used")
        .needs(Administer)
        .query(PARAMETERS)
        .answers(200, "AuditEvents");
    Service::new(BASE, "Audit").get("/events", list, doc)
}

/// `GET /events`
async fn list(member: Member, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let filter = filter(&query)?;
    let limit = number(&query, "limit")?.map_or(PAGE, |limit| limit.clamp(1, i64::from(PAGE)) as u32);
    // One row more than asked for tells whether there is a next page.
    let mut rows = app.store.read().await?.audit(&member.claims.org, &filter, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| {
        let mut url = url::form_urlencoded::Serializer::new(format!("{BASE}/events?"));
        url.extend_pairs(query.0.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("start")));
        json!({ "next": { "href": url.append_pair("start", &row.seq.to_string()).finish() } })
    });
    let events: Vec<Value> = rows.iter().map(shown).collect();
    Ok(Json(json!({
        "_embedded": { "customerAuditLogList": events },
        "_links": next.unwrap_or_else(|| json!({})),
        "page": { "size": rows.len() },
    })))
}

fn filter(query: &QueryPairs) -> Answer<AuditFilter> {
    let known = |name: &String| PARAMETERS.iter().any(|parameter| parameter.name.eq_ignore_ascii_case(name));
    if let Some((name, _)) = query.0.iter().find(|(name, _)| !known(name)) {
        let names = PARAMETERS.iter().map(|parameter| parameter.name).collect::<Vec<_>>().join(", ");
        let message = format!("query parameter `{}` is not known; use {names}", shorten(name));
        return Err(Problem::new("FLOW-1451-400", message));
    }
    let text = |name| query.get(name).map(str::to_owned);
    Ok(AuditFilter {
        action: text("action"),
        kind: text("assetType"),
        object_id: text("assetId"),
        user: text("user"),
        request_id: text("requestId"),
        from_ms: number(query, "from")?,
        until_ms: number(query, "until")?,
        before_seq: number(query, "start")?,
    })
}

fn number(query: &QueryPairs, name: &str) -> Answer<Option<i64>> {
    let bad = |text: &str| Problem::new("FLOW-1452-400", format!("`{name}` `{}` is not a whole number", shorten(text)));
    query.get(name).map(|text| text.trim().parse::<i64>().map_err(|_| bad(text))).transpose()
}

fn shown(row: &AuditRow) -> Value {
    let at = DateTime::<Utc>::from_timestamp_millis(row.at_ms).unwrap_or_default();
    json!({
        "id": row.seq.to_string(),
        "timestamp": at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "sandboxId": row.sandbox_id,
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
