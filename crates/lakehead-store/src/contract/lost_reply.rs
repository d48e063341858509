//! The connection breaks around `COMMIT`: the run row says what happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::commits::{Load, table};
use super::{Bench, keyring, on_postgres};
use crate::{CommitOutcome, RunState, Store};

const PASS: u8 = 0;
/// The server gets the next `COMMIT`, the client never hears of it.
const LOSE_REPLY: u8 = 1;
/// The server never gets the next `COMMIT`.
const LOSE_REQUEST: u8 = 2;

/// A relay in front of the server that can break one connection at the worst moment.
async fn relay(server: String, fault: Arc<AtomicU8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(forward(client, server, Arc::clone(&fault)));
        }
    });
    address
}

/// Passes bytes both ways until one side ends or the armed fault strikes; returning breaks both connections.
async fn forward(mut client: TcpStream, mut server: TcpStream, fault: Arc<AtomicU8>) {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            Ok(count) = client.read(&mut asked) => {
                let asked = &asked[..count];
                // With its end mark: the `BEGIN` says `READ COMMITTED`.
                let is_commit = asked.windows(7).any(|word| word == b"COMMIT\0");
                let strikes = if is_commit { fault.swap(PASS, Ordering::SeqCst) } else { PASS };
                if count == 0 || strikes == LOSE_REQUEST || server.write_all(asked).await.is_err() {
                    return;
                }
                if strikes == LOSE_REPLY {
                    // Once the server has answered, the transaction has ended.
                    assert!(server.read(&mut answered).await.unwrap() > 0);
                    return;
                }
            }
            Ok(count) = server.read(&mut answered) => {
                if count == 0 || client.write_all(&answered[..count]).await.is_err() {
                    return;
                }
            }
            else => return,
        }
    }
}

/// Commits through a relay with `fault` armed.
async fn commit_with(bench: &Bench, fault: u8) -> (crate::Result<CommitOutcome>, RunState) {
    table(bench).await;
    let (user, rest) = bench.url.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let armed = Arc::new(AtomicU8::new(PASS));
    let address = relay(server.to_owned(), Arc::clone(&armed)).await;
    let store = Store::open(&format!("{user}@{address}/{database}"), keyring(&bench.key)).await.unwrap();
    let run = bench.committing("f", "1", "w").await;
    let load = Load::of(&run, &["o1"]);
    armed.store(fault, Ordering::SeqCst);
    let outcome = store.commit_run(&load.commit(&run, "m0")).await;
    assert_eq!(armed.load(Ordering::SeqCst), PASS, "the fault has struck");
    store.close().await;
    (outcome, bench.run_row(&run.run_id).await.state)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_to_a_commit_that_happened_is_a_success() {
    on_postgres(async |bench: Bench| {
        let (outcome, state) = commit_with(&bench, LOSE_REPLY).await;
        assert_eq!((outcome.unwrap(), state), (CommitOutcome::Committed, RunState::Success));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_arrived_is_an_error_and_left_nothing() {
    on_postgres(async |bench: Bench| {
        let (outcome, state) = commit_with(&bench, LOSE_REQUEST).await;
        assert!(outcome.is_err());
        assert_eq!(state, RunState::Committing);
        let mut tx = bench.store.read().await.unwrap();
        assert!(tx.ingested_among("f", &["o1".to_owned()]).await.unwrap().is_empty());
    })
    .await;
}
