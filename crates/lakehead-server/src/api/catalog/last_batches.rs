//! `/lastBatches`: how the last batches of datasets went.

use axum::Json;
use axum::extract::State;
use lakehead_model::batch::BatchStatus;
use lakehead_model::dataset::Dataset;
use lakehead_store::Tx;
use serde_json::{Map, Value, json};

use super::{datasets, selection};
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::problem::Answer;
use crate::app::App;

/// `GET /lastBatches?dataSetId=a,b`: by dataset; the newest datasets where none is named. A dataset without batches is
/// left out.
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let limit = selection::number(&query, "limit", 20, 1, 100)?;
    let mut tx = app.store.read().await?;
    let mut named = Vec::new();
    match query.get("dataSetId").or_else(|| query.get("dataSet")) {
        Some(ids) => {
            for id in ids.split(',').take(limit) {
                named.push(datasets::find(&mut tx, &caller, id.trim()).await?);
            }
        }
        None => named = tx.list::<Dataset>(&caller.scope, None, limit as u32).await?,
    }
    let mut answer = Map::new();
    for dataset in named {
        let mut shown = json!({ "imsOrg": dataset.ims_org, "created": dataset.created, "updated": dataset.updated });
        put(&mut tx, &caller.scope, &dataset.id, &mut shown).await?;
        if shown.get("lastBatchId").is_some() {
            answer.insert(dataset.id, shown);
        }
    }
    Ok(Json(Value::Object(answer)))
}

/// Says of a dataset how its last batch went, and which landed and which failed last.
pub(super) async fn put(tx: &mut Tx, scope: &lakehead_model::Scope, dataset_id: &str, shown: &mut Value) -> Answer<()> {
    let Some(last) = tx.last_batch(scope, dataset_id, None).await? else { return Ok(()) };
    shown["lastBatchId"] = last.batch_id.into();
    shown["lastBatchStatus"] = last.status.into();
    for (status, names) in [
        (BatchStatus::Success, ["lastSuccessfulBatch", "lastSuccessfulBatchId"]),
        (BatchStatus::Failed, ["lastFailedBatch", "lastFailedBatchId"]),
    ] {
        if let Some(batch) = tx.last_batch(scope, dataset_id, Some(status)).await? {
            for name in names {
                shown[name] = batch.batch_id.clone().into();
            }
        }
    }
    Ok(())
}
