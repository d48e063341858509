//! The small part of JSON Schema that the parameters of a connection spec need.
//!
//! `type`, `required`, `enum`, `pattern` (anchored sequences of character classes), `minimum`, `minLength`
//! and `maxLength` of the direct members of an object. Text is taken for numbers and booleans.
//! A message never repeats a value: it may be a secret.

use serde_json::Value;

use crate::body::{Object, as_flag, as_integer, as_number};
use crate::invalid::Invalid;
use crate::state::Mode;

/// Longest parameter, in bytes; certificates and key files fit.
const MAX_VALUE: usize = 64 * 1024;

/// Checks `params` against `schema`. `path` is where the parameters stand, such as `auth.params`. Drafts may lack what
/// is required.
///
/// Errors: `CONNECTOR-1304-400` a required member is missing or blank, `CONNECTOR-1312-400` a value does not fit.
pub fn check(schema: &Value, params: &Object, path: &str, mode: Mode) -> Result<(), Invalid> {
    let required = schema["required"].as_array().filter(|_| mode == Mode::Complete);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        let blank = match params.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.trim().is_empty(),
            Some(_) => false,
        };
        if blank {
            return Err(Invalid::missing(&format!("{path}.{name}")));
        }
    }
    for (name, rule) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = params.get(name).filter(|value| !value.is_null()) {
            check_value(rule, value).map_err(|cure| Invalid::value(&format!("{path}.{name}"), &cure))?;
        }
    }
    Ok(())
}

/// Whether `rule` marks a member that must never be shown.
pub fn is_secret(rule: &Value) -> bool {
    rule["format"] == "password"
}

fn check_value(rule: &Value, value: &Value) -> Result<(), String> {
    match rule["type"].as_str() {
        Some("string") => {
            let text = value.as_str().ok_or("a text is expected")?;
            check_text(rule, text)?;
        }
        Some("integer") => {
            as_integer(value).ok_or("a whole number is expected")?;
        }
        Some("number") => {
            as_number(value).ok_or("a number is expected")?;
        }
        Some("boolean") => {
            as_flag(value).ok_or("`true` or `false` is expected")?;
        }
        _ => {}
    }
    if let Some(minimum) = rule["minimum"].as_f64()
        && as_number(value).is_some_and(|number| number < minimum)
    {
        return Err(format!("at least {minimum} is expected"));
    }
    if let Some(allowed) = rule["enum"].as_array()
        && !allowed.iter().any(|known| same(known, value))
    {
        let names: Vec<_> = allowed.iter().filter_map(Value::as_str).map(|name| format!("`{name}`")).collect();
        return Err(format!("choose one of {}", names.join(", ")));
    }
    Ok(())
}

/// Names of a fixed set are taken in any case.
fn same(known: &Value, value: &Value) -> bool {
    match (known.as_str(), value.as_str()) {
        (Some(known), Some(value)) => known.eq_ignore_ascii_case(value.trim()),
        _ => known == value,
    }
}

fn check_text(rule: &Value, text: &str) -> Result<(), String> {
    let length = text.chars().count() as u64;
    if text.len() > MAX_VALUE || rule["maxLength"].as_u64().is_some_and(|max| length > max) {
        return Err("the text is too long".to_owned());
    }
    if rule["minLength"].as_u64().is_some_and(|min| length < min) {
        return Err("the text is too short".to_owned());
    }
    if text.contains('\0') {
        return Err("remove the NUL character".to_owned());
    }
    match rule["pattern"].as_str() {
        Some(pattern) if !text.is_empty() && !matches_pattern(pattern, text) => {
            let hint = rule["description"].as_str().map(|text| format!(" ({text})")).unwrap_or_default();
            Err(format!("it must match `{pattern}`{hint}"))
        }
        _ => Ok(()),
    }
}

/// One character class with its repetition.
struct Atom {
    ranges: Vec<(char, char)>,
    min: usize,
    max: usize,
}

/// Whether the whole of `text` matches `pattern`, a sequence of classes and characters with `{m,n}`, `*`, `+`, `?`.
///
/// Patterns come from the built-in specs only; one that cannot be read matches nothing, and a test reads them all.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let Some(atoms) = parse_pattern(pattern) else { return false };
    let chars: Vec<char> = text.chars().take(4096).collect();
    let mut starts = vec![0];
    for atom in &atoms {
        let mut ends: Vec<usize> = Vec::new();
        for &start in &starts {
            let run = chars[start..].iter().take_while(|c| atom.ranges.iter().any(|(a, b)| a <= c && *c <= b)).count();
            ends.extend((atom.min..=run.min(atom.max)).map(|taken| start + taken));
        }
        ends.sort_unstable();
        ends.dedup();
        starts = ends;
    }
    starts.contains(&chars.len())
}

fn parse_pattern(pattern: &str) -> Option<Vec<Atom>> {
    let mut chars = pattern.strip_prefix('^')?.strip_suffix('$')?.chars().peekable();
    let mut atoms = Vec::new();
    while let Some(c) = chars.next() {
        let ranges = if c == '[' {
            let mut class: Vec<char> = chars.by_ref().take_while(|c| *c != ']').collect();
            let dash = class.last() == Some(&'-');
            if dash {
                class.pop();
            }
            let mut ranges = if dash { vec![('-', '-')] } else { Vec::new() };
            let mut rest = class.as_slice();
            while let Some((&first, tail)) = rest.split_first() {
                (ranges, rest) = match tail {
                    ['-', last, tail @ ..] => (with(ranges, (first, *last)), tail),
                    _ => (with(ranges, (first, first)), tail),
                };
            }
            ranges
        } else {
            vec![(c, c)]
        };
        let (min, max) = match chars.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                let bounds: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                let (min, max) = bounds.split_once(',')?;
                atoms.push(Atom { ranges, min: min.parse().ok()?, max: max.parse().ok()? });
                continue;
            }
            _ => {
                atoms.push(Atom { ranges, min: 1, max: 1 });
                continue;
            }
        };
        chars.next();
        atoms.push(Atom { ranges, min, max });
    }
    Some(atoms)
}

fn with(mut ranges: Vec<(char, char)>, range: (char, char)) -> Vec<(char, char)> {
    ranges.push(range);
    ranges
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BUCKET: &str = "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$";

    #[test]
    fn patterns() {
        for good in ["abc", "a-b", "0bucket9", &"a".repeat(63)] {
            assert!(matches_pattern(BUCKET, good), "{good}");
        }
        for bad in ["", "ab", "-ab", "ab-", "Abc", "a_b", "a.b", &"a".repeat(64), &"é".repeat(9000)] {
            assert!(!matches_pattern(BUCKET, bad), "{bad}");
        }
        assert!(matches_pattern("^a*b+c?$", "aabb"));
        assert!(!matches_pattern("^a*b+c?$", "aac"));
    }

    #[test]
    fn each_keyword_refuses_with_the_name_of_the_field() {
        let schema = json!({"properties": {
            "key": {"type": "string"}, "secret": {"type": "string", "format": "password"},
            "port": {"type": "integer", "minimum": 1}, "mode": {"type": "string", "enum": ["a", "b"]},
            "on": {"type": "boolean"}, "bucket": {"type": "string", "pattern": BUCKET}
        }, "required": ["key"]});
        let run = |params: Value| check(&schema, params.as_object().unwrap(), "auth.params", Mode::Complete);
        run(json!({"key": "k", "port": "22", "mode": "a", "on": "false", "bucket": "abc", "other": {}})).unwrap();
        run(json!({"key": "k", "port": null})).unwrap();
        for missing in [json!({}), json!({"key": null}), json!({"key": "  "})] {
            let error = run(missing).unwrap_err();
            assert_eq!(error.code, "CONNECTOR-1304-400");
            assert!(error.message.contains("`auth.params.key`"), "{error}");
        }
        for (field, value) in
            [("port", json!(0)), ("port", json!([])), ("mode", json!("c")), ("on", json!(3)), ("bucket", json!("A"))]
        {
            let error = run(json!({"key": "k", field: value})).unwrap_err();
            assert_eq!(error.code, "CONNECTOR-1312-400");
            assert!(error.message.contains(&format!("`auth.params.{field}`")), "{error}");
        }
        let error = run(json!({"key": "k", "secret": {"hunter2": 1}})).unwrap_err();
        assert!(!error.message.contains("hunter2"));
    }
}
