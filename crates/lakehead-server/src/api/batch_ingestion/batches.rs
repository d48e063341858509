//! A batch: made, completed, given up, taken back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lakehead_model::Etag;
use lakehead_model::batch::{
    BatchAction, BatchPlan, BatchStatus, COMPLETE_SLOT, NewBatch, REVERT_SLOT, Step, run_owner,
};
use lakehead_model::dataset::Dataset;
use lakehead_model::id::new_batch_id;
use lakehead_model::mapping_set::Content;
use lakehead_store::{BatchRow, NewRun, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::flow_service::labels;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `POST /batches`
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    JsonBody(body): JsonBody,
) -> Answer<(StatusCode, Json<Value>)> {
    let input = NewBatch::parse(&body)?;
    let mut tx = caller.write(&app).await?;
    let Some(dataset) = tx.get::<Dataset>(&caller.scope, &input.dataset_id).await? else {
        let id = shorten(&input.dataset_id);
        return Err(bad(format!("`datasetId` `{id}` is not a dataset of this sandbox; create the dataset first")));
    };
    let now_ms = tx.now_ms().await?;
    let id = new_batch_id(now_ms);
    let document = input.to_document(&id, &caller.scope, &caller.actor, now_ms);
    let mapping = mapping(&mut tx, &caller, &document).await?;
    labels::check_written(&mut tx, &caller, &dataset.schema_ref.id, mapping.as_ref()).await?;
    check_predecessors(&mut tx, &caller, &input).await?;
    let batch = BatchRow {
        dataset_id: input.dataset_id,
        run_id: Uuid::from_u128(rand::random()).to_string(),
        flow_id: run_owner(&id),
        batch_id: id,
        status: BatchStatus::Loading.as_str().to_owned(),
        created_ms: now_ms,
        completed_ms: None,
        records_read: 0,
        records_written: 0,
        records_failed: 0,
        bytes_read: 0,
        bytes_written: 0,
        doc: document,
    };
    tx.insert_batch(&caller.scope, &batch).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(batch.doc)))
}

/// The mapping that the rows of the batch go through.
async fn mapping(tx: &mut Tx, caller: &Caller, document: &Value) -> Answer<Option<Content>> {
    let Some(mapping) = BatchPlan::of(document)?.mapping else { return Ok(None) };
    let set = tx.mapping_set(&caller.scope, &mapping.id, Some(mapping.version)).await?;
    let set = set.ok_or_else(|| {
        let (id, version) = (shorten(&mapping.id), mapping.version);
        bad(format!(
            "`tags.aep_sip_mapper` names version {version} of mapping set `{id}`, which this sandbox does not have"
        ))
    })?;
    Ok(Some(set.content))
}

async fn check_predecessors(tx: &mut Tx, caller: &Caller, input: &NewBatch) -> Answer<()> {
    for id in &input.predecessors {
        let known = tx.batch(&caller.scope, id).await?.filter(|batch| batch.dataset_id == input.dataset_id);
        let id = shorten(id);
        let Some(batch) = known else {
            return Err(bad(format!("`replay.predecessors` names `{id}`, which is not a batch of the dataset")));
        };
        if !batch.state().can_be_replaced() {
            let message =
                format!("`replay.predecessors` names `{id}`, which is `{}`; it has to have ended", batch.status);
            return Err(bad(message));
        }
    }
    Ok(())
}

fn bad(message: String) -> Problem {
    Problem::new("INGEST-9001-400", message)
}

/// `POST /batches/{id}?action=`
pub(super) async fn act(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let name = query.get("action").unwrap_or_default();
    let action = BatchAction::parse(name).ok_or_else(|| {
        let message = format!("`action` `{}` is not known; use COMPLETE, ABORT, FAIL or REVERT", shorten(name));
        Problem::new("INGEST-9003-400", message)
    })?;
    let mut tx = caller.write(&app).await?;
    if matches!(action, BatchAction::Abort | BatchAction::Fail) {
        // The run first, as its commit does. Where the batch does not allow it, this is undone with the transaction.
        tx.fence_flow(&caller.scope, &run_owner(&id)).await?;
    }
    let mut batch = lock(&mut tx, &caller, &id).await?;
    match batch.state().step(action) {
        Step::Nothing => return Ok(Json(json!({}))),
        Step::Refused => {
            let message = format!("batch `{id}` is `{}`; `{}` is not possible then", batch.status, action.as_str());
            return Err(Problem::new("INGEST-9002-400", message));
        }
        Step::Go => {}
    }
    let now_ms = tx.now_ms().await?;
    match action {
        BatchAction::Complete => {
            require_files(&mut tx, &caller, &batch).await?;
            tx.insert_run(&run(&caller, &batch, COMPLETE_SLOT.to_owned(), batch.run_id.clone(), now_ms)).await?;
            batch.set_status(BatchStatus::Loaded, now_ms);
        }
        BatchAction::Revert => {
            let run_id = Uuid::from_u128(rand::random()).to_string();
            tx.insert_run(&run(&caller, &batch, format!("{REVERT_SLOT}{run_id}"), run_id, now_ms)).await?;
        }
        BatchAction::Abort => end(&mut batch, BatchStatus::Aborted, now_ms),
        BatchAction::Fail => end(&mut batch, BatchStatus::Failed, now_ms),
    }
    batch.doc["updatedUser"] = json!(caller.actor.user);
    tx.change_batch(&caller.scope, &batch, action.as_str()).await?;
    tx.commit().await?;
    app.engine.wake();
    Ok(Json(json!({})))
}

fn end(batch: &mut BatchRow, status: BatchStatus, now_ms: i64) {
    batch.set_status(status, now_ms);
    batch.completed_ms = Some(now_ms);
    batch.doc["completed"] = now_ms.into();
}

async fn require_files(tx: &mut Tx, caller: &Caller, batch: &BatchRow) -> Answer<()> {
    let totals = tx.upload_totals(&caller.scope, &batch.batch_id).await?;
    let message = match (totals.files, totals.open) {
        (0, _) => "the batch has no `files`; upload one before you complete it".to_owned(),
        (_, 0) => return Ok(()),
        (_, open) => format!("{open} `files` of the batch are not whole; complete or replace them first"),
    };
    Err(Problem::new("INGEST-9002-400", message))
}

/// The run that ingests a batch, or takes it back.
fn run(caller: &Caller, batch: &BatchRow, slot: String, run_id: String, now_ms: i64) -> NewRun {
    NewRun {
        run_id,
        flow_id: run_owner(&batch.batch_id),
        scope: caller.scope.clone(),
        slot,
        due_ms: now_ms,
        params: json!({}),
        etag: Etag::generate(),
        created_at_ms: now_ms,
        doc: json!({}),
    }
}

/// A batch of the caller, which nobody else changes until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<BatchRow> {
    tx.lock_batch(&caller.scope, id).await?.ok_or_else(|| not_found(id))
}

/// No such batch.
pub(super) fn not_found(id: &str) -> Problem {
    Problem::new("INGEST-9404-404", format!("batch `{}` is not found; check the id and the sandbox", shorten(id)))
}
