//! A client of the API over real HTTP: the four headers, and every call shown.

use std::time::Instant;

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::{Value, json};

use super::show::{Call, Screen, gist};
use crate::access::administer::NewClient;

/// Flow Service.
pub(super) const FLOW_SERVICE: &str = "/data/foundation/flowservice";
/// Schema Registry.
pub(super) const SCHEMA_REGISTRY: &str = "/data/foundation/schemaregistry";
/// Catalog.
pub(super) const CATALOG: &str = "/data/foundation/catalog";
/// Data Prep.
pub(super) const DATA_PREP: &str = "/data/foundation/conversion";
/// Data Access.
pub(super) const DATA_ACCESS: &str = "/data/foundation/export";

/// Calls the API as one service client, in the sandbox `prod`.
pub(super) struct Api {
    http: reqwest::Client,
    base: String,
    screen: Screen,
    /// Names and values that every call carries.
    pub(super) headers: Vec<(&'static str, String)>,
}

/// What the server said.
struct Answer {
    status: u16,
    text: String,
    millis: u128,
}

impl Api {
    /// Exchanges the client's secret for a token.
    pub(super) async fn log_in(base: &str, client: &NewClient, screen: Screen) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build().context("the HTTP client cannot be built")?;
        let mut api = Self { http, base: base.to_owned(), screen, headers: Vec::new() };
        let path = "/ims/token/v3";
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope=openid",
            client.client_id, client.client_secret
        );
        let answer = api.send(Method::POST, path, Some(("application/x-www-form-urlencoded", form))).await?;
        let body = api.show(&Method::POST, path, &answer)?;
        api.headers = vec![
            ("Authorization", format!("Bearer {}", text(&body, "access_token")?)),
            ("x-api-key", client.client_id.clone()),
            ("x-gw-ims-org-id", client.org_id.clone()),
            ("x-sandbox-name", "prod".to_owned()),
        ];
        Ok(api)
    }

    /// `GET`, shown.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.send(Method::GET, path, None).await?;
        self.show(&Method::GET, path, &answer)
    }

    /// `GET`, not shown: for looking again and again.
    pub(super) async fn look(&self, path: &str) -> anyhow::Result<Value> {
        check(&Method::GET, path, &self.send(Method::GET, path, None).await?)
    }

    /// `GET` of JSON Lines, shown.
    pub(super) async fn get_lines(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let answer = self.send(Method::GET, path, None).await?;
        let lines: Vec<Value> = answer.text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        self.print(&Method::GET, path, &answer, format!("{} rows", lines.len()));
        check(&Method::GET, path, &answer)?;
        Ok(lines)
    }

    /// `POST` of JSON, shown.
    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.send(Method::POST, path, Some(("application/json", body.to_string()))).await?;
        self.show(&Method::POST, path, &answer)
    }

    /// `POST` that makes something; answers its id.
    pub(super) async fn create(&self, path: &str, body: &Value) -> anyhow::Result<String> {
        text(&self.post(path, body).await?, "id")
    }

    fn show(&self, method: &Method, path: &str, answer: &Answer) -> anyhow::Result<Value> {
        let body = serde_json::from_str(&answer.text).unwrap_or(json!(null));
        self.print(method, path, answer, gist(&body));
        check(method, path, answer)
    }

    fn print(&self, method: &Method, path: &str, answer: &Answer, gist: String) {
        let Answer { status, millis, .. } = *answer;
        self.screen.call(&Call { method: method.as_str(), path, status, millis, gist });
    }

    async fn send(&self, method: Method, path: &str, body: Option<(&str, String)>) -> anyhow::Result<Answer> {
        let started = Instant::now();
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some((content_type, body)) = body {
            request = request.header("Content-Type", content_type).body(body);
        }
        let answer = request.send().await.with_context(|| format!("{method} {path} was not answered"))?;
        let status = answer.status().as_u16();
        let text = answer.text().await.with_context(|| format!("the answer to {method} {path} broke off"))?;
        Ok(Answer { status, text, millis: started.elapsed().as_millis() })
    }
}

fn check(method: &Method, path: &str, answer: &Answer) -> anyhow::Result<Value> {
    if !(200..300).contains(&answer.status) {
        bail!("{method} {path} was answered with {}: {}", answer.status, answer.text);
    }
    Ok(serde_json::from_str(&answer.text).unwrap_or(json!(null)))
}

/// A text member of an answer.
pub(super) fn text(answer: &Value, member: &str) -> anyhow::Result<String> {
    match answer[member].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => bail!("the answer has no `{member}`: {answer}"),
    }
}
