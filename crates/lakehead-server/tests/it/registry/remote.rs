//! Sample data, export and import, and the log of changes.

use serde_json::{Value, json};

use super::{PROFILE, RAW, field_group, path};
use crate::harness::client::{Api, SCHEMA_REGISTRY};
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

const PLACEHOLDER: &str = "<XDM_TENANTID_PLACEHOLDER>";

fn rpc(call: &str, id: &str) -> String {
    format!("{SCHEMA_REGISTRY}/rpc/{call}/{}", id.replace(':', "%3A").replace('/', "%2F"))
}

/// A schema of a class, a field group and a data type of the tenant. Gives the `$id`s of schema, group and type.
async fn made(api: &Api) -> [String; 3] {
    let tier =
        json!({"title": "Tier", "type": "object", "properties": {"code": {"type": "string", "enum": ["G", "S"]}}});
    let tier = api.post(&format!("{SCHEMA_REGISTRY}/tenant/datatypes"), &tier).await.expect(201);
    let tier = tier["$id"].as_str().unwrap().to_owned();
    let fields = json!({"tier": {"$ref": tier}, "points": {"type": "integer", "minimum": 3, "maximum": 9}});
    let group = field_group(api, "Loyalty", fields).await;
    let body = json!({"title": "Members", "type": "object", "allOf": [{"$ref": PROFILE}, {"$ref": group},
        {"$ref": "https://ns.adobe.com/xdm/context/identitymap"}]});
    let schema = api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &body).await.expect(201);
    [schema["$id"].as_str().unwrap().to_owned(), group, tier]
}

#[tokio::test(flavor = "multi_thread")]
async fn sample_data_fits_the_schema_and_is_always_the_same() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let [schema, ..] = made(&api).await;
    let name = format!("_{}", super::tenant(&api).await);
    let sample = api.get_as(&rpc("sampledata", &schema), RAW).await.expect(200);
    assert_eq!(sample[&name], json!({"tier": {"code": "G"}, "points": 3}));
    assert_eq!(sample["identityMap"]["Email"][0]["primary"], true);
    assert_eq!(api.get_as(&rpc("sampledata", &schema), RAW).await.expect(200), sample);
    let json_ld = "application/vnd.adobe.xdm+json; version=1";
    let standard = api.get_as(&rpc("sampledata", PROFILE), json_ld).await.expect(200);
    assert!(standard["xdm:personID"].is_string() && standard["@id"].is_string(), "{standard}");
    let version = "application/vnd.adobe.xed+json; version=2";
    api.get_as(&rpc("sampledata", &schema), version).await.expect_refusal(404, "XDM-1012-404", &[]);
    api.get(&rpc("sampledata", &schema)).await.expect_refusal(406, "XDM-9100-406", &[]);
    let elsewhere = api.new_sandbox("dev").await;
    elsewhere.get_as(&rpc("sampledata", &schema), RAW).await.expect_refusal(404, "XDM-1012-404", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_imported_elsewhere_as_a_whole_or_not_at_all() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let ids = made(&api).await;
    let [schema, group, tier] = &ids;
    let export = api.get(&rpc("export", schema)).await.expect(200);
    let tenant = super::tenant(&api).await;
    let hidden = |id: &str| id.replace(&format!("/{tenant}/"), &format!("/{PLACEHOLDER}/"));
    let order: Vec<&str> = export.as_array().unwrap().iter().map(|one| one["$id"].as_str().unwrap()).collect();
    assert_eq!(order, [hidden(tier), hidden(group), hidden(schema)]);
    assert!(!export.to_string().contains(&format!("{tenant}/")) && !export.to_string().contains("imsOrg"));

    let import = format!("{SCHEMA_REGISTRY}/rpc/import");
    let elsewhere = api.new_sandbox("dev").await;
    elsewhere.get(&rpc("export", schema)).await.expect_refusal(404, "XDM-1012-404", &[]);
    let alone = json!([export[2]]);
    elsewhere.post(&import, &alone).await.expect_refusal(400, "XDM-9005-400", &["cannot be imported"]);
    tutorial::schema(&elsewhere, "Members").await;
    elsewhere.post(&import, &export).await.expect_refusal(400, "XDM-3005-400", &["Members"]);
    for id in &ids[1..] {
        let kind = if id == tier { "datatypes" } else { "fieldgroups" };
        elsewhere.get_as(&path(kind, id), RAW).await.expect_refusal(404, "XDM-1012-404", &[]);
    }
    let mut renamed = export.as_array().unwrap().clone();
    renamed[2]["title"] = json!("Club");
    renamed.reverse();
    let imported = elsewhere.post(&import, &Value::Array(renamed.clone())).await.expect(200);
    assert_eq!(imported.as_array().unwrap().len(), 3);
    let found = elsewhere.get_as(&path("schemas", schema), &RAW.replace("xed", "xed-full")).await.expect(200);
    let fields = &found["properties"][format!("_{tenant}")]["properties"];
    assert_eq!((&found["title"], &fields["tier"]["properties"]["code"]["enum"][0]), (&json!("Club"), &json!("G")));
    assert_eq!(found["meta:sandboxType"], "development");
    let again = elsewhere.post(&import, &Value::Array(renamed)).await;
    again.expect_refusal(400, "XDM-3005-400", &["already exists"]);

    let stranger = lakehead.new_client(Some("00000000000000000000FFFF@AdobeOrg")).await;
    let stranger = lakehead.api_as(&stranger).await;
    stranger.get(&rpc("export", schema)).await.expect_refusal(404, "XDM-1012-404", &[]);
    let imported = stranger.post(&import, &export).await.expect(200);
    let other = super::tenant(&stranger).await;
    assert_ne!(other, tenant);
    let own = imported[2]["$id"].as_str().unwrap();
    assert!(own.starts_with(&format!("https://ns.adobe.com/{other}/schemas/")), "{own}");
    let sample = stranger.get_as(&rpc("sampledata", own), RAW).await.expect(200);
    assert_eq!(sample[format!("_{other}")]["tier"]["code"], "G");
    assert!(!imported.to_string().contains(&tenant), "{imported}");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_imports_are_refused() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let import = format!("{SCHEMA_REGISTRY}/rpc/import");
    let id = |n: u8| format!("https://ns.adobe.com/{PLACEHOLDER}/mixins/443fe51457047d958f4a97853e64e0ec{n:02x}");
    let group = |n: u8, of: u8| {
        json!({"$id": id(n), "meta:resourceType": "mixins", "title": format!("G{n}"), "type": "object",
               "meta:intendedToExtend": [], "allOf": [{"$ref": id(of)}]})
    };
    for (code, body) in [
        ("XDM-9107-400", json!(null)),
        ("XDM-9107-400", json!([7])),
        ("XDM-9107-400", json!([{"title": "a"}])),
        ("XDM-9001-400", json!([{"$id": id(1), "title": "a"}])),
        ("XDM-9001-400", json!([{"$id": id(1), "meta:resourceType": "schemas", "title": "a"}])),
        (
            "XDM-9001-400",
            json!([{"$id": "https://ns.adobe.com/xdm/mixins/1", "meta:resourceType": "mixins", "title": "a"}]),
        ),
        ("XDM-9007-400", json!([group(1, 1)])),
        ("XDM-9007-400", json!([group(1, 2), group(2, 3), group(3, 1)])),
        ("XDM-9005-400", json!([group(1, 2)])),
    ] {
        let answer = api.post(&import, &body).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{body}");
    }
    let list = format!("{SCHEMA_REGISTRY}/tenant/fieldgroups");
    let left = api.get_as(&list, "application/vnd.adobe.xed-id+json").await.expect(200);
    assert_eq!(left["_page"]["count"], 0, "nothing is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_who_changed_what() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let id = tutorial::schema(&api, "People").await;
    for title in ["Persons", "Humans"] {
        let patch = json!([{"op": "replace", "path": "/title", "value": title}]);
        api.patch_without_if_match(&path("schemas", &id), &patch).await.expect(200);
    }
    let log = api.get(&rpc("auditlog", &id)).await.expect(200);
    let entries = log.as_array().unwrap();
    assert_eq!(entries.len(), 3, "{log}");
    assert_eq!(
        entries[0]["updates"],
        json!([{"id": id, "xdmType": "schemas", "action": "replace", "path": "/title", "value": "Humans"}])
    );
    let older = json!([{"id": id, "xdmType": "schemas", "action": "replace", "path": "/title"}]);
    assert_eq!(entries[1]["updates"], older, "the trail keeps no values");
    assert_eq!(entries[2]["updates"][0]["action"], "add");
    for entry in entries {
        assert!(["updatedUser", "clientId", "requestId", "sandboxId", "imsOrg"].iter().all(|name| entry[name] != ""));
        assert_eq!(entry["updatedTime"].as_str().unwrap().len(), "02-19-2021 05:43:56".len());
    }
    let elsewhere = api.new_sandbox("dev").await;
    elsewhere.get(&rpc("auditlog", &id)).await.expect_refusal(404, "XDM-1012-404", &[]);
}
