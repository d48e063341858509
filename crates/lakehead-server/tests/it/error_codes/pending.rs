//! Requests for codes that are in the table and not produced yet. A case is sent as soon as its code is no longer in
//! `codes::NOT_YET`; then it belongs into the file of its family.

use serde_json::{Value, json};

use super::bench::Bench;
use super::case::Case;
use crate::harness::client::FLOW_SERVICE;
use crate::harness::tutorial;

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let encryption = |code, params: Value| {
        let mut body = tutorial::flow_body(&bench.pipeline, tutorial::NEVER_S);
        let steps = body["transformations"].as_array_mut().unwrap();
        steps.push(json!({"name": "Encryption", "params": params}));
        Case::post(code, format!("{FLOW_SERVICE}/flows"), body)
    };
    vec![
        encryption("CONNECTOR-1309-400", Value::Null),
        encryption("CONNECTOR-1202-400", json!({"publicKeyId": ""})),
        encryption("CONNECTOR-1203-400", json!({"publicKeyId": "nobody"})),
    ]
}
