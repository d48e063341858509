//! What a reset and a delete do to a sandbox that is in use: everything in it goes, and nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::{path, reset, until};
use crate::harness::client::{Answer, Api, CATALOG, DATA_ACCESS, DATA_PREP, FLOW_SERVICE, SCHEMA_REGISTRY};
use crate::harness::environment::Database;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Pipeline, Source};
use crate::harness::{customers, eventually};

/// A sandbox with a pipeline in it.
struct Bench {
    api: Api,
    pipeline: Pipeline,
    folder: PathBuf,
}

impl Bench {
    async fn new(lakehead: &Lakehead, s3: &S3, name: &str, source: Source<'_>) -> Self {
        let api = lakehead.api().await.new_sandbox(name).await;
        let id = api.get(&path(name)).await.expect(200)["id"].as_str().unwrap().to_owned();
        let folder = lakehead.data_dir().join("lake").join(id);
        Self { pipeline: tutorial::prepare(&api, s3, source).await, api, folder }
    }

    async fn flow(&self, start_s: u64) -> String {
        tutorial::flow(&self.api, &tutorial::flow_body(&self.pipeline, start_s)).await
    }

    async fn expect_empty(&self) {
        for list in ["connections", "sourceConnections", "targetConnections", "flows", "runs"] {
            let page = self.api.get(&format!("{FLOW_SERVICE}/{list}")).await.expect(200);
            assert_eq!(page["items"], json!([]), "{list}");
        }
        for list in ["dataSets", "batches"] {
            assert_eq!(self.api.get(&format!("{CATALOG}/{list}")).await.expect(200), json!({}), "{list}");
        }
        let sets = self.api.get(&format!("{DATA_PREP}/mappingSets?start=0&limit=10")).await.expect(200);
        assert_eq!(sets["data"], json!([]));
        let schema = self.pipeline.schema.rsplit('/').next().unwrap();
        let schema = format!("{SCHEMA_REGISTRY}/tenant/schemas/{schema}");
        let answer = self.api.get_as(&schema, "application/vnd.adobe.xed+json;version=1").await;
        assert_eq!(answer.status, 404, "{answer:?}");
        eventually("no file is left", async || files(&self.folder).is_empty().then_some(())).await;
    }

    async fn preview(&self) -> Answer {
        self.api.get(&format!("{DATA_ACCESS}/datasets/{}/preview", self.pipeline.dataset)).await
    }
}

/// Every file under a folder; none where it does not exist.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Makes schemas and datasets until that is refused, and counts them in `made`; answers the refusal.
async fn make_until_refused(api: Api, writer: usize, made: Arc<AtomicU32>) -> Answer {
    for n in 0.. {
        let title = format!("schema {n} of {writer}");
        let schema = json!({"title": title, "type": "object",
            "allOf": [{"$ref": "https://ns.adobe.com/xdm/context/profile"}]});
        let answer = api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &schema).await;
        if answer.status != 201 {
            return answer;
        }
        let dataset = json!({"name": title, "schemaRef": {"id": answer.json["$id"],
            "contentType": "application/vnd.adobe.xed-full+json;version=1"}});
        let answer = api.post(&format!("{CATALOG}/dataSets"), &dataset).await;
        if answer.status != 201 {
            return answer;
        }
        made.fetch_add(1, Ordering::Relaxed);
    }
    unreachable!("a writer goes on for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_while_a_flow_runs_and_others_write_on_sqlite() {
    a_reset_while_a_flow_runs_and_others_write(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_while_a_flow_runs_and_others_write_on_postgres() {
    a_reset_while_a_flow_runs_and_others_write(Database::Postgres).await;
}

async fn a_reset_while_a_flow_runs_and_others_write(database: Database) {
    if !database.is_provided() {
        return;
    }
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
    for n in 0..20 {
        s3.put(&format!("customers/{n:02}.csv"), customers::csv(n * 1000..(n + 1) * 1000)).await;
    }
    let all = s3.path("customers/");
    let source = Source { format: "delimited", path: &all, kind: "folder" };
    let neighbour = Bench::new(&lakehead, &s3, "neighbour", source).await;
    let flow = neighbour.flow(tutorial::now_s()).await;
    let before = tutorial::finished_runs(&neighbour.api, &flow, 1).await;
    assert_eq!(tutorial::status(&before[0]), "success", "{}", before[0]);
    let (rows, landed) = (neighbour.preview().await.expect(200), files(&neighbour.folder));

    let mine = Bench::new(&lakehead, &s3, "mine", source).await;
    let flow = mine.flow(tutorial::now_s()).await;
    let made: [Arc<AtomicU32>; 3] = Default::default();
    let writers = made.iter().enumerate();
    let writers: Vec<_> =
        writers.map(|(n, made)| tokio::spawn(make_until_refused(mine.api.clone(), n, Arc::clone(made)))).collect();
    eventually("the run has begun", async || {
        let runs = tutorial::runs(&mine.api, &flow).await;
        runs.iter().any(|run| tutorial::status(run) != "scheduled").then_some(())
    })
    .await;
    eventually("every writer has written", async || {
        made.iter().all(|made| made.load(Ordering::Relaxed) > 0).then_some(())
    })
    .await;
    mine.api.put(&path("mine"), None, &reset()).await.expect(202);
    let refused = mine.api.get(&format!("{FLOW_SERVICE}/runs")).await;
    if refused.status != 200 {
        refused.expect_refusal(404, "FLOW-2100-404", &["mine"]);
    }
    for writer in writers {
        writer.await.unwrap().expect_refusal(404, "FLOW-2100-404", &["mine"]);
    }
    until(&mine.api, "mine", "active").await;
    mine.expect_empty().await;

    // The same files land anew in what is made anew, and nothing is known of what was.
    let again = Bench { pipeline: tutorial::prepare(&mine.api, &s3, source).await, ..mine };
    let flow = again.flow(tutorial::now_s()).await;
    let run = tutorial::finished_runs(&again.api, &flow, 1).await.swap_remove(0);
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 20_000, "{run}");
    assert_eq!(tutorial::runs(&again.api, &flow).await.len(), 1);

    assert_eq!(files(&neighbour.folder), landed, "the neighbour's files are as they were");
    assert_eq!(neighbour.preview().await.expect(200), rows);
    assert!(!neighbour.api.get(&format!("{FLOW_SERVICE}/flows")).await.expect(200)["items"].to_string().is_empty());
    again.api.delete(&path("mine")).await.expect(202);
    until(&again.api, "mine", "deleted").await;
    assert!(!again.folder.exists(), "a deleted sandbox has no folder");
    assert_eq!(files(&neighbour.folder), landed, "the neighbour's files are as they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_and_a_delete_survive_a_kill() {
    let s3 = S3::in_process().await;
    let mut lakehead = Lakehead::start(Options::default()).await;
    s3.put("customers/a.csv", customers::csv(0..100)).await;
    let all = s3.path("customers/");
    let source = Source { format: "delimited", path: &all, kind: "folder" };
    let one = Bench::new(&lakehead, &s3, "one", source).await;
    let two = Bench::new(&lakehead, &s3, "two", source).await;
    for bench in [&one, &two] {
        let flow = bench.flow(tutorial::now_s()).await;
        tutorial::finished_runs(&bench.api, &flow, 1).await;
        assert!(!files(&bench.folder).is_empty());
    }
    one.api.put(&path("one"), None, &reset()).await.expect(202);
    two.api.delete(&path("two")).await.expect(202);
    lakehead.restart(None).await;
    let api = lakehead.api().await;
    until(&api, "one", "active").await;
    until(&api, "two", "deleted").await;
    Bench { api: api.sandbox("one"), ..one }.expect_empty().await;
    assert!(!two.folder.exists());
}
