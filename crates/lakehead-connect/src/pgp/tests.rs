//! Pairs are made and messages opened; of a message that was changed in any place nothing is taken.

use std::io::Read as _;

mod around;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pgp::composed::{
    ArmorOptions, Deserializable as _, EncryptionCaps, KeyType, Message, MessageBuilder, SecretKeyParamsBuilder,
    SignedPublicKey, SignedSecretKey, SubkeyParamsBuilder,
};
use pgp::crypto::{hash::HashAlgorithm, sym::SymmetricKeyAlgorithm};
use pgp::packet::{KeyFlags, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{CompressionAlgorithm, Duration, KeyDetails as _, Password, SigningKey, Tag, Timestamp};
use rand_core::OsRng;
use secrecy::{ExposeSecret as _, SecretString};

use super::*;

const NOW_S: i64 = 1_700_000_000;
const LIFETIME_S: u32 = 180 * 86_400;
const PLAIN: &[u8] = b"id,name\n1,Ada\n2,Grace\n";

struct Pair {
    keys: Keys,
    public: SignedPublicKey,
}

fn pair() -> Pair {
    let pass_phrase = SecretString::from("open sesame");
    let NewPair { public_key, private_key } = make_pair("acme", &pass_phrase, NOW_S, LIFETIME_S).unwrap();
    let armoured = STANDARD.decode(&public_key).unwrap();
    let (public, _) = SignedPublicKey::from_armor_single(&armoured[..]).unwrap();
    Pair { keys: Keys { private_key, pass_phrase, signer: None, now_s: NOW_S }, public }
}

/// A key of somebody who signs, and what he shares of it.
fn signer() -> (SignedSecretKey, String) {
    let mut params = SecretKeyParamsBuilder::default();
    params.key_type(KeyType::Ed25519Legacy).can_certify(true).can_sign(true).primary_user_id("signer".to_owned());
    let key = params.can_encrypt(EncryptionCaps::None).build().unwrap().generate(OsRng).unwrap();
    let shared = share(&key);
    (key, shared)
}

fn share(key: &SignedSecretKey) -> String {
    STANDARD.encode(key.to_public_key().to_armored_bytes(ArmorOptions::default()).unwrap())
}

/// What `by` says at `at_s` of something that may sign for `lifetime_s`; 0 says nothing of either.
fn word(by: &impl SigningKey, kind: SignatureType, at_s: u32, lifetime_s: u32) -> SignatureConfig {
    let mut config = SignatureConfig::from_key(OsRng, by, kind).unwrap();
    let mut says = vec![
        SubpacketData::SignatureCreationTime(Timestamp::from_secs(at_s)),
        SubpacketData::IssuerFingerprint(by.fingerprint()),
    ];
    if lifetime_s > 0 {
        let mut flags = KeyFlags::default();
        flags.set_sign(true);
        says.push(SubpacketData::KeyFlags(flags));
        says.push(SubpacketData::KeyExpirationTime(Duration::from_secs(lifetime_s)));
    }
    config.hashed_subpackets = says.into_iter().map(|part| Subpacket::regular(part).unwrap()).collect();
    config
}

/// A message for `to`.
fn sealed(to: &Pair, plain: &[u8], packed: Option<CompressionAlgorithm>, signer: Option<&SignedSecretKey>) -> Vec<u8> {
    let mut message = MessageBuilder::from_bytes("", plain.to_vec()).seipd_v1(OsRng, SymmetricKeyAlgorithm::AES256);
    message.encrypt_to_key(OsRng, &to.public.public_subkeys[0]).unwrap();
    if let Some(packed) = packed {
        message.compression(packed);
    }
    if let Some(signer) = signer {
        message.sign(&signer.primary_key, Password::empty(), HashAlgorithm::Sha256);
    }
    message.to_vec(OsRng).unwrap()
}

fn opened(keys: &Keys, message: &[u8]) -> Result<Vec<u8>, MessageError> {
    opened_by(&Opener::unlock(keys).unwrap(), message)
}

fn opened_by(opener: &Opener, message: &[u8]) -> Result<Vec<u8>, MessageError> {
    let mut plain = Vec::new();
    decrypt(message, opener, &mut plain, |_| Ok(())).map(|length| {
        assert_eq!(length, plain.len() as u64);
        plain
    })
}

#[test]
fn what_was_encrypted_for_a_pair_is_opened_with_it_and_by_nobody_else() {
    let (ours, theirs) = (pair(), pair());
    for packed in [None, Some(CompressionAlgorithm::ZLIB), Some(CompressionAlgorithm::BZip2)] {
        let message = sealed(&ours, PLAIN, packed, None);
        assert_eq!(opened(&ours.keys, &message).unwrap(), PLAIN);
        assert!(looks_encrypted(&message) && !looks_encrypted(PLAIN) && !looks_encrypted(b""));
        assert!(matches!(opened(&theirs.keys, &message), Err(MessageError::OtherKey)));
    }
    let wrong = Keys { pass_phrase: SecretString::from("guess"), ..ours.keys.clone() };
    let error = Opener::unlock(&wrong).unwrap_err();
    assert!(!error.to_string().contains("guess"), "{error}");
    assert!(!format!("{:?}", ours.keys).contains(ours.keys.pass_phrase.expose_secret()));
}

#[test]
fn a_pair_expires_and_a_key_that_cannot_sign_checks_nothing() {
    let ours = pair();
    let armoured = ours.public.to_armored_bytes(ArmorOptions::default()).unwrap();
    let error = read_signer(&STANDARD.encode(&armoured)).unwrap_err();
    assert!(error.0.contains("not made for signing"), "{error}");
    let lifetime = ours.public.details.users[0].signatures[0].key_expiration_time().unwrap();
    assert_eq!(lifetime.as_secs(), LIFETIME_S);
    let (_, shared) = signer();
    assert_eq!(read_signer(&shared).unwrap(), SignerKey { expires_at_s: None });
    let bytes = STANDARD.decode(&shared).unwrap();
    for end in (0..bytes.len()).step_by(7) {
        assert!(read_signer(&STANDARD.encode(&bytes[..end])).is_err(), "cut off after {end}");
    }
    for bad in ["", "!", "aGVsbG8=", &STANDARD.encode(vec![0x99; MAX_KEY_BYTES + 1])] {
        assert!(read_signer(bad).is_err());
    }
}

#[test]
fn a_signature_is_demanded_from_the_one_key_only() {
    let (ours, (anna, annas), (eve, _)) = (pair(), signer(), signer());
    let demanding = Keys { signer: Some(annas), ..ours.keys.clone() };
    for packed in [None, Some(CompressionAlgorithm::ZIP)] {
        let by = |key| sealed(&ours, PLAIN, packed, key);
        assert_eq!(opened(&demanding, &by(Some(&anna))).unwrap(), PLAIN);
        assert_eq!(opened(&ours.keys, &by(Some(&eve))).unwrap(), PLAIN, "who does not demand does not check");
        assert!(matches!(opened(&demanding, &by(Some(&eve))), Err(MessageError::BadSignature)));
        assert!(matches!(opened(&demanding, &by(None)), Err(MessageError::Unsigned)));
    }
}

#[test]
fn nothing_is_taken_of_a_message_that_was_changed_cut_or_lengthened() {
    let ours = pair();
    let opener = Opener::unlock(&ours.keys).unwrap();
    for packed in [None, Some(CompressionAlgorithm::ZLIB)] {
        let message = sealed(&ours, PLAIN, packed, None);
        for at in 0..message.len() {
            for flip in [0x01, 0x80] {
                let mut changed = message.clone();
                changed[at] ^= flip;
                // Some bytes of the way to the session key say nothing: what opens is what was sealed.
                if let Ok(plain) = opened_by(&opener, &changed) {
                    assert_eq!(plain, PLAIN, "byte {at}");
                }
            }
            assert!(opened_by(&opener, &message[..at]).is_err(), "cut off after {at} bytes");
        }
        let twice = [&message[..], &message[..]].concat();
        assert!(matches!(opened_by(&opener, &twice), Err(MessageError::Damaged)));
    }
}

#[test]
fn the_encrypted_bytes_are_protected_to_the_last() {
    let ours = pair();
    let opener = Opener::unlock(&ours.keys).unwrap();
    let message = sealed(&ours, &[b'x'; 1000], None, None);
    let text = message.len() - 1000;
    for at in (text..message.len()).step_by(13).chain([message.len() - 1]) {
        let mut changed = message.clone();
        changed[at] ^= 0x20;
        assert!(matches!(opened_by(&opener, &changed), Err(MessageError::Damaged)), "byte {at}");
    }
}

#[test]
fn what_is_no_encrypted_message_is_told_apart() {
    let ours = pair();
    let (anna, annas) = signer();
    let open = MessageBuilder::from_bytes("", PLAIN.to_vec()).to_vec(OsRng).unwrap();
    let mut signed = MessageBuilder::from_bytes("", PLAIN.to_vec());
    signed.sign(&anna.primary_key, Password::empty(), HashAlgorithm::Sha256);
    let signed = signed.to_vec(OsRng).unwrap();
    let key = STANDARD.decode(annas).unwrap();
    for not in [b"".as_slice(), PLAIN, b"PAR1....", b"\x1f\x8b\x08", b"-----BEGIN PGP MESSAGE", &open, &signed, &key] {
        assert!(matches!(opened(&ours.keys, not), Err(MessageError::NotEncrypted)));
    }
    let mut by_password = MessageBuilder::from_bytes("", PLAIN.to_vec()).seipd_v1(OsRng, SymmetricKeyAlgorithm::AES256);
    let s2k = pgp::types::StringToKey::new_default(OsRng);
    by_password.encrypt_with_password(s2k, &Password::from("open sesame")).unwrap();
    let by_password = by_password.to_vec(OsRng).unwrap();
    assert!(matches!(opened(&ours.keys, &by_password), Err(MessageError::OtherKey)));
}

#[test]
fn a_message_grows_only_as_far_as_it_may() {
    let ours = pair();
    let mut zeros = Vec::new();
    std::io::repeat(b'0').take(8 << 20).read_to_end(&mut zeros).unwrap();
    let message = sealed(&ours, &zeros, Some(CompressionAlgorithm::ZIP), None);
    assert!(message.len() < 20_000);
    let may_grow = |length| if length > 1 << 20 { Err(MessageError::TooMuch("grows".to_owned())) } else { Ok(()) };
    let mut kept = Vec::new();
    let end = decrypt(&message[..], &Opener::unlock(&ours.keys).unwrap(), &mut kept, may_grow);
    assert!(matches!(end, Err(MessageError::TooMuch(_))) && kept.len() <= 1 << 20);
}

#[test]
fn a_signing_key_expires_by_its_newest_word_and_words_of_others_do_not_matter() {
    let ((mut anna, _), (eve, _)) = (signer(), signer());
    let start = anna.primary_key.created_at().as_secs();
    let (own, no) = (anna.primary_key.clone(), Password::empty());
    let name = anna.details.users[0].id.clone();
    let of_name = |kind, at_s, lifetime_s| {
        let config = word(&own, kind, start + at_s, lifetime_s);
        config.sign_certification(&own, own.public_key(), &no, Tag::UserId, &name).unwrap()
    };
    let direct = |at_s, lifetime_s| {
        let config = word(&own, SignatureType::Key, start + at_s, lifetime_s);
        config.sign_key(&own, &no, own.public_key()).unwrap()
    };
    let foreign = word(&eve.primary_key, SignatureType::CertGeneric, start + 9, 0);
    let foreign =
        foreign.sign_certification_third_party(&eve.primary_key, &no, own.public_key(), Tag::UserId, &name).unwrap();
    let ends =
        |key: &SignedSecretKey| read_signer(&share(key)).map(|read| read.expires_at_s.unwrap() - i64::from(start));

    let newest = of_name(SignatureType::CertPositive, 2, 2000);
    anna.details.users[0].signatures = vec![newest, of_name(SignatureType::CertPositive, 1, 9000), foreign.clone()];
    anna.details.direct_signatures = vec![direct(3, 0)];
    assert_eq!(ends(&anna), Ok(2000));
    anna.details.direct_signatures.extend([direct(4, 500), direct(5, 1500)]);
    assert_eq!(ends(&anna), Ok(1500), "what it says of itself");
    anna.details.direct_signatures.clear();
    let revoked = of_name(SignatureType::CertRevocation, 2, 0);
    anna.details.users[0].signatures.push(revoked);
    assert!(ends(&anna).unwrap_err().0.contains("not revoked"));
    anna.details.users[0].signatures.push(of_name(SignatureType::CertGeneric, 3, 700));
    assert_eq!(ends(&anna), Ok(700), "the name was taken up again");
    anna.details.users[0].signatures = vec![foreign];
    assert!(ends(&anna).unwrap_err().0.contains("no signature of its own"));
}

/// A key that only its subkey signs for: made at `made_s`, good for 1000 seconds.
fn signer_with_subkey(made_s: u32) -> SignedSecretKey {
    let made = Timestamp::from_secs(made_s);
    let subkey =
        SubkeyParamsBuilder::default().key_type(KeyType::Ed25519Legacy).can_sign(true).created_at(made).build();
    let mut params = SecretKeyParamsBuilder::default();
    params.key_type(KeyType::Ed25519Legacy).can_certify(true).primary_user_id("signer".to_owned());
    let params = params.created_at(made).subkey(subkey.unwrap()).build().unwrap();
    let mut key = params.generate(OsRng).unwrap();
    let (primary, no) = (&key.primary_key, Password::empty());
    let subkey = &mut key.secret_subkeys[0];
    let bound = |at_s, lifetime_s| {
        let back = word(&subkey.key, SignatureType::KeyBinding, at_s, 0);
        let back =
            back.sign_primary_key_binding(&subkey.key, subkey.key.public_key(), &no, primary.public_key()).unwrap();
        let mut config = word(primary, SignatureType::SubkeyBinding, at_s, lifetime_s);
        let back = SubpacketData::EmbeddedSignature(Box::new(back));
        config.hashed_subpackets.push(Subpacket::regular(back).unwrap());
        config.sign_subkey_binding(primary, primary.public_key(), &no, subkey.key.public_key()).unwrap()
    };
    subkey.signatures = vec![bound(made_s + 1, 1000), bound(made_s, 9_000_000)];
    key
}

#[test]
fn a_subkey_that_has_expired_signs_nothing() {
    let ours = pair();
    let now_s = Timestamp::now().as_secs();
    let opened_at = |made_s: u32, at_s: u32| {
        let anna = signer_with_subkey(made_s);
        assert_eq!(read_signer(&share(&anna)).unwrap().expires_at_s, Some(i64::from(made_s) + 1000));
        let mut message = MessageBuilder::from_bytes("", PLAIN.to_vec()).seipd_v1(OsRng, SymmetricKeyAlgorithm::AES256);
        message.encrypt_to_key(OsRng, &ours.public.public_subkeys[0]).unwrap();
        message.sign(&anna.secret_subkeys[0].key, Password::empty(), HashAlgorithm::Sha256);
        let demanding = Keys { signer: Some(share(&anna)), now_s: at_s.into(), ..ours.keys.clone() };
        opened(&demanding, &message.to_vec(OsRng).unwrap())
    };
    assert_eq!(opened_at(now_s - 500, now_s).unwrap(), PLAIN);
    assert!(matches!(opened_at(now_s - 500, now_s + 500), Err(MessageError::BadSignature)), "expired by our clock");
    assert!(matches!(opened_at(now_s - 5000, now_s - 4500), Err(MessageError::BadSignature)), "signed too late");
}

#[test]
fn signatures_of_all_layers_are_counted_together() {
    let (anna, _) = signer();
    let signed = |times: usize| {
        let mut message = MessageBuilder::from_bytes("", b"x".to_vec());
        for _ in 0..times {
            message.sign(&anna.primary_key, Password::empty(), HashAlgorithm::Sha256);
        }
        message.to_vec(OsRng).unwrap()
    };
    // The announcement of a signature, what is signed, and the signature.
    let one = signed(1);
    let begin = 2 + usize::from(one[1]);
    let end = begin + 2 + usize::from(one[begin + 1]);
    for (times, fits) in [(7, true), (8, false), (9, false)] {
        let inner = signed(times);
        let length = u32::try_from(inner.len() + 1).unwrap().to_be_bytes();
        let compressed = [&[0xc8, 0xff][..], &length, &[0], &inner].concat();
        let nested = [&one[..begin], &compressed, &one[end..]].concat();
        let peeled = message::peel(Message::from_bytes(&nested[..]).unwrap());
        let too_much = matches!(peeled, Err(MessageError::TooMuch(_)));
        assert_eq!((peeled.is_ok(), too_much), (fits, !fits), "{times} within one");
    }
}
