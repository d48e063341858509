//! Merging resolved nodes: parts of an object, and fields that several parts define.

use std::collections::HashSet;

use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::xdm::error::XdmError;
use crate::xdm::limits::MAX_REQUIRED;

mod demands;

/// What a field inherits from the resource it refers to, unless it says otherwise itself.
const INHERITED: [&str; 20] = [
    "title",
    "type",
    "description",
    "format",
    "pattern",
    "enum",
    "meta:enum",
    "default",
    "examples",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "meta:xdmType",
    "additionalProperties",
];

/// Adds a resolved part to the node it is a part of. With `fields_only` the part gives its fields but not its description.
pub(super) fn absorb(
    out: &mut Map<String, Value>,
    part: Map<String, Value>,
    fields_only: bool,
    path: &str,
) -> Result<(), XdmError> {
    for (key, value) in part {
        match (key.as_str(), value) {
            ("properties", Value::Object(fields)) => absorb_fields(out, fields, path)?,
            ("required", names) => union_required(out, Some(&names))?,
            ("items", value) if !fields_only => {
                out.entry(key).or_insert(value);
            }
            (name, value) if !fields_only && INHERITED.contains(&name) => {
                out.entry(key).or_insert(value);
            }
            _ => {}
        }
    }
    Ok(())
}

fn absorb_fields(out: &mut Map<String, Value>, fields: Map<String, Value>, path: &str) -> Result<(), XdmError> {
    let entry = out.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(known) = entry else { return Ok(()) };
    for (name, field) in fields {
        if let Value::Object(field) = field {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            merge_field(known, &name, field, &path)?;
        }
    }
    Ok(())
}

/// Adds a field to an object. A field that is there already must have the same type; objects get the members of both.
pub(super) fn merge_field(
    fields: &mut Map<String, Value>,
    name: &str,
    field: Map<String, Value>,
    path: &str,
) -> Result<(), XdmError> {
    match fields.entry(name) {
        Entry::Vacant(vacant) => {
            vacant.insert(Value::Object(field));
        }
        Entry::Occupied(mut occupied) => {
            if let Value::Object(known) = occupied.get_mut() {
                merge_nodes(known, field, path)?;
            }
        }
    }
    Ok(())
}

fn merge_nodes(known: &mut Map<String, Value>, field: Map<String, Value>, path: &str) -> Result<(), XdmError> {
    let kind = |node: &Map<String, Value>| node.get("meta:xdmType").and_then(Value::as_str).unwrap_or("").to_owned();
    let (first, second) = (kind(known), kind(&field));
    if first != second {
        return Err(XdmError::Conflict { field: path.to_owned(), first, second });
    }
    demands::narrow(known, &field, path)?;
    for (key, value) in field {
        match (key.as_str(), value) {
            ("properties", Value::Object(fields)) => absorb_fields(known, fields, path)?,
            ("required", names) => union_required(known, Some(&names))?,
            ("items" | "additionalProperties", Value::Object(inner)) => match known.get_mut(&key) {
                Some(Value::Object(known)) => merge_nodes(known, inner, &format!("{path}[]"))?,
                _ => {
                    known.insert(key, Value::Object(inner));
                }
            },
            _ => {}
        }
    }
    Ok(())
}

/// Adds names to the node's `required`, each once.
pub(super) fn union_required(out: &mut Map<String, Value>, names: Option<&Value>) -> Result<(), XdmError> {
    let names = names.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if names.is_empty() {
        return Ok(());
    }
    let entry = out.entry("required").or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(known) = entry else { return Ok(()) };
    let mut seen: HashSet<&str> = known.iter().filter_map(Value::as_str).collect();
    let new = names.iter().filter(|name| name.as_str().is_some_and(|name| seen.insert(name)));
    let new: Vec<Value> = new.cloned().collect();
    known.extend(new);
    if known.len() > MAX_REQUIRED { Err(XdmError::TooLarge) } else { Ok(()) }
}
