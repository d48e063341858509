//! The collector on a real folder with a real metastore: what is referred to stays, what a dead run left goes.

use std::sync::Arc;
use std::time::Duration;

use lakehead_connect::net::{EgressPolicy, Net};
use lakehead_model::id::random_hex;
use lakehead_model::{Etag, Scope};
use lakehead_store::{
    BatchRow, Commit, CommitOutcome, DataFileRow, FailedRun, Keyring, NewRun, RunRow, RunState, Store,
};
use serde_json::json;

use super::*;
use crate::Settings;
use crate::lake::file_url;
use crate::staging::{DATA_INTENT, METADATA_INTENT};

struct Bench {
    engine: Engine,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new(gc_horizon_ms: i64) -> Self {
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
            gc_horizon_ms,
            maintenance: crate::maintaining::Rules::default(),
            audit_retention_ms: i64::MAX,
            public_url: String::new(),
        };
        let store = Store::open(&url, key).await.unwrap();
        Self { engine: Engine::new(store, Net::new(EgressPolicy::default()).unwrap(), settings), folder }
    }

    /// A run of a flow of its own that works.
    async fn run(&self) -> RunRow {
        let store = &self.engine.store;
        let mut tx = store.write().await.unwrap();
        let run = NewRun {
            run_id: random_hex(8),
            flow_id: random_hex(8),
            scope: Scope { org: "o".into(), sandbox_id: "s".into(), sandbox_name: "n".into() },
            slot: "1".into(),
            due_ms: 0,
            params: json!({}),
            etag: Etag::generate(),
            created_at_ms: 0,
            doc: json!({}),
        };
        tx.insert_run(&run).await.unwrap();
        tx.commit().await.unwrap();
        let run = store.claim_run("w", 60_000, 64).await.unwrap().unwrap();
        assert!(store.set_run_state(&run.run_id, run.epoch, "w", RunState::Committing, None).await.unwrap());
        run
    }

    /// Announces a file, and writes it.
    async fn file(&self, run: &RunRow, kind: &str, announced: &str, written: &[&str]) -> String {
        let url = file_url(&self.folder.path().join(announced));
        let mut tx = self.engine.store.write().await.unwrap();
        tx.add_intent(&url, "t", &run.run_id, run.epoch, kind).await.unwrap();
        tx.commit().await.unwrap();
        for name in written {
            let path = self.folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        url
    }

    fn has(&self, name: &str) -> bool {
        self.folder.path().join(name).exists()
    }

    async fn fail(&self, run: &RunRow) {
        let failed = FailedRun {
            run_id: &run.run_id,
            epoch: run.epoch,
            owner: "w",
            batch: None,
            failures: &[],
            cleared_intents: &[],
            run_doc: &json!({}),
            event: &json!({}),
        };
        assert!(self.engine.store.fail_run(&failed).await.unwrap());
    }

    /// Commits with a file whose intent the commit forgets.
    async fn commit(&self, run: &RunRow, path: String) {
        let batch = BatchRow {
            batch_id: "b".into(),
            dataset_id: "t".into(),
            run_id: run.run_id.clone(),
            flow_id: run.flow_id.clone(),
            status: "success".into(),
            created_ms: 0,
            completed_ms: None,
            records_read: 0,
            records_written: 0,
            records_failed: 0,
            bytes_read: 0,
            bytes_written: 0,
            doc: json!({}),
        };
        let file = DataFileRow {
            batch_id: String::new(),
            ord: 0,
            dataset_id: String::new(),
            path,
            size_bytes: 1,
            records: 1,
            file_records: 1,
        };
        let commit = Commit {
            run_id: &run.run_id,
            epoch: run.epoch,
            owner: "w",
            table: None,
            ledger: &[],
            batch: Some(&batch),
            files: &[file],
            replaced: &[],
            taking: None,
            moved: &[],
            upkeep: None,
            failures: &[],
            cleared_intents: &[],
            run_doc: &json!({}),
            event: &json!({}),
        };
        assert_eq!(self.engine.store.commit_run(&commit).await.unwrap(), CommitOutcome::Committed);
    }
}

#[tokio::test]
async fn leftovers_of_every_kind_go_once_their_run_has_ended() {
    let bench = Bench::new(0).await;
    let run = bench.run().await;
    bench.file(&run, DATA_INTENT, "data/a.parquet", &["data/a.parquet"]).await;
    bench.file(&run, METADATA_INTENT, "metadata/2.json", &["metadata/2.json"]).await;
    let manifests = ["metadata/c1-m0.avro", "metadata/snap-7-0-c1.avro"];
    bench.file(&run, COMMIT_INTENT, "metadata/c1", &manifests).await;
    bench.file(&run, FOLDER_INTENT, "diagnostics/b", &["diagnostics/b/row_errors/x.json"]).await;
    bench.file(&run, DATA_INTENT, "data/never-written.parquet", &[]).await;
    // Nobody announced these.
    for name in ["data/foreign.parquet", "metadata/c2-m0.avro", "diagnostics/other/y.json"] {
        std::fs::create_dir_all(bench.folder.path().join(name).parent().unwrap()).unwrap();
        std::fs::write(bench.folder.path().join(name), "x").unwrap();
    }
    assert_eq!(collect(&bench.engine).await.unwrap(), 0, "the run still works");
    assert!(bench.has("data/a.parquet"));
    bench.fail(&run).await;
    assert_eq!(collect(&bench.engine).await.unwrap(), 5);
    for name in ["data/a.parquet", "metadata/2.json", manifests[0], manifests[1], "diagnostics/b"] {
        assert!(!bench.has(name), "{name}");
    }
    for name in ["data/foreign.parquet", "metadata/c2-m0.avro", "diagnostics/other/y.json"] {
        assert!(bench.has(name), "{name}");
    }
    assert_eq!(collect(&bench.engine).await.unwrap(), 0, "and no intent is left");
}

#[tokio::test]
async fn what_is_young_or_belongs_to_a_batch_stays() {
    let bench = Bench::new(0).await;
    let run = bench.run().await;
    let kept = bench.file(&run, DATA_INTENT, "data/kept.parquet", &["data/kept.parquet"]).await;
    bench.file(&run, DATA_INTENT, "data/attempt1.parquet", &["data/attempt1.parquet"]).await;
    bench.commit(&run, kept).await;
    let patient = Settings { gc_horizon_ms: 3_600_000, ..(*bench.engine.settings).clone() };
    let patient = Engine { settings: Arc::new(patient), ..bench.engine.clone() };
    assert_eq!(collect(&patient).await.unwrap(), 0, "somebody may be looking at it");
    assert_eq!(collect(&bench.engine).await.unwrap(), 1);
    assert!(bench.has("data/kept.parquet") && !bench.has("data/attempt1.parquet"));
}

#[tokio::test]
async fn many_leftovers_go_at_once_and_one_that_resists_does_not_stop_it() {
    let bench = Bench::new(0).await;
    let run = bench.run().await;
    let count = BATCH as usize + 20;
    let names: Vec<_> = (0..count).map(|n| format!("data/{n}.parquet")).collect();
    for name in &names {
        bench.file(&run, DATA_INTENT, name, &[name]).await;
    }
    // A folder is no file: removing it as one fails.
    bench.file(&run, DATA_INTENT, "data", &[]).await;
    bench.fail(&run).await;
    assert_eq!(collect(&bench.engine).await.unwrap(), count as u64);
    assert!(names.iter().all(|name| !bench.has(name)));
    assert!(bench.has("data"));
}
