//! The id of a request: on every answer, in every problem body, in every log line about it. And the access log, which is
//! one line for each request under the target `access`.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::body::HttpBody as _;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use lakehead_engine::SPANS;
use tracing::Instrument as _;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::app::App;
use crate::metrics::Metrics;
use crate::telemetry::parent;

static HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Status in the access log of a request whose caller went away before it was answered.
const GONE: u16 = 499;

tokio::task_local! {
    static CURRENT: Arc<Current>;
}

/// What is known of the request being answered.
struct Current {
    id: String,
    /// Client and organisation, once they are proved.
    caller: OnceLock<(String, String)>,
}

/// The id of the request being answered, or an empty text outside of one.
pub(crate) fn current() -> String {
    CURRENT.try_with(|current| current.id.clone()).unwrap_or_default()
}

/// Notes for the access log who proved to be asking.
pub(crate) fn authenticated(client: &str, org: &str) {
    let note = |current: &Arc<Current>| current.caller.set((client.to_owned(), org.to_owned()));
    // Set twice, it is the same.
    let _ = CURRENT.try_with(note);
}

/// Takes the caller's id where it is well formed, makes one otherwise, and puts it on the answer.
pub(crate) async fn middleware(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(&HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|text| is_well_formed(text))
        .map_or_else(|| lakehead_model::id::random_hex(16), str::to_owned);
    let header = HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("unknown"));
    // At the highest level: whichever lines are shown, they have it.
    let span = tracing::error_span!("request", id = %id);
    let current = Arc::new(Current { id, caller: OnceLock::new() });
    let mut line = Line::begin(&request, Arc::clone(&current), app.metrics.clone());
    let trace = line.trace(&current.id);
    if let Some(parent) = parent::of(request.headers()) {
        // Without a receiver of traces there is nothing to set it for.
        let _ = trace.set_parent(parent);
    }
    let answered = next.run(request).instrument(span).instrument(trace.clone());
    let mut response = CURRENT.scope(current, answered).await;
    line.status = response.status().as_u16();
    trace.record("http.response.status_code", i64::from(line.status));
    if response.status().is_server_error() {
        trace.record("otel.status_code", "ERROR");
    }
    line.bytes = response.body().size_hint().exact();
    response.headers_mut().insert(HEADER.clone(), header);
    response
}

fn is_well_formed(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The line of the access log about one request, written when it is dropped: also where the caller went away.
struct Line {
    current: Arc<Current>,
    metrics: Metrics,
    started: Instant,
    method: Method,
    /// The route, with `{names}` for what differs; empty where none matches.
    route: Option<MatchedPath>,
    /// Without the query: filters may hold what is nobody's business.
    path: String,
    status: u16,
    bytes: Option<u64>,
}

impl Line {
    fn begin(request: &Request, current: Arc<Current>, metrics: Metrics) -> Self {
        Self {
            current,
            metrics,
            started: Instant::now(),
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            path: request.uri().path().chars().take(256).collect(),
            status: GONE,
            bytes: None,
        }
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or("", MatchedPath::as_str)
    }

    /// The span of the request for operators: the template of its path, never the path itself.
    fn trace(&self, id: &str) -> tracing::Span {
        tracing::info_span!(
            target: SPANS,
            "request",
            otel.name = format!("{} {}", self.method, self.route()),
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = %self.method,
            http.route = self.route(),
            http.response.status_code = Empty,
            request.id = id,
        )
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        self.metrics.answered(&self.method, self.route(), self.status, took);
        let (client, org) = self.current.caller.get().map_or(("", ""), |(client, org)| (client, org));
        tracing::info!(
            target: "access",
            request_id = %self.current.id,
            method = %self.method,
            route = self.route(),
            path = self.path,
            status = self.status,
            ms = took.as_micros() as f64 / 1000.0,
            bytes = self.bytes,
            client,
            org,
            "answered"
        );
    }
}
