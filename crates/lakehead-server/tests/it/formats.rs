//! What lands of every type that Avro and Parquet have, and of the dialects of delimited files: the very value, or an error
//! that names the column. Files of other programs are read through a flow, and the table by other programs again.

use serde_json::{Value, json};

use crate::harness::client::{Api, CATALOG, DATA_ACCESS, FLOW_SERVICE, SCHEMA_REGISTRY};
use crate::harness::read_back;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial;

/// A file of the decoders' own tests.
macro_rules! fixture {
    ($name:literal) => {
        &include_bytes!(concat!("../../../lakehead-connect/src/format/", $name))[..]
    };
}

/// A server, a store with a bucket, and a schema with a field of every type.
struct Bench {
    s3: S3,
    api: Api,
    connection: String,
    tenant: String,
    schema: String,
    _lakehead: Lakehead,
}

/// Fields of the schema: one of every kind that values can land in.
fn fields() -> Value {
    let text = json!({"type": "string"});
    json!({
        "text": text, "text2": text, "text3": text, "text4": text, "text5": text, "text6": text, "text7": text,
        "flag": {"type": "boolean"},
        "int": {"type": "integer", "meta:xdmType": "int"}, "int2": {"type": "integer", "meta:xdmType": "int"},
        "long": {"type": "integer", "meta:xdmType": "long"}, "long2": {"type": "integer", "meta:xdmType": "long"},
        "number": {"type": "number"}, "number2": {"type": "number"}, "number3": {"type": "number"},
        "number4": {"type": "number"},
        "day": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"}, "at2": {"type": "string", "format": "date-time"},
        "at3": {"type": "string", "format": "date-time"}, "at4": {"type": "string", "format": "date-time"},
        "tags": {"type": "array", "items": text},
        "longs": {"type": "array", "items": {"type": "integer", "meta:xdmType": "long"}},
        "more": {"type": "object", "meta:xdmType": "map", "additionalProperties": text},
        "place": {"type": "object", "properties": {"city": text, "lat": {"type": "number"}}},
    })
}

impl Bench {
    async fn start() -> Self {
        let s3 = S3::in_process().await;
        let lakehead = Lakehead::start(Options::default()).await;
        let api = lakehead.api().await;
        let connection = tutorial::connection(&api, &s3).await;
        let stats = api.get(&format!("{SCHEMA_REGISTRY}/stats")).await.expect(200);
        let tenant = format!("_{}", stats["tenantId"].as_str().unwrap());
        let profile = "https://ns.adobe.com/xdm/context/profile";
        let group = json!({"title": "Types", "type": "object", "meta:intendedToExtend": [profile],
            "definitions": {"own": {"properties": {&tenant: {"type": "object", "properties": fields()}}}},
            "allOf": [{"$ref": "#/definitions/own"}]});
        let group = api.post(&format!("{SCHEMA_REGISTRY}/tenant/fieldgroups"), &group).await.expect(201);
        let schema = json!({"title": "Typed", "type": "object",
            "allOf": [{"$ref": profile}, {"$ref": group["$id"]}]});
        let schema = api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &schema).await.expect(201);
        let schema = schema["$id"].as_str().unwrap().to_owned();
        Self { s3, api, connection, tenant, schema, _lakehead: lakehead }
    }

    /// Lands a file in a dataset of its own; answers the run and the dataset. Fields are those of the tenant; without
    /// pairs, there is no mapping.
    async fn land(&self, key: &str, data: &Value, pairs: &[(&str, &str)]) -> (Value, String) {
        self.land_in(&self.schema, key, data, pairs).await
    }

    async fn land_in(&self, schema: &str, key: &str, data: &Value, pairs: &[(&str, &str)]) -> (Value, String) {
        let dataset = tutorial::dataset(&self.api, key, schema).await;
        let body = json!({
            "name": key, "baseConnectionId": self.connection, "data": data,
            "params": {"path": self.s3.path(key), "type": "file"},
            "connectionSpec": {"id": tutorial::S3_SPEC, "version": "1.0"},
        });
        let source = self.api.post(&format!("{FLOW_SERVICE}/sourceConnections"), &body).await.expect(201);
        let target = tutorial::target_connection(&self.api, schema, &dataset).await;
        let own: Vec<(&str, String)> = pairs
            .iter()
            .map(|(from, to)| (*from, if *to == "_id" { "_id".to_owned() } else { format!("{}.{to}", self.tenant) }))
            .collect();
        let own: Vec<(&str, &str)> = own.iter().map(|(from, to)| (*from, to.as_str())).collect();
        let mapping = if pairs.is_empty() { None } else { Some(tutorial::mapping_set(&self.api, schema, &own).await) };
        let pipeline = tutorial::Pipeline {
            connection: self.connection.clone(),
            schema: schema.to_owned(),
            dataset: dataset.clone(),
            source: source["id"].as_str().unwrap().to_owned(),
            target,
            mapping,
        };
        let mut body = tutorial::flow_body(&pipeline, tutorial::now_s());
        body["options"] = json!({"partialIngestionPercent": 60, "errorDiagnosticsEnabled": true});
        let flow = tutorial::flow(&self.api, &body).await;
        (tutorial::finished_runs(&self.api, &flow, 1).await.swap_remove(0), dataset)
    }

    /// The landed rows by id: the tenant's object, without nulls.
    async fn rows(&self, dataset: &str) -> Vec<Value> {
        let mut rows = read_back::table(&self.api, dataset).await.rows;
        rows.sort_by_key(|row| row["_id"].as_str().unwrap_or_default().to_owned());
        rows.iter().map(|row| without_nulls(&row[&self.tenant])).collect()
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name.clone(), without_nulls(member)))
            .collect(),
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_avro_lands_as_it_is() {
    if !read_back::is_provided() {
        return;
    }
    let bench = Bench::start().await;
    bench.s3.put("types.avro", fixture!("avro/fixtures/snappy.avro").to_vec()).await;
    let pairs = [
        ("id", "_id"),
        ("flag", "flag"),
        ("small", "int"),
        ("large", "long"),
        ("f32", "number"),
        ("f64", "number2"),
        ("dec_bytes", "text"),
        ("dec_fixed", "long2"),
        ("day", "day"),
        ("time_ms", "text2"),
        ("time_us", "text3"),
        ("ts_ms", "at"),
        ("ts_us", "at2"),
        ("local_ms", "at3"),
        ("uuid", "text4"),
        ("color", "text5"),
        ("mixed", "text6"),
        ("raw", "text7"),
        ("tags", "tags"),
        ("more", "more"),
        ("place", "place"),
    ];
    let (run, dataset) = bench.land("types.avro", &json!({"format": "avro"}), &pairs).await;
    assert_eq!(tutorial::status(&run), "success", "{run}");
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 2, "{run}");
    let rows = bench.rows(&dataset).await;
    let expected = json!({
        "flag": true, "int": -7, "long": 9_007_199_254_740_993_i64, "number": 0.5, "number2": 0.1,
        "text": "-12345678901234567890.123456789012345678", "long2": 999_999_999_999_999_999_i64, "day": "1899-12-31",
        "text2": "01:02:03.004", "text3": "23:59:59.999999", "at": "1969-12-31T23:59:59.999000+00:00",
        "at2": "2026-01-02T03:04:05.678901+00:00", "at3": "2026-01-02T03:04:05+00:00",
        "text4": "0e0a1b2c-3d4e-5f60-7182-93a4b5c6d7e8", "text5": "GREEN", "text6": "5", "text7": "täxt",
        "tags": ["a", "ü"], "more": rows[0]["more"], "place": {"city": "Wien", "lat": 48.25},
    });
    assert_eq!(rows[0], expected);
    assert!(rows[0]["more"].to_string().contains("\"v\""), "{}", rows[0]["more"]);
    assert_eq!((&rows[1]["text"], &rows[1]["number2"]), (&json!("0.000000000000000001"), &json!(1e300)));
    assert_eq!(
        (&rows[1]["int"], &rows[1]["text6"], &rows[1]["at3"]),
        (&json!(i32::MAX), &json!("five"), &json!("1960-01-01T00:00:00+00:00"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn avro_in_the_shape_of_the_schema_needs_no_mapping() {
    if !read_back::is_provided() {
        return;
    }
    let bench = Bench::start().await;
    let schema = tutorial::schema(&bench.api, "People of Avro").await;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, fixture!("avro/fixtures/xdm.avro")).unwrap();
    bench.s3.put("xdm.avro.gz", gzip.finish().unwrap()).await;
    let data = json!({"format": "avro", "properties": {"compressionType": "gzip"}});
    let (run, dataset) = bench.land_in(&schema, "xdm.avro.gz", &data, &[]).await;
    assert_eq!(tutorial::status(&run), "success", "{run}");
    let table = read_back::table(&bench.api, &dataset).await;
    assert_eq!(table.ids(), ["avro-0", "avro-1", "avro-2", "avro-3"]);
    let row = table.rows.iter().find(|row| row["_id"] == "avro-1").unwrap();
    assert_eq!(row["person"]["birthDate"], "1985-12-24", "{row}");
    assert_eq!(row["person"]["birthYear"], 1985, "{row}");
    assert_eq!(row["person"]["name"]["firstName"], "Ada", "{row}");
    assert_eq!(row["_repo"]["createDate"], "2026-01-02T02:04:05+00:00", "{row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_parquet_lands_as_it_is_or_is_named() {
    if !read_back::is_provided() {
        return;
    }
    let bench = Bench::start().await;
    bench.s3.put("types.parquet", fixture!("parquet/fixtures/types.parquet").to_vec()).await;
    let data = json!({"format": "parquet"});
    // Column, field, and what lands of the first and second row: null for a value that its type does not hold.
    let table: &[(&str, &str, Value, Value)] = &[
        ("i8", "int", json!(-128), json!(127)),
        ("u8", "int2", json!(0), json!(255)),
        ("u32", "long", json!(0), json!(4_294_967_295_i64)),
        ("u64", "long2", json!(1), Value::Null),
        ("f16", "number", json!(1.5), json!(-0.25)),
        ("dec18", "number2", json!(-1_234_567_890_123_456.8), json!(0.01)),
        ("dec38", "text", json!("12345678901234567890.123456789012345678"), json!("-0.000000000000000001")),
        ("dec76", "text2", json!("1234567890123456789012345678901234567890.5"), json!("-1.5")),
        ("dec38", "number3", json!("12345678901234567890.123456789012345678".parse::<f64>().unwrap()), json!(-1e-18)),
        ("day", "day", json!("1899-12-31"), json!("9999-12-31")),
        ("time_ms", "text3", json!("01:02:03.004"), json!("23:59:59.999")),
        ("time_ns", "text4", json!("01:02:03.000000004"), json!("00:00:00")),
        ("ts_ms", "at", json!("1969-12-31T23:59:59.999000+00:00"), json!("2026-01-02T03:04:05.678000+00:00")),
        ("ts_us", "at2", json!("1969-12-31T23:59:59.999999+00:00"), json!("2026-01-02T03:04:05.678901+00:00")),
        ("ts_ns", "at3", json!("1969-12-31T23:59:59.999999+00:00"), json!("2026-01-02T03:04:05.678901+00:00")),
        ("local_us", "at4", json!("1969-12-31T23:59:59.999999+00:00"), json!("2026-01-02T03:04:05.678901+00:00")),
        ("uuid", "text5", json!("0e0a1b2c-3d4e-5f60-7182-93a4b5c6d7e8"), json!("00000000-0000-0000-0000-000000000000")),
        ("bytes", "text6", json!("plain"), Value::Null),
        ("text", "text7", json!("0042"), json!("ü")),
        ("flag", "flag", json!(true), json!(false)),
        ("tags", "tags", json!(["a", null]), json!([])),
        ("fixed_list", "longs", json!([1, 2]), json!([3, 4])),
    ];
    let mut pairs = vec![("id", "_id")];
    pairs.extend(table.iter().map(|(column, field, ..)| (*column, *field)));
    let (run, dataset) = bench.land("types.parquet", &data, &pairs).await;
    assert_eq!(tutorial::status(&run), "success", "{run}");
    let rows = bench.rows(&dataset).await;
    for (column, field, first, second) in table {
        assert_eq!((&rows[0][field], &rows[1][field]), (first, second), "{column}");
    }
    // What became null is counted, value by value.
    assert_eq!(run["metrics"]["recordSummary"]["warningRecordCount"], 2, "{run}");
    let warnings = run.to_string();
    assert!(warnings.contains("sourceField: u64") && warnings.contains("sourceField: bytes"), "{run}");

    // More of them, which need the same fields.
    let table: &[(&str, &str, Value, Value)] = &[
        ("u16", "int", json!(0), json!(65535)),
        ("i64", "long", json!(9_007_199_254_740_993_i64), json!(i64::MIN)),
        ("f32", "number", json!(f64::from(0.1_f32)), json!(-1.5)),
        ("f64", "text6", json!("0.1"), json!("NaN")),
        ("dec9", "text", json!("-12345.67"), json!("0.01")),
        ("time_us", "text2", json!("01:02:03.000004"), json!("00:00:00")),
        ("json", "text3", json!("{\"a\":1}"), json!("[]")),
        ("dict", "text4", json!("x"), json!("y")),
        ("view", "text5", json!("a longer text than twelve bytes"), Value::Null),
        ("large_list", "longs", json!([1]), Value::Null),
    ];
    let mut pairs = vec![("id", "_id")];
    pairs.extend(table.iter().map(|(column, field, ..)| (*column, *field)));
    let (run, dataset) = bench.land("types.parquet", &data, &pairs).await;
    assert_eq!(tutorial::status(&run), "success", "{run}");
    let rows = bench.rows(&dataset).await;
    for (column, field, first, second) in table {
        assert_eq!((&rows[0][field], &rows[1][field]), (first, second), "{column}");
    }

    // Types that are never converted fail the file and name the column.
    for (column, field) in [("day", "at"), ("ts_us", "day"), ("uuid", "long"), ("f64", "flag"), ("nested", "text")] {
        let (run, _) = bench.land("types.parquet", &data, &[("id", "_id"), (column, field)]).await;
        let failed = tutorial::status(&run) == "failed" && run.to_string().contains(&format!("`{column}`"));
        let counted = run.to_string().contains(&format!("sourceField: {column}"));
        assert!(failed || counted, "{column}: {run}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn timestamps_of_96_bits_and_older_lists_land_as_they_are() {
    if !read_back::is_provided() {
        return;
    }
    let bench = Bench::start().await;
    bench.s3.put("int96.parquet", fixture!("parquet/fixtures/int96.parquet").to_vec()).await;
    let pairs = [("id", "_id"), ("ts", "at"), ("tags", "tags")];
    let (run, dataset) = bench.land("int96.parquet", &json!({"format": "parquet"}), &pairs).await;
    assert_eq!(tutorial::status(&run), "success", "{run}");
    let rows = bench.rows(&dataset).await;
    let expected = [
        json!({"at": "0001-01-01T00:00:00+00:00", "tags": ["a", "b"]}),
        json!({"at": "1969-12-31T23:59:59.999999+00:00", "tags": []}),
        json!({"at": "9999-12-31T23:59:59+00:00"}),
    ];
    assert_eq!(rows, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn delimited_files_of_every_dialect_land() {
    if !read_back::is_provided() {
        return;
    }
    let bench = Bench::start().await;
    let pairs = [("_c0", "_id"), ("_c1", "text"), ("_c2", "int"), ("_c3", "text2")];
    let text = "1\t'a ''b''\n c'\t\\N\t''\n2\t\t''\t\\N\n3\tx\n4\t'\\N'\t7\tC:\\dir\n";
    bench.s3.put("plain.tsv", text).await;
    let properties = json!({"columnDelimiter": "tab", "header": "false", "quote": "'", "nullMarker": ["\\N"]});
    let (run, dataset) =
        bench.land("plain.tsv", &json!({"format": "delimited", "properties": properties}), &pairs).await;
    assert_eq!(tutorial::status(&run), "success", "{run}");
    let records = &run["metrics"]["recordSummary"];
    assert_eq!((&records["outputRecordCount"], &records["failedRecordCount"]), (&json!(3), &json!(1)), "{run}");
    let expected = [
        json!({"text": "a 'b'\n c", "text2": ""}),
        // Nothing, an empty text for a number, and a marker: no member has a value.
        Value::Null,
        json!({"text": "\\N", "int": 7, "text2": "C:\\dir"}),
    ];
    assert_eq!(bench.rows(&dataset).await, expected);
    let meta = format!("{DATA_ACCESS}/batches/{}/meta?path=row_errors", tutorial::batch(&run));
    let listing = bench.api.get(&meta).await.expect(200);
    let lines = bench.api.get(&format!("{meta}/{}", listing["data"][0]["name"].as_str().unwrap())).await.bytes;
    assert!(String::from_utf8_lossy(&lines).contains("\"_row\":3"), "{}", String::from_utf8_lossy(&lines));

    // What is explored is what lands.
    let query =
        "objectType=file&fileType=delimited&preview=true&columnDelimiter=0x09&header=false&quote='&nullMarker=%5CN";
    let path = format!("{FLOW_SERVICE}/connections/{}/explore?{query}&object=", bench.connection);
    let shown = bench.api.get(&format!("{path}{}", bench.s3.path("plain.tsv"))).await.expect(200);
    assert_eq!(shown["data"][0], json!({"_c0": "1", "_c1": "a 'b'\n c", "_c3": ""}), "{shown}");
    assert_eq!(shown["properties"]["header"], false, "{shown}");

    // A column that looked whole to its first rows, in the text that spreadsheets export.
    let text = "\u{feff}id\tnote\tsize\n1\tö\t1\n2\t\"\u{1f600}\"\t1.5\n3\t007\t\n";
    bench.s3.put("sheet.txt", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).await;
    let query = "objectType=file&determineProperties=true&object=";
    let path = format!("{FLOW_SERVICE}/connections/{}/explore?{query}", bench.connection);
    let found = bench.api.get(&format!("{path}{}", bench.s3.path("sheet.txt"))).await.expect(200);
    let data = json!({"format": found["properties"]["fileType"], "properties": found["properties"]});
    let (run, dataset) = bench.land("sheet.txt", &data, &[("id", "_id"), ("note", "text"), ("size", "number")]).await;
    assert_eq!(tutorial::status(&run), "success", "{run}");
    let expected =
        [json!({"text": "ö", "number": 1.0}), json!({"text": "\u{1f600}", "number": 1.5}), json!({"text": "007"})];
    assert_eq!(bench.rows(&dataset).await, expected);

    // Names that are there twice, are missing, or are no identifiers; then files without rows.
    let text = "id,name,name,,first name (given)\n1,a,b,c,d\n";
    bench.s3.put("names.csv", text).await;
    let pairs =
        [("id", "_id"), ("name", "text"), ("name_2", "text2"), ("_c3", "text3"), ("${first name (given)}", "text4")];
    let (run, dataset) = bench.land("names.csv", &json!({"format": "delimited"}), &pairs).await;
    assert_eq!(tutorial::status(&run), "success", "{run}");
    let expected = json!({"text": "a", "text2": "b", "text3": "c", "text4": "d"});
    assert_eq!(bench.rows(&dataset).await, [expected]);
    for (key, text) in [("header.csv", "id,name\n"), ("nothing.csv", "")] {
        bench.s3.put(key, text).await;
        let (run, _) = bench.land(key, &json!({"format": "delimited"}), &pairs[..2]).await;
        assert_eq!(tutorial::status(&run), "success", "{key}: {run}");
        assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 0, "{key}: {run}");
    }
    assert!(bench.api.get(&format!("{CATALOG}/dataSets/{dataset}")).await.status == 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_avro_file_with_a_damaged_block_fails_by_name() {
    let bench = Bench::start().await;
    let mut damaged = fixture!("avro/fixtures/deflate.avro").to_vec();
    let place = damaged.len() - 60;
    damaged[place] ^= 0x55;
    bench.s3.put("damaged.avro", damaged).await;
    let (run, _) = bench.land("damaged.avro", &json!({"format": "avro"}), &[("id", "_id")]).await;
    assert_eq!(tutorial::status(&run), "failed", "{run}");
    let text = run.to_string();
    assert!(text.contains("damaged.avro") && text.contains("block 1"), "{run}");
    // Shown without being declared, by its first bytes.
    bench.s3.put("found/out", fixture!("avro/fixtures/zstandard.avro").to_vec()).await;
    let query = "objectType=file&determineProperties=true&preview=true&object=";
    let path = format!("{FLOW_SERVICE}/connections/{}/explore?{query}{}", bench.connection, bench.s3.path("found/out"));
    let shown = bench.api.get(&path).await.expect(200);
    assert_eq!(shown["properties"], json!({"fileType": "avro"}), "{shown}");
    assert_eq!(shown["data"][0]["place"]["city"], "Wien", "{shown}");
    let column =
        |name: &str| shown["schema"]["columns"].as_array().unwrap().iter().find(|c| c["name"] == name).cloned();
    assert_eq!(column("large").unwrap()["xdm"], json!({"type": "integer", "meta:xdmType": "long"}), "{shown}");
    assert_eq!(column("ts_us").unwrap()["xdm"], json!({"type": "string", "format": "date-time"}), "{shown}");
}
