//! Datasets of the Catalog: a named home for rows of one schema.

mod change;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body::{self, Object};
use crate::id::random_hex;
use crate::time::EpochMs;
use crate::{Actor, Etag, Invalid, Scope};

/// Code of every broken rule of a dataset body.
const BAD_DATASET: &str = "CATALOG-1001-400";
/// Tag that holds the table name.
const TABLE_TAG: &str = "adobe/pqs/table";
/// Content type of the schema reference where a client sends none.
pub const DEFAULT_CONTENT_TYPE: &str = "application/vnd.adobe.xed+json;version=1";

/// A stored dataset. [`Dataset::to_wire`] is the form the API shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
    /// 24 hexadecimal digits.
    pub id: String,
    /// Lock value of the metastore; clients see `version` instead.
    pub etag: Etag,
    /// Semantic version, its last part grows with every write.
    pub version: String,
    /// Organisation.
    pub ims_org: String,
    /// Sandbox.
    pub sandbox_id: String,
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was made, epoch milliseconds.
    pub created: EpochMs,
    /// When it was last changed, epoch milliseconds.
    pub updated: EpochMs,
    /// Client that made it.
    pub created_client: String,
    /// Who made it.
    pub created_user: String,
    /// Who changed it last.
    pub updated_user: String,
    /// Tags: lists of texts by key.
    pub tags: Object,
    /// 24 hexadecimal digits.
    pub view_id: String,
    /// The schema of the rows.
    pub schema_ref: SchemaRef,
    /// Whether failed rows are kept with their reasons.
    #[serde(default)]
    pub enable_error_diagnostics: bool,
    /// `record`, `time-series` or `adhoc`, from the class of the schema.
    pub data_behavior: String,
    /// What clients have set of `extensions`; kept, without effect here.
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    pub extensions: Object,
}

/// A reference to a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaRef {
    /// `$id` of the schema.
    pub id: String,
    /// Media type with the major version.
    pub content_type: String,
}

/// A request to make a dataset; the caller checks that the schema exists.
#[derive(Clone, Debug)]
pub struct NewDataset {
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    pub description: Option<String>,
    /// The schema of the rows.
    pub schema_ref: SchemaRef,
    /// Tags of the client's own.
    pub tags: Object,
    /// Whether failed rows are kept with their reasons.
    pub enable_error_diagnostics: bool,
}

fn in_catalog(error: Invalid) -> Invalid {
    Invalid { code: BAD_DATASET, ..error }
}

impl SchemaRef {
    /// Reads `{"id", "contentType"?}`.
    pub fn parse(reference: &Object, path: &str) -> Result<Self, Invalid> {
        Ok(Self {
            id: body::text(reference, "id", &format!("{path}.id"))?.trim().to_owned(),
            content_type: body::opt_text(reference, "contentType", &format!("{path}.contentType"))?
                .unwrap_or_else(|| DEFAULT_CONTENT_TYPE.to_owned()),
        })
    }
}

impl NewDataset {
    /// Reads a request body. Every broken rule is `CATALOG-1001-400`.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        Self::read(body).map_err(in_catalog)
    }

    fn read(body: &Value) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let schema = body::object(root, "schemaRef", "schemaRef")?;
        if let Some(file) = body::opt_object(root, "fileDescription", "fileDescription")? {
            for field in ["format", "containerFormat"] {
                let path = format!("fileDescription.{field}");
                let format = body::opt_text(file, field, &path)?;
                if format.is_some_and(|format| !format.eq_ignore_ascii_case("parquet")) {
                    return Err(Invalid::value(&path, "datasets are stored as `parquet`"));
                }
            }
        }
        Ok(Self {
            name: body::name(root)?,
            description: body::opt_text(root, "description", "description")?,
            schema_ref: SchemaRef::parse(schema, "schemaRef")?,
            tags: tags(root)?,
            enable_error_diagnostics: body::opt_flag(root, "enableErrorDiagnostics", "enableErrorDiagnostics")?
                .unwrap_or(false),
        })
    }
}

/// Reads `tags`; a single text is taken for a list of one. Reserved keys are ours and are left out.
fn tags(root: &Object) -> Result<Object, Invalid> {
    let mut kept = Object::new();
    for (key, value) in body::opt_object(root, "tags", "tags")?.into_iter().flatten() {
        let path = format!("tags.{}", crate::invalid::excerpt(key));
        let list = match value {
            Value::String(text) => vec![json!(text)],
            Value::Array(items) if items.iter().all(Value::is_string) => items.clone(),
            _ => return Err(Invalid::value(&path, "a list of texts is expected")),
        };
        if !key.starts_with("adobe") {
            kept.insert(key.clone(), Value::Array(list));
        }
    }
    Ok(kept)
}

impl Dataset {
    /// A new, empty dataset of record behaviour.
    pub fn new(input: &NewDataset, scope: &Scope, actor: &Actor, now_ms: EpochMs) -> Self {
        let mut tags = Object::new();
        tags.insert(TABLE_TAG.to_owned(), json!([table_name(&input.name)]));
        tags.insert("adobe/siphon/table/format".to_owned(), json!(["iceberg"]));
        tags.extend(input.tags.clone());
        Self {
            id: random_hex(12),
            etag: Etag::generate(),
            version: "1.0.0".to_owned(),
            ims_org: scope.org.clone(),
            sandbox_id: scope.sandbox_id.clone(),
            name: input.name.clone(),
            description: input.description.clone(),
            created: now_ms,
            updated: now_ms,
            created_client: actor.client.clone(),
            created_user: actor.user.clone(),
            updated_user: actor.user.clone(),
            tags,
            view_id: random_hex(12),
            schema_ref: input.schema_ref.clone(),
            enable_error_diagnostics: input.enable_error_diagnostics,
            data_behavior: "record".to_owned(),
            extensions: Object::new(),
        }
    }

    /// Notes a change: a new lock value and the next version.
    pub fn touch(&mut self, user: &str, now_ms: EpochMs) {
        let parts: Vec<u64> = self.version.split('.').filter_map(|part| part.parse().ok()).collect();
        if let [major, minor, patch] = parts[..] {
            self.version = format!("{major}.{minor}.{}", patch.saturating_add(1));
        }
        self.etag = Etag::generate();
        self.updated = now_ms;
        user.clone_into(&mut self.updated_user);
    }

    /// Whether values are held against the demands of the schema; the tag `acp_validationContext` switches that off.
    pub fn is_validated(&self) -> bool {
        let context = self.tags.get("acp_validationContext").and_then(Value::as_array);
        !context.is_some_and(|words| words.iter().any(|word| word == "disabled"))
    }

    /// Name of the table, for SQL engines. Where the one from the dataset's name was taken, the id tells them apart.
    pub fn table_name(&self) -> &str {
        self.tags.get(TABLE_TAG).and_then(|tag| tag[0].as_str()).unwrap_or(&self.id)
    }

    /// Gives the table another name, where the one from the dataset's name is taken.
    pub fn set_table_name(&mut self, name: &str) {
        self.tags.insert(TABLE_TAG.to_owned(), json!([name]));
    }

    /// The value of this dataset in a Catalog answer, which is a map keyed by id.
    pub fn to_wire(&self) -> Value {
        let mut wire = serde_json::to_value(self).unwrap_or_default();
        if let Some(members) = wire.as_object_mut() {
            for hidden in ["id", "etag", "dataBehavior"] {
                members.shift_remove(hidden);
            }
            members.insert("files".into(), json!(format!("@/dataSetFiles?dataSetId={}", self.id)));
            members.insert("state".into(), json!("DRAFT"));
            members.insert(
                "fileDescription".into(),
                json!({"persisted": true, "containerFormat": "parquet", "format": "parquet"}),
            );
            members.insert("observableSchema".into(), json!({}));
            members
                .insert("classification".into(), json!({"dataBehavior": self.data_behavior, "managedBy": "CUSTOMER"}));
            let mut extensions = self.extensions.clone();
            extensions.insert("lakehead".into(), json!({}));
            members.insert("extensions".into(), Value::Object(extensions));
        }
        wire
    }
}

/// `Loyalty Members (EU)` becomes `loyalty_members_eu`.
pub fn table_name(name: &str) -> String {
    let mut table = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            table.push(c.to_ascii_lowercase());
        } else if !table.is_empty() && !table.ends_with('_') {
            table.push('_');
        }
    }
    let table = table.trim_end_matches('_');
    if table.starts_with(|c: char| c.is_ascii_alphabetic()) { table.to_owned() } else { format!("dataset_{table}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(body: &Value) -> Result<Dataset, Invalid> {
        let scope = Scope { org: "O@AdobeOrg".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
        let actor = Actor { user: "u".into(), client: "c".into() };
        Ok(Dataset::new(&NewDataset::parse(body)?, &scope, &actor, 5))
    }

    #[test]
    fn a_tag_switches_validation_off() {
        let validated = |tags: Value| {
            let body = json!({"name": "a", "tags": tags, "schemaRef": {"id": "https://ns.adobe.com/acme/schemas/abc",
                "contentType": "application/vnd.adobe.xed+json;version=1"}});
            make(&body).unwrap().is_validated()
        };
        assert!(!validated(json!({"acp_validationContext": ["disabled"]})));
        assert!(!validated(json!({"acp_validationContext": "disabled"})));
        assert!(validated(json!({"acp_validationContext": ["enabled"]})) && validated(json!({})));
    }

    #[test]
    fn the_tutorial_body_becomes_a_catalog_object() {
        let body = json!({"name": "Loyalty Members (EU)", "tags": {"team": ["a"], "adobe/pqs/table": ["mine"]},
            "schemaRef": {"id": "https://ns.adobe.com/acme/schemas/abc",
                          "contentType": "application/vnd.adobe.xed-full-notext+json; version=1"}});
        let mut dataset = make(&body).unwrap();
        let wire = dataset.to_wire();
        assert_eq!(dataset.id.len(), 24);
        assert_eq!(wire["tags"]["adobe/pqs/table"], json!(["loyalty_members_eu"]));
        assert_eq!(wire["tags"]["team"], json!(["a"]));
        assert_eq!(wire["version"], "1.0.0");
        assert_eq!(wire["classification"]["dataBehavior"], "record");
        assert!(wire.get("etag").is_none() && wire.get("id").is_none());
        let before = dataset.etag.clone();
        dataset.touch("v", 9);
        assert_eq!((dataset.version.as_str(), dataset.updated), ("1.0.1", 9));
        assert_ne!(dataset.etag, before);
        let stored = serde_json::to_value(&dataset).unwrap();
        assert_eq!(serde_json::from_value::<Dataset>(stored).unwrap(), dataset);
    }

    #[test]
    fn table_names() {
        assert_eq!(table_name("  A--b  "), "a_b");
        assert_eq!(table_name("2024 sales"), "dataset_2024_sales");
        assert_eq!(table_name("日本"), "dataset_");
    }

    #[test]
    fn each_mistake_names_the_field() {
        let good = json!({"name": "n", "schemaRef": {"id": "x"}, "tags": {}, "fileDescription": {"format": "parquet"}});
        make(&good).unwrap();
        for (path, value, field) in [
            ("/name", json!(null), "`name`"),
            ("/schemaRef", json!(null), "`schemaRef`"),
            ("/schemaRef", json!("x"), "`schemaRef`"),
            ("/schemaRef/id", json!(""), "`schemaRef.id`"),
            ("/tags", json!({"a": {"b": 1}}), "`tags.a`"),
            ("/tags", json!([1]), "`tags`"),
            ("/fileDescription/format", json!("csv"), "`fileDescription.format`"),
        ] {
            let mut body = good.clone();
            *body.pointer_mut(path).unwrap() = value;
            let error = make(&body).unwrap_err();
            assert!(error.code == BAD_DATASET && error.message.contains(field), "{error}");
        }
    }
}
