//! Bearer tokens of external `OpenID` Connect issuers.
//!
//! The issuer's keys come from the one address that the operator configured. What a token itself says about where its
//! key is (`jku`, `x5u`, `jwk`) is not looked at, and its algorithm must fit both the configuration and the key.

mod keys;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Header, Validation};
use lakehead_connect::trusted::Trusted;
use lakehead_model::time::Clock;
use serde_json::{Map, Value};
use url::Url;

use self::keys::Keys;
use super::claims::{Bearer, Times, Verified};

/// Values of `typ` that an access or identity token may have.
const TYPES: &[&str] = &["jwt", "at+jwt", "application/at+jwt"];
/// Longest subject of a token, bytes.
const MAX_SUBJECT: usize = 255;
/// Longest name of a person that is taken from a token, characters.
const MAX_NAME: usize = 256;

/// What the operator configured of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssuerSettings {
    /// `iss` of its tokens.
    pub(crate) issuer: String,
    /// What `aud` of its tokens must hold.
    pub(crate) audience: String,
    /// Organisation of its users.
    pub(crate) org: String,
    /// Where its keys are.
    pub(crate) keys: KeysAt,
    /// Algorithms that it may sign with.
    pub(crate) algorithms: Vec<Algorithm>,
    /// Claim that identifies a person.
    pub(crate) user_claim: String,
    /// Claim that names a person.
    pub(crate) name_claim: String,
    /// Public client of the user interface, where people may sign in there.
    pub(crate) ui_client_id: Option<String>,
    /// What the user interface asks the issuer for.
    pub(crate) ui_scope: String,
    /// Keys are not fetched more often than this, milliseconds.
    pub(crate) refetch_ms: i64,
}

/// Where an issuer's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeysAt {
    /// At this address.
    Url(Url),
    /// At the address that the document here names.
    Discovery(Url),
}

/// An issuer whose tokens are accepted.
pub(super) struct Issuer {
    settings: IssuerSettings,
    keys: Arc<Keys>,
}

impl Issuer {
    pub(super) fn new(settings: IssuerSettings, trusted: Trusted, clock: Clock) -> Self {
        Self { keys: Arc::new(Keys::new(&settings, trusted, clock)), settings }
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.issuer
    }

    /// What the token says, where the issuer signed it for us. Its times are not judged.
    pub(super) async fn verify(&self, token: &str, header: &Header) -> Option<Verified> {
        let is_type = |typ: &String| TYPES.iter().any(|known| typ.eq_ignore_ascii_case(known));
        if !header.typ.as_ref().is_none_or(is_type) || !self.settings.algorithms.contains(&header.alg) {
            return None;
        }
        let key = self.keys.find(header.kid.as_deref()?).await?;
        if !key.algorithms.contains(&header.alg) {
            return None;
        }
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        // Times are judged by the injected clock.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Map<String, Value>>(token, &key.decoding, &validation).ok()?.claims;
        Some(Verified { times: Times::read(&claims)?, bearer: self.bearer(&claims)? })
    }

    fn bearer(&self, claims: &Map<String, Value>) -> Option<Bearer> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let subject = text(&self.settings.user_claim).filter(|subject| subject.len() <= MAX_SUBJECT)?;
        // It will be stored: no control characters, NUL least of all.
        let name = text(&self.settings.name_claim).filter(|name| !name.chars().any(char::is_control));
        Some(Bearer::Person {
            issuer: self.settings.issuer.clone(),
            subject: subject.to_owned(),
            org: self.settings.org.clone(),
            name: name.map(|name| name.chars().take(MAX_NAME).collect()),
            client_id: text("azp").or_else(|| text("client_id")).map(str::to_owned),
        })
    }
}
