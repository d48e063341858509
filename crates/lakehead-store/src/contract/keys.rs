//! Secrets and the master key: what is refused, and what tampering with the database gains.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use lakehead_model::id::random_hex;
use secrecy::{ExposeSecret, SecretString};

use super::{Bench, foreign_scopes, keyring, on_each, scope, sqlite_url};
use crate::db::{Arg, Sql};
use crate::{DocumentKind, Keyring, Result, Store, StoreError, Tx};

fn secrets(of: &[(&str, &str)]) -> BTreeMap<String, SecretString> {
    of.iter().map(|(field, value)| ((*field).to_owned(), SecretString::from(*value))).collect()
}

async fn read(tx: &mut Tx, object_id: &str) -> Result<Vec<(String, String)>> {
    let found = tx.secrets(&scope(), object_id).await?;
    Ok(found.into_iter().map(|(field, value)| (field, value.expose_secret().to_owned())).collect())
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn secrets_round_trip_and_are_replaced_as_a_whole() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        assert_eq!(read(&mut tx, "c1").await.unwrap(), []);
        tx.put_secrets(&scope(), (DocumentKind::Connection, "c1"), &secrets(&[("a", "one"), ("b", "")])).await.unwrap();
        assert_eq!(read(&mut tx, "c1").await.unwrap(), pairs(&[("a", "one"), ("b", "")]));
        for foreign in foreign_scopes() {
            assert!(tx.secrets(&foreign, "c1").await.unwrap().is_empty());
            tx.delete_secrets(&foreign, (DocumentKind::Connection, "c1")).await.unwrap();
        }
        tx.put_secrets(&scope(), (DocumentKind::Connection, "c1"), &secrets(&[("b", "two")])).await.unwrap();
        assert_eq!(read(&mut tx, "c1").await.unwrap(), pairs(&[("b", "two")]));
        tx.delete_secrets(&scope(), (DocumentKind::Connection, "c1")).await.unwrap();
        assert_eq!(read(&mut tx, "c1").await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn the_database_never_holds_the_text_of_a_secret() {
    on_each(async |bench: Bench| {
        let text = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let mut tx = bench.store.write().await.unwrap();
        tx.put_secrets(&scope(), (DocumentKind::Connection, "c1"), &secrets(&[("s3SecretKey", text)])).await.unwrap();
        let all = Sql::same("SELECT wrapped_key, sealed FROM secret");
        let row = tx.conn.row(&all, &[]).await.unwrap().unwrap();
        for column in 0..2 {
            let bytes = row.bytes(column).unwrap();
            assert!(!bytes.windows(8).any(|window| text.as_bytes().windows(8).any(|part| part == window)));
        }
    })
    .await;
}

/// Each statement is what someone with write access to the database could try.
#[tokio::test]
async fn a_moved_or_changed_row_does_not_decrypt() {
    let attempts = [
        Sql::same("UPDATE secret SET object_id = 'c2' WHERE object_id = 'c1'"),
        Sql::same("UPDATE secret SET field = CASE field WHEN 'a' THEN 'x' ELSE 'y' END"),
        Sql::same("UPDATE secret SET version = version + 1"),
        Sql::same("UPDATE secret SET key_id = 'other'"),
        Sql::same("UPDATE secret SET sealed = (SELECT s.sealed FROM secret s WHERE s.field = 'b') WHERE field = 'a'"),
        Sql::same(
            "UPDATE secret SET sealed = (SELECT s.sealed FROM secret s WHERE s.field = 'b'),
                 wrapped_key = (SELECT s.wrapped_key FROM secret s WHERE s.field = 'b') WHERE field = 'a'",
        ),
        Sql::each("UPDATE secret SET sealed = x'00'", "UPDATE secret SET sealed = '\\x00'::bytea"),
        Sql::each("UPDATE secret SET wrapped_key = x''", "UPDATE secret SET wrapped_key = ''::bytea"),
    ];
    on_each(async |bench: Bench| {
        for attempt in &attempts {
            let mut tx = bench.store.write().await.unwrap();
            tx.put_secrets(&scope(), (DocumentKind::Connection, "c1"), &secrets(&[("a", "one"), ("b", "two")]))
                .await
                .unwrap();
            assert!(tx.conn.run(attempt, &[]).await.unwrap() > 0);
            let object = if read(&mut tx, "c1").await.is_ok_and(|found| found.is_empty()) { "c2" } else { "c1" };
            assert!(matches!(read(&mut tx, object).await, Err(StoreError::SecretDamaged { .. })));
        }
    })
    .await;
}

#[tokio::test]
async fn a_row_moved_to_another_tenant_does_not_decrypt() {
    on_each(async |bench: Bench| {
        for foreign in foreign_scopes() {
            let mut tx = bench.store.write().await.unwrap();
            tx.put_secrets(&scope(), (DocumentKind::Connection, "c1"), &secrets(&[("a", "one")])).await.unwrap();
            let steal = Sql::same("UPDATE secret SET org = $1, sandbox_id = $2");
            let args = [Arg::Text(&foreign.org), Arg::Text(&foreign.sandbox_id)];
            assert_eq!(tx.conn.run(&steal, &args).await.unwrap(), 1);
            assert!(matches!(tx.secrets(&foreign, "c1").await, Err(StoreError::SecretDamaged { .. })));
        }
    })
    .await;
}

#[tokio::test]
async fn the_right_key_opens_again_and_a_wrong_one_is_refused_in_one_line() {
    on_each(async |bench: Bench| {
        let again = Store::open(&bench.url, keyring(&bench.key)).await.unwrap();
        again.ping().await.unwrap();
        again.close().await;
        let other = random_hex(32);
        let error = Store::open(&bench.url, keyring(&other)).await.err().unwrap();
        assert!(matches!(error, StoreError::WrongKey { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("does not fit this database") && !text.contains('\n'), "{text}");
        assert!(!text.contains(&other) && !text.contains(&*bench.key), "the key itself is never shown");
    })
    .await;
}

#[test]
fn a_key_file_is_made_private_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let first = Keyring::load_or_create(&keys).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(keys.clone()), 0o700);
    assert_eq!(mode(keys.join("master.key")), 0o600);
    assert_eq!(Keyring::load_or_create(&keys).unwrap().id(), first.id());
    assert_eq!(fs::read_dir(&keys).unwrap().count(), 1, "no draft is left behind");
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    for mode in [0o640, 0o604, 0o620, 0o644] {
        let folder = tempfile::tempdir().unwrap();
        Keyring::load_or_create(folder.path()).unwrap();
        let file = folder.path().join("master.key");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let error = Keyring::load_or_create(folder.path()).err().unwrap().to_string();
        assert!(error.contains("can be read by others") && error.contains("chmod 600"), "{error}");
    }
}

#[test]
fn a_short_default_or_odd_key_is_refused_and_never_repeated() {
    let random = random_hex(32);
    let bad = [
        String::new(),
        "0".repeat(64),
        "f".repeat(64),
        "deadbeef".repeat(8),
        random_hex(31),
        random_hex(33),
        format!("{}zz", random.get(..62).unwrap()),
    ];
    for text in bad {
        let error = Keyring::from_env_text(&SecretString::from(text.clone())).err().unwrap();
        assert!(matches!(error, StoreError::BadKey { .. }));
        assert!(text.is_empty() || !format!("{error} {error:?}").contains(&text));
    }
}

#[tokio::test]
async fn an_address_is_never_repeated_in_an_error() {
    for url in ["mysql://root:hunter2@host/db", "sqlite://", "sqlite://:memory:", "postgres://u:hunter2@host:no/db"] {
        let error = Store::open(url, keyring(&random_hex(32))).await.err().unwrap();
        assert!(matches!(error, StoreError::UnsupportedUrl(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn the_embedded_database_is_readable_by_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let nested = folder.path().join("a b/c%20d");
    let store = Store::open(&sqlite_url(&nested), keyring(&random_hex(32))).await.unwrap();
    store.ping().await.unwrap();
    for file in fs::read_dir(&nested).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", file.path().display());
    }
}
