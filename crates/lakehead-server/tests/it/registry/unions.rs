//! Unions: what schemas that are enabled for profiles have together.

use serde_json::{Value, json};

use super::{PROFILE, field_group, path};
use crate::harness::client::{Api, SCHEMA_REGISTRY};
use crate::harness::server::{Lakehead, Options};

const UNION: &str = "https://ns.adobe.com/xdm/context/profile__union";
const FULL: &str = "application/vnd.adobe.xed-full+json; version=1";

async fn enabled(api: &Api, title: &str, parts: &[&str]) -> Value {
    let parts: Vec<Value> = parts.iter().map(|part| json!({"$ref": part})).collect();
    let body = json!({"title": title, "type": "object", "allOf": parts, "meta:immutableTags": ["union"]});
    api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &body).await.json
}

#[tokio::test(flavor = "multi_thread")]
async fn a_union_has_what_all_enabled_schemas_of_a_class_have() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let one = path("unions", UNION);
    api.get_as(&one, FULL).await.expect_refusal(404, "XDM-1012-404", &["profile__union"]);
    let group = field_group(&api, "Loyalty", json!({"points": {"type": "integer"}})).await;
    let person = "https://ns.adobe.com/xdm/context/profile-person-details";
    let first = enabled(&api, "People", &[PROFILE, person]).await;
    enabled(&api, "Members", &[PROFILE, &group]).await;
    let web = "https://ns.adobe.com/xdm/context/experienceevent-web";
    enabled(&api, "Visits", &["https://ns.adobe.com/xdm/context/experienceevent", web]).await;

    let name = format!("_{}", super::tenant(&api).await);
    let own = json!({"title": "Own", "type": "object", "meta:immutableTags": ["union"],
        "definitions": {"own": {"properties": {&name: {"type": "object", "properties": {"own": {"type": "string"}}}}}},
        "allOf": [{"$ref": PROFILE}, {"$ref": "#/definitions/own"}]});
    api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &own).await.expect(201);
    for place in [&one, &path("schemas", UNION), &path("unions", "_xdm.context.profile__union")] {
        let full = api.get_as(place, FULL).await.expect(200);
        assert_eq!((&full["$id"], &full["meta:resourceType"]), (&json!(UNION), &json!("unions")));
        let fields = &full["properties"];
        assert!(fields["person"].is_object() && fields[&name]["properties"]["points"].is_object());
        assert!(fields[&name]["properties"]["own"].is_object(), "fields of a schema's own are part of it: {fields}");
        assert!(fields["identityMap"].is_object() && fields["segmentMembership"].is_object());
        assert!(fields["timeSeriesEvents"]["items"]["properties"]["web"].is_object(), "{full}");
        assert!(full["meta:extends"].as_array().unwrap().contains(&first["$id"]));
    }
    let json_ld = api.get_as(&one, "application/vnd.adobe.xdm-full+json; version=1").await.expect(200);
    assert!(json_ld["properties"]["xdm:person"]["properties"]["xdm:name"].is_object());
    let list = format!("{SCHEMA_REGISTRY}/tenant/unions");
    let listed = api.get_as(&list, "application/vnd.adobe.xed-id+json").await.expect(200);
    assert_eq!(listed["results"].as_array().unwrap().len(), 2);
    let only = format!("{list}?property=meta:class=={PROFILE}");
    let listed = api.get_as(&only, "application/vnd.adobe.xed+json").await.expect(200);
    assert_eq!(listed["results"][0]["title"], "Union object for XDM Individual Profile");
    let stats = api.get(&format!("{SCHEMA_REGISTRY}/stats")).await.expect(200);
    assert_eq!((&stats["counts"]["unions"], &stats["counts"]["mixins"]), (&json!(2), &json!(1)));

    let identity = json!({"@type": "xdm:descriptorIdentity", "xdm:sourceSchema": first["$id"], "xdm:sourceVersion": 1,
        "xdm:sourceProperty": "/person/name/firstName", "xdm:namespace": "Email", "xdm:isPrimary": true});
    api.post(&format!("{SCHEMA_REGISTRY}/tenant/descriptors"), &identity).await.expect(201);
    let described = api.get_as(&one, "application/vnd.adobe.xed-full-desc+json; version=1").await.expect(200);
    assert_eq!(described["meta:descriptors"].as_array().unwrap().len(), 1);

    let elsewhere = api.new_sandbox("dev").await;
    elsewhere.get_as(&one, FULL).await.expect_refusal(404, "XDM-1012-404", &[]);
    elsewhere.get_as(&path("schemas", UNION), FULL).await.expect_refusal(404, "XDM-1012-404", &[]);
    api.delete(&path("schemas", UNION)).await.expect_refusal(404, "XDM-1012-404", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_contradicts_the_others_is_not_enabled() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let number = field_group(&api, "Numbers", json!({"points": {"type": "integer"}})).await;
    let text = field_group(&api, "Texts", json!({"points": {"type": "string"}})).await;
    assert!(enabled(&api, "One", &[PROFILE, &number]).await["$id"].is_string());
    let refused = enabled(&api, "Two", &[PROFILE, &text]).await;
    assert!(refused["type"].as_str().unwrap().ends_with("XDM-9009-400"), "{refused}");
    let body = json!({"title": "Two", "type": "object", "allOf": [{"$ref": PROFILE}, {"$ref": text}]});
    let made = api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &body).await.expect(201);
    let own = path("schemas", made["$id"].as_str().unwrap());
    let enable = json!([{"op": "add", "path": "/meta:immutableTags", "value": ["union"]}]);
    api.patch_without_if_match(&own, &enable).await.expect_refusal(400, "XDM-9009-400", &["points"]);
    api.patch_without_if_match(
        &path("fieldgroups", &text),
        &json!([{"op": "replace", "path": "/title", "value": "T"}]),
    )
    .await
    .expect(200);

    let other = field_group(&api, "Others", json!({"level": {"type": "string"}})).await;
    assert!(enabled(&api, "Three", &[PROFILE, &other]).await["$id"].is_string());
    let fields = format!("/definitions/own/properties/_{}/properties", super::tenant(&api).await);
    let add = |name: &str| json!([{"op": "add", "path": format!("{fields}/{name}"), "value": {"type": "string"}}]);
    let other = path("fieldgroups", &other);
    api.patch_without_if_match(&other, &add("points")).await.expect_refusal(400, "XDM-9009-400", &["points"]);
    assert_eq!(api.patch_without_if_match(&other, &add("rank")).await.expect(200)["version"], "1.1");
}
