//! A kill at every named fail point.

use lakehead_model::fault::FaultPoint;

use super::Bench;
use serde_json::json;

use crate::harness::client::{Api, CATALOG, FLOW_SERVICE, SANDBOXES};
use crate::harness::environment::Database;
use crate::harness::eventually;
use crate::harness::read_back;
use crate::harness::tutorial::{self, Source};

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_point_on_sqlite() {
    killed_at_every_point(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_point_on_postgres() {
    killed_at_every_point(Database::Postgres).await;
}

async fn killed_at_every_point(database: Database) {
    for point in FaultPoint::ALL {
        match point {
            FaultPoint::FailBefore => killed_while_failing(database).await,
            FaultPoint::GcBeforeDelete => killed_while_collecting(database).await,
            FaultPoint::PurgeBeforeFolders | FaultPoint::PurgeAfterStep | FaultPoint::PurgeBeforeFinish => {
                killed_while_resetting(database, *point).await;
            }
            _ => killed_at(database, *point).await,
        }
    }
}

/// Points in the worker process, which the server outlives.
fn is_in_worker(point: FaultPoint) -> bool {
    matches!(point, FaultPoint::GetOpen | FaultPoint::MapBatch | FaultPoint::PutAfter)
}

async fn killed_at(database: Database, point: FaultPoint) {
    let Some(mut bench) = Bench::start(database).await else { return };
    let context = format!("{database:?}, {}", point.name());
    bench.add_files(3, 400).await;
    let flow = flow_until_dead(&mut bench, point).await;
    let died = bench.lakehead.is_dead();
    assert!(died || is_in_worker(point), "{context}: the point was never met\n{}", bench.lakehead.log());
    bench.lakehead.restart(None).await;
    let api = bench.lakehead.api().await;
    let flow = match flow {
        Some(flow) => flow,
        None => flow_after_all(&api, &bench).await,
    };
    let runs = tutorial::finished_runs(&api, &flow, 1).await;
    if is_in_worker(point) && tutorial::status(&runs[0]) == "failed" {
        // A worker that dies every time fails its run with a reason; the next run takes everything.
        tutorial::start_run(&api, &flow).await;
        tutorial::finished_runs(&api, &flow, runs.len() + 1).await;
    }
    let last = tutorial::runs(&api, &flow).await.swap_remove(0);
    assert_eq!(tutorial::status(&last), "success", "{context}: {last}\n{}", bench.lakehead.log());
    bench.expect_exactly_once(&context).await;
}

/// The flow is made and runs with the point armed until the server is dead or the run has ended. Nothing where the
/// server died before it could answer.
pub(super) async fn flow_until_dead(bench: &mut Bench, point: FaultPoint) -> Option<String> {
    bench.lakehead.restart(Some(&format!("{}=1*return", point.name()))).await;
    let api = bench.lakehead.api().await;
    let body = tutorial::flow_body(&bench.pipeline, tutorial::now_s());
    let made = api.try_post(&format!("{FLOW_SERVICE}/flows"), &body).await.ok();
    let flow = made.and_then(|answer| answer.expect(201)["id"].as_str().map(str::to_owned));
    eventually("the server dies or the run ends", async || {
        let path = format!("{FLOW_SERVICE}/runs");
        let runs = api.try_get(&path).await.map(|answer| answer.json).unwrap_or_default();
        let runs = runs["items"].as_array().cloned().unwrap_or_default();
        let ended = !runs.is_empty() && runs.iter().all(|run| ["success", "failed"].contains(&tutorial::status(run)));
        (bench.lakehead.is_dead() || ended).then_some(())
    })
    .await;
    flow
}

/// The flow that was stored although nobody was told, or a new one where it was not.
pub(super) async fn flow_after_all(api: &Api, bench: &Bench) -> String {
    let flows = api.get(&format!("{FLOW_SERVICE}/flows")).await.expect(200);
    match flows["items"][0]["id"].as_str() {
        Some(flow) => flow.to_owned(),
        None => tutorial::flow(api, &tutorial::flow_body(&bench.pipeline, tutorial::now_s())).await,
    }
}

/// A run that must fail is recorded as failed after the restart, and nothing of it has landed; when the file has been
/// repaired, the next run takes it.
async fn killed_while_failing(database: Database) {
    let Some(mut bench) = Bench::start(database).await else { return };
    bench.s3.put("customers/bad.csv", "id,first_name,last_name,birth_date,email\nonly-an-id\n").await;
    let flow = flow_until_dead(&mut bench, FaultPoint::FailBefore).await;
    assert!(bench.lakehead.is_dead(), "the point was never met\n{}", bench.lakehead.log());
    bench.lakehead.restart(None).await;
    let api = bench.lakehead.api().await;
    let flow = flow.expect("the flow was answered before its run failed");
    let runs = tutorial::finished_runs(&api, &flow, 1).await;
    assert_eq!(tutorial::status(&runs[0]), "failed", "{}", runs[0]);
    assert!(read_back::table(&api, &bench.pipeline.dataset).await.rows.is_empty());
    bench.s3.put("customers/bad.csv", "id,first_name,last_name,birth_date,email\n").await;
    bench.add_files(2, 100).await;
    tutorial::start_run(&api, &flow).await;
    let runs = tutorial::finished_runs(&api, &flow, 2).await;
    assert_eq!(tutorial::status(&runs[0]), "success", "{}", runs[0]);
    bench.expect_exactly_once(&format!("{database:?}, fail.before")).await;
}

/// A first kill leaves files that nobody refers to, a second one meets the collector at work; what is referred to
/// stays.
async fn killed_while_collecting(database: Database) {
    let Some(mut bench) = Bench::start(database).await else { return };
    bench.add_files(3, 400).await;
    let flow = flow_until_dead(&mut bench, FaultPoint::StageAfter).await;
    assert!(bench.lakehead.is_dead(), "the point was never met\n{}", bench.lakehead.log());
    let flow = flow.expect("the flow was answered before its files were staged");
    bench.lakehead.restart(Some("gc.before_delete=1*return")).await;
    eventually("the collector dies", async || bench.lakehead.is_dead().then_some(())).await;
    bench.lakehead.restart(None).await;
    let runs = tutorial::finished_runs(&bench.lakehead.api().await, &flow, 1).await;
    assert_eq!(tutorial::status(&runs[0]), "success", "{}", runs[0]);
    bench.expect_exactly_once(&format!("{database:?}, gc.before_delete")).await;
}

/// A reset that dies is brought to its end after the restart, and the same files land once in what is made anew.
async fn killed_while_resetting(database: Database, point: FaultPoint) {
    let Some(mut bench) = Bench::start(database).await else { return };
    let context = format!("{database:?}, {}", point.name());
    bench.add_files(3, 100).await;
    let api = bench.lakehead.api().await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&bench.pipeline, tutorial::now_s())).await;
    tutorial::finished_runs(&api, &flow, 1).await;
    bench.lakehead.restart(Some(&format!("{}=1*return", point.name()))).await;
    let api = bench.lakehead.api().await;
    // It may die before it answers.
    let prod = format!("{SANDBOXES}/prod");
    let _ = api.try_put(&prod, &json!({"action": "reset"})).await;
    eventually("the reset dies", async || bench.lakehead.is_dead().then_some(())).await;
    bench.lakehead.restart(None).await;
    let api = bench.lakehead.api().await;
    eventually("the reset is brought to its end", async || {
        (api.get(&prod).await.expect(200)["state"] == "active").then_some(())
    })
    .await;
    assert_eq!(api.get(&format!("{FLOW_SERVICE}/runs")).await.expect(200)["items"], json!([]), "{context}");
    assert_eq!(api.get(&format!("{CATALOG}/dataSets")).await.expect(200), json!({}), "{context}");
    let path = bench.s3.path("customers/");
    let source = Source { format: "delimited", path: &path, kind: "folder" };
    bench.pipeline = tutorial::prepare(&api, &bench.s3, source).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&bench.pipeline, tutorial::now_s())).await;
    tutorial::finished_runs(&api, &flow, 1).await;
    bench.expect_exactly_once(&context).await;
}
