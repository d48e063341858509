//! A request that must be answered with one code.

use reqwest::Method;
use serde_json::Value;

use super::shape;
use crate::harness::client::Api;

/// One request, and the code that it must produce.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) code: &'static str,
    method: Method,
    path: String,
    headers: Vec<(&'static str, Option<String>)>,
    body: Option<String>,
    caller: Option<Api>,
}

impl Case {
    fn new(code: &'static str, method: Method, path: impl Into<String>, body: Option<String>) -> Self {
        Self { code, method, path: path.into(), headers: Vec::new(), body, caller: None }
    }

    pub(super) fn get(code: &'static str, path: impl Into<String>) -> Self {
        Self::new(code, Method::GET, path, None)
    }

    pub(super) fn delete(code: &'static str, path: impl Into<String>) -> Self {
        Self::new(code, Method::DELETE, path, None)
    }

    /// A POST without a body, as actions are.
    pub(super) fn act(code: &'static str, path: impl Into<String>) -> Self {
        Self::new(code, Method::POST, path, None)
    }

    #[expect(clippy::needless_pass_by_value, reason = "cases are written with `json!` in place")]
    pub(super) fn post(code: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self::new(code, Method::POST, path, Some(body.to_string()))
    }

    #[expect(clippy::needless_pass_by_value, reason = "cases are written with `json!` in place")]
    pub(super) fn put(code: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self::new(code, Method::PUT, path, Some(body.to_string()))
    }

    /// A PATCH of what the caller has read in the version `etag`.
    #[expect(clippy::needless_pass_by_value, reason = "cases are written with `json!` in place")]
    pub(super) fn patch(code: &'static str, path: impl Into<String>, etag: &str, body: Value) -> Self {
        Self::new(code, Method::PATCH, path, Some(body.to_string())).header("if-match", etag)
    }

    /// A body that need not be JSON.
    pub(super) fn text(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, Some(value.to_owned())));
        self
    }

    /// Sent by another caller than the administrator.
    pub(super) fn by(mut self, caller: &Api) -> Self {
        self.caller = Some(caller.clone());
        self
    }

    pub(super) fn without(mut self, name: &'static str) -> Self {
        self.headers.push((name, None));
        self
    }

    /// Sends the request and checks the answer.
    pub(super) async fn check(self, api: &Api) {
        let mut api = self.caller.unwrap_or_else(|| api.clone());
        for (name, value) in &self.headers {
            api = api.with_header(name, value.as_deref());
        }
        let answer = api.send(self.method, &self.path, &[], self.body).await;
        let answer = answer.unwrap_or_else(|error| panic!("{}: no answer: {error}", self.code));
        shape::check(&answer, self.code);
    }
}
