//! What the store promises, checked on SQLite and, where `TEST_POSTGRES_URL` names a server, on PostgreSQL.
//!
//! Every test gets a database of its own. With `CI=true` a missing `TEST_POSTGRES_URL` is a failure.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use lakehead_model::id::random_hex;
use lakehead_model::{Etag, Scope};
use secrecy::SecretString;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{Keyring, NewRun, RunRow, RunState, Store};

mod accounts;
mod audit;
mod claims;
mod commits;
mod completeness;
mod documents;
mod failures;
mod group_commit;
mod kept_answers;
mod keys;
mod last_run;
mod listing;
mod listing_random;
mod lost_reply;
mod mapping_sets;
mod migrations;
mod places;
mod plans;
mod purge;
mod roles;
mod run_changes;
mod sandboxes;
mod schedules;
mod sharing;
mod signing_keys;
mod table_names;
mod tables;
mod taking;
mod tenants;
mod uploads;

/// A fresh store, and how to open it once more.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) store: Store,
    url: String,
    key: Arc<str>,
}

impl Bench {
    async fn open(url: String) -> Self {
        let key: Arc<str> = random_hex(32).into();
        let store = Store::open(&url, keyring(&key)).await.unwrap();
        Self { store, url, key }
    }

    /// Stores a run that is due, and answers its id.
    async fn run_due(&self, flow_id: &str, slot: &str) -> String {
        // Earlier slots are due earlier, also where both are made within one millisecond.
        let due_ms = self.store.now_ms().await.unwrap() - 1000 + slot.parse::<i64>().unwrap_or(0);
        self.run_due_at(flow_id, slot, due_ms).await
    }

    async fn run_due_at(&self, flow_id: &str, slot: &str, due_ms: i64) -> String {
        let run = new_run(flow_id, slot, due_ms);
        let mut tx = self.store.write().await.unwrap();
        assert!(tx.insert_run(&run).await.unwrap());
        tx.commit().await.unwrap();
        run.run_id
    }

    async fn run_row(&self, run_id: &str) -> RunRow {
        self.store.read().await.unwrap().run(&scope(), run_id).await.unwrap().unwrap()
    }

    /// A run that `owner` holds and is about to commit.
    async fn committing(&self, flow_id: &str, slot: &str, owner: &str) -> RunRow {
        self.run_due(flow_id, slot).await;
        let run = self.store.claim_run(owner, 60_000, 64).await.unwrap().unwrap();
        assert_eq!(run.flow_id, flow_id);
        let to = RunState::Committing;
        assert!(self.store.set_run_state(&run.run_id, run.epoch, owner, to, None).await.unwrap());
        run
    }
}

/// Runs `test` on a database of its own, once per kind of database.
pub(crate) async fn on_each(test: impl AsyncFn(Bench)) {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(sqlite_url(folder.path())).await;
    let store = bench.store.clone();
    test(bench).await;
    store.close().await;
    on_postgres(test).await;
}

/// Runs `test` on PostgreSQL only; says so where there is none.
async fn on_postgres(test: impl AsyncFn(Bench)) {
    let Some(server) = postgres_url() else { return };
    let name = format!("lakehead_{}", random_hex(8));
    let mut admin = PgConnection::connect(&server).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    let (address, _) = server.rsplit_once('/').unwrap();
    let bench = Bench::open(format!("{address}/{name}")).await;
    let store = bench.store.clone();
    test(bench).await;
    store.close().await;
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut admin).await.unwrap();
}

fn postgres_url() -> Option<String> {
    static SAID: Once = Once::new();
    let url = std::env::var("TEST_POSTGRES_URL").ok();
    if url.is_none() {
        assert!(std::env::var("CI").is_err(), "`TEST_POSTGRES_URL` must name a PostgreSQL server in CI");
        // Not `eprintln!`: the test harness would hide it.
        SAID.call_once(|| {
            let line = b"SKIPPED on PostgreSQL: `TEST_POSTGRES_URL` is not set; the store was tested on SQLite only\n";
            std::io::stderr().write_all(line).unwrap();
        });
    }
    url
}

fn sqlite_url(folder: &Path) -> String {
    let file: PathBuf = folder.join("lakehead.db");
    format!("sqlite://{}", file.display())
}

fn keyring(hex: &str) -> Keyring {
    Keyring::from_env_text(&SecretString::from(hex.to_owned())).unwrap()
}

pub(crate) fn scope() -> Scope {
    Scope { org: "A@AdobeOrg".into(), sandbox_id: "s1".into(), sandbox_name: "prod".into() }
}

/// Scopes that differ from [`scope`] in one part of the key each.
fn foreign_scopes() -> [Scope; 2] {
    [Scope { org: "B@AdobeOrg".into(), ..scope() }, Scope { sandbox_id: "s2".into(), ..scope() }]
}

fn new_run(flow_id: &str, slot: &str, due_ms: i64) -> NewRun {
    NewRun {
        run_id: format!("run-{}", random_hex(8)),
        flow_id: flow_id.to_owned(),
        scope: scope(),
        slot: slot.to_owned(),
        due_ms,
        params: json!({"asked": slot}),
        etag: Etag::generate(),
        created_at_ms: due_ms,
        doc: json!({"status": "queued"}),
    }
}
