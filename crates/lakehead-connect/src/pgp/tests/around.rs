//! Packets around the text within what is encrypted: the text comes once, or the message is refused.

use pgp::composed::RawSessionKey;
use pgp::packet::{PacketTrait as _, PublicKeyEncryptedSessionKey, SymEncryptedProtectedData};

use super::*;

const CIPHER: SymmetricKeyAlgorithm = SymmetricKeyAlgorithm::AES256;

fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[0xc0 | tag, 0xff][..], &length, body].concat()
}

/// Packets, encrypted for `to` as they are.
fn sealed_packets(to: &Pair, packets: &[u8]) -> Vec<u8> {
    let session_key = RawSessionKey::from(vec![7; 32]);
    let subkey = &to.public.public_subkeys[0];
    let told = PublicKeyEncryptedSessionKey::from_session_key_v3(OsRng, &session_key, CIPHER, subkey).unwrap();
    let sealed = SymEncryptedProtectedData::encrypt_seipdv1(OsRng, CIPHER, session_key.as_ref(), packets).unwrap();
    let mut message = Vec::new();
    told.to_writer_with_header(&mut message).unwrap();
    sealed.to_writer_with_header(&mut message).unwrap();
    message
}

#[test]
fn the_text_comes_once_or_not_at_all() {
    let ours = pair();
    let text = packet(11, &[b"b\0\0\0\0\0", PLAIN].concat());
    let (marker, padding) = (packet(10, b"PGP"), packet(21, &[9; 300]));
    let unknown = packet(60, b"private");
    let opened = |packets: &[&[u8]]| opened(&ours.keys, &sealed_packets(&ours, &packets.concat()));
    for packets in [
        &[&text[..]][..],
        &[&text, &padding],
        &[&padding, &text],
        &[&marker, &text],
        &[&text, &marker],
        &[&text, &unknown],
        &[&unknown, &text],
    ] {
        assert_eq!(opened(packets).unwrap(), PLAIN, "{packets:?}");
    }
    for packets in [&[&text[..], &text][..], &[&text, b"\x01\x02\x03"], &[&padding], &[&marker, &unknown]] {
        assert!(matches!(opened(packets), Err(MessageError::Damaged)), "{packets:?}");
    }
}
