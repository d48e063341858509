//! Notes on runs, one version at a time; runs that wait, stopped; runs that are called off.

use serde_json::json;

use super::{Bench, foreign_scopes, on_each, scope};
use crate::{RunState, StoreError};

const LEASE_MS: i64 = 60_000;

#[tokio::test]
async fn a_note_is_for_the_version_that_was_read() {
    on_each(async |bench: Bench| {
        let id = bench.run_due("f", "1").await;
        let before = bench.run_row(&id).await;
        let (params, doc) = (json!({"members": {"x": 1}}), json!({"status": "noted"}));
        let mut tx = bench.store.write().await.unwrap();
        for foreign in foreign_scopes() {
            let refused = tx.note_run(&foreign, &id, &before.etag, &params, &doc).await;
            assert!(matches!(refused, Err(StoreError::Stale)));
        }
        let etag = tx.note_run(&scope(), &id, &before.etag, &params, &doc).await.unwrap();
        let again = tx.note_run(&scope(), &id, &before.etag, &json!({}), &json!({})).await;
        assert!(matches!(again, Err(StoreError::Stale)), "the version is another one now");
        tx.commit().await.unwrap();
        let after = bench.run_row(&id).await;
        assert_eq!((after.params, after.doc, after.etag, after.state), (params, doc, etag, before.state));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_notes_that_race_on_one_version_one_is_kept() {
    on_each(async |bench: Bench| {
        let id = bench.run_due("f", "1").await;
        let was = bench.run_row(&id).await.etag;
        let note = |n: i32| {
            let (store, id, was) = (bench.store.clone(), id.clone(), was.clone());
            async move {
                let mut tx = store.write().await.unwrap();
                let noted = tx.note_run(&scope(), &id, &was, &json!({"n": n}), &json!({})).await;
                tx.commit().await.unwrap();
                noted.is_ok().then_some(n)
            }
        };
        let racers: Vec<_> = (0..8).map(|n| tokio::spawn(note(n))).collect();
        let mut won = Vec::new();
        for racer in racers {
            won.extend(racer.await.unwrap());
        }
        assert_eq!(won.len(), 1);
        assert_eq!(bench.run_row(&id).await.params, json!({"n": won[0]}));
    })
    .await;
}

#[tokio::test]
async fn the_waiting_runs_of_a_flow_are_stopped_and_the_working_one_is_not() {
    on_each(async |bench: Bench| {
        bench.run_due("f", "1").await;
        let working = bench.store.claim_run("w", LEASE_MS, 64).await.unwrap().unwrap();
        let waiting = bench.run_due("f", "2").await;
        let other = bench.run_due("g", "1").await;
        let mut tx = bench.store.write().await.unwrap();
        for foreign in foreign_scopes() {
            assert!(tx.stop_waiting_runs(&foreign, "f").await.unwrap().is_empty());
        }
        let stopped = tx.stop_waiting_runs(&scope(), "f").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(stopped.iter().map(|run| &run.run_id).collect::<Vec<_>>(), [&waiting]);
        assert_eq!(bench.run_row(&waiting).await.state, RunState::Failed);
        assert!(bench.store.renew_lease(&working.run_id, working.epoch, "w", LEASE_MS).await.unwrap());
        assert_eq!(bench.store.claim_run("w", LEASE_MS, 64).await.unwrap().unwrap().run_id, other);
    })
    .await;
}

#[tokio::test]
async fn a_run_is_called_off_until_it_has_ended_and_its_owner_finds_the_fence_closed() {
    on_each(async |bench: Bench| {
        bench.run_due("f", "1").await;
        let working = bench.store.claim_run("w", LEASE_MS, 64).await.unwrap().unwrap();
        let waiting = bench.run_due("g", "1").await;
        assert!(bench.store.holds_run(&working.run_id, working.epoch, "w").await.unwrap());
        for id in [&working.run_id, &waiting] {
            let mut tx = bench.store.write().await.unwrap();
            for foreign in foreign_scopes() {
                assert!(tx.cancel_run(&foreign, id).await.unwrap().is_none());
            }
            assert_eq!(tx.cancel_run(&scope(), id).await.unwrap().unwrap().state, RunState::Failed);
            assert!(tx.cancel_run(&scope(), id).await.unwrap().is_none(), "it has ended");
            tx.commit().await.unwrap();
        }
        assert!(!bench.store.holds_run(&working.run_id, working.epoch, "w").await.unwrap());
        assert!(!bench.store.renew_lease(&working.run_id, working.epoch, "w", LEASE_MS).await.unwrap());
        let to = RunState::Committing;
        assert!(!bench.store.set_run_state(&working.run_id, working.epoch, "w", to, None).await.unwrap());
        assert_eq!(bench.store.claim_run("w", LEASE_MS, 64).await.unwrap(), None);
    })
    .await;
}
