//! Calculated fields in real flows: delimited files, whose values are text, and JSON files, whose values have types.

use serde_json::{Value, json};

use crate::harness::read_back;
use crate::harness::s3::S3;
use crate::harness::server::{Lakehead, Options};
use crate::harness::tutorial::{self, Source};

const SETS: &str = "/data/foundation/conversion/mappingSets";

fn set(schema: &str, mappings: &Value) -> Value {
    json!({"outputSchema": {"schemaRef": {"id": schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"}},
        "mappings": mappings})
}

fn calculated(source: &str, destination: &str) -> Value {
    json!({"sourceType": "EXPRESSION", "source": source, "destination": destination})
}

#[tokio::test(flavor = "multi_thread")]
async fn calculated_fields_land_from_delimited_and_json_files() {
    let s3 = S3::in_process().await;
    let lakehead = Lakehead::start(Options::default()).await;
    let api = lakehead.api().await;
    let csv = "first,last,born,mail,n\nada,lovelace,10/12/1815,ADA@EXAMPLE.COM,1\ngrace,hopper,never,,2\n";
    let line = json!({"first": "alan", "last": "turing", "born": "23/06/1912", "n": 3, "mails": [{"a": "x@y.z"}]});
    s3.put("in.csv", csv).await;
    s3.put("in.json", format!("{line}\n")).await;
    let mut pipeline =
        tutorial::prepare(&api, &s3, Source { format: "delimited", path: &s3.path("in.csv"), kind: "file" }).await;
    let mappings = json!([
        calculated("concat('p-', n)", "_id"),
        calculated("concat(upper(left(first, 1)), substr(first, 1, 99))", "person.name.firstName"),
        calculated("upper(last)", "person.name.lastName"),
        calculated("date(born, 'dd/MM/yyyy')", "person.birthDate"),
        calculated("lower(coalesce(mail, mails[0].a, 'none@example.com'))", "personalEmail.address"),
    ]);
    let made = api.post(SETS, &set(&pipeline.schema, &mappings)).await.expect(200);
    pipeline.mapping = Some(made["id"].as_str().unwrap().to_owned());
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    let run = tutorial::finished_runs(&api, &flow, 1).await.swap_remove(0);
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 2, "{run}");

    let path = s3.path("in.json");
    let source = Source { format: "json", path: &path, kind: "file" };
    pipeline.source = tutorial::source_connection(&api, &pipeline.connection, source, &pipeline.schema).await;
    let flow = tutorial::flow(&api, &tutorial::flow_body(&pipeline, tutorial::now_s())).await;
    tutorial::finished_runs(&api, &flow, 1).await;

    if !read_back::is_provided() {
        return;
    }
    let table = read_back::table(&api, &pipeline.dataset).await;
    let row = |id: &str| table.rows.iter().find(|row| row["_id"] == id).unwrap_or_else(|| panic!("no {id}"));
    assert_eq!(row("p-1")["person"]["name"]["firstName"], "Ada");
    assert_eq!(row("p-1")["person"]["birthDate"], "1815-12-10");
    assert_eq!(row("p-1")["personalEmail"]["address"], "ada@example.com");
    assert!(row("p-2")["person"]["birthDate"].is_null());
    assert_eq!(row("p-2")["personalEmail"]["address"], "none@example.com");
    assert_eq!(row("p-3")["person"]["name"]["lastName"], "TURING");
    assert_eq!(row("p-3")["personalEmail"]["address"], "x@y.z");
}
