//! Which objects a schedule and a window take, by the time the store has for them.

use serde_json::json;

use super::{Bench, total_files, with};
use crate::harness::client::FLOW_SERVICE;
use crate::harness::customers;
use crate::harness::server::Options;
use crate::harness::tutorial;

#[tokio::test(flavor = "multi_thread")]
async fn without_backfill_only_what_came_since_the_start_is_ever_taken() {
    let Some(bench) = Bench::start(Options::default()).await else { return };
    let start_s = tutorial::now_s() + 1;
    let begin_ms = start_s as i64 * 1000;
    // The first object of the bench is from the beginning of time, as is this one; the others are at and after the start.
    bench.shelf.put("in/old.csv", customers::csv(90..91), begin_ms - 1);
    bench.shelf.put("in/at.csv", customers::csv(0..1), begin_ms);
    let schedule = json!({"startTime": start_s, "frequency": "minute", "interval": 1, "backfill": false});
    let body = with(tutorial::flow_body(&bench.pipeline, start_s), "/scheduleParams", schedule);
    let flow = tutorial::flow(&bench.api, &body).await;
    assert_eq!(total_files(&tutorial::finished_runs(&bench.api, &flow, 1).await), 1);
    bench.expect(0..1, "without backfill").await;
    // Older ones that show later are not taken either, newer ones are: in the same flow, by its next run.
    bench.shelf.put("in/late.csv", customers::csv(91..92), begin_ms - 5_000);
    bench.shelf.put("in/new.csv", customers::csv(1..2), begin_ms + 1);
    let again = tutorial::runs(&bench.api, &flow).await[0]["id"].as_str().unwrap().to_owned();
    bench.api.post_nothing(&format!("{FLOW_SERVICE}/runs/{again}/action?op=RE_TRIGGER")).await.expect(200);
    assert_eq!(total_files(&tutorial::finished_runs(&bench.api, &flow, 2).await), 2);
    bench.expect(0..2, "without backfill, later").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_backfill_the_first_run_takes_everything() {
    let Some(bench) = Bench::start(Options::default()).await else { return };
    let start_s = tutorial::now_s() + 1;
    bench.shelf.put("in/new.csv", customers::csv(1..2), start_s as i64 * 1000);
    let schedule = json!({"startTime": start_s.to_string(), "frequency": "day", "interval": "1", "backfill": "true"});
    let body = with(tutorial::flow_body(&bench.pipeline, start_s), "/scheduleParams", schedule);
    let flow = tutorial::flow(&bench.api, &body).await;
    assert_eq!(total_files(&tutorial::finished_runs(&bench.api, &flow, 1).await), 2);
    bench.expect(0..2, "with backfill").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_takes_both_of_its_ends_and_nothing_beside_them() {
    let Some(bench) = Bench::start(Options::default()).await else { return };
    for (n, modified_ms) in [99_999, 100_000, 150_000, 200_999, 201_000].into_iter().enumerate() {
        let number = [90, 0, 1, 2, 91][n];
        bench.shelf.put(&format!("in/{n}.csv"), customers::csv(number..number + 1), modified_ms);
    }
    let window = json!({"windowStartTime": 100, "windowEndTime": 200});
    bench.api.post(&format!("{FLOW_SERVICE}/runs"), &json!({"flowId": bench.flow, "params": window})).await.expect(201);
    assert_eq!(total_files(&tutorial::finished_runs(&bench.api, &bench.flow, 1).await), 3);
    bench.expect(0..3, "a window").await;
}
