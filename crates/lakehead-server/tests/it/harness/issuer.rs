//! An `OpenID` Connect issuer on a real HTTP server: discovery, keys that can be replaced, tokens that say anything.

use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::pkcs8::EncodePrivateKey as _;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::rand_core::OsRng;
use serde_json::{Value, json};

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
        let answer = async move |uri: Uri| answer(&base, &shown.lock().unwrap(), uri.path());
        tokio::spawn(async { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { url, keys }
    }

    /// Signs with other keys from now on.
    pub(crate) fn replace_keys(&self, keys: Vec<Key>) {
        *self.keys.lock().unwrap() = keys;
    }

    /// Claims that are accepted for `subject`; tests change them.
    pub(crate) fn claims(&self, subject: &str) -> Value {
        let now_s = chrono::Utc::now().timestamp();
        json!({"iss": self.url, "aud": ["other", "lakehead-api"], "sub": subject, "name": "Ada L.", "iat": now_s,
            "nbf": now_s, "exp": now_s + 600, "azp": "web-app"})
    }

    /// Its section of the configuration file.
    pub(crate) fn config(&self, org: &str) -> String {
        format!("[[oidc]]\nissuer = \"{}\"\naudience = \"lakehead-api\"\norg = \"{org}\"\nrefetch_s = 1\n", self.url)
    }
}

fn answer(base: &str, keys: &[Key], path: &str) -> Response {
    let document = match path {
        "/tenant/.well-known/openid-configuration" => json!({"issuer": base, "jwks_uri": format!("{base}/jwks")}),
        "/tenant/jwks" => json!({"keys": keys.iter().map(Key::jwk).collect::<Vec<_>>()}),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    axum::Json(document).into_response()
}
