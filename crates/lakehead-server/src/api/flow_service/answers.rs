//! The two shapes of a successful answer: the pair of id and etag, and the list of one.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lakehead_model::Etag;
use lakehead_store::Shown;
use serde_json::{Value, json};

use super::BASE;
use crate::api::problem::{Answer, Problem};
use crate::app::App;

/// 201 with the pair, the place of the new resource and its version.
pub(super) fn created(app: &App, collection: &str, id: &str, etag: &Etag) -> Response {
    created_as(app, collection, id, etag, json!({ "id": id, "etag": etag }))
}

/// 201 with a body of its own, the place of the new resource and its version.
pub(super) fn created_as(app: &App, collection: &str, id: &str, etag: &Etag, body: Value) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    let place = format!("{}{BASE}/{collection}/{id}", app.public_url);
    put_header(response.headers_mut(), header::LOCATION, &place);
    put_header(response.headers_mut(), header::ETAG, etag.as_str());
    response
}

/// 200 with the pair.
pub(super) fn changed(id: &str, etag: &Etag) -> Response {
    let mut response = Json(json!({ "id": id, "etag": etag })).into_response();
    put_header(response.headers_mut(), header::ETAG, etag.as_str());
    response
}

/// 200 with a body of its own.
pub(super) fn changed_as(etag: &Etag, body: Value) -> Response {
    let mut response = Json(body).into_response();
    put_header(response.headers_mut(), header::ETAG, etag.as_str());
    response
}

/// 200 with a list of exactly this resource.
pub(super) fn one(shown: &Shown) -> Response {
    let mut response = items(std::slice::from_ref(&shown.json), &json!({}));
    put_header(response.headers_mut(), header::ETAG, shown.etag.as_str());
    response
}

/// 200 with a list of these resources, each the text of a JSON object.
pub(super) fn items(items: &[String], links: &Value) -> Response {
    text(format!("{{\"items\":[{}],\"_links\":{links}}}", items.join(",")))
}

/// 200 with JSON that is text already.
pub(super) fn text(json: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
}

/// The version that the caller has read, from `If-Match`.
fn if_match(headers: &HeaderMap) -> Option<Etag> {
    let given = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
    given.map(Etag::from_text)
}

/// The caller changes what it has read, or nothing.
pub(super) fn require_version(headers: &HeaderMap, current: &Etag) -> Answer<()> {
    if if_match(headers).is_none() {
        let message = "the `If-Match` header is missing; send the `etag` of the resource, quotes included";
        return Err(Problem::new("FLOW-1403-400", message));
    }
    allow_version(headers, current)
}

/// Like [`require_version`], but a caller that names no version takes the current one.
pub(super) fn allow_version(headers: &HeaderMap, current: &Etag) -> Answer<()> {
    let Some(given) = if_match(headers).filter(|given| given != current) else { return Ok(()) };
    Err(Problem::new(
        "FLOW-1404-412",
        format!(
            "Supplied version=[{}] does not match the current version on entity=[{current}]; read it again and send its `etag`",
            crate::api::problem::shorten(given.as_str())
        ),
    ))
}

fn put_header(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
