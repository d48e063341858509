//! What runs find in a source: every object once, however many there are, whenever they came, and whatever happens to
//! them while they are listed and read.

mod many;
mod odd_stores;
mod windows;

use serde_json::{Value, json};

use crate::harness::client::Api;
use crate::harness::customers;
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::server::{Lakehead, Options};
use crate::harness::shelf::Shelf;
use crate::harness::tutorial::{self, Pipeline, Source};

/// A flow over everything below `in/` of a shelf.
struct Bench {
    api: Api,
    shelf: Shelf,
    pipeline: Pipeline,
    flow: String,
    lakehead: Lakehead,
}

impl Bench {
    /// Nothing where the independent reader is not provided.
    async fn start(options: Options) -> Option<Self> {
        if !read_back::is_provided() {
            return None;
        }
        let lakehead = Lakehead::start(options).await;
        let api = lakehead.api().await;
        let shelf = Shelf::start().await;
        let path = Shelf::path("in/");
        shelf.put("in/first.csv", customers::csv(0..1), 1_000);
        let source = Source { format: "delimited", path: &path, kind: "folder" };
        let pipeline = tutorial::prepare_at(&api, shelf.auth(), source).await;
        let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
        Some(Self { api, shelf, pipeline, flow, lakehead })
    }

    /// One more run to its end, and those that it made; they succeed. Newest first.
    async fn run(&self) -> Vec<Value> {
        let before = tutorial::runs(&self.api, &self.flow).await.len();
        tutorial::start_run(&self.api, &self.flow).await;
        let mut runs = tutorial::finished_runs(&self.api, &self.flow, before + 1).await;
        runs.truncate(runs.len() - before);
        for run in &runs {
            assert_eq!(tutorial::status(run), "success", "{run}\n{}", self.lakehead.log());
        }
        runs
    }

    /// The table has the customers of these numbers, each once.
    async fn expect(&self, numbers: std::ops::Range<u64>, context: &str) {
        let table = read_back::table(&self.api, &self.pipeline.dataset).await;
        assert_exactly(&table, &customers::ids(numbers), context);
    }
}

fn input_files(run: &Value) -> u64 {
    run["metrics"]["fileSummary"]["inputFileCount"].as_u64().unwrap_or_else(|| panic!("no count: {run}"))
}

fn total_files(runs: &[Value]) -> u64 {
    runs.iter().map(input_files).sum()
}

/// Changes a part of a document; for bodies that differ from the tutorial's in one thing.
fn with(mut body: Value, path: &str, value: Value) -> Value {
    *body.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = value;
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_read_is_a_success_that_reads_nothing() {
    let Some(bench) = Bench::start(Options::default()).await else { return };
    assert_eq!(total_files(&bench.run().await), 1);
    bench.shelf.taken();
    let again = bench.run().await;
    assert_eq!((again.len(), total_files(&again)), (1, 0));
    let (_, reads, bytes) = bench.shelf.taken();
    assert_eq!((reads, bytes), (0, 0), "what the ledger has is not read again");
    assert_eq!(json!(again[0]["metrics"]["recordSummary"]["inputRecordCount"]), json!(0));
}
