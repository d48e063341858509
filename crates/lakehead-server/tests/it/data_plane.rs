//! What the data plane makes of files: types, formats, selections, what is new, and files that mean harm.

use std::io::Write as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use serde_json::{Value, json};

use crate::harness::client::{Api, CATALOG, DATA_ACCESS, FLOW_SERVICE};
use crate::harness::customers;
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Pipeline, Source};

/// Source columns of every XDM type that a file can hold.
const TYPED: &[(&str, &str)] = &[
    ("id", "_id"),
    ("born", "person.birthDate"),
    ("year", "person.birthYear"),
    ("lat", "homeAddress._schema.latitude"),
    ("main", "homeAddress.primary"),
    ("city", "homeAddress.city"),
    ("made", "_repo.createDate"),
];

/// A server, a store with a bucket, and the resources of the tutorial with the typed mapping.
struct Bench {
    s3: S3,
    api: Api,
    pipeline: Pipeline,
    _lakehead: Lakehead,
}

impl Bench {
    async fn start() -> Self {
        let s3 = S3::in_process().await;
        let lakehead = Lakehead::start(Options::default()).await;
        let api = lakehead.api().await;
        let path = s3.path("customers/");
        let source = Source { format: "delimited", path: &path, kind: "folder" };
        let pipeline = tutorial::prepare(&api, &s3, source).await;
        Self { s3, api, pipeline, _lakehead: lakehead }
    }

    /// Runs a flow once over files described by `data` and `params`; answers its run.
    async fn land(&self, data: Value, params: Value, mappings: &[(&str, &str)], options: Value) -> Value {
        let body = json!({
            "name": "files", "baseConnectionId": self.pipeline.connection, "data": data, "params": params,
            "connectionSpec": {"id": tutorial::S3_SPEC, "version": "1.0"},
        });
        let source = self.api.post(&format!("{FLOW_SERVICE}/sourceConnections"), &body).await.expect(201);
        let mapping = tutorial::mapping_set(&self.api, &self.pipeline.schema, mappings).await;
        let mut pipeline = self.pipeline.clone();
        pipeline.source = source["id"].as_str().unwrap().to_owned();
        pipeline.mapping = Some(mapping);
        let mut body = tutorial::flow_body(&pipeline, tutorial::now_s());
        body["options"] = options;
        let flow = tutorial::flow(&self.api, &body).await;
        tutorial::finished_runs(&self.api, &flow, 1).await.swap_remove(0)
    }

    /// The landed row with this id, without what is empty in it.
    async fn row(&self, id: &str) -> Value {
        let table = read_back::table(&self.api, &self.pipeline.dataset).await;
        let row = table.rows.into_iter().find(|row| row["_id"] == id);
        row.unwrap_or_else(|| panic!("`{id}` did not land"))
    }
}

fn expect_typed(row: &Value) {
    assert_eq!(row["person"]["birthDate"], "1985-12-24", "{row}");
    assert_eq!(row["person"]["birthYear"], 1985, "{row}");
    assert_eq!(row["homeAddress"]["_schema"]["latitude"], 48.25, "{row}");
    assert_eq!(row["homeAddress"]["primary"], true, "{row}");
    assert_eq!(row["homeAddress"]["city"], "Wien", "{row}");
    assert_eq!(row["_repo"]["createDate"], "2026-01-02T02:04:05+00:00", "{row}");
    assert!(row["workAddress"].is_null() && row["shippingAddress"].is_null(), "what is not mapped is null: {row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_gives_the_same_types() {
    if !read_back::is_provided() {
        return;
    }
    let bench = Bench::start().await;
    let csv = "id,born,year,lat,main,city,made\ncsv-1,1985-12-24,1985,48.25,yes,Wien,2026-01-02T03:04:05+01:00\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(csv.as_bytes()).unwrap();
    bench.s3.put("typed/one.csv.gz", gzip.finish().unwrap()).await;
    let json_row = r#"{"id":"json-1","born":"1985-12-24","year":1985,"lat":48.25,"main":true,"city":"Wien","made":"2026-01-02T03:04:05+01:00"}"#;
    bench.s3.put("typed/array.json", format!("[{json_row},\n {}]", json_row.replace("json-1", "json-2"))).await;
    bench.s3.put("typed/rows.parquet", typed_parquet()).await;

    for (file, data) in [
        ("one.csv.gz", json!({"format": "delimited", "properties": {"compressionType": "gzip"}})),
        ("array.json", json!({"format": "json"})),
        ("rows.parquet", json!({"format": "parquet"})),
    ] {
        let params = json!({"path": bench.s3.path(&format!("typed/{file}")), "type": "file"});
        let run = bench.land(data, params, TYPED, json!({})).await;
        assert_eq!(tutorial::status(&run), "success", "{file}: {run}");
        assert!(run["metrics"]["statusSummary"]["errors"].as_array().is_none_or(Vec::is_empty), "{file}: {run}");
    }
    for id in ["csv-1", "json-1", "json-2", "parquet-1"] {
        expect_typed(&bench.row(id).await);
    }
}

fn typed_parquet() -> Vec<u8> {
    let columns: [(&str, ArrayRef); 7] = [
        ("id", Arc::new(StringArray::from(vec!["parquet-1"]))),
        ("born", Arc::new(arrow::array::Date32Array::from(vec![5836]))),
        ("year", Arc::new(Int64Array::from(vec![1985]))),
        ("lat", Arc::new(Float64Array::from(vec![48.25]))),
        ("main", Arc::new(BooleanArray::from(vec![true]))),
        ("city", Arc::new(StringArray::from(vec!["Wien"]))),
        (
            "made",
            Arc::new(arrow::array::TimestampMillisecondArray::from(vec![1_767_319_445_000]).with_timezone("+00:00")),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut file = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_run_takes_only_what_is_new_or_changed() {
    if !read_back::is_provided() {
        return;
    }
    let bench = Bench::start().await;
    bench.s3.put("customers/a.csv", customers::csv(0..10)).await;
    bench.s3.put("customers/b.csv", customers::csv(10..20)).await;
    let flow = tutorial::flow(&bench.api, &tutorial::flow_body(&bench.pipeline, tutorial::now_s())).await;
    tutorial::finished_runs(&bench.api, &flow, 1).await;

    tutorial::start_run(&bench.api, &flow).await;
    let runs = tutorial::finished_runs(&bench.api, &flow, 2).await;
    assert_eq!(runs[0]["metrics"]["recordSummary"]["inputRecordCount"], 0, "nothing is new: {}", runs[0]);

    // Overwritten with other rows: another object, although the name is the same.
    bench.s3.put("customers/b.csv", customers::csv(20..33)).await;
    tutorial::start_run(&bench.api, &flow).await;
    let runs = tutorial::finished_runs(&bench.api, &flow, 3).await;
    assert_eq!(runs[0]["metrics"]["fileSummary"]["inputFileCount"], 1, "{}", runs[0]);
    let table = read_back::table(&bench.api, &bench.pipeline.dataset).await;
    assert_exactly(&table, &customers::ids(0..33), "an overwritten file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_runs_by_itself() {
    let bench = Bench::start().await;
    bench.s3.put("customers/a.csv", customers::csv(0..10)).await;
    let mut body = tutorial::flow_body(&bench.pipeline, 0);
    // The first slot has passed, the second comes in some seconds.
    let start_s = tutorial::now_s() - 52;
    body["scheduleParams"] = json!({"startTime": start_s.to_string(), "frequency": "minute", "interval": "1"});
    let flow = tutorial::flow(&bench.api, &body).await;
    let runs = tutorial::finished_runs(&bench.api, &flow, 1).await;
    assert_eq!(runs[0]["metrics"]["recordSummary"]["outputRecordCount"], 10, "{}", runs[0]);
    bench.s3.put("customers/b.csv", customers::csv(10..30)).await;
    let runs = tutorial::finished_runs(&bench.api, &flow, 2).await;
    assert_eq!(runs[0]["metrics"]["recordSummary"]["outputRecordCount"], 20, "{}", runs[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_fails_alone_and_its_neighbours_land() {
    let bench = Bench::start().await;
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(b"id,first_name\n").unwrap();
    for _ in 0..200 {
        bomb.write_all(&vec![b'x'; 1 << 20]).unwrap();
    }
    let mut good = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    good.write_all(customers::csv(0..100).as_bytes()).unwrap();
    bench.s3.put("bombs/bomb.csv.gz", bomb.finish().unwrap()).await;
    bench.s3.put("bombs/good.csv.gz", good.finish().unwrap()).await;

    let data = json!({"format": "delimited", "properties": {"compressionType": "gzip"}});
    let params = json!({"path": bench.s3.path("bombs/*.gz"), "type": "folder"});
    let options = json!({"partialIngestionPercent": 50, "errorDiagnosticsEnabled": true});
    let run = bench.land(data, params, customers::MAPPINGS, options).await;
    assert_eq!(tutorial::status(&run), "success", "{run}");
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 100, "{run}");
    assert_eq!(run["metrics"]["fileSummary"]["failedFileCount"], 1, "{run}");
    assert!(run["metrics"]["statusSummary"]["errors"].to_string().contains("bomb.csv.gz"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_are_kept_with_file_row_and_reason() {
    let bench = Bench::start().await;
    let rows = format!("{}too,few\n{}", customers::csv(0..50), "customer-x,a,b,not a day,e@example.com\n");
    bench.s3.put("bad/a.csv", rows).await;
    let params = json!({"path": bench.s3.path("bad/a.csv"), "type": "file"});
    let options = json!({"partialIngestionPercent": 5, "errorDiagnosticsEnabled": true});
    let run = bench.land(json!({"format": "delimited"}), params, customers::MAPPINGS, options).await;
    let records = &run["metrics"]["recordSummary"];
    assert_eq!((&records["outputRecordCount"], &records["failedRecordCount"]), (&json!(51), &json!(1)), "{run}");
    assert_eq!(records["warningRecordCount"], 1, "the day that is none became null: {run}");

    let batch = tutorial::batch(&run);
    let meta = format!("{DATA_ACCESS}/batches/{batch}/meta?path=");
    let listing = bench.api.get(&format!("{meta}row_errors")).await.expect(200);
    let name = listing["data"][0]["name"].as_str().unwrap();
    let lines = bench.api.get(&format!("{meta}row_errors/{name}")).await.bytes;
    let row: Value = serde_json::from_slice(lines.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    assert_eq!(row["_errors"][0]["code"], "INGEST-1401-400", "{row}");
    assert!(row["_filename"].as_str().is_some_and(|name| name.ends_with("bad/a.csv")), "{row}");
    assert_eq!(row["_row"], 51, "{row}");
    assert!(row.to_string().contains("too,few"), "the row itself is there: {row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_schema_does_not_allow_rejects_its_row_unless_the_dataset_says_otherwise() {
    let mut bench = Bench::start().await;
    bench.s3.put("values/a.csv", "id,sex\ncustomer-1,female\ncustomer-2,Q7\ncustomer-3,\n").await;
    let params = json!({"path": bench.s3.path("values/a.csv"), "type": "file"});
    let options = json!({"partialIngestionPercent": 50, "errorDiagnosticsEnabled": true});
    let mappings = [("id", "_id"), ("sex", "person.gender")];
    let run = bench.land(json!({"format": "delimited"}), params.clone(), &mappings, options.clone()).await;
    let records = &run["metrics"]["recordSummary"];
    assert_eq!((&records["outputRecordCount"], &records["failedRecordCount"]), (&json!(2), &json!(1)), "{run}");
    let table = read_back::table(&bench.api, &bench.pipeline.dataset).await;
    assert_exactly(&table, &["customer-1".to_owned(), "customer-3".to_owned()], "the others land");

    let meta = format!("{DATA_ACCESS}/batches/{}/meta?path=row_errors", tutorial::batch(&run));
    let listing = bench.api.get(&meta).await.expect(200);
    let lines = bench.api.get(&format!("{meta}/{}", listing["data"][0]["name"].as_str().unwrap())).await.bytes;
    let rows: Vec<Value> = serde_json::Deserializer::from_slice(&lines).into_iter().map(Result::unwrap).collect();
    assert_eq!((rows.len(), &rows[0]["_row"]), (1, &json!(2)), "{rows:?}");
    let issue = &rows[0]["_errors"][0];
    assert_eq!((&issue["code"], &issue["column"]), (&json!("DCVS-1106-400"), &json!("person.gender")), "{issue}");
    assert!(!issue["message"].to_string().contains("Q7"), "messages have no data: {issue}");

    let schema = bench.pipeline.schema.clone();
    let reference = json!({"id": schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"});
    let body = json!({"name": "Lenient", "tags": {"acp_validationContext": ["disabled"]}, "schemaRef": reference});
    let made = bench.api.post(&format!("{CATALOG}/dataSets"), &body).await.expect(201);
    let lenient = made[0].as_str().and_then(|made| made.strip_prefix("@/dataSets/")).unwrap().to_owned();
    bench.pipeline.target = tutorial::target_connection(&bench.api, &schema, &lenient).await;
    let run = bench.land(json!({"format": "delimited"}), params, &mappings, options).await;
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 3, "{run}");
}
