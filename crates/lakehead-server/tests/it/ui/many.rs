//! A server of one organisation with more dataflows and accounts than a page shows at once, and the numbers of one run.

use serde_json::json;

use crate::harness::client::{Api, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

/// Dataflows of which nothing ever runs.
const FLOWS: u32 = 450;
/// Accounts that nothing reads through.
const ACCOUNTS: u32 = 60;

/// The server, and what the tests of the browser are told of it.
pub(super) async fn start(s3: &S3) -> (Lakehead, Vec<(&'static str, String)>) {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    // 100 customers, of which one row has a field too many.
    s3.put("alone/a.csv", format!("{}one,two\n", customers::csv(0..100))).await;
    let path = s3.path("alone/");
    let source = tutorial::Source { format: "delimited", path: &path, kind: "folder" };
    let pipeline = tutorial::prepare(&api, s3, source).await;
    let mut body = tutorial::flow_body(&pipeline, tutorial::now_s());
    body["name"] = json!("The one that ran");
    body["options"] = json!({"partialIngestionPercent": 10, "errorDiagnosticsEnabled": true});
    let flow = tutorial::flow(&api, &body).await;
    tutorial::finished_runs(&api, &flow, 1).await;
    for number in 0..FLOWS {
        draft(
            &api,
            "flows",
            json!({"name": format!("Bestände {number:03}"), "flowSpec": body["flowSpec"],
            "sourceConnectionIds": body["sourceConnectionIds"], "targetConnectionIds": body["targetConnectionIds"]}),
        )
        .await;
    }
    for number in 0..ACCOUNTS {
        let spec = json!({"id": "ecadc60c-7455-4d87-84dc-2a0e293d997b", "version": "1.0"});
        draft(&api, "connections", json!({"name": format!("Konto {number:02}"), "connectionSpec": spec})).await;
    }
    let told = vec![
        ("UI_ALONE_BASE", lakehead.base().to_owned()),
        ("UI_ALONE_CLIENT_ID", lakehead.credentials().client_id.clone()),
        ("UI_ALONE_CLIENT_SECRET", lakehead.credentials().client_secret.clone()),
        ("UI_ALONE_FLOWS", FLOWS.to_string()),
        ("UI_ALONE_ACCOUNTS", ACCOUNTS.to_string()),
    ];
    (lakehead, told)
}

async fn draft(api: &Api, collection: &str, body: serde_json::Value) {
    api.post(&format!("{FLOW_SERVICE}/{collection}?mode=draft"), &body).await.expect(201);
}
