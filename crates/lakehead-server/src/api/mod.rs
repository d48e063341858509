//! Every route of the service, in one table, and the layers that all of them share.

mod access_control;
mod audit;
mod batch_ingestion;
mod body;
mod caller;
mod catalog;
mod connectors;
mod data_access;
mod data_prep;
mod flow_service;
mod governance;
pub(crate) mod health;
mod iceberg;
mod openapi;
pub(crate) mod path;
pub(crate) mod problem;
mod refusals;
mod repeatable;
mod request_id;
mod routes;
mod sandboxes;
mod schema_registry;
mod time_limit;
mod tokens;
mod unread;

use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::{Extension, Router};
use tower::Layer as _;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::normalize_path::{NormalizePath, NormalizePathLayer};

pub(crate) use self::batch_ingestion::InFlight;
pub(crate) use self::iceberg::BUCKET_URL;
use self::routes::Operation;
use crate::app::App;
use crate::ui;

/// Largest request body.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;
/// Bytes of a file that are read together for an answer.
const PIECE_BYTES: usize = 256 << 10;

/// All services behind one address. Clients write paths with and without a trailing slash.
pub(crate) fn router(app: App) -> NormalizePath<Router> {
    let (router, operations) = services();
    let rendered = openapi::render(&operations, &app.public_url);
    let router = router
        .merge(ui::routes(&app))
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(Extension(rendered))
        .layer(Extension(app.clone()))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), time_limit::middleware))
        .layer(CatchPanicLayer::custom(problem::from_panic))
        .layer(middleware::from_fn(iceberg::in_its_form))
        .layer(middleware::from_fn(unread::middleware))
        .layer(middleware::from_fn_with_state(app.clone(), request_id::middleware))
        .with_state(app);
    NormalizePathLayer::trim_trailing_slash().layer(router)
}

/// Every route, and the description of each.
fn services() -> (Router<App>, Vec<Operation>) {
    let all = [
        flow_service::routes(),
        schema_registry::routes(),
        catalog::routes(),
        data_prep::routes(),
        connectors::routes(),
        batch_ingestion::routes(),
        data_access::routes(),
        governance::policy(),
        governance::datasets(),
        governance::namespaces(),
        sandboxes::routes(),
        access_control::routes(),
        audit::routes(),
        iceberg::catalog(),
        iceberg::files(),
        tokens::routes(),
        health::routes(),
        openapi::routes(),
    ];
    let (mut router, mut operations) = (Router::new(), Vec::new());
    for service in all {
        let (part, described) = service.into_parts();
        router = router.merge(part);
        operations.extend(described);
    }
    (router, operations)
}

async fn no_such_route(method: axum::http::Method, uri: axum::http::Uri) -> problem::Problem {
    iceberg::refused_write(&method, &uri).unwrap_or_else(|| path::no_resource(uri.path()))
}

async fn no_such_method(method: axum::http::Method, uri: axum::http::Uri) -> problem::Problem {
    if let Some(refused) = iceberg::refused_write(&method, &uri) {
        return refused;
    }
    let path = problem::shorten(uri.path());
    problem::Problem::new(
        "PLATFORM-1001-405",
        format!("`{path}` does not answer `{method}`; use a method of the header `Allow`"),
    )
}
