//! What is read of a schema, what is refused, and how definitions go together.

use serde_json::json;

use super::*;
use crate::xdm::{Field, resolve, tree};

fn of(node: &Value) -> Result<Field, XdmError> {
    let fields = tree::checked_fields(&json!({ "properties": { "a": node } }))?;
    Ok(fields.into_iter().next().unwrap())
}

fn read(node: &Value) -> Constraints {
    *of(node).unwrap().constraints.unwrap_or_default()
}

#[test]
fn every_keyword_is_read() {
    let text = read(&json!({"type": "string", "pattern": "^a", "minLength": 1, "maxLength": 3.0, "format": "email",
        "enum": ["a", 1, null, "b"], "default": "a"}));
    assert_eq!(text.pattern.as_deref(), Some("^a"));
    assert_eq!((text.min_length, text.max_length, text.format), (Some(1), Some(3), Some(Format::Email)));
    assert_eq!((text.allowed, text.default), (Some(vec![json!("a"), json!("b")]), Some(json!("a"))));
    let ends = |node: Value| {
        let read = read(&node);
        (read.minimum.map(|end| (end.as_f64(), end.exclusive)), read.maximum.map(|end| (end.as_f64(), end.exclusive)))
    };
    assert_eq!(ends(json!({"type": "number", "minimum": 1, "maximum": 2.5})), (Some((1.0, false)), Some((2.5, false))));
    let exclusive = json!({"type": "integer", "exclusiveMinimum": 1, "maximum": 9, "exclusiveMaximum": true});
    assert_eq!(ends(exclusive), (Some((1.0, true)), Some((9.0, true))));
    let both = json!({"type": "number", "minimum": 5, "exclusiveMinimum": 1, "exclusiveMaximum": 7, "maximum": 7});
    assert_eq!(ends(both), (Some((5.0, false)), Some((7.0, true))));
}

#[test]
fn demands_on_items_and_values_are_kept_with_the_field() {
    let item = json!({"type": "string", "enum": ["x"]});
    let each = |node: Value| read(&node).each.unwrap();
    assert!(each(json!({"type": "array", "items": item})).allowed.is_some());
    assert!(each(json!({"type": "object", "additionalProperties": item})).allowed.is_some());
    assert!(each(json!({"type": "array", "items": {"type": "array", "items": item}})).each.unwrap().allowed.is_some());
}

#[test]
fn what_does_not_concern_the_type_demands_nothing() {
    for node in [
        json!({"type": "string", "meta:enum": {"a": "A"}, "minimum": 7, "format": "colour"}),
        json!({"type": "integer", "pattern": "(", "minLength": "x"}),
        json!({"type": "string", "format": "date", "enum": ["2020-01-01"]}),
        json!({"type": "boolean", "default": "true"}),
    ] {
        assert_eq!(of(&node).unwrap().constraints, None, "{node}");
    }
}

#[test]
fn demands_that_cannot_be_used_are_refused_with_keyword_and_path() {
    let many: Vec<_> = (0..10_001).collect();
    for (keyword, node) in [
        ("pattern", json!({"type": "string", "pattern": "("})),
        ("pattern", json!({"type": "string", "pattern": 1})),
        ("pattern", json!({"type": "string", "pattern": "x".repeat(4097)})),
        ("enum", json!({"type": "string", "enum": "a"})),
        ("enum", json!({"type": "string", "enum": []})),
        ("enum", json!({"type": "string", "enum": [1, 2]})),
        ("enum", json!({"type": "number", "enum": many})),
        ("minimum", json!({"type": "number", "minimum": 2, "maximum": 1})),
        ("minimum", json!({"type": "number", "minimum": 1, "exclusiveMaximum": 1})),
        ("minimum", json!({"type": "number", "minimum": "1"})),
        ("exclusiveMaximum", json!({"type": "number", "exclusiveMaximum": "1"})),
        ("minLength", json!({"type": "string", "minLength": 2, "maxLength": 1})),
        ("maxLength", json!({"type": "string", "maxLength": -1})),
        ("format", json!({"type": "string", "format": 1})),
    ] {
        let error = of(&node).unwrap_err();
        assert_eq!(error.code(), "XDM-9015-400", "{node}");
        assert!(error.to_string().starts_with(&format!("`{keyword}` of field `a` ")), "{error}");
    }
    let error = of(&json!({"type": "array", "items": {"type": "string", "pattern": "["}})).unwrap_err().to_string();
    assert!(error.contains("`a[]`"), "{error}");
}

#[test]
fn patterns_are_limited_in_number() {
    let schema = |count: usize| {
        let field = |n: usize| (format!("f{n}"), json!({"type": "string", "pattern": format!("^{}", n % count)}));
        json!({ "properties": (0..400).map(field).collect::<Map<_, _>>() })
    };
    assert!(tree::checked_fields(&schema(200)).is_ok());
    assert_eq!(tree::checked_fields(&schema(201)).unwrap_err().code(), "XDM-9015-400");
}

fn merged(first: &Value, second: &Value) -> Result<Field, XdmError> {
    let part = |node: &Value| json!({"properties": {"a": node}});
    let resolved = resolve::resolve(&json!({"type": "object", "allOf": [part(first), part(second)]}), &|_| None)?;
    Ok(tree::checked_fields(&resolved)?.into_iter().next().unwrap())
}

#[test]
fn of_two_definitions_the_stricter_demands_count() {
    let a = json!({"type": "string", "minLength": 1, "maxLength": 9, "enum": ["a", "b"]});
    let b = json!({"type": "string", "minLength": 2, "maxLength": 10, "enum": ["b", "c"], "pattern": "x"});
    let both = merged(&a, &b).unwrap().constraints.unwrap();
    assert_eq!((both.min_length, both.max_length, both.pattern.as_deref()), (Some(2), Some(9), Some("x")));
    assert_eq!(both.allowed, Some(vec![json!("b")]));
    for other in [json!({"type": "string", "enum": ["c"]}), json!({"type": "string", "minLength": 10})] {
        assert_eq!(merged(&a, &other).unwrap_err().code(), "XDM-9015-400");
    }
    let int = merged(&json!({"type": "integer", "minimum": 0}), &json!({"type": "integer", "maximum": 5})).unwrap();
    assert_eq!(int.ty, FieldType::Int, "narrower bounds do not change the type");
}

#[test]
fn the_layout_knows_nothing_of_demands_and_what_is_relaxed_keeps_its_default() {
    let schema = json!({"properties": {"o": {"type": "object", "properties": {
        "a": {"type": "string", "enum": ["x"], "default": "x"}}}}});
    let mut fields = tree::fields(&schema).unwrap();
    assert_ne!(tree::layout(&schema).unwrap(), fields);
    crate::xdm::field::relax(&mut fields);
    let FieldType::Object(members) = &fields[0].ty else { panic!("not an object") };
    let left = members[0].constraints.as_deref().unwrap();
    assert!(!left.demands() && left.default == Some(json!("x")));
}
