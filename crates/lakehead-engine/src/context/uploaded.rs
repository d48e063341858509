//! What a run of an uploaded batch works with: the batch says how its files are read, the dataset where they go.

use lakehead_model::batch::{BatchPlan, BatchStatus};
use lakehead_model::dataset::Dataset;
use lakehead_model::plan::PlannedObject;
use lakehead_store::{RunRow, UploadRow};

use super::{MAX_OBJECTS, RunContext, fields_of, find, gone, rules, unusable};
use crate::Engine;
use crate::run_error::RunError;
use crate::settle::Tolerance;
use crate::source::{Origin, Source};

pub(super) async fn load(engine: &Engine, run: &RunRow, batch_id: &str) -> Result<RunContext, RunError> {
    let scope = &run.scope;
    let mut tx = engine.store.read().await?;
    let batch = tx.batch(scope, batch_id).await?.ok_or_else(|| gone("batch", batch_id))?;
    if !batch.state().may_become(BatchStatus::Success) {
        return Err(RunError::Unusable(format!("batch `{batch_id}` is `{}`: it was given up", batch.status)));
    }
    let dataset: Dataset = find(&mut tx, scope, "dataset", &batch.dataset_id).await?;
    let fields = fields_of(&mut tx, scope, &dataset).await?;
    let plan = BatchPlan::of(&batch.doc).map_err(unusable)?;
    let mapping = rules(&mut tx, scope, plan.mapping.as_ref(), &fields).await?;
    let uploads = tx.uploads(scope, batch_id, MAX_OBJECTS as u32).await?;
    Ok(RunContext {
        source: Source::Uploads {
            folder: engine.lake.upload_dir(scope, &dataset.id, batch_id),
            objects: uploads.iter().map(planned).collect(),
        },
        format: plan.format,
        keys: None,
        dataset_id: dataset.id,
        mapping_ref: plan.mapping,
        mapping,
        fields,
        tolerance: Tolerance {
            partial_ingestion_percent: plan.partial_ingestion_percent,
            diagnostics: plan.diagnostics || dataset.enable_error_diagnostics,
            whole_files: true,
        },
        replaces: plan.predecessors,
        change: None,
        origin: Origin::Upload(Box::new(batch)),
    })
}

/// An upload is never written again, so that its id pins it.
pub(crate) fn planned(upload: &UploadRow) -> PlannedObject {
    let (id, size) = (upload.upload_id.clone(), upload.size_bytes.unsigned_abs());
    PlannedObject::pin(&upload.upload_id, &upload.path, None, Some(id), size, 0)
}
