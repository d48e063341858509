//! Browsing a source: files of every format and compression found out, shown, and read as they were shown; files that
//! mean harm; folders in pages.

mod packed;

use serde_json::{Value, json};

use crate::harness::client::{Answer, Api, FLOW_SERVICE};
use crate::harness::customers::{self, MAPPINGS};
use crate::harness::read_back::{self, assert_exactly};
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Pipeline, Source};

/// A server, a store with a bucket, and a connection to it.
struct Bench {
    s3: S3,
    api: Api,
    connection: String,
    _lakehead: Lakehead,
}

impl Bench {
    async fn start() -> Self {
        let s3 = S3::in_process().await;
        let lakehead = Lakehead::start(Options::default()).await;
        let api = lakehead.api().await;
        let connection = tutorial::connection(&api, &s3).await;
        Self { s3, api, connection, _lakehead: lakehead }
    }

    async fn explore(&self, query: &str) -> Answer {
        self.api.get(&format!("{FLOW_SERVICE}/connections/{}/explore?{query}", self.connection)).await
    }

    async fn file(&self, key: &str, query: &str) -> Answer {
        self.explore(&format!("objectType=file&object={}&preview=true&{query}", self.s3.path(key))).await
    }

    /// A file whose properties are to be found out.
    async fn found_out(&self, key: &str) -> Value {
        self.file(key, "determineProperties=true").await.expect(200)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_out_of_a_file_is_what_a_flow_declares() {
    let bench = Bench::start().await;
    let path = bench.s3.path("none/");
    let source = Source { format: "delimited", path: &path, kind: "folder" };
    let pipeline = tutorial::prepare(&bench.api, &bench.s3, source).await;
    let mut landed = 0;
    for (name, pack) in packed::ALL {
        for (format, text) in [
            ("delimited", customers::csv(landed..landed + 10).replace(".com\n", ".com\r\n")),
            ("json", customers::ndjson(landed + 10..landed + 20)),
        ] {
            let key = format!("in/{name}/{format}/file");
            bench.s3.put(&key, pack(text.as_bytes())).await;
            let shown = bench.found_out(&key).await;
            let compression = if *name == "none" { Value::Null } else { json!(name) };
            let properties = &shown["properties"];
            assert_eq!((&properties["fileType"], &properties["compressionType"]), (&json!(format), &compression));
            assert_eq!(shown["format"], if format == "json" { "hierarchical" } else { "flat" }, "{shown}");
            let columns: Vec<_> = shown["schema"]["columns"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
            assert_eq!(columns, MAPPINGS.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{shown}");
            assert_eq!(shown["data"].as_array().map(Vec::len), Some(10), "{shown}");

            let declared = format!("fileType={format}&compressionType={name}");
            assert_eq!(bench.file(&key, &declared).await.expect(200), shown, "found out and declared");
            land(&bench, &pipeline, format, properties, &format!("in/{name}/{format}/")).await;
        }
        landed += 20;
    }
    if read_back::is_provided() {
        let table = read_back::table(&bench.api, &pipeline.dataset).await;
        assert_exactly(&table, &customers::ids(0..landed), "every compression");
    }
}

/// Runs a flow over a folder of one file with 10 rows, with the properties as explore answered them.
async fn land(bench: &Bench, pipeline: &Pipeline, format: &str, properties: &Value, folder: &str) {
    let body = json!({
        "name": folder, "baseConnectionId": bench.connection,
        "data": {"format": format, "properties": properties},
        "params": {"path": bench.s3.path(folder), "type": "folder"},
        "connectionSpec": {"id": tutorial::S3_SPEC, "version": "1.0"},
    });
    let source = bench.api.post(&format!("{FLOW_SERVICE}/sourceConnections"), &body).await.expect(201);
    let mut pipeline = pipeline.clone();
    pipeline.source = source["id"].as_str().unwrap().to_owned();
    let flow = tutorial::flow(&bench.api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    let run = tutorial::finished_runs(&bench.api, &flow, 1).await.swap_remove(0);
    assert_eq!(tutorial::status(&run), "success", "{folder}: {run}");
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 10, "{folder}: {run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn delimiters_encodings_and_nested_columns_are_shown() {
    let bench = Bench::start().await;
    bench.s3.put("a/tabs.txt", "id\tname\n1\tAda, Countess\n2\tGrace\n").await;
    bench.s3.put("a/latin.csv", &b"name;city\nM\xfcller;K\xf6ln\n"[..]).await;
    bench.s3.put("a/x.parquet", customers::parquet_xdm(0..3)).await;
    bench.s3.put("a/nested.json", r#"[{"id": 1, "at": {"lat": 1.5, "tags": ["a"]}}, {"id": 2, "late": true}]"#).await;

    let tabs = bench.found_out("a/tabs.txt").await;
    let properties = json!({"fileType": "delimited", "columnDelimiter": "\\t", "encoding": "UTF-8"});
    assert_eq!(tabs["properties"], properties, "{tabs}");
    assert_eq!(tabs["data"][0], json!({"id": "1", "name": "Ada, Countess"}), "{tabs}");
    let declared = bench.file("a/tabs.txt", "fileType=Delimited&columnDelimiter=%5Ct").await.expect(200);
    assert_eq!(declared, tabs);
    let latin = bench.found_out("a/latin.csv").await;
    assert_eq!(latin["properties"]["encoding"], "ISO-8859-1", "{latin}");
    assert_eq!(latin["data"][0], json!({"name": "Müller", "city": "Köln"}), "{latin}");
    let parquet = bench.found_out("a/x.parquet").await;
    assert_eq!(parquet["properties"], json!({"fileType": "parquet"}), "{parquet}");
    assert_eq!(parquet["data"].as_array().map(Vec::len), Some(3), "{parquet}");
    let nested = bench.found_out("a/nested.json").await;
    let columns = json!([
        {"name": "id", "type": "integer", "xdm": {"type": "integer", "meta:xdmType": "long"}},
        {"name": "at", "type": "object", "xdm": {"type": "object", "properties": {
            "lat": {"type": "number"}, "tags": {"type": "array", "items": {"type": "string"}}}}},
        {"name": "late", "type": "boolean", "xdm": {"type": "boolean"}},
    ]);
    assert_eq!(nested["schema"]["columns"], columns, "{nested}");
    let quiet =
        bench.explore(&format!("objectType=file&object={}&fileType=json", bench.s3.path("a/nested.json"))).await;
    let quiet = quiet.expect(200);
    assert_eq!((&quiet["schema"], &quiet["data"]), (&nested["schema"], &Value::Null), "no rows unless asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_mean_harm_are_refused_by_name() {
    let bench = Bench::start().await;
    for (key, bytes, query, words) in packed::hostile() {
        bench.s3.put(key, bytes).await;
        let path = bench.s3.path(key);
        let refused = bench.file(key, query).await;
        let words: Vec<&str> = ["CONNECTOR-1375-400", &path].into_iter().chain(words.iter().copied()).collect();
        refused.expect_refusal(400, "FLOW-1100-400", &words);
    }
    // What leads out of the folder, or is packed again, is only a name and only bytes.
    bench.s3.put("ok/out.tar", packed::tar(&[("../../../etc/passwd", b"a,b\n1,2\n")])).await;
    let shown = bench.found_out("ok/out.tar").await;
    assert_eq!(shown["data"], json!([{"a": "1", "b": "2"}]), "{shown}");
    // Still at work after all that.
    bench.explore("objectType=root").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_documents_are_shown_as_far_as_an_answer_goes() {
    let bench = Bench::start().await;
    for depth in [50, 99, 110, 124, 127, 128, 1000, 100_000] {
        for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
            let row = format!("{{\"id\":1,\"deep\":{}1{}}}\n", open.repeat(depth), close.repeat(depth));
            bench.s3.put("deep.json", format!("{{\"id\":0}}\n{row}{{\"id\":2}}\n")).await;
            let shown = bench.file("deep.json", "fileType=json").await.expect(200);
            let expected = if depth < 100 { 3 } else { 2 };
            assert_eq!(shown["data"].as_array().map(Vec::len), Some(expected), "{depth}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_shown_page_by_page() {
    let bench = Bench::start().await;
    let mut expected = Vec::new();
    for number in 0..23 {
        let name = format!("{number:02} ä&+.csv");
        bench.s3.put(&format!("many/{name}"), "a\n1\n").await;
        expected.push(name);
    }
    for folder in ["00", "10", "zz"] {
        bench.s3.put(&format!("many/{folder}/x.csv"), "a\n1\n").await;
        bench.s3.put(&format!("many/{folder}/y.csv"), "a\n1\n").await;
        expected.push(folder.to_owned());
    }
    expected.sort();
    let names =
        |page: &Value| page.as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap().to_owned()).collect();
    let folder = format!("objectType=folder&object={}", bench.s3.path("many/"));
    let whole = bench.explore(&folder).await;
    assert_eq!(whole.header("link"), "", "one page");
    let mut whole: Vec<String> = names(&whole.expect(200));
    assert_eq!(whole[..3], ["00", "10", "zz"], "folders first");
    whole.sort();
    assert_eq!(whole, expected);

    let (mut seen, mut sizes) = (Vec::<String>::new(), Vec::new());
    let mut answer = bench.explore(&format!("{folder}&limit=10")).await;
    loop {
        let link = answer.header("link").to_owned();
        let page: Vec<String> = names(&answer.expect(200));
        assert!(seen.iter().max() < page.iter().min(), "pages follow one another: {seen:?} {page:?}");
        sizes.push(page.len());
        seen.extend(page);
        let Some(next) = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")) else { break };
        answer = bench.api.get(next).await;
    }
    seen.sort();
    assert_eq!((seen, sizes), (expected, vec![10, 10, 6]));

    for (query, word) in [("limit=0", "`limit`"), ("continuationToken=xyz", "`continuationToken`")] {
        bench.explore(&format!("{folder}&{query}")).await.expect_refusal(400, "FLOW-1452-400", &[word]);
    }
    let elsewhere = format!("{folder}&continuationToken={}", "7a".repeat(20));
    assert_eq!(bench.explore(&elsewhere).await.expect(200), json!([]), "behind the last one");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_are_previewed_at_once() {
    let bench = Bench::start().await;
    bench.s3.put("a.csv", customers::csv(0..3)).await;
    let shown = (0..12).map(|_| bench.found_out("a.csv"));
    for shown in futures::future::join_all(shown).await {
        assert_eq!(shown["data"].as_array().map(Vec::len), Some(3), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_texts_mean_null_and_rows_are_counted_where_that_is_asked_for() {
    let bench = Bench::start().await;
    let text = "id,a\n1,NULL\n2,not given\n3,none\n";
    bench.s3.put("a.csv", text).await;
    bench.s3.put("b.parquet", customers::parquet_xdm(0..500)).await;
    let query = "fileType=delimited&nullMarker=NULL&nullMarker=not+given&rowCount=true";
    let shown = bench.file("a.csv", query).await.expect(200);
    assert_eq!(shown["data"], json!([{"id": "1"}, {"id": "2"}, {"id": "3", "a": "none"}]));
    assert_eq!(shown["rowCount"], json!({"rows": 3, "isExact": true, "sizeBytes": text.len()}));
    let shown = bench.file("b.parquet", "fileType=parquet&rowCount=true").await.expect(200);
    assert_eq!((&shown["rowCount"]["rows"], &shown["rowCount"]["isExact"]), (&json!(500), &json!(true)));
    let shown = bench.file("b.parquet", "fileType=parquet").await.expect(200);
    assert_eq!(shown["rowCount"], Value::Null, "only where it is asked for");
}
