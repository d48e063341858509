//! Data Prep: mapping sets.

pub(super) mod mapping_check;
mod mapping_sets;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/conversion";

/// Every route of Data Prep, relative to [`BASE`].
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/mappingSets", get(mapping_sets::list).post(mapping_sets::create))
        .route("/mappingSets/{id}", get(mapping_sets::get))
        .route("/mappingSets/{id}/mappings", get(mapping_sets::list_mappings))
}
