//! Encrypted files and keys: the first byte chooses how far the rest is wrapped for a key of ours, so that the fuzzer gets
//! behind the encryption.
#![no_main]

use std::io::{self, Write};
use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lakehead_connect::pgp::{Keys, MessageError, NewPair, Opener, decrypt, looks_encrypted, make_pair, read_signer};
use libfuzzer_sys::fuzz_target;
use pgp::composed::{
    ArmorOptions, Deserializable as _, EncryptionCaps, KeyType, RawSessionKey, SecretKeyParamsBuilder, SignedPublicKey,
};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait as _, PublicKeyEncryptedSessionKey, SymEncryptedProtectedData};
use rand_core::OsRng;
use secrecy::SecretString;

const NOW_S: i64 = 1_700_000_000;
const CIPHER: SymmetricKeyAlgorithm = SymmetricKeyAlgorithm::AES256;
/// Most bytes of plain text that one input may become.
const MAX_PLAIN_BYTES: u64 = 8 << 20;

struct Ours {
    /// Takes every message, and one that takes only what a key signed that nobody has.
    openers: [Opener; 2],
    session_key: RawSessionKey,
    /// The packet that tells us the session key.
    told: Vec<u8>,
}

static OURS: LazyLock<Ours> = LazyLock::new(|| {
    let pass_phrase = SecretString::from("open sesame");
    let NewPair { public_key, private_key } = make_pair("fuzz", &pass_phrase, NOW_S, 86_400).expect("a pair");
    let armoured = STANDARD.decode(&public_key).expect("base64");
    let (public, _) = SignedPublicKey::from_armor_single(&armoured[..]).expect("a key");
    let session_key = RawSessionKey::from(vec![7; 32]);
    let told = PublicKeyEncryptedSessionKey::from_session_key_v3(OsRng, &session_key, CIPHER, &public.public_subkeys[0])
        .expect("a packet");
    let mut packet = Vec::new();
    told.to_writer_with_header(&mut packet).expect("room");
    let mut params = SecretKeyParamsBuilder::default();
    params.key_type(KeyType::Ed25519Legacy).can_certify(true).can_sign(true).primary_user_id("signer".to_owned());
    let params = params.can_encrypt(EncryptionCaps::None).build().expect("parameters");
    let signer = params.generate(OsRng).expect("a key").to_public_key();
    let signer = STANDARD.encode(signer.to_armored_bytes(ArmorOptions::default()).expect("text"));
    let keys = |signer| Keys { private_key: private_key.clone(), pass_phrase: pass_phrase.clone(), signer, now_s: NOW_S };
    let openers = [None, Some(signer)].map(|signer| Opener::unlock(&keys(signer)).expect("our keys"));
    Ours { openers, session_key, told: packet }
});

/// Text that is counted and dropped.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fuzz_target!(|input: &[u8]| {
    let [how, rest @ ..] = input else { return };
    let ours = &*OURS;
    let message = match how & 3 {
        // What stands before and around the encryption.
        0 => rest.to_vec(),
        // A container of any kind after our session key.
        1 => [&ours.told, rest].concat(),
        // Any packets within a good container.
        2 => {
            let sealed = SymEncryptedProtectedData::encrypt_seipdv1(OsRng, CIPHER, ours.session_key.as_ref(), rest);
            let mut message = ours.told.clone();
            sealed.expect("a packet").to_writer_with_header(&mut message).expect("room");
            message
        }
        _ => {
            let read = read_signer(&STANDARD.encode(rest));
            assert!(read.is_ok() || !read.unwrap_err().to_string().is_empty());
            return;
        }
    };
    looks_encrypted(&message);
    let may_grow = |length| match length > MAX_PLAIN_BYTES {
        true => Err(MessageError::TooMuch("grows".to_owned())),
        false => Ok(()),
    };
    let mut plain = Counted(0);
    match decrypt(&message[..], &ours.openers[usize::from(how >> 2 & 1)], &mut plain, may_grow) {
        Ok(length) => assert_eq!(length, plain.0, "all of the text was handed out"),
        Err(error) => assert!(error.to_string().len() < 4096, "{error}"),
    }
});
