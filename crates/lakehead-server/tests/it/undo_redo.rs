//! What a run brought is taken out again, or read again: a whole batch, or one file that shares a data file with others. Read
//! back by an independent reader, and proven complete afterwards.

#[cfg(feature = "failpoints")]
mod killed;

use serde_json::{Value, json};

use crate::harness::client::{Api, CATALOG, DATA_PREP};
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::eventually;
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Pipeline};

/// A server and a flow whose first run has landed three files of 100 customers each, at least two of them in one data file.
struct Bench {
    lakehead: Lakehead,
    s3: S3,
    pipeline: Pipeline,
    flow: String,
    run: String,
}

impl Bench {
    /// Nothing, after saying so, where the database or the reader is not provided.
    async fn start(database: Database) -> Option<Self> {
        if !database.is_provided() || !read_back::is_provided() {
            return None;
        }
        let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
        let s3 = S3::in_process().await;
        let api = lakehead.api().await;
        let pipeline = tutorial::prepare_customers(&api, &s3).await;
        for (number, letter) in ('a'..='c').enumerate() {
            let first = number as u64 * 100;
            s3.put(&format!("customers/{letter}.csv"), customers::csv(first..first + 100)).await;
        }
        let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
        tutorial::start_run(&api, &flow).await;
        let run = tutorial::finished_runs(&api, &flow, 1).await[0]["id"].as_str().unwrap().to_owned();
        Some(Self { lakehead, s3, pipeline, flow, run })
    }

    fn action(&self, run: &str, op: &str, letter: Option<char>) -> String {
        let path = letter.map(|letter| self.s3.path(&format!("customers/{letter}.csv")));
        tutorial::action(run, op, path.as_deref())
    }

    /// Acts, and answers the run that did it once it has ended with this status.
    async fn act(&self, action: &str, status: &str) -> Value {
        let api = self.lakehead.api().await;
        let run = tutorial::act(&api, &self.flow, action).await;
        assert_eq!(tutorial::status(&run), status, "{action}: {run}\n{}", self.lakehead.log());
        run
    }

    /// Exactly these customers are in the table.
    async fn expect(&self, customers: impl IntoIterator<Item = u64>, context: &str) -> read_back::Table {
        let table = read_back::table(&self.lakehead.api().await, &self.pipeline.dataset).await;
        let expected: Vec<String> = customers.into_iter().map(customers::id).collect();
        assert_exactly(&table, &expected, context);
        table
    }

    async fn expect_proof(&self, code: i32, context: &str) -> Value {
        self.lakehead.verify(code, &["--deep"], context).await["flows"][0].clone()
    }

    async fn batch(&self, api: &Api, run: &Value) -> Value {
        let id = tutorial::batch(run);
        api.get(&format!("{CATALOG}/batches/{id}")).await.expect(200)[&id].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_goes_and_comes_back_on_sqlite() {
    one_file(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_goes_and_comes_back_on_postgres() {
    one_file(Database::Postgres).await;
}

async fn one_file(database: Database) {
    let Some(bench) = Bench::start(database).await else { return };
    let api = bench.lakehead.api().await;
    let undo = bench.action(&bench.run, "undo", Some('b'));
    let run = bench.act(&undo, "success").await;
    assert_eq!(run["metrics"]["recordSummary"]["extensions"]["undone"]["recordCount"], 100, "{run}");
    assert_eq!(run["parentFlowRunId"], json!(bench.run), "{run}");
    let table = bench.expect((0..100).chain(200..300), "without b").await;
    assert_eq!(table.snapshots, 2);
    let rows = table.rows.iter().map(|row| row["_acp_system_metadata"]["sourceRow"].as_i64().unwrap()).sum::<i64>();
    assert_eq!(rows, 2 * 5050, "the rows that stay keep their numbers");
    let first = tutorial::runs(&api, &bench.flow).await.pop().unwrap();
    let batch = bench.batch(&api, &first).await;
    let metrics = &batch["metrics"];
    assert_eq!((&metrics["outputRecordCount"], &metrics["undoneRecordCount"]), (&json!(300), &json!(100)), "{batch}");
    assert_eq!(bench.expect_proof(0, "without b").await["counts"]["undone"], 1);

    // Neither a second call nor the next run changes anything.
    bench.act(&undo, "success").await;
    tutorial::start_run(&api, &bench.flow).await;
    tutorial::finished_runs(&api, &bench.flow, 4).await;
    bench.expect((0..100).chain(200..300), "still without b").await;

    let redo = bench.action(&bench.run, "redo", Some('b'));
    let run = bench.act(&redo, "success").await;
    let table = bench.expect(0..300, "with b again").await;
    assert_eq!(table.snapshots, 3);
    let batch = bench.batch(&api, &run).await;
    assert_eq!(batch["replay"]["predecessors"], json!([tutorial::batch(&first)]), "{batch}");
    assert_eq!(bench.expect_proof(0, "with b again").await["counts"]["undone"], 0);

    // A file that was overwritten: its new content in place of the old one.
    bench.s3.put("customers/a.csv", customers::csv(500..520)).await;
    assert_eq!(bench.expect_proof(1, "a was overwritten").await["counts"]["different"], 1);
    bench.act(&bench.action(&bench.run, "redo", Some('a')), "success").await;
    bench.expect((100..300).chain(500..520), "the new a").await;
    bench.expect_proof(0, "the new a").await;

    // One that is gone, and one that is broken: what is there stays.
    bench.s3.put("customers/c.csv", "no header that fits\n1,2,3,4,5,6,7,8\n").await;
    bench.act(&bench.action(&bench.run, "redo", Some('c')), "failed").await;
    bench.s3.delete("customers/c.csv").await;
    let failed = bench.act(&bench.action(&bench.run, "redo", Some('c')), "failed").await;
    assert!(failed.to_string().contains("is not in the source any more"), "{failed}");
    bench.expect((100..300).chain(500..520), "c stays").await;
    assert_eq!(bench.expect_proof(0, "c stays").await["counts"]["gone"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_a_flow_goes_and_comes_back_with_a_newer_mapping_on_sqlite() {
    batch(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_a_flow_goes_and_comes_back_with_a_newer_mapping_on_postgres() {
    batch(Database::Postgres).await;
}

async fn batch(database: Database) {
    let Some(bench) = Bench::start(database).await else { return };
    let api = bench.lakehead.api().await;
    bench.act(&bench.action(&bench.run, "undo", None), "success").await;
    bench.expect(0..0, "everything is out").await;
    assert_eq!(bench.expect_proof(0, "everything is out").await["counts"]["undone"], 3);
    let first = tutorial::runs(&api, &bench.flow).await.pop().unwrap();
    assert_eq!(bench.batch(&api, &first).await["status"], "inactive");
    tutorial::start_run(&api, &bench.flow).await;
    tutorial::finished_runs(&api, &bench.flow, 3).await;
    bench.expect(0..0, "no run brings it back by itself").await;

    let redone = bench.act(&bench.action(&bench.run, "redo", None), "success").await;
    bench.expect(0..300, "everything is back").await;
    bench.expect_proof(0, "everything is back").await;

    // The former batch has nothing left; the one that has it is redone, with another version of the mapping.
    bench.act(&bench.action(&bench.run, "redo", None), "failed").await;
    let set = bench.pipeline.mapping.clone().unwrap();
    let mappings: Vec<Value> = [("id", "_id"), ("last_name", "person.name.firstName")]
        .map(|(source, destination)| json!({"sourceType": "ATTRIBUTE", "source": source, "destination": destination}))
        .to_vec();
    let schema = json!({"id": bench.pipeline.schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"});
    let body = json!({"outputSchema": {"schemaRef": schema}, "mappings": mappings});
    let changed = api.try_put(&format!("{DATA_PREP}/mappingSets/{set}"), &body).await.unwrap().expect(200);
    assert_eq!(changed["version"], 1, "{changed}");
    let again = bench.action(redone["id"].as_str().unwrap(), "redo&mappingVersion=1", None);
    let before = bench.expect(0..300, "before").await.snapshots;
    bench.act(&again, "success").await;
    let table = bench.expect(0..300, "with the newer mapping").await;
    assert_eq!(table.snapshots, before + 1, "one snapshot takes out and brings in");
    let names = table.rows.iter().map(|row| row["person"]["name"]["firstName"].as_str().unwrap());
    assert!(names.into_iter().all(|name| name.starts_with("Example ")));
    bench.expect_proof(0, "with the newer mapping").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_a_flow_that_was_taken_back_by_batch_ingestion_can_be_read_again() {
    let Some(bench) = Bench::start(Database::Sqlite).await else { return };
    let api = bench.lakehead.api().await;
    let batch = tutorial::batch(&tutorial::runs(&api, &bench.flow).await[0]);
    api.post_nothing(&format!("/data/foundation/import/batches/{batch}?action=REVERT")).await.expect(200);
    eventually("the batch is taken back", async || {
        let shown = api.get(&format!("{CATALOG}/batches/{batch}")).await.expect(200)[&batch].clone();
        (shown["status"] == "inactive").then_some(())
    })
    .await;
    bench.expect(0..0, "taken back").await;
    assert_eq!(bench.expect_proof(0, "taken back").await["counts"]["undone"], 3);
    bench.act(&bench.action(&bench.run, "redo", Some('a')), "success").await;
    bench.expect(0..100, "one of three").await;
    bench.act(&bench.action(&bench.run, "redo", None), "success").await;
    bench.expect(0..300, "all").await;
    bench.expect_proof(0, "all").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_taken_out_alone_stays_out_when_the_whole_batch_comes_back() {
    let Some(bench) = Bench::start(Database::Sqlite).await else { return };
    bench.act(&bench.action(&bench.run, "undo", Some('b')), "success").await;
    bench.act(&bench.action(&bench.run, "undo", None), "success").await;
    bench.expect(0..0, "all taken out").await;
    let redone = bench.act(&bench.action(&bench.run, "redo", None), "success").await;
    assert_eq!(redone["metrics"]["recordSummary"]["outputRecordCount"], 200);
    // The one that went alone comes back when it is asked for alone.
    bench.act(&bench.action(&bench.run, "redo", Some('b')), "success").await;
    bench.expect(0..300, "asked for by name").await;
    bench.expect_proof(0, "all").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused() {
    let Some(bench) = Bench::start(Database::Sqlite).await else { return };
    let api = bench.lakehead.api().await;
    let refused = async |action: String, code: &str, word: &str| {
        api.post_nothing(&action).await.expect_refusal(400, "FLOW-1100-400", &[code, word]);
    };
    refused(bench.action(&bench.run, "undo", Some('x')), "CONNECTOR-1312-400", "x.csv").await;
    refused(bench.action(&bench.run, "undo&path=nowhere", None), "CONNECTOR-1312-400", "path").await;
    refused(bench.action(&bench.run, "undo&mappingVersion=0", None), "CONNECTOR-1312-400", "mappingVersion").await;
    let unknown = api.post_nothing(&bench.action(&bench.run, "redo&mappingVersion=7", None)).await;
    unknown.expect_refusal(400, "FLOW-1412-400", &["version 7"]);
    let nothing = bench.act(&bench.action(&bench.run, "re_trigger", None), "success").await;
    refused(bench.action(nothing["id"].as_str().unwrap(), "undo", None), "CONNECTOR-1387-400", "nothing to undo").await;
    bench.expect(0..300, "nothing happened").await;
}
