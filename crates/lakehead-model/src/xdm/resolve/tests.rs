//! Resolving: standard schemas, tenant parts, and everything that can go wrong.

use std::collections::HashMap;

use serde_json::json;

use super::*;
use crate::xdm::ResourceType;

const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";

fn from(parts: &[Value]) -> impl Fn(&str) -> Option<Value> {
    let parts: HashMap<String, Value> =
        parts.iter().map(|part| (part["$id"].as_str().unwrap().to_owned(), part.clone())).collect();
    move |id| parts.get(id).cloned()
}

fn alone(body: &Value) -> Result<Value, XdmError> {
    resolve(body, &|_| None)
}

#[test]
fn a_profile_schema_becomes_one_tree_with_types_and_origins() {
    let body = json!({ "$id": "s", "title": "S", "type": "object", "allOf": [
        { "$ref": PROFILE }, { "$ref": "https://ns.adobe.com/xdm/context/profile-person-details" }] });
    let full = alone(&body).unwrap();
    assert_eq!(full["title"], "S");
    assert_eq!(full["properties"]["person"]["meta:referencedFrom"], "https://ns.adobe.com/xdm/context/person");
    assert_eq!(full["properties"]["person"]["properties"]["birthYear"]["meta:xdmType"], "short");
    assert_eq!(full["properties"]["_repo"]["properties"]["createDate"]["meta:xdmType"], "date-time");
    assert_eq!(full["properties"]["personID"]["meta:xdmField"], "xdm:personID");
    for word in ["allOf", "definitions", "$ref"] {
        assert!(!full.to_string().contains(&format!("\"{word}\":")), "{word}");
    }
    assert!(full.get("description").is_none(), "the header is the schema's own");
}

#[test]
fn field_groups_that_share_the_tenant_namespace_are_merged() {
    let group = |id: &str, name: &str, kind: &str| {
        json!({ "$id": id, "definitions": { "own": { "properties": { "_acme": { "type": "object",
            "required": [name], "properties": { name: { "type": kind } } } } } },
            "allOf": [{ "$ref": "#/definitions/own" }] })
    };
    let body = json!({ "allOf": [{ "$ref": "a" }, { "$ref": "b" }] });
    let full = resolve(&body, &from(&[group("a", "x", "string"), group("b", "y", "integer")])).unwrap();
    assert_eq!(full["properties"]["_acme"]["properties"]["x"]["meta:xdmType"], "string");
    assert_eq!(full["properties"]["_acme"]["properties"]["y"]["meta:xdmType"], "int");
    assert_eq!(full["properties"]["_acme"]["required"], json!(["x", "y"]));

    let error = resolve(&body, &from(&[group("a", "x", "string"), group("b", "x", "integer")])).unwrap_err();
    assert_eq!(error.to_string(), "field `_acme.x` is defined twice, as `string` and as `int`: rename one of the two");
}

#[test]
fn unknown_references_and_cycles_are_named() {
    let unknown = json!({ "allOf": [{ "$ref": "https://ns.adobe.com/acme/mixins/none" }] });
    assert_eq!(alone(&unknown), Err(XdmError::UnknownReference("https://ns.adobe.com/acme/mixins/none".to_owned())));
    let fragment = json!({ "allOf": [{ "$ref": "#/definitions/none" }] });
    assert_eq!(alone(&fragment), Err(XdmError::UnknownReference("#/definitions/none".to_owned())));

    let node = json!({ "$id": "a", "properties": { "next": { "$ref": "b" } } });
    let other = json!({ "$id": "b", "properties": { "back": { "$ref": "a" } } });
    let error = resolve(&json!({ "allOf": [{ "$ref": "a" }] }), &from(&[node, other])).unwrap_err();
    assert_eq!(error, XdmError::Cycle("a".to_owned()));
    let selfish = json!({ "definitions": { "x": { "allOf": [{ "$ref": "#/definitions/x" }] } },
        "allOf": [{ "$ref": "#/definitions/x" }] });
    assert_eq!(alone(&selfish), Err(XdmError::Cycle("#/definitions/x".to_owned())));
}

#[test]
fn a_resource_used_twice_side_by_side_is_no_cycle() {
    let body = json!({ "properties": { "a": { "$ref": "https://ns.adobe.com/xdm/common/address" },
        "b": { "$ref": "https://ns.adobe.com/xdm/common/address" } } });
    let full = alone(&body).unwrap();
    assert_eq!(full["properties"]["a"], full["properties"]["b"]);
}

#[test]
fn depth_and_size_are_bounded() {
    let mut deep = json!({ "type": "string" });
    for _ in 0..40 {
        deep = json!({ "type": "object", "properties": { "x": deep } });
    }
    assert!(matches!(alone(&deep), Err(XdmError::TooDeep(_))));

    // Ten references each to the next of nine resources: a billion fields from a few kilobytes.
    let parts: Vec<Value> = (0..9)
        .map(|n| {
            let fields: Map<String, Value> =
                (0..10).map(|f| (format!("f{f}"), json!({ "$ref": format!("{}", n + 1) }))).collect();
            json!({ "$id": n.to_string(), "properties": fields })
        })
        .chain([json!({ "$id": "9", "type": "string" })])
        .collect();
    assert_eq!(resolve(&json!({ "allOf": [{ "$ref": "0" }] }), &from(&parts)), Err(XdmError::TooLarge));

    let chain: Vec<Value> =
        (0..500).map(|n| json!({ "$id": n.to_string(), "allOf": [{ "$ref": format!("{}", n + 1) }] })).collect();
    assert!(matches!(resolve(&json!({ "$ref": "0" }), &from(&chain)), Err(XdmError::TooDeep(_))));
}

#[test]
fn alternatives_and_missing_types_are_refused() {
    let either = json!({ "properties": { "a": { "oneOf": [{ "type": "string" }] } } });
    assert_eq!(alone(&either), Err(XdmError::Keyword { keyword: "oneOf", field: "a".to_owned() }));
    let untyped = json!({ "properties": { "a": { "properties": { "b": {} } } } });
    assert_eq!(alone(&untyped), Err(XdmError::Untyped("a.b".to_owned())));
    assert!(alone(&json!({ "properties": { "a": "string" } })).is_err());
    assert!(alone(&json!({ "allOf": ["x"] })).is_err());
    assert!(alone(&json!([])).is_err());
}

#[test]
fn a_reference_beside_a_wrong_type_takes_the_type_it_refers_to() {
    let list = json!({ "$id": "list", "title": "L", "type": "array", "items": { "type": "string" } });
    let body = json!({ "properties": { "l": { "$ref": "list", "type": "object", "title": "Mine" } } });
    let full = resolve(&body, &from(&[list])).unwrap();
    assert_eq!(full["properties"]["l"]["meta:xdmType"], "array");
    assert_eq!(full["properties"]["l"]["title"], "Mine");
    assert_eq!(full["properties"]["l"]["items"]["type"], "string");
}

#[test]
fn text_is_removed_but_fields_called_title_stay() {
    let mut schema = json!({ "title": "S", "description": "D", "properties": {
        "title": { "title": "T", "type": "string" },
        "list": { "type": "array", "items": { "title": "I", "type": "string" } } } });
    without_text(&mut schema);
    assert_eq!(
        schema,
        json!({ "properties": { "title": { "type": "string" },
        "list": { "type": "array", "items": { "type": "string" } } } })
    );
    for resource in standard::of_type(ResourceType::Mixins) {
        let mut full = alone(&resource.body).unwrap();
        without_text(&mut full);
        assert!(full.get("title").is_none());
    }
}
