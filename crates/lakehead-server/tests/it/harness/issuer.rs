//! An `OpenID` Connect issuer on a real HTTP server: discovery, keys that can be replaced, tokens that say anything.
//! It also signs a person in who asks with a browser (authorization code with PKCE), without asking back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::pkcs8::EncodePrivateKey as _;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::rand_core::OsRng;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A private key with its name.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) kid: &'static str,
    pub(crate) algorithm: Algorithm,
    pub(crate) encoding: EncodingKey,
    /// The public half, as an attacker knows it.
    pub(crate) public: Vec<u8>,
}

impl Key {
    /// The one RSA key of a test run; they take long to make.
    pub(crate) fn rsa() -> Self {
        static KEY: OnceLock<Key> = OnceLock::new();
        let make = || {
            let key = rsa::RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
            let encoding = EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes());
            let public = key.to_public_key().to_pkcs1_der().unwrap().into_vec();
            Self { kid: "rsa-1", algorithm: Algorithm::RS256, encoding, public }
        };
        KEY.get_or_init(make).clone()
    }

    /// A new elliptic curve key.
    pub(crate) fn elliptic(kid: &'static str) -> Self {
        let key = p256::SecretKey::random(&mut OsRng);
        let encoding = EncodingKey::from_ec_der(key.to_pkcs8_der().unwrap().as_bytes());
        Self { kid, algorithm: Algorithm::ES256, encoding, public: key.public_key().to_sec1_bytes().into_vec() }
    }

    /// A token with these claims, signed by the key under its name.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.to_owned()), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.encoding).unwrap()
    }

    fn jwk(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.encoding, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.to_owned());
        jwk
    }
}

/// The issuer.
pub(crate) struct Issuer {
    pub(crate) url: String,
    keys: Arc<Mutex<Vec<Key>>>,
}

impl Issuer {
    /// Starts an issuer with these keys.
    pub(crate) async fn start(keys: Vec<Key>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/tenant", listener.local_addr().unwrap());
        let keys = Arc::new(Mutex::new(keys));
        let (base, shown) = (url.clone(), Arc::clone(&keys));
        let answer = async move |uri: Uri, body: String| answer(&base, &shown.lock().unwrap(), &uri, &body);
        tokio::spawn(async { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { url, keys }
    }

    /// Signs with other keys from now on.
    pub(crate) fn replace_keys(&self, keys: Vec<Key>) {
        *self.keys.lock().unwrap() = keys;
    }

    /// Claims that are accepted for `subject`; tests change them.
    pub(crate) fn claims(&self, subject: &str) -> Value {
        claims(&self.url, subject)
    }

    /// Its section of the configuration file.
    pub(crate) fn config(&self, org: &str) -> String {
        format!("[[oidc]]\nissuer = \"{}\"\naudience = \"lakehead-api\"\norg = \"{org}\"\nrefetch_s = 1\n", self.url)
    }
}

fn claims(issuer: &str, subject: &str) -> Value {
    let now_s = chrono::Utc::now().timestamp();
    json!({"iss": issuer, "aud": ["other", "lakehead-api"], "sub": subject, "name": "Ada L.", "iat": now_s,
        "nbf": now_s, "exp": now_s + 600, "azp": "web-app"})
}

fn answer(base: &str, keys: &[Key], uri: &Uri, body: &str) -> Response {
    let document = match uri.path() {
        "/tenant/.well-known/openid-configuration" => json!({"issuer": base, "jwks_uri": format!("{base}/jwks"),
            "authorization_endpoint": format!("{base}/authorize"), "token_endpoint": format!("{base}/token")}),
        "/tenant/jwks" => json!({"keys": keys.iter().map(Key::jwk).collect::<Vec<_>>()}),
        "/tenant/authorize" => return authorize(uri.query().unwrap_or_default()).into_response(),
        "/tenant/token" => return token(base, &keys[0], body),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    axum::Json(document).into_response()
}

/// Leads the browser back with a code that holds what the token has to fit.
fn authorize(query: &str) -> Redirect {
    let asked: HashMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!((asked["code_challenge_method"].as_str(), asked["client_id"].as_str()), ("S256", "web-app"));
    let mut back = url::Url::parse(&asked["redirect_uri"]).unwrap();
    let code = format!("{} {}", asked["code_challenge"], asked["nonce"]);
    back.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked["state"]);
    Redirect::to(back.as_str())
}

/// A token for the verifier of the code's challenge, readable by scripts of other origins.
fn token(base: &str, key: &Key, body: &str) -> Response {
    let given: HashMap<_, _> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let (challenge, nonce) = given["code"].split_once(' ').unwrap();
    let proof = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&given["code_verifier"]));
    assert_eq!((proof.as_str(), given["client_id"].as_str()), (challenge, "web-app"));
    let mut claims = claims(base, "ada");
    claims["nonce"] = nonce.into();
    let token = key.sign(&claims);
    let body = json!({"access_token": "opaque", "id_token": token, "token_type": "Bearer", "expires_in": 600});
    ([("access-control-allow-origin", "*")], axum::Json(body)).into_response()
}
