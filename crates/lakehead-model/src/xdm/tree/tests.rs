//! The trees of the standard schemas, and the corners of the type system.

use serde_json::json;

use super::*;
use crate::mapping::{parse_destination, target_type};
use crate::xdm::resolve::resolve;

fn schema(parts: &[&str]) -> Vec<Field> {
    let parts: Vec<Value> =
        parts.iter().map(|id| json!({ "$ref": format!("https://ns.adobe.com/xdm/context/{id}") })).collect();
    fields(&resolve(&json!({ "type": "object", "allOf": parts }), &|_| None).unwrap()).unwrap()
}

fn find<'a>(fields: &'a [Field], path: &str) -> Option<&'a FieldType> {
    target_type(fields, &parse_destination(path).unwrap())
}

fn type_at(fields: &[Field], path: &str) -> String {
    find(fields, path).map_or("none", FieldType::name).to_owned()
}

fn of(properties: Value) -> Result<Vec<Field>, XdmError> {
    fields(&Value::Object(Map::from_iter([("properties".to_owned(), properties)])))
}

#[test]
fn profile_with_details_has_the_documented_tree() {
    let fields = schema(&["profile", "profile-person-details", "profile-personal-details"]);
    for (path, expected) in [
        ("_id", "string"),
        ("personID", "string"),
        ("createdByBatchID", "string"),
        ("repositoryCreatedBy", "string"),
        ("_repo.createDate", "date-time"),
        ("_repo.lastPublishedTime", "string"),
        ("person.name.firstName", "string"),
        ("person.birthDate", "date"),
        ("person.birthDayAndMonth", "string"),
        ("person.birthYear", "short"),
        ("person.gender", "string"),
        ("homeAddress._schema.latitude", "number"),
        ("homeAddress._id", "string"),
        ("homeAddress.dmaID", "int"),
        ("homeAddress.primary", "boolean"),
        ("homeAddress._repo.modifyDate", "date-time"),
        ("homeAddress.lastVerifiedDate", "date"),
        ("personalEmail.address", "string"),
        ("mobilePhone.number", "string"),
        ("identityMap", "none"),
    ] {
        assert_eq!(type_at(&fields, path), expected, "{path}");
    }
    assert!(fields.iter().all(|field| !field.required));
}

#[test]
fn an_experience_event_requires_its_id_and_time_and_has_identities() {
    let fields = schema(&["experienceevent"]);
    let required: Vec<_> = fields.iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    assert_eq!(required, ["_id", "timestamp"]);
    assert_eq!(type_at(&fields, "timestamp"), "date-time");
    assert_eq!(type_at(&fields, "producedBy"), "string");
    let Some(FieldType::Map(values)) = find(&fields, "identityMap") else { panic!("not a map") };
    let FieldType::Array(items) = values.as_ref() else { panic!("not an array") };
    let FieldType::Object(members) = items.as_ref() else { panic!("not an object") };
    assert_eq!(type_at(members, "id"), "string");
    assert_eq!(type_at(members, "primary"), "boolean");
}

#[test]
fn subscriptions_are_an_array_of_objects() {
    let fields = schema(&["profile-subscriptions", "profile-work-details"]);
    let Some(FieldType::Array(items)) = find(&fields, "subscriptions") else { panic!("not an array") };
    let FieldType::Object(members) = items.as_ref() else { panic!("not an object") };
    assert_eq!(type_at(members, "startDate"), "date");
    assert_eq!(type_at(members, "term"), "int");
    assert_eq!(type_at(members, "subscriber.name.lastName"), "string");
    assert_eq!(type_at(&fields, "organizations"), "array");
}

#[test]
fn the_order_of_the_fields_is_the_order_of_the_schema() {
    let names = |fields: Vec<Field>| fields.into_iter().map(|field| field.name).collect::<Vec<_>>();
    let order = names(of(json!({ "z": { "type": "string" }, "a": { "type": "string" } })).unwrap());
    assert_eq!(order, ["z", "a"]);
    assert_eq!(names(schema(&["profile"])), names(schema(&["profile"])));
}

#[test]
fn objects_without_members_are_maps_of_strings_or_left_out() {
    let tree = of(json!({
        "free": { "type": "object" },
        "counts": { "type": "object", "additionalProperties": { "type": "integer" } },
        "empty": { "type": "object", "properties": {} },
        "closed": { "type": "object", "additionalProperties": false },
        "empties": { "type": "array", "items": { "type": "object", "properties": {} } },
    }))
    .unwrap();
    let map = |ty: FieldType| FieldType::Map(Box::new(ty));
    assert_eq!(tree.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["free", "counts"]);
    assert_eq!(tree[0].ty, map(FieldType::String));
    assert_eq!(tree[1].ty, map(FieldType::Int));
}

#[test]
fn broken_nodes_are_named() {
    assert_eq!(of(json!({ "a": { "type": "array" } })), Err(XdmError::NoItems("a".to_owned())));
    assert_eq!(of(json!({ "a": { "type": "what" } })), Err(XdmError::Untyped("a".to_owned())));
    assert_eq!(of(json!({ "a": { "$ref": "#/x" } })), Err(XdmError::Untyped("a".to_owned())));
    assert!(fields(&json!("x")).is_err());
    let many: Map<String, Value> = (0..10_001).map(|n| (format!("f{n}"), json!({ "type": "string" }))).collect();
    assert_eq!(of(Value::Object(many)), Err(XdmError::TooLarge));
}
