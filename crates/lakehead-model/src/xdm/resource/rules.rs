//! Rules for what clients may define: types of resources, names of fields, the tenant's namespace.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::parts::Part;
use crate::invalid::excerpt;
use crate::xdm::limits::MAX_NAME;
use crate::xdm::{ResourceType, XdmError};

/// Names with an underscore that clients may use although they are not the tenant's.
const SYSTEM_NAMES: [&str; 8] =
    ["_id", "_repo", "_schema", "_dc", "_xmpDM", "_iptc4xmpExt", "_channels", "_experience"];
/// The behaviour of classes whose fields are used by one dataset only.
const ADHOC: &str = "https://ns.adobe.com/xdm/data/adhoc";

/// `type`: an object, or, for data types, an array; filled in where a client leaves it out.
pub(super) fn set_type(members: &mut Map<String, Value>, kind: ResourceType) -> Result<(), XdmError> {
    let given = members.entry("type").or_insert_with(|| "object".into());
    match given.as_str() {
        Some("object") => Ok(()),
        Some("array") if kind == ResourceType::DataTypes => Ok(()),
        _ if kind == ResourceType::DataTypes => {
            Err(XdmError::Member { kind: kind.noun(), member: "type", cure: "use `object` or `array`" })
        }
        _ => Err(XdmError::Member { kind: kind.noun(), member: "type", cure: "use `object`" }),
    }
}

/// Gives an ad-hoc class its own namespace: `_adhoc` becomes `_` and the hash of the class.
pub(super) fn data_namespace(
    members: &mut Map<String, Value>,
    kind: ResourceType,
    parts: &[Part],
    hash: &str,
) -> Option<String> {
    if kind != ResourceType::Classes || !parts.iter().any(|part| part.id == ADHOC) {
        return None;
    }
    let namespace = format!("_{hash}");
    rename(members, &namespace);
    if let Some(Value::Object(definitions)) = members.get_mut("definitions") {
        definitions.values_mut().filter_map(Value::as_object_mut).for_each(|node| rename(node, &namespace));
    }
    Some(namespace)
}

fn rename(node: &mut Map<String, Value>, namespace: &str) {
    if let Some(Value::Object(properties)) = node.get_mut("properties")
        && let Some(fields) = properties.shift_remove("_adhoc")
    {
        properties.insert(namespace.to_owned(), fields);
    }
}

/// Checks what a client defines itself.
pub(super) fn check(
    members: &Map<String, Value>,
    kind: ResourceType,
    tenant: &str,
    data_namespace: Option<&str>,
) -> Result<(), XdmError> {
    let namespace = format!("_{tenant}");
    let allowed = [namespace.as_str(), data_namespace.unwrap_or(namespace.as_str())];
    check_names(members, &allowed)?;
    let own = own_fields(members);
    match kind {
        ResourceType::Mixins => check_field_group(members, &own)?,
        ResourceType::DataTypes => return check_data_type(members),
        _ => {}
    }
    for (name, node) in own {
        let is_object = node.get("type").is_none_or(|kind| kind == "object");
        if !allowed.contains(&name) || !is_object {
            return Err(XdmError::Namespace { field: excerpt(name), namespace });
        }
    }
    Ok(())
}

fn check_field_group(members: &Map<String, Value>, own: &[(&str, &Value)]) -> Result<(), XdmError> {
    let error = |member, cure| Err(XdmError::Member { kind: "field group", member, cure });
    let classes = members.get("meta:intendedToExtend").and_then(Value::as_array);
    if !classes.is_some_and(|classes| classes.iter().all(Value::is_string)) {
        return error("meta:intendedToExtend", "send the list of the classes' `$id`s, or an empty list for any class");
    }
    let composed = members.get("allOf").and_then(Value::as_array).is_some_and(|parts| !parts.is_empty());
    if own.is_empty() && !composed {
        return error("definitions", "define fields in `definitions` and refer to them in `allOf`");
    }
    Ok(())
}

fn check_data_type(members: &Map<String, Value>) -> Result<(), XdmError> {
    let has = |key: &str| members.contains_key(key);
    let fine = match members.get("type").and_then(Value::as_str) {
        Some("array") => has("items") || has("allOf"),
        _ => has("properties") || has("allOf") || has("additionalProperties"),
    };
    let cure = "add `properties` to an object, `items` to an array";
    if fine { Ok(()) } else { Err(XdmError::Member { kind: "data type", member: "properties", cure }) }
}

/// The top-level fields that a body defines itself, in place or through its own definitions.
fn own_fields(members: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let id = members.get("$id").and_then(Value::as_str).unwrap_or_default();
    let definitions = members.get("definitions");
    let mut open = vec![members];
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    while let Some(node) = open.pop() {
        let fields = node.get("properties").and_then(Value::as_object).into_iter().flatten();
        out.extend(fields.map(|(name, value)| (name.as_str(), value)));
        let parts = node.get("allOf").and_then(Value::as_array).into_iter().flatten();
        open.extend(parts.filter_map(Value::as_object));
        if let Some(reference) = node.get("$ref").and_then(Value::as_str)
            && let Some(pointer) = reference.strip_prefix(id).unwrap_or(reference).strip_prefix("#/definitions")
            && seen.insert(pointer)
        {
            open.extend(definitions.and_then(|nodes| nodes.pointer(pointer)).and_then(Value::as_object));
        }
    }
    out
}

fn check_names(node: &Map<String, Value>, allowed: &[&str]) -> Result<(), XdmError> {
    for (name, value) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if !allowed.contains(&name.as_str()) && !SYSTEM_NAMES.contains(&name.as_str()) && !is_name(name) {
            return Err(XdmError::Name(excerpt(name)));
        }
        check_below(value, allowed)?;
    }
    for (_, value) in node.get("definitions").and_then(Value::as_object).into_iter().flatten() {
        check_below(value, allowed)?;
    }
    for value in node.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        check_below(value, allowed)?;
    }
    for value in [node.get("items"), node.get("additionalProperties")].into_iter().flatten() {
        check_below(value, allowed)?;
    }
    Ok(())
}

fn check_below(value: &Value, allowed: &[&str]) -> Result<(), XdmError> {
    value.as_object().map_or(Ok(()), |node| check_names(node, allowed))
}

fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// The members that describe a reference in a stored body.
pub(super) fn describe_reference(node: &mut Map<String, Value>, kind: &str) {
    node.entry("type").or_insert_with(|| kind.into());
    node.entry("meta:xdmType").or_insert_with(|| json!(kind));
}
