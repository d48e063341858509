//! Sample data: one value that a resolved schema allows, the same for the same schema.
//!
//! Every field gets a value, except optional texts whose pattern none of the known texts meets.

use serde_json::{Map, Value, json};

use super::infer::json_type;
use super::names::ORIGINAL;
use super::resolve::weight;
use crate::json_schema;

mod scalar;

/// Bytes that the second and further items of lists may take; what asks for more gets shorter lists.
const MAX_REPEATED: usize = 1 << 20;
/// Most items of a list.
const MAX_ITEMS: usize = 100;

/// A value for a resolved schema, in whichever form its names are.
pub fn sample(resolved: &Value) -> Value {
    let mut left = MAX_REPEATED;
    value("sample", resolved, &mut left).unwrap_or_else(|| json!({}))
}

/// A value for one node; `None` where none is known.
fn value(name: &str, node: &Value, left: &mut usize) -> Option<Value> {
    let members = node.as_object()?;
    if is_identity_map(name, members) {
        return Some(identities(members));
    }
    match json_type(members)? {
        "object" => Some(object(name, members, left)),
        "array" => array(name, members, left),
        _ => scalar::scalar(name, members),
    }
}

fn object(name: &str, node: &Map<String, Value>, left: &mut usize) -> Value {
    let mut out = Map::new();
    if let Some(Value::Object(fields)) = node.get("properties") {
        for (name, field) in fields {
            if let Some(value) = value(name, field, left) {
                out.insert(name.clone(), value);
            }
        }
    } else if node.get("additionalProperties") != Some(&Value::Bool(false)) {
        let text = json!({ "type": "string" });
        let values = node.get("additionalProperties").filter(|values| values.is_object()).unwrap_or(&text);
        if let Some(value) = value(name, values, left) {
            out.insert("key".to_owned(), value);
        }
    }
    Value::Object(out)
}

fn array(name: &str, node: &Map<String, Value>, left: &mut usize) -> Option<Value> {
    let size = |key: &str| node.get(key).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
    let (least, most) = (size("minItems").unwrap_or(0), size("maxItems").unwrap_or(MAX_ITEMS));
    let item = if most > 0 { value(name, node.get("items")?, left) } else { None };
    let Some(item) = item else { return (least == 0).then(|| json!([])) };
    let bytes = weight(&item).max(1);
    let count = least.clamp(1, MAX_ITEMS).min(1 + *left / bytes);
    *left = left.saturating_sub(bytes * (count - 1));
    let unique = node.get("uniqueItems") == Some(&Value::Bool(true));
    let items = (0..count).map(|n| if unique { scalar::nth(&item, n) } else { item.clone() });
    Some(items.collect())
}

fn is_identity_map(name: &str, node: &Map<String, Value>) -> bool {
    let original = node.get(ORIGINAL).and_then(Value::as_str).unwrap_or(name);
    original == "xdm:identityMap" && node.get("additionalProperties").is_some_and(Value::is_object)
}

/// Identities under a namespace that exists, with one of them primary.
fn identities(node: &Map<String, Value>) -> Value {
    let item = &node["additionalProperties"]["items"]["properties"];
    let mut identity = Map::new();
    for (name, field) in item.as_object().into_iter().flatten() {
        let value = match field[ORIGINAL].as_str().unwrap_or(name) {
            "xdm:id" => "ada.lovelace@example.com".into(),
            "xdm:primary" => true.into(),
            _ => field["default"].clone(),
        };
        identity.insert(name.clone(), value);
    }
    identity.retain(|_, value| !value.is_null());
    json!({ "Email": [identity] })
}

/// The first of `texts` that meets the pattern of `node`. A pattern that is too large to be run is believed of the
/// schema's own examples.
fn meeting_pattern(node: &Map<String, Value>, texts: &[Value]) -> Option<Value> {
    let Some(pattern) = node.get("pattern") else { return texts.first().cloned() };
    if let Ok(pattern) = json_schema::compile(&json!({ "pattern": pattern })) {
        return texts.iter().find(|text| pattern.is_valid(text)).cloned();
    }
    let examples = node.get("examples").and_then(Value::as_array)?;
    texts.iter().find(|text| examples.contains(text)).cloned()
}

#[cfg(test)]
mod tests;
