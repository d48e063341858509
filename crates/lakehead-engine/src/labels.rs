//! Data usage labels of tables: found in the metastore, written into the table as properties.
//!
//! Iceberg columns have no properties of their own, so the table has one for each column that has labels.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use iceberg::spec::TableMetadataBuilder;
use lakehead_model::Scope;
use lakehead_model::dataset::Dataset;
use lakehead_model::labels::dataset::DatasetLabels;
use lakehead_model::labels::effective::{Effective, effective};
use lakehead_model::xdm::descriptor::Descriptor;
use lakehead_store::Tx;
use serde_json::Value;

use crate::schemas::{self, SchemaError};

/// The property with the labels of the dataset as a whole.
const WHOLE: &str = "lakehead.labels";
/// The property that says that the labels of columns are too many to be written.
const LEFT_OUT: &str = "lakehead.column-labels.left-out";
/// Most descriptors that count for one schema.
const MAX_DESCRIPTORS: u32 = 10_000;
/// Most bytes of all properties of columns: each version of a table's metadata has them.
const MAX_BYTES: usize = 1 << 20;

/// Properties of a table that tell its labels, such as `lakehead.column.person.name.labels` = `core/C1,custom/X`.
pub type LabelProperties = BTreeMap<String, String>;

/// Descriptors of these resources, newest first.
pub async fn descriptors<'a>(
    tx: &mut Tx,
    scope: &Scope,
    resources: impl IntoIterator<Item = &'a Value>,
) -> Result<Vec<Descriptor>, SchemaError> {
    let ids = |part: &Value| [part["$id"].as_str().map(str::to_owned), part["meta:altId"].as_str().map(str::to_owned)];
    let sources: BTreeSet<String> = resources.into_iter().flat_map(ids).flatten().collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    Ok(tx.named(scope, &sources, MAX_DESCRIPTORS).await?)
}

/// The labels that a table of this schema and these labels of its dataset tells.
pub async fn of_schema(
    tx: &mut Tx,
    scope: &Scope,
    schema_id: &str,
    dataset: Option<&DatasetLabels>,
) -> Result<LabelProperties, SchemaError> {
    Ok(properties(&counting(tx, scope, schema_id, dataset).await?))
}

/// The labels that count for the columns of a schema.
pub async fn counting(
    tx: &mut Tx,
    scope: &Scope,
    schema_id: &str,
    dataset: Option<&DatasetLabels>,
) -> Result<Effective, SchemaError> {
    let Some(body) = schemas::raw(tx, scope, schema_id).await? else { return Ok(Effective::default()) };
    let parts = schemas::closure(tx, scope, &body).await?;
    let said = descriptors(tx, scope, std::iter::once(&body).chain(parts.values())).await?;
    if dataset.is_none() && said.iter().all(|descriptor| descriptor.labels().is_empty()) {
        return Ok(Effective::default());
    }
    Ok(effective(&body, &parts, &said, dataset)?)
}

/// The labels that the table of a dataset is to tell now.
pub(crate) async fn of_dataset(tx: &mut Tx, scope: &Scope, id: &str) -> Result<LabelProperties, SchemaError> {
    let Some(dataset) = tx.get::<Dataset>(scope, id).await? else { return Ok(LabelProperties::new()) };
    let labels = tx.get::<DatasetLabels>(scope, id).await?;
    of_schema(tx, scope, &dataset.schema_ref.id, labels.as_ref()).await
}

fn properties(labels: &Effective) -> LabelProperties {
    let text = |labels: &BTreeSet<String>| labels.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    let mut columns: LabelProperties =
        labels.columns.iter().map(|(name, labels)| (format!("lakehead.column.{name}.labels"), text(labels))).collect();
    if columns.iter().map(|(name, labels)| name.len() + labels.len()).sum::<usize>() > MAX_BYTES {
        columns = BTreeMap::from([(LEFT_OUT.to_owned(), "true".to_owned())]);
    }
    if !labels.dataset.is_empty() {
        columns.insert(WHOLE.to_owned(), text(&labels.dataset));
    }
    columns
}

/// Makes the label properties of a table those of `wanted`, where they differ from `present`.
pub(crate) fn set(
    builder: TableMetadataBuilder,
    present: &HashMap<String, String>,
    wanted: &LabelProperties,
) -> iceberg::Result<TableMetadataBuilder> {
    let ours = |name: &str| {
        name == WHOLE || name == LEFT_OUT || (name.starts_with("lakehead.column.") && name.ends_with(".labels"))
    };
    let gone: Vec<String> = present.keys().filter(|name| ours(name) && !wanted.contains_key(*name)).cloned().collect();
    let new = wanted.iter().filter(|(name, text)| present.get(*name) != Some(*text));
    let new: HashMap<String, String> = new.map(|(name, text)| (name.clone(), text.clone())).collect();
    builder.set_properties(new)?.remove_properties(&gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_columns_that_are_too_many_are_left_out_and_that_is_said() {
        let dataset = BTreeSet::from(["core/C1".to_owned(), "custom/X".to_owned()]);
        let mut labels = Effective { columns: BTreeMap::from([("a.b".to_owned(), dataset.clone())]), dataset };
        let told = properties(&labels);
        assert_eq!(told["lakehead.labels"], "core/C1,custom/X");
        assert_eq!(told["lakehead.column.a.b.labels"], "core/C1,custom/X");
        assert_eq!(told.len(), 2);
        labels.columns.insert("x".repeat(MAX_BYTES), BTreeSet::new());
        let told = properties(&labels);
        assert_eq!((told[LEFT_OUT].as_str(), told.len()), ("true", 2));
    }
}
