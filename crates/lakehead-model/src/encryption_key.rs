//! Encryption keys: pairs that files are encrypted for, and public keys that signatures of files are checked with.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body::{self, Object};
use crate::invalid::excerpt;
use crate::time::EpochMs;
use crate::{Etag, Invalid};

/// Most keys of a sandbox, of both kinds together.
pub const MAX_KEYS: u64 = 1_000;
/// How long files may be encrypted for a pair, seconds.
pub const LIFETIME_S: u32 = 180 * 86_400;
/// Longest passphrase, bytes.
const MAX_PASS_PHRASE: usize = 1_024;
/// Longest public key that may be shared, as Base64.
const MAX_PUBLIC_KEY: usize = 96 << 10;
/// Code of a key that is none, or of the wrong kind.
pub const INVALID_KEY: &str = "CONNECTOR-1311-400";
/// Code of an algorithm that is not supported.
const BAD_ALGORITHM: &str = "CONNECTOR-1204-400";
/// Code of a missing passphrase.
const NO_PASS_PHRASE: &str = "CONNECTOR-1205-400";

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyUse {
    /// A pair of the server: files are encrypted for it.
    #[serde(rename = "encryption")]
    Encryption,
    /// A customer's public key: the signatures of files are checked with it.
    #[serde(rename = "signVerification")]
    SignVerification,
}

/// A stored key. The private half of a pair is among the secrets, never here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionKey {
    /// Its id, a UUID.
    pub public_key_id: String,
    /// Lock value of the metastore.
    pub etag: Etag,
    /// Name for people.
    pub name: String,
    /// `PGP` or `GPG`, as sent.
    pub encryption_algorithm: String,
    /// Base64 of the public key.
    pub public_key: String,
    /// What it is for.
    pub key_type: KeyUse,
    /// When it expires, epoch seconds; `None` is never.
    #[serde(default)]
    pub expires_at_s: Option<i64>,
    /// When it was made or shared, epoch milliseconds.
    pub created_at_ms: EpochMs,
}

/// A request to make a pair.
#[derive(Clone, Debug)]
pub struct NewPair {
    /// Name for people, also in the key.
    pub name: String,
    /// `PGP` or `GPG`.
    pub encryption_algorithm: String,
    /// What locks the private key.
    pub pass_phrase: SecretString,
}

/// A request to share a public key.
#[derive(Clone, Debug)]
pub struct SharedKey {
    /// Name for people.
    pub name: String,
    /// `PGP` or `GPG`.
    pub encryption_algorithm: String,
    /// Base64 of the public key, not looked into yet.
    pub public_key: String,
}

impl NewPair {
    /// Reads a request body.
    ///
    /// # Errors
    /// 1204 another algorithm, 1205 no passphrase, 1304 and 1312 for the name.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let encryption_algorithm = algorithm(root)?;
        let params = body::opt_object(root, "params", "params")?;
        let pass_phrase = params.map(|params| body::member(params, "passPhrase")).unwrap_or_default();
        let text = pass_phrase.and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or_else(|| {
            let message = "`params.passPhrase` is missing or empty: give a text that locks the private key";
            Invalid::new(NO_PASS_PHRASE, message)
        })?;
        if text.len() > MAX_PASS_PHRASE {
            let cure = format!("at most {MAX_PASS_PHRASE} bytes are allowed");
            return Err(Invalid::value("params.passPhrase", &cure));
        }
        Ok(Self { name: name(root)?, encryption_algorithm, pass_phrase: SecretString::from(text) })
    }
}

impl SharedKey {
    /// Reads a request body. A passphrase, which the documented body has, opens nothing here and is not kept.
    ///
    /// # Errors
    /// 1204 another algorithm, 1304 and 1312 for other members.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let encryption_algorithm = algorithm(root)?;
        // Longer than other texts may be.
        let public_key = match body::member(root, "publicKey") {
            None => return Err(Invalid::missing("publicKey")),
            Some(value) => value.as_str().ok_or_else(|| Invalid::value("publicKey", "a text is expected"))?.to_owned(),
        };
        if public_key.len() > MAX_PUBLIC_KEY {
            return Err(Invalid::value("publicKey", &format!("at most {} KiB are allowed", MAX_PUBLIC_KEY / 1024)));
        }
        let name = match body::opt_text(root, "name", "name")? {
            Some(_) => name(root)?,
            None => "customer key".to_owned(),
        };
        Ok(Self { name, encryption_algorithm, public_key })
    }
}

/// The name becomes part of a key, whose readers show it in terminals.
fn name(root: &Object) -> Result<String, Invalid> {
    let name = body::name(root)?;
    if name.chars().any(char::is_control) {
        return Err(Invalid::value("name", "control characters are not allowed"));
    }
    Ok(name)
}

fn algorithm(root: &Object) -> Result<String, Invalid> {
    let given = body::member(root, "encryptionAlgorithm").and_then(Value::as_str).unwrap_or_default();
    if matches!(given, "PGP" | "GPG") {
        return Ok(given.to_owned());
    }
    let message = format!("`encryptionAlgorithm` is `{}`: give `PGP` or `GPG`", excerpt(given));
    Err(Invalid::new(BAD_ALGORITHM, message))
}

impl EncryptionKey {
    /// A pair of the server. `public_key` is Base64.
    pub fn pair(input: &NewPair, public_key: String, now_ms: EpochMs) -> Self {
        let expires_at_s = Some(now_ms.div_euclid(1000) + i64::from(LIFETIME_S));
        Self {
            public_key_id: new_id(),
            etag: Etag::generate(),
            name: input.name.clone(),
            encryption_algorithm: input.encryption_algorithm.clone(),
            public_key,
            key_type: KeyUse::Encryption,
            expires_at_s,
            created_at_ms: now_ms,
        }
    }

    /// A public key of a customer that was read and found good.
    pub fn shared(input: SharedKey, expires_at_s: Option<i64>, now_ms: EpochMs) -> Self {
        Self {
            public_key_id: new_id(),
            etag: Etag::generate(),
            name: input.name,
            encryption_algorithm: input.encryption_algorithm,
            public_key: input.public_key,
            key_type: KeyUse::SignVerification,
            expires_at_s,
            created_at_ms: now_ms,
        }
    }

    /// Whether its time is over.
    pub fn has_expired(&self, now_ms: EpochMs) -> bool {
        self.expires_at_s.is_some_and(|end_s| end_s <= now_ms.div_euclid(1000))
    }

    /// Whether it may be used for this. `field` is the member of the transformation that names it.
    ///
    /// # Errors
    /// 1311 it is of the other kind, 1310 it has expired.
    pub fn check_use(&self, field: &str, key_use: KeyUse, now_ms: EpochMs) -> Result<(), Invalid> {
        self.check_kind(field, key_use)?;
        if self.has_expired(now_ms) {
            let id = &self.public_key_id;
            let message = format!("`{field}` `{id}` has expired: make a new key and change the flow to it");
            return Err(Invalid::new("CONNECTOR-1310-400", message));
        }
        Ok(())
    }

    /// Whether it is a key of this kind, expired or not: what was encrypted for a pair in its time is opened later too.
    ///
    /// # Errors
    /// 1311 it is of the other kind.
    pub fn check_kind(&self, field: &str, key_use: KeyUse) -> Result<(), Invalid> {
        let id = &self.public_key_id;
        if self.key_type != key_use {
            let expected = match key_use {
                KeyUse::Encryption => "a key of `/encryption/keys`",
                KeyUse::SignVerification => "a key of `/encryption/customer-keys`",
            };
            return Err(Invalid::new(
                INVALID_KEY,
                format!("`{field}` `{id}` is a key for another use: give {expected}"),
            ));
        }
        Ok(())
    }

    /// The form of the API: a time of expiry only where there is one.
    pub fn to_wire(&self) -> Value {
        let mut wire = json!({
            "encryptionAlgorithm": self.encryption_algorithm,
            "name": self.name,
            "publicKeyId": self.public_key_id,
            "publicKey": self.public_key,
            "keyType": self.key_type,
        });
        if let Some(end_s) = self.expires_at_s {
            wire["expiryTime"] = end_s.to_string().into();
        }
        wire
    }
}

fn new_id() -> String {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_has_its_documented_code() {
        let good = json!({"name": "acme", "encryptionAlgorithm": "GPG", "params": {"passPhrase": "x"}});
        assert!(NewPair::parse(&good).is_ok());
        for (path, value, code) in [
            ("/encryptionAlgorithm", json!("RSA"), "CONNECTOR-1204-400"),
            ("/encryptionAlgorithm", json!(1), "CONNECTOR-1204-400"),
            ("/params", json!(null), "CONNECTOR-1205-400"),
            ("/params/passPhrase", json!(""), "CONNECTOR-1205-400"),
            ("/params/passPhrase", json!(7), "CONNECTOR-1205-400"),
            ("/params/passPhrase", json!("x".repeat(1025)), "CONNECTOR-1312-400"),
            ("/name", json!(null), "CONNECTOR-1304-400"),
            ("/name", json!("a\u{1b}[2J"), "CONNECTOR-1312-400"),
        ] {
            let mut body = good.clone();
            *body.pointer_mut(path).unwrap() = value;
            assert_eq!(NewPair::parse(&body).unwrap_err().code, code, "{path}");
        }
    }

    #[test]
    fn a_pair_lives_180_days_and_is_for_encryption() {
        let input = NewPair::parse(
            &json!({"name": "acme", "encryptionAlgorithm": "PGP", "params": {"passPhrase": "open sesame"}}),
        )
        .unwrap();
        let key = EncryptionKey::pair(&input, "AAAA".to_owned(), 1_669_291_168_000);
        assert_eq!(key.to_wire()["expiryTime"], "1684843168");
        let end_ms = 1_684_843_168_000;
        assert_eq!(key.check_use("publicKeyId", KeyUse::Encryption, end_ms - 1), Ok(()));
        let late = key.check_use("publicKeyId", KeyUse::Encryption, end_ms).unwrap_err();
        assert_eq!(late.code, "CONNECTOR-1310-400");
        assert_eq!(key.check_kind("publicKeyId", KeyUse::Encryption), Ok(()), "its files can still be opened");
        let other = key.check_use("signVerificationKeyId", KeyUse::SignVerification, 0).unwrap_err();
        assert_eq!(other.code, INVALID_KEY);
        assert!(!serde_json::to_string(&key).unwrap().contains("sesame") && !format!("{input:?}").contains("sesame"));
    }
}
