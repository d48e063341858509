//! Flows whose runs went wrong, for the pages of dataflows and runs.

use serde_json::json;

use crate::harness::client::Api;
use crate::harness::customers;
use crate::harness::s3::S3;
use crate::harness::tutorial::{self, Pipeline, Source};

/// Text that would run if it were taken for markup.
const NAUGHTY: &str = "<img src=x onerror=alert(1)>";
/// Files of the flow that takes long enough to be watched, and their rows.
const LARGE_FILES: u64 = 6;
const LARGE_ROWS: u64 = 300_000;

/// Their ids, by the variable of the environment that tells the browser's tests.
pub(super) async fn make(api: &Api, s3: &S3, pipeline: &Pipeline) -> Vec<(&'static str, String)> {
    let bad = format!("{}{NAUGHTY},too,few\n\"it's; DROP TABLE\n", customers::csv(100..120));
    s3.put(&format!("flawed/{NAUGHTY}.csv"), bad).await;
    s3.put("flawed/good.csv", customers::csv(200..230)).await;
    s3.put("flawed/other.csv", "nothing,that,is,mapped\n1,2,3,4\n").await;
    let large = bytes::Bytes::from(customers::csv(1_000..1_000 + LARGE_ROWS));
    for number in 0..LARGE_FILES {
        s3.put(&format!("large/{number}.csv"), large.clone()).await;
    }
    let now = tutorial::now_s();
    let rejected = flow(api, s3, pipeline, ("flawed/", "folder"), &format!("Flawed {NAUGHTY}"), now).await;
    let failed = flow(api, s3, pipeline, ("nowhere.csv", "file"), "Orders that went away", now).await;
    let large = flow(api, s3, pipeline, ("large/", "folder"), "A large one", tutorial::NEVER_S).await;
    let spare = flow(api, s3, pipeline, ("spare/", "folder"), "To be changed", tutorial::NEVER_S).await;
    let cancelled = flow(api, s3, pipeline, ("large/", "folder"), "One to be cancelled", tutorial::NEVER_S).await;
    for (name, rows) in [("first", 400..410), ("second", 410..430)] {
        s3.put(&format!("redone/{name}.csv"), customers::csv(rows)).await;
    }
    let redone = flow(api, s3, pipeline, ("redone/", "folder"), "One to be redone", now).await;
    tutorial::finished_runs(api, &rejected, 1).await;
    // A chart needs two. The file that failed is read again, and fails again.
    s3.put("flawed/late.csv", customers::csv(300..320)).await;
    tutorial::start_run(api, &rejected).await;
    tutorial::finished_runs(api, &rejected, 2).await;
    tutorial::finished_runs(api, &failed, 1).await;
    tutorial::finished_runs(api, &redone, 1).await;
    vec![
        ("UI_FLOW_REJECTED", rejected),
        ("UI_FLOW_FAILED", failed),
        ("UI_FLOW_LARGE", large),
        ("UI_FLOW_SPARE", spare),
        ("UI_FLOW_CANCELLED", cancelled),
        ("UI_FLOW_REDONE", redone),
    ]
}

async fn flow(api: &Api, s3: &S3, made: &Pipeline, (key, kind): (&str, &str), name: &str, start_s: u64) -> String {
    let path = s3.path(key);
    let source = Source { format: "delimited", path: &path, kind };
    let source = tutorial::source_connection(api, &made.connection, source, &made.schema).await;
    let mut body = tutorial::flow_body(&Pipeline { source, ..made.clone() }, start_s);
    body["name"] = json!(name);
    body["options"] = json!({"partialIngestionPercent": 50, "errorDiagnosticsEnabled": true});
    tutorial::flow(api, &body).await
}
