//! Field names: from their form in the standard library (`xdm:firstName`, `@id`, `repo:createDate`) to the
//! compatibility form that clients and tables use (`firstName`, `_id`, `_repo.createDate`).

use serde_json::{Map, Value, json};

/// The name that a field had before it was converted, kept on the field.
pub const ORIGINAL: &str = "meta:xdmField";

/// The compatibility form of one name, as the path of field names it turns into. Never empty.
pub fn compatible(name: &str) -> Vec<String> {
    if let Some(word) = name.strip_prefix('@') {
        return vec![format!("_{word}")];
    }
    if let Some((_, rest)) = name.split_once("://") {
        return from_uri(rest);
    }
    match name.split_once(':') {
        Some(("xdm", word)) => vec![word.to_owned()],
        Some((prefix, word)) => vec![format!("_{prefix}"), word.to_owned()],
        None => vec![name.to_owned()],
    }
}

/// `ns.adobe.com/xdm/channels/email` is `_channels.email`: the host and `xdm` carry no information.
fn from_uri(rest: &str) -> Vec<String> {
    let mut segments: Vec<&str> = rest.split('/').skip(1).filter(|segment| !segment.is_empty()).collect();
    if segments.len() > 1 && segments[0] == "xdm" {
        segments.remove(0);
    }
    let Some((first, others)) = segments.split_first() else { return vec![format!("_{}", rest.replace('/', ""))] };
    std::iter::once(format!("_{first}")).chain(others.iter().map(|&segment| segment.to_owned())).collect()
}

/// Converts every field name below a schema, in `properties` and in `required`.
pub fn to_compatible(schema: Value) -> Value {
    match schema {
        Value::Array(items) => Value::Array(items.into_iter().map(to_compatible).collect()),
        Value::Object(members) => Value::Object(convert(members)),
        other => other,
    }
}

fn convert(members: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    let mut required = Value::Null;
    for (key, value) in members {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                out.insert(key, Value::Object(convert_properties(properties)));
            }
            ("definitions", Value::Object(definitions)) => {
                let definitions = definitions.into_iter().map(|(name, value)| (name, to_compatible(value))).collect();
                out.insert(key, Value::Object(definitions));
            }
            ("required", names @ Value::Array(_)) => required = names,
            ("allOf" | "items" | "additionalProperties", value) => {
                out.insert(key, to_compatible(value));
            }
            // Examples, defaults and suggested values are data, not fields.
            (_, value) => {
                out.insert(key, value);
            }
        }
    }
    for name in required.as_array().into_iter().flatten().filter_map(Value::as_str) {
        require(&mut out, &compatible(name));
    }
    out
}

fn convert_properties(properties: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in properties {
        let mut value = to_compatible(value);
        let path = compatible(&name);
        if let Value::Object(members) = &mut value
            && path.as_slice() != [name.as_str()]
        {
            members.insert(ORIGINAL.to_owned(), name.into());
        }
        place(&mut out, &path, value);
    }
    out
}

/// Puts `value` at `path`, making the objects on the way.
fn place(properties: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            properties.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let parent = properties
                .entry(name.clone())
                .or_insert_with(|| json!({ "type": "object", "meta:xdmType": "object", "properties": {} }));
            if let Some(inner) = parent.get_mut("properties").and_then(Value::as_object_mut) {
                place(inner, rest, value);
            }
        }
    }
}

/// Adds the field at `path` to the `required` list of the object that holds it.
fn require(node: &mut Map<String, Value>, path: &[String]) {
    match path {
        [] => {}
        [name] => {
            if let Some(list) = node.entry("required").or_insert_with(|| json!([])).as_array_mut() {
                list.push(name.as_str().into());
            }
        }
        [name, rest @ ..] => {
            if let Some(child) =
                node.get_mut("properties").and_then(|p| p.get_mut(name.as_str())).and_then(Value::as_object_mut)
            {
                require(child, rest);
            }
        }
    }
}

/// The reverse of [`to_compatible`], for callers that ask for JSON-LD names (`xdm:firstName`, `@id`).
///
/// Fields that were never converted, such as a tenant's own, keep their names. What is required inside a prefix
/// (`_repo`) is not carried out of it, and what a node requires of fields that it only refers to keeps its name.
pub fn to_json_ld(schema: Value) -> Value {
    match schema {
        Value::Array(items) => Value::Array(items.into_iter().map(to_json_ld).collect()),
        Value::Object(members) => Value::Object(revert(members)),
        other => other,
    }
}

fn revert(members: Map<String, Value>) -> Map<String, Value> {
    let originals = members.get("properties").cloned().unwrap_or_default();
    let mut out = Map::new();
    for (key, value) in members.into_iter().filter(|(key, _)| key != ORIGINAL) {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => Value::Object(revert_properties(properties)),
            ("definitions", Value::Object(nodes)) => {
                Value::Object(nodes.into_iter().map(|(name, node)| (name, to_json_ld(node))).collect())
            }
            ("allOf" | "items" | "additionalProperties", value) => to_json_ld(value),
            ("required", Value::Array(names)) => {
                let original = |name: Value| match name.as_str().map(|text| &originals[text][ORIGINAL]) {
                    Some(Value::String(original)) => original.as_str().into(),
                    _ => name,
                };
                Value::Array(names.into_iter().map(original).collect())
            }
            (_, value) => value,
        };
        out.insert(key, value);
    }
    out
}

fn revert_properties(properties: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in properties {
        match (value[ORIGINAL].as_str().map(str::to_owned), prefixed(&name, &value)) {
            (Some(original), _) => {
                out.insert(original, to_json_ld(value));
            }
            (None, Some(fields)) => carry_out(fields, &mut out),
            (None, None) => {
                out.insert(name, to_json_ld(value));
            }
        }
    }
    out
}

/// Adds the fields below a prefix, however many steps it has, under the names that they had.
fn carry_out(fields: &Map<String, Value>, out: &mut Map<String, Value>) {
    for field in fields.values() {
        match field[ORIGINAL].as_str() {
            Some(original) => {
                out.insert(original.to_owned(), to_json_ld(field.clone()));
            }
            None => field["properties"].as_object().into_iter().for_each(|inner| carry_out(inner, out)),
        }
    }
}

/// The fields of an object that exists only because names with a prefix were converted.
fn prefixed<'a>(name: &str, value: &'a Value) -> Option<&'a Map<String, Value>> {
    value["properties"].as_object().filter(|fields| name.starts_with('_') && are_converted(fields))
}

/// Whether all of these fields, or all fields inside them, had another name.
fn are_converted(fields: &Map<String, Value>) -> bool {
    let is_converted =
        |field: &Value| field[ORIGINAL].is_string() || field["properties"].as_object().is_some_and(are_converted);
    !fields.is_empty() && fields.values().all(is_converted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_of_names_has_a_compatible_form() {
        let of = |name: &str| compatible(name).join(".");
        assert_eq!(of("xdm:firstName"), "firstName");
        assert_eq!(of("@id"), "_id");
        assert_eq!(of("repo:createDate"), "_repo.createDate");
        assert_eq!(of("schema:latitude"), "_schema.latitude");
        assert_eq!(of("https://ns.adobe.com/xdm/channels/email"), "_channels.email");
        assert_eq!(of("https://ns.adobe.com/experience/analytics/x"), "_experience.analytics.x");
        assert_eq!(of("https://example.com/a/b"), "_a.b");
        assert_eq!(of("plain"), "plain");
        assert!(!compatible("https://").is_empty());
    }

    #[test]
    fn a_schema_is_converted_with_its_required_fields_and_keeps_the_original_names() {
        let schema = json!({
            "definitions": { "@context": { "properties": { "xdm:a": { "type": "string", "default": "xdm:a" } } } },
            "properties": { "repo:x": { "type": "string" }, "repo:y": { "type": "string" }, "@id": { "type": "string" } },
            "required": ["@id", "repo:x"],
        });
        let converted = to_compatible(schema);
        let a = &converted["definitions"]["@context"]["properties"]["a"];
        assert_eq!(*a, json!({ "type": "string", "default": "xdm:a", "meta:xdmField": "xdm:a" }));
        assert_eq!(converted["required"], json!(["_id"]));
        assert_eq!(converted["properties"]["_repo"]["required"], json!(["x"]));
        assert_eq!(converted["properties"]["_repo"]["properties"]["y"]["meta:xdmField"], "repo:y");
    }

    #[test]
    fn the_original_names_can_be_had_back() {
        let original = json!({
            "properties": { "xdm:a": { "type": "object", "properties": { "repo:x": { "type": "string" } } },
                "@id": { "type": "string" }, "_acme": { "type": "object", "properties": { "b": { "type": "string" } } } },
            "required": ["@id"],
        });
        let back = to_json_ld(to_compatible(original));
        assert_eq!(back["required"], json!(["@id"]));
        assert_eq!(back["properties"]["xdm:a"]["properties"]["repo:x"]["type"], "string");
        assert_eq!(back["properties"]["_acme"]["properties"]["b"]["type"], "string");
        assert!(back["properties"].get("a").is_none());
    }
}
