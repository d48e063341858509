//! Lists of resources: filtered, ordered, page by page.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use lakehead_model::Invalid;
use lakehead_model::xdm::accept::{Accept, Family};
use lakehead_model::xdm::listing::{Listed, Listing};
use lakehead_model::xdm::{names, resolve, standard};
use serde_json::{Value, json};

use super::lookup::{accept_header, answer, no_container, resource_type};
use super::scan;
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

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
    let listing = parse(&query)?;
    let mut page = listing.page();
    match container.as_str() {
        "global" => {
            for resource in standard::of_type(kind) {
                page.offer(&resource.body, |body| shown(body, &accept));
            }
        }
        "tenant" => {
            let mut tx = app.store.read().await?;
            let offer = |resource: lakehead_model::xdm::resource::XdmResource| {
                if resource.resource_type == kind {
                    page.offer(&resource.body, |body| shown(body, &accept));
                }
            };
            scan::each(&mut tx, &caller, offer).await?;
        }
        other => return Err(no_container(other)),
    }
    let path = format!("{container}/{}", if kind.as_str() == "mixins" { "fieldgroups" } else { kind.as_str() });
    Ok(answer(envelope(&app, page.finish(), &path), &headers))
}

/// The parameters of a list.
pub(super) fn parse(query: &QueryPairs) -> Answer<Listing> {
    let properties = query.all("property").map(str::to_owned).collect();
    Listing::parse(query.get("orderby"), query.get("limit"), query.get("start"), properties).map_err(refused)
}

/// A parameter that cannot be read, in the words of the registry.
pub(super) fn refused(invalid: Invalid) -> Problem {
    Problem::new("XDM-9101-400", invalid.message)
}

/// The body of an answer with a page of the list at `path`.
pub(super) fn envelope(app: &App, page: Listed, path: &str) -> Value {
    let base = format!("{}{}", app.public_url, super::BASE);
    let next = page.next.as_ref().map(|next| json!({ "href": format!("{base}/{path}?start={next}") }));
    let mut envelope = json!({
        "results": [],
        "_page": { "orderby": page.orderby, "next": page.next, "count": page.results.len() },
        "_links": { "next": next, "global_schemas": { "href": format!("{base}/global/schemas") } },
    });
    envelope["results"] = Value::Array(page.results);
    envelope
}

/// What a list shows of a resource.
pub(super) fn shown(body: &Value, accept: &Accept) -> Value {
    if accept.id_only {
        return json!({
            "$id": body["$id"],
            "meta:altId": body["meta:altId"],
            "version": body["version"],
            "title": body["title"],
        });
    }
    let mut shown = if accept.family == Family::Xdm { names::to_json_ld(body.clone()) } else { body.clone() };
    if accept.notext {
        resolve::without_text(&mut shown);
    }
    shown
}
