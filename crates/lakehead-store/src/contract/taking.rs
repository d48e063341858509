//! Rows that are taken out of the table, and those that come in their place.

use lakehead_model::batch::BatchStatus;

use super::commits::{Load, table};
use super::{Bench, on_each, scope};
use crate::{Commit, CommitOutcome, DataFileRow, RunRow, Taking};

/// A commit that brings nothing, on top of `base`.
fn only<'a>(load: &'a Load, run: &'a RunRow, base: &'a str, taking: &'a Taking<'a>) -> Commit<'a> {
    Commit { ledger: &[], batch: None, files: &[], failures: &[], taking: Some(taking), ..load.commit(run, base) }
}

#[tokio::test]
async fn one_object_goes_once_and_its_batch_says_so() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let first = Load::of(&run, &["a", "b"]);
        bench.store.commit_run(&first.commit(&run, "m0")).await.unwrap();
        let (batch, ids) = (format!("batch of {}", run.run_id), vec!["a".to_owned()]);
        let (out, unset) = ([first.files[0].path.clone()], String::new);
        let kept = ["kept".to_owned()].map(|path| DataFileRow {
            batch_id: unset(),
            ord: 0,
            dataset_id: unset(),
            path,
            size_bytes: 3,
            records: 2,
            file_records: 2,
        });
        let taking = Taking {
            batch_id: &batch,
            status: BatchStatus::Success,
            object_ids: &ids,
            redo: false,
            whole: false,
            files_out: &out,
            files_in: &kept,
            rows: 3,
            shown: "/bucket/in/a",
        };
        let run = bench.committing("f", "2", "w").await;
        let load = Load::of(&run, &[]);
        for other in [
            Taking { status: BatchStatus::Inactive, ..taking.clone() },
            Taking { object_ids: &["c".to_owned()], ..taking.clone() },
            Taking { files_out: &["unknown".to_owned()], ..taking.clone() },
        ] {
            let outcome = bench.store.commit_run(&only(&load, &run, &first.new_metadata, &other)).await.unwrap();
            assert_eq!(outcome, CommitOutcome::NotReplaceable);
        }
        let outcome = bench.store.commit_run(&only(&load, &run, &first.new_metadata, &taking)).await.unwrap();
        assert_eq!(outcome, CommitOutcome::Committed);
        let mut tx = bench.store.read().await.unwrap();
        let undone: Vec<_> =
            tx.ledger_after("f", "").await.unwrap().iter().map(crate::completeness::LedgerEntry::undone).collect();
        assert_eq!(undone, [true, false]);
        let account = tx.accounts_after(&scope(), "d", "").await.unwrap().remove(0);
        assert_eq!((account.undone, account.in_files, account.in_ledger), (3, 7, 10));
        let files = tx.files_of_batch(&scope(), &batch).await.unwrap();
        assert_eq!(files.iter().map(|file| (file.path.as_str(), file.ord)).collect::<Vec<_>>()[1], ("kept", 2));
        let shown = tx.batch(&scope(), &batch).await.unwrap().unwrap().doc;
        assert_eq!(
            (&shown["metrics"]["undoneRecordCount"], &shown["undone"][0]["path"]),
            (&3.into(), &"/bucket/in/a".into())
        );
        drop(tx);

        let run = bench.committing("f", "3", "w").await;
        let again = Load::of(&run, &[]);
        let outcome = bench.store.commit_run(&only(&again, &run, &load.new_metadata, &taking)).await.unwrap();
        assert_eq!(outcome, CommitOutcome::NotReplaceable, "it is out already");
    })
    .await;
}

#[tokio::test]
async fn objects_that_are_read_again_change_their_batch() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let first = Load::of(&run, &["a", "b"]);
        bench.store.commit_run(&first.commit(&run, "m0")).await.unwrap();
        let (batch, ids) = (format!("batch of {}", run.run_id), ["a", "b"].map(str::to_owned));
        let taking = Taking {
            batch_id: &batch,
            status: BatchStatus::Success,
            object_ids: &ids,
            redo: true,
            whole: true,
            files_out: &[],
            files_in: &[],
            rows: 10,
            shown: "",
        };
        let run = bench.committing("f", "2", "w").await;
        let load = Load::of(&run, &["a", "b"]);
        let without = load.commit(&run, &first.new_metadata);
        assert_eq!(bench.store.commit_run(&without).await.unwrap(), CommitOutcome::AlreadyIngested);
        let commit = Commit { taking: Some(&taking), ..load.commit(&run, &first.new_metadata) };
        for _ in 0..2 {
            assert_eq!(
                bench.store.commit_run(&commit).await.unwrap(),
                CommitOutcome::Committed,
                "also when it is repeated"
            );
        }
        let mut tx = bench.store.read().await.unwrap();
        let new = format!("batch of {}", run.run_id);
        assert!(tx.ledger_after("f", "").await.unwrap().iter().all(|entry| entry.batch_id == new && !entry.undone()));
        assert_eq!(tx.batch(&scope(), &batch).await.unwrap().unwrap().status, "inactive");
    })
    .await;
}
