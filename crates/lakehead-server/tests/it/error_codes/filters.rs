//! Filters of rows, in source connections and previews.

use serde_json::{Value, json};

use super::bench::Bench;
use super::case::Case;
use crate::harness::client::FLOW_SERVICE;
use crate::harness::tutorial;

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let source = |code, filters: Value| {
        let body = json!({"name": "x", "baseConnectionId": bench.pipeline.connection,
            "data": {"format": "delimited"}, "params": {"path": "/a/b.csv", "filters": filters},
            "connectionSpec": {"id": tutorial::S3_SPEC}});
        Case::post(code, format!("{FLOW_SERVICE}/sourceConnections"), body)
    };
    let filter = |code, value: Value| source(code, json!({"type": "PQL", "format": "pql/json", "value": value}));
    let apply = |name: &str, params: Value| json!({"nodeType": "fnApply", "fnName": name, "params": params});
    let id = json!({"nodeType": "fieldLookup", "fieldName": "id"});
    let one = json!({"nodeType": "literal", "value": 1});
    let nothing = json!({"nodeType": "literal", "value": null});
    let is_one = apply("=", json!([id, one]));
    let preview = |code, encoded: &str| {
        let (connection, path) = (&bench.pipeline.connection, bench.s3.path("customers/a.csv"));
        let query = format!("objectType=file&object={path}&fileType=delimited&filters={encoded}");
        Case::get(code, format!("{FLOW_SERVICE}/connections/{connection}/explore?{query}"))
    };
    vec![
        preview("CONNECTOR-1335-400", "bm8ganNvbg"),
        preview("CONNECTOR-1349-400", "e30="),
        source("CONNECTOR-1349-400", json!({})),
        filter("CONNECTOR-1349-400", json!("nonsense")),
        filter("CONNECTOR-1350-400", json!({"nodeType": "fnApply", "params": [id, one]})),
        filter("CONNECTOR-1351-400", apply("xor", json!([is_one, is_one]))),
        filter("CONNECTOR-1352-400", apply("~", json!([id, one]))),
        filter("CONNECTOR-1353-400", is_one.clone()),
        source("CONNECTOR-1355-400", json!({"type": "SQL", "format": "pql/json", "value": is_one})),
        source("CONNECTOR-1356-400", json!({"type": "PQL", "format": "text", "value": is_one})),
        source("CONNECTOR-1357-400", json!({"type": "PQL", "format": "pql/json"})),
        filter("CONNECTOR-1377-400", apply("=", json!([id, nothing]))),
        preview("CONNECTOR-1389-400", "!"),
        filter("CONNECTOR-1390-400", apply("not", json!([is_one, is_one]))),
    ]
}
