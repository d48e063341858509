//! Views of datasets and their files. A dataset has one view; a file is known by its batch and its place in it.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use lakehead_model::dataset::Dataset;
use lakehead_store::{BatchRow, DataFileRow, Tx};
use serde_json::{Map, Value, json};

use super::selection::{self, Selection};
use super::{batches, datasets};
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `GET /dataSetFiles?dataSetId=|batchId=`: the files that a dataset's table has, or those of a batch.
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let mut tx = app.store.read().await?;
    let window = Window::of(&query)?;
    let files = match (query.get("batchId").or_else(|| query.get("batch")), query.get("dataSetId")) {
        (Some(id), _) => {
            let batch = batches::find(&app, &caller, id).await?;
            tx.files_of_batch(&caller.scope, &batch.batch_id).await?
        }
        (None, Some(id)) => {
            let dataset = datasets::find(&mut tx, &caller, id).await?;
            tx.files_of_dataset(&caller.scope, &dataset.id, window.most()).await?
        }
        (None, None) => {
            let message = "`dataSetId` or `batchId` is missing; name the dataset or the batch whose files are wanted";
            return Err(Problem::new("CATALOG-1002-400", message));
        }
    };
    Ok(Json(shown(&mut tx, &caller, window.cut(files)).await?))
}

/// `GET /dataSetViews`: one for each dataset.
pub(super) async fn views(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let selection = Selection::parse(&query, &[])?;
    let mut tx = app.store.read().await?;
    let found = datasets::matching(&mut tx, &caller, &selection, view).await?;
    let shown = selection.window(found).into_iter().map(|(view, dataset)| (dataset.view_id, selection.shown(view)));
    Ok(Json(Value::Object(shown.collect())))
}

/// `GET /dataSets/{id}/views` and `GET /dataSets/{id}/views/{view}`: a map of one.
pub(super) async fn views_of(
    caller: Caller,
    State(app): State<App>,
    Path(path): Path<ViewPath>,
) -> Answer<Json<Value>> {
    let mut tx = app.store.read().await?;
    let dataset = find_view(&mut tx, &caller, &path).await?;
    Ok(Json(Value::Object(Map::from_iter([(dataset.view_id.clone(), view(&dataset))]))))
}

/// `GET /dataSets/{id}/views/{view}/files`
pub(super) async fn files_of_view(
    caller: Caller,
    State(app): State<App>,
    Path(path): Path<ViewPath>,
    query: QueryPairs,
) -> Answer<Json<Value>> {
    let window = Window::of(&query)?;
    let mut tx = app.store.read().await?;
    let dataset = find_view(&mut tx, &caller, &path).await?;
    let files = tx.files_of_dataset(&caller.scope, &dataset.id, window.most()).await?;
    Ok(Json(shown(&mut tx, &caller, window.cut(files)).await?))
}

/// A dataset, and its view where the path names one.
#[derive(serde::Deserialize)]
pub(super) struct ViewPath {
    id: String,
    view: Option<String>,
}

async fn find_view(tx: &mut Tx, caller: &Caller, path: &ViewPath) -> Answer<Dataset> {
    let dataset = datasets::find(tx, caller, &path.id).await?;
    match &path.view {
        Some(view) if *view != dataset.view_id => {
            let (view, id) = (shorten(view), &dataset.id);
            Err(Problem::new(
                "CATALOG-1404-404",
                format!("dataset `{id}` has no view `{view}`; its views list names it"),
            ))
        }
        _ => Ok(dataset),
    }
}

fn view(dataset: &Dataset) -> Value {
    json!({ "id": dataset.view_id, "dataSetId": dataset.id, "imsOrg": dataset.ims_org, "created": dataset.created,
        "updated": dataset.updated, "version": dataset.version, "isLookup": false,
        "files": format!("@/dataSets/{}/views/{}/files", dataset.id, dataset.view_id) })
}

/// The files as a map by id, each with what its batch says of it.
async fn shown(tx: &mut Tx, caller: &Caller, files: Vec<DataFileRow>) -> Answer<Value> {
    let mut known: HashMap<String, (Option<BatchRow>, String)> = HashMap::new();
    let mut map = Map::new();
    for file in files {
        if !known.contains_key(&file.batch_id) {
            let batch = tx.batch(&caller.scope, &file.batch_id).await?;
            let dataset = tx.get::<Dataset>(&caller.scope, &file.dataset_id).await?;
            let view = dataset.map_or_else(|| file.dataset_id.clone(), |dataset| dataset.view_id);
            known.insert(file.batch_id.clone(), (batch, view));
        }
        let Some((Some(batch), view)) = known.get(&file.batch_id) else { continue };
        let id = format!("{}-{}", file.batch_id, file.ord + 1);
        let said = |name: &str| batch.doc[name].clone();
        let entry = json!({ "id": id, "batchId": file.batch_id, "dataSetId": file.dataset_id, "dataSetViewId": view,
            "imsOrg": caller.scope.org, "version": "1.0.0", "created": batch.created_ms, "updated": batch.created_ms,
            "createdUser": said("createdUser"), "createdClient": said("createdClient"),
            "updatedUser": said("updatedUser"), "records": file.records, "size": file.size_bytes });
        map.insert(id, entry);
    }
    Ok(Value::Object(map))
}

/// `start` and `limit` of a list of files.
struct Window {
    start: usize,
    limit: usize,
}

impl Window {
    fn of(query: &QueryPairs) -> Answer<Self> {
        Ok(Self {
            start: selection::number(query, "start", 0, 0, 100_000)?,
            limit: selection::number(query, "limit", 20, 1, 100)?,
        })
    }

    /// Files to read: those that are left out are counted in their order.
    fn most(&self) -> u32 {
        (self.start + self.limit) as u32
    }

    fn cut(&self, files: Vec<DataFileRow>) -> Vec<DataFileRow> {
        files.into_iter().skip(self.start).take(self.limit).collect()
    }
}
