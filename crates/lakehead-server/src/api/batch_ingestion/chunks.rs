//! Large files: begun, sent in pieces, completed. A piece counts once its bytes are on disk and noted.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lakehead_model::batch::{ContentRange, Pieces};
use lakehead_model::id::new_batch_id;
use lakehead_store::UploadRow;
use serde_json::json;

use super::files::{self, MAX_REQUEST_BYTES, Place};
use super::{batches, receive};
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Header with what has arrived.
const RANGE: HeaderName = header::RANGE;

/// `POST …/files/{path}?action=INITIALIZE|COMPLETE`
pub(super) async fn act(
    caller: Caller,
    State(app): State<App>,
    Path(place): Path<Place>,
    query: QueryPairs,
) -> Answer<Response> {
    let path = place.file()?;
    match query.get("action").unwrap_or_default().trim().to_ascii_uppercase().as_str() {
        "INITIALIZE" => initialize(&caller, &app, &place, path).await,
        "COMPLETE" => complete(&caller, &app, &place, path).await,
        name => {
            let message = format!("`action` `{}` is not known; use INITIALIZE or COMPLETE", shorten(name));
            Err(Problem::new("INGEST-9003-400", message))
        }
    }
}

async fn initialize(caller: &Caller, app: &App, place: &Place, path: String) -> Answer<Response> {
    let folder = files::loading(&mut app.store.read().await?, app, caller, place).await?;
    let upload_id = new_batch_id(app.clock.now_ms());
    receive::create(&folder, &upload_id, &path).await?;
    receive::finish(&folder, &upload_id, &path).await?;
    let upload =
        UploadRow { batch_id: place.id.clone(), path, upload_id, size_bytes: 0, pieces: Some(Pieces::default()) };
    if let Some(replaced) = files::note(caller, app, place, &upload, &folder).await? {
        receive::forget(&folder.join(replaced)).await;
    }
    Ok((StatusCode::CREATED, Json(json!({}))).into_response())
}

async fn complete(caller: &Caller, app: &App, place: &Place, path: String) -> Answer<Response> {
    let mut tx = caller.write(app).await?;
    let batch = batches::lock(&mut tx, caller, &place.id).await?;
    files::require_loading(&batch, place)?;
    let mut upload = tx.upload(&caller.scope, &place.id, &path).await?.ok_or_else(|| not_begun(&path))?;
    if let Some(pieces) = upload.pieces.take() {
        let size = pieces.whole()?;
        if app.uploads.is_written(&upload.upload_id) {
            let message = format!("a piece of `{}` is being sent; complete the file when it has ended", shorten(&path));
            return Err(Problem::new("INGEST-9003-400", message));
        }
        upload.size_bytes = size as i64;
        let folder = app.engine.lake().upload_dir(&caller.scope, &batch.dataset_id, &batch.batch_id);
        // A piece that was cut off may have left bytes behind the last one.
        receive::cut(&folder.join(&upload.upload_id).join(&path), size).await?;
        tx.put_upload(&caller.scope, &upload).await?;
        tx.commit().await?;
    }
    Ok((StatusCode::CREATED, Json(json!({ "name": path, "sizeInBytes": upload.size_bytes }))).into_response())
}

/// `PATCH …/files/{path}` with `Content-Range`: the bytes of one piece.
pub(super) async fn patch(
    caller: Caller,
    State(app): State<App>,
    Path(place): Path<Place>,
    request: Request,
) -> Answer<Response> {
    let path = place.file()?;
    receive::require_bytes(request.headers())?;
    let text = request.headers().get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (text, piece) = (text.to_owned(), ContentRange::parse(text)?);
    if piece.len() > MAX_REQUEST_BYTES {
        let message = format!(
            "`Content-Range` names more than the {} MiB that a piece may have; send smaller ones",
            MAX_REQUEST_BYTES >> 20
        );
        return Err(Problem::new("INGEST-9004-413", message));
    }
    let mut tx = app.store.read().await?;
    let folder = files::loading(&mut tx, &app, &caller, &place).await?;
    let begun = tx.upload(&caller.scope, &place.id, &path).await?.ok_or_else(|| not_begun(&path))?;
    drop(tx);
    // Before a byte is written: one that does not fit must not change those that are there.
    let mut pieces = begun.pieces.clone().ok_or_else(|| not_begun(&path))?;
    if pieces.has(piece) {
        return Ok(with_range(StatusCode::OK.into_response(), &pieces));
    }
    pieces.add(piece)?;
    files::require_bytes_left(&app, &caller, &place, piece.len()).await?;
    let Some(_writing) = app.uploads.begin(&begun.upload_id, piece) else {
        let message = format!("bytes of `{}` are being sent by another request; wait for it", shorten(&text));
        return Err(Problem::new("INGEST-9003-400", message));
    };
    let file = folder.join(&begun.upload_id).join(&path);
    let size = receive::write(request, &app, &file, piece.start, piece.len()).await?;
    if size != piece.len() {
        let message = format!("`Content-Range` names {} bytes, but {size} came; send the piece again", piece.len());
        return Err(Problem::new("INGEST-9003-400", message));
    }
    let pieces = note(&caller, &app, &place, &begun, piece).await?;
    Ok(with_range(StatusCode::OK.into_response(), &pieces))
}

/// Notes a piece that is on disk; answers all that have arrived.
async fn note(caller: &Caller, app: &App, place: &Place, begun: &UploadRow, piece: ContentRange) -> Answer<Pieces> {
    let mut tx = caller.write(app).await?;
    let batch = batches::lock(&mut tx, caller, &place.id).await?;
    files::require_loading(&batch, place)?;
    let upload = tx.upload(&caller.scope, &place.id, &begun.path).await?;
    let same = upload.filter(|upload| upload.upload_id == begun.upload_id);
    let mut pieces = same.and_then(|upload| upload.pieces).ok_or_else(|| not_begun(&begun.path))?;
    pieces.add(piece)?;
    let size_bytes = pieces.bytes() as i64;
    let upload = UploadRow { size_bytes, pieces: Some(pieces.clone()), ..begun.clone() };
    tx.put_upload(&caller.scope, &upload).await?;
    files::require_room(&mut tx, caller, place, 0).await?;
    tx.commit().await?;
    Ok(pieces)
}

/// `GET` and `HEAD …/files/{path}`: how much has arrived, in the header `Range`.
pub(super) async fn show(caller: Caller, State(app): State<App>, Path(place): Path<Place>) -> Answer<Response> {
    let path = place.file()?;
    let mut tx = app.store.read().await?;
    let batch = tx.batch(&caller.scope, &place.id).await?.filter(|batch| batch.dataset_id == place.dataset);
    let batch = batch.ok_or_else(|| batches::not_found(&place.id))?;
    let upload = tx.upload(&caller.scope, &batch.batch_id, &path).await?.ok_or_else(|| not_begun(&path))?;
    let whole = upload.pieces.is_none();
    let answer = Json(json!({ "name": path, "sizeInBytes": upload.size_bytes, "complete": whole })).into_response();
    let pieces = upload.pieces.unwrap_or_else(|| Pieces::of_whole(upload.size_bytes.unsigned_abs()));
    Ok(with_range(answer, &pieces))
}

fn with_range(mut response: Response, pieces: &Pieces) -> Response {
    if let Some(value) = pieces.range().and_then(|range| HeaderValue::from_str(&range).ok()) {
        response.headers_mut().insert(RANGE, value);
    }
    response
}

fn not_begun(path: &str) -> Problem {
    let path = shorten(path);
    let message = format!("file `{path}` is not being uploaded in pieces; begin it with `?action=INITIALIZE`");
    Problem::new("INGEST-9404-404", message)
}
