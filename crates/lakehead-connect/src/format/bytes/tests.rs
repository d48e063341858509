//! Storages that fall silent, trickle, break off or say too much, over real connections.

use std::sync::{Mutex, atomic::AtomicUsize, atomic::Ordering};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::*;
use crate::{
    connectors::by_spec_id,
    login::{Login, LoginValue},
    net::{EgressPolicy, Net},
};

const SIZE: u64 = 300_000;
/// Longer than an answer within this machine takes, by far.
const SILENCE: Duration = Duration::from_millis(700);

/// How an answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Well,
    /// Not even the head.
    Never,
    /// Half of the bytes, then none.
    Stops,
    /// Half of the bytes, then one at a time.
    Trickles,
    /// Half of the bytes, then the connection is reset.
    Resets,
    /// Half of the bytes, then the connection ends in order.
    Ends,
    /// Bytes without end, and no length.
    Floods,
}

/// A server that answers so in turn, and the last way for ever.
struct Odd {
    pinned: Pinned,
    asked: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Drop for Odd {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn content(range: Range<u64>) -> Vec<u8> {
    range.map(|at| (at % 251) as u8).collect()
}

async fn odd(answers: &'static [Answer]) -> Odd {
    odd_of(SIZE, answers).await
}

/// An object of `size` bytes.
async fn odd_of(size: u64, answers: &'static [Answer]) -> Odd {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let serving = tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let turn = count.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(give(socket, size, answers[turn.min(answers.len() - 1)]));
        }
    });
    let text = |text: &str| LoginValue::Text(text.to_owned());
    let params = [
        ("s3AccessKey", text("AKIATEST")),
        ("s3SecretKey", LoginValue::Secret("secret".into())),
        ("serviceUrl", text(&endpoint)),
        ("bucketName", text("acme")),
    ];
    let params = params.map(|(name, value)| (name.to_owned(), value)).into();
    let login = Login { auth_spec: "Access Key".to_owned(), params };
    let net = Net::new(EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()] }).unwrap();
    let store = by_spec_id("ecadc60c-7455-4d87-84dc-2a0e293d997b").unwrap().open(&login, "acme", &net).unwrap();
    let object = PlannedObject::pin("acme", "in/a.csv", Some("\"e\"".to_owned()), None, size, 0);
    let mut pinned = Pinned::new(&store, &object).unwrap();
    pinned.silence = SILENCE;
    Odd { pinned, asked, serving }
}

/// One request, one answer, and the end of the connection.
async fn give(mut socket: TcpStream, size: u64, answer: Answer) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = socket.read_u8().await else { return };
        head.push(byte);
    }
    if answer == Answer::Never {
        return std::future::pending().await;
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let (_, range) = head.split_once("range: bytes=").unwrap();
    let (from, to) = range.split_once("\r\n").unwrap().0.split_once('-').unwrap();
    let range = from.parse().unwrap()..to.parse::<u64>().unwrap() + 1;
    let bytes = content(range.clone());
    let length = match answer {
        Answer::Floods => String::new(),
        _ => format!("content-length: {}\r\n", bytes.len()),
    };
    let head = format!(
        "HTTP/1.1 206 X\r\nconnection: close\r\n{length}content-range: bytes {}-{}/{size}\r\netag: \"e\"\r\n\
         last-modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n",
        range.start,
        range.end - 1
    );
    // The client may have heard enough.
    let _ = socket.write_all(head.as_bytes()).await;
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    let _ = socket.write_all(first).await;
    match answer {
        Answer::Well => drop(socket.write_all(rest).await),
        Answer::Stops => std::future::pending().await,
        Answer::Trickles => {
            for byte in rest {
                tokio::time::sleep(SILENCE / 10).await;
                if socket.write_all(&[*byte]).await.is_err() {
                    return;
                }
            }
        }
        Answer::Resets => {
            // What was sent is read before the reset is noticed, most of it at least.
            tokio::task::yield_now().await;
            socket.set_zero_linger().unwrap();
        }
        Answer::Floods => while socket.write_all(rest).await.is_ok() {},
        Answer::Never | Answer::Ends => {}
    }
}

#[tokio::test]
async fn what_breaks_off_in_the_middle_is_asked_for_again() {
    for answers in [
        &[Answer::Well][..],
        &[Answer::Resets, Answer::Well],
        &[Answer::Ends, Answer::Resets, Answer::Well],
        &[Answer::Stops, Answer::Well],
        &[Answer::Never, Answer::Well],
    ] {
        let odd = odd(answers).await;
        let bytes = odd.pinned.read(7..250_007).await.unwrap_or_else(|error| panic!("{answers:?}: {error}"));
        assert!(bytes == content(7..250_007), "{answers:?}");
    }
}

#[tokio::test]
async fn a_storage_that_never_delivers_is_given_up_and_it_is_not_the_fault_of_the_file() {
    for (answers, says) in [
        (&[Answer::Never][..], "stopped sending"),
        (&[Answer::Stops], "stopped sending"),
        (&[Answer::Trickles], "too slowly"),
        (&[Answer::Resets], "did not deliver"),
        (&[Answer::Ends], "did not deliver"),
        // Either the client notices or we do.
        (&[Answer::Floods], "try again"),
    ] {
        let mut odd = odd(answers).await;
        if !says.contains("stopped") && !says.contains("slowly") {
            // The client asks on by itself for a while, which is no silence.
            odd.pinned.silence *= 20;
        }
        let error = odd.pinned.read(0..1000).await.unwrap_err();
        assert!(error.message.contains(says), "{answers:?}: {error}");
        assert!(error.transient && error.code == CODE_COPY, "{answers:?}: {error}");
        let asked = odd.asked.load(Ordering::Relaxed);
        assert!((1..=30).contains(&asked), "{answers:?}: asked {asked} times");
    }
}

#[tokio::test]
async fn whoever_listens_hears_a_slow_storage_and_not_a_silent_one() {
    for (answers, hears) in [(&[Answer::Trickles][..], true), (&[Answer::Never], false)] {
        let odd = odd(answers).await;
        let heard = Arc::new(Mutex::new(0));
        let count = Arc::clone(&heard);
        let store = crate::format::heard(Arc::clone(&odd.pinned.store), move || *count.lock().unwrap() += 1);
        let listening = Pinned { store, ..odd.pinned.clone() };
        listening.read(0..1000).await.unwrap_err();
        assert_eq!(*heard.lock().unwrap() > 2, hears, "{answers:?}");
    }
}

#[tokio::test]
async fn the_time_that_a_decoder_takes_is_not_the_storages() {
    let size = 3 * RANGE_BYTES + 1000;
    let odd = odd_of(size, &[Answer::Well]).await;
    let mut pieces = odd.pinned.clone().stream();
    let mut read = pieces.next().await.unwrap().unwrap().len() as u64;
    // The last range has the least patience.
    tokio::time::sleep(SILENCE * 2 + PAUSES + Duration::from_secs(2)).await;
    while let Some(piece) = pieces.next().await {
        read += piece.unwrap().len() as u64;
    }
    assert_eq!(read, size);
}
