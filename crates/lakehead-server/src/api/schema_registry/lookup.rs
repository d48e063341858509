//! Reading resources: lists and lookups, in the form that `Accept` asks for.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lakehead_engine::schemas;
use lakehead_model::query::Query;
use lakehead_model::xdm::accept::{Accept, AcceptError};
use lakehead_model::xdm::resource::XdmResource;
use lakehead_model::xdm::{ResourceType, resolve, standard};
use lakehead_store::Tx;
use serde_json::{Value, json};

use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Resources of a tenant that a list looks through.
const MAX_LISTED: usize = 5_000;

/// `GET /{global|tenant}/{type}`
pub(super) async fn list(
    caller: Caller,
    State(app): State<App>,
    Path((container, kind)): Path<(String, String)>,
    headers: HeaderMap,
    query: QueryPairs,
) -> Answer<Response> {
    let kind = resource_type(&kind)?;
    let accept = Accept::for_list(accept_header(&headers))?;
    let bodies = match container.as_str() {
        "global" => standard::of_type(kind).map(|resource| resource.body.clone()).collect(),
        "tenant" => tenant_bodies(&mut app.store.read().await?, &caller, kind).await?,
        other => return Err(no_container(other)),
    };
    let filter = Query::parse_any(query.all("property"))
        .map_err(|invalid| Problem::new("XDM-9101-400", format!("`property`: {}", invalid.message)))?;
    let results: Vec<Value> = bodies
        .into_iter()
        .filter(|body| filter.matches(body))
        .map(|body| if accept.id_only { brief(&body) } else { body })
        .collect();
    let count = results.len();
    let envelope = json!({
        "results": results,
        "_page": { "orderby": "updated", "next": null, "count": count },
        "_links": {
            "next": null,
            "global_schemas": { "href": format!("{}{}/global/schemas", app.public_url, super::BASE) },
        },
    });
    Ok(answer(envelope, &headers))
}

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
    let said = if accept.desc { Some(super::descriptors::of_resource(&mut tx, &caller, &body).await?) } else { None };
    let mut shown = if accept.full || accept.deprecated {
        let parts = schemas::closure(&mut tx, &caller.scope, &body).await?;
        resolve::resolve(&body, &|id| parts.get(id).cloned())?
    } else {
        body
    };
    if let Some(said) = said {
        shown["meta:descriptors"] = json!(said);
    }
    if accept.notext {
        resolve::without_text(&mut shown);
    }
    Ok(answer(shown, &headers))
}

async fn tenant_body(tx: &mut Tx, caller: &Caller, kind: ResourceType, id: &str) -> Answer<Option<Value>> {
    let found = tx.xdm_resource(&caller.scope, id).await?;
    Ok(found.filter(|resource| resource.resource_type == kind).map(|resource| resource.body))
}

/// The tenant's resources of one kind, newest first.
pub(super) async fn tenant_bodies(tx: &mut Tx, caller: &Caller, kind: ResourceType) -> Answer<Vec<Value>> {
    let all = tx.newest::<XdmResource>(&caller.scope, MAX_LISTED).await?;
    Ok(all.into_iter().filter(|resource| resource.resource_type == kind).map(|resource| resource.body).collect())
}

/// The resource type of a path; unions and descriptors are not here yet.
pub(super) fn resource_type(word: &str) -> Answer<ResourceType> {
    ResourceType::from_path(word).ok_or_else(|| {
        let word = shorten(word);
        let message = format!("`{word}` is not a resource type; use schemas, classes, fieldgroups or datatypes");
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

/// What `xed-id` shows of a resource.
fn brief(body: &Value) -> Value {
    json!({
        "$id": body["$id"],
        "meta:altId": body["meta:altId"],
        "version": body["version"],
        "title": body["title"],
    })
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
