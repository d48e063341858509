//! Our own bearer tokens: signed by a key that has a name and can be replaced, bound to one client and organisation.

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use lakehead_model::time::Clock;
use lakehead_store::{ServiceClient, Store, StoreError};
use serde_json::{Map, Value, json};

use super::claims::{Bearer, Times, Verified};
use super::fresh::Fresh;

/// `iss` and `aud` of our tokens.
pub(super) const ISSUER: &str = "lakehead";
/// A key is noted as in use for this much longer than a token needs, so that the note is written once a day, seconds.
const AHEAD_S: i64 = 86_400;
/// Times that a key may be replaced while a token is made.
const ATTEMPTS: usize = 4;

/// Makes and checks tokens.
pub(crate) struct Tokens {
    store: Store,
    clock: Clock,
    /// Verifies tokens of versions that signed with a key derived from the master key.
    derived: DecodingKey,
    keys: Fresh<(), Arc<Keys>>,
}

struct Keys {
    /// The key that signs, none before the first token.
    signing: Option<Signing>,
    verifying: HashMap<String, DecodingKey>,
}

struct Signing {
    kid: String,
    key: EncodingKey,
    tokens_until_s: i64,
}

impl Tokens {
    /// Tokens signed with the keys in `store`.
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        let derived = DecodingKey::from_secret(&*store.derive_key("bearer tokens"));
        Self { keys: Fresh::new(store.clone(), clock.clone()), store, clock, derived }
    }

    /// A token of `client` that lives for `life_s` seconds.
    pub(crate) async fn issue(&self, client: &ServiceClient, life_s: i64) -> Result<String, StoreError> {
        let iat = self.clock.now_ms().div_euclid(1000);
        let claims = json!({
            "sub": client.technical_account,
            "client_id": client.client_id,
            "org": client.org,
            "iss": ISSUER,
            "aud": ISSUER,
            "exp": iat + life_s,
            "iat": iat,
        });
        for _ in 0..ATTEMPTS {
            let keys = self.keys().await?;
            let Some(signing) = &keys.signing else {
                let mut tx = self.store.write().await?;
                if tx.signing_keys().await?.is_empty() {
                    tx.rotate_signing_key(0).await?;
                }
                tx.commit().await?;
                continue;
            };
            if signing.tokens_until_s < iat + life_s && !self.extend(&signing.kid, iat + life_s + AHEAD_S).await? {
                continue;
            }
            let header = Header { kid: Some(signing.kid.clone()), ..Header::new(Algorithm::HS256) };
            return Ok(jsonwebtoken::encode(&header, &claims, &signing.key)
                .expect("plain claims and an HMAC key always encode"));
        }
        Err(StoreError::Stale)
    }

    /// Notes that the key signs tokens until then; false where a newer key has taken over.
    async fn extend(&self, kid: &str, until_s: i64) -> Result<bool, StoreError> {
        let mut tx = self.store.write().await?;
        let may = tx.extend_signing_key(kid, until_s).await?;
        tx.commit().await?;
        Ok(may)
    }

    /// What a token says that we signed; `None` for anything else. Its times are not judged.
    pub(super) async fn verify(&self, token: &str, header: &Header) -> Result<Option<Verified>, StoreError> {
        if !header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT")) {
            return Ok(None);
        }
        let keys = self.keys().await?;
        let key = match &header.kid {
            Some(kid) => keys.verifying.get(kid),
            None => Some(&self.derived),
        };
        Ok(key.and_then(|key| read(token, key, header.kid.clone())))
    }

    /// Whether the key still verifies; tokens are remembered, their keys may have gone.
    pub(crate) async fn knows(&self, kid: Option<&str>) -> Result<bool, StoreError> {
        match kid {
            Some(kid) => Ok(self.keys().await?.verifying.contains_key(kid)),
            None => Ok(true),
        }
    }

    async fn keys(&self) -> Result<Arc<Keys>, StoreError> {
        let load = async || {
            let keys = self.store.read().await?.signing_keys().await?;
            let signing = keys.first().filter(|key| key.retired_at_ms.is_none()).map(|key| Signing {
                kid: key.kid.clone(),
                key: EncodingKey::from_secret(&key.key),
                tokens_until_s: key.tokens_until_s,
            });
            let verifying = keys.iter().map(|key| (key.kid.clone(), DecodingKey::from_secret(&key.key))).collect();
            Ok(Arc::new(Keys { signing, verifying }))
        };
        self.keys.get((), load).await
    }
}

fn read(token: &str, key: &DecodingKey, kid: Option<String>) -> Option<Verified> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    // Times are judged by the injected clock.
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Map<String, Value>>(token, key, &validation).ok()?.claims;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let bearer = Bearer::Client { client_id: text("client_id")?, org: text("org")?, kid };
    Some(Verified { bearer, times: Times::read(&claims)? })
}
