//! What goes wrong around a request: a busy database, a source or a client that takes for ever, files that are gone.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use sqlx::Connection as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::bench::Bench;
use super::case::Case;
use super::runs;
use crate::harness::client::{Api, FLOW_SERVICE, SANDBOXES};
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

pub(super) async fn produce(bench: &mut Bench) {
    tokio::join!(a_source_that_asks_to_slow_down(bench), requests_that_take_too_long());
    for code in ["CONNECTOR-1011-503", "FLOW-1104-504", "PLATFORM-1006-408"] {
        bench.note(code);
    }
    an_organisation_without_a_default_sandbox(bench).await;
    a_busy_database(bench).await;
    files_that_are_gone(bench).await;
}

/// Another program has closed the default sandbox.
async fn an_organisation_without_a_default_sandbox(bench: &mut Bench) {
    const ORG: &str = "00000000000000000000FFFF@AdobeOrg";
    let other = bench.lakehead.new_client(Some(ORG)).await;
    let mut database = database(bench).await;
    let close = sqlx::query("UPDATE sandbox SET state = 'failed' WHERE org = ?").bind(ORG).execute(&mut database).await;
    assert_eq!(close.unwrap().rows_affected(), 1);
    let api = bench.lakehead.api_as(&other).await;
    let connections = format!("{FLOW_SERVICE}/connections");
    bench.produce(vec![Case::get("FLOW-2106-404", connections).without("x-sandbox-name").by(&api)]).await;
}

async fn database(bench: &Bench) -> sqlx::SqliteConnection {
    let file = bench.lakehead.data_dir().join("lakehead.db");
    sqlx::SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap()
}

/// The database file is locked by another program for longer than the server waits.
async fn a_busy_database(bench: &mut Bench) {
    let mut other = database(bench).await;
    // The server writes too: wait for a gap.
    crate::harness::eventually("the database can be locked", async || {
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.ok()
    })
    .await;
    let path = format!("{FLOW_SERVICE}/flows/{}", bench.disabled_flow);
    bench.produce(vec![Case::delete("FLOW-1103-503", &path)]).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    bench.api.get(&path).await.expect(200);
}

/// The lake was deleted behind the server's back: an answer says nothing of it, the log does, and a run fails.
async fn files_that_are_gone(bench: &mut Bench) {
    std::fs::remove_dir_all(bench.lakehead.data_dir().join("lake")).unwrap();
    bench.produce(vec![Case::get("FLOW-1400-500", &bench.data_file)]).await;
    crate::harness::eventually("the log says why", async || {
        let log = bench.lakehead.log();
        (log.contains("a request failed inside the server") && log.contains("No such file")).then_some(())
    })
    .await;

    tutorial::start_run(&bench.api, &bench.flow).await;
    let run = tutorial::finished_runs(&bench.api, &bench.flow, 1).await.swap_remove(0);
    runs::shows(bench, &run, &["CONNECTOR-2001-500"]).await;
}

/// A connection whose source is fine at first.
async fn a_source_that_asks_to_slow_down(bench: &Bench) {
    const PAGE: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    const SLOW_DOWN: &str = "<Error><Code>SlowDown</Code></Error>";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let is_slow = Arc::new(AtomicBool::new(false));
    let slow = Arc::clone(&is_slow);
    let source = tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let _ = read_head(&mut client).await;
            let (status, body) = if slow.load(Ordering::SeqCst) { (503, SLOW_DOWN) } else { (200, PAGE) };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
            let _ = client.write_all(answer.as_bytes()).await;
            let _ = client.shutdown().await;
        }
    });
    let connections = format!("{FLOW_SERVICE}/connections");
    let connection = bench.api.post(&connections, &bench.connection("serviceUrl", &endpoint)).await.expect(201);
    is_slow.store(true, Ordering::SeqCst);
    let test = format!("{connections}/{}/test", connection["id"].as_str().unwrap());
    Case::get("CONNECTOR-1011-503", test).check(&bench.api).await;
    source.abort();
}

/// On a server with a short limit: a source that never answers, and a client that sends half a body.
async fn requests_that_take_too_long() {
    let settings = "request_timeout_s = 8";
    let lakehead = Lakehead::start(Options { server_settings: settings, ..Options::default() }).await;
    let api = lakehead.api().await;
    tokio::join!(a_source_that_never_answers(&api), half_a_body(&api));
}

async fn a_source_that_never_answers(api: &Api) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let params = json!({"s3AccessKey": "a", "s3SecretKey": "b", "bucketName": "bucket",
        "serviceUrl": format!("http://{}", listener.local_addr().unwrap())});
    let body = json!({"name": "x", "connectionSpec": {"id": tutorial::S3_SPEC},
        "auth": {"specName": "Access Key", "params": params}});
    Case::post("FLOW-1104-504", format!("{FLOW_SERVICE}/connections"), body).check(api).await;
    drop(listener);
}

async fn half_a_body(api: &Api) {
    let address = api.base().strip_prefix("http://").unwrap();
    let mut server = TcpStream::connect(address).await.unwrap();
    let mut head = format!("POST {SANDBOXES} HTTP/1.1\r\nhost: {address}\r\n");
    for (name, value) in &api.headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    let half = "content-type: application/json\r\ncontent-length: 20\r\nconnection: close\r\n\r\n{\"name\":";
    server.write_all(format!("{head}{half}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["type"], "https://ns.adobe.com/aep/errors/PLATFORM-1006-408", "{answer}");
    let request_id = body["report"]["request-id"].as_str().unwrap();
    assert!(head.contains(&format!("x-request-id: {request_id}")), "{answer}");
}

/// Reads until the headers end.
async fn read_head(client: &mut TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    Ok(())
}
