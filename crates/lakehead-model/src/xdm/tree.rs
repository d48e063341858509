//! A resolved schema as a typed tree.

use serde_json::{Map, Value};

use super::error::XdmError;
use super::field::{Field, FieldType};
use super::infer::xdm_type;
use super::limits::{MAX_DEPTH, MAX_FIELDS};

/// The fields of a resolved schema, in the order of its `properties`.
///
/// An object without fixed members cannot be a struct: where it says nothing about its members (`{"type":"object"}`,
/// `additionalProperties: true`) it is a map of strings, so that its data is kept; where it has an empty list of
/// `properties` or forbids members, it is left out, and so are arrays and maps of such objects.
///
/// # Errors
/// When `resolved` still has references, a field without a type, or more fields or levels than a row may have.
pub fn fields(resolved: &Value) -> Result<Vec<Field>, XdmError> {
    let Value::Object(root) = resolved else { return Err(XdmError::NotAnObject("resolved schema")) };
    let mut reader = Reader { count: 0 };
    reader.members(root, "", 0)
}

struct Reader {
    count: usize,
}

impl Reader {
    fn members(&mut self, node: &Map<String, Value>, path: &str, depth: usize) -> Result<Vec<Field>, XdmError> {
        let required = node.get("required").and_then(Value::as_array);
        let mut out = Vec::new();
        for (name, value) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if let Some(ty) = self.ty(value, &path, depth + 1)? {
                let required = required.is_some_and(|names| names.iter().any(|n| n == name));
                out.push(Field { name: name.clone(), ty, required });
            }
        }
        Ok(out)
    }

    /// The type of one node, or `None` where it cannot hold anything.
    fn ty(&mut self, value: &Value, path: &str, depth: usize) -> Result<Option<FieldType>, XdmError> {
        self.count += 1;
        if self.count > MAX_FIELDS {
            return Err(XdmError::TooLarge);
        }
        if depth > MAX_DEPTH {
            return Err(XdmError::TooDeep(path.to_owned()));
        }
        let untyped = || XdmError::Untyped(path.to_owned());
        let node = value.as_object().ok_or_else(untyped)?;
        Ok(Some(match xdm_type(node).ok_or_else(untyped)? {
            "boolean" => FieldType::Boolean,
            "byte" => FieldType::Byte,
            "short" => FieldType::Short,
            "int" => FieldType::Int,
            "long" => FieldType::Long,
            "number" => FieldType::Number,
            "date" => FieldType::Date,
            "date-time" => FieldType::DateTime,
            "array" => {
                let items = node.get("items").filter(|items| items.is_object());
                let items = items.ok_or_else(|| XdmError::NoItems(path.to_owned()))?;
                return Ok(self.ty(items, &format!("{path}[]"), depth + 1)?.map(|ty| FieldType::Array(Box::new(ty))));
            }
            "map" => return self.map(node, path, depth),
            "object" => return self.object(node, path, depth),
            _ => FieldType::String,
        }))
    }

    fn map(&mut self, node: &Map<String, Value>, path: &str, depth: usize) -> Result<Option<FieldType>, XdmError> {
        let values = match node.get("additionalProperties") {
            Some(values @ Value::Object(members)) if !members.is_empty() => {
                self.ty(values, &format!("{path}[]"), depth + 1)?
            }
            _ => Some(FieldType::String),
        };
        Ok(values.map(|ty| FieldType::Map(Box::new(ty))))
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
