//! Every route of the service, in one table, and the layers that all of them share.

mod body;
mod caller;
mod catalog;
mod codes;
mod data_access;
mod data_prep;
mod flow_service;
mod health;
mod path;
mod problem;
mod refusals;
mod request_id;
mod sandboxes;
mod schema_registry;
mod tokens;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use tower::Layer as _;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::normalize_path::{NormalizePath, NormalizePathLayer};
use tower_http::timeout::TimeoutLayer;

use crate::app::App;

/// Longest time to the first byte of an answer.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// Largest request body.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// All services behind one address. Clients write paths with and without a trailing slash.
pub(crate) fn router(app: App) -> NormalizePath<Router> {
    NormalizePathLayer::trim_trailing_slash().layer(services(app))
}

fn services(app: App) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/ims/token/v3", post(tokens::issue))
        .route("/ims/token/v2", post(tokens::issue))
        .nest(flow_service::BASE, flow_service::routes())
        .nest(schema_registry::BASE, schema_registry::routes())
        .nest(catalog::BASE, catalog::routes())
        .nest(data_prep::BASE, data_prep::routes())
        .nest(data_access::BASE, data_access::routes())
        .nest(sandboxes::BASE, sandboxes::routes())
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::custom(problem::from_panic))
        .layer(middleware::from_fn(request_id::middleware))
        .with_state(app)
}

async fn no_such_route(uri: axum::http::Uri) -> problem::Problem {
    path::no_resource(uri.path())
}

async fn no_such_method(method: axum::http::Method, uri: axum::http::Uri) -> problem::Problem {
    let path = problem::shorten(uri.path());
    problem::Problem::new("PLATFORM-1001-405", format!("`{path}` does not answer {method}; check the method"))
}
