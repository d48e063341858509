//! The commit transaction: all or nothing, once.

use serde_json::{Value, json};

use super::failures::fail;
use super::{Bench, foreign_scopes, on_each, scope};
use crate::db::Sql;
use crate::{BatchRow, Commit, CommitOutcome, DataFileRow, LedgerRow, ObjectFailureRow, RunRow, RunState, TableSwap};

/// Everything that a commit borrows.
pub(super) struct Load {
    ledger: Vec<LedgerRow>,
    batch: BatchRow,
    pub(super) files: Vec<DataFileRow>,
    pub(super) failures: Vec<ObjectFailureRow>,
    intents: Vec<String>,
    doc: Value,
    pub(super) new_metadata: String,
}

impl Load {
    pub(super) fn of(run: &RunRow, objects: &[&str]) -> Self {
        let id = &run.run_id;
        Self {
            ledger: objects.iter().map(|object| ledger(object)).collect(),
            batch: batch(run),
            files: (0..2).map(|n| file(&format!("{id}-{}-{n}.parquet", run.epoch))).collect(),
            failures: vec![ObjectFailureRow { object_id: "bad".into(), error: "line 1: a\0b".into() }],
            // The last one stands for manifests: no row but this one knows of them.
            intents: ["0.parquet", "1.parquet", "manifests"].map(|name| format!("{id}-{}-{name}", run.epoch)).to_vec(),
            doc: json!({"status": "success"}),
            new_metadata: format!("{id}-{}.metadata.json", run.epoch),
        }
    }

    pub(super) fn commit<'a>(&'a self, run: &'a RunRow, base: &'a str) -> Commit<'a> {
        Commit {
            run_id: &run.run_id,
            epoch: run.epoch,
            owner: run.owner.as_deref().unwrap(),
            table: Some(TableSwap { table_id: "t", base_metadata: base, new_metadata: &self.new_metadata }),
            ledger: &self.ledger,
            batch: Some(&self.batch),
            files: &self.files,
            replaced: &[],
            taking: None,
            moved: &[],
            upkeep: None,
            failures: &self.failures,
            cleared_intents: &self.intents,
            run_doc: &self.doc,
            event: &self.doc,
        }
    }
}

fn ledger(object_id: &str) -> LedgerRow {
    let (container, key) = ("bucket".to_owned(), format!("in/{object_id}"));
    LedgerRow { object_id: object_id.into(), container, key, snapshot_id: i64::MAX, rows: 10, bytes: 100 }
}

fn file(path: &str) -> DataFileRow {
    let unset = String::new;
    DataFileRow {
        batch_id: unset(),
        ord: 0,
        dataset_id: unset(),
        path: path.into(),
        size_bytes: 9,
        records: 5,
        file_records: 5,
    }
}

pub(super) fn batch(run: &RunRow) -> BatchRow {
    BatchRow {
        batch_id: format!("batch of {}", run.run_id),
        dataset_id: "d".into(),
        run_id: run.run_id.clone(),
        flow_id: run.flow_id.clone(),
        status: "success".into(),
        created_ms: 1,
        completed_ms: Some(2),
        records_read: 11,
        records_written: 10,
        records_failed: 1,
        bytes_read: 100,
        bytes_written: 18,
        doc: json!({"tags": {}}),
    }
}

/// A table at `m0`.
pub(super) async fn table(bench: &Bench) {
    let mut tx = bench.store.write().await.unwrap();
    tx.register_table("t", &scope(), "m0").await.unwrap();
    tx.commit().await.unwrap();
}

pub(super) async fn intents(bench: &Bench, run: &RunRow, paths: &[String]) {
    let mut tx = bench.store.write().await.unwrap();
    for path in paths {
        tx.add_intent(path, "t", &run.run_id, run.epoch, "data").await.unwrap();
    }
    tx.commit().await.unwrap();
}

pub(super) async fn pointer(bench: &Bench) -> String {
    bench.store.read().await.unwrap().table_pointer("t").await.unwrap().unwrap().metadata_location
}

/// Every row that a commit could have written, and the runs.
async fn everything(bench: &Bench) -> (Vec<i64>, Vec<RunRow>, String) {
    let counts = [
        Sql::same("SELECT count(*) FROM ingested"),
        Sql::same("SELECT count(*) FROM batch"),
        Sql::same("SELECT count(*) FROM dataset_file"),
        Sql::same("SELECT count(*) FROM object_failure"),
        Sql::same("SELECT count(*) FROM file_intent"),
        Sql::same("SELECT count(*) FROM outbox"),
        Sql::same("SELECT max(version) FROM table_pointer"),
    ];
    let mut tx = bench.store.read().await.unwrap();
    let mut numbers = Vec::new();
    for sql in &counts {
        numbers.push(tx.conn.row(sql, &[]).await.unwrap().unwrap().int(0).unwrap());
    }
    let runs = tx.runs(&scope(), None, None, 100).await.unwrap();
    drop(tx);
    (numbers, runs, pointer(bench).await)
}

#[tokio::test]
async fn a_commit_changes_everything_at_once() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let load = Load::of(&run, &["o2", "o1"]);
        intents(&bench, &run, &load.intents).await;
        intents(&bench, &run, &["orphan".to_owned()]).await;
        assert_eq!(bench.store.commit_run(&load.commit(&run, "m0")).await.unwrap(), CommitOutcome::Committed);

        let row = bench.run_row(&run.run_id).await;
        assert_eq!((row.state, &row.doc), (RunState::Success, &load.doc));
        let mut tx = bench.store.read().await.unwrap();
        let at = tx.table_pointer("t").await.unwrap().unwrap();
        assert_eq!((at.metadata_location, at.version), (load.new_metadata.clone(), 2));
        let asked = ["o1".to_owned(), "o2".to_owned(), "o3".to_owned()];
        assert_eq!(tx.ingested_among("f", &asked).await.unwrap().len(), 2);
        assert!(tx.ingested_among("g", &asked).await.unwrap().is_empty());
        let failed = tx.object_failures("f", &["bad".to_owned()]).await.unwrap();
        assert_eq!((failed["bad"].attempts, failed["bad"].last_error.as_str()), (1, "line 1: a\u{fffd}b"));
        let id = &load.batch.batch_id;
        assert_eq!(tx.batch(&scope(), id).await.unwrap().as_ref(), Some(&load.batch));
        let files = tx.files_of_batch(&scope(), id).await.unwrap();
        let paths: Vec<_> = files.iter().map(|file| (file.ord, &file.path)).collect();
        assert_eq!(paths, [(0, &load.files[0].path), (1, &load.files[1].path)]);
        assert_eq!(tx.file(&scope(), id, 1).await.unwrap().as_ref(), Some(&files[1]));
        assert_eq!(tx.files_of_dataset(&scope(), "d", 1).await.unwrap(), files[..1]);
        assert_eq!(tx.batches(&scope(), Some("d"), &(0..i64::MAX), 10, 0).await.unwrap().len(), 1);
        assert_eq!(tx.batches(&scope(), None, &(0..i64::MAX), 10, 1).await.unwrap().len(), 0);
        for foreign in foreign_scopes() {
            assert_eq!(tx.batch(&foreign, id).await.unwrap(), None);
            assert_eq!(tx.file(&foreign, id, 0).await.unwrap(), None);
            assert!(tx.files_of_batch(&foreign, id).await.unwrap().is_empty());
            assert!(tx.files_of_dataset(&foreign, "d", 9).await.unwrap().is_empty());
            assert!(tx.batches(&foreign, Some("d"), &(0..i64::MAX), 9, 0).await.unwrap().is_empty());
        }
        let events = tx.events(10).await.unwrap();
        assert_eq!((events.len(), &events[0].run_id), (1, &run.run_id));
        let left = tx.collectable_intents(0, 10).await.unwrap();
        assert_eq!(left.iter().map(|intent| intent.path.as_str()).collect::<Vec<_>>(), ["orphan"]);
    })
    .await;
}

#[tokio::test]
async fn a_commit_whose_reply_was_missed_can_be_repeated() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let load = Load::of(&run, &["o1"]);
        assert_eq!(bench.store.commit_run(&load.commit(&run, "m0")).await.unwrap(), CommitOutcome::Committed);
        let after = everything(&bench).await;
        assert_eq!(bench.store.commit_run(&load.commit(&run, "m0")).await.unwrap(), CommitOutcome::Committed);
        assert_eq!(everything(&bench).await, after);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_landed_cannot_be_failed() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let load = Load::of(&run, &["o1"]);
        assert_eq!(bench.store.commit_run(&load.commit(&run, "m0")).await.unwrap(), CommitOutcome::Committed);
        let before = everything(&bench).await;
        assert!(!fail(&bench, &run).await);
        assert_eq!(everything(&bench).await, before);
    })
    .await;
}

#[tokio::test]
async fn an_owner_whose_claim_was_lost_commits_nothing() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        bench.run_due("f", "1").await;
        let old = bench.store.claim_run("w1", -1, 64).await.unwrap().unwrap();
        bench.store.set_run_state(&old.run_id, old.epoch, "w1", RunState::Committing, None).await.unwrap();
        let new = bench.store.claim_run("w2", 60_000, 64).await.unwrap().unwrap();
        let before = everything(&bench).await;
        let load = Load::of(&old, &["o1"]);
        let refused = async |run: &RunRow| bench.store.commit_run(&load.commit(run, "m0")).await.unwrap();
        assert_eq!(refused(&old).await, CommitOutcome::Fenced);
        // The right claim in the wrong state, and under a wrong name.
        assert_eq!(refused(&new).await, CommitOutcome::Fenced);
        bench.store.set_run_state(&new.run_id, new.epoch, "w2", RunState::Committing, None).await.unwrap();
        let before_last = everything(&bench).await;
        assert_eq!(refused(&old).await, CommitOutcome::Fenced);
        assert_eq!(refused(&RunRow { owner: Some("w1".into()), ..new.clone() }).await, CommitOutcome::Fenced);
        assert_eq!(everything(&bench).await, before_last);
        assert_eq!((&before_last.0, &before_last.2), (&before.0, &before.2));
        assert_eq!(refused(&new).await, CommitOutcome::Committed);
    })
    .await;
}

#[tokio::test]
async fn a_process_that_claimed_its_own_run_again_commits_under_the_new_claim_only() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        bench.run_due("f", "1").await;
        let old = bench.store.claim_run("w", -1, 64).await.unwrap().unwrap();
        let new = bench.store.claim_run("w", 60_000, 64).await.unwrap().unwrap();
        bench.store.set_run_state(&new.run_id, new.epoch, "w", RunState::Committing, None).await.unwrap();
        let before = everything(&bench).await;
        let load = Load::of(&old, &["o1"]);
        assert_eq!(bench.store.commit_run(&load.commit(&old, "m0")).await.unwrap(), CommitOutcome::Fenced);
        assert!(!fail(&bench, &old).await);
        assert!(!bench.store.renew_lease(&old.run_id, old.epoch, "w", 60_000).await.unwrap());
        let running = RunState::Running;
        assert!(!bench.store.set_run_state(&old.run_id, old.epoch, "w", running, None).await.unwrap());
        assert!(!bench.store.release_run(&old.run_id, old.epoch, "w").await.unwrap());
        assert_eq!(everything(&bench).await, before);
        assert_eq!(bench.store.commit_run(&load.commit(&new, "m0")).await.unwrap(), CommitOutcome::Committed);
    })
    .await;
}

#[tokio::test]
async fn fencing_the_flow_keeps_a_commit_out() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let mut tx = bench.store.write().await.unwrap();
        tx.fence_flow(&scope(), "f").await.unwrap();
        tx.commit().await.unwrap();
        let before = everything(&bench).await;
        let load = Load::of(&run, &["o1"]);
        assert_eq!(bench.store.commit_run(&load.commit(&run, "m0")).await.unwrap(), CommitOutcome::Fenced);
        assert!(!fail(&bench, &run).await);
        assert_eq!(everything(&bench).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_table_that_moved_keeps_a_commit_out_until_it_is_rebased() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        assert!(bench.store.swap_pointer("t", "m0", "m1").await.unwrap());
        assert!(!bench.store.swap_pointer("t", "m0", "m2").await.unwrap());
        let before = everything(&bench).await;
        let load = Load::of(&run, &["o1"]);
        assert_eq!(bench.store.commit_run(&load.commit(&run, "m0")).await.unwrap(), CommitOutcome::PointerMoved);
        assert_eq!(everything(&bench).await, before);
        assert_eq!(bench.store.commit_run(&load.commit(&run, "m1")).await.unwrap(), CommitOutcome::Committed);
        assert_eq!(pointer(&bench).await, load.new_metadata);
    })
    .await;
}

#[tokio::test]
async fn an_object_that_was_ingested_keeps_a_commit_out() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let first = bench.committing("f", "1", "w").await;
        let load = Load::of(&first, &["o1"]);
        assert_eq!(bench.store.commit_run(&load.commit(&first, "m0")).await.unwrap(), CommitOutcome::Committed);
        let second = bench.committing("f", "2", "w").await;
        let before = everything(&bench).await;
        let again = Load::of(&second, &["o0", "o1"]);
        let base = load.new_metadata.as_str();
        let outcome = bench.store.commit_run(&again.commit(&second, base)).await.unwrap();
        assert_eq!(outcome, CommitOutcome::AlreadyIngested);
        assert_eq!(everything(&bench).await, before);
        let rest = Load::of(&second, &["o0"]);
        let outcome = bench.store.commit_run(&rest.commit(&second, base)).await.unwrap();
        assert_eq!(outcome, CommitOutcome::Committed);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_belongs_to_a_batch_keeps_a_commit_out() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let first = bench.committing("f", "1", "w").await;
        let load = Load::of(&first, &["o1"]);
        bench.store.commit_run(&load.commit(&first, "m0")).await.unwrap();
        let second = bench.committing("f", "2", "w").await;
        let before = everything(&bench).await;
        let mut again = Load::of(&second, &["o2"]);
        again.files[1] = file(&load.files[0].path);
        let error = bench.store.commit_run(&again.commit(&second, &load.new_metadata)).await.unwrap_err();
        assert_eq!(error.to_string(), "the value is already taken (`dataset_file_path`)");
        assert_eq!(everything(&bench).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_commits_on_one_table_one_wins() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let mut base = "m0".to_owned();
        for round in 0..10 {
            let (a, b) = (format!("fa{round}"), format!("fb{round}"));
            let (a, b) = (bench.committing(&a, "1", "a").await, bench.committing(&b, "1", "b").await);
            let (load_a, load_b) = (Load::of(&a, &["o"]), Load::of(&b, &["o"]));
            let (commit_a, commit_b) = (load_a.commit(&a, &base), load_b.commit(&b, &base));
            let (one, two) = tokio::join!(bench.store.commit_run(&commit_a), bench.store.commit_run(&commit_b));
            let (won, lost, out) = match (one.unwrap(), two.unwrap()) {
                (CommitOutcome::Committed, out) => (&load_a, &b, out),
                (out, CommitOutcome::Committed) => (&load_b, &a, out),
                neither => panic!("{neither:?}"),
            };
            assert_eq!(out, CommitOutcome::PointerMoved);
            assert_eq!(bench.run_row(&lost.run_id).await.state, RunState::Committing);
            base = pointer(&bench).await;
            assert_eq!(base, won.new_metadata);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_same_commit_sent_twice_at_once_the_rows_come_once() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let load = Load::of(&run, &["o1", "o2"]);
        let commit = load.commit(&run, "m0");
        let (one, two) = tokio::join!(bench.store.commit_run(&commit), bench.store.commit_run(&commit));
        assert_eq!((one.unwrap(), two.unwrap()), (CommitOutcome::Committed, CommitOutcome::Committed));
        assert_eq!(everything(&bench).await.0, [2, 1, 2, 1, 0, 1, 2]);
    })
    .await;
}

#[tokio::test]
async fn thousands_of_objects_and_files_fit_in_one_commit() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let mut load = Load::of(&run, &[]);
        load.ledger = (0..2_345).map(|n| ledger(&format!("o{n}"))).collect();
        load.files = (0..2_345).map(|n| file(&format!("p{n}"))).collect();
        assert_eq!(bench.store.commit_run(&load.commit(&run, "m0")).await.unwrap(), CommitOutcome::Committed);
        let mut tx = bench.store.read().await.unwrap();
        let ids: Vec<_> = (0..3_000).map(|n| format!("o{n}")).collect();
        assert_eq!(tx.ingested_among("f", &ids).await.unwrap().len(), 2_345);
        let files = tx.files_of_batch(&scope(), &load.batch.batch_id).await.unwrap();
        assert_eq!(files.len(), 2_345);
        assert!(files.iter().enumerate().all(|(n, file)| file.ord == n as i64 && file.path == format!("p{n}")));
    })
    .await;
}

#[tokio::test]
async fn a_run_that_found_nothing_ends_without_a_batch() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let load = Load { failures: vec![], ..Load::of(&run, &[]) };
        let commit = Commit { table: None, batch: None, files: &[], ..load.commit(&run, "m0") };
        assert_eq!(bench.store.commit_run(&commit).await.unwrap(), CommitOutcome::Committed);
        assert_eq!(everything(&bench).await.0, [0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(bench.run_row(&run.run_id).await.state, RunState::Success);
    })
    .await;
}
