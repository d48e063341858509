//! When flows run and when they do not: disabling, enabling, runs on demand with a window, another source, notes that race.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::client::{Api, FLOW_SERVICE};
use crate::harness::environment::Database;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options, etag};
use crate::harness::shelf::{Moods, Shelf};
use crate::harness::tutorial::{self, Pipeline, Source};
use crate::harness::{customers, eventually};

async fn pipeline(api: &Api, s3: &S3) -> Pipeline {
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    let path = s3.path("customers/");
    tutorial::prepare(api, s3, Source { format: "delimited", path: &path, kind: "folder" }).await
}

async fn act(api: &Api, flow: &str, op: &str) {
    api.post_nothing(&format!("{FLOW_SERVICE}/flows/{flow}/action?op={op}")).await.expect(200);
}

async fn patch(api: &Api, url: &str, path: &str, value: Value) -> Value {
    let version = etag(&one(api, url).await).to_owned();
    api.patch(url, &version, &json!([{"op": "replace", "path": path, "value": value}])).await.expect(200)
}

async fn one(api: &Api, url: &str) -> Value {
    api.get(url).await.expect(200)["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_that_pass_while_a_flow_is_disabled_are_not_made_up_for() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let pipeline = pipeline(&api, &s3).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    act(&api, &flow, "DISABLE").await;
    let start_s = tutorial::now_s() + 2;
    patch(&api, &format!("{FLOW_SERVICE}/flows/{flow}"), "/scheduleParams/startTime", json!(start_s)).await;
    eventually("the only slot has passed", async || (tutorial::now_s() > start_s).then_some(())).await;
    act(&api, &flow, "ENABLE").await;
    // Schedules are looked at before a run is begun: a run for the slot would be there by the end of this one.
    let run = tutorial::start_run(&api, &flow).await;
    let runs = tutorial::finished_runs(&api, &flow, 1).await;
    assert_eq!(runs.iter().map(|run| &run["id"]).collect::<Vec<_>>(), [&json!(run)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_stops_the_runs_that_wait() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let pipeline = pipeline(&api, &s3).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    let body = json!({"flowId": flow, "params": {"startTime": tutorial::NEVER_S.to_string()}});
    let made = api.post(&format!("{FLOW_SERVICE}/runs/"), &body).await.expect(201);
    let url = format!("{FLOW_SERVICE}/runs/{}", made["id"].as_str().unwrap());
    let waiting = one(&api, &url).await;
    assert_eq!(tutorial::status(&waiting), "scheduled");
    assert_eq!(waiting["params"], json!({"startTime": tutorial::NEVER_S}));
    act(&api, &flow, "disable").await;
    let stopped = one(&api, &url).await;
    assert_eq!(tutorial::status(&stopped), "failed");
    assert!(stopped["metrics"]["statusSummary"]["errors"][0]["message"].as_str().unwrap().contains("disabled"));
    assert_eq!(stopped["metrics"]["recordSummary"]["outputRecordCount"], -1, "{stopped}");
    assert_eq!(stopped["params"], waiting["params"]);
    act(&api, &flow, "enable").await;
    assert_eq!(tutorial::status(&one(&api, &url).await), "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_a_window_is_run_again_over_the_same_window() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let pipeline = pipeline(&api, &s3).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    // Before any file was there.
    let window = json!({"windowStartTime": 1000, "windowEndTime": "2000"});
    let made = api.post(&format!("{FLOW_SERVICE}/runs"), &json!({"flowId": flow, "params": window})).await.expect(201);
    let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    let asked = json!({"windowStartTime": 1000, "windowEndTime": 2000});
    assert_eq!((&run["id"], &run["params"]), (&made["id"], &asked));
    assert_eq!(run["metrics"]["recordSummary"]["inputRecordCount"], 0, "{run}");
    let url = format!("{FLOW_SERVICE}/runs/{}", made["id"].as_str().unwrap());
    let stale =
        api.with_header("if-match", Some("\"stale\"")).post_nothing(&format!("{url}/action?op=re_trigger")).await;
    stale.expect_refusal(412, "FLOW-1404-412", &["stale"]);
    let again = api.post_nothing(&format!("{url}/action?op=re_trigger")).await;
    assert_eq!(again.header("etag"), etag(&again.json));
    assert_eq!(again.expect(200)["params"], asked);
    let runs = tutorial::finished_runs(&api, &flow, 2).await;
    assert_eq!((&runs[0]["params"], &runs[0]["parentFlowRunId"]), (&asked, &made["id"]), "{}", runs[0]);

    for (body, code) in [
        (json!({"flowId": ""}), "FLOW-1446-400"),
        (json!({"flowId": "00000000-0000-4000-8000-000000000000"}), "FLOW-1430-400"),
        (json!({"flowId": flow, "params": {"windowStartTime": 1}}), "CONNECTOR-1384-400"),
        (json!({"flowId": flow, "params": {"windowStartTime": 2, "windowEndTime": 1}}), "CONNECTOR-1381-400"),
    ] {
        let answer = api.post(&format!("{FLOW_SERVICE}/runs"), &body).await;
        assert!(answer.status == 400 && answer.json.to_string().contains(code), "{code}: {answer:?}");
    }
    api.delete(&format!("{FLOW_SERVICE}/flows/{flow}")).await.expect(204);
    let gone = api.post_nothing(&format!("{url}/action?op=re_trigger")).await;
    gone.expect_refusal(400, "FLOW-1430-400", &[&flow]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_reads_from_the_source_that_it_was_given_last() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let mut pipeline = pipeline(&api, &s3).await;
    pipeline.target = tutorial::parquet_target_connection(&api, &pipeline.schema, &pipeline.dataset).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    s3.put("others/b.csv", customers::csv(100..103)).await;
    let path = s3.path("others/");
    let source = Source { format: "delimited", path: &path, kind: "folder" };
    let other = tutorial::source_connection(&api, &pipeline.connection, source, &pipeline.schema).await;
    let url = format!("{FLOW_SERVICE}/flows/{flow}");
    let version = etag(&one(&api, &url).await).to_owned();
    let nobody = "00000000-0000-4000-8000-000000000000";
    let change = |id: &str| json!([{"op": "replace", "path": "/sourceConnectionIds/0", "value": id}]);
    api.patch(&url, &version, &change(nobody)).await.expect_refusal(404, "FLOW-1101-404", &[nobody]);
    let empty = json!({"op": "replace", "path": "/policy", "value": {"enforcementRefs": []}});
    let refused = api.patch(&url, &version, &empty).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    api.patch(&url, &version, &change(&other)).await.expect(200);
    let shown = one(&api, &url).await;
    assert_eq!(shown["inheritedAttributes"]["sourceConnections"][0]["id"], json!(other));

    tutorial::start_run(&api, &flow).await;
    let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 3, "{run}");
    let delete = async |collection: &str, id: &str| api.delete(&format!("{FLOW_SERVICE}/{collection}/{id}")).await;
    delete("sourceConnections", &other).await.expect_refusal(400, "FLOW-1447-400", &[&flow]);
    delete("sourceConnections", &pipeline.source).await.expect(204);
    let target = one(&api, &format!("{FLOW_SERVICE}/targetConnections/{}", pipeline.target)).await;
    let base = target["baseConnectionId"].as_str().unwrap();
    delete("connections", base).await.expect_refusal(400, "FLOW-1418-400", &[&flow]);
    delete("flows", &flow).await.expect(204);
    delete("connections", base).await.expect(204);
    // What referred to it is shown as it is, and cannot be used.
    one(&api, &format!("{FLOW_SERVICE}/targetConnections/{}", pipeline.target)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_notes_on_one_version_of_a_run_one_is_kept() {
    for database in [Database::Sqlite, Database::Postgres] {
        if !database.is_provided() {
            continue;
        }
        let s3 = S3::in_process().await;
        let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
        let api = lakehead.api().await;
        let pipeline = pipeline(&api, &s3).await;
        let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
        let run = tutorial::start_run(&api, &flow).await;
        let version = etag(&tutorial::finished_runs(&api, &flow, 1).await[0]).to_owned();
        let url = format!("{FLOW_SERVICE}/runs/{run}");
        let mut racers = tokio::task::JoinSet::new();
        for n in 0..32 {
            let (api, url, version) = (api.clone(), url.clone(), version.clone());
            let body = json!({"params": {"racer": n}});
            racers.spawn(async move { (n, api.put(&url, Some(&version), &body).await.status) });
        }
        let outcomes = racers.join_all().await;
        let winners: Vec<i32> = outcomes.iter().filter(|(_, status)| *status == 200).map(|(n, _)| *n).collect();
        assert_eq!(winners.len(), 1, "{database:?}: {outcomes:?}");
        assert!(outcomes.iter().all(|(_, status)| [200, 412].contains(status)), "{database:?}: {outcomes:?}");
        assert_eq!(one(&api, &url).await["params"]["racer"], winners[0], "{database:?}");
    }
}

/// A run that is in the middle of reading: its source takes its time.
async fn reading(bench_api: &Api, shelf: &Shelf) -> (Pipeline, String, String) {
    shelf.set(Moods { read_delay: Duration::from_mins(10), ..Moods::default() });
    shelf.put("in/slow.csv", customers::csv(0..10), 1_000);
    let path = Shelf::path("in/");
    let source = Source { format: "delimited", path: &path, kind: "folder" };
    let pipeline = tutorial::prepare_at(bench_api, shelf.auth(), source).await;
    let flow = tutorial::flow(bench_api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    let run = tutorial::start_run(bench_api, &flow).await;
    eventually("the run works", async || {
        let runs = tutorial::runs(bench_api, &flow).await;
        (tutorial::status(&runs[0]) == "inProgress").then_some(())
    })
    .await;
    (pipeline, flow, run)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cancelled_while_it_reads_and_its_slot_is_free_at_once() {
    for database in [Database::Sqlite, Database::Postgres] {
        if !database.is_provided() {
            continue;
        }
        let options = Options { database, engine_settings: "concurrent_runs = 1\n", ..Options::default() };
        let lakehead = Lakehead::start(options).await;
        let api = lakehead.api().await;
        let shelf = Shelf::start().await;
        let (_, flow, run) = reading(&api, &shelf).await;
        let cancel = format!("{FLOW_SERVICE}/runs/{run}/action?op=cancel");
        let shown = api.post_nothing(&cancel).await.expect(200);
        assert_eq!((tutorial::status(&shown), &shown["state"]), ("failed", &json!("failed")));
        let summary = &shown["metrics"]["statusSummary"];
        assert!(summary.to_string().contains("called off"), "{shown}");
        assert_eq!(summary["extensions"], json!({"cancelled": true}), "{shown}");
        api.post_nothing(&cancel).await.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1387-400", "ended"]);
        // The flow says it, too, and lists tell it from a failure.
        let last = one(&api, &format!("{FLOW_SERVICE}/flows/{flow}")).await["lastRunDetails"].clone();
        assert_eq!((&last["state"], &last["extensions"]), (&json!("failed"), &json!({"cancelled": true})), "{last}");
        assert_eq!(counted(&api, &flow).await, [1, 0, 1, 0], "{database:?}");
        // The only slot of the engine is free long before its worker would have read anything, and the flow goes on.
        shelf.set(Moods::default());
        tutorial::start_run(&api, &flow).await;
        let runs = tutorial::finished_runs(&api, &flow, 2).await;
        assert_eq!((tutorial::status(&runs[0]), tutorial::status(&runs[1])), ("success", "failed"), "{database:?}");
        assert_eq!(runs[0]["metrics"]["recordSummary"]["outputRecordCount"], 10);
        assert_eq!(tutorial::status(&one(&api, &format!("{FLOW_SERVICE}/runs/{run}")).await), "failed");
        assert_eq!(counted(&api, &flow).await, [0, 1, 1, 1], "{database:?}");
    }
}

/// Whether lists find the flow as one whose last run was cancelled, and as another; and how many such runs it has.
async fn counted(api: &Api, flow: &str) -> [u64; 4] {
    let mut found = [0; 4];
    let flows = format!("flows?count=true&property=id=={flow}&property=lastRunDetails.extensions.cancelled");
    let runs = format!("runs?count=true&property=flowId=={flow}&property=metrics.statusSummary.extensions.cancelled");
    let questions = [(&flows, "=="), (&flows, "!="), (&runs, "=="), (&runs, "!=")];
    for (found, (list, operator)) in found.iter_mut().zip(questions) {
        let listed = api.get(&format!("{FLOW_SERVICE}/{list}{operator}true")).await.expect(200);
        *found = listed["count"].as_u64().unwrap();
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_is_cancelled_and_never_begins() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let pipeline = pipeline(&api, &s3).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    let body = json!({"flowId": flow, "params": {"startTime": tutorial::now_s() + 2}});
    let made = api.post(&format!("{FLOW_SERVICE}/runs"), &body).await.expect(201);
    let url = format!("{FLOW_SERVICE}/runs/{}", made["id"].as_str().unwrap());
    api.post_nothing(&format!("{url}/action?op=CANCEL")).await.expect(200);
    // A run that is due later has gone by when this one has.
    let later = json!({"flowId": flow, "params": {"startTime": tutorial::now_s() + 3}});
    api.post(&format!("{FLOW_SERVICE}/runs"), &later).await.expect(201);
    let runs = tutorial::finished_runs(&api, &flow, 2).await;
    assert_eq!((tutorial::status(&runs[0]), tutorial::status(&runs[1])), ("success", "failed"));
}
