//! Schema Registry: standard and tenant resources, raw and resolved.

mod create;
mod lookup;
mod stats;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/schemaregistry";

/// Every route of the Schema Registry, relative to [`BASE`].
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/stats", get(stats::stats))
        .route("/{container}/{kind}", get(lookup::list).post(create::create))
        .route("/{container}/{kind}/{id}", get(lookup::get))
}
