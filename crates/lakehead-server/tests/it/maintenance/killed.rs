//! The server dies while it maintains a table: nothing half-done is visible, no row is lost, and the table is maintained
//! afterwards.

use lakehead_model::fault::FaultPoint;

use super::{Bench, ON_DEMAND};
use crate::harness::environment::Database;
use crate::harness::eventually;

/// Points that maintenance comes by.
const POINTS: [FaultPoint; 12] = [
    FaultPoint::ClaimAfter,
    FaultPoint::PutAfterIntent,
    FaultPoint::StageAfter,
    FaultPoint::MetadataAfter,
    FaultPoint::CommitBegin,
    FaultPoint::CommitAfterFence,
    FaultPoint::CommitAfterCas,
    FaultPoint::CommitAfterLedger,
    FaultPoint::CommitAfterMoves,
    FaultPoint::CommitBeforeCommit,
    FaultPoint::CommitAfterCommit,
    FaultPoint::GcBeforeDelete,
];

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_table_is_maintained_on_sqlite() {
    for point in POINTS {
        killed_at(Database::Sqlite, point).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_table_is_maintained_on_postgres() {
    for point in [FaultPoint::MetadataAfter, FaultPoint::CommitAfterMoves, FaultPoint::CommitAfterCommit] {
        killed_at(Database::Postgres, point).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_while_it_packs_changes_nothing() {
    let Some(mut bench) = Bench::start(Database::Sqlite, ON_DEMAND, 4).await else { return };
    maintained_by_itself(&bench);
    bench.lakehead.restart(Some(&format!("{}=return", FaultPoint::PutAfter.name()))).await;
    eventually("the worker dies", async || bench.lakehead.log().contains("a run failed").then_some(())).await;
    bench.expect(0..400, "as it was").await;
    bench.lakehead.restart(None).await;
    eventually("the table is packed", async || (bench.files("data").len() == 1).then_some(())).await;
    bench.expect(0..400, "packed").await;
}

/// From the next start on.
fn maintained_by_itself(bench: &Bench) {
    let file = bench.lakehead.config_file();
    let config = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, config.replace("enabled = false", "enabled = true\ninterval_s = 1")).unwrap();
}

async fn killed_at(database: Database, point: FaultPoint) {
    let Some(mut bench) = Bench::start(database, ON_DEMAND, 4).await else { return };
    let context = format!("{database:?}, {}", point.name());
    maintained_by_itself(&bench);
    bench.lakehead.restart(Some(&format!("{}=1*return", point.name()))).await;
    eventually(&format!("{context}: the server dies"), async || bench.lakehead.is_dead().then_some(())).await;
    bench.lakehead.restart(None).await;
    // Not read before that: readers have no time here, and would be overtaken by the collector.
    eventually(&format!("{context}: the table is maintained and the rest deleted"), async || {
        (bench.files("data").len() == 1).then_some(())
    })
    .await;
    let table = bench.expect(0..400, &context).await;
    assert_eq!((table.files, table.snapshots), (1, 1), "{context}");
    bench.land(4).await;
    bench.expect(0..500, &format!("{context}: flows go on")).await;
}
