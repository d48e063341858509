//! Drafts: stored although they are incomplete, changed, published in order, and only then in use.

use serde_json::{Value, json};

use crate::harness::client::{Api, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options, etag};
use crate::harness::tutorial;

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_of_drafts_is_completed_published_and_run() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    let schema = tutorial::schema(&api, "Customers").await;
    let dataset = tutorial::dataset(&api, "Customers", &schema).await;
    let mapping = tutorial::legacy_mapping_set(&api, &schema, customers::MAPPINGS).await;

    let s3_spec = json!({"id": tutorial::S3_SPEC, "version": "1.0"});
    let connection = draft(&api, "connections", json!({"name": "s3", "connectionSpec": s3_spec})).await;
    let source = json!({"name": "files", "baseConnectionId": connection, "connectionSpec": s3_spec});
    let source = draft(&api, "sourceConnections", source).await;
    let lake = json!({"id": tutorial::DATA_LAKE_SPEC, "version": "1.0"});
    let target = draft(&api, "targetConnections", json!({"name": "lake", "connectionSpec": lake})).await;
    let flow = json!({"name": "flow", "flowSpec": {"id": tutorial::FLOW_SPEC},
        "sourceConnectionIds": [source], "targetConnectionIds": [target]});
    let flow = draft(&api, "flows", flow).await;

    // Nothing is complete yet, and what rests on a draft waits for it.
    publish(&api, "connections", &connection).await.expect_refusal(400, "FLOW-1100-400", &["auth"]);
    publish(&api, "sourceConnections", &source).await.expect_refusal(400, "FLOW-1444-400", &[&connection]);
    publish(&api, "targetConnections", &target).await.expect_refusal(400, "FLOW-1100-400", &["data"]);
    for (collection, id) in [("connections", &connection), ("flows", &flow)] {
        let url = format!("{FLOW_SERVICE}/{collection}/{id}/action?op=finalize");
        api.post_nothing(&url).await.expect_refusal(400, "FLOW-1422-400", &["draft"]);
    }
    api.post(&format!("{FLOW_SERVICE}/runs"), &json!({"flowId": flow})).await.expect_refusal(
        400,
        "FLOW-1444-400",
        &[&flow, "draft"],
    );
    let complete = json!({"name": "x", "baseConnectionId": connection, "connectionSpec": s3_spec,
        "data": {"format": "delimited"}, "params": {"path": s3.path("customers/")}});
    let on_a_draft = api.post(&format!("{FLOW_SERVICE}/sourceConnections"), &complete).await;
    on_a_draft.expect_refusal(400, "FLOW-1444-400", &[&connection]);

    // In any order: the mapping before it is known where the rows go.
    let mapped = json!({"name": "Mapping", "params": {"mappingId": mapping, "mappingVersion": 0}});
    patch(&api, "flows", &flow, "/transformations", json!([mapped])).await;
    patch(&api, "sourceConnections", &source, "/params", json!({"path": s3.path("customers/"), "type": "folder"}))
        .await;
    patch(&api, "sourceConnections", &source, "/data", json!({"format": "delimited"})).await;
    patch(&api, "targetConnections", &target, "/params", json!({"dataSetId": dataset})).await;
    patch(&api, "targetConnections", &target, "/data", json!({"schema": {"id": schema}})).await;
    patch(&api, "flows", &flow, "/scheduleParams", json!({"frequency": "once"})).await;
    patch(&api, "flows", &flow, "/scheduleParams/startTime", json!(tutorial::NEVER_S)).await;

    patch(&api, "connections", &connection, "/auth", s3.auth()).await;
    publish(&api, "connections", &connection).await.expect(200);
    publish(&api, "connections", &connection).await.expect_refusal(400, "FLOW-1422-400", &["enabled"]);
    publish(&api, "flows", &flow).await.expect_refusal(400, "FLOW-1444-400", &[&source]);
    publish(&api, "sourceConnections", &source).await.expect(200);
    publish(&api, "flows", &flow).await.expect_refusal(400, "FLOW-1444-400", &[&target]);
    publish(&api, "targetConnections", &target).await.expect(200);
    publish(&api, "flows", &flow).await.expect(200);
    let shown = one(&api, "flows", &flow).await;
    assert_eq!((&shown["state"], &shown["lastOperation"]["operation"]), (&json!("enabled"), &json!("publish")));

    tutorial::start_run(&api, &flow).await;
    let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 10, "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_connection_is_not_proved_and_keeps_its_secret() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let mut body = json!({"name": "s3", "connectionSpec": {"id": tutorial::S3_SPEC}, "auth": s3.auth()});
    body["auth"]["params"]["s3SecretKey"] = json!("wrong-secret-of-a-draft");
    let connection = draft(&api, "connections", body).await;
    let shown = one(&api, "connections", &connection).await;
    assert_eq!(shown["state"], "draft");
    assert!(!shown.to_string().contains("wrong-secret-of-a-draft"), "{shown}");
    publish(&api, "connections", &connection).await.expect_refusal(400, "FLOW-1100-400", &["s3SecretKey"]);
    patch(&api, "connections", &connection, "/auth/params/s3SecretKey", json!(s3.secret_key)).await;
    publish(&api, "connections", &connection).await.expect(200);
    let shown = one(&api, "connections", &connection).await;
    assert_eq!(shown["state"], "enabled");
    assert!(!shown.to_string().contains(&s3.secret_key), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_can_be_deleted() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let s3_spec = json!({"id": tutorial::S3_SPEC});
    let connection = draft(&api, "connections", json!({"name": "s3", "connectionSpec": s3_spec})).await;
    let source = json!({"name": "files", "baseConnectionId": connection, "connectionSpec": s3_spec});
    let source = draft(&api, "sourceConnections", source).await;
    let lake = json!({"id": tutorial::DATA_LAKE_SPEC});
    let target = draft(&api, "targetConnections", json!({"name": "lake", "connectionSpec": lake})).await;
    let flow = json!({"name": "flow", "flowSpec": {"id": tutorial::FLOW_SPEC},
        "sourceConnectionIds": [source], "targetConnectionIds": [target]});
    let flow = draft(&api, "flows", flow).await;
    let url = |collection: &str, id: &str| format!("{FLOW_SERVICE}/{collection}/{id}");
    api.delete(&url("connections", &connection)).await.expect_refusal(400, "FLOW-1418-400", &[&flow]);
    api.delete(&url("sourceConnections", &source)).await.expect_refusal(400, "FLOW-1447-400", &[&flow]);
    for (collection, id) in [("flows", &flow), ("connections", &connection), ("targetConnections", &target)] {
        api.delete(&url(collection, id)).await.expect(204);
        api.get(&url(collection, id)).await.expect_refusal(404, "FLOW-1439-404", &[id]);
    }
    // Its base is gone: it is shown, and cannot be published.
    one(&api, "sourceConnections", &source).await;
    publish(&api, "sourceConnections", &source).await.expect_refusal(404, "FLOW-1101-404", &[&connection]);
    api.delete(&url("sourceConnections", &source)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_mode_is_refused() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    for collection in ["connections", "sourceConnections", "targetConnections", "flows"] {
        let answer = api.post(&format!("{FLOW_SERVICE}/{collection}?mode=sketch"), &json!({"name": "x"})).await;
        answer.expect_refusal(400, "FLOW-1452-400", &["mode", "sketch"]);
    }
}

async fn draft(api: &Api, collection: &str, body: Value) -> String {
    let made = api.post(&format!("{FLOW_SERVICE}/{collection}?mode=draft"), &body).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn publish(api: &Api, collection: &str, id: &str) -> crate::harness::client::Answer {
    api.post_nothing(&format!("{FLOW_SERVICE}/{collection}/{id}/action?op=publish")).await
}

async fn patch(api: &Api, collection: &str, id: &str, path: &str, value: Value) {
    let url = format!("{FLOW_SERVICE}/{collection}/{id}");
    let version = etag(&one(api, collection, id).await).to_owned();
    api.patch(&url, &version, &json!([{"op": "add", "path": path, "value": value}])).await.expect(200);
}

async fn one(api: &Api, collection: &str, id: &str) -> Value {
    api.get(&format!("{FLOW_SERVICE}/{collection}/{id}")).await.expect(200)["items"][0].clone()
}
