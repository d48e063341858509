//! Writes the computed `meta:xdmType` on every node that a client defines.

use serde_json::{Map, Value};

use super::find;
use super::rules::describe_reference;
use crate::xdm::Lookup;
use crate::xdm::infer::xdm_type;

/// Annotates the fields below `node`, not `node` itself.
pub(super) fn annotate(node: &mut Map<String, Value>, lookup: Lookup<'_>) {
    for (key, value) in node.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(fields)) => fields.values_mut().for_each(|value| field(value, lookup)),
            ("definitions", Value::Object(nodes)) => {
                nodes.values_mut().filter_map(Value::as_object_mut).for_each(|node| annotate(node, lookup));
            }
            ("items" | "additionalProperties", value) => field(value, lookup),
            ("allOf", Value::Array(parts)) => {
                for part in parts.iter_mut().filter_map(Value::as_object_mut) {
                    annotate(part, lookup);
                    describe_reference(part, "object");
                }
            }
            _ => {}
        }
    }
}

fn field(value: &mut Value, lookup: Lookup<'_>) {
    let Value::Object(node) = value else { return };
    annotate(node, lookup);
    match node.get("$ref").and_then(Value::as_str) {
        Some(reference) if !node.contains_key("type") && !reference.starts_with('#') => {
            let target = find(reference, lookup).unwrap_or_default();
            describe_reference(node, target["type"].as_str().unwrap_or("object"));
        }
        _ => {
            if let Some(kind) = xdm_type(node) {
                node.insert("meta:xdmType".to_owned(), kind.into());
            }
        }
    }
}
