//! Migrations exist for both databases under the same numbers and names.

use std::fs;
use std::path::Path;

use super::{Bench, keyring, on_each, sqlite_url};
use crate::Store;

fn names(database: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = files.collect();
    names.sort();
    names
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
}

#[tokio::test]
async fn a_migrated_database_opens_again_with_what_it_holds() {
    on_each(async |bench: Bench| {
        let run_id = bench.run_due("f", "1").await;
        let again = Store::open(&bench.url, keyring(&bench.key)).await.unwrap();
        let found = again.read().await.unwrap().run(&super::scope(), &run_id).await.unwrap();
        assert!(found.is_some());
        again.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_start_at_once_agree_on_schema_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let (url, key) = (sqlite_url(folder.path()), lakehead_model::id::random_hex(32));
    let (a, b) = tokio::join!(Store::open(&url, keyring(&key)), Store::open(&url, keyring(&key)));
    a.unwrap().ping().await.unwrap();
    b.unwrap().ping().await.unwrap();
}
