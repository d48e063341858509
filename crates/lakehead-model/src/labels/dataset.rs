//! Labels of a dataset as a whole, and labels of its fields from the time before schemas had them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{MAX_LABELS, canonical};
use crate::body::{self, Object};
use crate::dataset::Dataset;
use crate::invalid::excerpt;
use crate::time::EpochMs;
use crate::{Etag, Invalid, Scope};

/// Code of every broken rule of a request.
const BAD: &str = "PES-400";
/// Most entries of `optionalLabels` and of `parents`.
const MAX_ENTRIES: usize = 1_000;

/// Stored labels of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatasetLabels {
    /// Id of the dataset.
    pub dataset_id: String,
    /// Version, which clients send in `If-Match`.
    pub etag: Etag,
    /// Labels of every field, as the client wrote them.
    pub labels: Vec<String>,
    /// Labels of single fields; nobody can add one.
    #[serde(default)]
    pub optional_labels: Vec<OptionalLabels>,
    /// When they were first given, epoch milliseconds.
    pub created: EpochMs,
}

/// Labels of one field of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptionalLabels {
    /// Which field.
    pub option: FieldOption,
    /// Its labels.
    pub labels: Vec<String>,
}

/// A field of a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldOption {
    /// `$id` of the schema.
    pub id: String,
    /// Media type with the major version.
    pub content_type: String,
    /// Such as `/properties/person/properties/name`.
    pub schema_path: String,
}

/// A request to give or replace the labels of a dataset; the caller checks that custom labels exist.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDatasetLabels {
    labels: Vec<String>,
    optional_labels: Vec<OptionalLabels>,
}

impl NewDatasetLabels {
    /// Reads a request about `dataset`. Every broken rule is `PES-400`.
    pub fn parse(body: &Value, dataset: &Dataset) -> Result<Self, Invalid> {
        Self::read(body, dataset).map_err(in_service)
    }

    fn read(body: &Value, dataset: &Dataset) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        if let Some(entity) = body::opt_object(root, "entityId", "entityId")? {
            for (name, expected) in [("namespace", "AEP"), ("id", dataset.id.as_str()), ("type", "dataset")] {
                let path = format!("entityId.{name}");
                if body::opt_text(entity, name, &path)?.is_some_and(|text| text != expected) {
                    return Err(Invalid::value(&path, &format!("`{expected}` is expected")));
                }
            }
        }
        parents(root, dataset)?;
        let labels = body::member(root, "labels").ok_or_else(|| Invalid::missing("labels"))?;
        let optional_labels = entries(root, "optionalLabels")?;
        let optional_labels = optional_labels.iter().map(|entry| optional(entry, dataset)).collect::<Result<_, _>>()?;
        Ok(Self { labels: list(labels, "labels")?, optional_labels })
    }

    /// Every label that the request names, in its canonical form.
    pub fn named(&self) -> impl Iterator<Item = String> {
        let optional = self.optional_labels.iter().flat_map(|field| &field.labels);
        self.labels.iter().chain(optional).filter_map(|label| canonical(label))
    }

    /// The first labels of a dataset. Labels of single fields belong to the schema.
    pub fn create(self, dataset_id: &str, now_ms: EpochMs) -> Result<DatasetLabels, Invalid> {
        if !self.optional_labels.is_empty() {
            return Err(not_on_the_dataset());
        }
        let Self { labels, optional_labels } = self;
        let etag = Etag::generate();
        Ok(DatasetLabels { dataset_id: dataset_id.to_owned(), etag, labels, optional_labels, created: now_ms })
    }

    /// Other labels for a dataset that has some. Those of single fields may only stay or become fewer.
    pub fn replace(self, before: &DatasetLabels) -> Result<DatasetLabels, Invalid> {
        let was_there = |field: &OptionalLabels| {
            let same = before.optional_labels.iter().filter(|known| known.option.is_same(&field.option));
            let known: Vec<_> = same.flat_map(|known| &known.labels).filter_map(|label| canonical(label)).collect();
            field.labels.iter().all(|label| canonical(label).is_some_and(|label| known.contains(&label)))
        };
        if !self.optional_labels.iter().all(was_there) {
            return Err(not_on_the_dataset());
        }
        let Self { labels, optional_labels } = self;
        Ok(DatasetLabels { etag: Etag::generate(), labels, optional_labels, ..before.clone() })
    }
}

impl FieldOption {
    fn is_same(&self, other: &Self) -> bool {
        (&self.id, &self.schema_path) == (&other.id, &other.schema_path)
    }
}

impl DatasetLabels {
    /// The form of the API.
    pub fn to_wire(&self, scope: &Scope) -> Value {
        let entity = format!("AEP:dataset:{}", self.dataset_id);
        json!({ entity: { "imsOrg": scope.org, "labels": self.labels, "optionalLabels": self.optional_labels } })
    }
}

fn in_service(error: Invalid) -> Invalid {
    Invalid { code: BAD, ..error }
}

fn not_on_the_dataset() -> Invalid {
    let cure = "labels of single fields can be kept or removed here; give new ones to the field of the schema, with \
                a descriptor `xdm:descriptorLabel`";
    in_service(Invalid::value("optionalLabels", cure))
}

fn entries<'a>(root: &'a Object, field: &str) -> Result<&'a [Value], Invalid> {
    match body::member(root, field) {
        None => Ok(&[]),
        Some(Value::Array(items)) if items.len() <= MAX_ENTRIES => Ok(items),
        Some(_) => Err(Invalid::value(field, &format!("a list of at most {MAX_ENTRIES} entries is expected"))),
    }
}

/// A dataset inherits the labels of its schema, and of nothing else.
fn parents(root: &Object, dataset: &Dataset) -> Result<(), Invalid> {
    let schema = &dataset.schema_ref.id;
    for parent in entries(root, "parents")? {
        let id = parent["id"].as_str().unwrap_or_default();
        let alt_id = schema.strip_prefix("https://ns.adobe.com/").map(|path| format!("_{}", path.replace('/', ".")));
        if parent["type"] != "schema" || (id != schema && Some(id) != alt_id.as_deref()) {
            return Err(Invalid::value("parents", &format!("only the schema `{schema}` of the dataset is expected")));
        }
    }
    Ok(())
}

fn optional(entry: &Value, dataset: &Dataset) -> Result<OptionalLabels, Invalid> {
    let path = "optionalLabels";
    let Value::Object(entry) = entry else { return Err(Invalid::value(path, "a list of objects is expected")) };
    let option = body::object(entry, "option", &format!("{path}.option"))?;
    let text = |name: &str| body::text(option, name, &format!("{path}.option.{name}"));
    let option = FieldOption {
        id: text("id")?,
        content_type: body::opt_text(option, "contentType", &format!("{path}.option.contentType"))?
            .unwrap_or_else(|| dataset.schema_ref.content_type.clone()),
        schema_path: text("schemaPath")?,
    };
    let labels = body::member(entry, "labels").ok_or_else(|| Invalid::missing(&format!("{path}.labels")))?;
    Ok(OptionalLabels { option, labels: list(labels, &format!("{path}.labels"))? })
}

/// A list of labels, each once.
fn list(value: &Value, path: &str) -> Result<Vec<String>, Invalid> {
    let Some(items) = value.as_array().filter(|items| items.len() <= MAX_LABELS) else {
        return Err(Invalid::value(path, &format!("a list of at most {MAX_LABELS} labels such as `C1` is expected")));
    };
    let mut labels: Vec<String> = Vec::new();
    for item in items {
        let text = item.as_str().unwrap_or_default();
        let Some(label) = canonical(text) else {
            let cure = format!("`{}` is no label; give a core label such as `C1` or a custom one", excerpt(text));
            return Err(Invalid::value(path, &cure));
        };
        if !labels.iter().any(|known| canonical(known).as_ref() == Some(&label)) {
            labels.push(text.to_owned());
        }
    }
    Ok(labels)
}

#[cfg(test)]
mod tests;
