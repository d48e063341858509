//! Tokens of an external `OpenID` Connect issuer, over real HTTP on both sides.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::ACCESS;
use crate::harness::client::{Api, FLOW_SERVICE};
use crate::harness::eventually;
use crate::harness::issuer::{Issuer, Key};
use crate::harness::server::{Lakehead, Options};

const ORG: &str = "00000000000000000000AAAA@AdobeOrg";

/// A server that knows the issuer, and its administrator.
async fn start(issuer: &Issuer) -> (Lakehead, Api) {
    let lakehead = Lakehead::start(Options { config: issuer.config(ORG), ..Options::default() }).await;
    let administrator = lakehead.new_client(Some(ORG)).await;
    let api = lakehead.api_as(&administrator).await;
    (lakehead, api)
}

async fn register(api: &Api, issuer: &Issuer, subject: &str, role: &str) -> String {
    let body = json!({"issuer": issuer.url, "subject": subject, "roles": [role]});
    let user = api.post(&format!("{ACCESS}/administration/users"), &body).await.expect(201);
    user["id"].as_str().unwrap().to_owned()
}

/// The API as the bearer of a token of the issuer.
fn bearer(api: &Api, token: &str) -> Api {
    let header = format!("Bearer {token}");
    api.with_header("authorization", Some(&header)).with_header("x-api-key", Some("web-app"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_person_comes_in_with_a_token_of_the_issuer() {
    let rsa = Key::rsa();
    let issuer = Issuer::start(vec![rsa.clone(), Key::elliptic("ec-1")]).await;
    let (_lakehead, api) = start(&issuer).await;
    let path = format!("{FLOW_SERVICE}/connections");
    let token = rsa.sign(&issuer.claims("ada"));
    bearer(&api, &token).get(&path).await.expect_refusal(403, "403025", &[]);
    let account = register(&api, &issuer, "ada", "viewer").await;
    let ada = bearer(&api, &token);
    ada.get(&path).await.expect(200);
    let user = api.get(&format!("{ACCESS}/administration/users/{account}")).await.expect(200);
    assert_eq!(user["name"], "Ada L.", "the issuer's name for who has none");

    let mine = ada.post(&format!("{ACCESS}/acl/effective-policies"), &json!(["/permissions/manage-sources"])).await;
    let mine = mine.expect(200);
    assert_eq!((&mine["tokenType"], &mine["policies"]["/permissions/manage-sources"]), (&json!("user"), &json!([])));
    ada.with_header("x-sandbox-id", Some("any")).get(&path).await.expect_refusal(400, "FLOW-2110-400", &[]);
    ada.with_header("x-api-key", Some("stranger")).get(&path).await.expect_refusal(403, "403003", &[]);
    let key = api.headers().iter().find(|(name, _)| name == "x-api-key").unwrap().1.clone();
    ada.with_header("x-api-key", Some(&key)).get(&path).await.expect(200);
    let elsewhere = ada.with_header("x-gw-ims-org-id", Some("00000000000000000000BBBB@AdobeOrg"));
    elsewhere.get(&path).await.expect_refusal(403, "403025", &[]);

    assert_eq!(api.delete(&format!("{ACCESS}/administration/users/{account}")).await.status, 204);
    ada.get(&path).await.expect_refusal(403, "403025", &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_the_issuer_did_not_make_for_us_are_refused() {
    let (rsa, ec) = (Key::rsa(), Key::elliptic("ec-1"));
    let issuer = Issuer::start(vec![rsa.clone(), ec.clone()]).await;
    let other = Issuer::start(vec![rsa.clone()]).await;
    let (_lakehead, api) = start(&issuer).await;
    register(&api, &issuer, "ada", "viewer").await;
    let path = format!("{FLOW_SERVICE}/connections");
    for key in [&rsa, &ec] {
        bearer(&api, &key.sign(&issuer.claims("ada"))).get(&path).await.expect(200);
    }
    let now_s = chrono::Utc::now().timestamp();
    let with = |name: &str, value: Value| {
        let mut claims = issuer.claims("ada");
        claims[name] = value;
        claims
    };
    for claims in [
        with("aud", json!("somebody-else")),
        with("aud", Value::Null),
        with("iss", json!(other.url)),
        with("iss", json!("lakehead")),
        with("exp", json!(now_s - 120)),
        with("exp", Value::Null),
        with("nbf", json!(now_s + 120)),
        with("iat", json!(now_s + 120)),
        with("sub", Value::Null),
        with("sub", json!("x".repeat(300))),
    ] {
        let answer = bearer(&api, &rsa.sign(&claims)).get(&path).await;
        assert_eq!((answer.status, answer.code()), (401, "401013"), "{claims}: {answer:?}");
    }
    for claims in [with("exp", json!(now_s - 30)), with("nbf", json!(now_s + 30))] {
        bearer(&api, &rsa.sign(&claims)).get(&path).await.expect(200);
    }
    for token in forgeries(&rsa, &ec, &issuer.claims("ada")) {
        let answer = bearer(&api, &token).get(&path).await;
        assert_eq!((answer.status, answer.code()), (401, "401013"), "{token}: {answer:?}");
    }
}

/// Tokens with the right claims and the wrong signature.
fn forgeries(rsa: &Key, ec: &Key, claims: &Value) -> Vec<String> {
    let good = rsa.sign(claims);
    let (payload, signature) = (good.split('.').nth(1).unwrap(), good.rsplit('.').next().unwrap());
    let signed = |algorithm, kid: &str, key: &EncodingKey| {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, claims, key).unwrap()
    };
    // The public key is known to everybody: it must not do as a shared secret.
    let shared = EncodingKey::from_secret(&rsa.public);
    let stranger = Key::elliptic("ec-1");
    // A token that brings its own key along, or says where to fetch it.
    let brought = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngiLCJqa3UiOiJodHRwOi8vMTI3LjAuMC4xL2sifQ";
    vec![
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."),
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.{signature}"),
        format!("{brought}.{payload}.{signature}"),
        signed(Algorithm::HS256, rsa.kid, &shared),
        signed(Algorithm::HS256, ec.kid, &EncodingKey::from_secret(&ec.public)),
        signed(Algorithm::HS256, "", &shared),
        stranger.sign(claims),
        Key { kid: "rsa-1", ..ec.clone() }.sign(claims),
        Key { kid: "ec-1", ..rsa.clone() }.sign(claims),
        Key { kid: "unknown", ..rsa.clone() }.sign(claims),
        Key { algorithm: Algorithm::RS512, ..rsa.clone() }.sign(claims),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issuer_replaces_its_keys() {
    let first = Key::elliptic("first");
    let issuer = Issuer::start(vec![first.clone()]).await;
    let (_lakehead, api) = start(&issuer).await;
    register(&api, &issuer, "ada", "viewer").await;
    let path = format!("{FLOW_SERVICE}/connections");
    let early = first.sign(&issuer.claims("ada"));
    bearer(&api, &early).get(&path).await.expect(200);
    let second = Key::elliptic("second");
    issuer.replace_keys(vec![second.clone()]);
    let late = second.sign(&issuer.claims("ada"));
    eventually("the new key is fetched", async || {
        let status = bearer(&api, &late).get(&path).await.status;
        assert!(status == 200 || status == 401, "{status}");
        (status == 200).then_some(())
    })
    .await;
    let mut again = issuer.claims("ada");
    again["jti"] = json!("another token of the old key");
    bearer(&api, &first.sign(&again)).get(&path).await.expect_refusal(401, "401013", &[]);
}
