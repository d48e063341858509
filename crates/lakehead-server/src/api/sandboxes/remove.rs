//! Resetting and deleting: the sandbox is closed in one transaction, housekeeping empties it afterwards.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lakehead_model::body::as_flag;
use lakehead_store::Closing;
use serde_json::{Value, json};

use super::change::members;
use super::{living, wire};
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Member;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `PUT /sandboxes/{name}` with `{"action": "reset"}`
pub(super) async fn reset(
    member: Member,
    State(app): State<App>,
    Path(name): Path<String>,
    query: QueryPairs,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
    if members(&body)?.get("action").and_then(Value::as_str) != Some("reset") {
        return Err(Problem::new("SMS-1007-400", "`action` must be `reset`"));
    }
    close(&member, &app, &name, &query, Closing::Reset).await
}

/// `DELETE /sandboxes/{name}`
pub(super) async fn delete(
    member: Member,
    State(app): State<App>,
    Path(name): Path<String>,
    query: QueryPairs,
) -> Answer<(StatusCode, Json<Value>)> {
    close(&member, &app, &name, &query, Closing::Delete).await
}

async fn close(
    member: &Member,
    app: &App,
    name: &str,
    query: &QueryPairs,
    closing: Closing,
) -> Answer<(StatusCode, Json<Value>)> {
    let validate_only = flag(query, "validationOnly")?;
    // Nothing is ever only warned of.
    flag(query, "ignoreWarnings")?;
    let mut tx = member.write(app).await?;
    let sandbox = living(&mut tx, member, name).await?;
    if closing == Closing::Delete && sandbox.is_default {
        let message = format!("sandbox `{}` is the default one and cannot be deleted; it can be reset", sandbox.name);
        return Err(Problem::new("SMS-1008-400", message));
    }
    let closed = tx.close_sandbox(&member.claims.org, &sandbox.id, closing, &member.claims.sub).await?;
    let Some(closed) = closed else {
        // As it is now: somebody may have closed it a moment ago.
        let sandbox = living(&mut tx, member, name).await?;
        let message = format!("sandbox `{}` is {}; wait until it is active", sandbox.name, sandbox.state);
        return Err(Problem::new("SMS-1009-409", message));
    };
    if validate_only {
        // Everything was tried, nothing is kept.
        tx.rollback().await?;
        return Ok((StatusCode::ACCEPTED, Json(wire(&sandbox))));
    }
    tx.commit().await?;
    app.engine.tend_sandboxes();
    Ok((StatusCode::ACCEPTED, Json(wire(&closed))))
}

/// A query parameter that is `true` or `false`; false where it is missing.
fn flag(query: &QueryPairs, name: &str) -> Answer<bool> {
    let Some(text) = query.get(name) else { return Ok(false) };
    as_flag(&json!(text)).ok_or_else(|| {
        Problem::new("SMS-1013-400", format!("`{name}` `{}` is neither `true` nor `false`", shorten(text)))
    })
}
