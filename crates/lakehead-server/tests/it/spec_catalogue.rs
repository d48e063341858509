//! The catalogue of specs: what clients read of it, what an organisation adds to it, and who sees that.

use serde_json::{Value, json};

use crate::harness::client::{Api, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Source};

const BLOB: &str = "4c10e202-c428-4796-9208-5f1f5732b1cf";
const LANDING_ZONE: &str = "26f526f2-58f4-4712-961d-e41bf1ccc0e8";

fn url(path: &str) -> String {
    format!("{FLOW_SERVICE}/{path}")
}

async fn items(api: &Api, path: &str) -> Vec<Value> {
    api.get(&url(path)).await.expect(200)["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_read_at_once_or_in_parts() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let all = api.get(&url("connectionSpecs")).await.expect(200);
    let count = all["items"].as_array().unwrap().len();
    assert!(count >= 60 && all["_links"] == json!({}), "{count}: {}", all["_links"]);
    assert_eq!(api.get(&url("connectionSpecs?count=true")).await.expect(200), json!({"count": count}));

    let blob = items(&api, "connectionSpecs?property=name==azure-blob").await.swap_remove(0);
    assert_eq!((&blob["id"], &blob["attributes"]["availability"]), (&json!(BLOB), &json!("notYetAvailable")));
    assert_eq!(blob["authSpec"][1]["spec"]["properties"]["sasUri"]["format"], "password");
    let available = items(&api, "connectionSpecs?property=attributes.availability==available&property=name").await;
    assert_eq!(available, [json!({"name": "amazon-s3"}), json!({"name": "datalake"})]);
    assert_eq!(api.get(&url("flowSpecs?count=true")).await.expect(200), json!({"count": 6}));
    let tables = items(&api, "flowSpecs?property=name==\"CRMToAEP\"").await.swap_remove(0);
    assert_eq!(tables["transformationSpecs"][1]["name"], "Copy");
    assert_eq!(items(&api, &format!("connectionSpecs/{}", BLOB.to_uppercase())).await, [blob]);
    let unknown = api.get(&url("connectionSpecs?colour=blue")).await;
    unknown.expect_refusal(400, "FLOW-1451-400", &["colour"]);
    api.get(&url("flowSpecs/nope")).await.expect_refusal(404, "FLOW-1439-404", &["nope"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_connector_is_refused_by_name() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let body = json!({"name": "blob", "connectionSpec": {"id": BLOB, "version": "1.0"},
        "auth": {"specName": "ConnectionString", "params": {"connectionString": "AccountKey=canary"}}});
    for path in ["connections", "connections?mode=draft"] {
        let answer = api.post(&url(path), &body).await;
        assert!(!answer.json.to_string().contains("canary"), "{}", answer.json);
        let words = ["CONNECTOR-1305-400", "Azure Blob Storage", "Amazon S3"];
        answer.expect_refusal(400, "FLOW-1100-400", &words);
    }
    let source = json!({"name": "x", "baseConnectionId": "11111111-1111-4111-8111-111111111111", "data": {"format": "json"},
        "params": {"path": "/a"}, "connectionSpec": {"id": BLOB}});
    api.post(&url("sourceConnections"), &source).await.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1305-400"]);
    let tables = &items(&api, "flowSpecs?property=name==CRMToAEP").await[0];
    let flow = json!({"name": "f", "flowSpec": {"id": tables["id"]}, "sourceConnectionIds": [BLOB],
        "targetConnectionIds": [BLOB], "scheduleParams": {"startTime": tutorial::NEVER_S, "frequency": "once"}});
    api.post(&url("flows"), &flow).await.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1305-400", "CRMToAEP"]);

    let by_role = json!({"name": "role", "connectionSpec": {"id": tutorial::S3_SPEC},
        "auth": {"specName": "IAMRole Based", "params": {"bucketName": "bucket"}}});
    let answer = api.post(&url("connections"), &by_role).await;
    answer.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1302-400", "Access Key"]);
    let mut encrypted = json!({"name": "f", "flowSpec": {"id": tutorial::FLOW_SPEC}, "sourceConnectionIds": [BLOB],
        "targetConnectionIds": [BLOB], "scheduleParams": {"startTime": tutorial::NEVER_S, "frequency": "once"}});
    encrypted["transformations"] = json!([{"name": "Encryption", "params": {"publicKeyId": ""}}]);
    let answer = api.post(&url("flows?mode=draft"), &encrypted).await;
    answer.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1202-400", "Encryption"]);
    assert_eq!(items(&api, "connections").await, Vec::<Value>::new(), "nothing was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spec_can_be_asked_for_its_configuration_and_explored_where_it_needs_no_login() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let s3_spec = tutorial::S3_SPEC;
    let key = api.get(&url(&format!("connectionSpecs/{s3_spec}/configs?authType=KeyBased"))).await.expect(200);
    assert_eq!(key, json!({"configParams": {}}));
    for (path, code) in [
        (format!("connectionSpecs/{s3_spec}/configs?authType=IamBasedAuthentication"), "CONNECTOR-1302-400"),
        (format!("connectionSpecs/{BLOB}/configs?authType=IamBasedAuthentication"), "CONNECTOR-1302-400"),
        (format!("connectionSpecs/{BLOB}/explore?objectType=root"), "CONNECTOR-1372-400"),
        (format!("connectionSpecs/{LANDING_ZONE}/explore?objectType=root"), "CONNECTOR-1305-400"),
        (format!("connectionSpecs/{}/explore?objectType=root", tutorial::DATA_LAKE_SPEC), "CONNECTOR-1372-400"),
    ] {
        api.get(&url(&path)).await.expect_refusal(400, "FLOW-1100-400", &[code]);
    }
    api.get(&url("connectionSpecs/nope/configs")).await.expect_refusal(404, "FLOW-1439-404", &["nope"]);
    let connection = tutorial::connection(&api, &s3).await;
    assert_eq!(items(&api, &format!("connections/{connection}/configs")).await, Vec::<Value>::new());
    let unknown = api.get(&url("connections/nope/configs")).await;
    unknown.expect_refusal(404, "FLOW-1439-404", &["nope"]);
}

fn own_spec(name: &str) -> Value {
    json!({"name": name, "providerId": "0ed90a81-07f4-4586-8190-b40eccef1c5a", "type": "generic-rest",
        "authSpec": [{"name": "Basic Authentication", "type": "BasicAuthentication",
            "spec": {"type": "object", "properties": {"host": {"type": "string"}}, "required": ["host"]}}],
        "attributes": {"category": "Protocols", "connectorName": "Acme", "availability": "available"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_has_specs_of_its_own() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let made = api.post(&url("connectionSpecs"), &own_spec("acme")).await;
    let place = made.header("location").to_owned();
    let made = made.expect(201);
    assert_eq!(api.get(&place).await.expect(200)["items"], json!([made]));
    assert_eq!(made["attributes"]["availability"], "notYetAvailable", "whatever the client says");
    let path = format!("connectionSpecs/{}", made["id"].as_str().unwrap());

    let mut changed = made.clone();
    changed["attributes"]["category"] = json!("CRM");
    changed.as_object_mut().unwrap().remove("type");
    let changed = api.put(&url(&path), None, &changed).await.expect(200);
    assert_eq!(changed["id"], made["id"]);
    assert!(changed.get("type").is_none(), "a PUT replaces: {changed}");
    assert_eq!(items(&api, "connectionSpecs?property=attributes.category==CRM&property=name==acme").await, [changed]);

    let taken = api.post(&url("connectionSpecs"), &own_spec("acme")).await;
    taken.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1312-400", "acme"]);
    let taken = api.post(&url("connectionSpecs"), &own_spec("amazon-s3")).await;
    taken.expect_refusal(400, "FLOW-1100-400", &["amazon-s3"]);
    let built_in = api.put(&url(&format!("connectionSpecs/{BLOB}")), None, &own_spec("blob")).await;
    built_in.expect_refusal(400, "FLOW-1420-400", &[BLOB, "belongs to the server"]);
    let mut hostile = own_spec("hostile");
    hostile["sourceSpec"] = json!({"spec": {"$ref": "http://169.254.169.254/latest"}});
    api.post(&url("connectionSpecs"), &hostile).await.expect_refusal(400, "FLOW-1100-400", &["$ref"]);
    let connection = json!({"name": "c", "connectionSpec": {"id": made["id"]},
        "auth": {"specName": "Basic Authentication", "params": {"host": "h"}}});
    let refused = api.post(&url("connections"), &connection).await;
    refused.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1305-400", "Acme"]);

    assert_eq!(items(&api.new_sandbox("second").await, &path).await.len(), 1, "all sandboxes see it");
    let stranger = lakehead.new_client(Some("00000000000000000000FFFF@AdobeOrg")).await;
    let stranger = lakehead.api_as(&stranger).await;
    stranger.get(&url(&path)).await.expect_refusal(404, "FLOW-1439-404", &[]);
    stranger.put(&url(&path), None, &own_spec("mine")).await.expect_refusal(404, "FLOW-1439-404", &[]);
    assert_eq!(items(&stranger, "connectionSpecs?property=name==acme").await, Vec::<Value>::new());
    stranger.post(&url("connections"), &connection).await.expect_refusal(400, "FLOW-1413-400", &[]);
    let flow_spec = json!({"name": "f", "providerId": "p", "sourceConnectionSpecIds": [made["id"]]});
    api.post(&url("flowSpecs"), &flow_spec).await.expect(201);
    stranger.post(&url("flowSpecs"), &flow_spec).await.expect_refusal(400, "FLOW-1413-400", &[]);
    stranger.post(&url("connectionSpecs"), &own_spec("acme")).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_can_follow_a_flow_spec_of_its_organisation() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let spec = json!({
        "name": "AcmeToLake", "providerId": "0ed90a81-07f4-4586-8190-b40eccef1c5a",
        "sourceConnectionSpecIds": [tutorial::S3_SPEC], "targetConnectionSpecIds": [tutorial::DATA_LAKE_SPEC],
        "transformationSpec": [{"name": "Mapping", "spec": {"type": "object", "required": ["mappingId"]}}],
        "optionSpec": {"name": "OptionSpec", "spec": {"properties": {"ticket": {"type": "integer"}}, "required": ["ticket"]}},
        "attributes": {"isSourceFlow": true},
    });
    let mut first = spec.clone();
    first["optionSpec"]["spec"]["required"] = json!(["reason"]);
    let made = api.post(&url("flowSpecs"), &first).await.expect(201);
    let made = format!("flowSpecs/{}", made["id"].as_str().unwrap());
    let spec = api.put(&url(&made), None, &spec).await.expect(200);
    assert_eq!(
        items(&api, &made).await,
        std::slice::from_ref(&spec),
        "a PUT replaces, and what follows is checked against it"
    );
    assert_eq!(spec["transformationSpecs"][0]["name"], "Mapping");

    let mut body = tutorial::flow_body(&pipeline, tutorial::now_s());
    body["flowSpec"] = json!({"id": spec["id"], "version": "1.0"});
    body["options"] = json!({"ticket": "none"});
    let refused = api.post(&url("flows"), &body).await;
    refused.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1312-400", "options.ticket"]);
    body["options"] = json!({"ticket": "17"});
    let flow = tutorial::flow(&api, &body).await;
    let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    assert_eq!(tutorial::status(&run), "success", "{run}");
    let shown = items(&api, &format!("flows/{flow}")).await.swap_remove(0);
    assert_eq!(shown["inheritedAttributes"]["properties"]["isSourceFlow"], true);

    let etag = shown["etag"].as_str().unwrap();
    let change = json!([{"op": "remove", "path": "/options/ticket"}]);
    let refused = api.patch(&url(&format!("flows/{flow}")), etag, &change).await;
    refused.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1304-400", "options.ticket"]);
    let params = json!({"flowId": flow, "params": {"startTime": {"at": 1}}});
    api.post(&url("runs"), &params).await.expect_refusal(400, "FLOW-1100-400", &["params.startTime"]);
}
