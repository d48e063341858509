//! What two definitions of one field demand of its values, taken together.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::xdm::error::XdmError;

/// Ends of ranges and lengths, and whether the greater one is the stricter one.
const ENDS: [(&str, bool); 6] = [
    ("minimum", true),
    ("exclusiveMinimum", true),
    ("minLength", true),
    ("maximum", false),
    ("exclusiveMaximum", false),
    ("maxLength", false),
];

/// Adds the demands of `other` to those of `known`: of two bounds the stricter one, of two lists of values those in both.
/// Of two patterns, formats or defaults the first stays.
///
/// # Errors
/// The lists of values have none in common.
pub(super) fn narrow(known: &mut Map<String, Value>, other: &Map<String, Value>, path: &str) -> Result<(), XdmError> {
    for (key, greater) in ENDS {
        let Some(new) = other.get(key) else { continue };
        let stricter = match known.get(key) {
            None => true,
            Some(old) => match (old.as_f64(), new.as_f64()) {
                (Some(old), Some(new)) => (greater && new > old) || (!greater && new < old),
                _ => false,
            },
        };
        if stricter {
            known.insert(key.to_owned(), new.clone());
        }
    }
    for key in ["pattern", "format", "default"] {
        if let (None, Some(value)) = (known.get(key), other.get(key)) {
            known.insert(key.to_owned(), value.clone());
        }
    }
    let Some(new) = other.get("enum") else { return Ok(()) };
    let values = match (known.get("enum").and_then(Value::as_array), new.as_array()) {
        (Some(old), Some(new)) => {
            let new: HashSet<String> = new.iter().map(Value::to_string).collect();
            let common: Vec<Value> = old.iter().filter(|value| new.contains(&value.to_string())).cloned().collect();
            if common.is_empty() {
                let reason = "the field is defined twice, and no value is in both lists";
                return Err(XdmError::Constraint { keyword: "enum", field: path.to_owned(), reason });
            }
            Value::Array(common)
        }
        (Some(_), None) => return Ok(()),
        (None, _) => new.clone(),
    };
    known.insert("enum".to_owned(), values);
    Ok(())
}
