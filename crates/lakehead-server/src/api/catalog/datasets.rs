//! `/dataSets`: a dataset is made together with its Iceberg table.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lakehead_engine::{labels, schemas};
use lakehead_model::dataset::{Dataset, NewDataset};
use lakehead_model::labels::dataset::DatasetLabels;
use lakehead_model::xdm::field::Field;
use lakehead_store::{DocumentKind, PageKey, Tx};
use serde_json::{Map, Value, json};

use super::change::{VERSION, is_only_checked};
use super::last_batches;
use super::selection::Selection;
use crate::api::body::{JsonBody, QueryPairs};
use crate::api::caller::Caller;
use crate::api::path::Path;
use crate::api::problem::{Answer, Problem, shorten};
use crate::api::repeatable::Ending;
use crate::app::App;

/// Datasets of one answer that are named one by one.
const MAX_IDS: usize = 100;

/// `POST /dataSets`
pub(super) async fn create(
    caller: Caller,
    State(app): State<App>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Answer<Response> {
    let input = NewDataset::parse(&body)?;
    let mut tx = app.store.read().await?;
    let Some(resolved) = schemas::resolved(&mut tx, &caller.scope, &input.schema_ref.id).await? else {
        let id = shorten(&input.schema_ref.id);
        let message = format!("`schemaRef.id` `{id}` is not a schema of this sandbox; create the schema first");
        return Err(Problem::new("CATALOG-1003-400", message));
    };
    let labels = labels::of_schema(&mut tx, &caller.scope, &input.schema_ref.id, None).await?;
    drop(tx);
    let mut dataset = Dataset::new(&input, &caller.scope, &caller.actor, app.clock.now_ms());
    dataset.data_behavior = schemas::behaviour(&resolved).to_owned();
    let fields = lakehead_model::xdm::tree::fields(&resolved)?;
    if is_only_checked(&headers) {
        return Ok((StatusCode::CREATED, Json(json!([]))).into_response());
    }
    // The table's files first: until the transaction below nothing refers to them.
    let location = app.engine.lake().create_table(&caller.scope, &dataset.id, &fields, &labels).await?;

    let ending = match stored(&caller, &app, &mut dataset, &fields, &location).await {
        Ok(tx) => caller.end(&app, tx, created(&app, &dataset)).await,
        Err(refused) => Ending::Undone(Err(refused)),
    };
    // Where nothing of it stays, nobody else will ever know of the folder. Where that is not certain, the table may be
    // in use by now.
    if matches!(ending, Ending::Undone(_)) {
        let _ = app.engine.lake().delete_table(&caller.scope.sandbox_id, &dataset.id).await;
    }
    ending.answer()
}

/// The transaction that makes the dataset, before its commit. Refused where the sandbox was closed meanwhile.
async fn stored(caller: &Caller, app: &App, dataset: &mut Dataset, fields: &[Field], location: &str) -> Answer<Tx> {
    let mut tx = caller.write(app).await?;
    // From here on the schema keeps its fields, see the changes of the registry.
    if schemas::fields(&mut tx, &caller.scope, &dataset.schema_ref.id).await?.as_deref() != Some(fields) {
        return Err(Problem::new("CATALOG-1003-400", "the schema was changed meanwhile; send the request again"));
    }
    if tx.dataset_of_table(&caller.scope, dataset.table_name()).await?.is_some() {
        let name = format!("{}_{}", dataset.table_name(), dataset.id);
        dataset.set_table_name(&name);
    }
    tx.insert(&caller.scope, dataset).await?;
    tx.register_table(&dataset.id, &caller.scope, location).await?;
    Ok(tx)
}

fn created(app: &App, dataset: &Dataset) -> Response {
    let reference = format!("@/dataSets/{}", dataset.id);
    let mut response = (StatusCode::CREATED, Json(json!([reference]))).into_response();
    let place = format!("{}{}/dataSets/{}", app.public_url, super::BASE, dataset.id);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// `GET /dataSets`: newest first where no other order is asked for.
pub(super) async fn list(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    let selection = Selection::parse(&query, &[])?;
    let mut tx = app.store.read().await?;
    let found = matching(&mut tx, &caller, &selection, Dataset::to_wire).await?;
    let mut answer = Map::new();
    for (_, dataset) in selection.window(found) {
        answer.insert(dataset.id.clone(), selection.shown(wire(&mut tx, &dataset).await?));
    }
    Ok(Json(Value::Object(answer)))
}

/// The datasets of which `shown` meets the selection, each with what it is, newest first, as far as they are needed.
pub(super) async fn matching(
    tx: &mut Tx,
    caller: &Caller,
    selection: &Selection,
    shown: impl Fn(&Dataset) -> Value,
) -> Answer<Vec<(Value, Dataset)>> {
    let (mut found, mut after, mut seen) = (Vec::new(), None::<PageKey>, 0);
    while !selection.is_satisfied(found.len(), seen) {
        let page = tx.list::<Dataset>(&caller.scope, after.as_ref(), 100).await?;
        let Some(last) = page.last() else { break };
        after = Some(PageKey { created_at_ms: last.created, id: last.id.clone() });
        seen += page.len();
        let shown = page.into_iter().map(|dataset| (shown(&dataset), dataset));
        found.extend(shown.filter(|(shown, _)| selection.matches(shown)));
    }
    Ok(found)
}

/// `GET /dataSets/{id}` and `GET /dataSets/{id},{id}`: a map by id. The version of a single one is in the `E-Tag` header.
pub(super) async fn get(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    query: QueryPairs,
) -> Answer<Response> {
    let selection = Selection::parse(&query, &[])?;
    let mut tx = app.store.read().await?;
    let (mut answer, mut version) = (Map::new(), String::new());
    for id in id.split(',').take(MAX_IDS) {
        let dataset = find(&mut tx, &caller, id.trim()).await?;
        answer.insert(dataset.id.clone(), selection.shown(wire(&mut tx, &dataset).await?));
        version = dataset.version;
    }
    let single = answer.len() == 1;
    let mut response = Json(Value::Object(answer)).into_response();
    if let Ok(version) = HeaderValue::from_str(&version)
        && single
    {
        response.headers_mut().insert(VERSION, version);
    }
    Ok(response)
}

/// `DELETE /dataSets/{id}`: refused while a target connection points at it. The files stay.
pub(super) async fn delete(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    let mut tx = caller.write(&app).await?;
    let dataset = find(&mut tx, &caller, &id).await?;
    if let Some((_, user)) = tx.referrers(&caller.scope, (DocumentKind::Dataset, &dataset.id)).await?.first() {
        let message = format!("dataset `{id}` is the target of target connection `{user}`; delete that first");
        return Err(Problem::new("CATALOG-1004-400", message));
    }
    tx.delete::<Dataset>(&caller.scope, &dataset.id).await?;
    tx.delete::<DatasetLabels>(&caller.scope, &dataset.id).await?;
    tx.commit().await?;
    Ok(Json(json!([format!("@/dataSets/{}", dataset.id)])))
}

/// A dataset of the caller.
pub(in crate::api) async fn find(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<Dataset> {
    let dataset = tx.get::<Dataset>(&caller.scope, id).await?;
    dataset.ok_or_else(|| {
        Problem::new(
            "CATALOG-1404-404",
            format!("dataset `{}` is not found; check the id and the sandbox", shorten(id)),
        )
    })
}

/// The dataset as shown, with its last batches and where its table is.
async fn wire(tx: &mut Tx, dataset: &Dataset) -> Answer<Value> {
    let mut wire = dataset.to_wire();
    let scope = lakehead_model::Scope {
        org: dataset.ims_org.clone(),
        sandbox_id: dataset.sandbox_id.clone(),
        sandbox_name: String::new(),
    };
    last_batches::put(tx, &scope, &dataset.id, &mut wire).await?;
    if let Some(pointer) = tx.table_pointer(&dataset.id).await? {
        wire["extensions"]["lakehead"]["metadataLocation"] = pointer.metadata_location.into();
    }
    Ok(wire)
}
