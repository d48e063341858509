//! Connections that break while something passes: to a source in the middle of a file, and to the database in the middle of a
//! commit. Every record is there once, whatever was lost on the way.

use serde_json::Value;

use crate::harness::client::Api;
use crate::harness::customers;
use crate::harness::environment::{Database, provided};
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::relay::{Break, Relay};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::shelf::{Moods, Shelf};
use crate::harness::tutorial::{self, Pipeline, Source};

/// Customers of a file that is asked for in three parts.
const MANY: u64 = 120_000;

/// A flow over `in/` of any S3 server.
struct Bench {
    api: Api,
    pipeline: Pipeline,
    flow: String,
    lakehead: Lakehead,
}

impl Bench {
    async fn start(options: Options, auth: Value, path: &str) -> Self {
        let lakehead = Lakehead::start(options).await;
        let api = lakehead.api().await;
        let source = Source { format: "delimited", path, kind: "folder" };
        let pipeline = tutorial::prepare_at(&api, auth, source).await;
        let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
        Self { api, pipeline, flow, lakehead }
    }

    /// One more run to its end.
    async fn run(&self) -> Value {
        let before = tutorial::runs(&self.api, &self.flow).await.len();
        tutorial::start_run(&self.api, &self.flow).await;
        tutorial::finished_runs(&self.api, &self.flow, before + 1).await.swap_remove(0)
    }

    async fn succeed(&self, context: &str) -> Value {
        let run = self.run().await;
        assert_eq!(tutorial::status(&run), "success", "{context}: {run}\n{}", self.lakehead.log());
        run
    }

    async fn expect(&self, numbers: std::ops::Range<u64>, context: &str) {
        let table = read_back::table(&self.api, &self.pipeline.dataset).await;
        assert_exactly(&table, &customers::ids(numbers), context);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_answers_are_reset_lands_once_and_one_that_never_comes_is_named() {
    if !read_back::is_provided() {
        return;
    }
    let s3 = S3::in_process().await;
    s3.put("in/first.csv", customers::csv(0..1)).await;
    let relay = Relay::before(s3.endpoint.trim_start_matches("http://")).await;
    let mut auth = s3.auth();
    auth["params"]["serviceUrl"] = format!("http://{}", relay.address).into();
    let bench = Bench::start(Options::default(), auth, &s3.path("in/")).await;
    bench.succeed("nothing breaks").await;

    s3.put("in/large.csv", customers::csv(1..MANY)).await;
    relay.break_connections(Break::ResetAfter(1 << 20), 5);
    bench.succeed("five resets").await;
    assert_eq!(relay.mend(), 5, "the resets met the download");
    bench.expect(0..MANY, "five resets").await;

    s3.put("in/never.csv", customers::csv(MANY..2 * MANY)).await;
    relay.break_connections(Break::ResetAnswersTo(b"in/never.csv"), usize::MAX);
    let run = bench.run().await;
    assert!(relay.mend() > 5);
    assert_eq!(tutorial::status(&run), "failed", "{run}");
    let said = run["metrics"]["statusSummary"]["errors"].to_string();
    for part in ["in/never.csv", "the storage did not deliver the file", "CONNECTOR-1001-500"] {
        assert!(said.contains(part), "no `{part}`: {run}");
    }
    bench.expect(0..MANY, "nothing of a file that never came").await;
    bench.succeed("the connection is mended").await;
    bench.expect(0..2 * MANY, "the connection is mended").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_overwritten_while_it_is_read_lands_as_one_of_both() {
    if !read_back::is_provided() {
        return;
    }
    for ignores_if_match in [false, true] {
        let context = format!("ignores_if_match: {ignores_if_match}");
        let shelf = Shelf::start().await;
        let bench = Bench::start(Options::default(), shelf.auth(), &Shelf::path("in/")).await;
        // Of the same size and time: only the entity tag tells them apart.
        let (before, after) = (customers::csv(100_000..200_000), customers::csv(300_000..400_000));
        assert_eq!(before.len(), after.len());
        shelf.put("in/a.csv", before, 1_000);
        let replaced_when_read = Some(("in/a.csv".to_owned(), after.into()));
        shelf.set(Moods { replaced_when_read, ignores_if_match, ..Moods::default() });
        let run = bench.succeed(&context).await;
        bench.expect(300_000..400_000, &format!("{context}: {run}\n{}", bench.lakehead.log())).await;
        // It is known as what it is now.
        bench.succeed(&context).await;
        bench.expect(300_000..400_000, &context).await;
    }
}

/// Starts a run whose landing loses something, and expects all customers up to `count` once.
async fn lands_over(relay: &Relay, bench: &Bench, how: Break, times: usize, count: u64) {
    let context = format!("{how:?}, {times} times");
    relay.break_connections(how, times);
    bench.succeed(&context).await;
    assert_eq!(relay.mend(), times, "{context}: the commit was met");
    bench.expect(0..count, &context).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_neither_repeated_nor_forgotten() {
    let (Some(server), true) = (provided("TEST_POSTGRES_URL"), read_back::is_provided()) else { return };
    let server = url::Url::parse(&server).unwrap();
    let address = format!("{}:{}", server.host_str().unwrap(), server.port().unwrap_or(5432));
    let relay = Relay::before(&address).await;
    let s3 = S3::in_process().await;
    s3.put("in/0.csv", customers::csv(0..100)).await;
    let options = Options { database: Database::Postgres, postgres_at: Some(relay.address), ..Options::default() };
    let bench = Bench::start(options, s3.auth(), &s3.path("in/")).await;
    bench.succeed("nothing is lost").await;
    // What lands a run is the transaction that names a new version of the table.
    let landing = b".metadata.json";
    let mut count = 100;
    for (how, times) in [
        (Break::LoseAnswerToCommit(landing), 1),
        (Break::LoseCommit(landing), 1),
        (Break::LoseCommit(landing), 3),
        (Break::LoseAnswerToCommit(landing), 1),
    ] {
        s3.put(&format!("in/{count}.csv"), customers::csv(count..count + 100)).await;
        count += 100;
        lands_over(&relay, &bench, how, times, count).await;
    }
    let ran = tutorial::runs(&bench.api, &bench.flow).await;
    assert_eq!(ran.len(), 5, "no run was made twice: {ran:?}");
    bench.lakehead.verify(0, &[], "after lost commits").await;
}
