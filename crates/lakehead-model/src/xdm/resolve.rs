//! From a resource that refers to others to one self-contained body: the `-full` form of a lookup.
//!
//! The transitive closure of `allOf` and `$ref` is merged into one tree of `properties`. Sizes, depths and cycles are
//! bounded, because every part may come from a client.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::error::XdmError;
use super::infer::{json_type, xdm_type};
use super::limits::{MAX_BYTES, MAX_DEPTH, MAX_LEVELS, MAX_NODES, MAX_PARTS};
use super::{Lookup, standard};
use merge::{absorb, merge_field, union_required};

mod merge;
mod text;

pub use text::without_text;

/// JSON Schema keywords that combine alternatives; a table cannot have them.
const ALTERNATIVES: [&str; 6] = ["oneOf", "anyOf", "not", "if", "patternProperties", "dependencies"];
/// Keywords that say how a node is composed: gone after resolving, or built anew.
const STRUCTURE: [&str; 7] =
    ["$ref", "allOf", "definitions", "properties", "required", "items", "additionalProperties"];

/// Merges everything that `body` refers to into one body.
///
/// `lookup` finds raw bodies by the part of a `$ref` before `#`; standard resources are found without it. In the
/// result there is no `allOf`, `definitions` or `$ref`; every node has its `meta:xdmType`, objects that came from
/// another resource have `meta:referencedFrom`, and the header of `body` is kept.
///
/// # Errors
/// For unknown references, cycles, fields with two types, fields without a type, and sizes beyond the limits.
pub fn resolve(body: &Value, lookup: Lookup<'_>) -> Result<Value, XdmError> {
    let Value::Object(members) = body else { return Err(XdmError::NotAnObject("schema")) };
    let id = body["$id"].as_str().unwrap_or_default().to_owned();
    let document = Rc::new(Document { id: id.clone(), body: body.clone() });
    let mut resolver = Resolver {
        lookup,
        documents: HashMap::from([(id, Rc::clone(&document))]),
        open: Vec::new(),
        levels: 0,
        nodes: 0,
        bytes: 0,
    };
    let at = Place { document, path: String::new(), depth: 0 };
    let mut out = resolver.node(members, &at)?;
    let kind = xdm_type(&out).unwrap_or("object");
    out.insert("meta:xdmType".to_owned(), kind.into());
    Ok(Value::Object(out))
}

/// A raw body and the id that references inside it are relative to.
struct Document {
    id: String,
    body: Value,
}

/// Where a node stands: the document it is written in, and the field it describes.
struct Place {
    document: Rc<Document>,
    path: String,
    depth: usize,
}

impl Place {
    fn field(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() || name == "[]" { "" } else { "." };
        Self { document: Rc::clone(&self.document), path: format!("{}{dot}{name}", self.path), depth: self.depth + 1 }
    }

    const fn is_root(&self) -> bool {
        self.depth == 0
    }
}

struct Resolver<'a> {
    lookup: Lookup<'a>,
    documents: HashMap<String, Rc<Document>>,
    open: Vec<String>,
    levels: usize,
    nodes: usize,
    bytes: usize,
}

impl Resolver<'_> {
    /// A node with everything it is composed of; its type is not looked at yet.
    fn node(&mut self, node: &Map<String, Value>, at: &Place) -> Result<Map<String, Value>, XdmError> {
        self.levels += 1;
        if self.levels > MAX_LEVELS || at.depth > MAX_DEPTH {
            return Err(XdmError::TooDeep(at.path.clone()));
        }
        let mut out = self.own_members(node, at)?;
        if let Some(reference) = node.get("$ref") {
            let reference = reference.as_str().ok_or_else(|| XdmError::unknown(&reference.to_string()))?;
            let part = self.reference(reference, at)?;
            if !at.is_root()
                && let Some(kind) = part.get("type")
            {
                // What is referred to knows its type; clients write `object` beside every reference.
                out.insert("type".to_owned(), kind.clone());
            }
            absorb(&mut out, part, at.is_root(), &at.path)?;
        }
        for part in node.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            let part = part.as_object().ok_or(XdmError::NotAnObject("entry of `allOf`"))?;
            let part = self.node(part, at)?;
            absorb(&mut out, part, at.is_root(), &at.path)?;
        }
        self.own_fields(node, at, &mut out)?;
        self.levels -= 1;
        Ok(out)
    }

    /// The members of a node that describe it; counts what they cost.
    fn own_members(&mut self, node: &Map<String, Value>, at: &Place) -> Result<Map<String, Value>, XdmError> {
        if let Some(keyword) = ALTERNATIVES.into_iter().find(|keyword| node.contains_key(*keyword)) {
            return Err(XdmError::Keyword { keyword, field: at.path.clone() });
        }
        let kept = node.iter().filter(|(key, value)| !STRUCTURE.contains(&key.as_str()) || value.is_boolean());
        let out: Map<String, Value> = kept
            .inspect(|(key, value)| self.bytes += key.len() + weight(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        self.nodes += 1;
        self.bytes += node.get("required").map_or(0, weight);
        if node.get("allOf").and_then(Value::as_array).is_some_and(|parts| parts.len() > MAX_PARTS) {
            return Err(XdmError::TooLarge);
        }
        if self.nodes > MAX_NODES || self.bytes > MAX_BYTES {
            return Err(XdmError::TooLarge);
        }
        Ok(out)
    }

    fn own_fields(
        &mut self,
        node: &Map<String, Value>,
        at: &Place,
        out: &mut Map<String, Value>,
    ) -> Result<(), XdmError> {
        if let Some(Value::Object(properties)) = node.get("properties") {
            let mut fields = match out.shift_remove("properties") {
                Some(Value::Object(fields)) => fields,
                _ => Map::new(),
            };
            for (name, value) in properties {
                let place = at.field(name);
                let field = self.field(value, &place)?;
                merge_field(&mut fields, name, field, &place.path)?;
            }
            out.insert("properties".to_owned(), Value::Object(fields));
        }
        for key in ["items", "additionalProperties"] {
            if let Some(value @ Value::Object(_)) = node.get(key) {
                let inner = self.field(value, &at.field("[]"))?;
                out.insert(key.to_owned(), Value::Object(inner));
            }
        }
        union_required(out, node.get("required"))
    }

    /// A node that describes values, so it must have a type.
    fn field(&mut self, value: &Value, at: &Place) -> Result<Map<String, Value>, XdmError> {
        let node = value.as_object().ok_or_else(|| XdmError::Untyped(at.path.clone()))?;
        let mut out = self.node(node, at)?;
        let kind = xdm_type(&out).ok_or_else(|| XdmError::Untyped(at.path.clone()))?;
        if let Some(plain) = json_type(&out).map(str::to_owned) {
            out.insert("type".to_owned(), plain.into());
        }
        out.insert("meta:xdmType".to_owned(), kind.into());
        if let Some(source) = origin(node) {
            out.insert("meta:referencedFrom".to_owned(), source.into());
        }
        Ok(out)
    }

    /// Resolves what `reference`, written in the document of `at`, points to.
    fn reference(&mut self, reference: &str, at: &Place) -> Result<Map<String, Value>, XdmError> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if !is_definition(fragment) {
            return Err(XdmError::unknown(reference));
        }
        let document = if base.is_empty() { Rc::clone(&at.document) } else { self.document(base, reference)? };
        let key = format!("{}#{fragment}", document.id);
        if self.open.contains(&key) {
            return Err(XdmError::cycle(key.trim_end_matches('#')));
        }
        let unknown = || XdmError::unknown(reference);
        let target = document.body.pointer(fragment).and_then(Value::as_object).ok_or_else(unknown)?;
        self.open.push(key);
        let place = Place { document: Rc::clone(&document), path: at.path.clone(), depth: at.depth };
        let resolved = self.node(target, &place)?;
        self.open.pop();
        Ok(resolved)
    }

    fn document(&mut self, base: &str, reference: &str) -> Result<Rc<Document>, XdmError> {
        if let Some(known) = self.documents.get(base) {
            return Ok(Rc::clone(known));
        }
        let body = match standard::by_id(base) {
            Some(resource) => Some(resource.body.clone()),
            None => (self.lookup)(base),
        };
        let body = body.ok_or_else(|| XdmError::unknown(reference))?;
        let id = body["$id"].as_str().unwrap_or(base).to_owned();
        let document = Rc::new(Document { id, body });
        self.documents.insert(base.to_owned(), Rc::clone(&document));
        Ok(document)
    }
}

/// Whether a fragment names the whole document or one of its definitions. Other parts of a document are not checked
/// when it is made, so nothing may refer to them.
fn is_definition(fragment: &str) -> bool {
    fragment.is_empty() || fragment.strip_prefix("/definitions/").is_some_and(|name| !name.contains('/'))
}

/// The other resource that a field's object came from.
fn origin(node: &Map<String, Value>) -> Option<&str> {
    let own = node.get("$ref").and_then(Value::as_str);
    let only_part = || match node.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([part]) => part["$ref"].as_str(),
        _ => None,
    };
    let base = own.or_else(only_part)?.split('#').next()?;
    (!base.is_empty()).then_some(base)
}

/// About the bytes that a copy of `value` takes.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => 8 + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => 8 + members.iter().map(|(key, value)| key.len() + weight(value)).sum::<usize>(),
        _ => 8,
    }
}

#[cfg(test)]
mod tests;
