//! What is not taken, and who is not let in.

use serde_json::{Value, json};

use super::{IMPORT, act, create, dataset, file, has_become, person, upload};
use crate::harness::client::CATALOG;
use crate::harness::server::{Lakehead, Options};

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_cannot_be_used_are_refused_by_name() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let (ours, theirs) = (dataset(&api).await, dataset(&api.new_sandbox("other").await).await);
    let other = create(&api.sandbox("other"), &theirs, "json", json!({})).await;
    let refused = async |body: Value, word: &str| {
        let answer = api.post(&format!("{IMPORT}/batches"), &body).await;
        answer.expect_refusal(400, "INGEST-9001-400", &[word]);
    };
    refused(json!({"datasetId": theirs}), &theirs).await;
    refused(json!({"datasetId": ours, "inputFormat": {"format": "xls"}}), "inputFormat.format").await;
    refused(json!({"datasetId": ours, "replay": {"predecessors": [other]}}), "replay.predecessors").await;
    let tags = json!({"aep_sip_mapper": ["mapping-set-id:none", "mapping-set-version:0"]});
    refused(json!({"datasetId": ours, "tags": tags}), "aep_sip_mapper").await;

    let not_found = async |id: &str| act(&api, id, "COMPLETE").await.expect_refusal(404, "INGEST-9404-404", &[id]);
    not_found("01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    not_found(&other).await;
    upload(&api, &other, &theirs, "x.json", "{}").await.expect_refusal(404, "INGEST-9404-404", &[&other]);
    api.get(&file(&other, &theirs, "x.json")).await.expect_refusal(404, "INGEST-9404-404", &[&other]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_used_are_refused_and_leave_nothing_behind() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let dataset = dataset(&api).await;
    let batch = create(&api, &dataset, "json", json!({})).await;
    act(&api, &batch, "COMPLETE").await.expect_refusal(400, "INGEST-9002-400", &["no `files`"]);
    act(&api, &batch, "EXPLODE").await.expect_refusal(400, "INGEST-9003-400", &["EXPLODE"]);
    act(&api, &batch, "REVERT").await.expect_refusal(400, "INGEST-9002-400", &["loading"]);
    upload(&api, &batch, "0123", "x.json", "{}").await.expect_refusal(404, "INGEST-9404-404", &["0123"]);
    for path in ["%2e%2e%2f%2e%2e%2fx.json", "a//b", ".hidden", "a%5Cb", "a%0Ab"] {
        upload(&api, &batch, &dataset, path, "{}").await.expect_refusal(400, "INGEST-9003-400", &["file path"]);
    }
    let form = [("content-type", "multipart/form-data; boundary=x")];
    let answer = api.send(reqwest::Method::PUT, &file(&batch, &dataset, "x.json"), &form, Some("--x".into())).await;
    answer.unwrap().expect_refusal(415, "INGEST-9005-415", &["multipart"]);
    api.get(&file(&batch, &dataset, "x.json")).await.expect_refusal(404, "INGEST-9404-404", &["x.json"]);
    let preview = format!("{IMPORT}/batches/{batch}/datasets/{dataset}/preview");
    api.get(&preview).await.expect_refusal(404, "INGEST-9404-404", &["no whole file"]);

    // Given up in the middle: nothing lands, and nothing may come later.
    upload(&api, &batch, &dataset, "x.json", person("a", "Ada")).await.expect(201);
    api.get(&format!("{preview}?nrow=0")).await.expect_refusal(400, "INGEST-9003-400", &["nrow"]);
    api.get(&format!("{preview}?format=xls")).await.expect_refusal(400, "INGEST-9003-400", &["format"]);
    for _ in 0..2 {
        act(&api, &batch, "ABORT").await.expect(200);
    }
    has_become(&api, &batch, "aborted").await;
    act(&api, &batch, "COMPLETE").await.expect_refusal(400, "INGEST-9002-400", &["aborted"]);
    let shown = api.get(&format!("{CATALOG}/batches?dataSet={dataset}&status=aborted")).await.expect(200);
    assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), [&batch]);
    let failed = create(&api, &dataset, "json", json!({})).await;
    act(&api, &failed, "fail").await.expect(200);
    has_become(&api, &failed, "failed").await;
}
