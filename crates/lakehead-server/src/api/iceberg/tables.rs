//! Tables: every dataset of the sandbox has one.

use axum::Json;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use lakehead_engine::published::{TablePlace, only_referenced};
use lakehead_model::dataset::Dataset;
use serde_json::{Value, json};

use super::reader::Reader;
use super::{NAMESPACE, keys, namespaces};
use crate::api::body::QueryPairs;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;
use crate::config::Locations;

/// Tables of one page, where a client asks for pages and not for a size.
const PAGE: usize = 1000;

/// `GET /{prefix}/namespaces/{namespace}/tables`: all of them, or a page where the client asks for pages.
pub(super) async fn list(
    reader: Reader,
    State(app): State<App>,
    Path((_, namespace)): Path<(String, String)>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    namespaces::require(&namespace)?;
    let (after, size) = page(&query)?;
    let tables = app.store.read().await?.named_tables(&reader.caller.scope).await?;
    let mut rest =
        tables.into_iter().map(|table| table.name).filter(|name| after.is_none_or(|after| name.as_str() > after));
    let names: Vec<String> = rest.by_ref().take(size).collect();
    let next = rest.next().and(names.last());
    let identifiers: Vec<Value> = names.iter().map(|name| json!({ "namespace": [NAMESPACE], "name": name })).collect();
    Ok(Json(json!({ "identifiers": identifiers, "next-page-token": next })))
}

/// After which name the page begins, and how many tables it has at most.
fn page(query: &QueryPairs) -> Answer<(Option<&str>, usize)> {
    let token = query.get("pageToken");
    let size = match query.get("pageSize").filter(|text| !text.is_empty()) {
        None => token.map_or(usize::MAX, |_| PAGE),
        Some(text) => {
            text.parse::<usize>().ok().filter(|size| *size > 0).map(|size| size.min(PAGE)).ok_or_else(|| {
                let text = shorten(text);
                Problem::new("ICEBERG-1001-400", format!("`pageSize` `{text}` is no number of tables; give at least 1"))
            })?
        }
    };
    Ok((token.filter(|token| !token.is_empty()), size))
}

/// `GET` and `HEAD /{prefix}/namespaces/{namespace}/tables/{table}`
pub(super) async fn load(
    reader: Reader,
    method: Method,
    State(app): State<App>,
    Path((_, namespace, table)): Path<(String, String, String)>,
    query: QueryPairs,
) -> Answer<Response> {
    let all = match query.get("snapshots").unwrap_or("all") {
        "" | "all" => true,
        "refs" => false,
        other => {
            let message = format!("`snapshots` is `all` or `refs`, not `{}`", shorten(other));
            return Err(Problem::new("ICEBERG-1001-400", message));
        }
    };
    let (place, location) = find(&app, &reader, &namespace, &table).await?;
    if method == Method::HEAD {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let (location, mut metadata) = match app.settings.iceberg_locations {
        Locations::S3 => app.published.metadata(&place, &location).await?,
        Locations::File => (location.clone(), app.published.metadata_as_is(&location).await?),
    };
    if !all {
        only_referenced(&mut metadata);
    }
    let mut answer = json!({ "metadata-location": location, "metadata": metadata, "config": {} });
    if let Some(credentials) = credentials_of(&app, &reader, &place)? {
        answer["config"] = credentials["config"].clone();
        answer["storage-credentials"] = json!([credentials]);
    }
    Ok(Json(answer).into_response())
}

/// `GET /{prefix}/namespaces/{namespace}/tables/{table}/credentials`
pub(super) async fn credentials(
    reader: Reader,
    State(app): State<App>,
    Path((_, namespace, table)): Path<(String, String, String)>,
) -> Answer<Json<Value>> {
    let (place, _) = find(&app, &reader, &namespace, &table).await?;
    let credentials = Vec::from_iter(credentials_of(&app, &reader, &place)?);
    Ok(Json(json!({ "storage-credentials": credentials })))
}

/// What opens the files of a table; nothing where readers open the lake itself.
fn credentials_of(app: &App, reader: &Reader, place: &TablePlace) -> Answer<Option<Value>> {
    if app.settings.iceberg_locations == Locations::File {
        return Ok(None);
    }
    let config = keys::config(app, reader, place)?;
    Ok(Some(json!({ "prefix": app.published.location(place), "config": config })))
}

/// `POST /{prefix}/namespaces/{namespace}/tables/{table}/metrics`
pub(super) async fn metrics(
    reader: Reader,
    State(app): State<App>,
    Path((_, namespace, table)): Path<(String, String, String)>,
) -> Answer<StatusCode> {
    find(&app, &reader, &namespace, &table).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where a table is, and its current metadata. It is found by the id of its dataset or by its name.
async fn find(app: &App, reader: &Reader, namespace: &str, table: &str) -> Answer<(TablePlace, String)> {
    if namespace != NAMESPACE {
        // Not that the namespace is missing: Spark asks for the table `snapshots` of the namespace `datasets.customers` before it
        // looks at the snapshots of a table, and goes on only from this answer.
        return Err(no_table(namespace, table));
    }
    let scope = &reader.caller.scope;
    let mut tx = app.store.read().await?;
    let by_id = tx.get::<Dataset>(scope, table).await?.map(|dataset| dataset.id);
    let dataset_id = match by_id {
        Some(id) => Some(id),
        None => tx.dataset_of_table(scope, table).await?,
    };
    let pointer = match &dataset_id {
        Some(id) => tx.table_pointer(id).await?,
        None => None,
    };
    let (Some(dataset_id), Some(pointer)) = (dataset_id, pointer) else {
        return Err(no_table(namespace, table));
    };
    Ok((TablePlace { sandbox_id: scope.sandbox_id.clone(), dataset_id }, pointer.metadata_location))
}

fn no_table(namespace: &str, table: &str) -> Problem {
    let message = format!(
        "there is no table `{}` in the namespace `{}`; list the tables of `{NAMESPACE}`, or use the id of a dataset",
        shorten(table),
        namespaces::shown(namespace)
    );
    Problem::new("ICEBERG-1406-404", message)
}
