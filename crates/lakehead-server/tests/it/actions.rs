//! Actions, runs that are run again or annotated, searches, and many changes of one version at once.

use serde_json::{Value, json};

use crate::harness::client::{Api, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options, etag};
use crate::harness::tutorial::{self, Pipeline, Source};

async fn pipeline(api: &Api, s3: &S3) -> (Pipeline, String) {
    s3.put("customers/a.csv", customers::csv(0..10)).await;
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(api, s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    let flow = tutorial::flow(api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    (pipeline, flow)
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_are_refused_by_their_documented_codes() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let (pipeline, flow) = pipeline(&api, &s3).await;
    let act =
        async |query: &str, body: Value| api.post(&format!("{FLOW_SERVICE}/flows/{flow}/action?{query}"), &body).await;
    let status = |value: &str, percent: u32| json!({"status": {"value": value}, "percentCompleted": percent});
    for (query, body, code, word) in [
        ("", json!({}), "FLOW-1451-400", "op"),
        ("op=explode", json!({}), "FLOW-1422-400", "explode"),
        ("op=publish", json!({}), "FLOW-1422-400", "enabled"),
        ("op=FINALIZE", json!({}), "FLOW-1409-400", "enabled"),
        ("op=enable&subOp=JUMP", json!({}), "FLOW-1435-400", "JUMP"),
        ("op=disable&subOp=PROGRESS,APPLY", json!({}), "FLOW-1406-400", "PROGRESS"),
        ("op=enable&subOp=progress", json!({}), "FLOW-1436-400", "PROGRESS"),
        ("op=disable&subOp=ROLLBACK", json!({}), "FLOW-1436-400", "ROLLBACK"),
        ("op=finalize", status("EXPLODED", 1), "FLOW-1437-400", "EXPLODED"),
        ("op=finalize&subOp=PROGRESS", status("FAILED", 100), "FLOW-1407-400", "FAILED"),
        ("op=finalize&subOp=APPLY", status("COMPLETED", 99), "FLOW-1408-400", "percentCompleted"),
        ("op=enable", json!([1]), "FLOW-1100-400", "object"),
    ] {
        act(query, body).await.expect_refusal(400, code, &[word]);
    }
    for (collection, id) in [
        ("connections", &pipeline.connection),
        ("sourceConnections", &pipeline.source),
        ("targetConnections", &pipeline.target),
    ] {
        let url = format!("{FLOW_SERVICE}/{collection}/{id}/action?op=publish");
        api.post_nothing(&url).await.expect_refusal(400, "FLOW-1422-400", &["enabled"]);
    }
    let shown = api.get(&format!("{FLOW_SERVICE}/flows/{flow}")).await.expect(200)["items"][0].clone();
    assert_eq!(shown["lastOperation"]["operation"], "create", "what was refused left nothing behind");
    act("op=FINALIZE_UPDATE&subOp=PROGRESS", status("IN_PROGRESS", 40)).await.expect(200);
    let url = format!("{FLOW_SERVICE}/connections/{}", pipeline.connection);
    let report = status("QUEUED", 5);
    api.post(&format!("{url}/action?op=finalize&subOp=progress"), &report).await.expect(200);
    for (url, word, percent) in [(&format!("{FLOW_SERVICE}/flows/{flow}"), "inProgress", 40), (&url, "queued", 5)] {
        let shown = api.get(url).await.expect(200)["items"][0].clone();
        let last = &shown["lastOperation"];
        assert_eq!((&last["status"]["value"], last["percentCompleted"].as_f64()), (&json!(word), Some(percent.into())));
        assert_eq!(shown["state"], "enabled");
    }
    act("op=DISABLE", json!({})).await.expect(200);
    let shown = api.get(&format!("{FLOW_SERVICE}/flows/{flow}")).await.expect(200)["items"][0].clone();
    assert_eq!(shown["state"], "disabled");
    let run = api.post(&format!("{FLOW_SERVICE}/runs"), &json!({"flowId": flow})).await;
    run.expect_refusal(400, "FLOW-1444-400", &[&flow]);
    assert_eq!(
        api.get(&format!("{FLOW_SERVICE}/connections/{}/configs", pipeline.connection)).await.expect(200)["items"],
        json!([])
    );
    let spec = format!("{FLOW_SERVICE}/connectionSpecs/{}", tutorial::S3_SPEC);
    api.get(&format!("{spec}/explore?objectType=root")).await.expect_refusal(
        400,
        "FLOW-1100-400",
        &["CONNECTOR-1372-400"],
    );
    api.get(&format!("{spec}/configs?authType=Nonsense")).await.expect_refusal(400, "FLOW-1100-400", &["Nonsense"]);
    api.get(&format!("{spec}/configs?authType=KeyBased")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_run_is_run_again_and_lands_nothing_twice() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let (_, flow) = pipeline(&api, &s3).await;
    let first = tutorial::start_run(&api, &flow).await;
    tutorial::finished_runs(&api, &flow, 1).await;
    s3.put("customers/b.csv", customers::csv(10..15)).await;

    let action = format!("{FLOW_SERVICE}/runs/{first}/action?op=RE_TRIGGER");
    let again = api.post_nothing(&action).await.expect(200);
    assert_eq!((&again["flowId"], &again["parentFlowRunId"]), (&json!(flow), &json!(first)), "{again}");
    let runs = tutorial::finished_runs(&api, &flow, 2).await;
    let landed: Vec<_> = runs.iter().map(|run| run["metrics"]["recordSummary"]["outputRecordCount"].as_u64()).collect();
    assert_eq!(landed, [Some(5), Some(10)], "the second run took the new file only");
    assert_eq!(runs[0]["parentFlowRunId"], json!(first), "{}", runs[0]);
    assert_eq!(runs[1]["childFlowRunIds"], json!([again["id"]]), "{}", runs[1]);

    api.post_nothing(&format!("{FLOW_SERVICE}/runs/{first}/action?op=explode")).await.expect_refusal(
        400,
        "FLOW-1100-400",
        &["CONNECTOR-1401-400", "explode"],
    );
    api.post_nothing(&format!("{FLOW_SERVICE}/flows/{flow}/action?op=disable")).await.expect(200);
    api.post_nothing(&action).await.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1388-400", &flow]);
    api.post_nothing(&format!("{FLOW_SERVICE}/flows/{flow}/action?op=enable")).await.expect(200);
    let later = json!({"flowId": flow, "params": {"startTime": tutorial::NEVER_S}});
    let waiting = api.post(&format!("{FLOW_SERVICE}/runs"), &later).await.expect(201);
    let url = format!("{FLOW_SERVICE}/runs/{}/action?op=re_trigger", waiting["id"].as_str().unwrap());
    api.post_nothing(&url).await.expect_refusal(400, "FLOW-1100-400", &["CONNECTOR-1387-400", "scheduled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_system_may_note_what_it_knows_of_a_run_but_not_change_what_was_measured() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let (_, flow) = pipeline(&api, &s3).await;
    let run = tutorial::start_run(&api, &flow).await;
    let finished = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    let url = format!("{FLOW_SERVICE}/runs/{run}");
    let nobody = "00000000-0000-4000-8000-000000000000";
    let version = etag(&finished);
    api.put(&url, None, &json!({"parentFlowRunId": "p"})).await.expect_refusal(400, "FLOW-1403-400", &["If-Match"]);
    api.put(&url, Some("\"stale\""), &json!({"parentFlowRunId": "p"})).await.expect_refusal(
        412,
        "FLOW-1404-412",
        &["stale"],
    );
    for (body, code, word) in [
        (json!({"metrics": {"recordSummary": {"outputRecordCount": 9}}}), "FLOW-1457-400", "metrics"),
        (json!({"predecessors": [{"flowRunId": nobody}]}), "FLOW-1428-400", nobody),
        (json!({"predecessors": [{"flowId": nobody}]}), "FLOW-1429-400", nobody),
        (json!({"flowId": nobody}), "FLOW-1100-400", "flowId"),
        (json!({"parentFlowRunId": nobody}), "FLOW-1100-400", nobody),
        (json!({"childFlowRunIds": [run, nobody]}), "FLOW-1100-400", nobody),
        (json!({"activities": []}), "FLOW-1457-400", "activities"),
        (json!({"state": "failed"}), "FLOW-1457-400", "state"),
        (json!([]), "FLOW-1405-400", "body"),
    ] {
        api.put(&url, Some(version), &body).await.expect_refusal(400, code, &[word]);
    }
    let noted = json!({"recordTypes": [{"type": "x"}], "predecessors": [{"flowId": flow, "flowRunId": run}]});
    let changed = api.put(&url, Some(version), &noted).await.expect(200);
    assert_eq!((&changed["recordTypes"], &changed["metrics"]), (&noted["recordTypes"], &finished["metrics"]));
    assert_ne!(etag(&changed), version);
    // A run may be sent back as it was read, with an addition.
    let mut whole = changed.clone();
    whole["metrics"]["recordSummary"]["extensions"] = json!({"checked": 10});
    whole["params"] = json!({"ticket": "T-1"});
    let changed = api.put(&url, Some(etag(&changed)), &whole).await.expect(200);
    let summary = &changed["metrics"]["recordSummary"];
    assert_eq!((&summary["extensions"], &summary["outputRecordCount"]), (&json!({"checked": 10}), &json!(10)));
    let shown = api.get(&url).await.expect(200)["items"][0].clone();
    assert_eq!(shown, changed);
    assert_eq!((&shown["params"], &shown["recordTypes"]), (&json!({"ticket": "T-1"}), &noted["recordTypes"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_ask_as_lists_do() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let (pipeline, flow) = pipeline(&api, &s3).await;
    let second = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
    let search = async |path: &str, body: Value| api.post(&format!("{FLOW_SERVICE}/{path}"), &body).await;
    let found =
        search("flows/search", json!({"queryString": format!("property=id=={flow}"), "projectionFields": ["id"]}))
            .await;
    assert_eq!(found.expect(200)["items"], json!([{"id": flow}]));
    let page = search("flows/search", json!({"queryString": "property=state==enabled", "limit": 1})).await.expect(200);
    assert_eq!(page["items"][0]["id"], json!(second), "newest first");
    let next = page["_links"]["next"]["href"].as_str().unwrap();
    assert!(next.starts_with("/flows/search?continuationToken="), "{next}");
    let rest = search(&next[1..], json!({"queryString": "property=state==enabled", "limit": 1})).await.expect(200);
    assert_eq!((&rest["items"][0]["id"], &rest["_links"]), (&json!(flow), &json!({})));
    assert_eq!(search("flows/search", json!({"count": true})).await.expect(200), json!({"count": 2}));
    let connections = search("connections/search", json!({"queryString": "", "orderby": "-name"})).await.expect(200);
    assert_eq!(connections["items"].as_array().map(Vec::len), Some(1));
    let specs =
        search("flowSpecs/search", json!({"queryString": "property=name==CloudStorageToAEP"})).await.expect(200);
    assert_eq!(specs["items"][0]["id"], tutorial::FLOW_SPEC);
    let groups = search(
        "flowSpecs/search",
        json!({"queryString": "property=name==CloudStorageToAEP", "groupByProperty": "version"}),
    );
    assert_eq!(groups.await.expect(200)["items"][0]["value"], "1.0");
    for (body, code) in [
        (json!([1]), "FLOW-1452-400"),
        (json!({"queryString": "property=nonsense==1"}), "FLOW-1449-400"),
        (json!({"queryString": "color=red"}), "FLOW-1451-400"),
        (json!({"limit": 0}), "FLOW-1452-400"),
        (json!({"limit": 1, "count": true}), "FLOW-1401-400"),
        (json!({"projectionFields": "id"}), "FLOW-1452-400"),
    ] {
        search("flows/search", body).await.expect_refusal(400, code, &[]);
    }
    assert_eq!(
        search("flows/search", json!({"limit": 1000})).await.expect(200)["items"].as_array().map(Vec::len),
        Some(2)
    );
    let own = api.get(&format!("{FLOW_SERVICE}/flows/{flow}")).await.expect(200)["items"][0]["sandboxId"].clone();
    let in_sandboxes = async |ids: &str| {
        let api = api.with_header("x-active-sandbox-ids", Some(ids));
        api.post(&format!("{FLOW_SERVICE}/flows/search"), &json!({"count": true})).await
    };
    in_sandboxes(own.as_str().unwrap()).await.expect(200);
    in_sandboxes("another").await.expect_refusal(400, "FLOW-2110-400", &["another"]);
    search("flows/search?limit=1", json!({"count": true})).await.expect_refusal(400, "FLOW-1451-400", &["limit"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_of_one_version_one_wins_on_sqlite() {
    one_change_wins(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_of_one_version_one_wins_on_postgres() {
    one_change_wins(Database::Postgres).await;
}

async fn one_change_wins(database: Database) {
    if !database.is_provided() {
        return;
    }
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
    let api = lakehead.api().await;
    let (pipeline, flow) = pipeline(&api, &s3).await;
    for (collection, id) in [
        ("connections", &pipeline.connection),
        ("sourceConnections", &pipeline.source),
        ("targetConnections", &pipeline.target),
        ("flows", &flow),
    ] {
        let url = format!("{FLOW_SERVICE}/{collection}/{id}");
        let version = etag(&api.get(&url).await.expect(200)["items"][0]).to_owned();
        let mut racers = tokio::task::JoinSet::new();
        for n in 0..32 {
            let (api, url, version) = (api.clone(), url.clone(), version.clone());
            let body = json!([{"op": "replace", "path": "/name", "value": format!("racer {n}")}]);
            racers.spawn(async move { (n, api.patch(&url, &version, &body).await.status) });
        }
        let outcomes = racers.join_all().await;
        let winners: Vec<i32> = outcomes.iter().filter(|(_, status)| *status == 200).map(|(n, _)| *n).collect();
        assert_eq!(winners.len(), 1, "{collection}: {outcomes:?}");
        assert!(outcomes.iter().all(|(_, status)| [200, 412].contains(status)), "{collection}: {outcomes:?}");
        let name = api.get(&url).await.expect(200)["items"][0]["name"].clone();
        assert_eq!(name, format!("racer {}", winners[0]), "{collection}");
    }
}
