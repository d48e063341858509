//! The user interface: static files below `/ui/`, inside the program. It has no privilege: what it shows and does goes
//! through the public API. Files are in `crates/lakehead-server/ui`.
//!
//! Pages are paths such as `/ui/flows/…` that all answer the same `index.html`; the scripts in the browser tell them
//! apart. Files are below `/ui/files/{version}/`, where the version is a hash of all of them: they never change, and
//! what a module imports from beside it has the same version.

mod assets;
mod policy;
pub(crate) mod providers;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use axum::{Extension, Json, Router, middleware};
use serde_json::json;

use self::assets::{Assets, Lasts};
use crate::api::path::no_resource;
use crate::app::App;

/// The routes of the interface. They are no part of the API and not in its description.
pub(crate) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/ui", get(page))
        .route("/ui/settings.json", get(settings))
        .route("/ui/files/{version}/{*path}", get(file))
        .route("/ui/{*path}", get(page))
        .layer(middleware::from_fn_with_state(app.clone(), policy::middleware))
        .route("/", any(root))
        .layer(Extension(Arc::new(Assets::load())))
}

/// People are led to the interface; for programs there is nothing at `/`, as ever.
async fn root(headers: HeaderMap, uri: Uri) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        return Redirect::temporary("/ui/").into_response();
    }
    no_resource(uri.path()).into_response()
}

/// Every page: the browser decides which one it is.
async fn page(Extension(assets): Extension<Arc<Assets>>, uri: Uri, headers: HeaderMap) -> Response {
    let asked_for_file = assets::media_type(uri.path()).is_some();
    match assets.index().filter(|_| !asked_for_file) {
        Some(index) => index.answer(&headers, Lasts::UntilAsked),
        None => missing(),
    }
}

/// A script, a style or an image.
async fn file(
    Extension(assets): Extension<Arc<Assets>>,
    Path((version, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    // A page that was loaded before an update asks for former files: it gets those of now, and does not keep them.
    let lasts = if assets.is_final(&version) { Lasts::ForEver } else { Lasts::UntilAsked };
    assets.file(&path).map_or_else(missing, |asset| asset.answer(&headers, lasts))
}

/// What the sign-in page has to know before anybody has a token.
async fn settings(State(app): State<App>) -> Response {
    let issuers = app.providers.current().await;
    let body = Json(json!({ "version": env!("CARGO_PKG_VERSION"), "issuers": *issuers }));
    ([(header::CACHE_CONTROL, "no-store")], body).into_response()
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], "there is no such file; reload the page\n")
        .into_response()
}
