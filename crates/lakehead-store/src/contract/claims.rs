//! Runs: unique slots, one owner, leases, fencing, lists.

use std::collections::HashSet;

use serde_json::json;

use super::{Bench, foreign_scopes, new_run, on_each, scope};
use crate::{PageKey, RunRow, RunState};

const LEASE_MS: i64 = 60_000;

/// Claims with `count` owners at the same time.
async fn race(bench: &Bench, count: usize) -> Vec<RunRow> {
    let claim = |n: usize| {
        let store = bench.store.clone();
        tokio::spawn(async move { store.claim_run(&format!("w{n}"), LEASE_MS, 64).await.unwrap() })
    };
    let claimers: Vec<_> = (0..count).map(claim).collect();
    let mut won = Vec::new();
    for claimer in claimers {
        won.extend(claimer.await.unwrap());
    }
    won
}

#[tokio::test]
async fn a_slot_gets_one_run_and_a_run_is_read_back_as_written() {
    on_each(async |bench: Bench| {
        let first = new_run("f", "2026", 7);
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.insert_run(&first).await.unwrap());
        assert!(!tx.insert_run(&new_run("f", "2026", 8)).await.unwrap());
        assert!(tx.insert_run(&new_run("g", "2026", 8)).await.unwrap());
        tx.commit().await.unwrap();
        let row = bench.run_row(&first.run_id).await;
        assert_eq!((row.state, row.epoch, row.attempts, row.owner), (RunState::Scheduled, 0, 0, None));
        assert_eq!((row.scope, row.etag, row.params, row.doc), (first.scope, first.etag, first.params, first.doc));
        let mut tx = bench.store.read().await.unwrap();
        for foreign in foreign_scopes() {
            assert_eq!(tx.run(&foreign, &first.run_id).await.unwrap(), None);
            assert_eq!(tx.count_runs(&foreign, None).await.unwrap(), 0);
            assert!(tx.runs(&foreign, None, None, 10).await.unwrap().is_empty());
            assert!(tx.runs(&foreign, Some("f"), None, 10).await.unwrap().is_empty());
        }
        assert_eq!(tx.count_runs(&scope(), None).await.unwrap(), 2);
        assert_eq!(tx.count_runs(&scope(), Some("f")).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_racing_claimers_one_wins() {
    on_each(async |bench: Bench| {
        for round in 0..10 {
            let run_id = bench.run_due(&format!("f{round}"), "1").await;
            let won = race(&bench, 2).await;
            assert_eq!(won.len(), 1);
            assert_eq!((won[0].run_id.as_str(), won[0].epoch, won[0].attempts), (run_id.as_str(), 1, 1));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_claimers_never_get_two_runs_of_one_flow() {
    on_each(async |bench: Bench| {
        for slot in ["1", "2", "3", "4"] {
            bench.run_due("f", slot).await;
        }
        assert_eq!(race(&bench, 4).await.len(), 1);
        assert!(bench.store.claim_run("late", LEASE_MS, 64).await.unwrap().is_none());
        let active = bench.store.read().await.unwrap().active_runs(&scope(), "f").await.unwrap();
        assert_eq!(active.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_claimers_share_the_runs_of_many_flows() {
    on_each(async |bench: Bench| {
        for flow in 0..8 {
            bench.run_due(&format!("f{flow}"), "1").await;
        }
        let mut won = HashSet::new();
        for _ in 0..2 {
            for run in race(&bench, 4).await {
                assert!(won.insert(run.run_id), "a run has one owner");
            }
        }
        assert_eq!(won.len(), 8);
    })
    .await;
}

#[tokio::test]
async fn the_oldest_due_run_comes_first_and_the_future_not_at_all() {
    on_each(async |bench: Bench| {
        let now_ms = bench.store.now_ms().await.unwrap();
        bench.run_due_at("future", "1", now_ms + 3_600_000).await;
        let newer = bench.run_due_at("a", "1", now_ms - 1).await;
        let older = bench.run_due_at("b", "1", now_ms - 2).await;
        assert_eq!(bench.store.claim_run("w", LEASE_MS, 64).await.unwrap().unwrap().run_id, older);
        assert_eq!(bench.store.claim_run("w", LEASE_MS, 64).await.unwrap().unwrap().run_id, newer);
        assert_eq!(bench.store.claim_run("w", LEASE_MS, 64).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_expired_lease_is_stolen_under_a_higher_epoch_and_the_old_owner_is_out() {
    on_each(async |bench: Bench| {
        let id = bench.run_due("f", "1").await;
        bench.run_due("f", "2").await;
        let old = bench.store.claim_run("w1", -1, 64).await.unwrap().unwrap();
        // Slot 2 must wait: the flow still has an active run, and that is the one to take over.
        let new = bench.store.claim_run("w2", LEASE_MS, 64).await.unwrap().unwrap();
        assert_eq!((new.run_id.as_str(), new.epoch, new.attempts), (id.as_str(), old.epoch + 1, 2));
        assert_eq!(new.owner.as_deref(), Some("w2"));
        let (store, running) = (&bench.store, RunState::Running);
        assert!(!store.renew_lease(&id, old.epoch, "w1", LEASE_MS).await.unwrap());
        assert!(!store.set_run_state(&id, old.epoch, "w1", running, None).await.unwrap());
        assert!(!store.set_run_state(&id, new.epoch, "w1", running, None).await.unwrap());
        let doc = json!({"status": "running"});
        assert!(store.set_run_state(&id, new.epoch, "w2", running, Some(&doc)).await.unwrap());
        let row = bench.run_row(&id).await;
        assert_eq!((row.state, &row.doc), (running, &doc));
        assert_ne!(row.etag, new.etag, "what the API shows has a new version");
        assert!(store.set_run_state(&id, new.epoch, "w2", RunState::Committing, None).await.unwrap());
        assert_eq!(bench.run_row(&id).await.doc, doc, "no document means: as it was");
    })
    .await;
}

#[tokio::test]
async fn a_renewed_lease_is_not_stolen() {
    on_each(async |bench: Bench| {
        let id = bench.run_due("f", "1").await;
        let run = bench.store.claim_run("w1", -1, 64).await.unwrap().unwrap();
        assert!(bench.store.renew_lease(&id, run.epoch, "w1", LEASE_MS).await.unwrap());
        assert_eq!(bench.store.claim_run("w2", LEASE_MS, 64).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn fencing_a_flow_fails_its_active_run_and_removes_the_waiting_ones() {
    on_each(async |bench: Bench| {
        let id = bench.run_due("f", "1").await;
        let held = bench.store.claim_run("w", LEASE_MS, 64).await.unwrap().unwrap();
        bench.run_due("f", "2").await;
        let other = bench.run_due("g", "1").await;
        let mut tx = bench.store.write().await.unwrap();
        for foreign in foreign_scopes() {
            assert!(tx.fence_flow(&foreign, "f").await.unwrap().is_empty());
        }
        let fenced = tx.fence_flow(&scope(), "f").await.unwrap();
        assert_eq!(fenced.len(), 1);
        assert!(tx.set_run_doc(&scope(), &id, &json!({"status": "failed"})).await.unwrap());
        assert!(tx.active_runs(&scope(), "f").await.unwrap().is_empty());
        assert_eq!(tx.count_runs(&scope(), Some("f")).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let row = bench.run_row(&id).await;
        assert_eq!((row.state, row.epoch), (RunState::Failed, held.epoch + 1));
        assert_eq!(row.doc, json!({"status": "failed"}));
        assert!(!bench.store.renew_lease(&id, held.epoch, "w", LEASE_MS).await.unwrap());
        assert_eq!(bench.store.claim_run("w", LEASE_MS, 64).await.unwrap().unwrap().run_id, other);
    })
    .await;
}

#[tokio::test]
async fn pages_of_runs_are_newest_first_and_complete() {
    on_each(async |bench: Bench| {
        for n in 0..9 {
            bench.run_due_at(if n % 2 == 0 { "f" } else { "g" }, &n.to_string(), n / 3).await;
        }
        for (flow, count) in [(None, 9), (Some("f"), 5)] {
            let mut tx = bench.store.read().await.unwrap();
            let all = tx.runs(&scope(), flow, None, 100).await.unwrap();
            assert_eq!(all.len(), count);
            assert!(all.windows(2).all(|w| (w[0].created_at_ms, &w[0].run_id) > (w[1].created_at_ms, &w[1].run_id)));
            let mut seen: Vec<RunRow> = Vec::new();
            loop {
                let key = |run: &RunRow| PageKey { created_at_ms: run.created_at_ms, id: run.run_id.clone() };
                let after = seen.last().map(key);
                let page = tx.runs(&scope(), flow, after.as_ref(), 2).await.unwrap();
                if page.is_empty() {
                    break;
                }
                seen.extend(page);
            }
            assert_eq!(seen, all);
        }
    })
    .await;
}

#[tokio::test]
async fn a_released_run_is_claimed_at_once_and_its_attempt_does_not_count() {
    on_each(async |bench: Bench| {
        let id = bench.run_due("f", "1").await;
        let run = bench.store.claim_run("w1", LEASE_MS, 64).await.unwrap().unwrap();
        assert!(!bench.store.release_run(&id, run.epoch + 1, "w1").await.unwrap());
        assert!(!bench.store.release_run(&id, run.epoch, "w2").await.unwrap());
        assert_eq!(bench.store.claim_run("w2", LEASE_MS, 64).await.unwrap(), None);
        assert!(bench.store.release_run(&id, run.epoch, "w1").await.unwrap());
        let next = bench.store.claim_run("w2", LEASE_MS, 64).await.unwrap().unwrap();
        assert_eq!((next.run_id, next.epoch, next.attempts), (id, run.epoch + 1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_lease_of_a_clock_that_was_set_back_does_not_hold_a_run_for_years() {
    on_each(async |bench: Bench| {
        let id = bench.run_due("f", "1").await;
        let a_year_ms = 365 * 86_400_000;
        bench.store.claim_run("w1", a_year_ms, 64).await.unwrap().unwrap();
        let next = bench.store.claim_run("w2", LEASE_MS, 64).await.unwrap().unwrap();
        assert_eq!((next.run_id, next.epoch), (id, 2));
        // A colleague with a somewhat longer lease than ours is let alone.
        bench.run_due("g", "1").await;
        bench.store.claim_run("w1", 5 * LEASE_MS, 64).await.unwrap().unwrap();
        assert_eq!(bench.store.claim_run("w2", LEASE_MS, 64).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_waits_behind_an_active_run_does_not_hold_up_other_flows() {
    on_each(async |bench: Bench| {
        let now_ms = bench.store.now_ms().await.unwrap();
        bench.run_due_at("busy", "1", now_ms - 9).await;
        bench.store.claim_run("w", LEASE_MS, 64).await.unwrap().unwrap();
        bench.run_due_at("busy", "2", now_ms - 8).await;
        let other = bench.run_due_at("other", "1", now_ms - 1).await;
        assert_eq!(bench.store.claim_run("w", LEASE_MS, 64).await.unwrap().unwrap().run_id, other);
        assert_eq!(bench.store.claim_run("w", LEASE_MS, 64).await.unwrap(), None);
    })
    .await;
}

/// A run of a flow in another sandbox of the same organisation, due before all others.
async fn run_of_neighbour(bench: &Bench, flow: &str, slot: &str) {
    let mut run = new_run(flow, slot, bench.store.now_ms().await.unwrap() - 100_000);
    run.scope.sandbox_id = "neighbour".to_owned();
    let mut tx = bench.store.write().await.unwrap();
    assert!(tx.insert_run(&run).await.unwrap());
    tx.commit().await.unwrap();
}

/// Claims and ends one run after the other, with one at work at a time; the flows in their order.
async fn served(bench: &Bench, count: usize) -> Vec<String> {
    let mut flows = Vec::new();
    for _ in 0..count {
        let run = bench.store.claim_run("w", LEASE_MS, 64).await.unwrap().unwrap();
        let mut tx = bench.store.write().await.unwrap();
        tx.cancel_run(&run.scope, &run.run_id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        flows.push(run.flow_id);
    }
    flows
}

#[tokio::test]
async fn sandboxes_take_turns_and_so_do_their_flows() {
    on_each(async |bench: Bench| {
        // The neighbour has waited longer with everything it has, and has much.
        for slot in ["1", "2", "3", "4"] {
            run_of_neighbour(&bench, "many", slot).await;
        }
        for slot in ["1", "2"] {
            run_of_neighbour(&bench, "other", slot).await;
        }
        bench.run_due("mine", "1").await;
        bench.run_due("mine", "2").await;
        let flows = served(&bench, 8).await;
        assert_eq!(flows.iter().filter(|flow| *flow == "mine").count(), 2);
        assert!(flows[..4].iter().filter(|flow| *flow == "mine").count() == 2, "every second turn: {flows:?}");
        let theirs: Vec<_> = flows.iter().filter(|flow| *flow != "mine").map(String::as_str).collect();
        assert!(theirs[..2].contains(&"other") && theirs[2..4].contains(&"other"), "{flows:?}");
    })
    .await;
}

#[tokio::test]
async fn a_sandbox_has_a_bounded_number_of_runs_at_work() {
    on_each(async |bench: Bench| {
        for flow in ["a", "b", "c"] {
            run_of_neighbour(&bench, flow, "1").await;
        }
        bench.run_due("mine", "1").await;
        let mut claimed = Vec::new();
        while let Some(run) = bench.store.claim_run("w", LEASE_MS, 2).await.unwrap() {
            claimed.push(run.flow_id);
        }
        assert_eq!(claimed.len(), 3, "two of the neighbour and mine: {claimed:?}");
        assert!(claimed[..2].contains(&"mine".to_owned()), "the sandbox without a run at work is next: {claimed:?}");
    })
    .await;
}
