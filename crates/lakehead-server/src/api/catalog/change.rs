//! Changes of datasets: `PUT`, and `PATCH` as a merge or as a JSON Patch.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lakehead_model::Invalid;
use lakehead_model::dataset::Dataset;
use lakehead_store::DocumentKind;
use serde_json::{Value, json};

use super::datasets::find;
use crate::api::body::JsonBody;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Header with the version of a dataset, as the service is documented.
pub(super) const VERSION: HeaderName = HeaderName::from_static("e-tag");

/// `PUT /dataSets/{id}`: everything that clients may set, anew.
pub(super) async fn put(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    change(&caller, &app, &id, &headers, |dataset| dataset.replaced(&body)).await
}

/// `PATCH /dataSets/{id}` and `PATCH /v2/dataSets/{id}`: members are merged; a JSON Patch is applied where the media type
/// says so, or the body is a list.
pub(super) async fn patch(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_patch = body.is_array() || media.contains("json-patch") || media.contains("json+patch");
    change(
        &caller,
        &app,
        &id,
        &headers,
        |dataset| if is_patch { dataset.patched(&body) } else { dataset.merged(&body) },
    )
    .await
}

async fn change(
    caller: &Caller,
    app: &App,
    id: &str,
    headers: &HeaderMap,
    apply: impl FnOnce(&Dataset) -> Result<Dataset, Invalid>,
) -> Answer<Response> {
    let mut tx = caller.write(app).await?;
    // Locked before it is read: changes at the same time come one after the other.
    tx.referrers(&caller.scope, (DocumentKind::Dataset, id)).await?;
    let before = find(&mut tx, caller, id).await?;
    require_version(headers, &before.version)?;
    let mut after = apply(&before)?;
    let reference: Value = json!([format!("@/dataSets/{}", before.id)]);
    if is_only_checked(headers) {
        return Ok(answer(reference, &before.version));
    }
    after.touch(&caller.actor.user, app.clock.now_ms());
    tx.replace(&caller.scope, &after, &before.etag).await?;
    tx.commit().await?;
    Ok(answer(reference, &after.version))
}

fn answer(body: Value, version: &str) -> Response {
    let mut response = Json(body).into_response();
    if let Ok(version) = HeaderValue::from_str(version) {
        response.headers_mut().insert(VERSION, version);
    }
    response
}

/// Whether the request is only to be checked: `Pragma: validate-only`.
pub(in crate::api) fn is_only_checked(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::PRAGMA)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.trim().eq_ignore_ascii_case("validate-only"))
}

/// Refuses a caller who has read another version than the current one. Without `If-Match` the current one is meant.
fn require_version(headers: &HeaderMap, current: &str) -> Answer<()> {
    let Some(given) = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()) else { return Ok(()) };
    let bare = given.trim().trim_start_matches("W/").trim_matches('"');
    if bare == current || bare == "*" {
        return Ok(());
    }
    let given = shorten(given);
    let message = format!("`If-Match` `{given}` is not the current version `{current}`; read the dataset again");
    Err(Problem::new("CATALOG-1404-412", message))
}
