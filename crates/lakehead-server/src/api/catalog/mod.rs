//! Catalog: datasets and batches. Answers are maps keyed by id.

pub(super) mod batches;
pub(super) mod datasets;
mod selection;

use axum::Router;
use axum::routing::get;

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
