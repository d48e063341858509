//! Encrypted messages that no honest program writes: each is named with a reason, takes no more memory than a worker may
//! have, and keeps nothing else from landing.

use std::io::{self, Read};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use pgp::composed::{Deserializable as _, RawSessionKey, SignedPublicKey};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait as _, PublicKeyEncryptedSessionKey, SymEncryptedProtectedData};
use rand_core::OsRng;
use serde_json::json;

use super::{KEYS, flow_body, landed, pair};
use crate::harness::client::Api;
use crate::harness::customers;
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Source};

const CIPHER: SymmetricKeyAlgorithm = SymmetricKeyAlgorithm::AES256;
const COMPRESSED: u8 = 8;
const SYM_ENCRYPTED: u8 = 9;
const LITERAL: u8 = 11;
const SIGNATURE: u8 = 2;
/// How a text begins: binary, no name, no date.
const TEXT: &[u8] = b"b\0\0\0\0\0";

/// A packet of any content, with a length of five bytes.
fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[0xc0 | tag, 0xff][..], &length, body].concat()
}

/// Text as a packet.
fn literal(text: &[u8]) -> Vec<u8> {
    packet(LITERAL, &[TEXT, text].concat())
}

/// A packet of any length: its first bytes, then zeros.
fn zeros(tag: u8, begin: &[u8], length: u32) -> impl Read {
    let head = [&[0xc0 | tag, 0xff][..], &length.to_be_bytes(), begin].concat();
    io::Cursor::new(head).chain(io::repeat(0).take(u64::from(length) - begin.len() as u64))
}

/// Packets, compressed.
fn zip(mut packets: impl Read) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(vec![1], Compression::best());
    io::copy(&mut packets, &mut encoder).unwrap();
    packet(COMPRESSED, &encoder.finish().unwrap())
}

/// Somebody who knows the public key of a flow.
struct Sender {
    /// The packet that tells the owner the session key.
    told: Vec<u8>,
    session_key: RawSessionKey,
}

impl Sender {
    fn new(armoured: &str) -> Self {
        let (key, _) = SignedPublicKey::from_armor_single(armoured.as_bytes()).unwrap();
        let session_key = RawSessionKey::from(vec![7; 32]);
        let made =
            PublicKeyEncryptedSessionKey::from_session_key_v3(OsRng, &session_key, CIPHER, &key.public_subkeys[0]);
        let mut told = Vec::new();
        made.unwrap().to_writer_with_header(&mut told).unwrap();
        Self { told, session_key }
    }

    /// A message that is good as far as anybody can see from outside.
    fn seal(&self, packets: &[u8]) -> Vec<u8> {
        let sealed = SymEncryptedProtectedData::encrypt_seipdv1(OsRng, CIPHER, self.session_key.as_ref(), packets);
        let mut message = self.told.clone();
        sealed.unwrap().to_writer_with_header(&mut message).unwrap();
        message
    }

    /// The messages, and what each is refused with.
    fn messages(&self) -> Vec<(Vec<u8>, &'static str)> {
        // If any of it landed, it would show.
        let text = literal(customers::csv(100..110).as_bytes());
        let layers = |count| (0..count).fold(text.clone(), |inner, _| zip(&inner[..]));
        let good = self.seal(&text);
        let mut cut = self.seal(&text);
        cut.truncate(good.len() - 30);
        vec![
            (self.seal(&zip(zeros(LITERAL, TEXT, 200 << 20))), "grows to more than 100 times its size"),
            (self.seal(&zip(&zip(zeros(LITERAL, TEXT, 200 << 20))[..])), "grows to more than 100 times its size"),
            (self.seal(&layers(6)), "has more than 4 layers"),
            (self.seal(&good), "is damaged, cut off or was changed"),
            // A packet that is read as a whole, larger than all of the memory.
            (self.seal(&zip(zeros(SIGNATURE, &[4], 800 << 20))), ""),
            ([&self.told[..], &packet(SYM_ENCRYPTED, &[1; 500])].concat(), "without protection of its integrity"),
            ([&self.told.repeat(101)[..], &good[self.told.len()..]].concat(), "has 101 recipients; at most 100"),
            (cut, "is damaged, cut off or was changed"),
            (good.repeat(2), "is damaged, cut off or was changed"),
            ([&self.told[..], &packet(18, &[1; 20])].concat(), "is damaged, cut off or was changed"),
            (self.told.clone(), "is not encrypted with OpenPGP"),
        ]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_messages_are_refused_by_name_and_the_others_land() {
    if !read_back::is_provided() {
        return;
    }
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api: Api = lakehead.api().await;
    let (id, key) = pair(&api).await;
    let sender = Sender::new(&key);
    let messages = sender.messages();
    for (number, (bytes, _)) in messages.iter().enumerate() {
        s3.put(&format!("in/bad-{number}.csv.gpg"), bytes.clone()).await;
    }
    // As many layers as are accepted.
    let text = literal(customers::csv(0..10).as_bytes());
    let packed = (0..4).fold(text, |inner, _| zip(&inner[..]));
    s3.put("in/good.csv.gpg", sender.seal(&packed)).await;
    let path = s3.path("in/");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let run = landed(&api, &flow_body(&pipeline, &json!({"publicKeyId": id}))).await;
    let text = run.to_string();
    for (number, (_, reason)) in messages.iter().enumerate() {
        let file = format!("file `in/bad-{number}.csv.gpg` failed: ");
        let (_, said) = text.split_once(&file).unwrap_or_else(|| panic!("{file}{reason}: {run}\n{}", lakehead.log()));
        assert!(said.split('"').next().is_some_and(|said| said.contains(reason)), "{file}{reason}: {run}");
    }
    assert!(text.contains("INGEST-1401-400"), "{run}");
    assert_exactly(&read_back::table(&api, &pipeline.dataset).await, &customers::ids(0..10), "the good file");
    assert_eq!(api.get(KEYS).await.expect(200)[0]["publicKeyId"], id.as_str());
}
