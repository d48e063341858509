//! The `-notext` forms: a schema without the words for people.

use serde_json::{Map, Value};

/// Removes `title` and `description` from every node. Fields of that name stay.
pub fn without_text(schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(without_text),
        Value::Object(node) => strip(node),
        _ => {}
    }
}

fn strip(node: &mut Map<String, Value>) {
    for key in ["title", "description"] {
        if node.get(key).is_some_and(Value::is_string) {
            node.shift_remove(key);
        }
    }
    for (key, value) in node.iter_mut() {
        match (key.as_str(), value) {
            ("properties" | "definitions", Value::Object(fields)) => fields.values_mut().for_each(without_text),
            ("items" | "additionalProperties" | "allOf", value) => without_text(value),
            _ => {}
        }
    }
}
