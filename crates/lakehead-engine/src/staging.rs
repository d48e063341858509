//! From a plan to staged files: the job of the worker, its intents, and another try for what may pass.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;

use async_trait::async_trait;
use lakehead_connect::format::CODE_COPY;
use lakehead_model::fault::FaultPoint;
use lakehead_model::plan::PlannedObject;
use lakehead_store::{RunRow, StoreError};

use crate::Engine;
use crate::context::RunContext;
use crate::growing;
use crate::lake::{Lake, diagnostics_name, file_url};
use crate::planning::{self, SOURCE_PAUSES};
use crate::progress::Progress;
use crate::run_error::RunError;
use crate::stage::{self, BoxError, Intents, ObjectOutcome, Staged};
use crate::worker::protocol::{IngestJob, Limits};

/// Kind of the intent of a data file.
pub(crate) const DATA_INTENT: &str = "data";
/// Kind of the intent of a metadata file.
pub(crate) const METADATA_INTENT: &str = "metadata";
/// Kind of the intent that covers the manifests of one commit, named by its id.
pub(crate) const COMMIT_INTENT: &str = "commit";
/// Kind of the intent of the folder with the diagnostics of a batch.
pub(crate) const FOLDER_INTENT: &str = "folder";

/// Remembers files in the metastore before they are created.
pub(crate) struct StoredIntents<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) run: &'a RunRow,
    pub(crate) dataset_id: &'a str,
    pub(crate) kind: &'static str,
}

impl StoredIntents<'_> {
    pub(crate) async fn add(&self, path: &str) -> Result<(), StoreError> {
        let mut tx = self.engine.store.write().await?;
        tx.add_intent(path, self.dataset_id, &self.run.run_id, self.run.epoch, self.kind).await?;
        tx.commit().await?;
        FaultPoint::PutAfterIntent.hit();
        Ok(())
    }
}

#[async_trait]
impl Intents for StoredIntents<'_> {
    async fn announce(&self, path: &str) -> Result<(), BoxError> {
        Ok(self.add(path).await?)
    }
}

fn diagnostics_dir(engine: &Engine, run: &RunRow, context: &RunContext, batch_id: &str) -> PathBuf {
    engine.lake.diagnostics_dir(&run.scope, &context.dataset_id, &diagnostics_name(&run.flow_id, batch_id, run.epoch))
}

/// Location of the diagnostics of a batch, as its intent names it.
pub(crate) fn diagnostics(engine: &Engine, run: &RunRow, context: &RunContext, batch_id: &str) -> String {
    file_url(&diagnostics_dir(engine, run, context, batch_id))
}

/// Reads, maps and writes the objects of `plan`. Objects that the source did not give are tried again; one that was
/// overwritten since it was listed is taken as it is now, one that was deleted is left out, and `plan` says so.
pub(crate) async fn stage(
    engine: &Engine,
    run: &RunRow,
    context: &RunContext,
    plan: &mut Vec<PlannedObject>,
    batch_id: &str,
    progress: &Progress,
) -> Result<Staged, RunError> {
    if plan.is_empty() {
        return Ok(Staged::default());
    }
    // Boxed: it is large, and rarely has anything to do.
    Box::pin(growing::grow(engine, run, context)).await?;
    let intents = StoredIntents { engine, run, dataset_id: &context.dataset_id, kind: FOLDER_INTENT };
    intents.add(&diagnostics(engine, run, context, batch_id)).await?;
    let mut staged = stage_once(engine, run, context, plan.clone(), batch_id, progress).await?;
    for pause in SOURCE_PAUSES {
        if !staged.objects.iter().any(came_not) {
            break;
        }
        tokio::time::sleep(pause).await;
        let places = staged.objects.iter().enumerate().filter(|(_, outcome)| came_not(outcome));
        let places = places.map(|(place, _)| place).collect();
        // Without an answer what was pinned is tried once more.
        let current = planning::look_up(engine, context, plan, places).await;
        let count = plan.len();
        let again = take_current(plan, &mut staged, current);
        if let (Some(_), Some(key)) = (&context.change, staged.vanished.first()) {
            return Err(planning::gone(key));
        }
        if plan.len() < count || !again.is_empty() {
            planning::replace(engine, run, plan).await?;
        }
        if again.is_empty() {
            break;
        }
        tracing::info!(run.id = %run.run_id, files = again.len(), "trying files again that the source did not give");
        let objects = again.iter().map(|index| plan[*index].clone()).collect();
        let more = stage_once(engine, run, context, objects, batch_id, progress).await?;
        merge(&mut staged, &again, more);
    }
    Ok(staged)
}

async fn stage_once(
    engine: &Engine,
    run: &RunRow,
    context: &RunContext,
    objects: Vec<PlannedObject>,
    batch_id: &str,
    progress: &Progress,
) -> Result<Staged, RunError> {
    let table = engine.open_table(&context.dataset_id).await?;
    let job = IngestJob {
        run_id: run.run_id.clone(),
        epoch: run.epoch,
        attempt: run.attempts,
        batch_id: batch_id.to_owned(),
        ingest_time_ms: progress.started_ms,
        source: context.source.access(&engine.net)?,
        objects,
        format: context.format.clone(),
        keys: context.keys.clone(),
        mapping: context.mapping.clone(),
        fields: context.fields.clone(),
        schema: Lake::schema_json(table.metadata().current_schema())?,
        data_dir: engine.lake.data_dir(&run.scope, &context.dataset_id).await?,
        diagnostics_dir: diagnostics_dir(engine, run, context, batch_id),
        limits: Limits { memory_bytes: engine.settings.worker_memory_bytes, ..Limits::default() },
        isolate: false,
    };
    let intents = StoredIntents { engine, run, dataset_id: &context.dataset_id, kind: DATA_INTENT };
    let _at_work = engine.tally.worker();
    Ok(stage::stage(&engine.settings.worker_exe, job, &intents, &progress.rows_read).await?)
}

/// Whether it was the source that failed, not the content of the object.
fn came_not(outcome: &ObjectOutcome) -> bool {
    matches!(outcome, ObjectOutcome::Failed { code, transient, .. } if *transient || code == CODE_COPY)
}

/// Places of the objects that are worth another try. Those that were overwritten since are pinned anew in `plan`; those
/// that were deleted before they could be read are no part of it any more, and named.
fn take_current(
    plan: &mut Vec<PlannedObject>,
    staged: &mut Staged,
    mut current: HashMap<usize, Option<PlannedObject>>,
) -> Vec<usize> {
    let mut again = Vec::new();
    let (objects, outcomes) = (std::mem::take(plan), std::mem::take(&mut staged.objects));
    for (place, (object, outcome)) in objects.into_iter().zip(outcomes).enumerate() {
        let found = current.remove(&place);
        let ObjectOutcome::Failed { transient, .. } = &outcome else {
            plan.push(object);
            staged.objects.push(outcome);
            continue;
        };
        let (object, worth) = match found {
            Some(None) => {
                staged.vanished.push(object.key);
                continue;
            }
            Some(Some(now)) if now.object_id != object.object_id => (now, true),
            _ => (object, *transient && came_not(&outcome)),
        };
        if worth {
            again.push(plan.len());
        }
        plan.push(object);
        staged.objects.push(outcome);
    }
    again
}

/// Puts what another try brought into its places.
fn merge(staged: &mut Staged, places: &[usize], more: Staged) {
    for (place, outcome) in places.iter().zip(more.objects) {
        staged.objects[*place] = outcome;
    }
    staged.data_files.extend(more.data_files);
    staged.vanished.extend(more.vanished);
    staged.row_error_files.extend(more.row_error_files);
    for (text, count) in more.warnings {
        *staged.warnings.entry(text).or_default() += count;
    }
    for (code, error) in more.errors_by_code {
        let known = staged.errors_by_code.entry(code).or_default();
        known.count += error.count;
        if known.message.is_empty() {
            known.message = error.message;
        }
    }
}
