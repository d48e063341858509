//! Batches that clients make: upload, complete, abort, take back and replace, read back by an independent reader.

mod growth;
#[cfg(feature = "failpoints")]
mod killed;
mod large_files;
mod life;
mod refusals;

use serde_json::{Value, json};

use crate::harness::client::{Answer, Api, CATALOG};
use crate::harness::{eventually, tutorial};

/// Base path of the service.
const IMPORT: &str = "/data/foundation/import";

/// A dataset of people.
async fn dataset(api: &Api) -> String {
    let schema = tutorial::schema(api, "People").await;
    tutorial::dataset(api, "People", &schema).await
}

/// Makes a batch; `more` are further members of its body. Answers its id.
pub(crate) async fn create(api: &Api, dataset: &str, format: &str, more: Value) -> String {
    let mut body = json!({"datasetId": dataset, "inputFormat": {"format": format}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = api.post(&format!("{IMPORT}/batches"), &body).await.expect(201);
    assert_eq!((&made["status"], &made["relatedObjects"][0]["id"]), (&json!("loading"), &json!(dataset)), "{made}");
    made["id"].as_str().unwrap().to_owned()
}

pub(crate) fn file(batch: &str, dataset: &str, path: &str) -> String {
    format!("{IMPORT}/batches/{batch}/datasets/{dataset}/files/{path}")
}

pub(crate) async fn upload(api: &Api, batch: &str, dataset: &str, path: &str, body: impl Into<String>) -> Answer {
    let headers = [("content-type", "application/octet-stream")];
    let answer = api.send(reqwest::Method::PUT, &file(batch, dataset, path), &headers, Some(body.into())).await;
    answer.expect("the server answers")
}

pub(crate) async fn act(api: &Api, batch: &str, action: &str) -> Answer {
    api.post_nothing(&format!("{IMPORT}/batches/{batch}?action={action}")).await
}

/// The batch as the Catalog shows it.
async fn shown(api: &Api, batch: &str) -> Value {
    api.get(&format!("{CATALOG}/batches/{batch}")).await.expect(200)[batch].clone()
}

/// The batch once it has this status; one that has failed will never have another.
pub(crate) async fn has_become(api: &Api, batch: &str, status: &str) -> Value {
    eventually(&format!("the batch is {status}"), async || {
        let batch = shown(api, batch).await;
        assert!(status == "failed" || batch["status"] != "failed", "{batch}");
        (batch["status"] == status).then_some(batch)
    })
    .await
}

pub(crate) fn person(id: &str, name: &str) -> String {
    json!({"_id": id, "person": {"name": {"firstName": name}}}).to_string()
}
