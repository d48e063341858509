//! What real clients send that no specification asks for is understood where its meaning is plain, and refused where it
//! says two things.

use std::fmt::Write as _;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

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

#[tokio::test(flavor = "multi_thread")]
async fn conditions_may_be_written_as_the_documentation_writes_them() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let address = api.base().strip_prefix("http://").unwrap();
    let mut server = TcpStream::connect(address).await.unwrap();
    let mut head = String::new();
    for (name, value) in api.headers() {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    // Two on one connection: as `curl` sends them, not encoded.
    for (query, status) in [("createdAt>1000", 200), ("name==\"a\"", 200), ("name!>a", 400), ("createdAt<=1000", 200)] {
        let request = format!("GET {FLOW_SERVICE}/flows?property={query} HTTP/1.1\r\nhost: x\r\n{head}\r\n");
        server.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 16 * 1024];
        let n = server.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..n]);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{query}: {answer}");
        assert!(status == 200 || answer.contains("FLOW-1450-400"), "{query}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reaches_a_client_whose_body_is_still_on_the_way() {
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let address = api.base().strip_prefix("http://").unwrap();
    let mut server = TcpStream::connect(address).await.unwrap();
    let head = |length: usize| {
        format!(
            "POST {FLOW_SERVICE}/flows HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n"
        )
    };
    let mut ask = async |head: &str, body: &[u8]| {
        server.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        // The headers alone are reason enough to refuse: they ask without a token.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        server.write_all(body).await.unwrap();
        let mut answer = vec![0; 16 * 1024];
        let n = server.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..n]).to_ascii_lowercase()
    };
    // Twice on one connection: the rest of the first is not taken for the second.
    for _ in 0..2 {
        let answer = ask(&head(2000), &[b'x'; 2000]).await;
        assert!(answer.starts_with("http/1.1 403 ") && !answer.contains("connection: close"), "{answer}");
    }
    // Nothing is sent by who waits to be asked, and what is long is not waited for: then the connection ends.
    let answer = ask(&(head(2000) + "expect: 100-continue\r\n"), b"").await;
    assert!(answer.starts_with("http/1.1 403 ") && answer.contains("connection: close"), "{answer}");
    let mut server = TcpStream::connect(address).await.unwrap();
    server.write_all(format!("{}\r\n", head(9_000_000)).as_bytes()).await.unwrap();
    server.write_all(&vec![b'x'; 200_000]).await.unwrap();
    let mut answer = vec![0; 16 * 1024];
    let n = server.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..n]).to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 403 ") && answer.contains("connection: close"), "{answer}");
}
