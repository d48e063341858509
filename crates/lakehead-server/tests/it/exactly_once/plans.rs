//! A plan outlives the process that made it, and yields where the source has moved on.

use lakehead_model::fault::FaultPoint;
use serde_json::Value;

use super::Bench;
use super::at_fail_points::{flow_after_all, flow_until_dead};
use crate::harness::client::Api;
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::tutorial;

/// Three files of 100 customers are planned, nothing of them is read, the server is dead.
async fn planned_and_dead() -> Option<(Bench, Option<String>)> {
    let mut bench = Bench::start(Database::Sqlite).await?;
    bench.add_files(3, 100).await;
    let flow = flow_until_dead(&mut bench, FaultPoint::PlanAfterPersist).await;
    assert!(bench.lakehead.is_dead(), "the point was never met\n{}", bench.lakehead.log());
    Some((bench, flow))
}

async fn started_again(bench: &mut Bench, flow: Option<String>) -> (Api, String) {
    bench.lakehead.restart(None).await;
    let api = bench.lakehead.api().await;
    let flow = match flow {
        Some(flow) => flow,
        None => flow_after_all(&api, bench).await,
    };
    (api, flow)
}

fn input_files(run: &Value) -> u64 {
    assert_eq!(tutorial::status(run), "success", "{run}");
    run["metrics"]["fileSummary"]["inputFileCount"].as_u64().unwrap_or_else(|| panic!("no count: {run}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_holder_reads_what_was_planned_and_the_next_run_the_rest() {
    let Some((mut bench, flow)) = planned_and_dead().await else { return };
    bench.add_files(2, 100).await;
    let (api, flow) = started_again(&mut bench, flow).await;
    assert_eq!(input_files(&tutorial::finished_runs(&api, &flow, 1).await[0]), 3);
    tutorial::start_run(&api, &flow).await;
    assert_eq!(input_files(&tutorial::finished_runs(&api, &flow, 2).await[0]), 2);
    bench.expect_exactly_once("a plan that outlived its process").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_overwritten_after_it_was_planned_is_taken_as_it_is_now() {
    let Some((mut bench, flow)) = planned_and_dead().await else { return };
    bench.s3.put("customers/00000000.csv", customers::csv(300..400)).await;
    let (api, flow) = started_again(&mut bench, flow).await;
    assert_eq!(input_files(&tutorial::finished_runs(&api, &flow, 1).await[0]), 3);
    // The ledger knows the new content: there is nothing left, and a run without files makes no batch.
    tutorial::start_run(&api, &flow).await;
    let nothing = tutorial::finished_runs(&api, &flow, 2).await.swap_remove(0);
    assert_eq!(input_files(&nothing), 0);
    assert!(!nothing.to_string().contains("\"Batch\""), "{nothing}");
    let table = read_back::table(&api, &bench.pipeline.dataset).await;
    assert_exactly(&table, &customers::ids(100..400), "a file overwritten after it was planned");
}
