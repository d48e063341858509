//! Checking what clients send against the JSON Schemas (draft-07) of specs.
//!
//! Clients send numbers and booleans as text and the reverse, names of a fixed set in any case, and blank text for
//! "nothing": all of that is put right in a copy, which is then checked. References out of a schema are never followed. A
//! message never repeats a value: it may be a secret.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, JsonType, PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::body::{Object, as_flag, as_integer, as_number};
use crate::invalid::{Invalid, excerpt};
use crate::state::Mode;

/// Longest text, in bytes; certificates and key files fit.
const MAX_TEXT: usize = 64 * 1024;
/// Largest compiled regular expression, in bytes: some 400 states, each of which may take a step for each character.
const MAX_PATTERN: usize = 16 * 1024;
/// What running one may take to be faster than that, in bytes.
const MAX_DFA: usize = 256 * 1024;
/// What the validators that are kept may cost together, in bytes as [`cost`] guesses.
const MAX_KEPT: usize = 64 * 1024 * 1024;

/// Validators of schemas that were checked against before: making one takes longer than using it. What is kept changes no
/// answer, only its time.
static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Kept {
    /// By the text of their schema.
    validators: HashMap<String, Arc<Validator>>,
    cost: usize,
}

/// Reads a schema; the error says what is wrong with it. Its regular expressions run in linear time.
pub fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .offline()
        .should_validate_formats(false)
        .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN).dfa_size_limit(MAX_DFA))
        .build(schema)
        .map_err(|error| excerpt(&error.masked().to_string()))
}

/// Checks `params` against `schema`. `path` is where the parameters stand, such as `auth.params`. Drafts may lack what
/// is required.
///
/// Errors: `CONNECTOR-1304-400` a required member is missing or blank, `CONNECTOR-1312-400` a value does not fit.
pub fn check(schema: &Value, params: &Object, path: &str, mode: Mode) -> Result<(), Invalid> {
    check_texts(params, path)?;
    let params = put_right_members(schema, params);
    let required = schema["required"].as_array().filter(|_| mode == Mode::Complete);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !params.contains_key(name) {
            return Err(Invalid::missing(&format!("{path}.{}", excerpt(name))));
        }
    }
    let validator = kept(schema)
        .map_err(|error| Invalid::value(path, &format!("the schema of the spec cannot be read ({error}): mend it")))?;
    let params = Value::Object(params);
    let counts = |error: &ValidationError<'_>| {
        mode == Mode::Complete || !matches!(error.kind(), ValidationErrorKind::Required { .. })
    };
    validator.iter_errors(&params).find(counts).map_or(Ok(()), |error| Err(invalid(schema, &error, path)))
}

/// The validator of a schema, made once as long as there is room.
fn kept(schema: &Value) -> Result<Arc<Validator>, String> {
    let text = schema.to_string();
    let lock = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(validator) = lock().validators.get(&text) {
        return Ok(Arc::clone(validator));
    }
    let validator = Arc::new(compile(schema)?);
    let cost = cost(&text);
    let mut kept = lock();
    if kept.cost.saturating_add(cost) > MAX_KEPT {
        *kept = Kept::default();
    }
    if kept.validators.insert(text, Arc::clone(&validator)).is_none() {
        kept.cost = kept.cost.saturating_add(cost);
    }
    Ok(validator)
}

/// More than the validator of a schema takes in memory: a regular expression may grow to its limit.
fn cost(schema: &str) -> usize {
    let patterns = schema.matches("attern").count();
    schema.len().saturating_mul(16).saturating_add(patterns.saturating_mul(4 * MAX_DFA))
}

/// Whether `rule` marks a member that must never be shown.
pub fn is_secret(rule: &Value) -> bool {
    rule["format"] == "password"
}

fn check_texts(params: &Object, path: &str) -> Result<(), Invalid> {
    for (name, value) in params {
        let Some(text) = value.as_str() else { continue };
        let bad = |cure: &str| Err(Invalid::value(&format!("{path}.{}", excerpt(name)), cure));
        if text.len() > MAX_TEXT {
            return bad("the text is too long");
        }
        if text.contains('\0') {
            return bad("remove the NUL character");
        }
    }
    Ok(())
}

/// The members of an object as its schema means them; null and blank text are absent.
fn put_right_members(schema: &Value, members: &Object) -> Object {
    let is_blank = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    members
        .iter()
        .filter(|(_, value)| !is_blank(value))
        .map(|(name, value)| (name.clone(), put_right(&schema["properties"][name.as_str()], value)))
        .collect()
}

fn put_right(rule: &Value, value: &Value) -> Value {
    let right = match (rule["type"].as_str(), value) {
        (Some("object"), Value::Object(members)) => Some(Value::Object(put_right_members(rule, members))),
        (Some("array"), Value::Array(items)) => {
            Some(items.iter().map(|item| put_right(&rule["items"], item)).collect())
        }
        (Some("integer"), _) => as_integer(value).map(Value::from),
        (Some("number"), Value::String(_)) => as_number(value).map(Value::from),
        (Some("boolean"), _) => as_flag(value).map(Value::from),
        (Some("string"), Value::Number(_) | Value::Bool(_)) => Some(Value::from(value.to_string())),
        (_, Value::String(text)) => rule["enum"].as_array().and_then(|known| {
            known
                .iter()
                .find(|known| known.as_str().is_some_and(|known| known.eq_ignore_ascii_case(text.trim())))
                .cloned()
        }),
        _ => None,
    };
    right.unwrap_or_else(|| value.clone())
}

fn invalid(schema: &Value, error: &ValidationError<'_>, path: &str) -> Invalid {
    let pointer = error.instance_path().as_str();
    let field = field(path, pointer);
    let cure = match error.kind() {
        ValidationErrorKind::Required { property } => {
            return Invalid::missing(&format!("{field}.{}", excerpt(property.as_str().unwrap_or_default())));
        }
        ValidationErrorKind::Type { kind } => expected_type(kind).to_owned(),
        ValidationErrorKind::Enum { options } => choices(options),
        ValidationErrorKind::Constant { expected_value } => format!("`{}` is expected", shown(expected_value)),
        ValidationErrorKind::Minimum { limit } => format!("at least {limit} is expected"),
        ValidationErrorKind::Maximum { limit } => format!("at most {limit} is expected"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("more than {limit} is expected"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("less than {limit} is expected"),
        ValidationErrorKind::MinLength { .. } => "the text is too short".to_owned(),
        ValidationErrorKind::MaxLength { .. } => "the text is too long".to_owned(),
        ValidationErrorKind::Pattern { pattern } => {
            let hint = description(schema, pointer).map(|text| format!(" ({text})")).unwrap_or_default();
            format!("it must match `{}`{}", excerpt(pattern), excerpt(&hint))
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let names: Vec<_> = unexpected.iter().take(3).map(|name| format!("`{}`", excerpt(name))).collect();
            format!("remove {}", names.join(", "))
        }
        other => format!("it breaks the rule `{}` of the spec: compare it with the spec", excerpt(other.keyword())),
    };
    Invalid::value(&field, &cure)
}

/// `/columns/0/name` below `params` as `params.columns[0].name`.
fn field(path: &str, pointer: &str) -> String {
    let mut field = path.to_owned();
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if step.bytes().all(|byte| byte.is_ascii_digit()) {
            field = format!("{field}[{step}]");
        } else {
            field = format!("{field}.{}", excerpt(&step));
        }
    }
    field
}

fn expected_type(kind: &TypeKind) -> &'static str {
    let TypeKind::Single(kind) = kind else { return "a value of another type is expected" };
    match kind {
        JsonType::String => "a text is expected",
        JsonType::Integer => "a whole number is expected",
        JsonType::Number => "a number is expected",
        JsonType::Boolean => "`true` or `false` is expected",
        JsonType::Object => "a JSON object is expected",
        JsonType::Array => "a list is expected",
        JsonType::Null => "nothing is expected",
    }
}

fn choices(options: &Value) -> String {
    let names: Vec<_> =
        options.as_array().into_iter().flatten().take(20).map(|name| format!("`{}`", shown(name))).collect();
    format!("choose one of {}", names.join(", "))
}

/// A value of the schema, which is public.
fn shown(value: &Value) -> String {
    excerpt(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// The description of the direct member at `pointer`.
fn description<'a>(schema: &'a Value, pointer: &str) -> Option<&'a str> {
    schema["properties"][pointer.strip_prefix('/')?]["description"].as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BUCKET: &str = "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$";

    fn run(schema: &Value, params: &Value) -> Result<(), Invalid> {
        check(schema, params.as_object().unwrap(), "auth.params", Mode::Complete)
    }

    #[test]
    fn each_keyword_refuses_with_the_name_of_the_field() {
        let schema = json!({"type": "object", "properties": {
            "key": {"type": "string"}, "secret": {"type": "string", "format": "password"},
            "port": {"type": "integer", "minimum": 1}, "mode": {"type": "string", "enum": ["a", "b"]},
            "on": {"type": "boolean"}, "bucket": {"type": "string", "pattern": BUCKET},
            "share": {"type": "number", "exclusiveMinimum": 0}
        }, "required": ["key"]});
        for good in [
            json!({"key": "k", "port": "22", "mode": "A", "on": "False", "bucket": "abc", "share": "0.5", "other": {}}),
            json!({"key": 5, "port": 22.0, "mode": "", "bucket": " ", "share": null}),
        ] {
            run(&schema, &good).unwrap();
        }
        for missing in [json!({}), json!({"key": null}), json!({"key": "  "})] {
            let error = run(&schema, &missing).unwrap_err();
            assert_eq!(error.code, "CONNECTOR-1304-400");
            assert!(error.message.contains("`auth.params.key`"), "{error}");
        }
        for (field, value) in [
            ("port", json!(0)),
            ("port", json!([])),
            ("mode", json!("c")),
            ("on", json!(3)),
            ("bucket", json!("A")),
            ("share", json!("0")),
            ("key", json!("x".repeat(MAX_TEXT + 1))),
            ("key", json!("a\0")),
        ] {
            let mut params = json!({"key": "k"});
            params[field] = value;
            let error = run(&schema, &params).unwrap_err();
            assert_eq!(error.code, "CONNECTOR-1312-400");
            assert!(error.message.contains(&format!("`auth.params.{field}`")), "{error}");
        }
        for leak in [json!({"hunter2": 1}), json!(["hunter2"]), json!("hunter2\0")] {
            let error = run(&schema, &json!({"key": "k", "secret": leak})).unwrap_err();
            assert!(!error.message.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn what_is_nested_is_put_right_and_named_too() {
        let column = json!({"type": "object", "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
            "required": ["name"]});
        let schema = json!({"properties": {"columns": {"type": "array", "items": column}}});
        run(&schema, &json!({"columns": [{"name": 1, "size": "7"}]})).unwrap();
        let error = run(&schema, &json!({"columns": [{"name": "a"}, {"name": " "}]})).unwrap_err();
        assert_eq!(error.code, "CONNECTOR-1304-400");
        assert!(error.message.contains("`auth.params.columns[1].name`"), "{error}");
        let error = run(&schema, &json!({"columns": [{"name": "a", "size": "x"}]})).unwrap_err();
        assert!(error.message.contains("`auth.params.columns[0].size`"), "{error}");
    }

    #[test]
    fn a_draft_may_lack_what_is_required_but_not_hold_what_it_likes() {
        let column = json!({"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]});
        let schema = json!({"properties": {"a": {"type": "integer"}, "columns": {"items": column, "type": "array"}},
            "required": ["a"]});
        let draft = |params: Value| check(&schema, params.as_object().unwrap(), "params", Mode::Draft);
        draft(json!({})).unwrap();
        draft(json!({"columns": [{}]})).unwrap();
        assert_eq!(draft(json!({"columns": [{}], "a": "x"})).unwrap_err().code, "CONNECTOR-1312-400");
    }

    #[test]
    fn validators_are_made_once_and_what_they_cost_is_bounded() {
        let schema = json!({"properties": {"unlike_any_other": {"type": "string"}}});
        assert!(Arc::ptr_eq(&kept(&schema).unwrap(), &kept(&schema).unwrap()));
        assert!(cost(&json!({"pattern": "a"}).to_string()) >= MAX_DFA);
        for n in 0..300 {
            kept(&json!({"pattern": format!("a{n}")})).unwrap();
            assert!(KEPT.lock().unwrap().cost <= MAX_KEPT);
        }
    }

    #[test]
    fn a_schema_is_read_without_the_network_and_within_limits() {
        for good in [json!({}), json!({"type": "object"}), json!({"pattern": "^[a-z]+$"})] {
            compile(&good).unwrap();
        }
        for bad in [
            json!({"type": "nonsense"}),
            json!({"properties": 5}),
            json!({"pattern": "("}),
            json!({"pattern": "(a{50}){20}"}),
            json!({"pattern": "(((((a{100}){100}){100}){100}){100}){100}"}),
            json!({"$ref": "http://127.0.0.1:1/schema.json"}),
            json!({"$ref": "file:///etc/passwd"}),
        ] {
            compile(&bad).unwrap_err();
        }
        // What makes a backtracking engine run for ages.
        let slow = json!({"properties": {"text": {"type": "string", "pattern": "^(a+)+$"}}});
        run(&slow, &json!({"text": format!("{}b", "a".repeat(50_000))})).unwrap_err();
    }
}
