//! The built-in flow specs: the rows of `flow_specs.json` written out as the documents that the API shows.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalogue::{BuiltIn, permissions};
use super::{AVAILABLE, NOT_YET_AVAILABLE, is_available};
use crate::body::Object;

/// One row of `flow_specs.json`. Its sources are the connection specs whose template names it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    /// Name of a [`Kind`].
    kind: String,
    targets: Vec<String>,
    /// Names of `transformations` in the templates.
    transformations: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Templates {
    kinds: BTreeMap<String, Kind>,
    parts: BTreeMap<String, Value>,
    transformations: BTreeMap<String, Value>,
}

/// What flows of one kind have in common.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    provider: String,
    permission: String,
    /// Names of `parts` in the templates.
    parts: Vec<String>,
    attributes: Object,
}

/// Every built-in flow spec, in the order of the file.
pub(super) fn flow_specs(connection_specs: &[BuiltIn]) -> Vec<Value> {
    let templates: Templates =
        serde_json::from_str(include_str!("flow_templates.json")).expect("templates can be read, as the tests prove");
    let entries: Vec<Entry> =
        serde_json::from_str(include_str!("flow_specs.json")).expect("the flow specs can be read, as the tests prove");
    entries.iter().map(|entry| document(entry, &templates, connection_specs)).collect()
}

fn document(entry: &Entry, templates: &Templates, connection_specs: &[BuiltIn]) -> Value {
    let kind = templates.kinds.get(&entry.kind).expect("every row names a kind, as the tests prove");
    let sources: Vec<&Value> =
        connection_specs.iter().filter(|spec| spec.flows.contains(&entry.id)).map(|spec| &spec.document).collect();
    let transformations: Vec<&Value> =
        entry.transformations.iter().filter_map(|name| templates.transformations.get(name)).collect();
    let mut document = json!({
        "id": entry.id,
        "name": entry.name,
        "providerId": kind.provider,
        "version": "1.0",
        "sourceConnectionSpecIds": sources.iter().map(|spec| &spec["id"]).collect::<Vec<_>>(),
        "targetConnectionSpecIds": entry.targets,
        "transformationSpecs": transformations,
    });
    for (name, part) in kind.parts.iter().filter_map(|name| Some((name, templates.parts.get(name)?))) {
        let field = name.strip_suffix("WithDelta").unwrap_or(name);
        document[field] = part.clone();
    }
    document["attributes"] = json!(kind.attributes);
    let available = sources.iter().any(|spec| is_available(spec));
    document["attributes"]["availability"] = json!(if available { AVAILABLE } else { NOT_YET_AVAILABLE });
    document["permissionsInfo"] = permissions(&kind.permission);
    document
}
