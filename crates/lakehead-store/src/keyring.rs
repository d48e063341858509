//! The master key: where it comes from, when it is refused, and what it encrypts.
//!
//! Only `secrets.rs` and the key check call the encryption here. Nothing in this module can be printed.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use lakehead_model::id::random_hex;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::db::{Arg, Sql};
use crate::error::{Result, StoreError};
use crate::store::Tx;

const KEY_FILE: &str = "master.key";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// More than this is not a key file; it is not read to its end.
const MAX_FILE_BYTES: u64 = 1024;
const CHECK_TEXT: &[u8] = b"lakehead key check";

/// The master key of an installation: 256 bits that encrypt the keys of the secrets.
pub struct Keyring {
    master: Key,
    id: String,
}

/// A key of AES-256, wiped from memory when dropped.
pub(crate) type Key = Zeroizing<[u8; KEY_BYTES]>;

impl Keyring {
    /// Reads `master.key` (64 hexadecimal digits) in `folder`, or makes folder and key on first use.
    /// A key that others could read or replace, a short one and a guessable one are refused.
    pub fn load_or_create(folder: &Path) -> Result<Self> {
        let path = folder.join(KEY_FILE);
        let place = format!("file `{}`", path.display());
        let failed = |error: std::io::Error| bad(&place, &format!("cannot be read or made: {}", error.kind()));
        match fs::File::open(&path) {
            Ok(file) => Self::from_file(file, &place),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                create(folder, &path).map_err(failed)?;
                Self::from_file(fs::File::open(&path).map_err(failed)?, &place)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Takes the key from the text of an environment variable: 64 hexadecimal digits.
    pub fn from_env_text(text: &SecretString) -> Result<Self> {
        Self::from_hex(text.expose_secret(), "in the environment")
    }

    /// A key for one other purpose, such as signing tokens. It tells nothing about the master key.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; KEY_BYTES]> {
        let mut hash = Sha256::new();
        hash.update(b"lakehead derived key v1\0");
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(*self.master);
        Zeroizing::new(hash.finalize().into())
    }

    /// A name for the key that does not tell the key.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn from_file(file: fs::File, place: &str) -> Result<Self> {
        let failed = |error: std::io::Error| bad(place, &format!("cannot be read: {}", error.kind()));
        let about = file.metadata().map_err(failed)?;
        if !about.is_file() {
            return Err(bad(place, "is not a regular file"));
        }
        if about.permissions().mode() & 0o077 != 0 {
            return Err(bad(place, "can be read by others than its owner: run `chmod 600` on it"));
        }
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(failed)?;
        Self::from_hex(&text, place)
    }

    fn from_hex(text: &str, place: &str) -> Result<Self> {
        let mut master = Key::default();
        hex::decode_to_slice(text.trim(), &mut master[..])
            .map_err(|_| bad(place, "is not 64 hexadecimal digits: restore it from its backup"))?;
        // 32 random bytes with fewer than 12 different values do not happen; zeros and keyboard patterns do.
        let different = master.iter().collect::<std::collections::BTreeSet<_>>().len();
        if different < 12 {
            return Err(bad(place, "is a placeholder, not a random key: give 64 random hexadecimal digits"));
        }
        let mut hash = Sha256::new();
        hash.update(b"lakehead key id\0");
        hash.update(&master[..]);
        let id = hex::encode(&hash.finalize()[..8]);
        Ok(Self { master, id })
    }

    /// Encrypts `text` under the master key.
    pub(crate) fn seal(&self, text: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        seal(&self.master, text, context)
    }

    /// Decrypts what [`Self::seal`] made in the same context; `None` when key, context or bytes differ.
    pub(crate) fn open(&self, sealed: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        open(&self.master, sealed, context)
    }
}

/// A new random key.
pub(crate) fn new_key() -> Key {
    let mut key = Key::default();
    rand::fill(&mut key[..]);
    key
}

/// AES-256-GCM: a random nonce, then ciphertext and tag, bound to `context`.
pub(crate) fn seal(key: &Key, text: &[u8], context: &[u8]) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE_BYTES] = rand::random();
    let cipher = Aes256Gcm::new((&**key).into());
    let sealed = cipher.encrypt(&Nonce::from(nonce), Payload { msg: text, aad: context });
    let sealed = sealed.map_err(|_| StoreError::Damaged { what: "secret" })?;
    Ok([&nonce[..], &sealed].concat())
}

/// Decrypts what [`seal`] made; `None` when key, context or bytes differ.
pub(crate) fn open(key: &Key, sealed: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let cipher = Aes256Gcm::new((&**key).into());
    let text = cipher.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: context });
    text.ok().map(Zeroizing::new)
}

/// Writes a new key beside its place and links it in: a crash leaves no half a key, and of two starters one wins.
fn create(folder: &Path, path: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let draft = folder.join(format!(".{KEY_FILE}.{}", random_hex(8)));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let text = Zeroizing::new(hex::encode(*new_key()));
    let linked = file
        .write_all(text.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => fs::File::open(folder)?.sync_all(),
    }
}

fn bad(place: &str, reason: &str) -> StoreError {
    StoreError::BadKey { place: place.to_owned(), reason: reason.to_owned() }
}

const INSERT_CHECK: Sql =
    Sql::same("INSERT INTO key_check (id, key_id, sealed) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING");
const SELECT_CHECK: Sql = Sql::same("SELECT key_id, sealed FROM key_check WHERE id = 1");

impl Tx {
    /// Stores the check value on first use; afterwards refuses any other key.
    pub(crate) async fn check_key(&mut self) -> Result<()> {
        let sealed = self.keyring.seal(CHECK_TEXT, b"key check")?;
        let id = self.keyring.id.clone();
        self.conn.run(&INSERT_CHECK, &[Arg::Text(&id), Arg::Bytes(&sealed)]).await?;
        let Some(row) = self.conn.row(&SELECT_CHECK, &[]).await? else {
            return Err(StoreError::Damaged { what: "key check" });
        };
        let opened = self.keyring.open(&row.bytes(1)?, b"key check");
        if opened.is_some_and(|text| *text == CHECK_TEXT) {
            return Ok(());
        }
        Err(StoreError::WrongKey { expected: row.text(0)?, given: id })
    }
}
