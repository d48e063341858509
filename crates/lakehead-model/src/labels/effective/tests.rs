//! Which labels count for which field.

use serde_json::json;

use super::*;
use crate::Actor;
use crate::xdm::descriptor::NewDescriptor;

/// A schema of a class and a field group; the group uses a data type at three places.
fn schema() -> (Value, HashMap<String, Value>) {
    let body = json!({"$id": "schema", "meta:altId": "_schema", "title": "S", "type": "object",
        "allOf": [{"$ref": "group"}, {"$ref": "#/definitions/own"}],
        "definitions": {"own": {"properties": {"note": {"type": "string"}}}}});
    let group = json!({"$id": "group", "title": "G", "type": "object", "allOf": [{"$ref": "#/definitions/own"}],
    "definitions": {"own": {"properties": {
        "home": {"$ref": "place"},
        "others": {"type": "array", "items": {"$ref": "place"}},
        "byName": {"type": "object", "additionalProperties": {"$ref": "place"}},
        "items": {"type": "string"},
    }}}});
    let place = json!({"$id": "place", "meta:altId": "_place", "title": "P", "type": "object",
        "properties": {"geo": {"type": "object", "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}}},
                       "city": {"type": "string"}}});
    (body, HashMap::from([("group".to_owned(), group), ("place".to_owned(), place)]))
}

fn label(source: &str, path: &str, label: &str) -> Descriptor {
    let body = json!({"@type": "xdm:descriptorLabel", "xdm:sourceSchema": source, "xdm:sourceVersion": 1,
        "xdm:sourceProperty": path, "xdm:labels": [label]});
    let actor = Actor { user: "u".into(), client: "c".into() };
    Descriptor::new(NewDescriptor::parse(&body).unwrap(), &actor, 5)
}

fn columns(descriptors: &[Descriptor], dataset: Option<&DatasetLabels>) -> BTreeMap<String, String> {
    let (body, parts) = schema();
    let found = effective(&body, &parts, descriptors, dataset).unwrap();
    found.columns.into_iter().map(|(name, labels)| (name, labels.into_iter().collect::<Vec<_>>().join(","))).collect()
}

fn expect(found: &BTreeMap<String, String>, expected: &[(&str, &str)]) {
    let found: Vec<_> = found.iter().map(|(name, labels)| (name.as_str(), labels.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn labels_of_the_schema_and_of_field_groups_count_where_the_field_is() {
    let said = [
        label("schema", "/note", "core/C1"),
        label("_schema", "/home/city", "core/C2"),
        label("group", "/items", "custom/X"),
    ];
    expect(&columns(&said, None), &[("home.city", "core/C2"), ("items", "custom/X"), ("note", "core/C1")]);
    expect(&columns(&[label("elsewhere", "/note", "core/C1"), label("group", "/absent", "core/C1")], None), &[]);
}

#[test]
fn a_field_may_have_the_name_of_notation_and_what_leads_nowhere_reaches_everything() {
    let body = json!({"$id": "s", "title": "S", "type": "object", "properties": {"orders": {"type": "array", "items": {
        "type": "object", "properties": {"items": {"type": "array", "items": {
            "type": "object", "properties": {"price": {"type": "number"}}}}}}}}});
    let said = [label("s", "/orders/items/price", "core/C3")];
    let found = effective(&body, &HashMap::new(), &said, None).unwrap();
    let fields = crate::xdm::tree::fields(&body).unwrap();
    assert_eq!(found.columns.keys().collect::<Vec<_>>(), ["orders.element.items.element.price"]);
    for path in ["/orders/items/price", "/orders", "/nowhere"] {
        assert_eq!(found.inside(&fields, path).into_iter().collect::<Vec<_>>(), ["core/C3"], "{path}");
    }
}

#[test]
fn labels_of_a_data_type_count_wherever_it_is_used() {
    for source in ["place", "_place"] {
        let found = columns(&[label(source, "/properties/city", "core/I2")], None);
        let expected = [("byName.value.city", "core/I2"), ("home.city", "core/I2"), ("others.element.city", "core/I2")];
        expect(&found, &expected);
    }
}

#[test]
fn a_label_counts_for_what_is_inside_and_for_nothing_else() {
    let said = [label("group", "/others/geo", "core/S1"), label("place", "/geo/lat", "core/S2")];
    let found = columns(&said, None);
    expect(
        &found,
        &[
            ("byName.value.geo.lat", "core/S2"),
            ("home.geo.lat", "core/S2"),
            ("others.element.geo", "core/S1"),
            ("others.element.geo.lat", "core/S1,core/S2"),
            ("others.element.geo.lon", "core/S1"),
        ],
    );
    expect(
        &columns(&[label("group", "/byName/*/geo/lat", "core/C1"), label("group", "/byName", "core/C2")], None),
        &[
            ("byName", "core/C2"),
            ("byName.key", "core/C2"),
            ("byName.value", "core/C2"),
            ("byName.value.city", "core/C2"),
            ("byName.value.geo", "core/C2"),
            ("byName.value.geo.lat", "core/C1,core/C2"),
            ("byName.value.geo.lon", "core/C2"),
        ],
    );
}

#[test]
fn labels_of_the_dataset_count_for_every_column_and_legacy_ones_for_theirs() {
    let dataset: DatasetLabels =
        serde_json::from_value(json!({"datasetId": "d", "etag": "\"1\"", "labels": ["C5", "L1"],
        "optionalLabels": [{"option": {"id": "schema", "contentType": "x", "schemaPath": "/properties/note"},
                            "labels": ["C1"]}], "created": 1}))
        .unwrap();
    let found = columns(&[], Some(&dataset));
    assert_eq!(found["note"], "core/C1,core/C5,custom/L1");
    assert_eq!(found["others.element.geo.lat"], "core/C5,custom/L1");
    assert_eq!(found.len(), 20, "{found:?}");
    let whole = columns(&[label("schema", "/", "core/C9")], None);
    assert_eq!(whole.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
}

#[test]
fn who_writes_a_field_reaches_what_is_inside_it() {
    let (body, parts) = schema();
    let said = [label("place", "/geo/lat", "core/S1"), label("group", "/home/city", "core/C1")];
    let found = effective(&body, &parts, &said, None).unwrap();
    let fields = tree::fields(&resolve::resolve(&body, &|id| parts.get(id).cloned()).unwrap()).unwrap();
    for (path, expected) in [
        ("/home", &["core/C1", "core/S1"][..]),
        ("/home/geo/lon", &[]),
        ("/others/geo", &["core/S1"]),
        ("/byName/any/geo/lat", &["core/S1"]),
        ("/absent", &["core/C1", "core/S1"]),
    ] {
        assert_eq!(found.inside(&fields, path).into_iter().collect::<Vec<_>>(), expected, "{path}");
    }
}
