//! Namespaces: a warehouse has one.

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::NAMESPACE;
use super::reader::Reader;
use crate::api::body::QueryPairs;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};

/// `GET /{prefix}/namespaces`
pub(super) async fn list(_: Reader, query: QueryPairs) -> Answer<Json<Value>> {
    let parent = query.get("parent").filter(|parent| !parent.is_empty());
    if let Some(parent) = parent {
        require(parent)?;
    }
    let namespaces = if parent.is_some() { json!([]) } else { json!([[NAMESPACE]]) };
    Ok(Json(json!({ "namespaces": namespaces })))
}

/// `GET` and `HEAD /{prefix}/namespaces/{namespace}`
pub(super) async fn get(
    reader: Reader,
    method: Method,
    Path((_, namespace)): Path<(String, String)>,
) -> Answer<Response> {
    require(&namespace)?;
    if method == Method::HEAD {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let properties = json!({ "sandbox": reader.caller.scope.sandbox_name });
    Ok(Json(json!({ "namespace": [NAMESPACE], "properties": properties })).into_response())
}

/// Refuses any other namespace.
pub(super) fn require(namespace: &str) -> Answer<()> {
    if namespace == NAMESPACE {
        return Ok(());
    }
    let shown = shown(namespace);
    let message = format!("there is no namespace `{shown}`; the datasets of a sandbox are in `{NAMESPACE}`");
    Err(Problem::new("ICEBERG-1405-404", message))
}

/// A namespace for people: levels are told apart by a character that nobody can read.
pub(super) fn shown(namespace: &str) -> String {
    shorten(namespace).replace('\u{1f}', ".")
}
