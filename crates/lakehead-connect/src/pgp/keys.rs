//! Key pairs of our own, and public keys of those who sign.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pgp::composed::{
    ArmorOptions, Deserializable as _, EncryptionCaps, KeyType, SecretKeyParamsBuilder, SignedPublicKey,
    SignedPublicSubKey, SignedSecretKey, SubkeyParamsBuilder,
};
use pgp::crypto::{ecc_curve::ECCCurve, hash::HashAlgorithm, sym::SymmetricKeyAlgorithm};
use pgp::errors::Error as PgpError;
use pgp::packet::{Features, KeyFlags, Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{CompressionAlgorithm, Duration, KeyDetails, KeyVersion, Password, Tag, Timestamp};
use rand_core::OsRng;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Largest public key that is looked at, bytes before Base64.
pub const MAX_KEY_BYTES: usize = 64 << 10;
/// Most subkeys of a key.
const MAX_SUBKEYS: usize = 32;

/// A key that cannot be used. The text is for its owner.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct KeyError(pub String);

/// A new key pair.
pub struct NewPair {
    /// Base64 of the armoured public key.
    pub public_key: String,
    /// The armoured private key, locked with the passphrase.
    pub private_key: SecretString,
}

/// What is known of a public key that signatures are checked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerKey {
    /// When nothing can be signed with it any more, epoch seconds; `None` is never.
    pub expires_at_s: Option<i64>,
}

/// Makes a key pair for `name` that expires `lifetime_s` seconds after `now_s` (epoch seconds).
///
/// Curve 25519 in the form that every GnuPG since 2.1 encrypts for without being asked to.
///
/// # Errors
/// The time does not fit into a key, or there is no randomness.
pub fn make_pair(name: &str, pass_phrase: &SecretString, now_s: i64, lifetime_s: u32) -> Result<NewPair, KeyError> {
    let created = u32::try_from(now_s).map(Timestamp::from_secs);
    let created =
        created.map_err(|_| KeyError("the clock of the server shows a time that no key can have".to_owned()))?;
    pair(name, pass_phrase, created, lifetime_s).map_err(|error| {
        tracing::error!(cause = %error, "a key pair cannot be made");
        KeyError("the key pair cannot be made".to_owned())
    })
}

fn pair(name: &str, pass_phrase: &SecretString, created: Timestamp, lifetime_s: u32) -> Result<NewPair, PgpError> {
    let subkey = SubkeyParamsBuilder::default()
        .key_type(KeyType::ECDH(ECCCurve::Curve25519Legacy))
        .can_encrypt(EncryptionCaps::All)
        .created_at(created)
        .build()
        .map_err(|error| PgpError::from(error.to_string()))?;
    let params = SecretKeyParamsBuilder::default()
        .key_type(KeyType::Ed25519Legacy)
        .can_certify(true)
        .created_at(created)
        .primary_user_id(name.to_owned())
        .subkey(subkey)
        .build()
        .map_err(|error| PgpError::from(error.to_string()))?;
    let mut key = params.generate(OsRng)?;
    sign(&mut key, created, lifetime_s)?;
    let public_key = key.to_public_key().to_armored_bytes(ArmorOptions::default())?;
    let password = Password::from(pass_phrase.expose_secret());
    key.primary_key.set_password(OsRng, &password)?;
    for subkey in &mut key.secret_subkeys {
        subkey.key.set_password(OsRng, &password)?;
    }
    let private_key = SecretString::from(key.to_armored_string(ArmorOptions::default())?);
    Ok(NewPair { public_key: STANDARD.encode(public_key), private_key })
}

/// Replaces what the library says of the key: it knows no expiry, and takes its time from elsewhere.
fn sign(key: &mut SignedSecretKey, created: Timestamp, lifetime_s: u32) -> Result<(), PgpError> {
    let (primary, public) = (&key.primary_key, key.primary_key.public_key());
    let config = |kind, more: Vec<SubpacketData>| -> Result<SignatureConfig, PgpError> {
        let mut config = SignatureConfig::from_key(OsRng, primary, kind)?;
        let always = [
            SubpacketData::SignatureCreationTime(created),
            SubpacketData::IssuerFingerprint(primary.fingerprint()),
            SubpacketData::KeyExpirationTime(Duration::from_secs(lifetime_s)),
        ];
        config.hashed_subpackets =
            always.into_iter().chain(more).map(Subpacket::regular).collect::<Result<Vec<_>, _>>()?;
        config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(primary.legacy_key_id()))?];
        Ok(config)
    };
    let mut certify = KeyFlags::default();
    certify.set_certify(true);
    let mut features = Features::default();
    features.set_seipd_v1(true);
    let said = || {
        vec![
            SubpacketData::IsPrimary(true),
            SubpacketData::KeyFlags(certify.clone()),
            SubpacketData::Features(features.clone()),
            SubpacketData::PreferredSymmetricAlgorithms(
                [SymmetricKeyAlgorithm::AES256, SymmetricKeyAlgorithm::AES128].into_iter().collect(),
            ),
            SubpacketData::PreferredHashAlgorithms(
                [HashAlgorithm::Sha512, HashAlgorithm::Sha256].into_iter().collect(),
            ),
            SubpacketData::PreferredCompressionAlgorithms(
                [CompressionAlgorithm::ZLIB, CompressionAlgorithm::ZIP, CompressionAlgorithm::Uncompressed]
                    .into_iter()
                    .collect(),
            ),
        ]
    };
    for user in &mut key.details.users {
        let config = config(SignatureType::CertPositive, said())?;
        user.signatures =
            vec![config.sign_certification(primary, public, &Password::empty(), Tag::UserId, &user.id)?];
    }
    let mut encrypt = KeyFlags::default();
    encrypt.set_encrypt_comms(true);
    encrypt.set_encrypt_storage(true);
    for subkey in &mut key.secret_subkeys {
        let config = config(SignatureType::SubkeyBinding, vec![SubpacketData::KeyFlags(encrypt.clone())])?;
        subkey.signatures =
            vec![config.sign_subkey_binding(primary, public, &Password::empty(), subkey.key.public_key())?];
    }
    Ok(())
}

/// Reads a public key that signatures are to be checked with: Base64 of a binary or armoured key.
///
/// # Errors
/// It is no public key, its own signatures are wrong, it is revoked, or nothing can be signed with it.
pub fn read_signer(base64: &str) -> Result<SignerKey, KeyError> {
    let (_, signers) = parse(base64)?;
    Ok(SignerKey { expires_at_s: signers.end_s() })
}

/// A public key with the parts of it that may sign.
pub(super) fn parse(base64: &str) -> Result<(SignedPublicKey, Signers), KeyError> {
    let refuse = |why: &str| KeyError(why.to_owned());
    let text: Vec<u8> = base64.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(text).map_err(|_| refuse("it is not Base64"))?;
    if bytes.len() > MAX_KEY_BYTES {
        return Err(KeyError(format!("it has {} bytes; at most {MAX_KEY_BYTES} are accepted", bytes.len())));
    }
    let unreadable = |error: PgpError| {
        tracing::debug!(cause = %error, "a public key cannot be read");
        refuse("it is not an OpenPGP public key; export it by `gpg --export` and encode the output as Base64")
    };
    let key = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
        SignedPublicKey::from_bytes(&bytes[..])
    } else {
        SignedPublicKey::from_armor_single(&bytes[..]).map(|(key, _)| key)
    };
    let mut key = key.map_err(unreadable)?;
    if key.public_subkeys.len() > MAX_SUBKEYS {
        return Err(KeyError(format!("it has more than {MAX_SUBKEYS} subkeys")));
    }
    if !matches!(key.version(), KeyVersion::V4 | KeyVersion::V6) {
        return Err(refuse("it is of a version that is too old; make a new key"));
    }
    keep_own_signatures(&mut key);
    if key.details.users.is_empty() && key.details.direct_signatures.is_empty() {
        return Err(refuse("it has no signature of its own"));
    }
    key.verify_bindings().map_err(|error| {
        tracing::debug!(cause = %error, "a public key is not sound");
        refuse("its own signatures are wrong")
    })?;
    if !key.details.revocation_signatures.is_empty() {
        return Err(refuse("it is revoked"));
    }
    let said = in_force(&key);
    if said.is_empty() {
        return Err(refuse("it has no signature of its own that is not revoked"));
    }
    let end_s = said.iter().filter_map(|signature| end_s(&key.primary_key, signature)).min();
    let signers = Signers {
        primary: said.iter().any(|signature| signature.key_flags().sign()).then_some(Until { end_s }),
        subkeys: key.public_subkeys.iter().map(|subkey| of_subkey(subkey, end_s)).collect(),
    };
    if signers.parts().next().is_none() {
        return Err(refuse("it is not made for signing"));
    }
    Ok((key, signers))
}

/// Which parts of a key may sign data, and until when.
pub(super) struct Signers {
    /// The key itself.
    pub(super) primary: Option<Until>,
    /// Its subkeys, in their order.
    pub(super) subkeys: Vec<Option<Until>>,
}

impl Signers {
    fn parts(&self) -> impl Iterator<Item = Until> {
        self.primary.iter().chain(self.subkeys.iter().flatten()).copied()
    }

    /// When the last part that may sign expires, epoch seconds; `None` is never.
    fn end_s(&self) -> Option<i64> {
        self.parts().map(|part| part.end_s).reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other)))?
    }
}

/// How long a part of a key is good.
#[derive(Clone, Copy)]
pub(super) struct Until {
    /// Epoch seconds; `None` is for ever.
    end_s: Option<i64>,
}

impl Until {
    /// Whether what was signed at `created` counts at `now_s` (epoch seconds).
    pub(super) fn covers(self, created: Option<Timestamp>, now_s: i64) -> bool {
        let before = |end_s| now_s < end_s && created.is_some_and(|created| i64::from(created.as_secs()) < end_s);
        self.end_s.is_none_or(before)
    }
}

/// Leaves out what others have signed: people certify the keys of each other, and we do not know those people. Pictures
/// and the like say nothing about use.
fn keep_own_signatures(key: &mut SignedPublicKey) {
    let (fingerprint, id) = (key.primary_key.fingerprint(), key.primary_key.legacy_key_id());
    let is_own = |signature: &Signature| {
        let (ids, fingerprints) = (signature.issuer_key_id(), signature.issuer_fingerprint());
        // Without a name it may be ours: verifying it tells.
        ids.is_empty() && fingerprints.is_empty() || ids.contains(&&id) || fingerprints.contains(&&fingerprint)
    };
    key.details.user_attributes.clear();
    key.details.direct_signatures.retain(is_own);
    for user in &mut key.details.users {
        user.signatures.retain(is_own);
    }
    key.details.users.retain(|user| !user.signatures.is_empty());
}

/// What a key says of itself now: the newest word for each of its names, and for itself.
fn in_force(key: &SignedPublicKey) -> Vec<&Signature> {
    let says = |signature: &&Signature| {
        let mut parts = signature.config().into_iter().flat_map(SignatureConfig::hashed_subpackets);
        let is_direct = signature.typ() == Some(SignatureType::Key);
        is_direct
            && parts.any(|part| matches!(part.data, SubpacketData::KeyFlags(_) | SubpacketData::KeyExpirationTime(_)))
    };
    let direct = key.details.direct_signatures.iter().filter(says).max_by_key(|signature| signature.created());
    key.details.users.iter().filter_map(|user| certification(&user.signatures)).chain(direct).collect()
}

/// The newest certification of a name, where the name was not revoked since.
fn certification(signatures: &[Signature]) -> Option<&Signature> {
    let is_revocation = |signature: &&Signature| signature.typ() == Some(SignatureType::CertRevocation);
    let newest = signatures.iter().filter(|signature| !is_revocation(signature)).max_by_key(|each| each.created())?;
    let revoked = signatures.iter().filter(is_revocation).any(|each| each.created() >= newest.created());
    (!revoked).then_some(newest)
}

/// Until when a subkey may sign, by its newest binding; `None` where it may not. It does not outlive its key.
fn of_subkey(subkey: &SignedPublicSubKey, key_end_s: Option<i64>) -> Option<Until> {
    let is = |signature: &Signature, typ| signature.typ() == Some(typ);
    if subkey.signatures.iter().any(|signature| is(signature, SignatureType::SubkeyRevocation)) {
        return None;
    }
    let bindings = subkey.signatures.iter().filter(|signature| is(signature, SignatureType::SubkeyBinding));
    let newest = bindings.max_by_key(|signature| signature.created())?;
    let end_s = [end_s(&subkey.key, newest), key_end_s].into_iter().flatten().min();
    newest.key_flags().sign().then_some(Until { end_s })
}

/// When a part of a key expires by what a signature says of it, epoch seconds.
fn end_s(part: &impl KeyDetails, says: &Signature) -> Option<i64> {
    let lifetime = says.key_expiration_time().map(Duration::as_secs).filter(|seconds| *seconds > 0)?;
    Some(i64::from(part.created_at().as_secs()) + i64::from(lifetime))
}
