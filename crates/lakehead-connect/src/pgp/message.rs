//! Encrypted messages: to their plain text, with every check that they allow.
//!
//! What is written is trustworthy only once [`decrypt`] has come to its end: integrity and signature stand behind the
//! text. Callers use none of it before.

use std::fmt;
use std::io::{self, BufRead, Read, Write};

use pgp::composed::{
    DecryptionOptions, Deserializable as _, Edata, Message, SignedPublicKey, SignedSecretKey, TheRing,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::errors::Error as PgpError;
use pgp::packet::SignatureType;
use pgp::types::{Password, Seipdv1ReadMode, VerifyingKey};
use secrecy::ExposeSecret;

use super::Keys;
use super::keys::{self, KeyError, Signers};

/// Most recipients of a message.
const MAX_RECIPIENTS: usize = 100;
/// Most signatures of a message: each is a hash over everything.
const MAX_SIGNATURES: usize = 8;
/// Most layers (compression, signature) within an encrypted message.
const MAX_LAYERS: usize = 4;
/// Plain bytes written together.
const PIECE_BYTES: usize = 256 << 10;
/// What an armoured message begins with.
const ARMOUR: &[u8] = b"-----BEGIN PGP MESSAGE-----";

/// Why a message has no plain text.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// No encrypted OpenPGP message.
    #[error("the file is not encrypted with OpenPGP; encrypt it with the public key of the flow")]
    NotEncrypted,
    /// Encrypted for others.
    #[error("the file is not encrypted for the key of the flow; encrypt it with that public key")]
    OtherKey,
    /// Nothing shows whether it was changed.
    #[error("the file is encrypted without protection of its integrity; encrypt it with a current program")]
    Unprotected,
    /// Anything that is wrong once it could be opened. One text for all, so that it tells nothing about the content.
    #[error("the encrypted file is damaged, cut off or was changed; encrypt and upload it again")]
    Damaged,
    /// More than is accepted.
    #[error("the encrypted file {0}")]
    TooMuch(String),
    /// No signature although one is demanded.
    #[error("the encrypted file is not signed, and the flow demands a signature; sign it with the key that was shared")]
    Unsigned,
    /// Signed by somebody else, or not over this.
    #[error("the signature of the encrypted file is not of the key that the flow demands, or does not fit the content")]
    BadSignature,
    /// The plain text cannot be kept.
    #[error("the decrypted file cannot be kept: {0}")]
    Write(#[source] io::Error),
}

/// Keys that are unlocked and ready to open messages.
pub struct Opener {
    key: SignedSecretKey,
    signer: Option<Signer>,
}

/// The key that must have signed.
struct Signer {
    key: SignedPublicKey,
    parts: Signers,
    now_s: i64,
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").finish_non_exhaustive()
    }
}

impl Opener {
    /// Unlocks `keys`.
    ///
    /// # Errors
    /// A key that is no key, or a passphrase that does not fit.
    pub fn unlock(keys: &Keys) -> Result<Self, KeyError> {
        let unusable = |_: PgpError| KeyError("the private key of the flow cannot be used".to_owned());
        let text = keys.private_key.expose_secret().as_bytes();
        let (mut key, _) = SignedSecretKey::from_armor_single(text).map_err(unusable)?;
        let password = Password::from(keys.pass_phrase.expose_secret());
        for subkey in &mut key.secret_subkeys {
            subkey.key.remove_password(&password).map_err(unusable)?;
        }
        let signer = keys.signer.as_deref().map(keys::parse).transpose();
        let signer = signer.map_err(|error| KeyError(format!("the key for checking signatures: {error}")))?;
        let now_s = keys.now_s;
        Ok(Self { key, signer: signer.map(|(key, parts)| Signer { key, parts, now_s }) })
    }
}

/// Decrypts the message in `from` to `to`. `may_grow` is asked with each new length of the plain text.
///
/// # Errors
/// As [`MessageError`] says; what `to` has then must not be used.
pub fn decrypt<R: BufRead + Send>(
    mut from: R,
    opener: &Opener,
    to: &mut impl Write,
    may_grow: impl Fn(u64) -> Result<(), MessageError>,
) -> Result<u64, MessageError> {
    let message = open(&mut from, opener)?;
    let mut message = peel(message)?;
    let mut length = 0;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let count = message.read(&mut piece).map_err(|error| damaged(&error))?;
        if count == 0 {
            break;
        }
        length += count as u64;
        may_grow(length)?;
        to.write_all(&piece[..count]).map_err(MessageError::Write)?;
    }
    if let Some(signer) = &opener.signer {
        check_signature(&message, signer)?;
    }
    Ok(length)
}

/// Whether a file that begins with `start` is an encrypted message: armoured, or with the session key of a recipient first.
pub fn looks_encrypted(start: &[u8]) -> bool {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    // Tag, length of one or two bytes, version.
    let version = match start {
        [0x84 | 0xc1, 0..192, version, ..] | [0x85, _, _, version, ..] | [0xc1, 192..224, _, version, ..] => *version,
        _ => 0,
    };
    text.starts_with(ARMOUR) || matches!(version, 3 | 6)
}

/// Reads up to the encrypted part, finds the session key and begins to decrypt.
fn open<'a, R: BufRead + Send>(from: &'a mut R, opener: &Opener) -> Result<Message<'a>, MessageError> {
    let start = from.fill_buf().map_err(|error| damaged(&error))?;
    let binary = start.first().is_some_and(|byte| byte & 0x80 != 0);
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    if !binary && !text.starts_with(ARMOUR) {
        return Err(MessageError::NotEncrypted);
    }
    let unreadable = |error: PgpError| {
        tracing::debug!(cause = %error, "a file is no OpenPGP message");
        MessageError::NotEncrypted
    };
    let from = Opaque(from);
    let message = if binary {
        Message::from_bytes(from).map_err(unreadable)?
    } else {
        Message::from_armor(from).map_err(unreadable)?.0
    };
    let Message::Encrypted { esk, edata, .. } = &message else { return Err(MessageError::NotEncrypted) };
    if matches!(edata, Edata::SymEncryptedData { .. }) {
        return Err(MessageError::Unprotected);
    }
    if esk.len() > MAX_RECIPIENTS {
        let text = format!("has {} recipients; at most {MAX_RECIPIENTS} are accepted", esk.len());
        return Err(MessageError::TooMuch(text));
    }
    let ring = TheRing {
        secret_keys: vec![&opener.key],
        key_passwords: vec![],
        message_password: vec![],
        session_keys: vec![],
        // Integrity is checked at the end of the text, which nobody uses before.
        decrypt_options: DecryptionOptions::new().enable_gnupg_aead().set_seipdv1_read_mode(Seipdv1ReadMode::Streaming),
    };
    match message.decrypt_the_ring(ring, true) {
        Ok((message, _)) => Ok(message),
        Err(PgpError::MissingKey) => Err(MessageError::OtherKey),
        Err(error) => Err(damaged(&error)),
    }
}

/// Unwraps compression until only signatures are left around the text.
pub(super) fn peel(mut message: Message<'_>) -> Result<Message<'_>, MessageError> {
    for _ in 0..=MAX_LAYERS {
        let (inner, signatures) = innermost(&message);
        if signatures > MAX_SIGNATURES {
            return Err(MessageError::TooMuch(format!("has more than {MAX_SIGNATURES} signatures")));
        }
        match inner {
            Message::Compressed { .. } => message = message.decompress().map_err(|error| damaged(&error))?,
            Message::Encrypted { .. } => return Err(MessageError::Damaged),
            Message::Literal { .. } | Message::Signed { .. } => return Ok(message),
        }
    }
    Err(MessageError::TooMuch(format!("has more than {MAX_LAYERS} layers; encrypt it once")))
}

/// What the signatures around a message are around, and how many they are in all layers together.
fn innermost<'a, 'b>(message: &'b Message<'a>) -> (&'b Message<'a>, usize) {
    let (mut inner, mut signatures) = (message, 0);
    while let Message::Signed { reader, .. } = inner {
        signatures += reader.num_signatures();
        inner = reader.get_ref();
    }
    (inner, signatures)
}

/// One good signature of the demanded key is enough; others may have signed too.
fn check_signature(message: &Message<'_>, signer: &Signer) -> Result<(), MessageError> {
    let Message::Signed { reader, .. } = message else { return Err(MessageError::Unsigned) };
    let Signer { key, parts, now_s } = signer;
    let subkeys = key.public_subkeys.iter().zip(&parts.subkeys);
    let subkeys = subkeys.filter_map(|(subkey, until)| Some((&subkey.key as &dyn VerifyingKey, (*until)?)));
    let primary = parts.primary.map(|until| (&key.primary_key as &dyn VerifyingKey, until));
    let able: Vec<_> = subkeys.chain(primary).collect();
    let good = (0..reader.num_signatures()).any(|index| {
        able.iter().any(|(key, until)| {
            message.verify_nested_explicit(index, *key).is_ok_and(|signature| {
                let of_data = matches!(signature.typ(), Some(SignatureType::Binary | SignatureType::Text));
                let broken = matches!(
                    signature.hash_alg(),
                    None | Some(HashAlgorithm::Md5 | HashAlgorithm::Sha1 | HashAlgorithm::Ripemd160)
                );
                of_data && !broken && until.covers(signature.created(), *now_s)
            })
        })
    });
    if good { Ok(()) } else { Err(MessageError::BadSignature) }
}

fn damaged(error: &dyn fmt::Display) -> MessageError {
    tracing::debug!(cause = %error, "an encrypted file cannot be read");
    MessageError::Damaged
}

/// A reader that shows nothing of what it reads.
struct Opaque<'a, R>(&'a mut R);

impl<R> fmt::Debug for Opaque<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opaque")
    }
}

impl<R: Read> Read for Opaque<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl<R: BufRead> BufRead for Opaque<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.0.consume(count);
    }
}
