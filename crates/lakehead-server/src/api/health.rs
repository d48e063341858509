//! Is the process alive, and can it work?

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::problem::{Answer, Problem};
use super::routes::{Doc, Service};
use crate::app::App;

/// The routes of the probes.
pub(super) fn routes() -> Service {
    Service::new("", "Server")
        .get("/healthz", alive, Doc::new("getHealth", "Whether the process answers").public().answers(200, "Health"))
        .get("/readyz", ready, Doc::new("getReadiness", "Whether the database answers").public().answers(200, "Health"))
}

/// `GET /healthz`: the process answers.
async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /readyz`: the database answers too.
async fn ready(State(app): State<App>) -> Answer<Json<Value>> {
    app.store.ping().await.map_err(|error| {
        tracing::warn!(cause = ?error, "the database does not answer");
        Problem::new("FLOW-1103-503", "the database does not answer; retry later")
    })?;
    Ok(Json(json!({ "status": "ready" })))
}
