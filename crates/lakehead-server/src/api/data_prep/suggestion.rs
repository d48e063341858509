//! `/mappingSets/suggestion`: mappings proposed by the names of columns and fields.

use axum::Json;
use axum::extract::State;
use lakehead_engine::schemas;
use lakehead_model::access::Permission;
use lakehead_model::dataset::{DEFAULT_CONTENT_TYPE, SchemaRef};
use lakehead_model::mapper::Mapper;
use lakehead_model::mapping_set::suggest::{Suggestion, suggest};
use lakehead_model::xdm::{Field, FieldType};
use lakehead_store::Tx;
use serde_json::{Value, json};

use super::{mapper, query};
use crate::api::body::QueryPairs;
use crate::api::caller::Caller;
use crate::api::catalog::{batches, datasets};
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

/// `GET /mappingSets/suggestion?datasetId=`: for the schema of a dataset, or the one named by `xdmSchema` where the dataset is
/// yet to be made. The columns are those of the rows of a batch, of a sample, or of a schema of the mapper.
pub(super) async fn get(caller: Caller, State(app): State<App>, query: QueryPairs) -> Answer<Json<Value>> {
    caller.require(Permission::ViewDatasets)?;
    let missing = |name: &str, what: &str| Problem::new("MAPPER-1003-400", format!("`{name}` is missing; {what}"));
    let without_unmapped = query::flag(&query, "excludeUnmapped")?.unwrap_or(false);
    let batch = match query.get("batchId") {
        Some(batch) => Some(batches::find(&app, &caller, batch).await?),
        None => None,
    };
    let mut tx = app.store.read().await?;
    let (name, reference) = match (query.get("datasetId"), query.get("xdmSchema")) {
        (Some(id), _) => {
            let dataset = datasets::find(&mut tx, &caller, id).await?;
            (dataset.name, dataset.schema_ref)
        }
        (None, Some(id)) => {
            let reference = SchemaRef { id: id.to_owned(), content_type: DEFAULT_CONTENT_TYPE.to_owned() };
            (id.to_owned(), reference)
        }
        (None, None) => {
            return Err(missing("datasetId", "name the dataset that is mapped to, or its schema by `xdmSchema`"));
        }
    };
    let fields = schemas::fields(&mut tx, &caller.scope, &reference.id).await?;
    if fields.is_none() && query.get("datasetId").is_none() {
        let id = shorten(&reference.id);
        return Err(Problem::new(
            "MAPPER-1002-400",
            format!("schema `{id}` does not exist in this sandbox; create it first"),
        ));
    }
    let fields = fields.unwrap_or_default();
    let columns = if let Some(sample) = query.get("sampleId") {
        mapper::sample_columns(&mut tx, &caller, sample).await?
    } else if let Some(schema) = query.get("schemaId") {
        schema_columns(&mut tx, &caller, schema).await?
    } else if let Some(batch) = batch {
        let origin = datasets::find(&mut tx, &caller, &batch.dataset_id).await?;
        leaves(&fields_of(&mut tx, &caller, &origin.schema_ref).await?)
    } else {
        return Err(missing("batchId", "name a batch, or a sample by `sampleId`, that has the columns"));
    };
    drop(tx);
    let found = suggest(&columns, &fields);
    let mappings: Vec<Value> =
        found.iter().filter(|found| found.destination.is_some() || !without_unmapped).map(mapping).collect();
    Ok(Json(answer(&name, &reference, &mappings)))
}

fn answer(name: &str, reference: &SchemaRef, mappings: &[Value]) -> Value {
    json!({
        "name": format!("Suggestion for {name}"), "supportVersion": "1.1", "status": "DRAFT",
        "outputSchema": { "schemaRef": reference }, "schemaRef": reference, "xdmSchema": reference.id,
        "xdmVersion": "1.0", "mappings": mappings,
    })
}

fn mapping(suggestion: &Suggestion) -> Value {
    let Suggestion { source, destination, score } = suggestion;
    json!({
        "sourceType": "text/x.schema-path", "source": source, "destination": destination,
        "sourceAttribute": source, "destinationXdmPath": destination, "matchScore": score,
        "identity": false, "primaryIdentity": false, "functionVersion": 1,
    })
}

async fn fields_of(tx: &mut Tx, caller: &Caller, reference: &SchemaRef) -> Answer<Vec<Field>> {
    Ok(schemas::fields(tx, &caller.scope, &reference.id).await?.unwrap_or_default())
}

async fn schema_columns(tx: &mut Tx, caller: &Caller, id: &str) -> Answer<Vec<String>> {
    let schema = mapper::schema(tx, caller, id).await?;
    if schema.json_schema.is_some() {
        return Ok(schema.columns());
    }
    match (&schema.schema_ref, &schema.sample_id) {
        (Some(reference), _) => Ok(leaves(&fields_of(tx, caller, reference).await?)),
        (None, Some(sample)) => mapper::sample_columns(tx, caller, sample).await,
        (None, None) => Ok(Vec::new()),
    }
}

/// The paths of the values of a schema.
fn leaves(fields: &[Field]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<(String, &Field)> = fields.iter().rev().map(|field| (String::new(), field)).collect();
    while let Some((parent, field)) = open.pop() {
        let name = field.name.replace('.', "\\.");
        let path = if parent.is_empty() { name } else { format!("{parent}.{name}") };
        match &field.ty {
            FieldType::Object(members) => open.extend(members.iter().rev().map(|member| (path.clone(), member))),
            _ => found.push(path),
        }
    }
    found
}
