//! Is the process alive, can it work, and what are its numbers?

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use lakehead_model::access::Permission::Administer;
use rustix::fs::Access;
use serde_json::{Value, json};

use super::caller::Member;
use super::problem::{Answer, Problem};
use super::request_id;
use super::routes::{Doc, Service};
use crate::app::App;
use crate::metrics::MEDIA;

/// The routes of the probes and of the numbers.
pub(super) fn routes() -> Service {
    Service::new("", "Server")
        .get("/healthz", alive, Doc::new("getHealth", "Whether the process answers").public().answers(200, "Health"))
        .get(
            "/readyz",
            ready,
            Doc::new("getReadiness", "Whether database, its tables and the folder of the lake can be worked with")
                .notes("503 where one of them cannot; `checks` says which.")
                .public()
                .answers(200, "Health"),
        )
        .get(
            "/metrics",
            numbers,
            Doc::new("getMetrics", "Numbers of this process for monitoring")
                .notes("OpenMetrics text. They are those of all organisations together: where there is more than one, they are told only at the address of the setting `metrics_listen`.")
                .needs(Administer)
                .answers(200, "Any"),
        )
}

/// What is there at the address of the setting `metrics_listen`, for everybody who can reach it.
pub(crate) fn monitored(app: App) -> Router {
    let scraped = |State(app): State<App>| async move { numbers_of(&app).await };
    let told = |id, summary| Doc::new(id, summary).public().answers(200, "Any");
    Service::new("", "Monitoring")
        .get("/metrics", scraped, told("scrapeMetrics", "Numbers of this process for monitoring"))
        .get("/healthz", alive, told("scrapeHealth", "Whether the process answers"))
        .get("/readyz", ready, told("scrapeReadiness", "Whether requests can be served"))
        .into_parts()
        .0
        .layer(middleware::from_fn_with_state(app.clone(), request_id::middleware))
        .with_state(app)
}

/// `GET /healthz`: the process answers.
async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /readyz`: what every request and every run needs can be used.
async fn ready(State(app): State<App>) -> Response {
    let checks = [("database", database(&app).await), ("migrations", migrations(&app).await), ("lake", lake(&app))];
    let is_ready = checks.iter().all(|(_, check)| check.is_ok());
    let shown = |(name, check): &(&'static str, Result<(), &'static str>)| {
        ((*name).to_owned(), json!(check.err().unwrap_or("ok")))
    };
    let body = json!({
        "status": if is_ready { "ready" } else { "not ready" },
        "checks": Value::Object(checks.iter().map(shown).collect()),
    });
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}

async fn database(app: &App) -> Result<(), &'static str> {
    app.store.ping().await.map_err(|error| {
        tracing::warn!(cause = ?error, "the database does not answer");
        "the database does not answer"
    })
}

async fn migrations(app: &App) -> Result<(), &'static str> {
    match app.store.is_migrated().await {
        Ok(true) => Ok(()),
        Ok(false) => Err("the tables of the database are not those of this version"),
        Err(_) => Err("the tables of the database cannot be read"),
    }
}

/// Runs write into the folder of the lake; the first table makes it, in the data folder.
fn lake(app: &App) -> Result<(), &'static str> {
    let lake = app.settings.data_dir.join("lake");
    let folder = if lake.exists() { &lake } else { &app.settings.data_dir };
    // With the dot a file in its place is refused too.
    let usable = rustix::fs::access(folder.join("."), Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK);
    usable.map_err(|error| {
        tracing::warn!(cause = %error, "the folder of the lake cannot be used");
        "the folder of the lake cannot be read and written"
    })
}

/// `GET /metrics`
async fn numbers(_: Member, State(app): State<App>) -> Answer<Response> {
    // They tell what other organisations do, though not which.
    if app.store.read().await?.organisations(2).await?.len() > 1 {
        let message = "the numbers are those of several organisations; read them at the address of `metrics_listen`";
        return Err(Problem::new("FLOW-2120-403", message));
    }
    Ok(numbers_of(&app).await)
}

async fn numbers_of(app: &App) -> Response {
    ([(header::CONTENT_TYPE, MEDIA)], app.metrics.text(&app.store).await).into_response()
}
