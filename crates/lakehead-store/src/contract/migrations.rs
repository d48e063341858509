//! Migrations exist for both databases under the same numbers and names.

use std::fs;
use std::path::Path;

use lakehead_model::access::Permission;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, PgConnection};

use super::{Bench, keyring, on_each, on_postgres, sqlite_url};
use crate::{LedgerEntry, Store, Subject};

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

/// The migrations of the versions up to `last`.
async fn migrations_until(database: &str, last: &str) -> Migrator {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    for name in names(database).iter().filter(|name| name.as_str() < last) {
        fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    Migrator::new(folder.path()).await.unwrap()
}

/// What the version with roles of clients had: sandboxes by name, one of them deleted, and members.
const ROLES_OF_CLIENTS: &str = r#"
    INSERT INTO organisation (org, tenant_id, created_at) VALUES ('A@AdobeOrg', 'a', 1);
    INSERT INTO sandbox (org, id, name, title, kind, state, is_default, region, created_at, created_by, modified_at,
        modified_by, etag)
    VALUES ('A@AdobeOrg', 'id-1', 'prod', 'P', 'production', 'active', 1, 'L', 1, 'S', 1, 'S', 1),
        ('A@AdobeOrg', 'id-2', 'gone', 'G', 'development', 'deleted', 0, 'L', 1, 'S', 1, 'S', 1);
    INSERT INTO service_client (client_id, name, org, technical_account, secret_sha256, created_at, kind, disabled)
    VALUES ('c', 'client', 'A@AdobeOrg', 'T@techacct', '00ff', 5, 'user', 1);
    INSERT INTO role (org, role_id, name, permissions, sandboxes, created_at)
    VALUES ('A@AdobeOrg', 'r1', 'all', '["view-schemas"]', '["prod","*"]', 5),
        ('A@AdobeOrg', 'r2', 'some', '["manage-sources"]', '["prod","gone","never was"]', 6),
        ('A@AdobeOrg', 'r3', 'none', '["manage-datasets"]', '["gone"]', 7);
    INSERT INTO role_member (org, role_id, client_id)
    VALUES ('A@AdobeOrg', 'r1', 'c'), ('A@AdobeOrg', 'r2', 'c'), ('A@AdobeOrg', 'r3', 'c'), ('A@AdobeOrg', 'viewer', 'c');
"#;

async fn roles_are_as_they_were(store: &Store) {
    let mut tx = store.write().await.unwrap();
    let client = tx.client("c").await.unwrap().unwrap();
    assert!(client.disabled && client.kind.as_str() == "user" && client.old_secret.is_none());
    let mut roles = tx.roles("A@AdobeOrg").await.unwrap();
    let sandboxes: Vec<_> = roles.iter().map(|role| role.sandboxes.as_deref().map(<[String]>::to_vec)).collect();
    assert_eq!(sandboxes, [None, Some(vec!["id-1".to_owned()]), Some(vec![])]);
    assert_eq!((roles[1].created_at_ms, roles[1].modified_at_ms, roles[1].labels.len()), (6, 6, 0));
    let subject = Subject::Client("c".into());
    assert_eq!(tx.roles_of("A@AdobeOrg", &subject).await.unwrap(), ["r1", "r2", "r3", "viewer"]);
    let grants = tx.grants_of("A@AdobeOrg", &subject).await.unwrap();
    assert!(grants.in_sandbox("id-1").allow(Permission::ManageSources));
    assert!(!grants.in_sandbox("id-2").allow(Permission::ManageSources));
    assert!(!grants.somewhere().allow(Permission::Administer));
    let mut changed = roles.remove(1);
    let before = std::mem::replace(&mut changed.etag, "\"2\"".into());
    tx.update_role("A@AdobeOrg", &changed, &before).await.unwrap();
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn roles_of_clients_are_kept_with_their_sandboxes_and_members() {
    let folder = tempfile::tempdir().unwrap();
    let (url, key) = (sqlite_url(folder.path()), lakehead_model::id::random_hex(32));
    let options = SqliteConnectOptions::new().filename(folder.path().join("lakehead.db")).create_if_missing(true);
    let mut conn = SqliteConnection::connect_with(&options).await.unwrap();
    migrations_until("sqlite", "0003").await.run(&mut conn).await.unwrap();
    sqlx::raw_sql(ROLES_OF_CLIENTS).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    let store = Store::open(&url, keyring(&key)).await.unwrap();
    roles_are_as_they_were(&store).await;
    store.close().await;
    on_postgres(async |bench: Bench| {
        let mut conn = PgConnection::connect(&bench.url).await.unwrap();
        sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(&mut conn).await.unwrap();
        migrations_until("postgres", "0003").await.run(&mut conn).await.unwrap();
        sqlx::raw_sql(ROLES_OF_CLIENTS).execute(&mut conn).await.unwrap();
        let store = Store::open(&bench.url, keyring(&bench.key)).await.unwrap();
        roles_are_as_they_were(&store).await;
        store.close().await;
    })
    .await;
}

/// What the version before the ledger told objects had: a run with its plan, its batch and two entries; and a batch that was
/// taken back.
const LEDGER_OF_IDS: &str = r#"
    INSERT INTO flow_run (run_id, org, sandbox_id, sandbox_name, flow_id, slot, due_ms, state, epoch, lease_until, attempts,
        params, etag, created_at, updated_at, doc)
    VALUES ('r', 'A@AdobeOrg', 's1', 'prod', 'f', '1', 1, 'success', 1, 1, 1, '{}', '"1"', 1, 1, '{}');
    INSERT INTO run_plan (run_id, ord, body)
    VALUES ('r', 0, '{"objectId":"o1","container":"bucket","key":"in/1"}'),
        ('r', 1, '{"objectId":"o2","container":"bucket","key":"in/2"}');
    INSERT INTO batch (org, sandbox_id, batch_id, dataset_id, run_id, flow_id, status, created_at, records_read,
        records_written, records_failed, bytes_read, bytes_written, doc)
    VALUES ('A@AdobeOrg', 's1', 'b', 'd', 'r', 'f', 'success', 1, 3, 3, 0, 1, 1, '{}'),
        ('A@AdobeOrg', 's1', 'back', 'd', 'q', 'batch:back', 'inactive', 1, 3, 3, 0, 1, 1, '{}');
    INSERT INTO ingested (flow_id, object_id, replay_gen, run_id, snapshot_id, row_count, byte_count, ingested_at)
    VALUES ('f', 'o1', 0, 'r', 1, 1, 1, 1), ('f', 'o2', 0, 'r', 1, 2, 1, 1), ('batch:back', 'o3', 0, 'q', 1, 3, 1, 1);
"#;

async fn the_ledger_tells_its_objects(store: &Store) {
    let mut tx = store.read().await.unwrap();
    let told = |entry: &LedgerEntry| (entry.key.clone(), entry.batch_id.clone(), entry.undone());
    let of_flow: Vec<_> = tx.ledger_after("f", "").await.unwrap().iter().map(told).collect();
    assert_eq!(of_flow, [("in/1".into(), "b".into(), false), ("in/2".into(), "b".into(), false)]);
    let taken_back: Vec<_> = tx.ledger_after("batch:back", "").await.unwrap().iter().map(told).collect();
    assert_eq!(taken_back, [(String::new(), "back".into(), true)]);
}

#[tokio::test]
async fn old_entries_of_the_ledger_learn_of_their_objects_from_plans() {
    let folder = tempfile::tempdir().unwrap();
    let (url, key) = (sqlite_url(folder.path()), lakehead_model::id::random_hex(32));
    let options = SqliteConnectOptions::new().filename(folder.path().join("lakehead.db")).create_if_missing(true);
    let mut conn = SqliteConnection::connect_with(&options).await.unwrap();
    migrations_until("sqlite", "0032").await.run(&mut conn).await.unwrap();
    sqlx::raw_sql(LEDGER_OF_IDS).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    let store = Store::open(&url, keyring(&key)).await.unwrap();
    the_ledger_tells_its_objects(&store).await;
    store.close().await;
    on_postgres(async |bench: Bench| {
        let mut conn = PgConnection::connect(&bench.url).await.unwrap();
        sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public").execute(&mut conn).await.unwrap();
        migrations_until("postgres", "0032").await.run(&mut conn).await.unwrap();
        sqlx::raw_sql(LEDGER_OF_IDS).execute(&mut conn).await.unwrap();
        let store = Store::open(&bench.url, keyring(&bench.key)).await.unwrap();
        the_ledger_tells_its_objects(&store).await;
        store.close().await;
    })
    .await;
}
