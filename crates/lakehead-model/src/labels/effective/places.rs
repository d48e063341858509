//! Where the parts of a schema stand in it, and where a path leads.

use std::collections::HashMap;
use std::hash::BuildHasher;

use serde_json::{Map, Value};

use crate::xdm::limits::MAX_NODES;
use crate::xdm::{Field, FieldType};

/// Steps of paths that only say how the schema is written down.
const NOTATION: [&str; 6] = ["", "properties", "items", "additionalProperties", "*", "[*]"];

/// The column to which `path`, such as `/person/name`, leads from the column `from`. Arrays are gone through without a
/// step of their own. `None` where there is no such field.
pub(super) fn locate(fields: &[Field], from: &[String], path: &str) -> Option<Vec<String>> {
    let mut column = from.to_vec();
    let mut node = from.iter().try_fold(Node::Members(fields), |node, step| node.exactly(step))?;
    for step in path.split('/') {
        while let Node::Type(FieldType::Array(item)) = node {
            // A field of the item may have the name of a step that is only notation.
            if NOTATION.contains(&step) && !has_member(item, step) {
                break;
            }
            column.push("element".to_owned());
            node = Node::of(item);
        }
        match node {
            Node::Members(fields) => match fields.iter().find(|field| field.name == step) {
                Some(field) => {
                    column.push(step.to_owned());
                    node = Node::of(&field.ty);
                }
                None if NOTATION.contains(&step) => {}
                None => return None,
            },
            Node::Type(FieldType::Map(value)) if !step.is_empty() && step != "properties" => {
                column.push("value".to_owned());
                node = Node::of(value);
            }
            Node::Type(_) if NOTATION.contains(&step) => {}
            Node::Type(_) => return None,
        }
    }
    Some(column)
}

/// Whether the item of an array, or of an array in it, has a field of this name.
fn has_member(item: &FieldType, name: &str) -> bool {
    match item {
        FieldType::Object(fields) => fields.iter().any(|field| field.name == name),
        FieldType::Array(item) => has_member(item, name),
        _ => false,
    }
}

/// A place in a tree of fields.
#[derive(Clone, Copy)]
enum Node<'a> {
    Members(&'a [Field]),
    Type(&'a FieldType),
}

impl<'a> Node<'a> {
    fn of(ty: &'a FieldType) -> Self {
        match ty {
            FieldType::Object(fields) => Self::Members(fields),
            other => Self::Type(other),
        }
    }

    /// One step of the name of a column.
    fn exactly(self, step: &str) -> Option<Self> {
        match self {
            Node::Members(fields) => fields.iter().find(|field| field.name == step).map(|field| Node::of(&field.ty)),
            Node::Type(FieldType::Array(item)) => (step == "element").then_some(Node::of(item)),
            Node::Type(FieldType::Map(value)) => (step == "value").then_some(Node::of(value)),
            Node::Type(_) => None,
        }
    }
}

/// Columns by their steps.
type Columns = Vec<Vec<String>>;

/// Every resource that `body`, which can be resolved, is composed of, itself included, and the columns where each stands.
pub(super) fn of_parts<'a, S: BuildHasher>(
    body: &'a Value,
    parts: &'a HashMap<String, Value, S>,
) -> Vec<(&'a Value, Columns)> {
    let mut walk = Walk { parts, found: Vec::new(), index: HashMap::new(), nodes: 0 };
    walk.found.push((body, vec![Vec::new()]));
    if let Value::Object(node) = body {
        walk.node(node, body, &mut Vec::new());
    }
    walk.found
}

struct Walk<'a, S> {
    parts: &'a HashMap<String, Value, S>,
    found: Vec<(&'a Value, Columns)>,
    index: HashMap<&'a str, usize>,
    nodes: usize,
}

impl<'a, S: BuildHasher> Walk<'a, S> {
    fn node(&mut self, node: &'a Map<String, Value>, document: &'a Value, at: &mut Vec<String>) {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return;
        }
        if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
            self.reference(reference, document, at);
        }
        for part in node.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.value(part, document, at);
        }
        for (name, field) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.inside(field, document, at, name);
        }
        for (key, step) in [("items", "element"), ("additionalProperties", "value")] {
            if let Some(inner) = node.get(key) {
                self.inside(inner, document, at, step);
            }
        }
    }

    fn inside(&mut self, value: &'a Value, document: &'a Value, at: &mut Vec<String>, step: &str) {
        at.push(step.to_owned());
        self.value(value, document, at);
        at.pop();
    }

    fn value(&mut self, value: &'a Value, document: &'a Value, at: &mut Vec<String>) {
        if let Value::Object(node) = value {
            self.node(node, document, at);
        }
    }

    fn reference(&mut self, reference: &str, document: &'a Value, at: &mut Vec<String>) {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let parts = self.parts;
        let document = if base.is_empty() {
            document
        } else {
            let Some((base, document)) = parts.get_key_value(base) else { return };
            // A definition inside another resource is not at the place of the resource.
            if fragment.is_empty() {
                let index = *self.index.entry(base).or_insert_with(|| {
                    self.found.push((document, Vec::new()));
                    self.found.len() - 1
                });
                self.found[index].1.push(at.clone());
            }
            document
        };
        if let Some(target) = document.pointer(fragment) {
            self.value(target, document, at);
        }
    }
}
