//! Data usage labels, from the list of labels over schemas and datasets into the table, and identity namespaces.

use serde_json::{Value, json};

use crate::harness::client::{Api, CATALOG, SCHEMA_REGISTRY};
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Source};

const POLICY: &str = "/data/foundation/dulepolicy/labels";
const NAMESPACES: &str = "/data/core/idnamespace/identities";
const DESCRIPTORS: &str = "/data/foundation/schemaregistry/tenant/descriptors";
const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";
const NAMES: &str = "https://ns.adobe.com/xdm/context/person-name";

fn of_dataset(id: &str) -> String {
    format!("/data/foundation/dataset/datasets/{id}/labels")
}

fn label(source: &str, path: &str, labels: &[&str]) -> Value {
    json!({"@type": "xdm:descriptorLabel", "xdm:sourceSchema": source, "xdm:sourceVersion": 1,
           "xdm:sourceProperty": path, "xdm:labels": labels})
}

async fn for_each_database(test: impl AsyncFn(Lakehead)) {
    for database in [Database::Sqlite, Database::Postgres] {
        if database.is_provided() {
            test(Lakehead::start(Options { database, ..Options::default() }).await).await;
        }
    }
}

/// The same client in another sandbox, and a client of another organisation.
async fn strangers(lakehead: &Lakehead, api: &Api) -> [Api; 2] {
    let stranger = lakehead.new_client(Some("00000000000000000000FFFF@AdobeOrg")).await;
    [api.new_sandbox("second").await, lakehead.api_as(&stranger).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_listed_made_and_replaced() {
    for_each_database(async |lakehead| {
        let api = lakehead.api().await;
        let page = api.get(&format!("{POLICY}/core?limit=2&start=17")).await.expect(200);
        assert_eq!(page["_page"], json!({"start": 17, "count": 2}));
        assert_eq!(page["children"][1]["name"], "Third-Party");
        assert_eq!(page["_links"]["next"], Value::Null);
        let href = page["children"][0]["_links"]["self"]["href"].as_str().unwrap();
        let shown = api.get(href.strip_prefix(api.base()).unwrap()).await.expect(200);
        assert_eq!((&shown["name"], &shown["category"]), (&json!("RHD"), &json!("Sensitive")));
        let next = api.get(&format!("{POLICY}/core?limit=18&property=category!=X")).await.expect(200);
        let next = next["_links"]["next"]["href"].as_str().unwrap().strip_prefix(api.base()).unwrap().to_owned();
        assert_eq!(api.get(&next).await.expect(200)["children"].as_array().unwrap().len(), 1);

        let body = json!({"name": "L1", "category": "Custom", "friendlyName": "Bank", "description": "Accounts."});
        let own = format!("{POLICY}/custom/L1");
        api.get(&own).await.expect_refusal(404, "POLICY-1404-404", &["L1"]);
        let made = api.put(&own, None, &body).await.expect(201);
        let replaced = api.put(&own, None, &json!({"name": "L1", "friendlyName": "Money"})).await.expect(200);
        assert_eq!((&replaced["friendlyName"], &replaced["created"]), (&json!("Money"), &made["created"]));
        assert_eq!(replaced["sandboxName"], "prod");
        assert!(replaced["updatedUser"].is_string() && replaced["imsOrg"].is_string(), "{replaced}");
        assert_eq!(api.get(&own).await.expect(200), replaced);
        assert_eq!(api.get(&format!("{POLICY}/custom")).await.expect(200)["children"], json!([replaced]));
        for (name, body) in [("L2", json!({"name": "L1"})), ("C1", json!({"name": "C1"})), ("L2", json!([]))] {
            let refused = api.put(&format!("{POLICY}/custom/{name}"), None, &body).await;
            refused.expect_refusal(400, "POLICY-1001-400", &["`"]);
        }
        api.get(&format!("{POLICY}/core?start=x")).await.expect_refusal(400, "POLICY-1002-400", &["start"]);
        for stranger in strangers(&lakehead, &api).await {
            stranger.get(&own).await.expect_refusal(404, "POLICY-1404-404", &[]);
            assert_eq!(stranger.get(&format!("{POLICY}/custom")).await.expect(200)["children"], json!([]));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dataset_has_labels_until_it_goes() {
    for_each_database(async |lakehead| {
        let api = lakehead.api().await;
        let schema = tutorial::schema(&api, "People").await;
        let dataset = tutorial::dataset(&api, "People", &schema).await;
        let own = of_dataset(&dataset);
        api.get(&own).await.expect_refusal(404, "PES-404", &["NOT_FOUND", &format!("/entities/AEP:dataset:{dataset}")]);
        let alt_id = format!("_{}", schema.strip_prefix("https://ns.adobe.com/").unwrap().replace('/', "."));
        let body = |labels: &[&str]| {
            json!({"entityId": {"namespace": "AEP", "id": dataset, "type": "dataset"}, "labels": labels,
                   "parents": [{"id": alt_id, "type": "schema", "namespace": "AEP"}]})
        };
        api.put(&own, Some("\"x\""), &body(&["C2"])).await.expect_refusal(404, "PES-404", &[]);
        api.post(&own, &body(&["custom/L1"])).await.expect_refusal(400, "PES-400", &["custom/L1"]);
        api.put(&format!("{POLICY}/custom/L1"), None, &json!({"name": "L1"})).await.expect(201);
        let made = api.post(&own, &body(&["C2", "custom/L1"])).await;
        let etag = made.header("etag").to_owned();
        assert_eq!(made.expect(201), json!({"code": "PES-201", "message": "POST Successful"}));
        api.post(&own, &body(&["C2"])).await.expect_refusal(403, "PES-403", &[]);
        let shown = api.get(&own).await;
        assert_eq!(shown.header("etag"), etag);
        let org = &lakehead.credentials().org_id;
        let entity = format!("AEP:dataset:{dataset}");
        let expected = json!({entity: {"imsOrg": org, "labels": ["C2", "custom/L1"], "optionalLabels": []}});
        assert_eq!(shown.expect(200), expected);

        api.put(&own, None, &body(&[])).await.expect_refusal(428, "PES-428", &["If-Match"]);
        api.put(&own, Some("\"stale\""), &body(&[])).await.expect_refusal(412, "PES-412", &["If-Match"]);
        let mut field = body(&["C2"]);
        let option = json!({"id": schema, "contentType": "x", "schemaPath": "/properties/person"});
        field["optionalLabels"] = json!([{"option": option, "labels": ["C1"]}]);
        api.put(&own, Some(&etag), &field).await.expect_refusal(400, "PES-400", &["optionalLabels", "descriptor"]);
        let replaced = api.put(&own, Some(&etag), &body(&[])).await;
        assert_ne!(replaced.header("etag"), etag);
        assert_eq!(replaced.expect(200), json!({"code": "PES-200", "message": "PUT Successful"}));
        api.put(&own, Some(&etag), &body(&["C1"])).await.expect_refusal(412, "PES-412", &[]);
        for stranger in strangers(&lakehead, &api).await {
            stranger.get(&own).await.expect_refusal(404, "PES-404", &[]);
            stranger.post(&own, &body(&["C1"])).await.expect_refusal(404, "PES-404", &[]);
            stranger.put(&own, Some("*"), &body(&["C1"])).await.expect_refusal(404, "PES-404", &[]);
        }
        api.delete(&format!("{CATALOG}/dataSets/{dataset}")).await.expect(200);
        api.get(&own).await.expect_refusal(404, "PES-404", &[]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_inherited_and_reach_the_table() {
    let s3 = S3::in_process().await;
    for_each_database(async |lakehead| {
        let api = lakehead.api().await;
        s3.put("customers/a.csv", customers::csv(0..10)).await;
        let path = s3.path("customers/");
        let missing = label(PROFILE, "/_id", &["custom/Nobody"]);
        api.post(DESCRIPTORS, &missing).await.expect_refusal(400, "XDM-9200-400", &["custom/Nobody"]);
        // On a data type that the tutorial's schema uses through a field group, before there is a schema.
        let on_type = api.post(DESCRIPTORS, &label(NAMES, "/lastName", &["core/I2"])).await.expect(201);
        let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
        let on_class = api.post(DESCRIPTORS, &label(PROFILE, "/_id", &["core/I1"])).await.expect(201);

        let id = pipeline.schema.replace(':', "%3A").replace('/', "%2F");
        let accept = "application/vnd.adobe.xed-full-desc+json; version=1";
        let shown = api.get_as(&format!("{SCHEMA_REGISTRY}/tenant/schemas/{id}"), accept).await.expect(200);
        let said: Vec<&Value> = shown["meta:descriptors"].as_array().unwrap().iter().map(|one| &one["@id"]).collect();
        assert_eq!(said, [&on_class["@id"], &on_type["@id"]]);

        let column = |name: &str| format!("lakehead.column.{name}.labels");
        let properties = properties(&api, &pipeline.dataset).await;
        assert_eq!(properties[column("person.name.lastName")], "core/I2", "{properties}");
        assert_eq!(properties[column("_id")], Value::Null, "the label came after the table");

        api.post(&of_dataset(&pipeline.dataset), &json!({"labels": ["C9"]})).await.expect(201);
        let on_type = format!("{DESCRIPTORS}/{}", on_type["@id"].as_str().unwrap());
        api.delete(&on_type).await.expect(204);
        let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
        let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
        assert_eq!(tutorial::status(&run), "success", "{run}");
        let properties = self::properties(&api, &pipeline.dataset).await;
        assert_eq!(properties["lakehead.labels"], "core/C9", "{properties}");
        assert_eq!(properties[column("_id")], "core/C9,core/I1");
        assert_eq!(properties[column("person.name.lastName")], "core/C9");
        assert_eq!(properties["write.parquet.compression-codec"], "zstd");
    })
    .await;
}

/// The properties of a dataset's table, from its metadata file.
async fn properties(api: &Api, dataset: &str) -> Value {
    let shown = api.get(&format!("{CATALOG}/dataSets/{dataset}")).await.expect(200);
    let location = shown[dataset]["extensions"]["lakehead"]["metadataLocation"].as_str().unwrap();
    let bytes = std::fs::read(location.strip_prefix("file://").unwrap()).unwrap();
    serde_json::from_slice::<Value>(&bytes).unwrap()["properties"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn identity_namespaces_are_listed_made_and_changed() {
    for_each_database(async |lakehead| {
        let api = lakehead.api().await;
        let email = api.get(&format!("{NAMESPACES}/6")).await.expect(200);
        assert_eq!((&email["code"], &email["custom"]), (&json!("Email"), &json!(false)));
        let body =
            json!({"name": "Loyalty Member", "code": "Loyalty", "description": "Program", "idType": "Cross_device"});
        let made = api.post(NAMESPACES, &body).await.expect(201);
        let own = format!("{NAMESPACES}/{}", made["id"]);
        assert_eq!(api.get(&own).await.expect(200), made);
        let all = api.get(NAMESPACES).await.expect(200);
        assert!(all[0] == json!(api.get(&format!("{NAMESPACES}/0")).await.expect(200)), "{all}");
        assert_eq!(all.as_array().unwrap().last(), Some(&made));
        let mut other = body.clone();
        other["code"] = json!("LOYALTY");
        api.post(NAMESPACES, &other).await.expect_refusal(409, "IDNS-1409-409", &["LOYALTY"]);
        api.put(&own, None, &other).await.expect_refusal(400, "IDNS-1001-400", &["code"]);
        other = body.clone();
        other["name"] = json!("Member");
        assert_eq!(api.put(&own, None, &other).await.expect(200)["name"], "Member");
        api.put(&format!("{NAMESPACES}/6"), None, &body).await.expect_refusal(403, "IDNS-1003-403", &[]);
        api.post(NAMESPACES, &json!({"name": "x"})).await.expect_refusal(400, "IDNS-1001-400", &["code"]);
        for stranger in strangers(&lakehead, &api).await {
            stranger.get(&own).await.expect_refusal(404, "IDNS-1404-404", &[]);
            stranger.put(&own, None, &body).await.expect_refusal(404, "IDNS-1404-404", &[]);
            stranger.post(NAMESPACES, &body).await.expect(201);
        }
    })
    .await;
}
