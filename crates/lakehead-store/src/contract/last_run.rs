//! Lists of runs and the last run of flows follow every change of a run.

use lakehead_model::Etag;
use lakehead_model::query::Query;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Bench, foreign_scopes, keyring, new_run, on_each, scope};
use crate::db::Sql;
use crate::{Document, DocumentKey, DocumentKind, FailedRun, Listed, Listing, RunState, Store, Tx};

const FLOWS: Listed = Listed::Documents(DocumentKind::Flow);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct AFlow {
    id: String,
    etag: Etag,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Document for AFlow {
    const KIND: DocumentKind = DocumentKind::Flow;

    fn key(&self) -> DocumentKey<'_> {
        DocumentKey { id: self.id.clone(), etag: &self.etag, name: None, state: None, created_at_ms: 5 }
    }
}

async fn flow(bench: &Bench, id: &str, rest: Value) -> AFlow {
    let flow = AFlow { id: id.into(), etag: Etag::generate(), rest: rest.as_object().unwrap().clone() };
    let mut tx = bench.store.write().await.unwrap();
    tx.insert(&scope(), &flow).await.unwrap();
    tx.commit().await.unwrap();
    flow
}

async fn found(tx: &mut Tx, of: Listed, filter: &str, labels: Option<&[String]>) -> Vec<Value> {
    let query = Query::parse_any([filter]).unwrap();
    let listing = Listing { scope: &scope(), of, query: &query, order: &[], labels };
    let page = tx.page(&listing, None, 100).await.unwrap();
    assert_eq!(tx.count_matching(&listing).await.unwrap(), page.items.len() as u64);
    page.items.iter().map(|item| serde_json::from_str(item).unwrap()).collect()
}

/// The flow is found by this state of its last run, and by no other.
async fn last_run_is(bench: &Bench, run_id: &str, state: &str) {
    let mut tx = bench.store.read().await.unwrap();
    for known in ["scheduled", "inProgress", "success", "failed"] {
        let flows = found(&mut tx, FLOWS, &format!("lastRunDetails.state=={known}"), None).await;
        assert_eq!(flows.len(), usize::from(known == state), "{known}, expected {state}");
        assert!(flows.iter().all(|flow| flow["lastRunDetails"]["id"] == run_id), "{flows:?}");
    }
}

#[tokio::test]
async fn the_last_run_of_a_flow_is_noted_with_every_change() {
    on_each(async |bench: Bench| {
        let stored = flow(&bench, "f", json!({"name": "one"})).await;
        last_run_is(&bench, "", "none").await;
        let first = bench.run_due("f", "1").await;
        last_run_is(&bench, "", "none").await;
        let run = bench.store.claim_run("w", 60_000, 64).await.unwrap().unwrap();
        last_run_is(&bench, &first, "inProgress").await;
        let doc = json!({"state": "inProgress", "metrics": {"durationSummary": {"startedAtUTC": 1000}}});
        assert!(bench.store.set_run_state(&first, run.epoch, "w", RunState::Running, Some(&doc)).await.unwrap());
        let mut tx = bench.store.read().await.unwrap();
        for (filter, count) in [("lastRunDetails.startedAtUTC>=1000", 1), ("lastRunDetails.startedAtUTC>1000", 0)] {
            assert_eq!(found(&mut tx, FLOWS, filter, None).await.len(), count, "{filter}");
        }
        drop(tx);
        // A change of the flow itself keeps what its runs said.
        let renamed = AFlow {
            etag: Etag::generate(),
            rest: json!({"name": "two"}).as_object().unwrap().clone(),
            ..stored.clone()
        };
        let mut tx = bench.store.write().await.unwrap();
        tx.replace(&scope(), &renamed, &stored.etag).await.unwrap();
        tx.commit().await.unwrap();
        last_run_is(&bench, &first, "inProgress").await;

        let doc =
            json!({"state": "failed", "metrics": {"durationSummary": {"startedAtUTC": 1000, "completedAtUTC": 2000}}});
        let failed = FailedRun {
            run_id: &first,
            epoch: run.epoch,
            owner: "w",
            batch: None,
            failures: &[],
            cleared_intents: &[],
            run_doc: &doc,
            event: &json!({}),
        };
        assert!(bench.store.fail_run(&failed).await.unwrap());
        last_run_is(&bench, &first, "failed").await;
        let shown = bench.store.shown(&scope(), FLOWS, "f").await.unwrap().unwrap();
        let shown: Value = serde_json::from_str(&shown.json).unwrap();
        let expected = json!({"id": first, "state": "failed", "startedAtUTC": 1000, "completedAtUTC": 2000});
        assert_eq!(shown["lastRunDetails"], expected);

        // A newer run takes its place when it begins, not while it waits.
        let mut newer = new_run("f", "2", bench.store.now_ms().await.unwrap() + 60_000);
        newer.doc = json!({"id": newer.run_id});
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.insert_run(&newer).await.unwrap());
        tx.commit().await.unwrap();
        last_run_is(&bench, &first, "failed").await;
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.fence_flow(&scope(), "f").await.unwrap().is_empty());
        tx.commit().await.unwrap();
        last_run_is(&bench, &first, "failed").await;
        let mut tx = bench.store.read().await.unwrap();
        assert!(found(&mut tx, Listed::Runs, &format!("id=={}", newer.run_id), None).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn runs_are_found_by_what_they_show() {
    on_each(async |bench: Bench| {
        for (flow, slot) in [("f", "1"), ("g", "2")] {
            let mut run = new_run(flow, slot, 1000);
            run.doc = json!({"id": run.run_id, "flowId": flow, "state": "scheduled",
                "metrics": {"statusSummary": {"status": "scheduled", "errors": [{"code": "C", "message": "long"}]},
                    "fileSummary": {"manifest": {"fileInfo": [{"path": "p"}]}}}});
            let mut tx = bench.store.write().await.unwrap();
            tx.insert_run(&run).await.unwrap();
            tx.commit().await.unwrap();
        }
        let run = bench.store.claim_run("w", 60_000, 64).await.unwrap().unwrap();
        let mut tx = bench.store.write().await.unwrap();
        let noted = json!({"members": {"parentFlowRunId": "p1"}});
        tx.note_run(&scope(), &run.run_id, &run.etag, &noted, &run.doc).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = bench.store.read().await.unwrap();
        for (filter, count) in [
            ("flowId==f", 1),
            ("flowId==f,g", 2),
            ("metrics.statusSummary.status==Scheduled", 2),
            ("metrics.statusSummary.errors[].code==C", 2),
            ("metrics.statusSummary.errors[].message==long", 0),
            ("metrics.fileSummary.manifest.fileInfo[].path==p", 0),
            ("parentFlowRunId==p1", 1),
        ] {
            assert_eq!(found(&mut tx, Listed::Runs, filter, None).await.len(), count, "{filter}");
        }
        let listed = found(&mut tx, Listed::Runs, "parentFlowRunId==p1", None).await.swap_remove(0);
        let row = tx.run(&scope(), &run.run_id).await.unwrap().unwrap();
        assert_eq!(listed, row.shown(), "a list shows what the run shows alone");
        let one = bench.store.shown(&scope(), Listed::Runs, &run.run_id).await.unwrap().unwrap();
        assert_eq!((one.json, one.etag), (row.shown().to_string(), row.etag));
    })
    .await;
}

#[tokio::test]
async fn a_flow_with_a_label_that_the_caller_does_not_hold_is_left_out_with_its_runs() {
    on_each(async |bench: Bench| {
        for (id, rest) in [("f", json!({"labels": ["C1", "C2"]})), ("g", json!({"labels": ["C1"]})), ("h", json!({}))] {
            flow(&bench, id, rest).await;
            bench.run_due(id, "1").await;
        }
        let mut tx = bench.store.read().await.unwrap();
        for (held, count) in [(None, 3), (Some(&["C1", "C2", "C3"][..]), 3), (Some(&["C1"]), 2), (Some(&[]), 1)] {
            let held: Option<Vec<String>> = held.map(|held| held.iter().map(|label| (*label).to_owned()).collect());
            for of in [FLOWS, Listed::Runs] {
                let flows = found(&mut tx, of, "nothing!=x", held.as_deref()).await;
                assert_eq!(flows.len(), count, "{of:?} {held:?}");
            }
        }
        drop(tx);
        // The runs of a flow that is gone are as hidden as they were.
        let mut tx = bench.store.write().await.unwrap();
        assert!(tx.delete::<AFlow>(&scope(), "f").await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = bench.store.read().await.unwrap();
        for (held, flows, runs) in [(None, 2, 3), (Some(vec!["C1".to_owned()]), 2, 2), (Some(vec![]), 1, 1)] {
            for (of, count) in [(FLOWS, flows), (Listed::Runs, runs)] {
                assert_eq!(found(&mut tx, of, "nothing!=x", held.as_deref()).await.len(), count, "{of:?} {held:?}");
            }
        }
        let both = ["C1".to_owned(), "C2".to_owned()];
        for (flow, held, lacks) in
            [("f", &both[..1], true), ("f", &both, false), ("g", &both[..1], false), ("h", &[], false)]
        {
            assert_eq!(tx.lacks_label(&scope(), flow, held).await.unwrap(), lacks, "{flow} {held:?}");
            for foreign in foreign_scopes() {
                assert!(!tx.lacks_label(&foreign, flow, held).await.unwrap(), "{flow}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_run_of_an_earlier_version_is_noted_at_the_upgrade() {
    on_each(async |bench: Bench| {
        flow(&bench, "f", json!({})).await;
        let run = bench.run_due("f", "1").await;
        bench.store.claim_run("w", 60_000, 64).await.unwrap().unwrap();
        let mut tx = bench.store.write().await.unwrap();
        for old in ["DELETE FROM field", "UPDATE backfill SET done = 0", "UPDATE document SET last_run = NULL"] {
            tx.conn.run(&Sql::same(old), &[]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let again = Store::open(&bench.url, keyring(&bench.key)).await.unwrap();
        last_run_is(&bench, &run, "inProgress").await;
        again.close().await;
    })
    .await;
}
