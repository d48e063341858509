//! Tables are maintained: small data files are put together, old snapshots expire, and what nothing refers to is deleted. No
//! row changes, and everything that works on a table before works on it afterwards.

mod beside_flows;
#[cfg(feature = "failpoints")]
mod killed;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::batch_ingestion;
use crate::harness::client::{Api, CATALOG, DATA_ACCESS};
use crate::harness::customers;
use crate::harness::environment::Database;
use crate::harness::eventually;
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Pipeline};

/// Only on demand, and at once: the last snapshot stays.
const ON_DEMAND: &str = "[maintenance]\nenabled = false\nsnapshot_age_s = 0\nsnapshots_kept = 1\nmetadata_kept = 2\n\
    reader_grace_s = 0\nsmall_files = 3\nsmall_manifests = 3\n";

/// A server, and a flow that has landed some files in runs of their own, 100 customers each.
struct Bench {
    lakehead: Lakehead,
    s3: S3,
    pipeline: Pipeline,
    flow: String,
    /// The runs, the oldest first.
    runs: Vec<Value>,
}

impl Bench {
    /// Nothing, after saying so, where the database or the reader is not provided.
    async fn start(database: Database, config: &str, runs: u64) -> Option<Self> {
        if !database.is_provided() || !read_back::is_provided() {
            return None;
        }
        let lakehead = Lakehead::start(Options { database, config: config.to_owned(), ..Options::default() }).await;
        let s3 = S3::in_process().await;
        let api = lakehead.api().await;
        let pipeline = tutorial::prepare_customers(&api, &s3).await;
        let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::NEVER_S)).await;
        let mut bench = Self { lakehead, s3, pipeline, flow, runs: Vec::new() };
        for number in 0..runs {
            bench.land(number).await;
        }
        Some(bench)
    }

    /// Lands the customers of a number, in two files.
    async fn land(&mut self, number: u64) {
        for (part, letter) in ['a', 'b'].into_iter().enumerate() {
            let first = number * 100 + part as u64 * 50;
            self.s3.put(&format!("customers/{number}{letter}.csv"), customers::csv(first..first + 50)).await;
        }
        let api = self.lakehead.api().await;
        tutorial::start_run(&api, &self.flow).await;
        let runs = tutorial::finished_runs(&api, &self.flow, self.runs.len() + 1).await;
        assert_eq!(tutorial::status(&runs[0]), "success", "{}", runs[0]);
        self.runs.push(runs[0].clone());
    }

    /// What `lakehead maintain` says of the table.
    async fn maintain(&self) -> Value {
        let config = self.lakehead.config_file().display().to_string();
        let done = self.lakehead.cli(&["maintain", "--dataset", &self.pipeline.dataset, "--config", &config]).await;
        let done = done["tables"][0].clone();
        assert!(done.get("error").is_none(), "{done}\n{}", self.lakehead.log());
        done
    }

    async fn table(&self) -> read_back::Table {
        read_back::table(&self.lakehead.api().await, &self.pipeline.dataset).await
    }

    /// Exactly these customers are in the table, and it is proven complete.
    async fn expect(&self, customers: impl IntoIterator<Item = u64>, context: &str) -> read_back::Table {
        let table = self.table().await;
        let expected: Vec<String> = customers.into_iter().map(customers::id).collect();
        assert_exactly(&table, &expected, context);
        self.lakehead.verify(0, &["--deep"], context).await;
        table
    }

    async fn act(&self, run: &Value, op: &str, file: Option<&str>) {
        let path = file.map(|file| self.s3.path(&format!("customers/{file}.csv")));
        let action = tutorial::action(run["id"].as_str().unwrap(), op, path.as_deref());
        let run = tutorial::act(&self.lakehead.api().await, &self.flow, &action).await;
        assert_eq!(tutorial::status(&run), "success", "{action}: {run}\n{}", self.lakehead.log());
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.lakehead.table_dir(&self.pipeline.dataset).join(name)
    }

    /// Names of the files of a folder of the table.
    fn files(&self, folder: &str) -> BTreeSet<String> {
        let files = std::fs::read_dir(self.folder(folder)).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Location and text of the current metadata file.
    async fn metadata(&self) -> (String, Value) {
        let dataset = &self.pipeline.dataset;
        let api = self.lakehead.api().await;
        let shown = api.get(&format!("{CATALOG}/dataSets/{dataset}")).await.expect(200);
        let location = shown[dataset]["extensions"]["lakehead"]["metadataLocation"].as_str().unwrap().to_owned();
        let text = std::fs::read_to_string(location.trim_start_matches("file://")).unwrap();
        (location, serde_json::from_str(&text).unwrap())
    }
}

/// The rows as texts, sorted: all columns, those of the system too.
fn rows(table: &read_back::Table) -> Vec<String> {
    let mut rows: Vec<String> = table.rows.iter().map(Value::to_string).collect();
    rows.sort();
    rows
}

/// Ids of the customers that Data Access gives of a batch.
async fn downloaded(api: &Api, batch: &str) -> Vec<String> {
    let files = api.get(&format!("{DATA_ACCESS}/batches/{batch}/files")).await.expect(200);
    let mut ids = Vec::new();
    for file in files["data"].as_array().unwrap() {
        let id = file["dataSetFileId"].as_str().unwrap();
        let entry = api.get(&format!("{DATA_ACCESS}/files/{id}")).await.expect(200)["data"][0].clone();
        assert_eq!(entry["length"].as_str().unwrap(), file["size"].to_string(), "{file}");
        let answer = api.get(&format!("{DATA_ACCESS}/files/{id}?path={}", entry["name"].as_str().unwrap())).await;
        assert_eq!(answer.bytes.len().to_string(), file["size"].to_string());
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(answer.bytes).unwrap();
        let before = ids.len();
        for rows in reader.build().unwrap() {
            let rows = rows.unwrap();
            let column = arrow::array::AsArray::as_string::<i32>(rows.column_by_name("_id").unwrap());
            ids.extend(column.iter().map(|id| id.unwrap().to_owned()));
        }
        assert_eq!(json!(ids.len() - before), file["records"], "{file}");
    }
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_packed_and_everything_works_on_it_on_sqlite() {
    packed(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_packed_and_everything_works_on_it_on_postgres() {
    packed(Database::Postgres).await;
}

async fn packed(database: Database) {
    let Some(mut bench) = Bench::start(database, ON_DEMAND, 5).await else { return };
    let before = bench.expect(0..500, "as it landed").await;
    assert_eq!(before.snapshots, 5);
    let done = bench.maintain().await;
    assert_eq!((&done["smallFiles"], &done["largeFiles"]), (&json!(before.files), &json!(1)), "{done}");
    assert_eq!(done["expiredSnapshots"], 5, "{done}");
    let table = bench.expect(0..500, "packed").await;
    assert_eq!((table.files, table.snapshots), (1, 1));
    assert!(rows(&table) == rows(&before), "every row is as it was");
    let (_, metadata) = bench.metadata().await;
    assert_eq!(metadata["snapshots"][0]["summary"]["operation"], "replace", "{metadata}");

    // Everything that only the former snapshots had goes, and nothing else.
    eventually("what is not referred to is deleted", async || (bench.files("data").len() == 1).then_some(())).await;
    let referred: BTreeSet<String> = [
        metadata["metadata-log"].as_array().unwrap().iter().map(|log| &log["metadata-file"]).collect::<Vec<_>>(),
        vec![&metadata["snapshots"][0]["manifest-list"]],
    ]
    .concat()
    .into_iter()
    .map(|location| location.as_str().unwrap().rsplit('/').next().unwrap().to_owned())
    .collect();
    let kept = bench.files("metadata");
    assert!(referred.is_subset(&kept), "{referred:?} of {kept:?}");
    // The current metadata file, two before it, the manifest list, the manifests with what was taken out and brought in.
    assert_eq!(kept.len(), 1 + 2 + 1 + 2, "{kept:?}");
    bench.expect(0..500, "after the collector").await;

    // Each batch gives its own rows, though all share a file.
    let api = bench.lakehead.api().await;
    let batches: Vec<String> = bench.runs.iter().map(tutorial::batch).collect();
    for (number, batch) in batches.iter().enumerate() {
        let first = number as u64 * 100;
        assert_eq!(downloaded(&api, batch).await, customers::ids(first..first + 100));
    }
    let preview = api.get(&format!("{DATA_ACCESS}/datasets/{}/preview", bench.pipeline.dataset)).await.expect(200);
    let shown: BTreeSet<&str> =
        preview["data"].as_array().unwrap().iter().map(|row| row["_id"].as_str().unwrap()).collect();
    assert_eq!(shown.len(), preview["data"].as_array().unwrap().len(), "no row is shown twice");

    // One file of a batch goes and comes back, then a whole batch.
    bench.act(&bench.runs[1], "undo", Some("1b")).await;
    bench.expect((0..150).chain(200..500), "without 1b").await;
    assert_eq!(downloaded(&api, &batches[1]).await, customers::ids(100..150));
    assert_eq!(downloaded(&api, &batches[2]).await, customers::ids(200..300));
    bench.act(&bench.runs[2], "undo", None).await;
    bench.expect((0..150).chain(300..500), "without the batch 2").await;
    bench.act(&bench.runs[2], "redo", None).await;
    bench.act(&bench.runs[3], "redo", Some("3a")).await;
    bench.expect((0..150).chain(200..500), "the batch 2 and 3a were read again").await;
    bench.act(&bench.runs[1], "redo", Some("1b")).await;
    bench.expect(0..500, "1b is back").await;
    batch_ingestion::act(&api, &batches[0], "REVERT").await.expect(200);
    batch_ingestion::has_become(&api, &batches[0], "inactive").await;
    bench.expect(100..500, "taken back").await;

    // And again, with what came since.
    bench.runs = tutorial::runs(&api, &bench.flow).await;
    bench.land(5).await;
    bench.maintain().await;
    assert_eq!(bench.expect(100..600, "packed again").await.files, 1);
    eventually("the rest is deleted", async || (bench.files("data").len() == 1).then_some(())).await;
    bench.expect(100..600, "after the collector again").await;
    let done = bench.maintain().await;
    assert_eq!((&done["changed"], &done["filesToDelete"]), (&json!(false), &json!(0)), "nothing is left to do: {done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_a_former_version_has_time() {
    let config = ON_DEMAND.replace("reader_grace_s = 0", "reader_grace_s = 3600");
    let Some(bench) = Bench::start(Database::Sqlite, &config, 4).await else { return };
    let (former, _) = bench.metadata().await;
    let (before, data) = (read_back::table_at(&former).await, bench.files("data"));
    assert_eq!(bench.maintain().await["largeFiles"], 1);
    bench.expect(0..400, "packed").await;
    assert!(data.is_subset(&bench.files("data")), "the collector was here, and left what may be read");
    assert!(rows(&read_back::table_at(&former).await) == rows(&before));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_batch_is_replaced_though_its_rows_share_a_file() {
    let Some(bench) = Bench::start(Database::Sqlite, ON_DEMAND, 4).await else { return };
    let api = bench.lakehead.api().await;
    bench.maintain().await;
    let replaced = tutorial::batch(&bench.runs[2]);
    let (dataset, replay) = (&bench.pipeline.dataset, json!({"predecessors": [replaced], "reason": "replace"}));
    let batch = batch_ingestion::create(&api, dataset, "parquet", json!({"replay": replay})).await;
    let path = batch_ingestion::file(&batch, dataset, "new.parquet");
    let put =
        crate::harness::client::http().put(format!("{}{path}", api.base())).body(customers::parquet_xdm(900..950));
    let put = api.headers().iter().fold(put, |put, (name, value)| put.header(name, value));
    let put = put.header("content-type", "application/octet-stream").send().await.unwrap();
    assert!(put.status().is_success(), "{}", put.text().await.unwrap());
    batch_ingestion::act(&api, &batch, "COMPLETE").await.expect(200);
    batch_ingestion::has_become(&api, &batch, "success").await;
    bench.expect((0..200).chain(300..400).chain(900..950), "replaced").await;
}
