//! Data files: of a batch, and their bytes with ranges.

use std::io::SeekFrom;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lakehead_model::dataset::Dataset;
use lakehead_store::DataFileRow;
use serde_json::{Value, json};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::listing;
use crate::api::PIECE_BYTES;
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::catalog::batches;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `GET /batches/{id}/files`
pub(super) async fn of_batch(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let batch = batches::find(&app, &caller, &id).await?;
    let window = listing::window(&query)?;
    let mut tx = app.store.read().await?;
    let files = tx.files_of_batch(&caller.scope, &batch.batch_id).await?;
    let dataset = tx.get::<Dataset>(&caller.scope, &batch.dataset_id).await?;
    // A dataset may be gone while its batches are still known.
    let view = dataset.map_or_else(|| batch.dataset_id.clone(), |dataset| dataset.view_id);
    drop(tx);
    let created = batch.created_ms.to_string();
    let mut items = Vec::new();
    // The part of a shared file is written to tell its size: only of files that are shown.
    for file in window.of(&files) {
        let file_id = file_id(file);
        items.push(json!({
            "dataSetFileId": file_id,
            "dataSetViewId": view,
            "version": "1.0.0",
            "created": created,
            "updated": created,
            "records": file.records,
            "size": size(&app, &caller, file).await?,
            "isValid": true,
            "_links": { "self": { "href": format!("{}{}/files/{file_id}", app.public_url, super::BASE) } },
        }));
    }
    let url = format!("{}{}/batches/{}/files", app.public_url, super::BASE, batch.batch_id);
    Ok(Json(listing::page(items, files.len(), window, &url)))
}

/// `GET /files/{id}` lists the one file; with `?path=NAME` it is the bytes, whole or a range.
pub(super) async fn get(
    caller: Caller,
    State(app): State<App>,
    method: Method,
    Path(id): Path<String>,
    query: QueryPairs,
    headers: HeaderMap,
) -> Answer<Response> {
    let file = find(&app, &caller, &id).await?;
    let name = file_name(&file);
    let Some(path) = query.get("path") else {
        let href = format!("{}{}/files/{id}?path={name}", app.public_url, super::BASE);
        let size = size(&app, &caller, &file).await?;
        return Ok(Json(listing::whole(vec![listing::entry(&name, size, &href)])).into_response());
    };
    if path.trim_start_matches('/') != name {
        return Err(not_found(&format!("{id}?path={path}")));
    }
    // Some clients send the range as a query parameter.
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok()).or_else(|| query.get("range"));
    bytes(app.engine.open_file(&caller.scope, &file).await?, range, method == Method::HEAD).await
}

/// Size of what is given of a file: of its rows of this batch, where it has rows of others too.
async fn size(app: &App, caller: &Caller, file: &DataFileRow) -> Answer<u64> {
    if !file.is_shared() {
        return Ok(file.size_bytes.unsigned_abs());
    }
    let part = app.engine.open_file(&caller.scope, file).await?;
    Ok(part.metadata().await.map_err(|error| Problem::internal(&error))?.len())
}

async fn bytes(mut handle: File, range: Option<&str>, head_only: bool) -> Answer<Response> {
    let size = handle.metadata().await.map_err(|error| Problem::internal(&error))?.len();
    let (start, length, partial) = match range.map(|text| parse_range(text, size)) {
        None | Some(Range::Ignored) => (0, size, false),
        Some(Range::Part(start, length)) => (start, length, true),
        Some(Range::Unsatisfiable) => {
            let message = format!("`Range` lies outside of the file of {size} bytes; ask for bytes within it");
            let mut response = Problem::new("DAS-1002-416", message).into_response();
            put(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(response);
        }
    };
    let body = if head_only {
        Body::empty()
    } else {
        handle.seek(SeekFrom::Start(start)).await.map_err(|error| Problem::internal(&error))?;
        Body::from_stream(ReaderStream::with_capacity(handle.take(length), PIECE_BYTES))
    };
    let status = if partial { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/parquet"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if partial {
        put(&mut response, header::CONTENT_RANGE, &format!("bytes {start}-{}/{size}", start + length - 1));
    }
    Ok(response)
}

fn put(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    /// Start and length.
    Part(u64, u64),
    /// Not a single byte range: the whole file is answered.
    Ignored,
    Unsatisfiable,
}

/// Reads `bytes=a-b`, `bytes=a-` and `bytes=-n` against a file of `size` bytes.
fn parse_range(text: &str, size: u64) -> Range {
    let Some((first, last)) = text.trim().strip_prefix("bytes=").and_then(|spec| spec.split_once('-')) else {
        return Range::Ignored;
    };
    let (start, end) = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(start), Ok(end)) if start <= end => (start, end.min(size.saturating_sub(1))),
        (Ok(start), Err(_)) if last.trim().is_empty() => (start, size.saturating_sub(1)),
        (Err(_), Ok(suffix)) if first.trim().is_empty() && suffix > 0 => {
            (size.saturating_sub(suffix), size.saturating_sub(1))
        }
        _ => return Range::Ignored,
    };
    if start >= size { Range::Unsatisfiable } else { Range::Part(start, end - start + 1) }
}

async fn find(app: &App, caller: &Caller, id: &str) -> Answer<DataFileRow> {
    let Some((batch, ord)) = id.rsplit_once('-') else { return Err(not_found(id)) };
    let Some(ord) = ord.parse::<i64>().ok().filter(|ord| *ord >= 1) else { return Err(not_found(id)) };
    let file = app.store.read().await?.file(&caller.scope, batch, ord - 1).await?;
    file.ok_or_else(|| not_found(id))
}

fn file_id(file: &DataFileRow) -> String {
    format!("{}-{}", file.batch_id, file.ord + 1)
}

fn file_name(file: &DataFileRow) -> String {
    file.path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn not_found(id: &str) -> Problem {
    Problem::new(
        "DAS-1404-404",
        format!("file `{}` is not found; list the files of a batch for their ids", shorten(id)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(parse_range("bytes=0-99", 1000), Range::Part(0, 100));
        assert_eq!(parse_range("bytes=990-2000", 1000), Range::Part(990, 10));
        assert_eq!(parse_range("bytes=990-", 1000), Range::Part(990, 10));
        assert_eq!(parse_range("bytes=-10", 1000), Range::Part(990, 10));
        assert_eq!(parse_range("bytes=-5000", 1000), Range::Part(0, 1000));
        assert_eq!(parse_range("bytes=1000-", 1000), Range::Unsatisfiable);
        assert_eq!(parse_range("bytes=0-0", 0), Range::Unsatisfiable);
        for odd in ["", "bytes=", "bytes=a-b", "items=0-1", "bytes=5-2", "bytes=0-1,3-4"] {
            assert_eq!(parse_range(odd, 1000), Range::Ignored, "{odd}");
        }
    }
}
