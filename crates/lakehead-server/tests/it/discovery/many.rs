//! Many objects: in parts of what one run may read, listed side by side, every one of them once.

use super::{Bench, input_files, total_files};
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::server::Options;
use crate::harness::shelf::Moods;
use crate::harness::tutorial;

const OBJECTS: u64 = 20_000;
/// Writers at the same time, and what each of them writes.
const WRITERS: u64 = 4;
const EACH: u64 = 150;

/// Large folders, a flat one, tiny ones: each is listed in another way.
fn key(number: u64) -> String {
    match number % 4 {
        0 => format!("in/year=2026/month={:02}/{number:08}.csv", number / 4 % 3),
        1 => format!("in/flat/{number:08}.csv"),
        2 => format!("in/tiny/{number:08}/a+b %.csv"),
        _ => format!("in/flat/größe/{number:08}.csv"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_objects_land_once_in_runs_of_a_bounded_size() {
    let options = Options { engine_settings: "max_files_per_run = 7000\n", ..Options::default() };
    let Some(bench) = Bench::start(options).await else { return };
    for number in 1..OBJECTS {
        bench.shelf.put(&key(number), customers::csv(number..number + 1), 1_000);
    }
    let runs = bench.run().await;
    let mut sizes: Vec<u64> = runs.iter().map(input_files).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [6000, 7000, 7000]);
    let first = runs.iter().find(|run| run.get("parentFlowRunId").is_none()).unwrap();
    for run in runs.iter().filter(|run| run["id"] != first["id"]) {
        assert_eq!(run["parentFlowRunId"], first["id"], "{run}");
    }
    bench.expect(0..OBJECTS, "twenty thousand objects").await;
    // Not a data file for each object.
    let files: u64 = runs.iter().map(|run| run["metrics"]["fileSummary"]["outputFileCount"].as_u64().unwrap()).sum();
    assert!(files < 50, "{files} data files");

    bench.shelf.taken();
    assert_eq!(total_files(&bench.run().await), 0);
    let (pages, reads, bytes) = bench.shelf.taken();
    assert_eq!((reads, bytes), (0, 0), "a run over known objects reads none of them");
    assert!(pages < 600, "{pages} pages for {OBJECTS} objects");
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_plan_outlive_their_process_and_the_flow_that_rests() {
    for database in [Database::Sqlite, Database::Postgres] {
        if !database.is_provided() {
            continue;
        }
        let options = Options { database, engine_settings: "max_files_per_run = 3\n", ..Options::default() };
        let Some(mut bench) = Bench::start(options).await else { return };
        for number in 1..10 {
            bench.shelf.put(&format!("in/{number}.csv"), customers::csv(number..number + 1), 1_000);
        }
        bench.shelf.set(Moods { read_delay: std::time::Duration::from_millis(300), ..Moods::default() });
        tutorial::start_run(&bench.api, &bench.flow).await;
        crate::harness::eventually("the parts have runs", async || {
            (tutorial::runs(&bench.api, &bench.flow).await.len() == 4).then_some(())
        })
        .await;
        bench.lakehead.restart(None).await;
        bench.api = bench.lakehead.api().await;
        bench.shelf.set(Moods::default());
        let runs = tutorial::finished_runs(&bench.api, &bench.flow, 4).await;
        assert_eq!(total_files(&runs), 10, "{database:?}: {runs:?}");
        assert!(runs.iter().all(|run| input_files(run) <= 3));
        bench.expect(0..10, "parts that outlived their process").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_meanwhile_is_ingested_once() {
    let Some(bench) = Bench::start(Options::default()).await else { return };
    let shelf = &bench.shelf;
    // All within one second, in no order, while runs go on.
    let writer = async |writer: u64| {
        for n in 0..EACH {
            let number = 1 + writer * EACH + n;
            let name = number.wrapping_mul(2_654_435_761) % 1_000_003;
            shelf.put(
                &format!("in/{name:07}-{number}.csv"),
                customers::csv(number..number + 1),
                5_000 + (n % 7) as i64,
            );
            tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        }
    };
    let runs = async {
        let mut files = 0;
        for _ in 0..4 {
            files += total_files(&bench.run().await);
        }
        files
    };
    let (.., during) = tokio::join!(writer(0), writer(1), writer(2), writer(3), runs);
    let after = total_files(&bench.run().await);
    assert_eq!(during + after, 1 + WRITERS * EACH);
    bench.expect(0..1 + WRITERS * EACH, "objects of many writers").await;
}
