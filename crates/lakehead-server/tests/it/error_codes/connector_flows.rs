//! Flows and runs that a provider refuses: transformations, schedules, windows.

use serde_json::{Value, json};

use super::bench::{Bench, UNKNOWN};
use super::case::Case;
use crate::harness::client::FLOW_SERVICE;
use crate::harness::tutorial;

/// A public key whose time is over.
const EXPIRED_KEY: &str = "mDMEXgvhABYJKwYBBAHaRw8BAQdAF5c6jCbSxZtf89owgInGbKCM4KnNWfM2g7mFHkWbR060B2V4cGlyZWSIlgQTFggAPhYhBC0v\
    art/OUslOKA678ELyEzFl1oXBQJeC+EAAhsDBQkAAVGABQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEMELyEzFl1oXsF0A/ih5\
    P0ZoLmcOA/qn6rURIUdSTm+caeAtaLXc1yLoYa15AP97pLtYXiliSe/qze+FgDicm5uR8/FWUadAFqu74a+BBQ==";

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let mut cases = bodies(bench);
    cases.extend(encryption(bench));
    cases.extend(schedules(bench));
    cases.extend(changes(bench));
    cases.extend(runs(bench));
    cases
}

fn flow(bench: &Bench, code: &'static str, member: &str, value: Value) -> Case {
    let mut body = tutorial::flow_body(&bench.pipeline, tutorial::NEVER_S);
    body[member] = value;
    Case::post(code, format!("{FLOW_SERVICE}/flows"), body)
}

fn bodies(bench: &Bench) -> Vec<Case> {
    let flow = |code, member: &str, value: Value| flow(bench, code, member, value);
    let source = &bench.pipeline.source;
    vec![
        flow("CONNECTOR-1320-400", "sourceConnectionIds", json!([])),
        flow("CONNECTOR-1321-400", "sourceConnectionIds", json!([source, source])),
        flow("CONNECTOR-1328-400", "transformations", json!([{"name": "Mapping"}])),
        flow("CONNECTOR-1329-400", "transformations", json!([{"name": "Mapping", "params": {"mappingId": ""}}])),
        flow("CONNECTOR-1368-400", "mode", json!("draft")),
        flow("CONNECTOR-1370-400", "transformations", json!([])),
        flow("CONNECTOR-1392-400", "transformations", json!("nonsense")),
    ]
}

fn encryption(bench: &Bench) -> Vec<Case> {
    let encrypted = |code, params: Value| {
        let body = tutorial::flow_body(&bench.pipeline, tutorial::NEVER_S);
        let step = json!({"name": "Encryption", "params": params});
        flow(bench, code, "transformations", json!([body["transformations"][0], step]))
    };
    let keys = "/data/foundation/connectors/encryption";
    let pair = |code, algorithm: &str, pass_phrase: &str| {
        let body = json!({"name": "k", "encryptionAlgorithm": algorithm, "params": {"passPhrase": pass_phrase}});
        Case::post(code, format!("{keys}/keys"), body)
    };
    let shared = |code, key: &str| {
        let body = json!({"name": "k", "encryptionAlgorithm": "PGP", "publicKey": key, "params": {"passPhrase": ""}});
        Case::post(code, format!("{keys}/customer-keys"), body)
    };
    vec![
        pair("CONNECTOR-1204-400", "RSA", "x"),
        pair("CONNECTOR-1205-400", "PGP", ""),
        shared("CONNECTOR-1311-400", "aGVsbG8="),
        // GnuPG made it on the first day of 2020, for one day.
        shared("CONNECTOR-1310-400", EXPIRED_KEY),
        Case::get("CONNECTOR-1003-404", format!("{keys}/keys/{UNKNOWN}")),
        encrypted("CONNECTOR-1309-400", Value::Null),
        encrypted("CONNECTOR-1202-400", json!({"publicKeyId": ""})),
        encrypted("CONNECTOR-1203-400", json!({"publicKeyId": "nobody"})),
    ]
}

fn schedules(bench: &Bench) -> Vec<Case> {
    let schedule = |code, schedule: Value| flow(bench, code, "scheduleParams", schedule);
    let start = tutorial::NEVER_S;
    vec![
        schedule("CONNECTOR-1317-400", json!({})),
        schedule("CONNECTOR-1360-400", json!({"startTime": 1, "frequency": "once"})),
        schedule("CONNECTOR-1361-400", json!({"startTime": start, "frequency": "once", "interval": 1})),
        schedule("CONNECTOR-1362-400", json!({"startTime": start, "frequency": "minute", "interval": 0})),
        schedule("CONNECTOR-1363-400", json!({"startTime": start, "frequency": "hour", "interval": 0})),
        schedule("CONNECTOR-1364-400", json!({"startTime": start, "frequency": "once", "backfill": true})),
        schedule("CONNECTOR-1397-400", json!({"startTime": start, "frequency": "monthly"})),
    ]
}

/// Changes of a schedule that has begun.
fn changes(bench: &Bench) -> Vec<Case> {
    let daily_flow = format!("{FLOW_SERVICE}/flows/{}", bench.daily_flow);
    let patch = |code, operations: Value| Case::patch(code, &daily_flow, &bench.versions.daily_flow, operations);
    vec![
        patch(
            "CONNECTOR-1366-400",
            json!([{"op": "replace", "path": "/scheduleParams/startTime", "value": tutorial::NEVER_S}]),
        ),
        patch(
            "CONNECTOR-1403-400",
            json!([{"op": "replace", "path": "/scheduleParams/frequency", "value": "once"},
                {"op": "remove", "path": "/scheduleParams/interval"}]),
        ),
        patch("CONNECTOR-1404-400", json!([{"op": "add", "path": "/scheduleParams/backfill", "value": false}])),
    ]
}

fn runs(bench: &Bench) -> Vec<Case> {
    let run = |code, flow: &str, params: Value| {
        Case::post(code, format!("{FLOW_SERVICE}/runs"), json!({"flowId": flow, "params": params}))
    };
    vec![
        run("CONNECTOR-1381-400", &bench.flow, json!({"windowStartTime": 20, "windowEndTime": 10})),
        run("CONNECTOR-1384-400", &bench.flow, json!({"windowStartTime": 20})),
        run("CONNECTOR-1386-400", &bench.daily_flow, json!({"windowStartTime": 10, "windowEndTime": 20})),
    ]
}
