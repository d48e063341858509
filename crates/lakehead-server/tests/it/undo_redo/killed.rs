//! The server dies while rows are taken out or read again: both happen once.

use lakehead_model::fault::FaultPoint;
use serde_json::json;

use super::Bench;
use crate::harness::environment::Database;
use crate::harness::{eventually, tutorial};

/// Points that every change comes by.
const POINTS: [FaultPoint; 9] = [
    FaultPoint::ClaimAfter,
    FaultPoint::PutAfterIntent,
    FaultPoint::MetadataAfter,
    FaultPoint::CommitBegin,
    FaultPoint::CommitAfterFence,
    FaultPoint::CommitAfterCas,
    FaultPoint::CommitAfterLedger,
    FaultPoint::CommitBeforeCommit,
    FaultPoint::CommitAfterCommit,
];
/// Points that only those that read come by.
const WHILE_READING: [FaultPoint; 3] =
    [FaultPoint::PlanBeforePersist, FaultPoint::PlanAfterPersist, FaultPoint::StageAfter];

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_rows_go_and_come_on_sqlite() {
    for point in POINTS {
        killed_at(Database::Sqlite, point, true).await;
    }
    for point in WHILE_READING {
        killed_at(Database::Sqlite, point, false).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_rows_go_and_come_on_postgres() {
    for point in [FaultPoint::MetadataAfter, FaultPoint::CommitAfterCas, FaultPoint::CommitAfterCommit] {
        killed_at(Database::Postgres, point, true).await;
    }
}

/// One file goes, comes back with other content, and the whole batch is read again, with a kill each time.
async fn killed_at(database: Database, point: FaultPoint, goes: bool) {
    let Some(mut bench) = Bench::start(database).await else { return };
    let context = format!("{database:?}, {}", point.name());
    if goes {
        let undo = bench.action(&bench.run, "undo", Some('b'));
        act_until_dead(&mut bench, point, &undo, &context).await;
        bench.expect((0..100).chain(200..300), &format!("{context}, undone")).await;
        bench.expect_proof(0, &format!("{context}, undone")).await;
    }
    let redo = bench.action(&bench.run, "redo", Some('c'));
    act_until_dead(&mut bench, point, &redo, &context).await;
    let left: Vec<u64> = if goes { (0..100).chain(200..300).collect() } else { (0..300).collect() };
    bench.expect(left.clone(), &format!("{context}, one file read again")).await;
    let redo = bench.action(&bench.run, "redo", None);
    act_until_dead(&mut bench, point, &redo, &context).await;
    bench.expect(left, &format!("{context}, the batch read again")).await;
    bench.expect_proof(0, &context).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_goes_before_it_is_read_again_takes_no_rows_with_it() {
    let Some(mut bench) = Bench::start(Database::Sqlite).await else { return };
    let redo = bench.action(&bench.run, "redo", Some('b'));
    die_at(&mut bench, FaultPoint::PlanAfterPersist, &redo, "planned").await;
    bench.s3.delete("customers/b.csv").await;
    bench.lakehead.restart(None).await;
    let runs = tutorial::finished_runs(&bench.lakehead.api().await, &bench.flow, 2).await;
    assert_eq!(tutorial::status(&runs[0]), "failed", "{}", runs[0]);
    assert!(runs[0].to_string().contains("is not in the source any more"), "{}", runs[0]);
    bench.expect(0..300, "the rows stay").await;
    assert_eq!(bench.expect_proof(0, "the rows stay").await["counts"]["gone"], 1);
}

/// Acts with the point armed, starts the server again when it is dead, and waits for the end.
async fn act_until_dead(bench: &mut Bench, point: FaultPoint, action: &str, context: &str) {
    let known = tutorial::runs(&bench.lakehead.api().await, &bench.flow).await.len();
    die_at(bench, point, action, context).await;
    bench.lakehead.restart(None).await;
    let runs = tutorial::finished_runs(&bench.lakehead.api().await, &bench.flow, known + 1).await;
    assert_eq!(tutorial::status(&runs[0]), "success", "{context}: {}\n{}", runs[0], bench.lakehead.log());
}

async fn die_at(bench: &mut Bench, point: FaultPoint, action: &str, context: &str) {
    bench.lakehead.restart(Some(&format!("{}=1*return", point.name()))).await;
    let api = bench.lakehead.api().await;
    // The answer may not come any more.
    let _ = api.try_post(action, &json!({})).await;
    eventually(&format!("{context}: the server dies"), async || bench.lakehead.is_dead().then_some(())).await;
}
