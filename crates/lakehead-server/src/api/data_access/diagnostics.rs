//! The diagnostics of a batch: which files it read, which rows it rejected and why.

use std::path::{Path, PathBuf};

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lakehead_engine::lake::diagnostics_name;
use lakehead_model::batch::of_run_owner;
use lakehead_model::plan::PlannedObject;
use lakehead_store::BatchRow;
use serde_json::json;
use tokio_util::io::ReaderStream;

use super::listing;
use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// The one file under `input_files`.
const INPUT_FILES: &str = "fileMetaData1.json";
/// Lines of the sample.
const SAMPLE_LINES: usize = 100;

/// `input_files`, `row_errors`, a file in one of them, or the sample.
pub(super) async fn meta(app: &App, caller: &Caller, batch: &BatchRow, path: &str) -> Answer<Response> {
    let path = path.trim_matches('/');
    match path.split_once('/').unwrap_or((path, "")) {
        ("input_files", "") => {
            let length = input_files(app, batch).await?.len() as u64;
            let href = href(app, batch, &format!("input_files/{INPUT_FILES}"));
            Ok(Json(listing::whole(vec![listing::entry(INPUT_FILES, length, &href)])).into_response())
        }
        ("input_files", INPUT_FILES) => Ok(json_lines(Body::from(input_files(app, batch).await?))),
        ("row_errors", "") => {
            let files = row_error_files(app, caller, batch).await;
            let entries = files.iter().map(|(name, length, _)| {
                listing::entry(name, *length, &href(app, batch, &format!("row_errors/{name}")))
            });
            Ok(Json(listing::whole(entries.collect())).into_response())
        }
        ("row_errors", name) => stream(&row_error_file(app, caller, batch, name).await?).await,
        ("row_errors_sample.json" | "row_error_samples.json", "") => sample(app, caller, batch).await,
        ("", _) => {
            let message = "`path` is missing; use input_files, row_errors or row_errors_sample.json";
            Err(Problem::new("DAS-1001-400", message))
        }
        _ => Err(not_found(path)),
    }
}

/// The rejected rows: a listing, or one file of it.
pub(super) async fn failed(app: &App, caller: &Caller, batch: &BatchRow, path: Option<&str>) -> Answer<Response> {
    if let Some(name) = path {
        return stream(&row_error_file(app, caller, batch, name.trim_matches('/')).await?).await;
    }
    let files = row_error_files(app, caller, batch).await;
    let entries = files.iter().map(|(name, length, _)| {
        let href = format!("{}{}/batches/{}/failed?path={name}", app.public_url, super::BASE, batch.batch_id);
        listing::entry(name, *length, &href)
    });
    Ok(Json(listing::whole(entries.collect())).into_response())
}

/// JSON Lines with the path of every source file of the run.
async fn input_files(app: &App, batch: &BatchRow) -> Answer<String> {
    let plan = app.store.read().await?.plan(&batch.run_id).await?.unwrap_or_default();
    let uploaded = of_run_owner(&batch.flow_id).is_some();
    let path = |object: &PlannedObject| {
        if uploaded { object.key.clone() } else { format!("/{}/{}", object.container, object.key) }
    };
    let lines = plan.iter().map(|object| json!({ "path": path(object) }).to_string());
    Ok(lines.map(|line| line + "\n").collect())
}

/// The folder that the claim made under which the run of the batch ended.
async fn folder(app: &App, caller: &Caller, batch: &BatchRow) -> Answer<PathBuf> {
    let run = app.store.read().await?.run(&caller.scope, &batch.run_id).await?;
    let name = diagnostics_name(&batch.flow_id, &batch.batch_id, run.map_or(0, |run| run.epoch));
    Ok(app.engine.lake().diagnostics_dir(&caller.scope, &batch.dataset_id, &name))
}

/// Name, length and place of every row error file, by name.
async fn row_error_files(app: &App, caller: &Caller, batch: &BatchRow) -> Vec<(String, u64, PathBuf)> {
    let Ok(folder) = folder(app, caller, batch).await else { return Vec::new() };
    let folder = folder.join("row_errors");
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return Vec::new() };
    let mut files = Vec::new();
    while let Ok(Some(entry)) = entries.next_entry().await {
        if let Ok(metadata) = entry.metadata().await {
            files.push((entry.file_name().to_string_lossy().into_owned(), metadata.len(), entry.path()));
        }
    }
    files.sort();
    files
}

/// The caller's name is compared with what is there, never joined to a path.
async fn row_error_file(app: &App, caller: &Caller, batch: &BatchRow, name: &str) -> Answer<PathBuf> {
    let files = row_error_files(app, caller, batch).await;
    files.into_iter().find(|(known, ..)| known == name).map(|(.., path)| path).ok_or_else(|| not_found(name))
}

async fn sample(app: &App, caller: &Caller, batch: &BatchRow) -> Answer<Response> {
    let mut lines = Vec::new();
    for (_, _, path) in row_error_files(app, caller, batch).await {
        let text = tokio::fs::read_to_string(&path).await.unwrap_or_default();
        lines.extend(text.lines().take(SAMPLE_LINES - lines.len()).map(|line| format!("{line}\n")));
        if lines.len() >= SAMPLE_LINES {
            break;
        }
    }
    Ok(json_lines(Body::from(lines.concat())))
}

async fn stream(path: &Path) -> Answer<Response> {
    let file = tokio::fs::File::open(path).await.map_err(|error| Problem::internal(&error))?;
    Ok(json_lines(Body::from_stream(ReaderStream::new(file))))
}

fn json_lines(body: Body) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}

fn href(app: &App, batch: &BatchRow, path: &str) -> String {
    let path = path.replace('/', "%2F");
    format!("{}{}/batches/{}/meta?path={path}", app.public_url, super::BASE, batch.batch_id)
}

fn not_found(path: &str) -> Problem {
    let path = shorten(path);
    Problem::new("DAS-1405-404", format!("`{path}` is not part of the batch's metadata; use input_files or row_errors"))
}
