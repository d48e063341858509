//! Logs: to standard error, `RUST_LOG` chooses what, `LAKEHEAD_LOG=json` chooses the form.
//!
//! A thread of its own writes them. Where standard error is read too slowly lines are dropped and counted: a log that
//! nobody empties must not hold up requests.

use std::time::Duration;

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Lines that wait to be written; more are dropped.
const MAX_LINES: usize = 16_384;
/// Time between two looks at how many were.
const LOSS_INTERVAL: Duration = Duration::from_mins(1);

/// Keeps the log open; what waits is written when it is dropped.
pub(crate) struct Telemetry {
    dropped: ErrorCounter,
    _thread: WorkerGuard,
}

/// Starts logging, from level `default` on where the environment does not say. Call once.
pub(crate) fn start(default: &str) -> Telemetry {
    let (writer, thread) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(MAX_LINES)
        .thread_name("log")
        .finish(std::io::stderr());
    let dropped = writer.error_counter();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    if std::env::var("LAKEHEAD_LOG").is_ok_and(|form| form == "json") {
        builder.json().init();
    } else {
        builder.with_target(false).with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init();
    }
    Telemetry { dropped, _thread: thread }
}

impl Telemetry {
    /// Says in the log what is missing from it, for as long as it is polled.
    pub(crate) fn tell_losses(&self) -> impl Future<Output = ()> + Send + 'static {
        let (dropped, mut told) = (self.dropped.clone(), 0);
        async move {
            loop {
                tokio::time::sleep(LOSS_INTERVAL).await;
                let lost = dropped.dropped_lines();
                if lost > told {
                    tracing::warn!(lines = lost - told, "the log was read too slowly; these lines are missing from it");
                    told = lost;
                }
            }
        }
    }
}
