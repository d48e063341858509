//! Reading request bodies the way clients write them.
//!
//! Public samples send numbers and booleans as text and text as numbers, so every reader here takes both.
//! A value of any other type is an error that names the field; nothing panics on any input.

use serde_json::{Map, Value};

use crate::id::{Id, Kind};
use crate::invalid::{Invalid, excerpt};

/// Members of a JSON object.
pub type Object = Map<String, Value>;

/// Longest name accepted, in characters.
const MAX_NAME: usize = 255;
/// Longest text of any other field, in characters.
const MAX_TEXT: usize = 16 * 1024;

/// Largest free-form part of a resource, in bytes of JSON.
const MAX_STORED: usize = 256 * 1024;

/// The request body as an object; anything else is `FLOW-1405-400`.
pub fn root(body: &Value) -> Result<&Object, Invalid> {
    match body {
        Value::Object(members) if !members.is_empty() => Ok(members),
        _ => Err(Invalid::new(
            "FLOW-1405-400",
            "the `body` of the request is empty or not a JSON object: send an object",
        )),
    }
}

/// The member `field`, with an explicit `null` read as absent.
pub fn member<'a>(object: &'a Object, field: &str) -> Option<&'a Value> {
    object.get(field).filter(|value| !value.is_null())
}

/// An optional object. `path` is the name used in the error.
pub fn opt_object<'a>(object: &'a Object, field: &str, path: &str) -> Result<Option<&'a Object>, Invalid> {
    member(object, field)
        .map(|value| value.as_object().ok_or_else(|| Invalid::value(path, "a JSON object is expected")))
        .transpose()
}

/// A mandatory object.
pub fn object<'a>(parent: &'a Object, field: &str, path: &str) -> Result<&'a Object, Invalid> {
    opt_object(parent, field, path)?.ok_or_else(|| Invalid::missing(path))
}

/// An optional text; numbers and booleans are taken as their text, an empty text is kept.
pub fn opt_text(object: &Object, field: &str, path: &str) -> Result<Option<String>, Invalid> {
    let Some(value) = member(object, field) else { return Ok(None) };
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return Err(Invalid::value(path, "a text is expected")),
    };
    if text.chars().nth(MAX_TEXT).is_some() {
        return Err(Invalid::value(path, &format!("at most {MAX_TEXT} characters are allowed")));
    }
    if text.contains('\0') {
        return Err(Invalid::value(path, "remove the NUL character"));
    }
    Ok(Some(text))
}

/// A mandatory text that is not blank.
pub fn text(object: &Object, field: &str, path: &str) -> Result<String, Invalid> {
    match opt_text(object, field, path)? {
        Some(text) if !text.trim().is_empty() => Ok(text),
        _ => Err(Invalid::missing(path)),
    }
}

/// The `name` of a resource that may do without.
pub fn name_or(object: &Object, default: &str) -> Result<String, Invalid> {
    if member(object, "name").is_none() { Ok(default.to_owned()) } else { name(object) }
}

/// The mandatory `name` of a resource: 1 to 255 characters.
pub fn name(object: &Object) -> Result<String, Invalid> {
    let name = text(object, "name", "name")?;
    if name.chars().nth(MAX_NAME).is_some() {
        return Err(Invalid::value("name", &format!("at most {MAX_NAME} characters are allowed")));
    }
    Ok(name)
}

/// An optional id of a `K`.
pub fn opt_id<K: Kind>(object: &Object, field: &str) -> Result<Option<Id<K>>, Invalid> {
    match opt_text(object, field, field)? {
        Some(text) if !text.trim().is_empty() => {
            text.trim().parse().map(Some).map_err(|error| Invalid::value(field, &format!("{error}")))
        }
        _ => Ok(None),
    }
}

/// A whole number: a JSON integer, a float without a fraction, or either as text.
pub fn as_integer(value: &Value) -> Option<i64> {
    /// Floats beyond this do not hold every integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = |f: f64| (f.fract() == 0.0 && f.abs() <= EXACT).then_some(f as i64);
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(float)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| text.parse::<f64>().ok().and_then(float))
        }
        _ => None,
    }
}

/// A finite number, or a text that is one.
pub fn as_number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// `true`, `false`, or either as text in any case.
pub fn as_flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// An optional flag.
pub fn opt_flag(object: &Object, field: &str, path: &str) -> Result<Option<bool>, Invalid> {
    member(object, field)
        .map(|value| as_flag(value).ok_or_else(|| Invalid::value(path, "`true` or `false` is expected")))
        .transpose()
}

/// The list `field` that must hold exactly one id (`CONNECTOR-1320-400` when empty, `CONNECTOR-1321-400` when longer).
pub fn single_id<K: Kind>(object: &Object, field: &str) -> Result<Id<K>, Invalid> {
    let empty = || Invalid::new("CONNECTOR-1320-400", format!("`{field}` is empty: give the id of one connection"));
    let items = match member(object, field) {
        None => return Err(empty()),
        Some(Value::Array(items)) => items.as_slice(),
        Some(_) => return Err(Invalid::value(field, "a list with one id is expected")),
    };
    match items {
        [] => Err(empty()),
        [Value::String(text)] => text.trim().parse().map_err(|error| Invalid::value(field, &format!("{error}"))),
        [_] => Err(Invalid::value(field, "an id is a text")),
        _ => Err(Invalid::new("CONNECTOR-1321-400", format!("`{field}` holds {} ids: give exactly one", items.len()))),
    }
}

/// Refuses what is nested deeper than `limit` or larger than [`MAX_STORED`]: it is stored, walked, and shown in every list.
pub fn check_extent(value: &Value, path: &str, limit: usize) -> Result<(), Invalid> {
    let mut level: Vec<&Value> = vec![value];
    for _ in 0..=limit {
        let mut next = Vec::new();
        for value in level {
            match value {
                Value::Array(items) => next.extend(items),
                Value::Object(members) => next.extend(members.values()),
                _ => {}
            }
        }
        if next.is_empty() {
            return check_size(value, path);
        }
        level = next;
    }
    Err(Invalid::value(path, &format!("at most {limit} levels of nesting are allowed")))
}

/// Refuses what is larger than [`MAX_STORED`].
pub fn check_size(value: &impl serde::Serialize, path: &str) -> Result<(), Invalid> {
    let mut counted = Counter(0);
    if serde_json::to_writer(&mut counted, value).is_ok() && counted.0 <= MAX_STORED {
        return Ok(());
    }
    Err(Invalid::value(path, &format!("at most {} KiB of JSON are allowed", MAX_STORED / 1024)))
}

/// Counts what is written.
struct Counter(usize);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A version as stored: `1`, `"1"` and `"1.0"` all mean `1.0`.
pub fn version(value: Option<&Value>, path: &str) -> Result<String, Invalid> {
    let bad = |text: &str| Invalid::value(path, &format!("`{}` is not a version such as `1.0`", excerpt(text)));
    let text = match value {
        None | Some(Value::Null) => return Ok("1.0".to_owned()),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(bad("…")),
    };
    let digits = |part: &str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        None if digits(&text) => Ok(format!("{text}.0")),
        Some((major, minor)) if digits(major) && digits(minor) => Ok(text),
        _ => Err(bad(&text)),
    }
}

#[cfg(test)]
mod tests;
