//! Run requests and run documents.

use serde_json::json;

use super::*;
use crate::{Actor, Scope};

fn document() -> RunDocument {
    let scope = Scope { org: "O@AdobeOrg".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
    let actor = Actor { user: "u".into(), client: "c".into() };
    RunDocument {
        id: Id::generate(),
        audit: Audit::created(&scope, &actor, 5),
        etag: Etag::generate(),
        flow_id: Id::generate(),
        flow_spec: SpecRef::built_in(crate::specs::CLOUD_STORAGE_TO_LAKE),
        source_connection_id: Id::generate(),
        target_connection_id: Id::generate(),
        batch_id: Some("01BATCH".into()),
        connector_name: "Amazon S3".into(),
        base_url: "http://localhost:8080".into(),
        one_time: true,
        state: RunState::Success,
        copy: Some(Span { started: 10, completed: Some(20) }),
        promotion: Some(Span { started: 20, completed: Some(30) }),
        window: Some((1, 9)),
        counts: RunCounts {
            input_records: Some(100),
            output_records: Some(99),
            failed_records: Some(1),
            input_bytes: Some(24012),
            output_bytes: Some(17128),
            input_files: Some(2),
            output_files: Some(1),
            failed_files: Some(1),
            warning_records: None,
        },
        files: vec![RunFile {
            path: "/acme/bad.csv".into(),
            input_bytes: 1,
            output_records: 0,
            failed_records: 0,
            error: Some(error("INGEST-1401-400", "broken", None)),
        }],
        errors: vec![error("INGEST-1212-400", "m", Some(1))],
        warnings: vec![RunError { severity: Severity::Warning, ..error("MAPPER-3700-199", "w", Some(2)) }],
    }
}

fn error(code: &str, message: &str, record_count: Option<u64>) -> RunError {
    RunError { code: code.into(), message: message.into(), record_count, severity: Severity::Error }
}

#[test]
fn a_finished_run_shows_its_numbers_where_clients_look() {
    let run = document().to_json();
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], 99);
    assert_eq!(run["metrics"]["fileSummary"]["failedFileCount"], 1);
    assert_eq!(run["metrics"]["statusSummary"]["status"], "success");
    assert_eq!(run["metrics"]["durationSummary"]["startedAtUTC"], 10);
    assert_eq!(run["metrics"]["durationSummary"]["completedAtUTC"], 30);
    assert_eq!(run["activities"][0]["id"], "copyActivity");
    assert_eq!(run["activities"][0]["durationSummary"]["extensions"]["windowEnd"], 9);
    assert_eq!(run["activities"][1]["targetInfo"][0]["reference"]["ids"][0], "01BATCH");
    let errors = run["metrics"]["statusSummary"]["errors"].as_array().unwrap();
    assert_eq!(errors[0], json!({"code": "CONNECTOR-2001-500", "message": "m", "type": "Error"}));
    assert_eq!(errors[1], json!({"code": "INGEST-1212-400", "message": "m", "recordCount": 1, "type": "Error"}));
    assert_eq!(errors.len(), 2, "what is said of a file is said in the manifest");
    assert_eq!(run["activities"][1]["statusSummary"]["errors"], json!([errors[0]]));
    assert_eq!(run["activities"][1]["statusSummary"]["extensions"]["errors"], json!([errors[1]]));
    let rows = &run["metrics"]["recordSummary"];
    assert_eq!(rows["failedInfo"], json!([errors[1]]));
    assert_eq!(
        rows["warningInfo"],
        json!([{"code": "MAPPER-3700-199", "message": "w", "recordCount": 2, "type": "Warning"}])
    );
    let files = run["metrics"]["fileSummary"]["manifest"]["fileInfo"].to_string();
    assert!(files.contains("/acme/bad.csv"), "{files}");
    let manifest = &run["activities"][1]["statusSummary"]["extensions"]["manifest"];
    assert!(manifest["failedRecords"].as_str().unwrap().ends_with("/01BATCH/meta?path=row_errors"));
}

#[test]
fn what_is_unknown_is_absent_while_it_runs_and_minus_one_when_it_failed() {
    let scheduled = RunDocument {
        state: RunState::Scheduled,
        copy: None,
        promotion: None,
        counts: RunCounts::default(),
        batch_id: None,
        files: Vec::new(),
        errors: Vec::new(),
        warnings: Vec::new(),
        ..document()
    };
    let run = scheduled.to_json();
    let states = |run: &Value| [0, 1].map(|n| run["activities"][n]["statusSummary"]["status"].clone());
    assert_eq!(states(&run), ["scheduled", "scheduled"]);
    assert_eq!(run["activities"][1]["durationSummary"], json!({}));
    let copying = RunDocument {
        state: RunState::InProgress,
        copy: Some(Span { started: 3, completed: None }),
        ..scheduled.clone()
    };
    assert_eq!(states(&copying.to_json()), ["inProgress", "scheduled"]);
    assert_eq!(run["metrics"]["sizeSummary"], json!({}));
    assert!(run["metrics"]["durationSummary"].get("startedAtUTC").is_none());
    let failed =
        RunDocument { state: RunState::Failed, copy: Some(Span { started: 3, completed: Some(4) }), ..scheduled };
    let run = failed.to_json();
    assert_eq!(run["metrics"]["recordSummary"]["outputRecordCount"], -1);
    assert_eq!(states(&run), ["failed", "failed"]);
    assert_eq!(run["activities"][1]["recordSummary"]["outputRecordCount"], -1);
}

#[test]
fn on_demand_requests() {
    let id = Id::<Flow>::generate();
    let plain = NewRun { flow_id: id, start_time: None, window: None };
    assert_eq!(NewRun::parse(&json!({"flowId": id, "status": "active"})).unwrap(), plain);
    assert_eq!(NewRun::parse(&json!({"flowId": id, "params": null})).unwrap(), plain);
    let params = json!({"startTime": "5", "windowStartTime": "10", "windowEndTime": 20, "deltaColumn": {"name": "x"}});
    let full = NewRun::parse(&json!({"flowId": id, "params": params})).unwrap();
    assert_eq!(full.window, Some(RunWindow { start_s: 10, end_s: 20 }));
    assert_eq!(full.start_time, Some(5));
    for (code, body) in [
        ("FLOW-1405-400", json!(null)),
        ("FLOW-1446-400", json!({"params": {}})),
        ("FLOW-1446-400", json!({"flowId": " "})),
        ("FLOW-1430-400", json!({"flowId": "x"})),
        ("CONNECTOR-1312-400", json!({"flowId": [id]})),
        ("CONNECTOR-1312-400", json!({"flowId": id, "params": []})),
        ("CONNECTOR-1384-400", json!({"flowId": id, "params": {"windowStartTime": 1}})),
        ("CONNECTOR-1381-400", json!({"flowId": id, "params": {"windowStartTime": 2, "windowEndTime": 1}})),
        ("CONNECTOR-1312-400", json!({"flowId": id, "params": {"windowStartTime": {}, "windowEndTime": 1}})),
        ("CONNECTOR-1312-400", json!({"flowId": id, "params": {"startTime": 1e300}})),
    ] {
        assert_eq!(NewRun::parse(&body).unwrap_err().code, code, "{body}");
    }
}
