//! A resolved schema as a typed tree.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::constraints::Constraints;
use super::error::XdmError;
use super::field::{Field, FieldType};
use super::infer::resolved_type;
use super::limits::{MAX_DEPTH, MAX_FIELDS, MAX_PATTERNS};
use super::pattern::Pattern;

/// The fields of a resolved schema, in the order of its `properties`.
///
/// An object without fixed members cannot be a struct: where it says nothing about its members (`{"type":"object"}`,
/// `additionalProperties: true`) it is a map of strings, so that its data is kept; where it has an empty list of
/// `properties` or forbids members, it is left out, and so are arrays and maps of such objects.
///
/// # Errors
/// When `resolved` still has references, a field without a type, demands that nothing could fulfil, or more fields or
/// levels than a row may have.
pub fn fields(resolved: &Value) -> Result<Vec<Field>, XdmError> {
    read(resolved, Reader { count: 0, patterns: None, layout_only: false })
}

/// As [`fields`], without what is demanded of values: what a table looks like.
///
/// # Errors
/// As [`fields`].
pub fn layout(resolved: &Value) -> Result<Vec<Field>, XdmError> {
    read(resolved, Reader { count: 0, patterns: None, layout_only: true })
}

/// As [`fields`], and every pattern can be compiled. For schemas that are about to be stored: compiling takes time.
///
/// # Errors
/// As [`fields`], and for patterns that cannot be used.
pub fn checked_fields(resolved: &Value) -> Result<Vec<Field>, XdmError> {
    read(resolved, Reader { count: 0, patterns: Some(HashSet::new()), layout_only: false })
}

fn read(resolved: &Value, mut reader: Reader) -> Result<Vec<Field>, XdmError> {
    let Value::Object(root) = resolved else { return Err(XdmError::NotAnObject("resolved schema")) };
    reader.members(root, "", 0)
}

struct Reader {
    count: usize,
    /// Those that were compiled already, where patterns are checked.
    patterns: Option<HashSet<String>>,
    layout_only: bool,
}

/// A type, and what is demanded of its values.
type Typed = (FieldType, Option<Box<Constraints>>);

impl Reader {
    fn members(&mut self, node: &Map<String, Value>, path: &str, depth: usize) -> Result<Vec<Field>, XdmError> {
        let required = node.get("required").and_then(Value::as_array);
        let mut out = Vec::new();
        for (name, value) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if let Some((ty, constraints)) = self.typed(value, &path, depth + 1)? {
                let required = required.is_some_and(|names| names.iter().any(|n| n == name));
                let constraints = constraints.filter(|_| !self.layout_only);
                out.push(Field { name: name.clone(), ty, required, constraints });
            }
        }
        Ok(out)
    }

    /// The type of one node, or `None` where it cannot hold anything.
    fn typed(&mut self, value: &Value, path: &str, depth: usize) -> Result<Option<Typed>, XdmError> {
        self.count += 1;
        if self.count > MAX_FIELDS {
            return Err(XdmError::TooLarge);
        }
        if depth > MAX_DEPTH {
            return Err(XdmError::TooDeep(path.to_owned()));
        }
        let untyped = || XdmError::Untyped(path.to_owned());
        let node = value.as_object().ok_or_else(untyped)?;
        let inside = match resolved_type(node).ok_or_else(untyped)? {
            "array" => {
                let items = node.get("items").filter(|items| items.is_object());
                let items = items.ok_or_else(|| XdmError::NoItems(path.to_owned()))?;
                let items = self.typed(items, &format!("{path}[]"), depth + 1)?;
                items.map(|(ty, each)| (FieldType::Array(Box::new(ty)), each))
            }
            "map" => self.map(node, path, depth)?,
            "object" => self.object(node, path, depth)?.map(|ty| (ty, None)),
            name => FieldType::scalar(name).map(|ty| (ty, None)),
        };
        let Some((ty, each)) = inside else { return Ok(None) };
        let constraints = Constraints::read(node, &ty, each, path)?;
        if let Some(pattern) = constraints.as_ref().and_then(|constraints| constraints.pattern.as_ref()) {
            self.check_pattern(pattern, path)?;
        }
        Ok(Some((ty, constraints)))
    }

    fn check_pattern(&mut self, pattern: &str, path: &str) -> Result<(), XdmError> {
        let Some(known) = &mut self.patterns else { return Ok(()) };
        if known.contains(pattern) {
            return Ok(());
        }
        let error = |reason| XdmError::Constraint { keyword: "pattern", field: path.to_owned(), reason };
        if known.len() >= MAX_PATTERNS {
            return Err(error("the schema has more than 200 different ones"));
        }
        Pattern::compile(pattern).map_err(error)?;
        known.insert(pattern.to_owned());
        Ok(())
    }

    fn map(&mut self, node: &Map<String, Value>, path: &str, depth: usize) -> Result<Option<Typed>, XdmError> {
        let values = match node.get("additionalProperties") {
            Some(values @ Value::Object(members)) if !members.is_empty() => {
                self.typed(values, &format!("{path}[]"), depth + 1)?
            }
            _ => Some((FieldType::String, None)),
        };
        Ok(values.map(|(ty, each)| (FieldType::Map(Box::new(ty)), each)))
    }

    fn object(&mut self, node: &Map<String, Value>, path: &str, depth: usize) -> Result<Option<FieldType>, XdmError> {
        let open = node.get("additionalProperties") != Some(&Value::Bool(false));
        if !node.contains_key("properties") {
            return Ok(open.then(|| FieldType::Map(Box::new(FieldType::String))));
        }
        let members = self.members(node, path, depth)?;
        Ok((!members.is_empty()).then_some(FieldType::Object(members)))
    }
}

#[cfg(test)]
mod tests;
