//! Flows land while their table is maintained, by itself and again and again: no row is lost or there twice, no run fails, and
//! the history is one line.

use super::Bench;
use crate::harness::environment::Database;

/// As often as it can be.
const ALWAYS: &str = "[maintenance]\ninterval_s = 1\nsnapshot_age_s = 3\nsnapshots_kept = 3\nreader_grace_s = 60\n\
    small_files = 1\nsmall_manifests = 1\n";
const RUNS: u64 = 25;

#[tokio::test(flavor = "multi_thread")]
async fn flows_land_while_their_table_is_maintained_on_sqlite() {
    beside_flows(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flows_land_while_their_table_is_maintained_on_postgres() {
    beside_flows(Database::Postgres).await;
}

async fn beside_flows(database: Database) {
    let Some(bench) = Bench::start(database, ALWAYS, RUNS).await else { return };
    let log = bench.lakehead.log();
    assert!(log.contains("a table was maintained"), "{log}");
    bench.expect(0..RUNS * 100, "while it is maintained").await;
    let (_, metadata) = bench.metadata().await;
    let mut snapshots = metadata["snapshots"].as_array().unwrap().clone();
    snapshots.sort_by_key(|snapshot| snapshot["sequence-number"].as_i64());
    for pair in snapshots.windows(2) {
        assert_eq!(pair[1]["parent-snapshot-id"], pair[0]["snapshot-id"], "{metadata}");
    }
    assert!(snapshots.len() < RUNS as usize, "some have expired: {metadata}");
}
