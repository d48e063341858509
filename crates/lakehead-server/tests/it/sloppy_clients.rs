//! What real clients send that no specification asks for is understood where its meaning is plain, and refused where it
//! says two things.

use serde_json::json;

use crate::harness::client::FLOW_SERVICE;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options, etag};
use crate::harness::tutorial;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_plain_is_understood() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let schema = tutorial::schema(&api, "People").await;
    let dataset = tutorial::dataset(&api, "People", &schema).await;
    // Targets need no name, and some clients begin every text with a byte order mark.
    let target = json!({"data": {"format": "parquet_xdm"}, "params": {"dataSetId": dataset},
        "connectionSpec": {"id": tutorial::DATA_LAKE_SPEC}});
    let made =
        api.post_text(&format!("{FLOW_SERVICE}/targetConnections"), &format!("\u{feff}{target}")).await.expect(201);
    let url = format!("{FLOW_SERVICE}/targetConnections/{}", made["id"].as_str().unwrap());
    let shown = api.get(&url).await.expect(200);
    let shown = &shown["items"][0];
    assert_eq!(shown["name"], "Target connection");
    // Proxies that compress weaken versions.
    let rename = json!([{"op": "replace", "path": "/name", "value": "people"}]);
    api.patch(&url, &format!("W/{}", etag(shown)), &rename).await.expect(200);
    // Nobody has to send a version with a delete; who does means it.
    let stale = api.with_header("if-match", Some(etag(shown)));
    stale.delete(&url).await.expect_refusal(412, "FLOW-1404-412", &["version"]);
    api.delete(&url).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_header_that_says_two_things_chooses_none() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let flows = format!("{FLOW_SERVICE}/flows");
    for (second, status) in [("prod", 200), ("other", 400)] {
        let mut twice = api.clone();
        twice.headers.push(("x-sandbox-name".to_owned(), second.to_owned()));
        assert_eq!(twice.get(&flows).await.status, status, "{second}");
    }
    let unreadable = api.with_header("x-sandbox-name", Some("entwicklung\u{fc}"));
    unreadable.get(&flows).await.expect_refusal(400, "FLOW-2105-400", &["x-sandbox-name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_store_is_gone_does_not_work() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let s3 = S3::in_process().await;
    let connection = tutorial::connection(&api, &s3).await;
    let url = format!("{FLOW_SERVICE}/connections/{connection}/test");
    assert_eq!(api.get(&url).await.expect(200), json!({"result": true}));
    drop(s3);
    assert_eq!(api.get(&url).await.expect(200), json!({"result": false}));
}
