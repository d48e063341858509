//! Lists of sandboxes: filters, an order, and pages by offset.

use axum::Json;
use axum::extract::State;
use lakehead_model::query::{self, Order, Query};
use serde_json::{Value, json};

use super::{BASE, wire};
use crate::api::body::QueryPairs;
use crate::api::caller::Member;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Largest page.
pub(super) const MAX_LIMIT: i64 = 1000;
/// Page where the client does not say.
const DEFAULT_LIMIT: i64 = 50;
/// Records of deleted sandboxes that are looked through.
const MAX_DELETED: u32 = 1000;
/// Members by which a list is filtered and ordered.
const FIELDS: &[&str] = &[
    "id",
    "name",
    "title",
    "state",
    "type",
    "region",
    "isDefault",
    "eTag",
    "createdDate",
    "lastModifiedDate",
    "createdBy",
    "modifiedBy",
];
/// Other names under which documented examples order.
const ALIASES: &[(&str, &str)] =
    &[("created", "createdDate"), ("updated", "lastModifiedDate"), ("modified", "lastModifiedDate"), ("etag", "eTag")];

/// Which part of a list is asked for.
struct Page {
    limit: i64,
    offset: i64,
}

/// `GET /`: what can be used now.
pub(super) async fn usable(member: Member, State(app): State<App>) -> Answer<Json<Value>> {
    let sandboxes = app.store.read().await?.sandboxes(&member.claims.org).await?;
    let shown: Vec<Value> = sandboxes.iter().filter(|sandbox| sandbox.state == "active").map(wire).collect();
    let page = Page { limit: MAX_LIMIT, offset: 0 };
    Ok(Json(answer(&app, &shown, &page, shown.len())))
}

/// `GET /sandboxes`: oldest first. Records of deleted ones only where the filter asks about the state.
pub(super) async fn list(member: Member, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let (page, filter, order) = (page(&query)?, filter(&query)?, order(&query)?);
    let mut tx = app.store.read().await?;
    let mut sandboxes = tx.sandboxes(&member.claims.org).await?;
    if filter.filters.iter().any(|filter| filter.path == ["state"]) {
        sandboxes.extend(tx.deleted_sandboxes(&member.claims.org, MAX_DELETED).await?);
    }
    let mut found: Vec<Value> = sandboxes.iter().map(wire).filter(|sandbox| filter.matches(sandbox)).collect();
    found.sort_by(|left, right| query::compare(left, right, &order));
    let (offset, limit) = (page.offset.unsigned_abs() as usize, page.limit.unsigned_abs() as usize);
    let shown: Vec<Value> = found.iter().skip(offset).take(limit).cloned().collect();
    Ok(Json(answer(&app, &shown, &page, found.len())))
}

/// A page with the links to its neighbours, where there are any.
fn answer(app: &App, shown: &[Value], Page { limit, offset }: &Page, found: usize) -> Value {
    let base = format!("{}{BASE}/sandboxes", app.public_url);
    let link = |href: String| json!({ "href": href, "templated": true });
    let at = |offset: i64| link(format!("{base}?limit={limit}&offset={offset}"));
    let mut links = json!({ "page": link(format!("{base}?limit={{limit}}&offset={{offset}}")) });
    if offset.saturating_add(*limit) < i64::try_from(found).unwrap_or(i64::MAX) {
        links["next"] = at(offset + limit);
    }
    if *offset > 0 {
        links["prev"] = at((offset - limit).max(0));
    }
    json!({ "sandboxes": shown, "_page": { "limit": limit, "count": shown.len() }, "_links": links })
}

/// `limit` and `offset`: both or neither.
fn page(query: &QueryPairs) -> Answer<Page> {
    match (query.get("limit"), query.get("offset")) {
        (None, None) => Ok(Page { limit: DEFAULT_LIMIT, offset: 0 }),
        (Some(limit), Some(offset)) => Ok(Page {
            limit: number("limit", limit, 1, MAX_LIMIT)?,
            offset: number("offset", offset, 0, 1_000_000_000)?,
        }),
        _ => Err(Problem::new("SMS-1010-400", "`limit` and `offset` belong together; send both or neither")),
    }
}

fn number(name: &str, text: &str, min: i64, max: i64) -> Answer<i64> {
    text.trim().parse().ok().filter(|number| (min..=max).contains(number)).ok_or_else(|| {
        let message = format!("`{name}` `{}` is not a whole number from {min} to {max}", shorten(text));
        Problem::new("SMS-1010-400", message)
    })
}

fn filter(query: &QueryPairs) -> Answer<Query> {
    let bad = |message: String| Problem::new("SMS-1011-400", message);
    let mut filter = Query::parse_any(query.all("property")).map_err(|invalid| bad(invalid.message))?;
    for condition in &mut filter.filters {
        let named = condition.path.join(".");
        let Some(field) = field(&named) else {
            let message = format!("`property`: `{}` is no field; use {}", shorten(&named), FIELDS.join(", "));
            return Err(bad(message));
        };
        condition.path = vec![field.to_owned()];
    }
    Ok(filter)
}

/// `asc:` or `desc:` and fields separated by commas; no prefix is ascending.
fn order(query: &QueryPairs) -> Answer<Vec<Order>> {
    let Some(text) = query.get("orderBy") else { return Ok(Vec::new()) };
    let (descending, fields) = match text.split_once(':') {
        Some(("asc", fields)) => (false, fields),
        Some(("desc", fields)) => (true, fields),
        _ => (false, text),
    };
    let parse = |name: &str| {
        let Some(field) = field(name.trim()) else {
            let message = format!("`orderBy`: `{}` is no field; write `desc:createdDate,name`", shorten(name));
            return Err(Problem::new("SMS-1012-400", message));
        };
        Ok(Order { path: vec![field.to_owned()], descending })
    };
    fields.split(',').take(FIELDS.len()).map(parse).collect()
}

/// The member that a name means.
fn field(name: &str) -> Option<&'static str> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, field)| *field);
    alias.or_else(|| FIELDS.iter().find(|field| **field == name).copied())
}
