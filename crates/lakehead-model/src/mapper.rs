//! Schemas and samples that only Data Prep knows: what a source looks like before anything of it has landed.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body::{self, Object};
use crate::dataset::SchemaRef;
use crate::id::random_hex;
use crate::mapping_set::BAD_SET;
use crate::mapping_set::suggest::MAX_COLUMNS;
use crate::time::EpochMs;
use crate::{Actor, Etag, Invalid, Scope};

/// Largest sample and largest schema, bytes.
const MAX_BYTES: usize = 1 << 20;
/// Deepest nesting of a schema or a sample.
const MAX_DEPTH: usize = 60;

/// What a resource of the mapper holds.
pub trait Mapper: Serialize + DeserializeOwned + Clone + Send + Sync + Sized {
    /// Whether it is a sample; a schema where not.
    const IS_SAMPLE: bool;
    /// Reads a request body. Every broken rule is `MAPPER-1001-400`.
    fn parse(body: &Value) -> Result<Self, Invalid>;
    /// Reads an uploaded file, which is JSON.
    fn from_file(file: &Value) -> Result<Self, Invalid>;
    /// The members that the API shows.
    fn to_wire(&self) -> Value;
    /// Paths of the values that rows have, as mappings write them.
    fn columns(&self) -> Vec<String>;
}

/// A stored schema or sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MapperResource<C> {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Lock value of the metastore.
    pub etag: Etag,
    /// Number of changes so far.
    pub version: i64,
    /// Organisation.
    pub ims_org_id: String,
    /// Sandbox.
    pub sandbox_id: String,
    /// What its makers say.
    pub content: C,
    /// When it was made, epoch milliseconds.
    pub created_date: EpochMs,
    /// When it was last changed, epoch milliseconds.
    pub modified_date: EpochMs,
    /// Who made it.
    pub created_by: String,
    /// Who changed it last.
    pub modified_by: String,
}

/// A schema: written out, of the registry, or as a sample shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaContent {
    /// JSON Schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_schema: Option<Object>,
    /// A schema of the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_ref: Option<SchemaRef>,
    /// A sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_id: Option<String>,
}

/// Rows of a source, as one JSON text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SampleContent {
    /// An object, or a list of objects.
    pub sample_data: String,
}

/// A schema of the mapper.
pub type MapperSchema = MapperResource<SchemaContent>;
/// A sample of the mapper.
pub type MapperSample = MapperResource<SampleContent>;

impl<C: Mapper> MapperResource<C> {
    /// A new resource, version 0.
    pub fn new(content: C, scope: &Scope, actor: &Actor, now_ms: EpochMs) -> Self {
        Self {
            id: random_hex(16),
            etag: Etag::generate(),
            version: 0,
            ims_org_id: scope.org.clone(),
            sandbox_id: scope.sandbox_id.clone(),
            content,
            created_date: now_ms,
            modified_date: now_ms,
            created_by: actor.user.clone(),
            modified_by: actor.user.clone(),
        }
    }

    /// The resource with other content.
    #[must_use]
    pub fn replaced(&self, content: C, actor: &Actor, now_ms: EpochMs) -> Self {
        Self {
            etag: Etag::generate(),
            version: self.version + 1,
            content,
            modified_date: now_ms,
            modified_by: actor.user.clone(),
            ..self.clone()
        }
    }

    /// The form the API shows.
    pub fn to_wire(&self) -> Value {
        let mut wire = json!({
            "id": self.id, "version": self.version, "createdDate": self.created_date,
            "modifiedDate": self.modified_date, "createdBy": self.created_by, "modifiedBy": self.modified_by,
            "imsOrgId": self.ims_org_id, "sandboxId": self.sandbox_id,
        });
        if let (Some(members), Value::Object(more)) = (wire.as_object_mut(), self.content.to_wire()) {
            members.extend(more);
        }
        wire
    }
}

fn of_mapper<T>(result: Result<T, Invalid>) -> Result<T, Invalid> {
    result.map_err(|error| Invalid { code: BAD_SET, ..error })
}

fn within_limits(value: &Value, path: &str) -> Result<(), Invalid> {
    let mut level = vec![value];
    for _ in 0..MAX_DEPTH {
        level = level.into_iter().flat_map(children).collect();
        if level.is_empty() {
            return if value.to_string().len() <= MAX_BYTES { Ok(()) } else { Err(too_large(path)) };
        }
    }
    Err(Invalid::value(path, &format!("at most {MAX_DEPTH} levels of nesting are allowed")))
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(members) => Box::new(members.values()),
        _ => Box::new(std::iter::empty()),
    }
}

fn too_large(path: &str) -> Invalid {
    Invalid::value(path, &format!("at most {} KiB are allowed", MAX_BYTES >> 10))
}

impl Mapper for SchemaContent {
    const IS_SAMPLE: bool = false;

    fn parse(body: &Value) -> Result<Self, Invalid> {
        of_mapper((|| {
            let root = body::root(body)?;
            let json_schema = body::opt_object(root, "jsonSchema", "jsonSchema")?.cloned();
            if let Some(schema) = &json_schema {
                within_limits(&Value::Object(schema.clone()), "jsonSchema")?;
            }
            let schema_ref = body::opt_object(root, "schemaRef", "schemaRef")?
                .map(|reference| SchemaRef::parse(reference, "schemaRef"))
                .transpose()?;
            let sample_id = body::opt_text(root, "sampleId", "sampleId")?;
            if json_schema.is_none() && schema_ref.is_none() && sample_id.is_none() {
                return Err(Invalid::missing("jsonSchema"));
            }
            Ok(Self { json_schema, schema_ref, sample_id })
        })())
    }

    fn from_file(file: &Value) -> Result<Self, Invalid> {
        Self::parse(&json!({ "jsonSchema": file }))
    }

    fn to_wire(&self) -> Value {
        json!(self)
    }

    fn columns(&self) -> Vec<String> {
        let mut found = BTreeSet::new();
        if let Some(schema) = &self.json_schema {
            schema_columns(&Value::Object(schema.clone()), "", 0, &mut found);
        }
        found.into_iter().collect()
    }
}

impl Mapper for SampleContent {
    const IS_SAMPLE: bool = true;

    fn parse(body: &Value) -> Result<Self, Invalid> {
        of_mapper((|| {
            let root = body::root(body)?;
            if let Some(kind) = body::opt_text(root, "sampleType", "sampleType")?
                && !kind.trim().eq_ignore_ascii_case("json")
            {
                return Err(Invalid::value("sampleType", "samples are `JSON`"));
            }
            let data = match body::member(root, "sampleData") {
                Some(Value::String(text)) if text.len() > MAX_BYTES => return Err(too_large("sampleData")),
                Some(Value::String(text)) => serde_json::from_str(text)
                    .map_err(|error| Invalid::value("sampleData", &format!("it is not JSON: {error}")))?,
                Some(data) => data.clone(),
                None => return Err(Invalid::missing("sampleData")),
            };
            Self::of_rows(&data, "sampleData")
        })())
    }

    fn from_file(file: &Value) -> Result<Self, Invalid> {
        of_mapper(Self::of_rows(file, "body"))
    }

    fn to_wire(&self) -> Value {
        json!({ "sampleData": self.sample_data, "sampleType": "JSON" })
    }

    fn columns(&self) -> Vec<String> {
        let mut found = BTreeSet::new();
        let rows = serde_json::from_str(&self.sample_data).unwrap_or_default();
        let rows = if let Value::Array(rows) = rows { rows } else { vec![rows] };
        for row in &rows {
            row_columns(row, "", &mut found);
        }
        found.into_iter().collect()
    }
}

impl SampleContent {
    fn of_rows(data: &Value, path: &str) -> Result<Self, Invalid> {
        let rows = match data {
            Value::Object(_) => true,
            Value::Array(rows) => !rows.is_empty() && rows.iter().all(Value::is_object),
            _ => false,
        };
        if !rows {
            return Err(Invalid::value(path, "an object or a list of objects is expected, as JSON"));
        }
        within_limits(data, path)?;
        Ok(Self { sample_data: data.to_string() })
    }
}

/// A name as a part of a path.
fn step(parent: &str, name: &str) -> String {
    let name = name.replace('\\', "\\\\").replace('.', "\\.");
    if parent.is_empty() { name } else { format!("{parent}.{name}") }
}

fn row_columns(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                row_columns(member, &step(path, name), found);
            }
        }
        _ if path.is_empty() || found.len() >= MAX_COLUMNS => {}
        _ => drop(found.insert(path.to_owned())),
    }
}

fn schema_columns(schema: &Value, path: &str, depth: usize, found: &mut BTreeSet<String>) {
    match schema["properties"].as_object() {
        Some(members) if depth < MAX_DEPTH => {
            for (name, member) in members {
                schema_columns(member, &step(path, name), depth + 1, found);
            }
        }
        _ if path.is_empty() || found.len() >= MAX_COLUMNS => {}
        _ => drop(found.insert(path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_rows() {
        for body in [
            json!({"sampleData": "{\"a\": {\"b\": 1}, \"c.d\": [1]}", "sampleType": "JSON"}),
            json!({"sampleData": [{"a": {"b": 1}}, {"c.d": [1]}]}),
        ] {
            let sample = SampleContent::parse(&body).unwrap();
            assert_eq!(sample.columns(), ["a.b", "c\\.d"]);
            assert_eq!(SampleContent::parse(&sample.to_wire()).unwrap(), sample);
        }
        for (body, text) in [
            (json!({}), "body"),
            (json!({"sampleType": "JSON"}), "sampleData"),
            (json!({"sampleData": "{"}), "not JSON"),
            (json!({"sampleData": "[1]"}), "list of objects"),
            (json!({"sampleData": "{}", "sampleType": "CSV"}), "sampleType"),
            (json!({"sampleData": "x".repeat(MAX_BYTES + 1)}), "KiB"),
        ] {
            let error = SampleContent::parse(&body).unwrap_err();
            assert!(error.code == BAD_SET && error.message.contains(text), "{error}");
        }
        let mut deep = json!(1);
        for _ in 0..=MAX_DEPTH {
            deep = json!({"a": deep});
        }
        assert!(SampleContent::from_file(&deep).unwrap_err().message.contains("nesting"));
    }

    #[test]
    fn schemas_say_what_rows_have() {
        let body = json!({"jsonSchema": {"type": "object", "properties": {
            "name": {"type": "object", "properties": {"first": {"type": "string"}}}, "tags": {"type": "array"}}}});
        let schema = SchemaContent::parse(&body).unwrap();
        assert_eq!(schema.columns(), ["name.first", "tags"]);
        assert_eq!(schema.to_wire(), body);
        let by_reference = json!({"schemaRef": {"id": "s", "contentType": "x"}, "sampleId": "y"});
        assert_eq!(SchemaContent::parse(&by_reference).unwrap().to_wire(), by_reference);
        assert!(SchemaContent::parse(&json!({"other": 1})).unwrap_err().message.contains("jsonSchema"));
        assert!(SchemaContent::parse(&json!({"jsonSchema": 1})).is_err());
    }
}
