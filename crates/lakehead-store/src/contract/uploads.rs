//! Files of batches that clients upload, and the batches themselves.

use lakehead_model::batch::{BatchStatus, ContentRange, Pieces, run_owner};
use serde_json::json;

use super::commits::{Load, pointer, table};
use super::{Bench, foreign_scopes, on_each, scope};
use crate::{BatchRow, Commit, CommitOutcome, FailedRun, RunRow, UploadRow, UploadTotals};

fn batch(id: &str) -> BatchRow {
    BatchRow {
        batch_id: id.into(),
        dataset_id: "d".into(),
        run_id: "r".into(),
        flow_id: run_owner(id),
        status: BatchStatus::Loading.as_str().into(),
        created_ms: 5,
        completed_ms: None,
        records_read: 0,
        records_written: 0,
        records_failed: 0,
        bytes_read: 0,
        bytes_written: 0,
        doc: json!({"status": "loading"}),
    }
}

fn upload(path: &str, upload_id: &str, pieces: Option<Pieces>) -> UploadRow {
    UploadRow { batch_id: "b".into(), path: path.into(), upload_id: upload_id.into(), size_bytes: 7, pieces }
}

#[tokio::test]
async fn the_last_upload_of_a_path_is_the_file() {
    on_each(async |bench: Bench| {
        let mut pieces = Pieces::default();
        pieces.add(ContentRange::parse("bytes 0-6/9").unwrap()).unwrap();
        let mut tx = bench.store.write().await.unwrap();
        tx.insert_batch(&scope(), &batch("b")).await.unwrap();
        tx.put_upload(&scope(), &upload("x", "1", Some(pieces.clone()))).await.unwrap();
        tx.put_upload(&scope(), &upload("a/y", "2", Some(pieces.clone()))).await.unwrap();
        tx.put_upload(&scope(), &upload("x", "3", None)).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = bench.store.read().await.unwrap();
        let expected = [upload("a/y", "2", Some(pieces)), upload("x", "3", None)];
        assert_eq!(tx.uploads(&scope(), "b", 10).await.unwrap(), expected);
        assert_eq!(tx.upload(&scope(), "b", "x").await.unwrap().as_ref(), Some(&expected[1]));
        let totals = UploadTotals { files: 2, open: 1, bytes: 14 };
        assert_eq!(tx.upload_totals(&scope(), "b").await.unwrap(), totals);
        for foreign in foreign_scopes() {
            assert!(tx.uploads(&foreign, "b", 10).await.unwrap().is_empty());
            assert_eq!(tx.upload(&foreign, "b", "x").await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn a_batch_begins_only_while_it_waits() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        tx.insert_batch(&scope(), &batch("b")).await.unwrap();
        for foreign in foreign_scopes() {
            assert_eq!(tx.lock_batch(&foreign, "b").await.unwrap(), None);
        }
        for (status, expected) in [("loaded", "processing"), ("aborted", "aborted"), ("success", "success")] {
            let mut row = tx.lock_batch(&scope(), "b").await.unwrap().unwrap();
            row.status = status.into();
            tx.change_batch(&scope(), &row, "TEST").await.unwrap();
            tx.begin_batch(&scope(), "b", 9).await.unwrap();
            assert_eq!(tx.batch(&scope(), "b").await.unwrap().unwrap().status, expected);
        }
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_nobody_completes_is_given_up_and_forgotten() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        tx.insert_batch(&scope(), &batch("b")).await.unwrap();
        tx.put_upload(&scope(), &upload("x", "1", None)).await.unwrap();
        let mut done = batch("done");
        done.status = BatchStatus::Loaded.as_str().into();
        tx.insert_batch(&scope(), &done).await.unwrap();
        assert_eq!(tx.abandon_batches(3_600_000, 10).await.unwrap(), 0, "a file came a moment ago");
        assert!(tx.ended_uploads(-60_000, 10).await.unwrap().is_empty());
        assert_eq!(tx.abandon_batches(-60_000, 10).await.unwrap(), 1);
        assert_eq!(tx.abandon_batches(-60_000, 10).await.unwrap(), 0);
        let row = tx.batch(&scope(), "b").await.unwrap().unwrap();
        assert_eq!((row.status.as_str(), &row.doc["status"]), ("abandoned", &json!("abandoned")));
        assert_eq!(tx.batch(&scope(), "done").await.unwrap().unwrap().status, "loaded");
        let ended = tx.ended_uploads(-60_000, 10).await.unwrap();
        assert_eq!(ended.iter().map(|ended| ended.batch_id.as_str()).collect::<Vec<_>>(), ["b"]);
        tx.insert_batch(&scope(), &BatchRow { batch_id: "cut off".into(), ..batch("b") }).await.unwrap();
        assert_eq!(tx.abandon_batches(-60_000, 10).await.unwrap(), 1);
        assert_eq!(tx.ended_uploads(-60_000, 10).await.unwrap().len(), 2, "what was cut off has no row");
        tx.forget_uploads(&scope(), "cut off").await.unwrap();
        tx.forget_uploads(&scope(), "b").await.unwrap();
        assert!(tx.ended_uploads(-60_000, 10).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    })
    .await;
}

/// A run of the uploaded batch `b` of the dataset `d`, about to commit.
async fn of_batch(bench: &Bench, status: BatchStatus) -> (RunRow, BatchRow) {
    let run = bench.committing(&run_owner("b"), "complete", "w").await;
    let mut row = BatchRow { run_id: run.run_id.clone(), ..batch("b") };
    let mut tx = bench.store.write().await.unwrap();
    row.set_status(status, 6);
    tx.insert_batch(&scope(), &row).await.unwrap();
    tx.commit().await.unwrap();
    row.set_status(BatchStatus::Success, 7);
    (run, row)
}

#[tokio::test]
async fn a_batch_that_was_given_up_neither_lands_nor_fails() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let (run, mut row) = of_batch(&bench, BatchStatus::Aborted).await;
        let load = Load::of(&run, &["o1"]);
        let commit = Commit { batch: Some(&row), ..load.commit(&run, "m0") };
        assert_eq!(bench.store.commit_run(&commit).await.unwrap(), CommitOutcome::Fenced);
        assert_eq!(pointer(&bench).await, "m0");
        row.set_status(BatchStatus::Failed, 8);
        let doc = json!({});
        let failed = FailedRun {
            run_id: &run.run_id,
            epoch: run.epoch,
            owner: "w",
            batch: Some(&row),
            failures: &[],
            cleared_intents: &[],
            run_doc: &doc,
            event: &doc,
        };
        assert!(bench.store.fail_run(&failed).await.unwrap());
        let shown = bench.store.read().await.unwrap().batch(&scope(), "b").await.unwrap().unwrap();
        assert_eq!(shown.status, "aborted");
    })
    .await;
}

#[tokio::test]
async fn only_a_batch_that_has_ended_and_is_still_there_can_be_replaced() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let (run, row) = of_batch(&bench, BatchStatus::Processing).await;
        let replaced = ["old".to_owned()];
        let load = Load::of(&run, &["o1"]);
        let mut tx = bench.store.write().await.unwrap();
        tx.insert_batch(&scope(), &batch("old")).await.unwrap();
        tx.commit().await.unwrap();
        for (status, outcome) in [
            (BatchStatus::Processing, CommitOutcome::NotReplaceable),
            (BatchStatus::Inactive, CommitOutcome::NotReplaceable),
            (BatchStatus::Failed, CommitOutcome::Committed),
        ] {
            let mut tx = bench.store.write().await.unwrap();
            let mut old = tx.lock_batch(&scope(), "old").await.unwrap().unwrap();
            old.set_status(status, 6);
            tx.put_batch(&scope(), &old).await.unwrap();
            tx.commit().await.unwrap();
            let commit = Commit { batch: Some(&row), replaced: &replaced, ..load.commit(&run, "m0") };
            assert_eq!(bench.store.commit_run(&commit).await.unwrap(), outcome, "{status:?}");
        }
        let old = bench.store.read().await.unwrap().batch(&scope(), "old").await.unwrap().unwrap();
        assert_eq!(old.status, "failed", "it is not what it never was");
    })
    .await;
}

#[tokio::test]
async fn a_commit_takes_the_batches_it_replaces_out_of_the_dataset() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let first = bench.committing("f", "1", "w").await;
        let old = Load::of(&first, &["o1"]);
        assert_eq!(bench.store.commit_run(&old.commit(&first, "m0")).await.unwrap(), CommitOutcome::Committed);
        let old_id = old.commit(&first, "m0").batch.unwrap().batch_id.clone();
        let second = bench.committing("g", "1", "w").await;
        let new = Load::of(&second, &["o1"]);
        let replaced = [old_id.clone()];
        let commit = Commit { replaced: &replaced, ..new.commit(&second, &old.new_metadata) };
        assert_eq!(bench.store.commit_run(&commit).await.unwrap(), CommitOutcome::Committed);

        let mut tx = bench.store.read().await.unwrap();
        let gone = tx.batch(&scope(), &old_id).await.unwrap().unwrap();
        assert_eq!((gone.status.as_str(), &gone.doc["status"]), ("inactive", &json!("inactive")));
        assert_eq!(tx.files_of_batch(&scope(), &old_id).await.unwrap().len(), 2, "its files are kept");
        let current = tx.files_of_dataset(&scope(), "d", 9).await.unwrap();
        assert!(current.iter().all(|file| file.batch_id != old_id) && current.len() == 2, "{current:?}");
    })
    .await;
}
