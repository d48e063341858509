//! What the tests stand on: servers, a client, the tutorial's calls, generated files, and an independent reader.

mod calls;
pub(crate) mod client;
pub(crate) mod customers;
pub(crate) mod environment;
pub(crate) mod issuer;
pub(crate) mod read_back;
pub(crate) mod relay;
pub(crate) mod s3;
pub(crate) mod server;
pub(crate) mod shelf;
pub(crate) mod tutorial;

use std::time::Duration;

/// Time between two looks at something that becomes true by itself.
const PAUSE: Duration = Duration::from_millis(50);
/// Looks before a test gives up; with [`PAUSE`] in between that is two minutes, far beyond what anything takes.
const ATTEMPTS: u32 = 2400;

/// Looks again and again until there is an answer; panics with `what` when there is none.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..ATTEMPTS {
        if let Some(answer) = look().await {
            return answer;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("waited {} s in vain: {what}", (PAUSE * ATTEMPTS).as_secs());
}
