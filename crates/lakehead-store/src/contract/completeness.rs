//! What a proof of completeness reads.

use super::commits::{Load, table};
use super::{Bench, foreign_scopes, on_each, scope};

#[tokio::test]
async fn ledger_batches_and_files_are_told_in_pages() {
    on_each(async |bench: Bench| {
        table(&bench).await;
        let run = bench.committing("f", "1", "w").await;
        let load = Load::of(&run, &["b", "a"]);
        bench.store.commit_run(&load.commit(&run, "m0")).await.unwrap();
        let batch = format!("batch of {}", run.run_id);
        let mut tx = bench.store.read().await.unwrap();

        let page = tx.ledger_after("f", "").await.unwrap();
        let told: Vec<_> =
            page.iter().map(|entry| (entry.object_id.as_str(), entry.key.as_str(), entry.rows)).collect();
        assert_eq!(told, [("a", "in/a", 10), ("b", "in/b", 10)]);
        assert!(page.iter().all(|entry| entry.batch_id == batch && entry.container == "bucket" && !entry.undone()));
        assert_eq!(tx.ledger_after("f", "a").await.unwrap().len(), 1);
        assert!(tx.ledger_after("g", "").await.unwrap().is_empty());
        assert_eq!(tx.ledger_of_batch_after(&batch, ("in/a", "a")).await.unwrap()[0].object_id, "b");

        let account = tx.accounts_after(&scope(), "d", "").await.unwrap().remove(0);
        let numbers =
            (account.read, account.written, account.failed, account.undone, account.in_files, account.in_ledger);
        assert_eq!(numbers, (11, 10, 1, 0, 10, 20));
        assert!(tx.accounts_after(&scope(), "d", &batch).await.unwrap().is_empty());

        let files = tx.active_files_after(&scope(), "d", ("", -1)).await.unwrap();
        assert_eq!(files.len(), 2);
        assert_eq!(tx.active_files_after(&scope(), "d", (&batch, 0)).await.unwrap(), files[1..]);
        let paths = vec![files[0].path.clone(), "unknown".to_owned()];
        let found = tx.files_at(&scope(), &paths).await.unwrap();
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [(paths[0].clone(), vec![(files[0].clone(), "success".to_owned())])]
        );
        for foreign in foreign_scopes() {
            assert!(tx.files_at(&foreign, &paths).await.unwrap().is_empty());
            assert!(tx.accounts_after(&foreign, "d", "").await.unwrap().is_empty());
            assert!(tx.active_files_after(&foreign, "d", ("", -1)).await.unwrap().is_empty());
        }
        assert!(tx.intended_among(&paths).await.unwrap().is_empty());
    })
    .await;
}
