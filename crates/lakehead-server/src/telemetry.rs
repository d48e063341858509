//! Logs: to standard error, `RUST_LOG` chooses what, `LAKEHEAD_LOG=json` chooses the form. Traces, where the configuration
//! names a receiver: see [`traces`].
//!
//! A thread of its own writes the lines. Where standard error is read too slowly lines are dropped and counted: a log that
//! nobody empties must not hold up requests.

pub(crate) mod parent;
pub(crate) mod traces;

use std::time::Duration;

use lakehead_engine::SPANS;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// Lines that wait to be written; more are dropped.
const MAX_LINES: usize = 16_384;
/// Time between two looks at how many were.
const LOSS_INTERVAL: Duration = Duration::from_mins(1);

/// Keeps the log open; what waits is written when it is dropped.
pub(crate) struct Telemetry {
    dropped: ErrorCounter,
    _thread: WorkerGuard,
    traces: Option<SdkTracerProvider>,
}

/// Starts logging, from level `default` on where the environment does not say, and tracing where it is asked for. Call once.
pub(crate) fn start(default: &str, traces: Option<&traces::Settings>, runtime: &Handle) -> anyhow::Result<Telemetry> {
    let (writer, thread) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(MAX_LINES)
        .thread_name("log")
        .finish(std::io::stderr());
    let dropped = writer.error_counter();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // Spans for traces are no context of lines, and lines are no events of traces: what is logged stays in the log.
    let filter = filter.and(filter_fn(|metadata| metadata.target() != SPANS));
    let lines: Box<dyn Layer<Registry> + Send + Sync> =
        if std::env::var("LAKEHEAD_LOG").is_ok_and(|form| form == "json") {
            fmt::layer().json().with_writer(writer).with_filter(filter).boxed()
        } else {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            fmt::layer().with_target(false).with_ansi(colours).with_writer(writer).with_filter(filter).boxed()
        };
    let provider = traces.map(|settings| traces::provider(settings, runtime)).transpose()?;
    let spans = provider.as_ref().map(|provider| {
        traces::layer(provider).with_filter(filter_fn(|metadata| metadata.target() == SPANS && metadata.is_span()))
    });
    tracing_subscriber::registry().with(lines).with(spans).init();
    Ok(Telemetry { dropped, _thread: thread, traces: provider })
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

    /// Sends the spans that wait. The runtime must still be there, and must not be this thread's.
    pub(crate) fn end(&self) {
        if let Some(provider) = &self.traces
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}
