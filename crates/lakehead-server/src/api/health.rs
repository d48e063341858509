//! Is the process alive, and can it work?

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::problem::{Answer, Problem};
use crate::app::App;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /readyz`: the database answers too.
pub(super) async fn ready(State(app): State<App>) -> Answer<Json<Value>> {
    app.store.ping().await.map_err(|error| {
        tracing::warn!(cause = ?error, "the database does not answer");
        Problem::new("FLOW-1103-503", "the database does not answer; retry later")
    })?;
    Ok(Json(json!({ "status": "ready" })))
}
