//! The Schema Registry beyond reading: resources that change and go, descriptors of their fields, lists, unions, and what
//! is made of resources.

mod lists;
mod remote;
mod unions;

use serde_json::{Value, json};

use crate::harness::client::{Api, SCHEMA_REGISTRY};
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

const RAW: &str = "application/vnd.adobe.xed+json; version=1";
const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";

fn path(kind: &str, id: &str) -> String {
    format!("{SCHEMA_REGISTRY}/tenant/{kind}/{}", id.replace(':', "%3A").replace('/', "%2F"))
}

async fn tenant(api: &Api) -> String {
    api.get(&format!("{SCHEMA_REGISTRY}/stats")).await.expect(200)["tenantId"].as_str().unwrap().to_owned()
}

async fn field_group(api: &Api, title: &str, fields: Value) -> String {
    let name = format!("_{}", tenant(api).await);
    let body = json!({
        "title": title, "type": "object", "meta:intendedToExtend": [PROFILE],
        "definitions": {"own": {"properties": {name: {"type": "object", "properties": fields}}}},
        "allOf": [{"$ref": "#/definitions/own"}],
    });
    let made = api.post(&format!("{SCHEMA_REGISTRY}/tenant/fieldgroups"), &body).await.expect(201);
    made["$id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_changed_until_rows_are_made_of_them() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let group = field_group(&api, "Loyalty", json!({"points": {"type": "integer"}})).await;
    let id = tutorial::schema(&api, "Members").await;
    let own = path("schemas", &id);

    let added = json!([
        {"op": "add", "path": "/meta:extends/-", "value": group},
        {"op": "add", "path": "/allOf/-", "value": {"$ref": group, "type": "object", "meta:xdmType": "object"}},
        {"op": "add", "path": "/meta:immutableTags", "value": ["union"]},
        {"op": "replace", "path": "/title", "value": "Club members"},
    ]);
    let changed = api.patch_without_if_match(&own, &added).await.expect(200);
    assert_eq!((&changed["version"], &changed["title"]), (&json!("1.1"), &json!("Club members")));
    assert!(changed["meta:extends"].as_array().unwrap().contains(&json!(group)), "{changed}");

    let mut body = api.get_as(&own, RAW).await.expect(200);
    body["description"] = json!("People of the club");
    body["meta:immutableTags"] = json!([]);
    let replaced = api.put(&own, None, &body).await.expect(200);
    assert_eq!((&replaced["version"], &replaced["meta:immutableTags"]), (&json!("1.2"), &json!(["union"])));

    api.delete(&path("fieldgroups", &group)).await.expect_refusal(400, "XDM-9106-400", &[&group]);
    let dataset = tutorial::dataset(&api, "Members", &id).await;
    let fewer = json!([{"op": "remove", "path": "/allOf/1"}]);
    api.patch_without_if_match(&own, &fewer).await.expect_refusal(400, "XDM-9105-400", &[&dataset]);
    let level = format!("/definitions/own/properties/_{}/properties/level", tenant(&api).await);
    let more = json!([{"op": "add", "path": level, "value": {"type": "string"}}]);
    api.patch_without_if_match(&path("fieldgroups", &group), &more).await.expect(200);
    let other = level.replace("/level", "/points/type");
    let retyped = json!([{"op": "replace", "path": other, "value": "string"}]);
    let retyped = api.patch_without_if_match(&path("fieldgroups", &group), &retyped).await;
    retyped.expect_refusal(400, "XDM-9105-400", &[&id, "points", "another type"]);
    let points = level.replace("/level", "/points/enum");
    let demand = |values: Value| json!([{"op": "add", "path": points, "value": values}]);
    api.patch_without_if_match(&path("fieldgroups", &group), &demand(json!([1, 2]))).await.expect(200);
    let unusable = api.patch_without_if_match(&path("fieldgroups", &group), &demand(json!([]))).await;
    unusable.expect_refusal(400, "XDM-9015-400", &["`enum`", "points"]);
    let text = json!([{"op": "replace", "path": "/description", "value": "Still the club"}]);
    assert_eq!(api.patch_without_if_match(&own, &text).await.expect(200)["version"], "1.3");
    api.delete(&own).await.expect_refusal(400, "XDM-9106-400", &[&dataset]);

    let unused = tutorial::schema(&api, "Nobody").await;
    api.patch_without_if_match(
        &path("schemas", &unused),
        &json!([{"op": "replace", "path": "/title", "value": "Club members"}]),
    )
    .await
    .expect_refusal(400, "XDM-3005-400", &["Club members"]);
    api.delete(&path("schemas", &unused)).await.expect(204);
    api.delete(&path("schemas", &unused)).await.expect_refusal(404, "XDM-1012-404", &[]);
    api.delete(&format!("{SCHEMA_REGISTRY}/global/classes/_xdm.context.profile")).await.expect_refusal(
        403,
        "XDM-9103-403",
        &[],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn descriptors_say_what_fields_are() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let id = tutorial::schema(&api, "People").await;
    let all = format!("{SCHEMA_REGISTRY}/tenant/descriptors");
    let identity = |property: &str| {
        json!({"@type": "xdm:descriptorIdentity", "xdm:sourceSchema": id, "xdm:sourceVersion": 1,
               "xdm:sourceProperty": property, "xdm:namespace": "Email", "xdm:property": "xdm:code", "xdm:isPrimary": true})
    };
    let made = api.post(&all, &identity("/personalEmail/address")).await.expect(201);
    let one = format!("{all}/{}", made["@id"].as_str().unwrap());
    api.post(&all, &identity("/person/name/firstName")).await.expect_refusal(400, "XDM-9200-400", &["primary"]);
    api.post(&all, &identity("/person/shoeSize")).await.expect_refusal(400, "XDM-9200-400", &["shoeSize"]);
    let label = json!({"@type": "xdm:descriptorLabel", "xdm:sourceSchema": id, "xdm:sourceVersion": 1,
        "xdm:sourceProperty": "/personalEmail/address", "xdm:label": ["core/I1"]});
    assert_eq!(api.post(&all, &label).await.expect(201)["xdm:labels"], json!(["core/I1"]));

    assert_eq!(api.get(&one).await.expect(200)["xdm:namespace"], "Email");
    let groups = api.get_as(&all, "application/vnd.adobe.xdm+json").await.expect(200);
    assert_eq!(groups["xdm:descriptorIdentity"][0]["@id"], made["@id"]);
    let v2 =
        api.get_as(&format!("{all}?property=@type==xdm:descriptorLabel"), "application/vnd.adobe.xdm-v2+json").await;
    assert_eq!(v2.expect(200)["results"].as_array().unwrap().len(), 1);
    api.get_as(&all, RAW.split(';').next().unwrap()).await.expect_refusal(400, "XDM-1008-400", &[]);
    let shown =
        api.get_as(&path("schemas", &id), "application/vnd.adobe.xed-full-desc+json; version=1").await.expect(200);
    assert_eq!(shown["meta:descriptors"].as_array().unwrap().len(), 2);

    let mut changed = identity("/person/name/firstName");
    changed["xdm:namespace"] = json!("CRMID");
    assert_eq!(api.put(&one, None, &changed).await.expect(201), json!({"@id": made["@id"]}));
    assert_eq!(api.get(&one).await.expect(200)["xdm:namespace"], "CRMID");
    let elsewhere = api.new_sandbox("dev").await;
    let hidden = elsewhere.get(&one).await;
    hidden.expect_refusal(404, "XDM-1012-404", &[]);
    api.delete(&one).await.expect(204);
    api.get(&one).await.expect_refusal(404, "XDM-1012-404", &[]);
}
