//! Requests that the Flow Service refuses with a code of its own.

use serde_json::{Value, json};

use super::bench::{Bench, UNKNOWN};
use super::case::Case;
use crate::harness::client::FLOW_SERVICE;
use crate::harness::tutorial;

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let mut cases = lists();
    cases.extend(resources(bench));
    cases.extend(flows_and_runs(bench));
    cases
}

fn lists() -> Vec<Case> {
    let list = |code, query: &str| Case::get(code, format!("{FLOW_SERVICE}/connections?{query}"));
    vec![
        list("FLOW-1401-400", "limit=1&count=true"),
        list("FLOW-1432-400", "orderby=*name"),
        list("FLOW-1433-400", "orderby=nonsense"),
        list("FLOW-1440-400", "property=name~x"),
        list("FLOW-1441-400", "property=count(name)==1"),
        list("FLOW-1443-400", "property=name!=a,b"),
        list("FLOW-1448-400", "property=id>5"),
        list("FLOW-1449-400", "property=nonsense==1"),
        list("FLOW-1450-400", "property=name=!x"),
        list("FLOW-1451-400", "nonsense=1"),
        list("FLOW-1452-400", "limit=none"),
        list("FLOW-1452-400", "continuationToken=nonsense"),
        list("FLOW-1453-400", "property=name=="),
    ]
}

fn resources(bench: &Bench) -> Vec<Case> {
    let connections = format!("{FLOW_SERVICE}/connections");
    let connection = format!("{connections}/{}", bench.pipeline.connection);
    let source = format!("{FLOW_SERVICE}/sourceConnections/{}", bench.pipeline.source);
    let patch = |code, body: Value| Case::patch(code, &connection, &bench.versions.connection, body);
    let rename = json!([{"op": "replace", "path": "/name", "value": "x"}]);
    let mut unknown_spec = bench.connection("s3AccessKey", "x");
    unknown_spec["connectionSpec"]["id"] = json!(UNKNOWN);
    let mut unknown_auth = bench.connection("s3AccessKey", "x");
    unknown_auth["auth"]["specName"] = json!("Password");
    let unknown_base = json!({"name": "x", "baseConnectionId": UNKNOWN, "data": {"format": "json"},
        "params": {"path": "/a/b.json"}, "connectionSpec": {"id": tutorial::S3_SPEC}});
    vec![
        Case::act("FLOW-1100-400", &connections).text("{"),
        Case::post("FLOW-1101-404", format!("{FLOW_SERVICE}/sourceConnections"), unknown_base),
        patch("FLOW-1403-400", rename.clone()).without("if-match"),
        patch("FLOW-1404-412", rename).header("if-match", "\"stale\""),
        Case::post("FLOW-1405-400", &connections, json!({})),
        Case::act("FLOW-1405-400", &connections).text(" "),
        Case::post("FLOW-1413-400", &connections, unknown_spec),
        patch("FLOW-1414-400", json!([{"op": "replace", "path": "/connectionSpec/id", "value": UNKNOWN}])),
        Case::post("FLOW-1415-400", &connections, unknown_auth),
        Case::delete("FLOW-1418-400", &connection),
        patch("FLOW-1434-400", json!([{"op": "move", "from": "/name", "path": "/description"}])),
        Case::get("FLOW-1439-404", format!("{connections}/{UNKNOWN}")),
        Case::get("FLOW-1439-404", format!("{FLOW_SERVICE}/runs/nonsense")),
        Case::delete("FLOW-1447-400", &source),
        patch("FLOW-1455-400", json!([{"op": "add", "path": "/name"}])),
        patch("FLOW-1455-400", json!([3])),
    ]
}

fn flows_and_runs(bench: &Bench) -> Vec<Case> {
    let (flows, runs) = (format!("{FLOW_SERVICE}/flows"), format!("{FLOW_SERVICE}/runs"));
    let flow = |code, member: &str, value: Value| {
        let mut body = tutorial::flow_body(&bench.pipeline, tutorial::NEVER_S);
        body[member] = value;
        Case::post(code, &flows, body)
    };
    let mapping =
        |id: &str, version: u32| json!([{"name": "Mapping", "params": {"mappingId": id, "mappingVersion": version}}]);
    let own = bench.pipeline.mapping.as_deref().unwrap();
    vec![
        flow("FLOW-1410-400", "state", json!("enabled")),
        flow("FLOW-1412-400", "transformations", mapping(own, 7)),
        flow("FLOW-1413-400", "flowSpec", json!({"id": UNKNOWN, "version": "1.0"})),
        flow("FLOW-1425-400", "transformations", mapping(&bench.other_mapping, 0)),
        Case::act("FLOW-1422-400", format!("{flows}/{}/action?op=explode", bench.flow)),
        Case::post("FLOW-1430-400", &runs, json!({"flowId": UNKNOWN})),
        Case::post("FLOW-1444-400", &runs, json!({"flowId": bench.disabled_flow})),
        Case::post("FLOW-1446-400", &runs, json!({"flowId": ""})),
    ]
}
