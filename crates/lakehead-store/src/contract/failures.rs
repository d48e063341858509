//! Runs that fail, and the files that are left over.

use serde_json::json;

use super::commits::{Load, batch, intents, pointer, table};
use super::{Bench, on_each, scope};
use crate::{BatchRow, CommitOutcome, FailedRun, ObjectFailureRow, RunRow, RunState};

pub(super) async fn fail(bench: &Bench, run: &RunRow) -> bool {
    let (batch, doc) = (BatchRow { status: "failed".into(), ..batch(run) }, json!({"status": "failed"}));
    let failures = [ObjectFailureRow { object_id: "bad".into(), error: "again".into() }];
    let failed = FailedRun {
        run_id: &run.run_id,
        epoch: run.epoch,
        owner: run.owner.as_deref().unwrap(),
        batch: Some(&batch),
        failures: &failures,
        cleared_intents: &[],
        run_doc: &doc,
        event: &doc,
    };
    bench.store.fail_run(&failed).await.unwrap()
}

#[tokio::test]
async fn a_failed_run_shows_its_batch_and_counts_its_failures() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        for (n, slot) in ["1", "2"].into_iter().enumerate() {
            let run = bench.committing("f", slot, "w").await;
            assert!(fail(&bench, &run).await);
            assert!(fail(&bench, &run).await, "repeating it is the same");
            assert_eq!(bench.run_row(&run.run_id).await.state, RunState::Failed);
            let mut tx = bench.store.read().await.unwrap();
            let counted = tx.object_failures("f", &["bad".to_owned()]).await.unwrap();
            assert_eq!(counted["bad"].attempts, n as i64 + 1);
            let batch = tx.batch(&scope(), &batch(&run).batch_id).await.unwrap().unwrap();
            assert_eq!(batch.status, "failed");
        }
        assert_eq!(pointer(&bench).await, "m0");
        // An object that is read after all has no failures any more.
        let run = bench.committing("f", "3", "w").await;
        let mut load = Load::of(&run, &["bad"]);
        load.failures.clear();
        assert_eq!(bench.store.commit_run(&load.commit(&run, "m0")).await.unwrap(), CommitOutcome::Committed);
        let mut tx = bench.store.read().await.unwrap();
        assert!(tx.object_failures("f", &["bad".to_owned()]).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn files_of_living_runs_and_of_committed_batches_are_never_collectable() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let living = bench.committing("f", "1", "w").await;
        intents(&bench, &living, &["of a living run".to_owned()]).await;
        let done = bench.committing("g", "1", "w").await;
        let load = Load::of(&done, &["o1"]);
        // Intents that the commit forgot to clear: data files of the batch, and the current metadata.
        intents(&bench, &done, &[load.files[0].path.clone(), load.new_metadata.clone(), "orphan".to_owned()]).await;
        let mut commit = load.commit(&done, "m0");
        commit.cleared_intents = &[];
        assert_eq!(bench.store.commit_run(&commit).await.unwrap(), CommitOutcome::Committed);
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.collectable_intents(3_600_000, 10).await.unwrap().is_empty(), "too young");
        let found = tx.collectable_intents(0, 10).await.unwrap();
        assert_eq!(found.iter().map(|intent| intent.path.as_str()).collect::<Vec<_>>(), ["orphan"]);
        tx.delete_intent("orphan").await.unwrap();
        assert!(tx.collectable_intents(0, 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_path_is_used_once() {
    on_each(async |bench: Bench| {
        let mut tx = bench.store.write().await.unwrap();
        tx.add_intent("p", "t", "r", 1, "data").await.unwrap();
        let error = tx.add_intent("p", "t", "r", 2, "data").await.unwrap_err();
        assert_eq!(error.to_string(), "the value is already taken (`file_intent_pkey`)");
    })
    .await;
}

#[tokio::test]
async fn what_a_failed_batch_shows_is_no_leftover() {
    on_each(async |bench: Bench| {
        let run = bench.committing("f", "1", "w").await;
        intents(&bench, &run, &["diagnostics".to_owned(), "data".to_owned()]).await;
        let (shown, doc) = (["diagnostics".to_owned()], json!({"status": "failed"}));
        let failed = FailedRun {
            run_id: &run.run_id,
            epoch: run.epoch,
            owner: "w",
            batch: None,
            failures: &[],
            cleared_intents: &shown,
            run_doc: &doc,
            event: &doc,
        };
        assert!(bench.store.fail_run(&failed).await.unwrap());
        let left = bench.store.read().await.unwrap().collectable_intents(0, 10).await.unwrap();
        assert_eq!(left.iter().map(|intent| intent.path.as_str()).collect::<Vec<_>>(), ["data"]);
    })
    .await;
}
