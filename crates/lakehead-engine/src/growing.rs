//! A table follows its schema: columns for the fields that came since, before the first row that has them is written.

use iceberg::spec::TableMetadata;
use lakehead_store::{GrowOutcome, RunRow, TableSwap};
use uuid::Uuid;

use crate::Engine;
use crate::append::write_metadata;
use crate::claim::MAX_REBASES;
use crate::context::RunContext;
use crate::lake::LakeError;
use crate::layout;
use crate::run_error::RunError;
use crate::staging::{METADATA_INTENT, StoredIntents};

/// The metadata, not older than the version that it follows: a clock that was set back must not make it unreadable.
pub(crate) fn not_before(metadata: TableMetadata, last_ms: i64) -> Result<TableMetadata, LakeError> {
    if metadata.last_updated_ms() >= last_ms {
        return Ok(metadata);
    }
    let damaged = |error: serde_json::Error| LakeError::Unreadable(error.to_string());
    let mut json = serde_json::to_value(&metadata).map_err(damaged)?;
    json["last-updated-ms"] = last_ms.into();
    serde_json::from_value(json).map_err(damaged)
}

/// Gives the table of the run's dataset a column for each field that it has none for.
pub(crate) async fn grow(engine: &Engine, run: &RunRow, context: &RunContext) -> Result<(), RunError> {
    let intents = StoredIntents { engine, run, dataset_id: &context.dataset_id, kind: METADATA_INTENT };
    for _ in 0..MAX_REBASES {
        let table = engine.open_table(&context.dataset_id).await?;
        let (metadata, iceberg) = (table.metadata(), LakeError::Iceberg);
        let grown = layout::grown(metadata.current_schema(), &context.fields, metadata.last_column_id());
        let Some(schema) = grown.map_err(iceberg)? else { return Ok(()) };
        let base = table.metadata_location_result().map_err(iceberg)?.to_owned();
        let builder = metadata.clone().into_builder(Some(base.clone())).add_current_schema(schema).map_err(iceberg)?;
        let metadata = not_before(builder.build().map_err(iceberg)?.metadata, metadata.last_updated_ms())?;
        let new = write_metadata(&engine.lake, &metadata, &base, Uuid::from_u128(rand::random()), &intents).await?;
        let swap = TableSwap { table_id: &context.dataset_id, base_metadata: &base, new_metadata: &new };
        match engine.store.grow_table(&run.run_id, run.epoch, &engine.owner, swap).await? {
            GrowOutcome::Grown => {
                tracing::info!(run.id = %run.run_id, dataset.id = %context.dataset_id, "the table has new columns");
                return Ok(());
            }
            GrowOutcome::Fenced => return Err(RunError::Fenced),
            GrowOutcome::PointerMoved => {}
        }
    }
    Err(RunError::Unusable(format!("the table was changed by others {MAX_REBASES} times in a row")))
}
