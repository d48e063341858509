//! The only place that turns failures into HTTP answers.
//!
//! A failure is a [`Problem`]: a code of the form `FLOW-1439-404` whose last part is the status, and a
//! message for the caller. The body's shape follows from the code's prefix, as each service documents it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use lakehead_model::time::Clock;
use lakehead_model::{Invalid, codes};
use lakehead_store::StoreError;
use serde_json::{Map, Value, json};

use super::request_id;

/// What a handler answers: its result, or why not.
pub(crate) type Answer<T> = Result<T, Problem>;

/// A failure as the caller will see it.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    code: String,
    message: String,
    /// Members of the `report`, such as `id` and `type` of what was not found.
    report: Vec<(&'static str, String)>,
}

impl Problem {
    /// A failure with a documented code.
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), report: Vec::new() }
    }

    /// Adds a member to the report.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.report.push((name, value.into()));
        self
    }

    /// An unknown Flow Service resource; a foreign one is answered with the same bytes.
    pub(crate) fn not_found(collection: &'static str, id: &str) -> Self {
        let id = shorten(id);
        Self::new(
            "FLOW-1439-404",
            format!("the requested {collection} resource `{id}` is not found; check the id and the sandbox"),
        )
        .with("id", id)
        .with("type", collection)
    }

    /// A finding of a provider, in the Flow Service code for its status.
    pub(crate) fn from_provider(provider_code: &'static str, message: impl Into<String>) -> Self {
        let code = match codes::status(provider_code) {
            404 => "FLOW-1101-404",
            503 => "FLOW-1103-503",
            504 => "FLOW-1104-504",
            _ => "FLOW-1100-400",
        };
        Self::new(code, message).with("provider-code", provider_code)
    }

    /// Something broke that the caller cannot mend. The cause goes to the log, never to the caller.
    pub(crate) fn internal(cause: &dyn std::error::Error) -> Self {
        let mut chain = cause.to_string();
        let mut next = cause.source();
        while let Some(source) = next {
            chain.push_str(": ");
            chain.push_str(&source.to_string());
            next = source.source();
        }
        tracing::error!(request.id = %request_id::current(), cause = %chain, "a request failed inside the server");
        Self::new("FLOW-1400-500", "an internal error occurred; retry, and give the request id to the operator")
    }

    /// The documented code.
    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// What is wrong and what to do.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(codes::status(&self.code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn body(&self) -> Value {
        match self.code.split('-').next() {
            Some("GATEWAY") => {
                let error_code = self.code.split('-').nth(1).unwrap_or_default();
                json!({ "error_code": error_code, "message": self.message })
            }
            Some("XDM") => self.registry_body(),
            Some("SMS") => {
                json!({ "type": self.kind("http"), "title": self.message, "status": self.status().as_u16() })
            }
            Some("PES") => self.entity_body(),
            Some("CATALOG" | "MAPPER" | "DAS" | "INGEST" | "PLATFORM" | "POLICY" | "IDNS") => {
                let mut body = self.general_body();
                body["detail"] = self.message.clone().into();
                body
            }
            _ => self.general_body(),
        }
    }

    /// The `type` of a problem. Some services are documented with the one scheme, some with the other.
    fn kind(&self, scheme: &str) -> String {
        format!("{scheme}://ns.adobe.com/aep/errors/{}", self.code)
    }

    fn registry_body(&self) -> Value {
        let now = DateTime::<Utc>::from_timestamp_millis(Clock::system().now_ms()).unwrap_or_default();
        json!({
            "type": self.kind("http"),
            "title": codes::title(&self.code),
            "status": self.status().as_u16(),
            "report": {
                "registryRequestId": request_id::current(),
                "timestamp": now.format("%m-%d-%Y %H:%M:%S").to_string(),
                "detailed-message": self.message,
                "sub-errors": [],
            },
            "detail": self.message,
        })
    }

    /// The Dataset Service tells the status as a word, and which entity it is about.
    fn entity_body(&self) -> Value {
        let now = DateTime::<Utc>::from_timestamp_millis(Clock::system().now_ms()).unwrap_or_default();
        let status = self.status().canonical_reason().unwrap_or_default().to_ascii_uppercase().replace(' ', "_");
        let mut body = json!({
            "timestamp": now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "status": status,
            "code": self.code,
            "message": self.message,
        });
        for (name, value) in &self.report {
            body[*name] = value.clone().into();
        }
        body
    }

    fn general_body(&self) -> Value {
        let mut report = Map::new();
        report.insert("detailed-message".to_owned(), self.message.clone().into());
        report.insert("request-id".to_owned(), request_id::current().into());
        for (name, value) in &self.report {
            report.insert((*name).to_owned(), value.clone().into());
        }
        json!({
            "type": self.kind("https"),
            "title": codes::title(&self.code),
            "status": self.status().as_u16(),
            "report": report,
            "errorMessage": self.message,
            "errorDetails": self.message,
        })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.body())).into_response();
        if !self.code.starts_with("GATEWAY") && !self.code.starts_with("PES") {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        }
        // For services that speak a protocol of their own.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Invalid> for Problem {
    /// Provider findings (`CONNECTOR-…`) reach Flow Service callers wrapped, as they are documented.
    fn from(invalid: Invalid) -> Self {
        if !invalid.code.starts_with("CONNECTOR-") {
            return Self::new(invalid.code, invalid.message);
        }
        let message = format!("the request could not be processed. Error from flow provider: {}", invalid.message);
        Self::from_provider(invalid.code, message)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::new(
                "FLOW-1404-412",
                "the supplied version does not match the current version of the entity; read it again and send its `etag` in `If-Match`",
            ),
            StoreError::NulCharacter => {
                Self::new("FLOW-1100-400", "a text with a NUL character cannot be stored; remove it")
            }
            StoreError::TooManyValues { .. } => Self::new("FLOW-1100-400", error.to_string()),
            StoreError::OtherOrder => Self::new("FLOW-1452-400", format!("`continuationToken`: {error}")),
            StoreError::Busy(error) => {
                tracing::warn!(request.id = %request_id::current(), cause = %error, "the database is busy");
                Self::new("FLOW-1103-503", "the database is busy; nothing was changed, retry")
            }
            StoreError::Undone => {
                Self::new("FLOW-1103-503", "the database could not keep the change; nothing was changed, retry")
            }
            other => Self::internal(&other),
        }
    }
}

/// Caller-supplied text in a message is cut to a readable length.
pub(crate) fn shorten(text: &str) -> String {
    if text.chars().count() <= 120 {
        return text.to_owned();
    }
    text.chars().take(117).chain("...".chars()).collect()
}

/// A handler that panicked is a bug of ours: the caller gets a plain 500, the log gets the text.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub(super) fn from_panic(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("(no text)");
    tracing::error!(request.id = %request_id::current(), panic = text, "a request handler panicked");
    Problem::new("FLOW-1400-500", "an internal error occurred; retry, and give the request id to the operator")
        .into_response()
}
