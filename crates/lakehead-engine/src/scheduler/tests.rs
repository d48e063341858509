//! Which slots get a run, by whom, and how often.

use lakehead_model::connection::{Connection, NewConnection};
use lakehead_model::dataset::{Dataset, NewDataset};
use lakehead_model::flow::NewFlow;
use lakehead_model::id::random_hex;
use lakehead_model::schedule::ScheduleRules;
use lakehead_model::source_connection::{NewSourceConnection, SourceConnection};
use lakehead_model::specs::{AMAZON_S3, CLOUD_STORAGE_TO_LAKE, DATA_LAKE};
use lakehead_model::target_connection::{NewTargetConnection, TargetConnection};
use lakehead_model::{Actor, Scope};
use lakehead_store::{Keyring, RunRow, Sandbox};

use super::*;
use lakehead_model::state::Mode;

fn schedule(interval_s: i64, next_slot: i64) -> Schedule {
    let scope = Scope { org: "o".into(), sandbox_id: "s".into(), sandbox_name: "n".into() };
    Schedule { scope, flow_id: "f".into(), start_s: 1000, interval_s, next_slot, next_due_ms: None, enabled: true }
}

#[test]
fn missed_slots_are_made_up_for_by_the_latest() {
    assert_eq!(latest_due_slot(&schedule(60, 1), 1_060_000), 1);
    assert_eq!(latest_due_slot(&schedule(60, 1), 1_119_999), 1);
    assert_eq!(latest_due_slot(&schedule(60, 1), 1_300_000), 5);
    assert_eq!(latest_due_slot(&schedule(0, 0), 9_999_999), 0, "once is once");
}

#[test]
fn a_clock_that_went_back_never_repeats_a_slot() {
    assert_eq!(latest_due_slot(&schedule(60, 7), 1_000_000), 7);
}

fn scope() -> Scope {
    Scope { org: "o".into(), sandbox_id: "s".into(), sandbox_name: "n".into() }
}

async fn open(folder: &tempfile::TempDir, key: &str) -> Store {
    let url = format!("sqlite://{}", folder.path().join("lakehead.db").display());
    Store::open(&url, Keyring::from_env_text(&key.to_owned().into()).unwrap()).await.unwrap()
}

/// A flow that runs every hour, three slots of which are past.
async fn hourly_flow(store: &Store) -> String {
    let (scope, actor) = (scope(), Actor { user: "u".into(), client: "c".into() });
    let mut tx = store.write().await.unwrap();
    tx.ensure_org(&scope.org, "o").await.unwrap();
    let prod = tx.default_sandbox(&scope.org).await.unwrap().unwrap();
    let sandbox = Sandbox { id: scope.sandbox_id.clone(), name: "n".into(), is_default: false, ..prod };
    tx.insert_sandbox(&scope.org, &sandbox).await.unwrap();
    let start_s = tx.now_ms().await.unwrap() / 1000 - 2 * 3600 - 60;
    let rules = ScheduleRules { min_interval_minutes: 15, start_grace_s: 60 };
    let body = json!({"name": "S3", "connectionSpec": {"id": AMAZON_S3},
        "auth": {"specName": "Access Key", "params": {"s3AccessKey": "a", "s3SecretKey": "b"}}});
    let base = Connection::new(&NewConnection::parse(&body).unwrap(), Mode::Complete, &scope, &actor, 1).unwrap().0;
    let body = json!({"name": "files", "baseConnectionId": base.id, "data": {"format": "json"},
        "params": {"path": "b/f"}, "connectionSpec": {"id": AMAZON_S3}});
    let source = NewSourceConnection::parse(&body, Mode::Complete).unwrap();
    let source = SourceConnection::new(&source, Mode::Complete, &base, &scope, &actor, 1).unwrap();
    let body = json!({"name": "d", "schemaRef": {"id": "x"}});
    let dataset = Dataset::new(&NewDataset::parse(&body).unwrap(), &scope, &actor, 1);
    let body = json!({"name": "lake", "data": {"format": "delimited"}, "params": {"dataSetId": dataset.id},
        "connectionSpec": {"id": DATA_LAKE}});
    let target = NewTargetConnection::parse(&body, Mode::Complete).unwrap();
    let target = TargetConnection::new(&target, Mode::Complete, Some(&dataset), &scope, &actor, 1).unwrap();
    let body = json!({
        "name": "flow", "flowSpec": {"id": CLOUD_STORAGE_TO_LAKE, "version": "1.0"},
        "sourceConnectionIds": [source.id], "targetConnectionIds": [target.id],
        "transformations": [{"name": "Mapping", "params": {"mappingId": "0123456789abcdef", "mappingVersion": "0"}}],
        "scheduleParams": {"startTime": start_s.to_string(), "frequency": "hour", "interval": "1"},
    });
    let flow = NewFlow::parse(&body, Mode::Complete, rules, &[]).unwrap();
    let flow = Flow::new(&flow, Mode::Complete, &source, &target, rules, &scope, &actor, start_s * 1000).unwrap();
    let flow_id = flow.id.to_string();
    tx.insert(&scope, &flow).await.unwrap();
    tx.put_schedule(&due(&flow_id, start_s)).await.unwrap();
    tx.commit().await.unwrap();
    flow_id
}

fn due(flow_id: &str, start_s: i64) -> Schedule {
    let next_due_ms = Some(start_s * 1000);
    let flow_id = flow_id.to_owned();
    Schedule { scope: scope(), flow_id, start_s, interval_s: 3600, next_slot: 0, next_due_ms, enabled: true }
}

async fn runs(store: &Store) -> Vec<RunRow> {
    store.read().await.unwrap().runs(&scope(), None, None, 100).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_schedulers_that_look_at_the_same_time_one_starts_the_slot() {
    let (folder, key) = (tempfile::tempdir().unwrap(), random_hex(32));
    // Two processes: each has connections of its own.
    let (one, two) = (open(&folder, &key).await, open(&folder, &key).await);
    let flow_id = hourly_flow(&one).await;
    let schedule = one.read().await.unwrap().due_schedules(10).await.unwrap().remove(0);
    let starts = [&one, &two, &one, &two].map(|store| start_slot(store, &schedule, "http://h"));
    for start in futures::future::join_all(starts).await {
        start.unwrap();
    }
    tick(&two, "http://h").await.unwrap();
    let runs = runs(&one).await;
    assert_eq!(runs.len(), 1, "three slots were missed: one run takes everything");
    assert_eq!((&runs[0].flow_id, runs[0].due_ms), (&flow_id, (schedule.start_s + 2 * 3600) * 1000));
    let next = one.read().await.unwrap().schedule(&scope(), &flow_id).await.unwrap().unwrap();
    assert_eq!((next.next_slot, next.next_due_ms), (3, Some((schedule.start_s + 3 * 3600) * 1000)));
}

#[tokio::test]
async fn a_flow_that_cannot_be_read_does_not_hold_up_the_others() {
    let (folder, key) = (tempfile::tempdir().unwrap(), random_hex(32));
    let store = open(&folder, &key).await;
    let flow_id = hourly_flow(&store).await;
    let mut tx = store.write().await.unwrap();
    // Due before the good one.
    tx.put_schedule(&due("damaged", 1)).await.unwrap();
    tx.put_schedule(&due("deleted", 2)).await.unwrap();
    tx.insert(&scope(), &Damaged(Etag::generate())).await.unwrap();
    tx.commit().await.unwrap();
    tick(&store, "http://h").await.unwrap();
    let runs = runs(&store).await;
    assert_eq!(runs.iter().map(|run| &run.flow_id).collect::<Vec<_>>(), [&flow_id]);
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.schedule(&scope(), "deleted").await.unwrap(), None, "its schedule went after it");
    assert!(tx.schedule(&scope(), "damaged").await.unwrap().is_some());
}

/// A row where a flow should be.
#[derive(serde::Serialize, serde::Deserialize)]
struct Damaged(Etag);

impl lakehead_store::Document for Damaged {
    const KIND: lakehead_store::DocumentKind = lakehead_store::DocumentKind::Flow;

    fn key(&self) -> lakehead_store::DocumentKey<'_> {
        lakehead_store::DocumentKey {
            id: "damaged".to_owned(),
            etag: &self.0,
            name: None,
            state: None,
            created_at_ms: 0,
        }
    }
}
