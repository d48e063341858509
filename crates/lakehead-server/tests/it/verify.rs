//! `lakehead verify` and the same in the API: a clean flow is proven, and each planted fault is named.

use serde_json::{Value, json};

use crate::harness::client::{Api, CATALOG, DATA_ACCESS, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

/// A server, a folder of files, and a flow that has landed each of them in a run of its own.
struct Bench {
    lakehead: Lakehead,
    s3: S3,
    flow: String,
    dataset: String,
    /// Batch and data file of each run.
    landed: Vec<(String, String)>,
}

fn key(letter: char) -> String {
    format!("customers/{letter}.csv")
}

impl Bench {
    async fn start(database: Database) -> Self {
        let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
        let s3 = S3::in_process().await;
        let api = lakehead.api().await;
        let pipeline = tutorial::prepare_customers(&api, &s3).await;
        let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
        let mut bench = Self { lakehead, s3, flow, dataset: pipeline.dataset, landed: Vec::new() };
        for (number, letter) in ('a'..='e').enumerate() {
            bench.land(&api, number as u64 * 100, letter).await;
        }
        bench
    }

    async fn land(&mut self, api: &Api, first: u64, letter: char) {
        self.s3.put(&key(letter), customers::csv(first..first + 100)).await;
        tutorial::start_run(api, &self.flow).await;
        let runs = tutorial::finished_runs(api, &self.flow, self.landed.len() + 1).await;
        let batch = tutorial::batch(&runs[0]);
        let file = self.files().into_iter().find(|file| self.landed.iter().all(|(_, known)| known != file)).unwrap();
        self.landed.push((batch, file));
    }

    /// The data files on disk.
    fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.lakehead.table_dir(&self.dataset).join("data")).unwrap();
        files.map(|file| file.unwrap().path().display().to_string()).collect()
    }

    /// What the command finds; its exit code has to be this.
    async fn verify(&self, code: i32, more: &[&str]) -> Value {
        self.lakehead.verify(code, more, "verified").await
    }
}

fn has(found: &Value, kind: &str, name: &str) -> bool {
    let findings = found["findings"].as_array().unwrap_or_else(|| panic!("no findings: {found}"));
    findings.iter().any(|finding| finding["kind"] == kind && finding["name"].as_str().unwrap().ends_with(name))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_whole_is_proven_and_each_fault_is_named_on_sqlite() {
    proven_and_named(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_whole_is_proven_and_each_fault_is_named_on_postgres() {
    if Database::Postgres.is_provided() {
        proven_and_named(Database::Postgres).await;
    }
}

async fn proven_and_named(database: Database) {
    let bench = Bench::start(database).await;
    let api = bench.lakehead.api().await;
    let found = bench.verify(0, &["--deep"]).await;
    let flow = &found["flows"][0];
    assert_eq!((&found["complete"], &flow["flowId"]), (&json!(true), &json!(bench.flow)), "{found}");
    assert_eq!((&flow["source"]["objects"], &flow["ledger"]["rows"]), (&json!(5), &json!(500)), "{found}");
    assert_eq!((&flow["table"]["files"], &flow["table"]["rows"]), (&json!(5), &json!(500)), "{found}");
    assert!(flow["summary"].as_str().unwrap().starts_with("Complete: 5 objects, 500 rows."), "{found}");
    let path = format!("{FLOW_SERVICE}/flows/{}/completeness", bench.flow);
    let shown = api.get(&path).await.expect(200);
    assert_eq!((&shown["complete"], &shown["findings"]), (&json!(true), &json!([])), "{shown}");

    // What is no fault: an object that went, and a file in the folder.
    bench.s3.delete(&key('a')).await;
    let stray = bench.landed[0].1.replace(".parquet", "-stray.parquet");
    std::fs::write(&stray, "PAR1").unwrap();
    let found = bench.verify(0, &[&bench.flow]).await["flows"][0].clone();
    assert!(has(&found, "gone", "customers/a.csv") && has(&found, "stray", &stray), "{found}");
    assert_eq!((&found["counts"]["gone"], &found["counts"]["stray"]), (&json!(1), &json!(1)), "{found}");

    plant(&bench).await;
    let found = bench.verify(1, &[&bench.flow]).await["flows"][0].clone();
    let [_, (_, b), (_, c), (batch_d, _), (batch_e, e)] = bench.landed.as_slice() else { panic!("five") };
    let expected = [
        ("lost", b.as_str()),
        ("lost", c.as_str()),
        ("missing", "customers/d.csv"),
        ("different", batch_d.as_str()),
        ("extra", e.as_str()),
        ("different", batch_e.as_str()),
        ("missing", "customers/new.csv"),
        ("different", "customers/c.csv"),
    ];
    for (kind, name) in expected {
        assert!(has(&found, kind, name), "{kind} {name}: {found}");
    }
    let counts = &found["counts"];
    assert_eq!((&counts["lost"], &counts["missing"], &counts["extra"]), (&json!(2), &json!(2), &json!(1)), "{counts}");
    assert_eq!((&counts["different"], &counts["failed"]), (&json!(3), &json!(0)), "{counts}");
    let deep = api.get(&format!("{path}?deep=true")).await.expect(200);
    assert!(has(&deep, "extra", "customers/d.csv"), "rows without an entry: {deep}");
    let first = api.get(&format!("{path}?limit=1")).await.expect(200);
    assert_eq!(first["counts"], *counts);
    assert_eq!(first["findings"].as_array().unwrap().iter().filter(|one| one["kind"] == "lost").count(), 1);
}

/// A fault of each kind.
async fn plant(bench: &Bench) {
    std::fs::remove_file(&bench.landed[1].1).unwrap();
    let whole = std::fs::read(&bench.landed[2].1).unwrap();
    std::fs::write(&bench.landed[2].1, &whole[..whole.len() / 2]).unwrap();
    bench.lakehead.sql(&format!("DELETE FROM ingested WHERE batch_id = '{}'", bench.landed[3].0)).await;
    bench.lakehead.sql(&format!("DELETE FROM dataset_file WHERE batch_id = '{}'", bench.landed[4].0)).await;
    bench.s3.put(&key('c'), customers::csv(700..710)).await;
    bench.s3.put("customers/new.csv", customers::csv(800..810)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_changed_where_they_lie_are_found_by_their_content() {
    let bench = Bench::start(Database::Sqlite).await;
    // As large as it was, and no Parquet any more.
    let file = &bench.landed[0].1;
    let size = std::fs::metadata(file).unwrap().len() as usize;
    std::fs::write(file, vec![7; size]).unwrap();
    // The rows of another run, under this name.
    let other = std::fs::read(&bench.landed[2].1).unwrap();
    std::fs::write(&bench.landed[1].1, &other).unwrap();
    let resized =
        format!("UPDATE dataset_file SET size_bytes = {} WHERE batch_id = '{}'", other.len(), bench.landed[1].0);
    bench.lakehead.sql(&resized).await;
    let found = bench.verify(1, &["--deep"]).await["flows"][0].clone();
    assert!(has(&found, "lost", file), "{found}");
    assert!(has(&found, "different", &bench.landed[1].1), "rows of another batch: {found}");
    assert!(has(&found, "lost", "customers/b.csv") && has(&found, "extra", "customers/c.csv"), "{found}");
}

/// Changes the text of the current metadata file.
async fn rewrite_metadata(bench: &Bench, api: &Api, change: impl Fn(&mut Value)) {
    let dataset = api.get(&format!("{CATALOG}/dataSets/{}", bench.dataset)).await.expect(200);
    let location = dataset[&bench.dataset]["extensions"]["lakehead"]["metadataLocation"].as_str().unwrap();
    let file = location.trim_start_matches("file://");
    let mut metadata: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    change(&mut metadata);
    std::fs::write(file, metadata.to_string()).unwrap();
}

fn current(metadata: &mut Value) -> &mut Value {
    let id = metadata["current-snapshot-id"].clone();
    let snapshots = metadata["snapshots"].as_array_mut().unwrap();
    snapshots.iter_mut().find(|snapshot| snapshot["snapshot-id"] == id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_whose_own_numbers_are_wrong_is_found_out_without_a_look_into_its_files() {
    let bench = Bench::start(Database::Sqlite).await;
    let api = bench.lakehead.api().await;
    bench.verify(0, &[]).await;
    for (property, wrong) in [("total-records", "499"), ("total-data-files", "6")] {
        let plant = |value: &str| {
            let value = value.to_owned();
            move |metadata: &mut Value| current(metadata)["summary"][property] = json!(value)
        };
        let right = if property == "total-records" { "500" } else { "5" };
        rewrite_metadata(&bench, &api, plant(wrong)).await;
        let found = bench.verify(1, &[]).await["flows"][0].clone();
        assert_eq!(found["counts"]["different"], 1, "{found}");
        let message = found["findings"][0]["message"].as_str().unwrap();
        assert!(message.contains(property) && message.contains(wrong) && message.contains(right), "{found}");
        rewrite_metadata(&bench, &api, plant(right)).await;
        bench.verify(0, &[]).await;
    }
    // A list of manifests of an older snapshot, as a wrong repair leaves it.
    rewrite_metadata(&bench, &api, |metadata| {
        // They are in no order.
        let before = current(metadata)["parent-snapshot-id"].clone();
        let snapshots = metadata["snapshots"].as_array().unwrap();
        let older = snapshots.iter().find(|snapshot| snapshot["snapshot-id"] == before).unwrap();
        let older = older["manifest-list"].clone();
        current(metadata)["manifest-list"] = older;
    })
    .await;
    let found = bench.verify(1, &[]).await["flows"][0].clone();
    assert!(has(&found, "lost", &bench.landed[4].1), "{found}");
    let said = found["findings"].to_string();
    assert!(said.contains("`total-records`") && said.contains("`total-data-files`"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_found_out_is_said() {
    let bench = Bench::start(Database::Sqlite).await;
    let api = bench.lakehead.api().await;
    let path = format!("{FLOW_SERVICE}/flows/{}/completeness", bench.flow);
    api.get(&format!("{path}?deep=perhaps")).await.expect_refusal(400, "FLOW-1100-400", &["deep"]);
    api.get(&format!("{path}?limit=1001")).await.expect_refusal(400, "FLOW-1100-400", &["limit"]);
    let other = Lakehead::start(Options::default()).await;
    let unknown = other.api().await.get(&path).await;
    assert_eq!(unknown.status, 404, "{}", unknown.json);
    assert_eq!(api.get(&format!("{DATA_ACCESS}/batches/{}/files", bench.landed[0].0)).await.status, 200);
    let found = bench.lakehead.cli_with_code(&["verify", "00000000-0000-4000-8000-000000000000"]).await;
    assert_eq!(found.0, Some(2));
    // Without the permission to connect to a private network nothing can be listed.
    let (code, found) = bench.lakehead.cli_with_code(&["verify"]).await;
    assert_eq!((code, &found["complete"]), (Some(2), &json!(false)), "{found}");
    assert!(found["flows"][0]["error"].is_string(), "{found}");
}
