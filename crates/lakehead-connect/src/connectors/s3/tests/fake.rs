//! A server that gives prepared answers, one per connection, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

pub(super) struct Fake {
    pub(super) endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Fake {
    /// The heads of the requests so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Answers with each text in turn, then with the last one for ever.
pub(super) async fn answers(texts: Vec<String>) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let serving = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match socket.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            let turn = {
                let mut log = log.lock().unwrap();
                log.push(String::from_utf8(head).unwrap());
                log.len() - 1
            };
            // The client may have heard enough.
            let _ = socket.write_all(texts[turn.min(texts.len() - 1)].as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    Fake { endpoint, asked, serving }
}

/// An answer with a body of its true length.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

/// A page of a listing with these keys; `next` is the token of the page after.
pub(super) fn page(keys: &[&str], next: Option<&str>) -> String {
    let entry = |key: &&str| {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2024-05-01T10:00:00Z</LastModified><ETag>\"e\"</ETag>\
             <Size>5</Size></Contents>"
        )
    };
    let entries = keys.iter().map(entry).collect::<Vec<_>>().concat();
    let next_token = next.map(|token| format!("<NextContinuationToken>{token}</NextContinuationToken>"));
    let body = format!(
        "<ListBucketResult><IsTruncated>{}</IsTruncated>{}{entries}</ListBucketResult>",
        next.is_some(),
        next_token.unwrap_or_default()
    );
    answer(200, "", &body)
}

/// An error answer.
pub(super) fn error(status: u16, code: &str, more: &str) -> String {
    answer(status, "", &format!("<Error><Code>{code}</Code>{more}</Error>"))
}
