//! `/batches`: what each run did to a dataset.

use axum::Json;
use axum::extract::State;
use lakehead_store::BatchRow;
use serde_json::{Map, Value};

use super::selection::{MAX_SEEN, Selection};
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Batches read at a time.
const PAGE: u32 = 100;

/// `GET /batches?dataSet=&status=`: newest first where no other order is asked for.
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let selection = Selection::parse(&query, &["dataSet", "batch", "createdAfter", "createdBefore"])?;
    let created = created_window(&query)?;
    let mut tx = app.store.read().await?;
    let (mut found, mut seen) = (Vec::new(), 0);
    loop {
        let page = match query.get("batch") {
            Some(id) => tx.batch(&caller.scope, id).await?.into_iter().skip(seen).collect(),
            None => tx.batches(&caller.scope, query.get("dataSet"), &created, PAGE, seen as u32).await?,
        };
        if page.is_empty() {
            break;
        }
        seen += page.len();
        let fits = |batch: &BatchRow| created.contains(&batch.created_ms) && selection.matches(&batch.doc);
        found.extend(page.into_iter().filter(fits).map(|batch| (batch.doc, batch.batch_id)));
        if selection.is_satisfied(found.len(), seen) {
            require_all_seen(&selection, found.len(), seen)?;
            break;
        }
    }
    let shown = selection.window(found).into_iter().map(|(doc, id)| (id, selection.shown(doc)));
    Ok(Json(Value::Object(shown.collect())))
}

/// Refuses an answer that would look like the end of the list because no more batches may be looked through.
fn require_all_seen(selection: &Selection, found: usize, seen: usize) -> Answer<()> {
    if seen < MAX_SEEN || selection.has_enough(found) {
        return Ok(());
    }
    let message = format!(
        "none of the newest {MAX_SEEN} batches is left to show; narrow the list with `createdAfter`, `createdBefore` or \
         `dataSet`"
    );
    Err(Problem::new("CATALOG-1002-400", message))
}

/// The times between `createdAfter` and `createdBefore`, epoch milliseconds.
fn created_window(query: &QueryPairs) -> Answer<std::ops::Range<i64>> {
    let time = |name: &'static str, default: i64| match query.get(name) {
        None => Ok(default),
        Some(text) => text.trim().parse().map_err(|_| {
            let message = format!("`{name}` `{}` is not a time; give epoch milliseconds", shorten(text));
            Problem::new("CATALOG-1002-400", message)
        }),
    };
    Ok(time("createdAfter", -1)?.saturating_add(1)..time("createdBefore", i64::MAX)?)
}

/// `GET /batches/{id}` and `GET /batches/{id},{id}`: a map by id.
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let mut answer = Map::new();
    for id in id.split(',').take(PAGE as usize) {
        let batch = find(&app, &caller, id.trim()).await?;
        answer.insert(batch.batch_id, batch.doc);
    }
    Ok(Json(Value::Object(answer)))
}

/// A batch of the caller.
pub(in crate::api) async fn find(app: &App, caller: &Caller, id: &str) -> Answer<BatchRow> {
    let batch = app.store.read().await?.batch(&caller.scope, id).await?;
    batch.ok_or_else(|| {
        Problem::new("CATALOG-1405-404", format!("batch `{}` is not found; check the id and the sandbox", shorten(id)))
    })
}
