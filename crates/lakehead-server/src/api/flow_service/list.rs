//! Lists: filters, projection, order, pages and counts, the same for every collection. The metastore does the work.

use axum::response::Response;
use lakehead_model::page::{self, Cursor, DEFAULT_LIMIT, Page, Place, SEARCH_LIMIT};
use lakehead_model::query::{self, Order, Query, Search};
use lakehead_store::{ListPage, Listed, Listing};
use serde_json::{Value, json};

use super::answers;
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Query parameters that a list understands.
const KNOWN: &[&str] = &["property", "orderby", "limit", "continuationToken", "count", "search", "start"];

/// What a list request asks for.
pub(super) struct Filter {
    /// Conditions and projection.
    query: Query,
    order: Vec<Order>,
    page: Page,
    /// The parameters as they were written, for the link to the next page.
    properties: Vec<String>,
    orderby: String,
    search: Option<String>,
}

impl Filter {
    /// Reads the query parameters of a list. What is not said again next to a token is taken from the token.
    pub(super) fn parse(query: &QueryPairs) -> Answer<Self> {
        Self::parse_up_to(DEFAULT_LIMIT, query)
    }

    /// The same with pages of at most `largest` rows.
    fn parse_up_to(largest: usize, query: &QueryPairs) -> Answer<Self> {
        if let Some((name, _)) =
            query.0.iter().find(|(name, _)| !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)))
        {
            let name = shorten(name);
            let message = format!("query parameter `{name}` is not known; use {}", KNOWN[..6].join(", "));
            return Err(Problem::new("FLOW-1451-400", message));
        }
        let (limit, token) = (query.get("limit"), query.get("continuationToken"));
        let mut page = Page::parse_up_to(largest, limit, token, query.get("count"))?;
        let mut order = query.get("orderby").map(query::parse_order).transpose()?;
        let mut orderby = query.get("orderby").unwrap_or_default().to_owned();
        let mut properties: Vec<String> = query.all("property").map(str::to_owned).collect();
        let mut search = query.get("search").map(str::to_owned);
        if let Some(cursor) = &page.cursor {
            let first = if cursor.order.is_empty() { Vec::new() } else { query::parse_order(&cursor.order)? };
            if order.as_ref().is_some_and(|order| *order != first) {
                return Err(other_order());
            }
            order = Some(first);
            orderby.clone_from(&cursor.order);
            if properties.is_empty() {
                properties.clone_from(&cursor.properties);
            }
            search = search.or_else(|| cursor.search.clone());
            page.limit = page.limit.or(cursor.limit.map(|limit| limit.min(largest)));
        }
        let mut query = Query::parse(properties.iter().map(String::as_str))?;
        query.search = search.as_deref().map(Search::parse).transpose()?;
        Ok(Self { query, order: order.unwrap_or_default(), page, properties, orderby, search })
    }

    /// Whether only the number of matches is asked for.
    pub(super) fn counts(&self) -> bool {
        self.page.count
    }

    /// Whether a resource meets every condition.
    pub(super) fn matches(&self, resource: &Value) -> bool {
        self.query.matches(resource)
    }

    /// The resource with the fields asked for.
    pub(super) fn project(&self, resource: &Value) -> Value {
        self.query.project(resource)
    }

    /// The answer: items as they are stored, and a link to the next page.
    fn answer(&self, collection: &str, page: ListPage) -> Answer<Response> {
        let mut items = page.items;
        if self.query.projection.is_some() {
            for item in &mut items {
                let resource = serde_json::from_str(item).map_err(|error| Problem::internal(&error))?;
                *item = self.project(&resource).to_string();
            }
        }
        let next = page.next.map(|place| self.cursor(place));
        Ok(answers::items(&items, &page::links(collection, next.as_ref())))
    }

    fn cursor(&self, place: Place) -> Cursor {
        let properties: Vec<&str> = self.properties.iter().map(String::as_str).collect();
        Cursor { search: self.search.clone(), ..Cursor::new(place, &self.orderby, &properties, self.page.limit) }
    }
}

/// Answers a list request: the resources of the caller's sandbox.
pub(super) async fn list(
    app: &App,
    caller: &Caller,
    of: Listed,
    collection: &'static str,
    query: &QueryPairs,
) -> Answer<Response> {
    answer(app, caller, of, collection, &Filter::parse(query)?).await
}

/// A search: a list with larger pages.
pub(super) async fn search(
    app: &App,
    caller: &Caller,
    of: Listed,
    collection: &'static str,
    query: &QueryPairs,
) -> Answer<Response> {
    answer(app, caller, of, collection, &Filter::parse_up_to(SEARCH_LIMIT, query)?).await
}

async fn answer(app: &App, caller: &Caller, of: Listed, collection: &'static str, filter: &Filter) -> Answer<Response> {
    if of == Listed::Runs && filter.query.search.is_some() {
        let message = "query parameter `search` is not known here: runs have no name; use `property=flowId==…`";
        return Err(Problem::new("FLOW-1451-400", message));
    }
    let labels: Option<Vec<String>> = caller.labels.as_ref().map(|held| held.iter().cloned().collect());
    let labels = labels.as_deref();
    let listing = Listing { scope: &caller.scope, of, query: &filter.query, order: &filter.order, labels };
    let mut tx = app.store.read().await?;
    if filter.counts() {
        let count = tx.count_matching(&listing).await?;
        return Ok(answers::text(json!({ "count": count }).to_string()));
    }
    let after = filter.page.cursor.as_ref().map(|cursor| &cursor.place);
    let page = tx.page(&listing, after, filter.page.limit.unwrap_or(DEFAULT_LIMIT)).await?;
    drop(tx);
    filter.answer(collection, page)
}

fn other_order() -> Problem {
    Problem::new("FLOW-1452-400", "`continuationToken` belongs to a list with another order; begin again without it")
}
