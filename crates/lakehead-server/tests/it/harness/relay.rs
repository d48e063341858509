//! A connection that breaks: bytes pass between a client and a real server until a test says otherwise.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How connections break.
#[derive(Clone, Debug)]
pub(crate) enum Break {
    /// Reset, once so many bytes of answers have passed.
    ResetAfter(usize),
    /// Reset in place of an answer, once these bytes were sent.
    ResetAnswersTo(&'static [u8]),
    /// What the server answers to the `COMMIT` of a transaction in which these bytes were sent is lost, and the connection
    /// with it.
    LoseAnswerToCommit(&'static [u8]),
    /// The `COMMIT` itself is lost, and the connection with it.
    LoseCommit(&'static [u8]),
}

/// As PostgreSQL is told: the message without a name, its length, and the statement.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// More is not remembered of a connection; no transaction of the tests says as much.
const MAX_SAID: usize = 64 << 20;

#[derive(Default)]
struct Plan {
    how: Option<Break>,
    /// How many connections are still to break.
    times: usize,
    broken: usize,
}

/// Listens in the place of a server.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    serving: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Relay {
    /// Stands before `server`, `host:port`; nothing breaks.
    pub(crate) async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, plan, server) = (listener.local_addr().unwrap(), Arc::default(), server.to_owned());
        let shared: Arc<Mutex<Plan>> = Arc::clone(&plan);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(pass(client, server, Arc::clone(&shared)));
            }
        });
        Self { address, plan, serving }
    }

    /// From now on `times` connections break, those that are open included.
    pub(crate) fn break_connections(&self, how: Break, times: usize) {
        let mut plan = self.plan.lock().unwrap();
        (plan.how, plan.times, plan.broken) = (Some(how), times, 0);
    }

    /// From now on none breaks. Answers how many did.
    pub(crate) fn mend(&self) -> usize {
        let mut plan = self.plan.lock().unwrap();
        plan.how = None;
        plan.broken
    }
}

impl Plan {
    /// Whether a connection that has come so far breaks here.
    fn breaks(&mut self, is_now: impl FnOnce(&Break) -> bool) -> bool {
        let breaks = self.times > 0 && self.how.as_ref().is_some_and(is_now);
        if breaks {
            self.times -= 1;
            self.broken += 1;
        }
        breaks
    }
}

/// What was said on a connection since the last transaction ended.
#[derive(Default)]
struct Said(Vec<u8>);

impl Said {
    fn has(&self, bytes: &[u8]) -> bool {
        self.0.windows(bytes.len()).any(|part| part == bytes)
    }

    /// Whether a transaction that names `bytes` is being committed.
    fn commits(&self, bytes: &[u8]) -> bool {
        self.0.ends_with(COMMIT) && self.has(bytes)
    }
}

async fn pass(mut client: TcpStream, mut server: TcpStream, plan: Arc<Mutex<Plan>>) {
    let (mut up, mut down) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let (mut said, mut answered) = (Said::default(), 0);
    loop {
        tokio::select! {
            count = client.read(&mut up) => {
                let Ok(count @ 1..) = count else { return };
                said.0.extend_from_slice(&up[..count]);
                let lost = |how: &Break| matches!(how, Break::LoseCommit(naming) if said.commits(naming));
                if plan.lock().unwrap().breaks(lost) {
                    break;
                }
                if server.write_all(&up[..count]).await.is_err() {
                    return;
                }
                let unheard = |how: &Break| matches!(how, Break::LoseAnswerToCommit(naming) if said.commits(naming));
                if plan.lock().unwrap().breaks(unheard) {
                    // It has happened once the answer is there.
                    let _ = server.read(&mut down).await;
                    break;
                }
                if said.0.ends_with(COMMIT) || said.0.len() > MAX_SAID {
                    said.0.clear();
                }
            }
            count = server.read(&mut down) => {
                let Ok(count @ 1..) = count else { return };
                if plan.lock().unwrap().breaks(|how| matches!(how, Break::ResetAnswersTo(name) if said.has(name))) {
                    break;
                }
                answered += count;
                if client.write_all(&down[..count]).await.is_err() {
                    return;
                }
                if plan.lock().unwrap().breaks(|how| matches!(how, Break::ResetAfter(bytes) if answered > *bytes)) {
                    break;
                }
            }
        }
    }
    // Not an orderly end: what is on its way is thrown away.
    let _ = client.set_zero_linger();
}
