//! Files in pieces.

use reqwest::Method;
use serde_json::json;

use super::{act, create, dataset, file, has_become, person, upload};
use crate::harness::client::{Answer, Api};
use crate::harness::read_back;
use crate::harness::server::{Lakehead, Options};

async fn piece(api: &Api, path: &str, range: &str, bytes: &str) -> Answer {
    let headers = [("content-type", "application/octet-stream"), ("content-range", range)];
    api.send(Method::PATCH, path, &headers, Some(bytes.to_owned())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_in_any_order_become_the_file() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let dataset = dataset(&api).await;
    let batch = create(&api, &dataset, "json", json!({})).await;
    let path = file(&batch, &dataset, "big/x.json");
    let whole = format!("{}\n{}\n", person("a", "Ada"), person("b", "Grace"));
    let (size, middle) = (whole.len(), 30);
    let first = format!("bytes 0-{}/{size}", middle - 1);
    let last = format!("bytes {middle}-{}/{size}", size - 1);

    piece(&api, &path, &first, &whole[..middle]).await.expect_refusal(404, "INGEST-9404-404", &["INITIALIZE"]);
    api.post_nothing(&format!("{path}?action=initialize")).await.expect(201);
    piece(&api, &path, &last, &whole[middle..]).await.expect(200);
    api.post_nothing(&format!("{path}?action=COMPLETE")).await.expect_refusal(400, "INGEST-9003-400", &["byte 0"]);
    act(&api, &batch, "COMPLETE").await.expect_refusal(400, "INGEST-9002-400", &["not whole"]);
    piece(&api, &path, &first, "short").await.expect_refusal(400, "INGEST-9003-400", &["5 came"]);
    piece(&api, &path, &first, &whole).await.expect_refusal(413, "INGEST-9004-413", &["30 bytes"]);
    let overlap = format!("bytes 20-{}/{size}", middle + 5);
    piece(&api, &path, &overlap, &whole[20..middle + 6]).await.expect_refusal(400, "INGEST-9003-400", &["overlap"]);
    piece(&api, &path, "bytes 0-x", "a").await.expect_refusal(400, "INGEST-9003-400", &["Content-Range"]);
    let answer = piece(&api, &path, &first, &whole[..middle]).await;
    assert_eq!(answer.header("range"), format!("bytes=0-{}", size - 1));
    let head = api.send(Method::HEAD, &path, &[], None).await.unwrap();
    assert_eq!((head.status, head.header("range")), (200, format!("bytes=0-{}", size - 1).as_str()));
    for _ in 0..2 {
        let done = api.post_nothing(&format!("{path}?action=COMPLETE")).await.expect(201);
        assert_eq!(done, json!({"name": "big/x.json", "sizeInBytes": size}));
    }
    act(&api, &batch, "COMPLETE").await.expect(200);
    has_become(&api, &batch, "success").await;
    if read_back::is_provided() {
        assert_eq!(read_back::table(&api, &dataset).await.ids(), ["a", "b"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_larger_than_other_bodies_may_be_is_streamed() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let dataset = dataset(&api).await;
    let batch = create(&api, &dataset, "json", json!({})).await;
    let rows: Vec<_> = (0..200_000).map(|n| person(&format!("{n:06}"), "somebody with a name")).collect();
    let rows = rows.join(
        "
",
    );
    assert!(rows.len() > 10 << 20);
    upload(&api, &batch, &dataset, "x.json", rows).await.expect(201);
    act(&api, &batch, "COMPLETE").await.expect(200);
    let landed = has_become(&api, &batch, "success").await;
    assert_eq!(landed["recordCount"], 200_000, "{landed}");
}
