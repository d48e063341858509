//! The Flow Service: connections, source and target connections, flows, runs and their specs.

mod answers;
mod connections;
mod explore;
mod find;
mod flows;
mod list;
mod runs;
mod source_connections;
mod specs;
mod target_connections;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// Base path of the service.
pub(super) const BASE: &str = "/data/foundation/flowservice";

/// Every route of the Flow Service, relative to [`BASE`]. A trailing slash is accepted by the router's outer layer.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/connections", get(connections::list).post(connections::create))
        .route("/connections/{id}", get(connections::get).patch(connections::patch).delete(connections::delete))
        .route("/connections/{id}/test", get(connections::test))
        .route("/connections/{id}/explore", get(explore::explore))
        .route("/connectionSpecs", get(specs::list_connection_specs))
        .route("/connectionSpecs/{id}", get(specs::get_connection_spec))
        .route("/flowSpecs", get(specs::list_flow_specs))
        .route("/flowSpecs/{id}", get(specs::get_flow_spec))
        .route("/sourceConnections", get(source_connections::list).post(source_connections::create))
        .route(
            "/sourceConnections/{id}",
            get(source_connections::get).patch(source_connections::patch).delete(source_connections::delete),
        )
        .route("/targetConnections", get(target_connections::list).post(target_connections::create))
        .route(
            "/targetConnections/{id}",
            get(target_connections::get).patch(target_connections::patch).delete(target_connections::delete),
        )
        .route("/flows", get(flows::list).post(flows::create))
        .route("/flows/{id}", get(flows::get).patch(flows::patch).delete(flows::delete))
        .route("/flows/{id}/action", post(flows::act))
        .route("/runs", get(runs::list).post(runs::create))
        .route("/runs/{id}", get(runs::get))
}
