//! Request bodies and query strings, parsed with messages that say what is wrong.

use axum::RequestExt;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use lakehead_model::{Invalid, body};
use serde_json::{Value, json};

use super::problem::{Problem, shorten};
use crate::app::App;

/// The bytes of a request body, complete and of bounded size.
pub(crate) struct RawBody(pub(crate) Bytes);

impl FromRequest<App> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let limit = app.settings.request_timeout / 2;
        match tokio::time::timeout(limit, request.extract::<Bytes, _>()).await {
            Ok(Ok(bytes)) => Ok(Self(bytes)),
            Ok(Err(rejection)) => Err(too_large_or_broken(&rejection)),
            Err(_) => {
                let message =
                    format!("the `body` of the request did not arrive in {} s; send it at once", limit.as_secs_f32());
                Err(Problem::new("PLATFORM-1006-408", message))
            }
        }
    }
}

/// A JSON request body of any shape. Its meaning is checked by the model.
pub(crate) struct JsonBody(pub(crate) Value);

impl FromRequest<App> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let is_json =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_json_type);
        let RawBody(bytes) = RawBody::from_request(request, app).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Problem::new("FLOW-1405-400", "the `body` of the request is empty; send the documented JSON"));
        }
        if !is_json {
            return Err(Problem::new(
                "PLATFORM-1002-400",
                "A valid content-type must be specified: send `Content-Type: application/json`",
            ));
        }
        // Some clients begin every text with a byte order mark.
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        serde_json::from_slice(text).map(Self).map_err(|error| {
            let error = shorten(&error.to_string());
            Problem::new("FLOW-1100-400", format!("the `body` of the request is not valid JSON: {error}; correct it"))
        })
    }
}

fn is_json_type(value: &str) -> bool {
    let media = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == "application/json" || media == "text/json" || media.starts_with("application/") && media.ends_with("+json")
}

fn too_large_or_broken(rejection: &axum::extract::rejection::BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            "PLATFORM-1003-413",
            "the `body` of the request is larger than 10 MiB; send less in one request",
        );
    }
    Problem::new("FLOW-1100-400", "the `body` of the request ended early; send it again")
}

/// The query string as decoded pairs, in order; names may repeat.
pub(crate) struct QueryPairs(pub(crate) Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for QueryPairs {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parts.uri.query().unwrap_or_default();
        Ok(Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()))
    }
}

impl QueryPairs {
    /// The first value of `name`; names are compared without case and underscores, as clients vary.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| same_name(key, name)).map(|(_, value)| value.as_str())
    }

    /// Every pair of another name.
    pub(crate) fn but<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter(move |(key, _)| !same_name(key, name)).map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Every value of `name`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| same_name(key, name)).map(|(_, value)| value.as_str())
    }
}

/// A parameter that is on or off; off where nothing is said.
pub(crate) fn flag(name: &str, text: Option<&str>) -> Result<bool, Invalid> {
    match text {
        None => Ok(false),
        Some(text) => body::as_flag(&json!(text)).ok_or_else(|| Invalid::value(name, "`true` or `false` is expected")),
    }
}

fn same_name(a: &str, b: &str) -> bool {
    let letters = |text: &str| {
        text.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    letters(a) == letters(b)
}
