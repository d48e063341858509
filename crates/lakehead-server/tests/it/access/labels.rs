//! Data usage labels: a flow that has one is there for those whose roles have it too.

use serde_json::json;

use super::{ADMINISTRATION, client};
use crate::harness::client::FLOW_SERVICE;
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options, etag};
use crate::harness::tutorial::{self, Source};

#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_flow_is_there_for_who_has_the_label_on_sqlite() {
    a_labelled_flow_is_there_for_who_has_the_label(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_flow_is_there_for_who_has_the_label_on_postgres() {
    a_labelled_flow_is_there_for_who_has_the_label(Database::Postgres).await;
}

async fn a_labelled_flow_is_there_for_who_has_the_label(database: Database) {
    if !database.is_provided() {
        return;
    }
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
    let admin = lakehead.api().await;
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(&admin, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let flow = tutorial::flow(&admin, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    let run = tutorial::finished_runs(&admin, &flow, 1).await.swap_remove(0);
    let run = run["id"].as_str().unwrap();

    let role = async |name: &str, labels: &[&str]| {
        let body = json!({"name": name, "permissionSets": ["manage-sources", "manage-datasets", "manage-schemas"],
            "sandboxes": ["prod"], "subjectAttributes": {"labels": labels}});
        let role = admin.post(&format!("{ADMINISTRATION}/roles"), &body).await.expect(201);
        client(&lakehead, &admin, "service", &[role["id"].as_str().unwrap()]).await.1
    };
    let with = role("with", &["core/C12"]).await;
    let without = role("without", &["core/C1"]).await;
    let (flows, runs) = (format!("{FLOW_SERVICE}/flows"), format!("{FLOW_SERVICE}/runs"));
    let (flow_url, run_url) = (format!("{flows}/{flow}"), format!("{runs}/{run}"));
    let label = |labels: serde_json::Value| json!([{"op": "add", "path": "/labels", "value": labels}]);
    let version = async || etag(&admin.get(&flow_url).await.expect(200)["items"][0]).to_owned();

    for url in [&flow_url, &run_url] {
        without.get(url).await.expect(200);
    }
    without.patch(&flow_url, &version().await, &label(json!(["core/C12"]))).await.expect_refusal(
        403,
        "FLOW-2120-403",
        &["core/C12"],
    );
    with.patch(&flow_url, &version().await, &label(json!(["core/C12"]))).await.expect(200);

    for url in [&flow_url, &run_url] {
        with.get(url).await.expect(200);
        without.get(url).await.expect_refusal(404, "FLOW-1439-404", &["not found"]);
    }
    for list in [&flows, &runs] {
        let count = async |api: &crate::harness::client::Api| {
            let listed = api.get(list).await.expect(200)["items"].as_array().unwrap().len();
            let counted = api.get(&format!("{list}?count=true")).await.expect(200)["count"].clone();
            assert_eq!(counted, listed, "{list}");
            listed
        };
        assert_eq!((count(&with).await, count(&without).await), (1, 0), "{list}");
    }
    let found = without.post(&format!("{flows}/search"), &json!({})).await.expect(200);
    assert_eq!(found["items"], json!([]));
    let etag = version().await;
    for answer in [
        without.patch(&flow_url, &etag, &json!([{"op": "replace", "path": "/name", "value": "x"}])).await,
        without.delete(&flow_url).await,
        without.post_nothing(&format!("{flow_url}/action?op=disable")).await,
        without.post(&runs, &json!({"flowId": flow})).await,
        without.post_nothing(&format!("{run_url}/action?op=RE_TRIGGER")).await,
        without.put(&run_url, Some("x"), &json!({"recordTypes": []})).await,
    ] {
        answer.expect_refusal(403, "FLOW-2120-403", &[&flow, "label"]);
    }
    with.delete(&flow_url).await.expect(204);
    // A run outlives its flow, and so do the labels.
    with.get(&run_url).await.expect(200);
    without.get(&run_url).await.expect_refusal(404, "FLOW-1439-404", &["not found"]);
    assert_eq!(without.get(&runs).await.expect(200)["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_field_is_written_by_who_has_the_label() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let admin = lakehead.api().await;
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(&admin, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let label = json!({"@type": "xdm:descriptorLabel", "xdm:sourceSchema": "https://ns.adobe.com/xdm/context/person-name",
        "xdm:sourceVersion": 1, "xdm:sourceProperty": "/lastName", "xdm:labels": ["core/I2"]});
    admin.post("/data/foundation/schemaregistry/tenant/descriptors", &label).await.expect(201);
    let flows = format!("{FLOW_SERVICE}/flows");
    let body = tutorial::flow_body(&pipeline, tutorial::NEVER_S);
    let source = Source { format: "json", path: &path, kind: "folder" };
    let mut typed = pipeline.clone();
    typed.source = tutorial::source_connection(&admin, &pipeline.connection, source, &pipeline.schema).await;
    for (labels, allowed) in [(vec!["core/C1"], false), (vec!["core/C1", "core/I2"], true)] {
        let role = json!({"name": labels.join("-").replace('/', "."), "permissionSets": ["manage-sources"],
            "sandboxes": ["prod"], "subjectAttributes": {"labels": labels}});
        let role = admin.post(&format!("{ADMINISTRATION}/roles"), &role).await.expect(201);
        let (_, api) = client(&lakehead, &admin, "service", &[role["id"].as_str().unwrap()]).await;
        let answer = api.post(&flows, &body).await;
        if allowed {
            answer.expect(201);
        } else {
            answer.expect_refusal(400, "FLOW-1419-400", &["/person/name/lastName", "core/I2"]);
            let mut unmapped = tutorial::flow_body(&typed, tutorial::NEVER_S);
            unmapped.as_object_mut().unwrap().remove("transformations");
            api.post(&flows, &unmapped).await.expect_refusal(400, "FLOW-1419-400", &["/person", "core/I2"]);
        }
    }
}
