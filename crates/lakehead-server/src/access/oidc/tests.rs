//! The keys of an issuer on a real HTTP server that counts its requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{EncodingKey, Header};
use p256::pkcs8::EncodePrivateKey as _;
use serde_json::json;

use super::*;

struct Bench {
    clock: Clock,
    fetches: Arc<AtomicUsize>,
    works: Arc<AtomicBool>,
    key: EncodingKey,
    settings: IssuerSettings,
}

impl Bench {
    async fn start() -> Self {
        let secret = p256::SecretKey::random(&mut rsa::rand_core::OsRng);
        let key = EncodingKey::from_ec_der(secret.to_pkcs8_der().unwrap().as_bytes());
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some("known".into());
        let document = json!({"keys": [{"kty": "new"}, jwk, {"kty": "oct", "k": "AAAA", "kid": "shared"}]}).to_string();
        let (fetches, works) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(true)));
        let (count, answers) = (Arc::clone(&fetches), Arc::clone(&works));
        let keys = async move || {
            count.fetch_add(1, Ordering::SeqCst);
            if answers.load(Ordering::SeqCst) { Ok(document) } else { Err(StatusCode::SERVICE_UNAVAILABLE) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async { axum::serve(listener, Router::new().fallback(keys)).await });
        let settings = IssuerSettings {
            issuer: "https://id.example".into(),
            audience: "lake".into(),
            org: "A@AdobeOrg".into(),
            keys: KeysAt::Url(url),
            algorithms: vec![Algorithm::ES256, Algorithm::RS256],
            user_claim: "sub".into(),
            name_claim: "name".into(),
            ui_client_id: None,
            ui_scope: String::new(),
            refetch_ms: 60_000,
        };
        Self { clock: Clock::manual(1_790_000_000_000), fetches, works, key, settings }
    }

    fn issuer(&self) -> Arc<Issuer> {
        Arc::new(Issuer::new(self.settings.clone(), Trusted::new().unwrap(), self.clock.clone()))
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

async fn verifies(issuer: &Issuer, bench: &Bench, kid: &str) -> bool {
    let claims = json!({"iss": "https://id.example", "aud": "lake", "exp": 9_999_999_999_u64, "sub": "ada"});
    let header = Header { kid: Some(kid.into()), ..Header::new(Algorithm::ES256) };
    let token = jsonwebtoken::encode(&header, &claims, &bench.key).unwrap();
    issuer.verify(&token, &header).await.is_some()
}

#[tokio::test]
async fn ten_thousand_unknown_keys_cost_one_fetch() {
    let bench = Arc::new(Bench::start().await);
    let issuer = bench.issuer();
    let asks = (0..100).map(|worker| {
        let (issuer, bench) = (Arc::clone(&issuer), Arc::clone(&bench));
        tokio::spawn(async move {
            for number in 0..100 {
                assert!(issuer.keys.find(&format!("unknown {worker} {number}")).await.is_none());
            }
            assert!(verifies(&issuer, &bench, "known").await);
        })
    });
    for ask in asks.collect::<Vec<_>>() {
        ask.await.unwrap();
    }
    assert_eq!(bench.fetches(), 1);
    assert!(issuer.keys.find("shared").await.is_none(), "a shared secret is no public key");
    bench.clock.advance_ms(59_999);
    assert!(!verifies(&issuer, &bench, "unknown").await);
    assert_eq!(bench.fetches(), 1);
    bench.clock.advance_ms(1);
    assert!(!verifies(&issuer, &bench, "unknown").await);
    assert_eq!(bench.fetches(), 2);
}

#[tokio::test]
async fn an_issuer_that_is_away_takes_no_known_key_away() {
    let bench = Bench::start().await;
    let issuer = bench.issuer();
    bench.works.store(false, Ordering::SeqCst);
    assert!(!verifies(&issuer, &bench, "known").await);
    assert!(!verifies(&issuer, &bench, "known").await);
    assert_eq!(bench.fetches(), 1, "not again at once");
    bench.works.store(true, Ordering::SeqCst);
    bench.clock.advance_ms(10_000);
    assert!(verifies(&issuer, &bench, "known").await, "after a failure it is asked again soon");
    bench.works.store(false, Ordering::SeqCst);
    bench.clock.advance_ms(86_400_000);
    for _ in 0..3 {
        assert!(verifies(&issuer, &bench, "known").await);
        assert!(!verifies(&issuer, &bench, "unknown").await);
    }
}

#[tokio::test]
async fn a_key_is_used_with_its_own_algorithm_only() {
    let bench = Bench::start().await;
    let issuer = bench.issuer();
    assert!(verifies(&issuer, &bench, "known").await);
    let claims = json!({"iss": "https://id.example", "aud": "lake", "exp": 9_999_999_999_u64, "sub": "ada"});
    for algorithm in [Algorithm::HS256, Algorithm::ES384, Algorithm::RS256] {
        let header = Header { kid: Some("known".into()), ..Header::new(algorithm) };
        let signed_with = Header { kid: Some("known".into()), ..Header::new(Algorithm::HS256) };
        let token = jsonwebtoken::encode(&signed_with, &claims, &EncodingKey::from_secret(b"x")).unwrap();
        assert!(issuer.verify(&token, &header).await.is_none(), "{algorithm:?}");
    }
    let without = Header::new(Algorithm::ES256);
    let token = jsonwebtoken::encode(&without, &claims, &bench.key).unwrap();
    assert!(issuer.verify(&token, &without).await.is_none(), "a token must name its key");
}
