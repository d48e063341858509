//! A schema gets more fields while rows are stored by it: the table follows when the next rows land.

use serde_json::{Value, json};

use super::{act, create, has_become, upload};
use crate::harness::client::{Api, SCHEMA_REGISTRY};
use crate::harness::server::{Lakehead, Options};
use crate::harness::{read_back, tutorial};

async fn land(api: &Api, dataset: &str, row: &Value) {
    let batch = create(api, dataset, "json", json!({})).await;
    upload(api, &batch, dataset, "x.json", row.to_string()).await.expect(201);
    act(api, &batch, "COMPLETE").await.expect(200);
    has_become(api, &batch, "success").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_fields_are_columns_from_the_next_rows_on() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let stats = api.get(&format!("{SCHEMA_REGISTRY}/stats")).await.expect(200);
    let tenant = format!("_{}", stats["tenantId"].as_str().unwrap());
    let members = |names: &[&str]| {
        let all: serde_json::Map<_, _> =
            names.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
        json!({"type": "object", "properties": all})
    };
    let group = json!({"title": "Club", "type": "object", "meta:intendedToExtend": ["https://ns.adobe.com/xdm/context/profile"],
        "definitions": {"own": {"properties": {&tenant: {"type": "object", "properties": {
            "card": members(&["number"]), "visits": {"type": "array", "items": members(&["at"])}}}}}},
        "allOf": [{"$ref": "#/definitions/own"}]});
    let group = api.post(&format!("{SCHEMA_REGISTRY}/tenant/fieldgroups"), &group).await.expect(201);
    let group = group["$id"].as_str().unwrap();
    let schema = json!({"title": "Members", "type": "object",
        "allOf": [{"$ref": "https://ns.adobe.com/xdm/context/profile"}, {"$ref": group}]});
    let schema = api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &schema).await.expect(201);
    let schema = schema["$id"].as_str().unwrap();
    let dataset = tutorial::dataset(&api, "Members", schema).await;
    land(&api, &dataset, &json!({"_id": "1", &tenant: {"card": {"number": "a"}, "visits": [{"at": "x"}]}})).await;

    let own = format!("/definitions/own/properties/{tenant}/properties");
    let grown = json!([
        {"op": "add", "path": format!("{own}/card/properties/kind"), "value": {"type": "string"}},
        {"op": "add", "path": format!("{own}/visits/items/properties/by"), "value": {"type": "string"}},
        {"op": "add", "path": format!("{own}/points"), "value": {"type": "integer"}},
    ]);
    let path: String = url::form_urlencoded::byte_serialize(group.as_bytes()).collect();
    let path = format!("{SCHEMA_REGISTRY}/tenant/fieldgroups/{path}");
    api.patch_without_if_match(&path, &grown).await.expect(200);
    let row = json!({"_id": "2", &tenant: {"card": {"number": "b", "kind": "gold"}, "points": 7,
        "visits": [{"at": "y", "by": "z"}]}});
    land(&api, &dataset, &row).await;
    land(&api, &dataset, &json!({"_id": "3"})).await;

    if read_back::is_provided() {
        let table = read_back::table(&api, &dataset).await;
        assert_eq!(table.ids(), ["1", "2", "3"]);
        let own = |id: &str| table.rows.iter().find(|row| row["_id"] == id).unwrap()[&tenant].clone();
        assert_eq!(own("2"), row[&tenant]);
        let old = json!({"card": {"number": "a", "kind": null}, "visits": [{"at": "x", "by": null}], "points": null});
        assert_eq!(own("1"), old);
    }
}
