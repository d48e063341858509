//! What a resource is composed of: the other resources in its `allOf`.

use serde_json::{Map, Value};

use super::find;
use crate::xdm::limits::MAX_PARTS;
use crate::xdm::{Lookup, ResourceType, XdmError};

/// A resource that another one refers to as a whole.
pub(super) struct Part {
    /// The `$ref` as it is written.
    pub reference: String,
    /// `$id` of the resource.
    pub id: String,
    /// Its `meta:resourceType`.
    pub kind: String,
    /// Its raw body.
    pub body: Value,
}

/// The resources in `allOf`, checked for being of a kind that may stand there.
pub(super) fn direct(
    members: &Map<String, Value>,
    kind: ResourceType,
    lookup: Lookup<'_>,
) -> Result<Vec<Part>, XdmError> {
    let all_of = all_of(members, kind)?;
    let mut parts = Vec::new();
    for reference in all_of.iter().filter_map(external) {
        let body = find(reference, lookup).ok_or_else(|| XdmError::unknown(reference))?;
        let id = body["$id"].as_str().unwrap_or(reference).to_owned();
        let kind = body["meta:resourceType"].as_str().unwrap_or("unknown").to_owned();
        parts.push(Part { reference: reference.to_owned(), id, kind, body });
    }
    match kind {
        ResourceType::Schemas => check_schema(&parts)?,
        ResourceType::Classes => check_class(&parts)?,
        _ => check_reusable(&parts)?,
    }
    Ok(parts)
}

/// The list of parts; schemas and classes must have one.
fn all_of(members: &Map<String, Value>, kind: ResourceType) -> Result<&[Value], XdmError> {
    let error = |cure| XdmError::Member { kind: kind.noun(), member: "allOf", cure };
    match members.get("allOf") {
        Some(Value::Array(parts)) if parts.len() > MAX_PARTS => Err(error("use at most 500 entries")),
        Some(Value::Array(parts)) if parts.iter().all(Value::is_object) => Ok(parts),
        Some(_) => Err(error("send a list of objects with `$ref`")),
        None => match kind {
            ResourceType::Schemas => Err(error("send a list with a `$ref` to one class and to any field groups")),
            ResourceType::Classes => Err(error("send a list with a `$ref` to one behaviour")),
            _ => Ok(&[]),
        },
    }
}

/// A reference to another resource as a whole.
fn external(part: &Value) -> Option<&str> {
    part["$ref"].as_str().filter(|reference| !reference.contains('#'))
}

fn check_schema(parts: &[Part]) -> Result<(), XdmError> {
    let cure = "a schema consists of one class and of field groups";
    if let Some(part) = parts.iter().find(|part| !matches!(part.kind.as_str(), "classes" | "mixins")) {
        return Err(wrong(part, cure));
    }
    let mut classes = parts.iter().filter(|part| part.kind == "classes");
    match (classes.next(), classes.next()) {
        (None, _) => Err(XdmError::NoClass),
        (Some(first), Some(second)) => Err(XdmError::TwoClasses(first.id.clone(), second.id.clone())),
        (Some(_), None) => Ok(()),
    }
}

fn check_class(parts: &[Part]) -> Result<(), XdmError> {
    let cure = "a class consists of one behaviour and of field groups or data types";
    if let Some(part) = parts.iter().find(|part| !matches!(part.kind.as_str(), "behaviors" | "mixins" | "datatypes")) {
        return Err(wrong(part, cure));
    }
    let behaviors = parts.iter().filter(|part| part.kind == "behaviors").count();
    if behaviors == 1 { Ok(()) } else { Err(XdmError::Behaviors(behaviors)) }
}

fn check_reusable(parts: &[Part]) -> Result<(), XdmError> {
    let cure = "field groups and data types consist of their own fields and of other field groups or data types";
    match parts.iter().find(|part| !matches!(part.kind.as_str(), "mixins" | "datatypes")) {
        Some(part) => Err(wrong(part, cure)),
        None => Ok(()),
    }
}

fn wrong(part: &Part, cure: &'static str) -> XdmError {
    XdmError::WrongPart { reference: part.reference.clone(), found: part.kind.clone(), cure }
}

/// The ids of everything that the parts consist of and of the parts themselves, inner ones first, each once.
///
/// Must be called for resources that resolve: then chains are short and free of cycles.
pub(super) fn extends(parts: &[Part], lookup: Lookup<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for part in parts {
        collect(&part.id, &part.body, lookup, &mut out);
    }
    out
}

fn collect(id: &str, body: &Value, lookup: Lookup<'_>, out: &mut Vec<String>) {
    if out.iter().any(|known| known == id) {
        return;
    }
    for reference in body["allOf"].as_array().into_iter().flatten().filter_map(external) {
        if let Some(inner) = find(reference, lookup) {
            let inner_id = inner["$id"].as_str().unwrap_or(reference).to_owned();
            collect(&inner_id, &inner, lookup, out);
        }
    }
    out.push(id.to_owned());
}
