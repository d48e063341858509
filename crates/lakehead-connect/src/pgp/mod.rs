//! OpenPGP: key pairs that files are encrypted for, keys that signatures are checked with, and messages.
//!
//! Making a pair handles nothing of strangers. Reading a key and decrypting a message do: only in a worker process.

mod keys;
mod message;
#[cfg(test)]
mod tests;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use keys::{KeyError, MAX_KEY_BYTES, NewPair, SignerKey, make_pair, read_signer};
pub use message::{MessageError, Opener, decrypt, looks_encrypted};

/// What opens the encrypted files of a run. Holds secrets: for the pipe to a worker only.
#[derive(Clone, Serialize, Deserialize)]
pub struct Keys {
    /// The armoured private key, locked.
    #[serde(serialize_with = "expose", deserialize_with = "enclose")]
    pub private_key: SecretString,
    /// What unlocks it.
    #[serde(serialize_with = "expose", deserialize_with = "enclose")]
    pub pass_phrase: SecretString,
    /// Base64 of the public key that must have signed every file.
    pub signer: Option<String>,
    /// The time at which signatures are judged, epoch seconds.
    pub now_s: i64,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

fn expose<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn enclose<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}
