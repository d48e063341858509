//! Lists: filters, projection, order, pages and counts, the same for every collection.

use axum::Json;
use lakehead_model::Scope;
use lakehead_model::flow::{Flow, LastRun};
use lakehead_model::page::{self, Cursor, Page};
use lakehead_model::query::{self, Order, Query};
use lakehead_store::{Document, PageKey, RunRow, RunState, Tx};
use serde_json::{Value, json};

use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Rows read at a time while a filter is looked for.
const CHUNK: u32 = 200;
/// Most rows that are put in another order than the stored one.
const MAX_SORTED: usize = 20_000;
/// Query parameters that a list understands.
const KNOWN: &[&str] = &["property", "orderby", "limit", "continuationToken", "count", "start"];

/// What a list request asks for.
pub(super) struct Filter {
    /// Conditions and projection.
    pub(super) query: Query,
    order: Vec<Order>,
    page: Page,
}

impl Filter {
    /// Reads the query parameters of a list.
    pub(super) fn parse(query: &QueryPairs) -> Answer<Self> {
        if let Some((name, _)) =
            query.0.iter().find(|(name, _)| !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)))
        {
            let name = shorten(name);
            let message = format!("query parameter `{name}` is not known; use {}", KNOWN[..5].join(", "));
            return Err(Problem::new("FLOW-1451-400", message));
        }
        Ok(Self {
            query: Query::parse(query.all("property"))?,
            order: query.get("orderby").map(query::parse_order).transpose()?.unwrap_or_default(),
            page: Page::parse(query.get("limit"), query.get("continuationToken"), query.get("count"))?,
        })
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

    fn answer(&self, collection: &str, rows: &[Value], next: Option<&Cursor>) -> Value {
        let items: Vec<Value> = rows.iter().map(|row| self.project(row)).collect();
        json!({ "items": items, "_links": page::links(collection, next) })
    }
}

/// Where a list gets its rows from, newest first.
pub(super) trait Source {
    /// The next rows after `after`, with the key of each.
    async fn next(&mut self, after: Option<&PageKey>, limit: u32) -> Answer<Vec<(PageKey, Value)>>;
}

/// A list of stored documents.
pub(super) async fn documents<D: Document>(
    app: &App,
    caller: &Caller,
    collection: &'static str,
    query: &QueryPairs,
) -> Answer<Json<Value>> {
    let filter = Filter::parse(query)?;
    let tx = app.store.read().await?;
    let mut source = Documents::<D> { tx, scope: &caller.scope, kind: std::marker::PhantomData };
    list(&filter, collection, &mut source).await
}

/// A search of stored documents: a list with larger pages.
pub(super) async fn search<D: Document>(
    app: &App,
    caller: &Caller,
    collection: &'static str,
    query: &QueryPairs,
) -> Answer<Json<Value>> {
    let mut filter = Filter::parse(query)?;
    filter.page.limit = Page::parse_up_to(page::SEARCH_LIMIT, query.get("limit"), None, None)?.limit;
    let tx = app.store.read().await?;
    let mut source = Documents::<D> { tx, scope: &caller.scope, kind: std::marker::PhantomData };
    list(&filter, collection, &mut source).await
}

/// Answers a list request from `source`.
pub(super) async fn list(filter: &Filter, collection: &str, source: &mut impl Source) -> Answer<Json<Value>> {
    let body = if filter.page.count {
        json!({ "count": collect(filter, source, None, usize::MAX).await?.len() })
    } else if filter.order.is_empty() {
        in_stored_order(filter, collection, source).await?
    } else {
        in_chosen_order(filter, collection, source).await?
    };
    Ok(Json(body))
}

async fn in_stored_order(filter: &Filter, collection: &str, source: &mut impl Source) -> Answer<Value> {
    let after = match &filter.page.cursor {
        None => None,
        Some(Cursor::After { created_at, id }) => Some(PageKey { created_at_ms: *created_at, id: id.clone() }),
        Some(Cursor::Offset(_)) => return Err(wrong_token()),
    };
    // One row more than asked for tells whether there is a next page.
    let mut rows = collect(filter, source, after, filter.page.limit + 1).await?;
    let more = rows.len() > filter.page.limit;
    rows.truncate(filter.page.limit);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|(key, _)| Cursor::After { created_at: key.created_at_ms, id: key.id.clone() });
    let rows: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
    Ok(filter.answer(collection, &rows, next.as_ref()))
}

async fn in_chosen_order(filter: &Filter, collection: &str, source: &mut impl Source) -> Answer<Value> {
    let start = match &filter.page.cursor {
        None => 0,
        Some(Cursor::Offset(at)) => usize::try_from(*at).unwrap_or(usize::MAX),
        Some(Cursor::After { .. }) => return Err(wrong_token()),
    };
    let rows = collect(filter, source, None, MAX_SORTED + 1).await?;
    if rows.len() > MAX_SORTED {
        let message = format!("more than {MAX_SORTED} resources match; narrow the filter before ordering by a field");
        return Err(Problem::new("FLOW-1433-400", message));
    }
    let mut rows: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
    rows.sort_by(|left, right| query::compare(left, right, &filter.order));
    let end = start.saturating_add(filter.page.limit).min(rows.len());
    let next = (end < rows.len()).then_some(Cursor::Offset(end as u64));
    Ok(filter.answer(collection, &rows[start.min(end)..end], next.as_ref()))
}

async fn collect(
    filter: &Filter,
    source: &mut impl Source,
    mut after: Option<PageKey>,
    limit: usize,
) -> Answer<Vec<(PageKey, Value)>> {
    let mut found = Vec::new();
    while found.len() < limit {
        let rows = source.next(after.as_ref(), CHUNK).await?;
        let Some((last, _)) = rows.last() else { break };
        after = Some(last.clone());
        found.extend(rows.into_iter().filter(|(_, row)| filter.matches(row)));
    }
    found.truncate(limit);
    Ok(found)
}

struct Documents<'a, D> {
    tx: Tx,
    scope: &'a Scope,
    kind: std::marker::PhantomData<fn() -> D>,
}

impl<D: Document> Source for Documents<'_, D> {
    async fn next(&mut self, after: Option<&PageKey>, limit: u32) -> Answer<Vec<(PageKey, Value)>> {
        let documents = self.tx.list::<D>(self.scope, after, limit).await?;
        let mut rows = Vec::with_capacity(documents.len());
        for document in documents {
            let key = document.key().page_key();
            let mut row = serde_json::to_value(&document).map_err(|error| Problem::internal(&error))?;
            if D::KIND == lakehead_store::DocumentKind::Flow
                && let Some(run) = self.tx.runs(self.scope, Some(&key.id), None, 1).await?.first()
            {
                row["lastRunDetails"] = json!(last_run(run));
            }
            rows.push((key, row));
        }
        Ok(rows)
    }
}

/// A flow with how its last run went.
pub(super) async fn with_last_run(tx: &mut Tx, scope: &Scope, mut flow: Flow) -> Answer<Flow> {
    let runs = tx.runs(scope, Some(&flow.id.to_string()), None, 1).await?;
    flow.last_run_details = runs.first().map(last_run);
    Ok(flow)
}

fn last_run(run: &RunRow) -> LastRun {
    let duration = &run.doc["metrics"]["durationSummary"];
    let state = match run.state {
        RunState::Success => "success",
        RunState::Failed => "failed",
        RunState::Scheduled => "scheduled",
        RunState::Claimed | RunState::Running | RunState::Committing => "inProgress",
    };
    LastRun {
        id: run.run_id.clone(),
        state: state.to_owned(),
        started_at_utc: duration["startedAtUTC"].as_i64().unwrap_or(run.created_at_ms),
        completed_at_utc: duration["completedAtUTC"].as_i64(),
    }
}

fn wrong_token() -> Problem {
    Problem::new("FLOW-1452-400", "`continuationToken` belongs to a list with another order; begin again without it")
}
