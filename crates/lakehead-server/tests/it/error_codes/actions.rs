//! Actions, runs that are run again or annotated, and specs of an organisation's own.

use serde_json::{Value, json};

use super::bench::{Bench, UNKNOWN};
use super::case::Case;
use crate::harness::client::FLOW_SERVICE;
use crate::harness::tutorial;

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let mut cases = actions(bench);
    cases.extend(runs(bench));
    cases.extend(specs(bench));
    cases
}

fn actions(bench: &Bench) -> Vec<Case> {
    let path = format!("{FLOW_SERVICE}/flows/{}/action", bench.flow);
    let act = |code, query: &str, body: Value| Case::post(code, format!("{path}?{query}"), body);
    let status = |value: &str, percent: u32| json!({"status": {"value": value}, "percentCompleted": percent});
    let mut policy = tutorial::flow_body(&bench.pipeline, tutorial::NEVER_S);
    policy["policy"] = json!({"fields": []});
    vec![
        Case::act("FLOW-1402-400", format!("{path}?op=finalize")).by(&bench.user),
        act("FLOW-1406-400", "op=finalize&subOp=PROGRESS,APPLY", json!({})),
        act("FLOW-1407-400", "op=finalize&subOp=PROGRESS", status("FAILED", 100)),
        act("FLOW-1408-400", "op=finalize", status("COMPLETED", 99)),
        Case::act("FLOW-1409-400", format!("{path}?op=finalize")),
        act("FLOW-1435-400", "op=enable&subOp=JUMP", json!({})),
        act("FLOW-1436-400", "op=enable&subOp=PROGRESS", json!({})),
        act("FLOW-1437-400", "op=finalize", status("EXPLODED", 1)),
        Case::act("FLOW-1451-400", path),
        Case::post("FLOW-1431-400", format!("{FLOW_SERVICE}/flows"), policy),
    ]
}

fn runs(bench: &Bench) -> Vec<Case> {
    let runs = format!("{FLOW_SERVICE}/runs");
    let put = |code, body: Value| {
        Case::put(code, format!("{runs}/{}", bench.run), body).header("if-match", &bench.versions.run)
    };
    let again = |code, run: &str| Case::act(code, format!("{runs}/{run}/action?op=RE_TRIGGER"));
    vec![
        again("CONNECTOR-1387-400", &bench.scheduled_run),
        again("CONNECTOR-1388-400", &bench.disabled_run),
        Case::act("CONNECTOR-1401-400", format!("{runs}/{}/action?op=explode", bench.run)),
        put("FLOW-1427-400", json!({"recordTypes": []})).by(&bench.user),
        put("FLOW-1428-400", json!({"predecessors": [{"flowRunId": UNKNOWN}]})),
        put("FLOW-1429-400", json!({"predecessors": [{"flowId": UNKNOWN}]})),
        put("FLOW-1457-400", json!({"metrics": {"recordSummary": {"outputRecordCount": 9}}})),
    ]
}

fn specs(bench: &Bench) -> Vec<Case> {
    let specs = format!("{FLOW_SERVICE}/connectionSpecs");
    let own = json!({"name": "mine", "providerId": UNKNOWN, "version": "1.0"});
    let s3 = format!("{specs}/{}", tutorial::S3_SPEC);
    let mut unavailable = bench.connection("s3AccessKey", "x");
    unavailable["connectionSpec"] = bench.unavailable_spec.clone();
    vec![
        Case::post("CONNECTOR-1305-400", format!("{FLOW_SERVICE}/connections"), unavailable),
        Case::get("CONNECTOR-1302-400", format!("{s3}/configs?authType=Nonsense")),
        Case::get("CONNECTOR-1372-400", format!("{s3}/explore?objectType=root")),
        Case::put("FLOW-1420-400", &s3, own.clone()),
        Case::post("FLOW-1426-400", &specs, own).by(&bench.user),
    ]
}
