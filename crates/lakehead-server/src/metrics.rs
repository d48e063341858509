//! The numbers of this process in the exposition format of Prometheus: what it answered, what its engine did, how much waits.
//!
//! Labels are routes, methods, classes of statuses and states: few values, and none that a stranger could choose.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use axum::http::Method;
use lakehead_engine::tally::Tally;
use lakehead_store::{RunState, Store};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Media type of the numbers.
pub(crate) const MEDIA: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper ends of the buckets of a request's duration, seconds.
const REQUEST_SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 30.0];

type Requests = Family<[(&'static str, String); 3], Counter>;
type Latencies = Family<[(&'static str, String); 2], Histogram, fn() -> Histogram>;

/// The numbers. Cheap to clone; clones count together.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    requests: Requests,
    latencies: Latencies,
    waiting: Gauge,
    running: Gauge,
    database_up: Gauge,
    database_ping: Gauge<f64, AtomicU64>,
    memory: Gauge,
    files: Gauge,
}

impl Metrics {
    /// Nothing counted yet; `started_ms` is when the process began, `tally` what its engine does.
    pub(crate) fn new(started_ms: i64, tally: &Tally) -> Self {
        let mut inner = Inner {
            registry: Registry::default(),
            requests: Family::default(),
            latencies: Family::new_with_constructor(|| Histogram::new(REQUEST_SECONDS)),
            waiting: Gauge::default(),
            running: Gauge::default(),
            database_up: Gauge::default(),
            database_ping: Gauge::default(),
            memory: Gauge::default(),
            files: Gauge::default(),
        };
        let started = Gauge::<f64, AtomicU64>::default();
        started.set(started_ms as f64 / 1000.0);
        let process = inner.registry.sub_registry_with_prefix("process");
        process.register_with_unit("start_time", "When the process began, Unix time", Unit::Seconds, started);
        process.register_with_unit("resident_memory", "Memory of the process", Unit::Bytes, inner.memory.clone());
        process.register("open_fds", "Files and connections that are open", inner.files.clone());
        let ours = inner.registry.sub_registry_with_prefix("lakehead");
        let help = "Requests that were answered, by route, method and class of the status";
        ours.register("http_requests", help, inner.requests.clone());
        let help = "Time until the answer of a request began";
        ours.register_with_unit("http_request_duration", help, Unit::Seconds, inner.latencies.clone());
        ours.register("runs_waiting", "Runs that are due and wait for their turn", inner.waiting.clone());
        ours.register("runs_running", "Runs that somebody works on", inner.running.clone());
        ours.register("database_up", "Whether the database answers", inner.database_up.clone());
        let help = "How long the database took to answer just now";
        ours.register_with_unit("database_ping", help, Unit::Seconds, inner.database_ping.clone());
        tally.register(ours);
        Self(Arc::new(inner))
    }

    /// A request was answered. Where no route matches, `route` is empty.
    pub(crate) fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let route = if route.is_empty() { "none" } else { route }.to_owned();
        let (method, class) = (known(method).to_owned(), format!("{}xx", status / 100));
        let labels = [("route", route.clone()), ("method", method.clone()), ("status", class)];
        self.0.requests.get_or_create(&labels).inc();
        self.0.latencies.get_or_create(&[("route", route), ("method", method)]).observe(took.as_secs_f64());
    }

    /// The numbers as text. Asks the database for those that it alone knows; where it does not answer, the others are told.
    pub(crate) async fn text(&self, store: &Store) -> String {
        let inner = &self.0;
        let begun = Instant::now();
        let up = store.ping().await.is_ok();
        inner.database_up.set(up.into());
        inner.database_ping.set(begun.elapsed().as_secs_f64());
        if let Some(open) = open_runs(store).await {
            let count = |waits: bool| -> u64 {
                open.iter().filter(|(state, _)| (*state == RunState::Scheduled) == waits).map(|(_, runs)| runs).sum()
            };
            inner.waiting.set(count(true).cast_signed());
            inner.running.set(count(false).cast_signed());
        }
        inner.memory.set(resident_bytes().unwrap_or_default());
        inner.files.set(std::fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as i64));
        let mut text = String::new();
        // Writing into a string fails only where a number's own text does; then the others still stand.
        let _ = encode(&mut text, &inner.registry);
        text
    }
}

async fn open_runs(store: &Store) -> Option<Vec<(RunState, u64)>> {
    store.read().await.ok()?.open_runs().await.ok()
}

/// Clients may send any word as a method; only known ones become values of a label.
fn known(method: &Method) -> &'static str {
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    methods.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

/// Memory of this process, from the kernel.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<i64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_choose_is_no_label() {
        let metrics = Metrics::new(5000, &Tally::default());
        let odd = Method::from_bytes(b"BREW").unwrap();
        metrics.answered(&odd, "", 404, Duration::from_millis(3));
        metrics.answered(&Method::GET, "/flows/{id}", 200, Duration::from_millis(3));
        let mut text = String::new();
        encode(&mut text, &metrics.0.registry).unwrap();
        assert!(
            text.contains("lakehead_http_requests_total{route=\"none\",method=\"other\",status=\"4xx\"} 1"),
            "{text}"
        );
        assert!(text.contains("{route=\"/flows/{id}\",method=\"GET\",status=\"2xx\"} 1"), "{text}");
        assert!(text.contains("process_start_time_seconds 5.0") && !text.contains("BREW"), "{text}");
        assert!(
            text.contains("lakehead_http_request_duration_seconds_bucket{le=\"0.005\",route=\"/flows/{id}\""),
            "{text}"
        );
    }
}
