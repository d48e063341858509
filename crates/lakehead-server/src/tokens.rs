//! Our own bearer tokens: signed with a key derived from the master key, bound to one client and one organisation.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

const ISSUER: &str = "lakehead";

/// What a token says about its bearer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Technical account.
    pub(crate) sub: String,
    /// Service client; the `x-api-key` header must name it.
    pub(crate) client_id: String,
    /// Organisation; the `x-gw-ims-org-id` header must name it.
    pub(crate) org: String,
    iss: String,
    aud: String,
    /// Not valid from this moment on, epoch seconds.
    exp: i64,
    /// Made at this moment, epoch seconds.
    iat: i64,
}

/// Makes and checks tokens.
#[derive(Clone)]
pub(crate) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// Life of a token in seconds.
    pub(crate) life_s: i64,
}

impl Tokens {
    /// Tokens signed with `key`.
    pub(crate) fn new(key: &[u8], life_s: i64) -> Self {
        Self { encoding: EncodingKey::from_secret(key), decoding: DecodingKey::from_secret(key), life_s }
    }

    /// A token for `client_id`, and how many seconds it lives.
    pub(crate) fn issue(&self, client_id: &str, account: &str, org: &str, now_ms: i64) -> (String, i64) {
        let iat = now_ms.div_euclid(1000);
        let claims = Claims {
            sub: account.to_owned(),
            client_id: client_id.to_owned(),
            org: org.to_owned(),
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            exp: iat + self.life_s,
            iat,
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .expect("plain claims and an HMAC key always encode");
        (token, self.life_s)
    }

    /// The claims of a token that we signed and that is not over; `None` for anything else.
    pub(crate) fn verify(&self, token: &str, now_ms: i64) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        // The time check is ours, by the injected clock.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).ok()?.claims;
        (claims.exp > now_ms.div_euclid(1000)).then_some(claims)
    }
}
