//! Callers as the extractors make them: an application in a folder of its own, a clock that stands still.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};
use axum::response::IntoResponse as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use lakehead_model::access::Permission;
use lakehead_model::time::Clock;
use lakehead_store::{ClientKind, ServiceClient, Subject};
use serde_json::{Value, json};
use sqlx::Connection as _;
use tempfile::TempDir;

use super::*;
use crate::access::administer;
use crate::config::{DataArgs, ServeArgs, Settings};

const ORG: &str = "A@AdobeOrg";
/// Some moment in 2026, epoch milliseconds.
const START_MS: i64 = 1_790_000_000_000;

struct Bench {
    app: App,
    clock: Clock,
    _folder: TempDir,
}

impl Bench {
    async fn open(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lakehead.toml");
        std::fs::write(&file, config).unwrap();
        let data = DataArgs { data_dir: folder.path().join("data"), database: None, config: Some(file) };
        let args = ServeArgs { data, listen: None, allow_egress: vec![], public_url: None };
        let clock = Clock::manual(START_MS);
        let app = App::open(Settings::resolve(&args).unwrap(), "http://x".into(), clock.clone()).await.unwrap();
        let mut tx = app.store.write().await.unwrap();
        tx.ensure_org(ORG, "a").await.unwrap();
        tx.commit().await.unwrap();
        Self { app, clock, _folder: folder }
    }

    async fn client(&self, kind: ClientKind, role: &str) -> ServiceClient {
        let mut tx = self.app.store.write().await.unwrap();
        let new = administer::create_client(&mut tx, ORG, "test", kind, &[role.to_owned()]).await.unwrap();
        let client = tx.client(&new.client_id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        client
    }

    async fn token(&self, client: &ServiceClient) -> String {
        self.app.access.tokens.issue(client, 3600).await.unwrap()
    }

    async fn headers(&self, client: &ServiceClient) -> HeaderMap {
        headers_with(&self.token(client).await, &client.client_id)
    }

    async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Value> {
        self.caller_of(headers, None).await
    }

    /// The caller of a route that needs a permission.
    async fn caller_of(&self, headers: &HeaderMap, needs: Option<Permission>) -> Result<Caller, Value> {
        let mut parts = parts(headers, needs);
        match Caller::from_request_parts(&mut parts, &self.app).await {
            Ok(caller) => Ok(caller),
            Err(problem) => Err(code(problem).await),
        }
    }

    async fn member_of(&self, headers: &HeaderMap, needs: Permission) -> Result<Member, Value> {
        match Member::from_request_parts(&mut parts(headers, Some(needs)), &self.app).await {
            Ok(member) => Ok(member),
            Err(problem) => Err(code(problem).await),
        }
    }

    /// A token that says what we would never say.
    fn forged(header: &Header, claims: &Value, key: &[u8]) -> String {
        let header = Header { kid: header.kid.clone(), typ: header.typ.clone(), ..Header::new(header.alg) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(key)).unwrap()
    }
}

fn parts(headers: &HeaderMap, needs: Option<Permission>) -> axum::http::request::Parts {
    let mut request = Request::new(());
    *request.headers_mut() = headers.clone();
    if let Some(permission) = needs {
        request.extensions_mut().insert(Needs(permission));
    }
    request.into_parts().0
}

/// The code of a refusal: the last part of a problem's type, or that of the gateway.
async fn code(problem: Problem) -> Value {
    let response = problem.into_response();
    assert!(response.status().is_client_error(), "{response:?}");
    let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    match body["type"].as_str().and_then(|kind| kind.rsplit('/').next()) {
        Some(code) => code.into(),
        None => body["error_code"].clone(),
    }
}

fn headers_with(token: &str, api_key: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in
        [("authorization", format!("Bearer {token}").as_str()), ("x-api-key", api_key), ("x-gw-ims-org-id", ORG)]
    {
        set(&mut headers, name, value);
    }
    headers
}

fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    let name: HeaderName = name.parse().unwrap();
    headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
}

#[tokio::test]
async fn a_warm_request_does_not_touch_the_database() {
    let bench = Bench::open("").await;
    let client = bench.client(ClientKind::Service, "administrator").await;
    let headers = bench.headers(&client).await;
    let first = bench.caller(&headers).await.unwrap();
    assert_eq!((first.scope.org.as_str(), first.scope.sandbox_name.as_str(), first.is_service), (ORG, "prod", true));
    assert_eq!((first.actor.client.as_str(), first.labels), (client.client_id.as_str(), None));
    bench.app.store.close().await;
    bench.clock.advance_ms(499);
    bench.caller(&headers).await.unwrap();
    bench.clock.advance_ms(501);
    let mut parts = parts(&headers, None);
    let cold = Caller::from_request_parts(&mut parts, &bench.app).await.unwrap_err();
    assert!(cold.into_response().status().is_server_error(), "after a second the database is asked");
}

#[tokio::test]
async fn what_changes_here_is_in_force_at_once() {
    let bench = Bench::open("").await;
    let client = bench.client(ClientKind::Service, "viewer").await;
    let headers = bench.headers(&client).await;
    let manages = async || bench.caller_of(&headers, Some(Permission::ManageSources)).await;
    assert_eq!(manages().await.unwrap_err(), "FLOW-2121-403");
    let mut tx = bench.app.store.write().await.unwrap();
    tx.assign_role(ORG, "source-manager", &Subject::Client(client.client_id.clone())).await.unwrap();
    tx.commit().await.unwrap();
    manages().await.unwrap();
    let mut tx = bench.app.store.write().await.unwrap();
    administer::change_client(&mut tx, ORG, &client.client_id, None, Some(true)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(manages().await.unwrap_err(), "401013");
    let mut tx = bench.app.store.write().await.unwrap();
    administer::change_client(&mut tx, ORG, &client.client_id, None, Some(false)).await.unwrap();
    tx.commit().await.unwrap();
    manages().await.unwrap();
    let mut tx = bench.app.store.write().await.unwrap();
    administer::delete_client(&mut tx, ORG, &client.client_id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(manages().await.unwrap_err(), "401013");
}

#[tokio::test]
async fn the_viewer_sees_the_manager_manages_the_administrator_administers() {
    let bench = Bench::open("").await;
    let allowed = async |role: &str, permission: Permission| {
        let headers = bench.headers(&bench.client(ClientKind::Service, role).await).await;
        let caller = bench.caller_of(&headers, Some(permission)).await.map(drop);
        let member = bench.member_of(&headers, permission).await.map(drop);
        assert_eq!(caller, member, "{role} {permission:?}");
        caller.err().map(|code| code.as_str().unwrap_or_default().to_owned())
    };
    let no = |code: &str| Some(code.to_owned());
    assert_eq!(allowed("viewer", Permission::ViewSources).await, None);
    assert_eq!(allowed("viewer", Permission::ManageSources).await, no("FLOW-2121-403"));
    assert_eq!(allowed("viewer", Permission::ManageDatasets).await, no("FLOW-2118-403"));
    assert_eq!(allowed("viewer", Permission::Administer).await, no("FLOW-2120-403"));
    assert_eq!(allowed("source-manager", Permission::ManageSchemas).await, None);
    assert_eq!(allowed("source-manager", Permission::ManageSandboxes).await, no("FLOW-2118-403"));
    assert_eq!(allowed("administrator", Permission::Administer).await, None);
}

#[tokio::test]
async fn a_role_counts_in_its_sandboxes_and_shows_its_labels_there() {
    use crate::access::roles::{self, RoleText};
    let bench = Bench::open("").await;
    let mut tx = bench.app.store.write().await.unwrap();
    let prod = tx.default_sandbox(ORG).await.unwrap().unwrap();
    let dev = Sandbox { id: "dev-id".into(), name: "dev".into(), is_default: false, ..prod };
    tx.insert_sandbox(ORG, &dev).await.unwrap();
    let text = RoleText {
        name: "developers".into(),
        permissions: vec!["manage-sources".into()],
        sandboxes: vec!["dev".into()],
        labels: vec!["core/C12".into()],
        ..RoleText::default()
    };
    roles::create(&mut tx, ORG, &text, "me").await.unwrap();
    tx.commit().await.unwrap();
    let mut headers = bench.headers(&bench.client(ClientKind::User, "developers").await).await;
    let prod = bench.caller(&headers).await.unwrap();
    assert_eq!(prod.labels.as_ref().map(BTreeSet::len), Some(0));
    assert!(prod.require(Permission::ViewSources).is_err());
    set(&mut headers, "x-sandbox-name", "dev");
    let dev = bench.caller(&headers).await.unwrap();
    assert!(dev.labels.as_ref().unwrap().contains("core/C12"));
    assert!(dev.require(Permission::ManageSources).is_ok());
    let member = bench.member_of(&headers, Permission::ViewSources).await;
    assert!(member.is_ok_and(|member| member.require(Permission::ManageSources).is_err()));
}

#[tokio::test]
async fn headers_choose_a_sandbox_by_the_rules() {
    let bench = Bench::open("").await;
    let service = bench.headers(&bench.client(ClientKind::Service, "administrator").await).await;
    let user = bench.headers(&bench.client(ClientKind::User, "administrator").await).await;
    let prod = bench.caller(&service).await.unwrap().scope.sandbox_id;
    assert!(!bench.caller(&user).await.unwrap().is_service);
    let long = "x".repeat(300);
    let cases: &[(&HeaderMap, &str, &str, Option<&str>)] = &[
        (&service, "prod", &prod, None),
        (&service, "", &prod, None),
        (&service, "prod", "other", Some("FLOW-2103-404")),
        (&service, "*", "*", Some("FLOW-2113-400")),
        (&service, "*", "", Some("FLOW-2112-400")),
        (&service, "prod", "*", Some("FLOW-2112-400")),
        (&service, "none", "", Some("FLOW-2100-404")),
        (&service, &long, "", Some("FLOW-2105-400")),
        (&service, "pröd", "", Some("FLOW-2105-400")),
        (&service, "prod", "pröd", Some("FLOW-2105-400")),
        (&user, "prod", "", None),
        (&user, "prod", &prod, Some("FLOW-2110-400")),
        (&user, "*", "", Some("FLOW-2111-403")),
        (&user, "*", "*", Some("FLOW-2111-403")),
    ];
    for (headers, name, id, expected) in cases {
        let mut headers = (*headers).clone();
        for (header, value) in [("x-sandbox-name", name), ("x-sandbox-id", id)] {
            if !value.is_empty() {
                set(&mut headers, header, value);
            }
        }
        let found = bench.caller(&headers).await.err();
        assert_eq!(found.as_ref().and_then(Value::as_str), *expected, "{name} {id}");
    }
    for (name, value, expected) in [("x-api-key", "ключ", "403003"), ("x-gw-ims-org-id", &long, "403025")] {
        let mut headers = service.clone();
        set(&mut headers, name, value);
        assert_eq!(bench.caller(&headers).await.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn a_sandbox_may_have_to_be_named_and_the_default_one_may_be_away() {
    let bench = Bench::open("[server]\nrequire_sandbox_header = true\n").await;
    let mut headers = bench.headers(&bench.client(ClientKind::Service, "administrator").await).await;
    assert_eq!(bench.caller(&headers).await.unwrap_err(), "FLOW-2105-400");
    set(&mut headers, "x-sandbox-name", "prod");
    bench.caller(&headers).await.unwrap();

    let bench = Bench::open("").await;
    let headers = bench.headers(&bench.client(ClientKind::Service, "administrator").await).await;
    bench.caller(&headers).await.unwrap();
    let mut other_process = sqlx::SqliteConnection::connect(&bench.app.settings.database).await.unwrap();
    sqlx::raw_sql("UPDATE sandbox SET is_default = 0").execute(&mut other_process).await.unwrap();
    bench.caller(&headers).await.unwrap();
    bench.clock.advance_ms(1000);
    assert_eq!(bench.caller(&headers).await.unwrap_err(), "FLOW-2106-404", "a second later it is known");
}

#[tokio::test]
async fn a_person_may_name_any_client_of_the_organisation_and_a_program_only_itself() {
    let bench = Bench::open("").await;
    let program = bench.client(ClientKind::Service, "viewer").await;
    let person = bench.client(ClientKind::User, "viewer").await;
    let caller = bench.caller(&headers_with(&bench.token(&person).await, &program.client_id)).await.unwrap();
    assert_eq!((&caller.actor.user, &caller.actor.client), (&person.technical_account, &program.client_id));
    let other = headers_with(&bench.token(&program).await, &person.client_id);
    assert_eq!(bench.caller(&other).await.unwrap_err(), "403003");
    let mut tx = bench.app.store.write().await.unwrap();
    tx.ensure_org("B@AdobeOrg", "b").await.unwrap();
    let foreign = administer::create_client(&mut tx, "B@AdobeOrg", "b", ClientKind::Service, &[]).await.unwrap();
    tx.commit().await.unwrap();
    let foreign = headers_with(&bench.token(&person).await, &foreign.client_id);
    assert_eq!(bench.caller(&foreign).await.unwrap_err(), "403003");
}

#[tokio::test]
async fn keys_change_and_tokens_stay_until_they_are_over() {
    let bench = Bench::open("").await;
    let client = bench.client(ClientKind::Service, "viewer").await;
    let old = bench.token(&client).await;
    let rotate = async |over_s: i64| {
        let mut tx = bench.app.store.write().await.unwrap();
        tx.rotate_signing_key(over_s).await.unwrap();
        tx.commit().await.unwrap();
    };
    rotate(START_MS / 1000 - 60).await;
    let new = bench.token(&client).await;
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    assert_ne!(kid(&old), kid(&new));
    for token in [&old, &new] {
        bench.caller(&headers_with(token, &client.client_id)).await.unwrap();
    }
    rotate(START_MS / 1000 + 3 * 86_400).await;
    let gone = bench.caller(&headers_with(&old, &client.client_id)).await.unwrap_err();
    assert_eq!(gone, "401013", "its key was removed, although the token was remembered");
}

#[tokio::test]
async fn a_token_is_over_a_minute_after_its_end() {
    let bench = Bench::open("").await;
    let client = bench.client(ClientKind::Service, "viewer").await;
    let headers = bench.headers(&client).await;
    bench.clock.advance_ms(3_659_000);
    bench.caller(&headers).await.unwrap();
    bench.clock.advance_ms(1000);
    assert_eq!(bench.caller(&headers).await.unwrap_err(), "401013");
}

#[tokio::test]
async fn only_tokens_that_we_signed_are_ours() {
    let bench = Bench::open("").await;
    let client = bench.client(ClientKind::Service, "viewer").await;
    let good = bench.token(&client).await;
    let kid = jsonwebtoken::decode_header(&good).unwrap().kid;
    let mut tx = bench.app.store.read().await.unwrap();
    let key = tx.signing_keys().await.unwrap().remove(0).key.to_vec();
    let now_s = START_MS / 1000;
    let claims = json!({"sub": client.technical_account, "client_id": client.client_id, "org": ORG,
        "iss": "lakehead", "aud": "lakehead", "exp": now_s + 100, "iat": now_s});
    let changed = |name: &str, value: Value| {
        let mut changed = claims.clone();
        changed[name] = value;
        changed
    };
    let header = |algorithm| Header { kid: kid.clone(), ..Header::new(algorithm) };
    let usual = header(Algorithm::HS256);
    let unnamed = Header { kid: None, ..usual.clone() };
    let derived = bench.app.store.derive_key("bearer tokens");
    let valid = async |token: &str| bench.caller(&headers_with(token, &client.client_id)).await.is_ok();
    assert!(valid(&Bench::forged(&usual, &claims, &key)).await, "the others differ in one thing each");
    assert!(valid(&Bench::forged(&unnamed, &claims, &*derived)).await, "a token of a version without key names");
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", good.split('.').nth(1).unwrap());
    let cut = good.rsplit_once('.').unwrap().0.to_owned();
    let refused = [
        none,
        format!("{cut}."),
        format!("{cut}.AAAA"),
        Bench::forged(&header(Algorithm::HS384), &claims, &key),
        Bench::forged(&Header { kid: Some("unknown".into()), ..usual.clone() }, &claims, &key),
        Bench::forged(&Header { kid: Some("../../etc/passwd".into()), ..usual.clone() }, &claims, &*derived),
        Bench::forged(&Header { typ: Some("other".into()), ..usual.clone() }, &claims, &key),
        Bench::forged(&Header { typ: None, ..usual.clone() }, &claims, &key),
        Bench::forged(&unnamed, &claims, &key),
        Bench::forged(&usual, &claims, &*derived),
        Bench::forged(&usual, &claims, b""),
        Bench::forged(&usual, &changed("exp", json!(now_s - 61)), &key),
        Bench::forged(&usual, &changed("exp", Value::Null), &key),
        Bench::forged(&usual, &changed("iat", json!(now_s + 61)), &key),
        Bench::forged(&usual, &changed("nbf", json!(now_s + 61)), &key),
        Bench::forged(&usual, &changed("aud", json!("other")), &key),
        Bench::forged(&usual, &changed("iss", json!("other")), &key),
        Bench::forged(&usual, &changed("org", json!("B@AdobeOrg")), &key),
        Bench::forged(&usual, &changed("client_id", json!("unknown")), &key),
        Bench::forged(&usual, &changed("more", json!("x".repeat(8192))), &key),
        "x".repeat(20_000),
        "..".to_owned(),
        String::new(),
    ];
    for (index, token) in refused.iter().enumerate() {
        let found = bench.caller(&headers_with(token, &client.client_id)).await.unwrap_err();
        assert_eq!(found, "401013", "case {index}");
    }
}
