//! The catalogue of specs: complete, honest about what is available, and open to specs of an organisation's own.

use serde_json::json;

use crate::harness::client::FLOW_SERVICE;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

#[tokio::test(flavor = "multi_thread")]
async fn a_source_without_a_connector_is_listed_and_cannot_be_connected() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let specs = api.get(&format!("{FLOW_SERVICE}/connectionSpecs")).await.expect(200);
    let specs = specs["items"].as_array().unwrap();
    assert_eq!(specs.len(), 55);
    let of = |name: &str| specs.iter().find(|spec| spec["name"] == name).unwrap();
    assert_eq!(of("amazon-s3")["attributes"]["availability"], "available");
    assert_eq!(of("google-big-query")["attributes"]["filterAtSource"]["enabled"], true);
    let sftp = of("sftp");
    assert_eq!(sftp["attributes"]["availability"], "notYetAvailable");
    let params = json!({"host": "h", "userName": "u", "password": "p"});
    let body = json!({"name": "x", "connectionSpec": {"id": sftp["id"]},
        "auth": {"specName": "Basic Authentication for sftp", "params": params}});
    for query in ["", "?mode=draft"] {
        let answer = api.post(&format!("{FLOW_SERVICE}/connections{query}"), &body).await;
        answer.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1305-400", "SFTP"]);
    }
    let by_name = api.get(&format!("{FLOW_SERVICE}/flowSpecs?property=name==\"CRMToAEP\"")).await.expect(200);
    assert_eq!(by_name["items"][0]["transformationSpecs"][1]["name"], "Copy");
    let counted = api.get(&format!("{FLOW_SERVICE}/flowSpecs?count=true")).await.expect(200);
    assert_eq!(counted, json!({"count": 6}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_makes_specs_that_it_alone_sees() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let stranger = lakehead.new_client(Some("00000000000000000000FFFF@AdobeOrg")).await;
    let stranger = lakehead.api_as(&stranger).await;
    for (collection, extra) in [("connectionSpecs", "sourceSpec"), ("flowSpecs", "scheduleSpec")] {
        let url = format!("{FLOW_SERVICE}/{collection}");
        let body = json!({"name": "ours", "providerId": "p", extra: {"name": "n"}});
        let made = api.post(&url, &body).await.expect(201);
        let own = format!("{url}/{}", made["id"].as_str().unwrap());
        assert_eq!(api.get(&own).await.expect(200)["items"], json!([made]));
        api.post(&url, &body).await.expect_refusal(400, "FLOW-1100-400", &["name", "ours"]);
        let renamed = api.put(&own, None, &json!({"name": "renamed", "providerId": "p"})).await.expect(200);
        assert_eq!((&renamed["id"], &renamed["name"]), (&made["id"], &json!("renamed")));
        assert!(renamed.get(extra).is_none(), "a PUT replaces: {renamed}");
        let found = api.get(&format!("{url}?property=name==renamed")).await.expect(200);
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1));

        stranger.get(&own).await.expect_refusal(404, "FLOW-1439-404", &[]);
        stranger.put(&own, None, &body).await.expect_refusal(404, "FLOW-1439-404", &[]);
        let built_in = if collection == "flowSpecs" { tutorial::FLOW_SPEC } else { tutorial::S3_SPEC };
        api.put(&format!("{url}/{built_in}"), None, &body).await.expect_refusal(400, "FLOW-1420-400", &[built_in]);
        for bad in
            [json!({}), json!({"name": "x"}), json!({"name": "x", "providerId": "p", "attributes": []}), json!([1])]
        {
            assert_eq!(api.post(&url, &bad).await.status, 400, "{bad}");
        }
    }
    let spec = json!({"name": "mine", "providerId": "p"});
    let made = api.post(&format!("{FLOW_SERVICE}/connectionSpecs"), &spec).await.expect(201);
    let body = json!({"name": "x", "connectionSpec": {"id": made["id"]}});
    api.post(&format!("{FLOW_SERVICE}/connections"), &body).await.expect_refusal(400, "FLOW-1413-400", &[]);
}
