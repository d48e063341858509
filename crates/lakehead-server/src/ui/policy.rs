//! The headers that tell browsers what the interface may do: scripts and styles from its own files, requests to this
//! server and to the token endpoints of the issuers that people sign in with, and nothing else.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::providers::Provider;
use crate::app::App;

/// Headers that are always the same.
const FIXED: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Puts the headers on every answer below `/ui`.
pub(super) async fn middleware(State(app): State<App>, request: Request, next: Next) -> Response {
    let policy = content_security_policy(&app.providers.current().await);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}

fn content_security_policy(providers: &[Provider]) -> String {
    let mut places = String::from("'self'");
    for provider in providers {
        places.push(' ');
        places.push_str(provider.token_origin());
    }
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src {places}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inline_and_no_strangers() {
        let policy = content_security_policy(&[]);
        assert!(policy.contains("connect-src 'self';") && !policy.contains("unsafe"), "{policy}");
    }
}
