//! The built-in connection specs: the rows of `catalogue.json` written out as the documents that the API shows.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{AVAILABLE, NOT_YET_AVAILABLE};
use crate::body::Object;

const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";

/// A connection spec as it is shown, and the flow specs that read through it.
pub(super) struct BuiltIn {
    pub(super) document: Value,
    pub(super) flows: Vec<String>,
}

/// One row of `catalogue.json`. How to write one: `docs/how-to/add-a-connection-spec.md`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    id: String,
    /// Machine name; made from the id where none is published.
    name: Option<String>,
    /// Name for people.
    label: Option<String>,
    /// Name of a [`Template`].
    template: String,
    category: Option<String>,
    /// Whether a connector of this server serves it.
    #[serde(default)]
    available: bool,
    #[serde(default)]
    auth: Vec<AuthEntry>,
    /// Parameters of a source connection beside those of the template.
    #[serde(default)]
    source: Vec<Parameter>,
    #[serde(default)]
    filter_at_source: bool,
    /// What no published page says; it was left out or chosen here.
    #[serde(default)]
    unpublished: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthEntry {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    /// Whether the connector, where there is one, goes this way.
    #[serde(default = "yes")]
    available: bool,
    params: Vec<Parameter>,
}

fn yes() -> bool {
    true
}

/// Name (`*` behind it: required), kind, description, further members of its schema.
#[derive(Deserialize)]
struct Parameter(String, ParameterKind, String, #[serde(default)] Object);

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ParameterKind {
    Text,
    Secret,
    Integer,
    Flag,
}

/// What rows of one family have in common.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Template {
    provider: String,
    category: String,
    permission: String,
    #[serde(default)]
    flows: Vec<String>,
    source_spec: Option<Value>,
    target_spec: Option<Value>,
    explore_spec: Option<Value>,
    #[serde(default)]
    unpublished: Vec<String>,
}

/// Every built-in connection spec, in the order of the file.
pub(super) fn connection_specs() -> Vec<BuiltIn> {
    let templates: BTreeMap<String, Template> =
        serde_json::from_str(include_str!("templates.json")).expect("templates can be read, as the tests prove");
    let entries: Vec<Entry> =
        serde_json::from_str(include_str!("catalogue.json")).expect("the catalogue can be read, as the tests prove");
    let built = |entry: &Entry| {
        let template = templates.get(&entry.template).expect("every row names a template, as the tests prove");
        BuiltIn { document: document(entry, template), flows: template.flows.clone() }
    };
    entries.iter().map(built).collect()
}

fn document(entry: &Entry, template: &Template) -> Value {
    let name = name(entry, template);
    let category = entry.category.as_ref().unwrap_or(&template.category);
    let mut document = json!({
        "id": entry.id,
        "name": name,
        "providerId": template.provider,
        "version": "1.0",
        "authSpec": entry.auth.iter().map(auth_spec).collect::<Vec<_>>(),
    });
    if let Some(source) = &template.source_spec {
        document["sourceSpec"] = source_spec(source, entry, &name, category);
    }
    for (field, part) in [("targetSpec", &template.target_spec), ("exploreSpec", &template.explore_spec)] {
        if let Some(part) = part {
            document[field] = part.clone();
        }
    }
    document["attributes"] = attributes(entry, template, &name, category);
    document["permissionsInfo"] = permissions(&template.permission);
    document
}

fn name(entry: &Entry, template: &Template) -> String {
    let side = if template.flows.is_empty() { "target" } else { "source" };
    entry.name.clone().unwrap_or_else(|| format!("{side}-{}", entry.id.chars().take(8).collect::<String>()))
}

fn auth_spec(auth: &AuthEntry) -> Value {
    let mut spec = json!({
        "$schema": DRAFT_7, "type": "object", "description": format!("Parameters of `{}`", auth.name), "properties": {},
    });
    add_parameters(&mut spec, &auth.params);
    let mut way = json!({ "name": auth.name, "type": auth.kind, "spec": spec });
    if !auth.available {
        way["availability"] = json!(NOT_YET_AVAILABLE);
    }
    way
}

fn source_spec(template: &Value, entry: &Entry, name: &str, category: &str) -> Value {
    let mut source = template.clone();
    add_parameters(&mut source["spec"], &entry.source);
    let key = camel_case(name);
    source["attributes"] = json!({
        "uiAttributes": {
            "isSource": true,
            "category": { "key": camel_case(category) },
            "icon": { "key": key },
            "description": { "key": format!("{key}Description") },
            "label": { "key": format!("{key}Label") },
        },
    });
    source
}

/// Adds parameters to the properties of a schema, and the mandatory ones to its `required`.
fn add_parameters(schema: &mut Value, parameters: &[Parameter]) {
    let mut required = Vec::new();
    for Parameter(name, kind, about, more) in parameters {
        let bare = name.trim_end_matches('*');
        if bare != name {
            required.push(Value::from(bare));
        }
        let mut rule = match kind {
            ParameterKind::Text => json!({ "type": "string", "description": about }),
            ParameterKind::Secret => json!({ "type": "string", "description": about, "format": "password" }),
            ParameterKind::Integer => json!({ "type": "integer", "description": about }),
            ParameterKind::Flag => json!({ "type": "boolean", "description": about }),
        };
        for (member, value) in more {
            rule[member] = value.clone();
        }
        schema["properties"][bare] = rule;
    }
    if !required.is_empty() {
        schema["required"] = required.into();
    }
}

fn attributes(entry: &Entry, template: &Template, name: &str, category: &str) -> Value {
    let mut attributes = json!({
        "category": category,
        "connectorName": entry.label.as_deref().unwrap_or(name),
        "isSource": !template.flows.is_empty(),
        "isDraftModeSupported": true,
        "availability": if entry.available { AVAILABLE } else { NOT_YET_AVAILABLE },
    });
    if template.explore_spec.is_some() {
        attributes["uiAttributes"] = json!({ "apiFeatures": { "explorePaginationSupported": false } });
    }
    if entry.filter_at_source {
        attributes["filterAtSource"] = json!({
            "enabled": true,
            "queryLanguage": "SQL",
            "logicalOperators": ["and", "or", "not"],
            "comparisonOperators": ["=", "!=", "<", "<=", ">", ">=", "like", "in"],
            "columnNameEscapeChar": "`",
            "valueEscapeChar": "'",
        });
    }
    let unpublished = if entry.unpublished.is_empty() { &template.unpublished } else { &entry.unpublished };
    if !unpublished.is_empty() {
        attributes["unpublished"] = json!(unpublished);
    }
    attributes
}

/// Who may see and who may change what is made with a spec.
pub(super) fn permissions(resource: &str) -> Value {
    let permission = |verb: &str| json!([{ "@type": "lowLevel", "name": resource, "permissions": [verb] }]);
    json!({ "view": permission("read"), "manage": permission("write") })
}

/// `amazon-s3` as `amazonS3`, `Cloud Storage` as `cloudStorage`.
fn camel_case(text: &str) -> String {
    let mut out = String::new();
    for word in text.to_ascii_lowercase().split([' ', '-']) {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if !out.is_empty() => out.extend(first.to_uppercase().chain(letters)),
            _ => out.push_str(word),
        }
    }
    out
}
