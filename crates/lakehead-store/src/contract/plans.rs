//! Plans: stored once, whole, under the current claim.

use lakehead_model::plan::PlannedObject;

use super::{Bench, new_run, on_each};
use crate::StoreError;
use crate::db::Sql;

fn objects(count: usize) -> Vec<PlannedObject> {
    (0..count)
        .map(|n| {
            PlannedObject::pin("bucket", &format!("a\0b/\u{1f600} {n}\\u0000"), Some("e".into()), None, 3, n as i64)
        })
        .collect()
}

#[tokio::test]
async fn a_plan_keeps_its_order_and_the_first_one_stays() {
    on_each(async |bench: Bench| {
        let run_id = bench.run_due("f", "1").await;
        let run = bench.store.claim_run("w", 60_000, 64).await.unwrap().unwrap();
        let plan = objects(2_500);
        let mut tx = bench.store.write().await.unwrap();
        assert_eq!(tx.plan(&run_id).await.unwrap(), None);
        assert!(tx.save_plan(&run_id, run.epoch, &plan).await.unwrap());
        assert_eq!(tx.plan(&run_id).await.unwrap().as_ref(), Some(&plan));
        assert!(tx.save_plan(&run_id, run.epoch, &objects(1)).await.unwrap());
        assert_eq!(tx.plan(&run_id).await.unwrap(), Some(plan));
        tx.commit().await.unwrap();
        let row = bench.run_row(&run_id).await;
        assert_eq!((row.plan_count, row.plan_sha256.map(|hash| hash.len())), (Some(2_500), Some(64)));
    })
    .await;
}

#[tokio::test]
async fn an_empty_plan_is_a_plan() {
    on_each(async |bench: Bench| {
        let run_id = bench.run_due("f", "1").await;
        let run = bench.store.claim_run("w", 60_000, 64).await.unwrap().unwrap();
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.save_plan(&run_id, run.epoch, &[]).await.unwrap());
        assert_eq!(tx.plan(&run_id).await.unwrap(), Some(vec![]));
    })
    .await;
}

#[tokio::test]
async fn an_owner_whose_claim_was_lost_stores_no_plan() {
    on_each(async |bench: Bench| {
        let run_id = bench.run_due("f", "1").await;
        let old = bench.store.claim_run("w1", -1, 64).await.unwrap().unwrap();
        let new = bench.store.claim_run("w2", 60_000, 64).await.unwrap().unwrap();
        let mut tx = bench.store.write().await.unwrap();
        assert!(!tx.save_plan(&run_id, old.epoch, &objects(1)).await.unwrap());
        assert_eq!(tx.plan(&run_id).await.unwrap(), None);
        assert!(tx.save_plan(&run_id, new.epoch, &objects(2)).await.unwrap());
        assert!(!tx.save_plan(&run_id, old.epoch, &objects(1)).await.unwrap());
        assert_eq!(tx.plan(&run_id).await.unwrap().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_plan_with_a_missing_row_is_not_taken_for_a_plan() {
    on_each(async |bench: Bench| {
        let run_id = bench.run_due("f", "1").await;
        let run = bench.store.claim_run("w", 60_000, 64).await.unwrap().unwrap();
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.save_plan(&run_id, run.epoch, &objects(3)).await.unwrap());
        tx.conn.run(&Sql::same("DELETE FROM run_plan WHERE ord = 1"), &[]).await.unwrap();
        assert!(matches!(tx.plan(&run_id).await, Err(StoreError::Damaged { what: "plan" })));
    })
    .await;
}

#[tokio::test]
async fn a_plan_is_replaced_whole_by_the_current_owner_only() {
    on_each(async |bench: Bench| {
        let run_id = bench.run_due("f", "1").await;
        let old = bench.store.claim_run("w1", -1, 64).await.unwrap().unwrap();
        let new = bench.store.claim_run("w2", 60_000, 64).await.unwrap().unwrap();
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.save_plan(&run_id, new.epoch, &objects(3)).await.unwrap());
        assert!(!tx.replace_plan(&run_id, old.epoch, &objects(1)).await.unwrap());
        assert_eq!(tx.plan(&run_id).await.unwrap(), Some(objects(3)));
        assert!(tx.replace_plan(&run_id, new.epoch, &objects(2)).await.unwrap());
        assert_eq!(tx.plan(&run_id).await.unwrap(), Some(objects(2)));
        assert!(tx.replace_plan(&run_id, new.epoch, &[]).await.unwrap());
        assert_eq!(tx.plan(&run_id).await.unwrap(), Some(vec![]));
    })
    .await;
}

#[tokio::test]
async fn parts_become_the_plans_of_several_runs_at_once_or_not_at_all() {
    on_each(async |bench: Bench| {
        let run_id = bench.run_due("f", "1").await;
        let old = bench.store.claim_run("w1", -1, 64).await.unwrap().unwrap();
        let all = objects(5_300);
        let mut tx = bench.store.write().await.unwrap();
        // A listing that did not come to its end.
        tx.add_part(&run_id, old.epoch, 0, &all[..2_000]).await.unwrap().unwrap();
        tx.add_part(&run_id, old.epoch, 2_000, &all[..2_000]).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(bench.store.read().await.unwrap().plan(&run_id).await.unwrap(), None);

        let run = bench.store.claim_run("w2", 60_000, 64).await.unwrap().unwrap();
        let mut tx = bench.store.write().await.unwrap();
        assert_eq!(tx.add_part(&run_id, old.epoch, 0, &all).await.unwrap(), None, "the claim was lost");
        let mut parts = Vec::new();
        for objects in all.chunks(2_500) {
            let from = parts.last().map_or(0, crate::PlanPart::end);
            parts.push(tx.add_part(&run_id, run.epoch, from, objects).await.unwrap().unwrap());
        }
        let first = parts.remove(0);
        let others: Vec<_> =
            parts.into_iter().enumerate().map(|(n, part)| (new_run("f", &format!("part {n}"), 0), part)).collect();
        assert!(!tx.save_parts(&run_id, old.epoch, &first, &others).await.unwrap());
        assert!(tx.save_parts(&run_id, run.epoch, &first, &others).await.unwrap());
        tx.commit().await.unwrap();

        let ids = [&run_id, &others[0].0.run_id, &others[1].0.run_id];
        let mut tx = bench.store.write().await.unwrap();
        for (id, expected) in ids.into_iter().zip(all.chunks(2_500)) {
            assert_eq!(tx.plan(id).await.unwrap().as_deref(), Some(expected));
        }
        // What is put in place of one leaves the others alone.
        assert!(tx.replace_plan(&run_id, run.epoch, &all[3..7]).await.unwrap());
        assert_eq!(tx.plan(ids[0]).await.unwrap().as_deref(), Some(&all[3..7]));
        assert_eq!(tx.plan(ids[1]).await.unwrap().as_deref(), Some(&all[2_500..5_000]));
        tx.commit().await.unwrap();
    })
    .await;
}
