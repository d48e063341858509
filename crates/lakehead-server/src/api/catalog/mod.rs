//! Catalog: datasets and batches. Answers are maps keyed by id.

pub(super) mod batches;
pub(super) mod datasets;

use axum::Router;
use axum::routing::get;

use crate::api::body::QueryPairs;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/catalog";

/// Every route of the Catalog, relative to [`BASE`].
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/dataSets", get(datasets::list).post(datasets::create))
        .route("/dataSets/{id}", get(datasets::get).delete(datasets::delete))
        .route("/batches", get(batches::list))
        .route("/batches/{id}", get(batches::get))
}

/// `limit` (1 to 100, 20 where nothing is said) and `start` of a Catalog list.
fn window(query: &QueryPairs) -> Answer<(usize, usize)> {
    let number = |name: &'static str, default: usize, min: usize, max: usize| match query.get(name) {
        None => Ok(default),
        Some(text) => text.trim().parse().ok().filter(|value| (min..=max).contains(value)).ok_or_else(|| {
            let text = shorten(text);
            Problem::new("CATALOG-1002-400", format!("`{name}` `{text}` is not a whole number from {min} to {max}"))
        }),
    };
    Ok((number("limit", 20, 1, 100)?, number("start", 0, 0, 1_000_000)?))
}
