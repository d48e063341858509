//! The accept loop and the life of the server process.
//!
//! The loop is our own because `axum::serve` installs no timer: a client that sends its headers one byte a
//! minute would hold a connection for ever.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use lakehead_model::time::Clock;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::Settings;
use crate::request_line::RequestLines;
use crate::{api, cli};

/// Connections that are open at the same time; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 4096;
/// Time a client has to send its request headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Time that open requests and runs have to end after a stop was asked for.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(25);

/// A server that listens but does not answer yet.
pub(crate) struct Bound {
    listener: TcpListener,
    /// Where monitoring is answered, if that is apart.
    monitoring: Option<TcpListener>,
    /// The application behind it.
    pub(crate) app: App,
    /// `http://ADDRESS` it listens on.
    pub(crate) url: String,
}

/// Binds the address and opens the data folder.
pub(crate) async fn bind(settings: Settings) -> anyhow::Result<Bound> {
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("cannot listen on `{}`; choose another address with --listen", settings.listen))?;
    let monitoring =
        match settings.metrics_listen {
            Some(address) => Some(TcpListener::bind(address).await.with_context(|| {
                format!("cannot listen on `{address}`; choose another address for `metrics_listen`")
            })?),
            None => None,
        };
    let url = format!("http://{}", listener.local_addr()?);
    let public_url = settings.public_url.clone().unwrap_or_else(|| url.clone());
    let app = App::open(settings, public_url.trim_end_matches('/').to_owned(), Clock::system()).await?;
    Ok(Bound { listener, monitoring, app, url })
}

/// The `serve` command: answers and runs dataflows until SIGTERM or Ctrl-C.
pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    let bound = bind(settings).await?;
    cli::welcome::print(&bound.url, &bound.app.settings);
    let stop = CancellationToken::new();
    tokio::spawn(cancel_on_signal(stop.clone()));
    until_stopped(bound, stop).await
}

/// Serves until `stop` is cancelled, then lets open requests and runs end.
pub(crate) async fn until_stopped(bound: Bound, stop: CancellationToken) -> anyhow::Result<()> {
    let engine = bound.app.engine.clone();
    let runs = tokio::spawn(engine.run_until_stopped(stop.clone()));
    let monitoring = bound.monitoring.map(|listener| {
        let service = api::health::monitored(bound.app.clone());
        tokio::spawn(accept(listener, service, stop.clone()))
    });
    accept(bound.listener, api::router(bound.app), stop).await;
    if let Some(monitoring) = monitoring {
        let _ = monitoring.await;
    }
    // A run that does not end in time loses its lease and is taken over at the next start.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, runs).await;
    Ok(())
}

/// Answers connections by `service` until `stop`, then lets open ones end.
async fn accept<S>(listener: TcpListener, service: S, stop: CancellationToken)
where
    S: tower::Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(64 * 1024);
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { break };
        let stream = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Usually too many open files: give the others time to end.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let _ = stream.set_nodelay(true);
        let stream = TokioIo::new(RequestLines::new(stream));
        let connection = graceful.watch(http.serve_connection(stream, TowerToHyperService::new(service.clone())));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await;
}

async fn cancel_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: no new requests, open ones may end");
    stop.cancel();
}
