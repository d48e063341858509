//! What Batch Ingestion refuses, and what a batch shows whose files were not read.

use reqwest::Method;
use serde_json::json;

use super::bench::Bench;
use super::case::Case;
use crate::harness::client::CATALOG;
use crate::harness::{eventually, tutorial};

const BATCHES: &str = "/data/foundation/import/batches";

pub(super) async fn produce(bench: &mut Bench) {
    let dataset = bench.pipeline.dataset.clone();
    let batch = create(bench, &dataset).await;
    let (at, files) = (format!("{BATCHES}/{batch}"), format!("{BATCHES}/{batch}/datasets/{dataset}/files"));
    let begun = format!("{files}/begun.json?action=INITIALIZE");
    bench.api.post_nothing(&begun).await.expect(201);
    let large = "bytes 0-9999999999/10000000000";
    let cases = vec![
        Case::post("INGEST-9001-400", BATCHES, json!({"datasetId": "none"})),
        Case::act("INGEST-9002-400", format!("{at}?action=REVERT")),
        Case::act("INGEST-9003-400", format!("{at}?action=EXPLODE")),
        Case::patch("INGEST-9004-413", format!("{files}/begun.json"), "*", json!({})).header("content-range", large),
        Case::put("INGEST-9005-415", format!("{files}/x"), json!({})).header("content-type", "multipart/form-data"),
        Case::act("INGEST-9404-404", format!("{BATCHES}/none?action=COMPLETE")),
    ];
    bench.produce(cases).await;
    not_read(bench).await;
}

async fn create(bench: &Bench, dataset: &str) -> String {
    let body = json!({"datasetId": dataset, "inputFormat": {"format": "json"}});
    let made = bench.api.post(BATCHES, &body).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

/// A batch whose dataset was deleted before it was completed.
async fn not_read(bench: &mut Bench) {
    let dataset = tutorial::dataset(&bench.api, "Short-lived", &bench.pipeline.schema).await;
    let batch = create(bench, &dataset).await;
    let path = format!("{BATCHES}/{batch}/datasets/{dataset}/files/x.json");
    bench.api.send(Method::PUT, &path, &[], Some("{}".to_owned())).await.unwrap().expect(201);
    bench.api.delete(&format!("{CATALOG}/dataSets/{dataset}")).await.expect(200);
    bench.api.post_nothing(&format!("{BATCHES}/{batch}?action=COMPLETE")).await.expect(200);
    eventually("the batch has failed", async || {
        let shown = bench.api.get(&format!("{CATALOG}/batches/{batch}")).await.expect(200);
        let failed = shown[&batch]["status"] == "failed";
        assert!(!failed || shown[&batch]["errors"][0]["code"] == "INGEST-1002-400", "{shown}");
        failed.then_some(())
    })
    .await;
    bench.note("INGEST-1002-400");
}
