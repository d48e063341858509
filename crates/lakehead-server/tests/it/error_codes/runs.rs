//! Runs whose documents must show a code: small files with one flaw each.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use lakehead_model::codes;
use serde_json::{Value, json};

use super::bench::Bench;
use crate::harness::client::{CATALOG, FLOW_SERVICE, SCHEMA_REGISTRY};
use crate::harness::customers::{self, MAPPINGS};
use crate::harness::tutorial;

/// The class of events: its time is required.
const EVENTS: &str = "https://ns.adobe.com/xdm/context/experienceevent";

pub(super) async fn produce(bench: &mut Bench) {
    let tolerant = json!({"partialIngestionPercent": 100, "errorDiagnosticsEnabled": true});
    let bad_rows = format!("{}too,few\ncustomer-x,a,b,not a day,e@example.com\n", customers::csv(0..20));
    bench.s3.put("flaws/rows.csv", bad_rows).await;
    bench.s3.put("flaws/types.parquet", typed()).await;
    bench.s3.put("flaws/values.csv", "id,sex,mail\na,other,a@example.com\nb,male,none\n").await;
    bench.s3.put("flaws/events.csv", "id,time\na,2026-01-02T03:04:05Z\nb,\nc,no time\n").await;
    let csv = |key: &str| (json!({"format": "delimited"}), key.to_owned());
    let profiles = Target { schema: bench.pipeline.schema.clone(), id: bench.pipeline.target.clone() };

    let run = land(bench, &profiles, csv("flaws/rows.csv"), MAPPINGS, json!({})).await;
    shows(bench, &run, &["INGEST-1211-400"]).await;
    let run = land(bench, &profiles, csv("flaws/rows.csv"), MAPPINGS, tolerant.clone()).await;
    shows(bench, &run, &["INGEST-1212-400", "INGEST-1401-400", "MAPPER-3700-199"]).await;
    bench.s3.put("flaws/header.csv", "nothing,mapped\n1,2\n").await;
    let run = land(bench, &profiles, csv("flaws/header.csv"), MAPPINGS, tolerant.clone()).await;
    shows(bench, &run, &["118"]).await;
    let run = land(bench, &profiles, csv("flaws/nowhere.csv"), MAPPINGS, json!({})).await;
    shows(bench, &run, &["CONNECTOR-1001-500"]).await;
    let parquet = (json!({"format": "parquet"}), "flaws/types.parquet".to_owned());
    let days = [("id", "_id"), ("born", "person.birthDate")];
    let run = land(bench, &profiles, parquet, &days, json!({})).await;
    shows(bench, &run, &["TypeCompatibilityException"]).await;

    let values = [("id", "_id"), ("sex", "person.gender"), ("mail", "personalEmail.address")];
    let run = land(bench, &profiles, csv("flaws/values.csv"), &values, tolerant.clone()).await;
    shows(bench, &run, &["DCVS-1105-400", "DCVS-1106-400"]).await;

    let events = events(bench).await;
    let times = [("id", "_id"), ("time", "timestamp")];
    let run = land(bench, &events, csv("flaws/events.csv"), &times, tolerant).await;
    shows(bench, &run, &["INGEST-1555-400", "DCVS-1104-400"]).await;
}

struct Target {
    schema: String,
    id: String,
}

/// A dataset of events.
async fn events(bench: &Bench) -> Target {
    let api = &bench.api;
    let body = json!({"title": "Events", "type": "object", "allOf": [{"$ref": EVENTS}]});
    let schema = api.post(&format!("{SCHEMA_REGISTRY}/tenant/schemas"), &body).await.expect(201);
    let schema = schema["$id"].as_str().unwrap().to_owned();
    let dataset = tutorial::dataset(api, "Events", &schema).await;
    let id = tutorial::target_connection(api, &schema, &dataset).await;
    Target { schema, id }
}

/// A Parquet file in which a day is a flag.
fn typed() -> Vec<u8> {
    let columns: [(&str, ArrayRef); 2] =
        [("id", Arc::new(StringArray::from(vec!["a"]))), ("born", Arc::new(BooleanArray::from(vec![true])))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut file = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

/// Runs a new flow once over one file; answers its run.
async fn land(
    bench: &Bench,
    target: &Target,
    (data, key): (Value, String),
    mappings: &[(&str, &str)],
    options: Value,
) -> Value {
    let api = &bench.api;
    let body = json!({
        "name": key, "baseConnectionId": bench.pipeline.connection, "data": data,
        "params": {"path": bench.s3.path(&key), "type": "file"}, "connectionSpec": {"id": tutorial::S3_SPEC},
    });
    let source = api.post(&format!("{FLOW_SERVICE}/sourceConnections"), &body).await.expect(201);
    let mut pipeline = bench.pipeline.clone();
    pipeline.source = source["id"].as_str().unwrap().to_owned();
    pipeline.target.clone_from(&target.id);
    pipeline.mapping = Some(tutorial::mapping_set(api, &target.schema, mappings).await);
    let mut body = tutorial::flow_body(&pipeline, tutorial::now_s());
    body["options"] = options;
    let flow = tutorial::flow(api, &body).await;
    tutorial::finished_runs(api, &flow, 1).await.swap_remove(0)
}

/// The run shows each code with a message, and so does its batch where there is one. However it ended, it has the two
/// activities.
pub(super) async fn shows(bench: &mut Bench, run: &Value, expected: &[&'static str]) {
    let ids: Vec<_> = run["activities"].as_array().unwrap().iter().map(|activity| &activity["id"]).collect();
    assert_eq!(ids, ["copyActivity", "promotionActivity"], "{run}");
    for code in expected {
        assert!(codes::find(code).is_some(), "{code} is not in the table");
        let metrics = &run["metrics"];
        let message = message_of(&metrics["statusSummary"]["errors"], code)
            .or_else(|| message_of(&metrics["recordSummary"]["warningInfo"], code));
        assert!(message.is_some_and(|message| !message.is_empty()), "{code} with a message was expected: {run}");
        let batch = run["activities"].as_array().and_then(|activities| {
            activities.iter().find_map(|activity| activity["targetInfo"][0]["reference"]["ids"][0].as_str())
        });
        if let Some(batch) = batch {
            let batch = bench.api.get(&format!("{CATALOG}/batches/{batch}")).await.expect(200);
            assert!(batch.to_string().contains(code), "{code} was expected: {batch}");
        }
        bench.note(code);
    }
}

fn message_of<'a>(errors: &'a Value, code: &str) -> Option<&'a str> {
    errors.as_array()?.iter().find(|error| error["code"] == code)?["message"].as_str()
}
