//! A file in one request, and the rules for files that hold for those in pieces too.

use std::path::{Path, PathBuf};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use lakehead_model::batch::{BatchStatus, MAX_FILE_BYTES, file_path};
use lakehead_model::id::new_batch_id;
use lakehead_store::{BatchRow, Tx, UploadRow};
use serde::Deserialize;

use super::{batches, receive};
use crate::api::caller::Caller;
use crate::api::path::Path as PathOf;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// Most files of a batch.
const MAX_FILES: i64 = 1500;
/// Most bytes of a batch.
const MAX_BATCH_BYTES: u64 = MAX_FILE_BYTES;
/// Most bytes of one request.
pub(super) const MAX_REQUEST_BYTES: u64 = 512 << 20;

/// Batch, dataset and file of a path.
#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) id: String,
    pub(super) dataset: String,
    path: String,
}

/// `PUT …/files/{path}`: 201 for a new file, 200 for one that was replaced.
pub(super) async fn put(
    caller: Caller,
    State(app): State<App>,
    PathOf(place): PathOf<Place>,
    request: Request,
) -> Answer<StatusCode> {
    let path = place.file()?;
    receive::require_bytes(request.headers())?;
    let folder = loading(&mut app.store.read().await?, &app, &caller, &place).await?;
    let upload_id = new_batch_id(app.clock.now_ms());
    let size = receive::whole(request, &app, &folder, &upload_id, &path).await?;
    let upload = UploadRow { batch_id: place.id.clone(), path, upload_id, size_bytes: size as i64, pieces: None };
    Ok(match note(&caller, &app, &place, &upload, &folder).await? {
        None => StatusCode::CREATED,
        Some(replaced) => {
            receive::forget(&folder.join(replaced)).await;
            StatusCode::OK
        }
    })
}

/// Notes an upload that is on disk in `folder`; answers the id of the one that it replaces. One that is refused is
/// deleted; where the answer of the database is lost it may count, and stays.
pub(super) async fn note(
    caller: &Caller,
    app: &App,
    place: &Place,
    upload: &UploadRow,
    folder: &Path,
) -> Answer<Option<String>> {
    match store(caller, app, place, upload).await {
        Ok((tx, replaced)) => {
            tx.commit().await?;
            Ok(replaced)
        }
        Err(problem) => {
            receive::forget(&folder.join(&upload.upload_id)).await;
            Err(problem)
        }
    }
}

async fn store(caller: &Caller, app: &App, place: &Place, upload: &UploadRow) -> Answer<(Tx, Option<String>)> {
    let mut tx = caller.write(app).await?;
    let batch = batches::lock(&mut tx, caller, &place.id).await?;
    require_loading(&batch, place)?;
    let replaced = tx.upload(&caller.scope, &place.id, &upload.path).await?;
    tx.put_upload(&caller.scope, upload).await?;
    require_room(&mut tx, caller, place, 0).await?;
    Ok((tx, replaced.map(|replaced| replaced.upload_id).filter(|id| *id != upload.upload_id)))
}

/// Refuses bytes before they are written that the batch has no room for.
pub(super) async fn require_bytes_left(app: &App, caller: &Caller, place: &Place, bytes: u64) -> Answer<()> {
    require_room(&mut app.store.read().await?, caller, place, bytes).await
}

/// Refuses what makes the batch larger than is taken.
pub(super) async fn require_room(tx: &mut Tx, caller: &Caller, place: &Place, more: u64) -> Answer<()> {
    let totals = tx.upload_totals(&caller.scope, &place.id).await?;
    if totals.files > MAX_FILES || totals.bytes.unsigned_abs().saturating_add(more) > MAX_BATCH_BYTES {
        let message = format!(
            "batch `{}` would be larger than {MAX_FILES} files or {} GiB; make another",
            place.id,
            MAX_BATCH_BYTES >> 30
        );
        return Err(Problem::new("INGEST-9004-413", message));
    }
    Ok(())
}

/// The folder of the uploads of a batch that takes files.
pub(super) async fn loading(tx: &mut Tx, app: &App, caller: &Caller, place: &Place) -> Answer<PathBuf> {
    let batch = tx.batch(&caller.scope, &place.id).await?.ok_or_else(|| batches::not_found(&place.id))?;
    require_loading(&batch, place)?;
    Ok(app.engine.lake().upload_dir(&caller.scope, &batch.dataset_id, &batch.batch_id))
}

/// Files come into a batch only until it is completed, and only for its dataset.
pub(super) fn require_loading(batch: &BatchRow, place: &Place) -> Answer<()> {
    if batch.dataset_id != place.dataset {
        let message = format!("batch `{}` is not one of dataset `{}`", batch.batch_id, shorten(&place.dataset));
        return Err(Problem::new("INGEST-9404-404", message));
    }
    if batch.state() != BatchStatus::Loading {
        let message = format!("batch `{}` is `{}` and takes no files; make another", batch.batch_id, batch.status);
        return Err(Problem::new("INGEST-9002-400", message));
    }
    Ok(())
}

impl Place {
    /// The checked path of the file.
    pub(super) fn file(&self) -> Answer<String> {
        Ok(file_path(&self.path)?)
    }
}
