//! The id of a request: on every answer, in every problem body, in every log line about it. And the access log, which is
//! one line for each request under the target `access`.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

static HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request being answered, or an empty text outside of one.
pub(crate) fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Takes the caller's id where it is well formed, makes one otherwise, and puts it on the answer.
pub(crate) async fn middleware(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(&HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|text| is_well_formed(text))
        .map_or_else(|| lakehead_model::id::random_hex(16), str::to_owned);
    let header = HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("unknown"));
    let method = request.method().clone();
    let client = request.headers().get("x-api-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let client: String = client.chars().take(64).collect();
    // Without the query: filters may hold what is nobody's business.
    let path: String = request.uri().path().chars().take(256).collect();
    let started = std::time::Instant::now();
    let mut response = CURRENT.scope(id.clone(), next.run(request)).await;
    tracing::info!(
        target: "access",
        request_id = %id,
        method = %method,
        path = path,
        status = response.status().as_u16(),
        ms = started.elapsed().as_secs_f64() * 1000.0,
        client = client,
        "answered"
    );
    response.headers_mut().insert(HEADER.clone(), header);
    response
}

fn is_well_formed(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
