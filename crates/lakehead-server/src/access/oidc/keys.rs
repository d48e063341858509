//! The public keys of an issuer: fetched when they are first needed, again when a token names an unknown one, and now
//! and then, so that keys that were taken back stop working. An issuer that is away takes nothing away.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use lakehead_connect::trusted::Trusted;
use lakehead_model::time::Clock;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::{IssuerSettings, KeysAt};

/// Keys older than this are fetched anew in the background, milliseconds.
const OLD_MS: i64 = 300_000;
/// After a fetch that failed the next one comes no sooner than this, milliseconds.
const PAUSE_MS: i64 = 10_000;
/// Keys of one issuer that are taken.
const MAX_KEYS: usize = 100;
/// Longest name of a key, bytes.
const MAX_KID: usize = 512;
/// Shortest modulus of an RSA key: 2048 bits in base64.
const MIN_MODULUS: usize = 341;

/// A public key and the algorithms that it is for.
pub(super) struct Key {
    pub(super) decoding: DecodingKey,
    pub(super) algorithms: Vec<Algorithm>,
}

/// The keys of one issuer.
pub(super) struct Keys {
    issuer: String,
    place: KeysAt,
    refetch_ms: i64,
    trusted: Trusted,
    clock: Clock,
    state: RwLock<State>,
    /// Held while fetching.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct State {
    keys: HashMap<String, Arc<Key>>,
    /// When the last fetch ended, and whether it brought keys.
    tried: Option<(i64, bool)>,
}

impl Keys {
    pub(super) fn new(settings: &IssuerSettings, trusted: Trusted, clock: Clock) -> Self {
        Self {
            issuer: settings.issuer.clone(),
            place: settings.keys.clone(),
            refetch_ms: settings.refetch_ms,
            trusted,
            clock,
            state: RwLock::default(),
            fetching: Mutex::default(),
        }
    }

    /// The key of this name, fetched where it is not known and a fetch is due.
    pub(super) async fn find(self: &Arc<Self>, kid: &str) -> Option<Arc<Key>> {
        if kid.len() > MAX_KID {
            return None;
        }
        if let Some(key) = self.known(kid) {
            if self.is_due(OLD_MS.max(self.refetch_ms)) && self.fetching.try_lock().is_ok() {
                tokio::spawn(Arc::clone(self).fetch_once(OLD_MS.max(self.refetch_ms)));
            }
            return Some(key);
        }
        if !self.is_due(self.refetch_ms) {
            return None;
        }
        // On its own task: a caller who hangs up does not undo the count of the fetch.
        let fetched = tokio::spawn(Arc::clone(self).fetch_once(self.refetch_ms)).await;
        fetched.ok().and_then(|()| self.known(kid))
    }

    fn known(&self, kid: &str) -> Option<Arc<Key>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).keys.get(kid).cloned()
    }

    /// Whether the last fetch is long enough ago.
    fn is_due(&self, after_ms: i64) -> bool {
        let tried = self.state.read().unwrap_or_else(PoisonError::into_inner).tried;
        tried.is_none_or(|(at_ms, worked)| {
            let wait_ms = if worked { after_ms } else { PAUSE_MS.min(after_ms) };
            !(0..wait_ms).contains(&(self.clock.now_ms() - at_ms))
        })
    }

    /// Fetches, unless somebody else has done so while this waited for its turn.
    async fn fetch_once(self: Arc<Self>, after_ms: i64) {
        let _turn = self.fetching.lock().await;
        if !self.is_due(after_ms) {
            return;
        }
        let fetched = self.fetch().await;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.tried = Some((self.clock.now_ms(), fetched.is_ok()));
        match fetched {
            Ok(keys) => state.keys = keys,
            Err(error) => tracing::warn!(issuer = %self.issuer, %error, "the keys of the issuer could not be fetched"),
        }
    }

    async fn fetch(&self) -> anyhow::Result<HashMap<String, Arc<Key>>> {
        let place = match &self.place {
            KeysAt::Url(url) => url.clone(),
            KeysAt::Discovery(url) => self.discover(url).await?,
        };
        let keys = parse(&self.trusted.get(&place).await?)?;
        anyhow::ensure!(!keys.is_empty(), "`{place}` has no key that can be used");
        Ok(keys)
    }

    async fn discover(&self, url: &Url) -> anyhow::Result<Url> {
        #[derive(Deserialize)]
        struct Discovery {
            issuer: String,
            jwks_uri: String,
        }
        let found: Discovery = serde_json::from_slice(&self.trusted.get(url).await?)?;
        anyhow::ensure!(found.issuer == self.issuer, "`{url}` is of another issuer, `{}`", found.issuer);
        let place: Url = found.jwks_uri.parse()?;
        let as_safe = place.scheme() == "https" || place.scheme() == url.scheme();
        anyhow::ensure!(as_safe, "`{url}` names a place of keys that is not encrypted");
        Ok(place)
    }
}

/// The keys of a JWK set by name; those without a name, for encryption, of unknown kinds or too short are left out.
fn parse(bytes: &[u8]) -> anyhow::Result<HashMap<String, Arc<Key>>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(bytes)?;
    let jwks = set.keys.into_iter().take(MAX_KEYS).filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Ok(jwks.filter_map(|jwk| Some((jwk.common.key_id.clone()?, Arc::new(key(&jwk)?)))).collect())
}

fn key(jwk: &Jwk) -> Option<Key> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    let mut algorithms = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) if rsa.n.len() >= MIN_MODULUS => vec![RS256, RS384, RS512, PS256, PS384, PS512],
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => vec![ES256],
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P384 => vec![ES384],
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => vec![EdDSA],
        // Symmetric keys have no place in a public document.
        _ => return None,
    };
    if let Some(only) = jwk.common.key_algorithm {
        let only = only.to_string().parse().ok()?;
        algorithms.retain(|algorithm: &Algorithm| *algorithm == only);
    }
    Some(Key { decoding: DecodingKey::from_jwk(jwk).ok()?, algorithms })
}
