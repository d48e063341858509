//! The labels that count for each column of a dataset: those of the dataset, those that descriptors give to fields of the
//! schema and of everything that it is composed of, and the legacy ones of the dataset's fields.
//!
//! Columns are named as Iceberg names them: `orders.element.price` is a member of the items of `orders`, and
//! `scores.value` are the values of a map.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::BuildHasher;

use serde_json::Value;

use super::canonical;
use super::dataset::DatasetLabels;
use crate::xdm::descriptor::Descriptor;
use crate::xdm::{Field, FieldType, XdmError, resolve, tree};

mod places;

/// Labels that count, in their canonical form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    /// Labels of the dataset as a whole. Every column has them too.
    pub dataset: BTreeSet<String>,
    /// Labels of each column that has some.
    pub columns: BTreeMap<String, BTreeSet<String>>,
}

/// The labels of the columns of a dataset whose schema is `body`. `parts` has everything that the schema is composed of,
/// by the text of the reference; `descriptors` are those of the schema and of its parts.
///
/// A label of a field counts for everything inside the field, whose values are the field's value.
///
/// # Errors
/// A schema that cannot be resolved.
pub fn effective<S: BuildHasher>(
    body: &Value,
    parts: &HashMap<String, Value, S>,
    descriptors: &[Descriptor],
    dataset: Option<&DatasetLabels>,
) -> Result<Effective, XdmError> {
    let resolved = resolve::resolve(body, &|id| parts.get(id).cloned())?;
    let fields = tree::fields(&resolved)?;
    let mut given = of_descriptors(body, parts, descriptors, &fields);
    for field in dataset.iter().flat_map(|dataset| &dataset.optional_labels) {
        if let Some(column) = places::locate(&fields, &[], &field.option.schema_path) {
            given.entry(column.join(".")).or_default().extend(canonicals(&field.labels));
        }
    }
    let whole: BTreeSet<String> = dataset.iter().flat_map(|dataset| canonicals(&dataset.labels)).collect();
    let mut columns = BTreeMap::new();
    let everywhere = whole.union(given.get("").unwrap_or(&BTreeSet::new())).cloned().collect();
    members(&fields, "", &everywhere, &given, &mut columns);
    Ok(Effective { dataset: whole, columns })
}

impl Effective {
    /// The labels of the field of `fields` to which a path such as `/person/name` leads, and of everything inside it. Of a
    /// path that leads nowhere nobody can say what it reaches: every label.
    pub fn inside(&self, fields: &[Field], path: &str) -> BTreeSet<&str> {
        let Some(column) = places::locate(fields, &[], path) else {
            return self.columns.values().flatten().map(String::as_str).collect();
        };
        let (column, members) = (column.join("."), format!("{}.", column.join(".")));
        let reached = self.columns.iter().filter(|(name, _)| **name == column || name.starts_with(&members));
        reached.flat_map(|(_, labels)| labels).map(String::as_str).collect()
    }
}

fn canonicals(labels: &[String]) -> impl Iterator<Item = String> {
    labels.iter().filter_map(|label| canonical(label))
}

/// What descriptors give to each column, before anything is inherited.
fn of_descriptors<S: BuildHasher>(
    body: &Value,
    parts: &HashMap<String, Value, S>,
    descriptors: &[Descriptor],
    fields: &[Field],
) -> BTreeMap<String, BTreeSet<String>> {
    let mut by_source: HashMap<&str, Vec<&Descriptor>> = HashMap::new();
    for descriptor in descriptors.iter().filter(|descriptor| !descriptor.labels().is_empty()) {
        by_source.entry(&descriptor.source_schema).or_default().push(descriptor);
    }
    let mut given: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    if by_source.is_empty() {
        return given;
    }
    for (source, places) in places::of_parts(body, parts) {
        let ids = [source["$id"].as_str(), source["meta:altId"].as_str()];
        let said = ids.iter().flatten().filter_map(|id| by_source.get(id)).flatten();
        for (inner, labels) in within(said, fields, &places[0]) {
            for place in &places {
                let column = place.iter().chain(&inner).map(String::as_str).collect::<Vec<_>>().join(".");
                given.entry(column).or_default().extend(labels.iter().cloned());
            }
        }
    }
    given
}

/// What descriptors say of the fields of one resource, by the path within it. The resource looks the same wherever it
/// is used, so its paths are looked up at one place.
fn within<'a>(
    said: impl Iterator<Item = &'a &'a Descriptor>,
    fields: &[Field],
    place: &[String],
) -> BTreeMap<Vec<String>, BTreeSet<String>> {
    let mut inner: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for descriptor in said {
        for path in &descriptor.source_properties {
            if let Some(column) = places::locate(fields, place, path) {
                inner.entry(column[place.len()..].to_vec()).or_default().extend(descriptor.labels());
            }
        }
    }
    inner
}

type Given = BTreeMap<String, BTreeSet<String>>;

fn members(fields: &[Field], path: &str, inherited: &BTreeSet<String>, given: &Given, out: &mut Given) {
    for field in fields {
        let path = if path.is_empty() { field.name.clone() } else { format!("{path}.{}", field.name) };
        column(&field.ty, &path, inherited, given, out);
    }
}

fn column(ty: &FieldType, path: &str, inherited: &BTreeSet<String>, given: &Given, out: &mut Given) {
    let mut labels = inherited.clone();
    labels.extend(given.get(path).into_iter().flatten().cloned());
    match ty {
        FieldType::Object(fields) => members(fields, path, &labels, given, out),
        FieldType::Array(item) => column(item, &format!("{path}.element"), &labels, given, out),
        FieldType::Map(value) => {
            column(&FieldType::String, &format!("{path}.key"), &labels, given, out);
            column(value, &format!("{path}.value"), &labels, given, out);
        }
        _ => {}
    }
    if !labels.is_empty() {
        out.insert(path.to_owned(), labels);
    }
}

#[cfg(test)]
mod tests;
