//! The Amazon S3 tutorials, from the connection to the data read back, on two S3 servers.

use serde_json::Value;

use crate::harness::client::{Api, CATALOG, DATA_ACCESS, DATA_PREP, FLOW_SERVICE, SCHEMA_REGISTRY};
use crate::harness::customers::{self, MAPPINGS};
use crate::harness::environment::Database;
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options, etag};
use crate::harness::tutorial::{self, Pipeline, Source};

#[tokio::test(flavor = "multi_thread")]
async fn delimited_files_land_from_s3s() {
    delimited(S3::in_process().await, Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delimited_files_land_from_seaweedfs() {
    if let Some(s3) = S3::external().await {
        delimited(s3, Database::Sqlite).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delimited_files_land_with_postgres() {
    if Database::Postgres.is_provided() {
        delimited(S3::in_process().await, Database::Postgres).await;
    }
}

/// The tutorial with a folder of delimited files; a second run takes only what is new.
async fn delimited(s3: S3, database: Database) {
    let lakehead = Lakehead::start(Options { database, ..Options::default() }).await;
    let api = lakehead.api().await;
    s3.put("customers/2026-01.csv", customers::csv(0..500)).await;
    s3.put("customers/more/2026-02.csv", customers::csv(500..900)).await;
    let path = s3.path("customers/");
    let pipeline = tutorial::prepare(&api, &s3, Source { format: "delimited", path: &path, kind: "folder" }).await;
    check_connection(&api, &pipeline.connection).await;
    check_explore(&api, &s3, &pipeline.connection).await;
    check_companions(&api, &pipeline).await;

    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    let shown = api.get(&format!("{FLOW_SERVICE}/flows/{flow}")).await.expect(200);
    assert_eq!(shown["items"][0]["id"], flow.as_str(), "{shown}");
    let runs = tutorial::finished_runs(&api, &flow, 1).await;
    check_run(&runs[0], 900, 2);
    check_data_access(&api, &pipeline.dataset, &tutorial::batch(&runs[0]), 900).await;
    expect_table(&api, &pipeline, 900, 1).await;

    s3.put("customers/more/2026-03.csv", customers::csv(900..1000)).await;
    tutorial::start_run(&api, &flow).await;
    let runs = tutorial::finished_runs(&api, &flow, 2).await;
    check_run(&runs[0], 100, 1);
    expect_table(&api, &pipeline, 1000, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn json_lands_with_the_newer_mapping_body() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    s3.put("people/a.json", customers::ndjson(0..300)).await;
    s3.put("people/ignored.txt", "not selected by the wildcard").await;
    let path = s3.path("people/*.json");
    let mut pipeline = tutorial::prepare(&api, &s3, Source { format: "json", path: &path, kind: "folder" }).await;
    pipeline.mapping = Some(tutorial::mapping_set(&api, &pipeline.schema, MAPPINGS).await);
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    check_run(&tutorial::finished_runs(&api, &flow, 1).await[0], 300, 1);
    expect_table(&api, &pipeline, 300, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_in_the_shape_of_the_schema_lands_without_a_mapping() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    s3.put("xdm/a.parquet", customers::parquet_xdm(0..2000)).await;
    s3.put("xdm/deep/b.parquet", customers::parquet_xdm(2000..2500)).await;
    let path = s3.path("xdm/");
    let source = Source { format: "parquet_xdm", path: &path, kind: "folder" };
    let mut pipeline = tutorial::prepare(&api, &s3, source).await;
    pipeline.target = tutorial::parquet_target_connection(&api, &pipeline.schema, &pipeline.dataset).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    check_run(&tutorial::finished_runs(&api, &flow, 1).await[0], 2500, 2);
    expect_table(&api, &pipeline, 2500, 1).await;
}

async fn check_connection(api: &Api, connection: &str) {
    let path = format!("{FLOW_SERVICE}/connections/{connection}");
    let shown = api.get(&path).await.expect(200);
    let item = &shown["items"][0];
    assert_eq!(item["id"], connection, "{shown}");
    assert_eq!(item["connectionSpec"]["id"], tutorial::S3_SPEC, "{shown}");
    let all = api.get(&format!("{FLOW_SERVICE}/connections")).await.expect(200);
    assert_eq!(all["items"].as_array().map(Vec::len), Some(1), "{all}");
    api.get(&format!("{path}/test")).await.expect(200);
    let rename = serde_json::json!([{"op": "replace", "path": "/name", "value": "renamed"}]);
    let renamed = api.patch(&path, etag(item), &rename).await.expect(200);
    assert_ne!(etag(&renamed), etag(item), "a change makes a new version");
}

async fn check_explore(api: &Api, s3: &S3, connection: &str) {
    let explore = format!("{FLOW_SERVICE}/connections/{connection}/explore");
    let root = api.get(&format!("{explore}?objectType=root")).await.expect(200);
    assert!(root.as_array().is_some_and(|items| !items.is_empty()), "{root}");
    let folder = api.get(&format!("{explore}?objectType=folder&object={}", s3.path("customers/"))).await.expect(200);
    let names: Vec<_> = folder.as_array().into_iter().flatten().filter_map(|item| item["name"].as_str()).collect();
    assert!(names.contains(&"2026-01.csv") && names.contains(&"more"), "{folder}");
    let file = s3.path("customers/2026-01.csv");
    let file = api.get(&format!("{explore}?objectType=file&object={file}&fileType=delimited&preview=true")).await;
    let file = file.expect(200);
    let columns: Vec<_> = file["schema"]["columns"].as_array().into_iter().flatten().collect();
    assert_eq!(columns.len(), MAPPINGS.len(), "{file}");
    assert_eq!(columns[0]["name"], "id", "{file}");
    assert_eq!(file["data"][1]["first_name"], "Grace, Rear Admiral", "{file}");
}

async fn check_companions(api: &Api, pipeline: &Pipeline) {
    let stats = api.get(&format!("{SCHEMA_REGISTRY}/stats")).await.expect(200);
    assert!(stats["tenantId"].as_str().is_some_and(|tenant| !tenant.is_empty()), "{stats}");
    let id = percent_encoding::utf8_percent_encode(&pipeline.schema, percent_encoding::NON_ALPHANUMERIC);
    let path = format!("{SCHEMA_REGISTRY}/tenant/schemas/{id}");
    let raw = api.get_as(&path, "application/vnd.adobe.xed+json;version=1").await.expect(200);
    assert_eq!(raw["allOf"].as_array().map(Vec::len), Some(3), "{raw}");
    let full = api.get_as(&path, "application/vnd.adobe.xed-full+json;version=1").await.expect(200);
    let first_name = &full["properties"]["person"]["properties"]["name"]["properties"]["firstName"];
    assert_eq!(first_name["type"], "string", "{full}");
    let dataset = api.get(&format!("{CATALOG}/dataSets/{}", pipeline.dataset)).await.expect(200);
    assert_eq!(dataset[&pipeline.dataset]["schemaRef"]["id"], pipeline.schema.as_str(), "{dataset}");
    let mapping = pipeline.mapping.as_deref().unwrap_or_default();
    let mapping = api.get(&format!("{DATA_PREP}/mappingSets/{mapping}")).await.expect(200);
    assert_eq!(mapping["mappings"].as_array().map(Vec::len), Some(MAPPINGS.len()), "{mapping}");
    let specs = api.get(&format!("{FLOW_SERVICE}/flowSpecs?property=name==\"CloudStorageToAEP\"")).await.expect(200);
    assert_eq!(specs["items"][0]["id"], tutorial::FLOW_SPEC, "{specs}");
}

#[track_caller]
fn check_run(run: &Value, rows: u64, files: u64) {
    assert_eq!(tutorial::status(run), "success", "{run}");
    let metrics = &run["metrics"];
    assert_eq!(metrics["recordSummary"]["inputRecordCount"], rows, "{run}");
    assert_eq!(metrics["recordSummary"]["outputRecordCount"], rows, "{run}");
    assert_eq!(metrics["fileSummary"]["inputFileCount"], files, "{run}");
    assert!(metrics["sizeSummary"]["inputBytes"].as_u64().is_some_and(|bytes| bytes > 0), "{run}");
    let names: Vec<_> = run["activities"].as_array().into_iter().flatten().map(|activity| &activity["id"]).collect();
    assert_eq!(names, ["copyActivity", "promotionActivity"], "{run}");
}

/// The batch, its files as Parquet in whole and in part, and the preview.
async fn check_data_access(api: &Api, dataset: &str, batch: &str, rows: usize) {
    let shown = api.get(&format!("{CATALOG}/batches/{batch}")).await.expect(200);
    assert_eq!(shown[batch]["status"], "success", "{shown}");
    assert_eq!(shown[batch]["relatedObjects"][0]["id"], dataset, "{shown}");
    let files = api.get(&format!("{DATA_ACCESS}/batches/{batch}/files")).await.expect(200);
    let mut found = 0;
    for file in files["data"].as_array().into_iter().flatten() {
        let folder = api.get(file["_links"]["self"]["href"].as_str().unwrap()).await.expect(200);
        for part in folder["data"].as_array().into_iter().flatten() {
            let link = part["_links"]["self"]["href"].as_str().unwrap();
            let whole = api.get(link).await;
            assert_eq!(whole.status, 200, "{part}");
            assert_eq!(part["length"], whole.bytes.len().to_string(), "{part}");
            let start = api.get_range(link, "bytes=0-3").await;
            assert_eq!((start.status, start.bytes.as_ref()), (206, &b"PAR1"[..]), "{part}");
            assert_eq!(start.header("content-range"), format!("bytes 0-3/{}", whole.bytes.len()));
            found += parquet_rows(whole.bytes);
        }
    }
    assert_eq!(found, rows, "{files}");
    let preview = api.get(&format!("{DATA_ACCESS}/datasets/{dataset}/preview")).await.expect(200);
    let preview = preview["data"].as_array().unwrap_or_else(|| panic!("{preview}"));
    assert_eq!(preview.len(), rows.min(100));
    assert!(preview[0]["person"]["name"]["firstName"].is_string(), "{}", preview[0]);
}

fn parquet_rows(bytes: bytes::Bytes) -> usize {
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    reader.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum()
}

/// What an independent reader sees after `snapshots` runs that landed something, values included.
async fn expect_table(api: &Api, pipeline: &Pipeline, rows: u64, snapshots: usize) {
    if !read_back::is_provided() {
        return;
    }
    let table = read_back::table(api, &pipeline.dataset).await;
    assert_exactly(&table, &customers::ids(0..rows), "the tutorial");
    assert_eq!(table.snapshots, snapshots, "every run commits once");
    assert!(table.files >= snapshots, "every run has files of its own");
    let second = customers::id(1);
    let row = table.rows.iter().find(|row| row["_id"] == second.as_str()).expect("compared above");
    assert_eq!(row["person"]["name"]["firstName"], "Grace, Rear Admiral", "{row}");
    if pipeline.mapping.is_some() {
        assert_eq!(row["person"]["birthDate"], "1951-02-02", "{row}");
    }
}
