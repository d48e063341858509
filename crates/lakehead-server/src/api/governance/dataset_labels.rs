//! `/datasets/{id}/labels`: labels of a dataset as a whole.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lakehead_model::Etag;
use lakehead_model::dataset::Dataset;
use lakehead_model::labels::dataset::{DatasetLabels, NewDatasetLabels};
use lakehead_store::{StoreError, Tx};
use serde_json::{Value, json};

use super::labels;
use crate::api::body::JsonBody;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `GET /datasets/{id}/labels`
pub(super) async fn get(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Response> {
    let found = find(&mut app.store.read().await?, &caller, &id).await?;
    Ok(answer(StatusCode::OK, found.to_wire(&caller.scope), &found.etag))
}

/// `POST /datasets/{id}/labels`: the first labels of a dataset.
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mut tx = caller.write(&app).await?;
    let dataset = dataset(&mut tx, &caller, &id).await?;
    let input = NewDatasetLabels::parse(&body, &dataset)?;
    if tx.get::<DatasetLabels>(&caller.scope, &id).await?.is_some() {
        return Err(there_already(&id));
    }
    all_exist(&mut tx, &caller, &input).await?;
    let made = input.create(&id, app.clock.now_ms())?;
    match tx.insert(&caller.scope, &made).await {
        Err(StoreError::Taken { .. }) => return Err(there_already(&id)),
        other => other?,
    }
    tx.commit().await?;
    Ok(answer(StatusCode::CREATED, json!({ "code": "PES-201", "message": "POST Successful" }), &made.etag))
}

/// `PUT /datasets/{id}/labels`: other labels, by who has read the ones before.
pub(super) async fn replace(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let mut tx = caller.write(&app).await?;
    let dataset = dataset(&mut tx, &caller, &id).await?;
    let before = find(&mut tx, &caller, &id).await?;
    let Some(version) = headers.get(header::IF_MATCH) else {
        let message = "the header `If-Match` is missing; send the `etag` of the labels as they were read";
        return Err(problem("PES-428", message, &id));
    };
    let version = version.to_str().unwrap_or_default();
    if version.trim() != "*" && Etag::from_text(version) != before.etag {
        return Err(stale(&id));
    }
    let input = NewDatasetLabels::parse(&body, &dataset)?;
    all_exist(&mut tx, &caller, &input).await?;
    let after = input.replace(&before)?;
    match tx.replace(&caller.scope, &after, &before.etag).await {
        Err(StoreError::Stale) => return Err(stale(&id)),
        other => other?,
    }
    tx.commit().await?;
    Ok(answer(StatusCode::OK, json!({ "code": "PES-200", "message": "PUT Successful" }), &after.etag))
}

fn answer(status: StatusCode, body: Value, etag: &Etag) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(etag) = HeaderValue::from_str(etag.as_str()) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

async fn dataset(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<Dataset> {
    tx.get::<Dataset>(&caller.scope, id).await?.ok_or_else(|| not_found(id))
}

async fn find(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<DatasetLabels> {
    tx.get::<DatasetLabels>(&caller.scope, id).await?.ok_or_else(|| not_found(id))
}

async fn all_exist(tx: &mut Tx, caller: &Caller, input: &NewDatasetLabels) -> Answer<()> {
    let Some(label) = labels::unknown(tx, caller, input.named()).await? else { return Ok(()) };
    let message = format!("`labels` has `{label}`, which does not exist in this sandbox; make the label first");
    Err(Problem::new("PES-400", message))
}

fn problem(code: &'static str, message: impl Into<String>, id: &str) -> Problem {
    Problem::new(code, message).with("path", format!("/entities/AEP:dataset:{}", shorten(id)))
}

fn not_found(id: &str) -> Problem {
    let message = "there are no labels at this `path`; check the id of the dataset and the sandbox, and give the first labels with `POST`";
    problem("PES-404", message, id)
}

fn there_already(id: &str) -> Problem {
    problem("PES-403", "the dataset at this `path` has labels already; replace them with `PUT`", id)
}

fn stale(id: &str) -> Problem {
    let message = "the labels were changed since the version in `If-Match`; read them again and send their `etag`";
    problem("PES-412", message, id)
}
