//! Data files of several batches, and what maintenance leaves for the collector.

use super::commits::{Load, pointer, table};
use super::{Bench, foreign_scopes, on_each, scope};
use crate::db::Sql;
use crate::{Commit, CommitOutcome, Moved, RunRow, TablePlace, Upkeep};

/// A commit of maintenance on top of `base`.
fn upkeep<'a>(
    load: &'a Load,
    run: &'a RunRow,
    base: &'a str,
    moved: &'a [Moved],
    upkeep: &'a Upkeep<'a>,
) -> Commit<'a> {
    let commit = load.commit(run, base);
    Commit { ledger: &[], batch: None, files: &[], failures: &[], moved, upkeep: Some(upkeep), ..commit }
}

fn moved(from: &[&str], to: &str, file_records: i64, left_behind: &[&str]) -> Vec<Moved> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    vec![Moved { from: texts(from), to: to.to_owned(), size_bytes: 7, file_records, left_behind: texts(left_behind) }]
}

async fn set(bench: &Bench, sql: &Sql) {
    let mut tx = bench.store.write().await.unwrap();
    tx.conn.run(sql, &[]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Path, place, rows of the batch and all rows of each of its files.
async fn files(bench: &Bench, batch: &str) -> Vec<(String, i64, i64, i64)> {
    let files = bench.store.read().await.unwrap().files_of_batch(&scope(), batch).await.unwrap();
    files.into_iter().map(|file| (file.path, file.ord, file.records, file.file_records)).collect()
}

#[tokio::test]
async fn batches_share_a_file_and_part_again() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let (mut base, mut paths, mut batches) = ("m0".to_owned(), Vec::new(), Vec::new());
        for flow in ["f", "g"] {
            let run = bench.committing(flow, "1", "w").await;
            let load = Load::of(&run, &[flow]);
            bench.store.commit_run(&load.commit(&run, &base)).await.unwrap();
            base.clone_from(&load.new_metadata);
            paths.extend(load.files.iter().map(|file| file.path.clone()));
            batches.push(format!("batch of {}", run.run_id));
        }
        // Two files of the first batch and one of the second.
        let from: Vec<&str> = paths[..3].iter().map(String::as_str).collect();
        let nothing = Upkeep { table_id: "t", doomed: &[], grace_ms: 0 };
        let run = bench.committing("table:t", "1", "w").await;
        let load = Load::of(&run, &[]);
        let wrong = moved(&from, "large", 16, &[]);
        let outcome = bench.store.commit_run(&upkeep(&load, &run, &base, &wrong, &nothing)).await.unwrap();
        assert_eq!((outcome, pointer(&bench).await), (CommitOutcome::NotReplaceable, base.clone()), "a row is missing");
        let together = moved(&from, "large", 15, &[]);
        let outcome = bench.store.commit_run(&upkeep(&load, &run, &base, &together, &nothing)).await.unwrap();
        assert_eq!(outcome, CommitOutcome::Committed);
        assert_eq!(files(&bench, &batches[0]).await, [("large".to_owned(), 0, 10, 15)]);
        assert_eq!(files(&bench, &batches[1]).await[0], ("large".to_owned(), 0, 5, 15));
        assert_eq!(files(&bench, &batches[1]).await[1], (paths[3].clone(), 1, 5, 5));
        let mut tx = bench.store.read().await.unwrap();
        let large = ["large".to_owned()];
        assert_eq!(tx.files_at(&scope(), &large).await.unwrap()["large"].len(), 2);
        for foreign in foreign_scopes() {
            assert!(tx.files_at(&foreign, &large).await.unwrap().is_empty());
        }
        drop(tx);

        // The first batch goes: the other has the rest, and it keeps naming the file in which its rows were.
        let base = load.new_metadata.clone();
        let run = bench.committing("table:t", "2", "w").await;
        let load = Load::of(&run, &[]);
        let rest = moved(&["large"], "rest", 5, &[&batches[0]]);
        let outcome = bench.store.commit_run(&upkeep(&load, &run, &base, &rest, &nothing)).await.unwrap();
        assert_eq!(outcome, CommitOutcome::Committed);
        assert_eq!(files(&bench, &batches[0]).await, [("large".to_owned(), 0, 10, 15)]);
        assert_eq!(files(&bench, &batches[1]).await[0], ("rest".to_owned(), 0, 5, 5));
    })
    .await;
}

#[tokio::test]
async fn what_nothing_refers_to_is_noted_and_what_a_batch_has_is_not() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let first = Load::of(&run, &["a"]);
        bench.store.commit_run(&first.commit(&run, "m0")).await.unwrap();
        let of_batch = first.files[0].path.clone();
        let doomed = ["old".to_owned(), of_batch.clone()];
        let run = bench.committing("table:t", "1", "w").await;
        let load = Load::of(&run, &[]);
        let left = Upkeep { table_id: "t", doomed: &doomed, grace_ms: 0 };
        let commit = upkeep(&load, &run, &first.new_metadata, &[], &left);
        assert_eq!(bench.store.commit_run(&commit).await.unwrap(), CommitOutcome::Committed);
        let noted = |intents: Vec<crate::FileIntent>| intents.into_iter().map(|intent| intent.path).collect::<Vec<_>>();
        let found = bench.store.read().await.unwrap().collectable_intents(0, 9).await.unwrap();
        assert_eq!(noted(found), ["old"], "the batch has landed");
        set(&bench, &Sql::same("UPDATE batch SET status = 'inactive'")).await;
        let run = bench.committing("table:t", "2", "w").await;
        let again = Load::of(&run, &[]);
        let later = Upkeep { grace_ms: 3_600_000, ..left };
        let commit = upkeep(&again, &run, &load.new_metadata, &[], &later);
        assert_eq!(bench.store.commit_run(&commit).await.unwrap(), CommitOutcome::Committed);
        let mut tx = bench.store.read().await.unwrap();
        assert_eq!(tx.intended_among(&doomed).await.unwrap().len(), 2, "the batch is out");
        assert_eq!(noted(tx.collectable_intents(0, 9).await.unwrap()), ["old"], "its readers have time");
    })
    .await;
}

#[tokio::test]
async fn a_table_is_due_once_and_has_one_open_run() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        set(&bench, &Sql::same("INSERT INTO organisation (org, tenant_id, created_at) VALUES ('A@AdobeOrg', 'a', 1)"))
            .await;
        let sandbox = Sql::same(
            "INSERT INTO sandbox (org, id, name, title, kind, state, is_default, region, created_at, created_by,
                 modified_at, modified_by, etag)
             VALUES ('A@AdobeOrg', 's1', 'prod', 'Prod', 'production', 'active', 1, 'x', 1, 'x', 1, 'x', 1)",
        );
        set(&bench, &sandbox).await;
        let due = async |interval| bench.store.read().await.unwrap().due_table(interval, i64::MAX).await.unwrap();
        assert_eq!(due(0).await, None, "it did not change");
        assert!(bench.store.swap_pointer("t", "m0", "m1").await.unwrap());
        assert_eq!(due(3_600_000).await, None, "it was made just now");
        let place: TablePlace = due(0).await.unwrap();
        assert_eq!((place.dataset_id.as_str(), &place.scope.sandbox_id), ("t", &scope().sandbox_id));
        let run_id = bench.store.ask_maintenance(&place).await.unwrap().unwrap();
        assert_eq!(bench.store.ask_maintenance(&place).await.unwrap(), Some(run_id.clone()), "the same run");
        assert_eq!(due(0).await, None, "one at a time");
        let claimed = bench.store.claim_this(&run_id, "w", 60_000).await.unwrap().unwrap();
        assert_eq!((claimed.epoch, claimed.flow_id.as_str()), (1, "table:t"));
        assert_eq!(bench.store.claim_this(&run_id, "v", 60_000).await.unwrap(), None);
        let mut tx = bench.store.read().await.unwrap();
        assert_eq!(tx.table_places(Some("t"), "").await.unwrap().len(), 1);
        assert!(tx.table_places(Some("t"), "t").await.unwrap().is_empty());
        assert!(tx.table_places(Some("unknown"), "").await.unwrap().is_empty());
    })
    .await;
}
