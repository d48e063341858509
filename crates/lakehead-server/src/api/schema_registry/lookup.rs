//! Reading one resource, in the form that `Accept` asks for.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lakehead_engine::schemas;
use lakehead_model::xdm::accept::{Accept, AcceptError, Family};
use lakehead_model::xdm::{ResourceType, names, resolve, standard};
use lakehead_store::Tx;
use serde_json::{Value, json};

use super::unions;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `GET /{container}/{type}/{id}`: by `$id` (URL-encoded) or `meta:altId`.
pub(super) async fn get(
    caller: Caller,
    State(app): State<App>,
    Path((container, kind, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let kind = resource_type(&kind)?;
    let accept = Accept::for_lookup(accept_header(&headers))?;
    let mut tx = app.store.read().await?;
    let body = match container.as_str() {
        "global" => standard::by_id(&id).filter(|found| found.resource_type == kind).map(|found| found.body.clone()),
        "tenant" => tenant_body(&mut tx, &caller, kind, &id).await?,
        other => return Err(no_container(other)),
    };
    let body = body.filter(|_| accept.version == Some(1)).ok_or_else(|| not_found(&id, accept.version))?;
    Ok(answer(shown(&mut tx, &caller, body, &accept).await?, &headers))
}

/// A raw body in the form that was asked for.
pub(super) async fn shown(tx: &mut Tx, caller: &Caller, body: Value, accept: &Accept) -> Answer<Value> {
    let said = if accept.desc { Some(super::descriptors::of_resource(tx, caller, &body).await?) } else { None };
    let mut shown = if accept.full || accept.deprecated { resolved(tx, caller, &body).await? } else { body };
    if let Some(said) = said {
        shown["meta:descriptors"] = json!(said);
    }
    if accept.family == Family::Xdm {
        shown = names::to_json_ld(shown);
    }
    if accept.notext {
        resolve::without_text(&mut shown);
    }
    Ok(shown)
}

/// One tree instead of references.
pub(super) async fn resolved(tx: &mut Tx, caller: &Caller, body: &Value) -> Answer<Value> {
    let parts = unions::closure(tx, caller, body).await?;
    Ok(resolve::resolve(body, &|id| parts.get(id).cloned())?)
}

async fn tenant_body(tx: &mut Tx, caller: &Caller, kind: ResourceType, id: &str) -> Answer<Option<Value>> {
    if kind == ResourceType::Schemas
        && let Some(union) = unions::find(tx, caller, id).await?
    {
        return Ok(Some(union));
    }
    let found = tx.xdm_resource(&caller.scope, id).await?;
    Ok(found.filter(|resource| resource.resource_type == kind).map(|resource| resource.body))
}

/// The raw body of whatever has this id: a standard resource, one of the tenant's, or a union.
pub(super) async fn anything(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<Option<Value>> {
    match schemas::raw(tx, &caller.scope, id).await? {
        Some(body) => Ok(Some(body)),
        None => unions::find(tx, caller, id).await,
    }
}

/// The resource type of a path; unions and descriptors have paths of their own.
pub(super) fn resource_type(word: &str) -> Answer<ResourceType> {
    ResourceType::from_path(word).ok_or_else(|| {
        let word = shorten(word);
        let message =
            format!("`{word}` is not a resource type; use schemas, classes, fieldgroups, datatypes or unions");
        Problem::new("XDM-1012-404", message)
    })
}

pub(super) fn no_container(word: &str) -> Problem {
    Problem::new("XDM-1012-404", format!("`{}` is not a container; use `global` or `tenant`", shorten(word)))
}

pub(super) fn not_found(id: &str, version: Option<u32>) -> Problem {
    let version = version.unwrap_or(1);
    Problem::new(
        "XDM-1012-404",
        format!(
            "Requested resource {} with version {version} is not found; check the id, the version in `Accept` and the sandbox",
            shorten(id)
        ),
    )
}

pub(super) fn accept_header(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok())
}

/// The answer in the media type that was asked for.
pub(super) fn answer(body: Value, headers: &HeaderMap) -> Response {
    let mut response = Json(body).into_response();
    if let Some(accept) = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok())
        && accept.starts_with("application/vnd.adobe.")
        && let Ok(content_type) = HeaderValue::from_str(accept.split(',').next().unwrap_or(accept))
    {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response
}

impl From<AcceptError> for Problem {
    fn from(error: AcceptError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}
