//! Connections, source and target connections and places that a provider refuses.

use serde_json::{Value, json};

use super::bench::Bench;
use super::case::Case;
use crate::harness::client::FLOW_SERVICE;
use crate::harness::tutorial;

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let mut cases = connections(bench);
    cases.extend(ends(bench));
    cases.extend(places(bench));
    cases
}

fn connections(bench: &Bench) -> Vec<Case> {
    let connections = format!("{FLOW_SERVICE}/connections");
    let connection = format!("{connections}/{}", bench.pipeline.connection);
    let post = |code, member: &str, value: &str| Case::post(code, &connections, bench.connection(member, value));
    let mut nameless = bench.connection("s3AccessKey", "x");
    nameless.as_object_mut().unwrap().remove("name");
    let new_id = json!([{"op": "replace", "path": "/id", "value": "x"}]);
    vec![
        post("CONNECTOR-1000-400", "serviceUrl", &closed_address()),
        post("CONNECTOR-1000-400", "serviceUrl", "file:///etc/passwd"),
        post("CONNECTOR-1001-401", "s3SecretKey", "wrong"),
        post("CONNECTOR-1003-404", "bucketName", "no-such-bucket"),
        Case::post("CONNECTOR-1304-400", &connections, nameless),
        Case::patch("CONNECTOR-1365-400", &connection, &bench.versions.connection, new_id),
    ]
}

fn ends(bench: &Bench) -> Vec<Case> {
    let source = |code, member: &str, value: Value| {
        let mut body = json!({"name": "x", "baseConnectionId": bench.pipeline.connection,
            "data": {"format": "delimited"}, "params": {"path": "/a/b.csv"},
            "connectionSpec": {"id": tutorial::S3_SPEC}});
        body[member] = value;
        Case::post(code, format!("{FLOW_SERVICE}/sourceConnections"), body)
    };
    let target = |code, member: &str, value: Value| {
        let mut body = json!({"name": "x", "data": {"schema": {"id": bench.pipeline.schema}},
            "params": {"dataSetId": bench.pipeline.dataset}, "connectionSpec": {"id": tutorial::DATA_LAKE_SPEC}});
        body[member] = value;
        Case::post(code, format!("{FLOW_SERVICE}/targetConnections"), body)
    };
    let delimiter = json!({"format": "delimited", "properties": {"columnDelimiter": "||"}});
    vec![
        source("CONNECTOR-1312-400", "params", json!({"path": "/a/b.csv", "type": "nonsense"})),
        source("CONNECTOR-1327-400", "data", json!({"format": "nonsense"})),
        source("CONNECTOR-1331-400", "data", delimiter),
        source("CONNECTOR-1396-400", "data", json!({"properties": {}})),
        target("CONNECTOR-1307-400", "connectionSpec", json!({"id": tutorial::S3_SPEC})),
        target("CONNECTOR-1325-400", "params", json!({})),
    ]
}

fn places(bench: &Bench) -> Vec<Case> {
    let explore = |code, query: &str| {
        Case::get(code, format!("{FLOW_SERVICE}/connections/{}/explore?{query}", bench.pipeline.connection))
    };
    let file = format!("objectType=file&object={}", bench.s3.path("broken/a.parquet"));
    let nothing_known = format!("objectType=file&object={}", bench.s3.path("broken/nothing.bin"));
    let lake = format!("{FLOW_SERVICE}/connections/{}/explore?objectType=root", bench.lake_connection);
    vec![
        explore("CONNECTOR-1003-404", &format!("objectType=folder&object={}", bench.s3.path("nowhere/"))),
        Case::get("CONNECTOR-1336-400", lake),
        explore("CONNECTOR-1337-400", "objectType=folder"),
        explore("CONNECTOR-1358-400", "objectType=nonsense"),
        explore("CONNECTOR-1359-400", "object=x"),
        explore("CONNECTOR-1374-400", &format!("{file}&fileType=parquet&determineProperties=true")),
        explore("CONNECTOR-1375-400", &format!("{file}&fileType=parquet")),
        explore("CONNECTOR-1375-400", &format!("{nothing_known}&determineProperties=true")),
        explore("CONNECTOR-1396-400", &format!("{file}&fileType=nonsense")),
        explore("CONNECTOR-1399-400", &file),
        explore("CONNECTOR-1312-400", &format!("{file}&fileType=delimited&compressionType=nonsense")),
    ]
}

/// An address that nobody listens on.
fn closed_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
