//! A client of the API with the four headers.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// Flow Service.
pub(crate) const FLOW_SERVICE: &str = "/data/foundation/flowservice";
/// Schema Registry.
pub(crate) const SCHEMA_REGISTRY: &str = "/data/foundation/schemaregistry";
/// Catalog.
pub(crate) const CATALOG: &str = "/data/foundation/catalog";
/// Data Prep.
pub(crate) const DATA_PREP: &str = "/data/foundation/conversion";
/// Data Access.
pub(crate) const DATA_ACCESS: &str = "/data/foundation/export";
/// Sandbox management.
pub(crate) const SANDBOXES: &str = "/data/foundation/sandbox-management/sandboxes";

/// What the server said.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: bytes::Bytes,
    /// The body; null where it is not JSON.
    pub(crate) json: Value,
    request: String,
}

impl Answer {
    /// The body of an answer that must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        let text = String::from_utf8_lossy(&self.bytes);
        assert_eq!(self.status, status, "{} was answered with {text}", self.request);
        self.json
    }

    /// The documented code of an error: the last part of a problem's type, or that of the gateway or the Dataset Service.
    pub(crate) fn code(&self) -> &str {
        let kind = self.json["type"].as_str().and_then(|kind| kind.rsplit('/').next());
        let code = self.json["error_code"].as_str().or(self.json["code"].as_str());
        kind.or(code).unwrap_or_default()
    }

    /// Checks a refusal: its code and the words that name the thing and the cure.
    #[track_caller]
    pub(crate) fn expect_refusal(self, status: u16, code: &str, words: &[&str]) {
        let (found, text) = (self.code().to_owned(), String::from_utf8_lossy(&self.bytes).into_owned());
        self.expect(status);
        assert!(found.contains(code), "code {code} was expected: {text}");
        for word in words {
            assert!(text.contains(word), "`{word}` was expected: {text}");
        }
    }

    /// A header, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A service client: what `lakehead client create` prints.
#[derive(Clone, Debug, serde::Deserialize)]
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) org_id: String,
}

/// Calls the API as one client, in one sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    http: reqwest::Client,
    base: String,
    /// The headers of every call; tests change them to see what happens.
    pub(crate) headers: Vec<(String, String)>,
}

impl Api {
    /// Gets a token and chooses the sandbox `prod`.
    pub(crate) async fn log_in(base: &str, credentials: &Credentials) -> Self {
        Self::try_log_in(base, credentials).await.expect("the token endpoint answers")
    }

    /// The same with a server that may be dead.
    pub(crate) async fn try_log_in(base: &str, credentials: &Credentials) -> reqwest::Result<Self> {
        let http = http();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope=openid",
            credentials.client_id, credentials.client_secret
        );
        let request = http.post(format!("{base}/ims/token/v3"));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = request.send().await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        let token = body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {status} {body}"));
        let headers = [
            ("authorization", format!("Bearer {token}")),
            ("x-api-key", credentials.client_id.clone()),
            ("x-gw-ims-org-id", credentials.org_id.clone()),
            ("x-sandbox-name", "prod".to_owned()),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Self { http, base: base.to_owned(), headers })
    }

    /// Where the server listens.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The headers of every request.
    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The same client in another sandbox.
    pub(crate) fn sandbox(&self, name: &str) -> Self {
        self.with_header("x-sandbox-name", Some(name))
    }

    /// The same client with one header changed, or left out.
    pub(crate) fn with_header(&self, name: &str, value: Option<&str>) -> Self {
        let mut api = self.clone();
        api.headers.retain(|(known, _)| known != name);
        api.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        api
    }

    /// Makes a development sandbox and goes into it.
    pub(crate) async fn new_sandbox(&self, name: &str) -> Self {
        let body = json!({"name": name, "title": name, "type": "development"});
        let answer = self.post(SANDBOXES, &body).await;
        assert!([200, 201, 202].contains(&answer.status), "{answer:?}");
        let sandbox = self.sandbox(name);
        super::eventually("the new sandbox can be used", async || {
            (sandbox.get(&format!("{FLOW_SERVICE}/connections")).await.status == 200).then_some(())
        })
        .await;
        sandbox
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await.expect("the server answers")
    }

    /// A GET to a server that may be dead.
    #[cfg(feature = "failpoints")]
    pub(crate) async fn try_get(&self, path: &str) -> reqwest::Result<Answer> {
        self.send(Method::GET, path, &[], None).await
    }

    /// A GET that asks for a media type.
    pub(crate) async fn get_as(&self, path: &str, accept: &str) -> Answer {
        self.send(Method::GET, path, &[("accept", accept)], None).await.expect("the server answers")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).await.expect("the server answers")
    }

    /// A POST to a server that may die before it answers.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Answer> {
        self.send(Method::POST, path, &[], Some(body.to_string())).await
    }

    /// A POST of a body that need not be JSON.
    pub(crate) async fn post_text(&self, path: &str, body: &str) -> Answer {
        self.send(Method::POST, path, &[], Some(body.to_owned())).await.expect("the server answers")
    }

    /// A PUT to a server that may die before it answers.
    pub(crate) async fn try_put(&self, path: &str, body: &Value) -> reqwest::Result<Answer> {
        self.send(Method::PUT, path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn patch(&self, path: &str, if_match: &str, body: &Value) -> Answer {
        let answer = self.send(Method::PATCH, path, &[("if-match", if_match)], Some(body.to_string())).await;
        answer.expect("the server answers")
    }

    pub(crate) async fn patch_without_if_match(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, &[], Some(body.to_string())).await.expect("the server answers")
    }

    pub(crate) async fn get_range(&self, path: &str, range: &str) -> Answer {
        self.send(Method::GET, path, &[("range", range)], None).await.expect("the server answers")
    }

    /// A POST without a body and without its content type, as actions are sent.
    pub(crate) async fn post_nothing(&self, path: &str) -> Answer {
        self.send(Method::POST, path, &[], None).await.expect("the server answers")
    }

    pub(crate) async fn put(&self, path: &str, if_match: Option<&str>, body: &Value) -> Answer {
        let headers: Vec<_> = if_match.iter().map(|version| ("if-match", *version)).collect();
        self.send(Method::PUT, path, &headers, Some(body.to_string())).await.expect("the server answers")
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await.expect("the server answers")
    }

    /// Any request; a body is declared as JSON.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        extra: &[(&str, &str)],
        body: Option<String>,
    ) -> reqwest::Result<Answer> {
        // Links in answers are absolute.
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = self.http.request(method.clone(), url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        super::calls::note(&method, path, status);
        let bytes = answer.bytes().await?;
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Answer { status, headers, bytes, json, request: format!("{method} {path}") })
    }
}

/// An HTTP client that goes straight to the server.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("an HTTP client can be built")
}
