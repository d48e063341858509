//! Sandboxes on a real folder with a real metastore: what is theirs goes, what is not stays.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lakehead_connect::net::{EgressPolicy, Net};
use lakehead_model::id::random_hex;
use lakehead_model::{Etag, Scope};
use lakehead_store::{Closing, Keyring, NewRun, Sandbox, Store};
use serde_json::json;

use super::*;
use crate::{Settings, gc};

const ORG: &str = "o";
/// Ids of the two sandboxes of a [`Bench`].
const MINE: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";

struct Bench {
    engine: Engine,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = Keyring::from_env_text(&random_hex(32).into()).unwrap();
        let url = format!("sqlite://{}", folder.path().join("lakehead.db").display());
        let settings = Settings {
            lake_dir: folder.path().join("lake"),
            worker_exe: PathBuf::new(),
            worker_memory_bytes: 0,
            concurrent_runs: 1,
            sandbox_runs: 1,
            run_files: 25_000,
            lease_ms: 60_000,
            gc_interval: Duration::from_mins(1),
            gc_horizon_ms: 0,
            maintenance: crate::maintaining::Rules::default(),
            audit_retention_ms: i64::MAX,
            public_url: String::new(),
        };
        let store = Store::open(&url, key).await.unwrap();
        let mut tx = store.write().await.unwrap();
        tx.ensure_org(ORG, "o").await.unwrap();
        let prod = tx.default_sandbox(ORG).await.unwrap().unwrap();
        for (id, name) in [(MINE, "mine"), (OTHER, "other")] {
            let state = "creating".to_owned();
            let made = Sandbox { id: id.into(), name: name.into(), state, is_default: false, ..prod.clone() };
            tx.insert_sandbox(ORG, &made).await.unwrap();
        }
        tx.commit().await.unwrap();
        let bench = Self { engine: Engine::new(store, Net::new(EgressPolicy::default()).unwrap(), settings), folder };
        tend(&bench.engine).await.unwrap();
        assert_eq!(bench.state("mine").await, "active", "a new sandbox has nothing to wait for");
        bench
    }

    async fn state(&self, name: &str) -> String {
        let found = self.engine.store.read().await.unwrap().sandbox_ever_named(ORG, name).await.unwrap();
        found.unwrap().state
    }

    async fn close(&self, closing: Closing) {
        let mut tx = self.engine.store.write().await.unwrap();
        assert!(tx.close_sandbox(ORG, MINE, closing, "me").await.unwrap().is_some());
        tx.commit().await.unwrap();
    }

    fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// Writes a file of the lake.
    fn file(&self, path: &str) -> PathBuf {
        let path = self.lake().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "x").unwrap();
        path
    }
}

fn scope(sandbox_id: &str) -> Scope {
    Scope { org: ORG.into(), sandbox_id: sandbox_id.into(), sandbox_name: "n".into() }
}

#[tokio::test]
async fn a_reset_deletes_the_tables_of_its_sandbox_and_touches_nothing_else() {
    let bench = Bench::new().await;
    let gone = [bench.file(&format!("{MINE}/a1/data/x.parquet")), bench.file(&format!("{MINE}/b2/metadata/1.json"))];
    let kept = [
        bench.file(&format!("{OTHER}/a1/data/x.parquet")),
        bench.file(&format!("{MINE}/README.txt")),
        bench.file(&format!("{MINE}/not an id/x")),
        bench.file("elsewhere/secret"),
    ];
    // A link in the place of a table, and one inside of a table.
    symlink(bench.lake().join("elsewhere"), bench.lake().join(MINE).join("c3")).unwrap();
    symlink(bench.lake().join("elsewhere"), bench.lake().join(MINE).join("a1").join("link")).unwrap();
    let mut tx = bench.engine.store.write().await.unwrap();
    tx.register_table("a1", &scope(MINE), "m").await.unwrap();
    tx.register_table("a2", &scope(OTHER), "m").await.unwrap();
    tx.commit().await.unwrap();

    bench.close(Closing::Reset).await;
    assert!(!tend(&bench.engine).await.unwrap());
    assert_eq!(bench.state("mine").await, "active");
    assert!(gone.iter().all(|path| !path.exists()) && !bench.lake().join(MINE).join("a1").exists());
    for path in &kept {
        assert!(path.exists(), "{}", path.display());
    }
    let mut tx = bench.engine.store.read().await.unwrap();
    assert!(tx.table_pointer("a1").await.unwrap().is_none() && tx.table_pointer("a2").await.unwrap().is_some());
    drop(tx);

    // A process that was only paused writes into a table that is gone, and a new table is made.
    let late = bench.file(&format!("{MINE}/a1/metadata/2.json"));
    let new = bench.file(&format!("{MINE}/d4/metadata/1.json"));
    gc::collect(&bench.engine).await.unwrap();
    assert!(!late.exists() && new.exists());
}

#[tokio::test]
async fn a_deleted_sandbox_leaves_no_folder() {
    let bench = Bench::new().await;
    bench.file(&format!("{MINE}/a1/data/x.parquet"));
    bench.close(Closing::Delete).await;
    tend(&bench.engine).await.unwrap();
    assert_eq!(bench.state("mine").await, "deleted");
    assert!(!bench.lake().join(MINE).exists());
}

#[tokio::test]
async fn nothing_is_deleted_while_a_worker_may_be_alive() {
    let bench = Bench::new().await;
    let file = bench.file(&format!("{MINE}/a1/data/x.parquet"));
    let store = &bench.engine.store;
    let run = NewRun {
        run_id: "r".into(),
        flow_id: "f".into(),
        scope: scope(MINE),
        slot: "1".into(),
        due_ms: 0,
        params: json!({}),
        etag: Etag::generate(),
        created_at_ms: 0,
        doc: json!({}),
    };
    let mut tx = store.write().await.unwrap();
    tx.insert_run(&run).await.unwrap();
    tx.commit().await.unwrap();
    let run = store.claim_run("w", 60_000, 64).await.unwrap().unwrap();
    bench.close(Closing::Reset).await;
    assert!(!tend(&bench.engine).await.unwrap(), "there is nothing to hurry for");
    assert_eq!(bench.state("mine").await, "resetting");
    assert!(file.exists());
    assert!(!store.release_run(&run.run_id, run.epoch, "w").await.unwrap(), "it was fenced");
}

#[tokio::test]
async fn a_path_is_made_of_ids_only() {
    let bench = Bench::new().await;
    let kept = bench.file("x/y");
    for (sandbox, table) in [("..", "x"), ("x", ".."), ("", "x"), ("x", ""), ("/", "x"), ("x", "y/../y"), ("x\0", "y")]
    {
        assert!(bench.engine.lake.delete_table(sandbox, table).await.is_err(), "{sandbox} {table}");
    }
    assert!(kept.exists() && Path::new("/").exists());
    assert!(bench.engine.lake.table_names("..").await.is_err());
    assert!(bench.engine.lake.table_names("missing").await.unwrap().is_empty());
}
