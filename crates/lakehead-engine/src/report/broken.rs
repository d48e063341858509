//! Runs that ended without reading rows: unreachable sources, flows that cannot run, runs that were called off.

use lakehead_store::RunRow;
use serde_json::{Value, json};

use crate::run_error::RunError;

/// Counts that nobody knows then.
const UNKNOWN: &[(&str, &[&str])] = &[
    ("sizeSummary", &["inputBytes", "outputBytes"]),
    ("recordSummary", &["inputRecordCount", "outputRecordCount", "createdRecordCount", "failedRecordCount"]),
    ("fileSummary", &["inputFileCount", "outputFileCount", "failedFileCount"]),
];

/// Ids and names of the two activities, in their order.
const ACTIVITIES: [(&str, &str); 2] = [("copyActivity", "Copy Activity"), ("promotionActivity", "Promotion Activity")];

/// The run document of a run that ended without reading rows. It is made from the document that the run has: the flow
/// may be what is missing.
pub(crate) fn broken(run: &RunRow, started_ms: i64, finished_ms: i64, error: &RunError) -> Value {
    let mut document = run.doc.clone();
    let errors = json!([{ "code": error.code(), "message": error.public(), "type": "Error" }]);
    let activity = error.activity();
    document["state"] = "failed".into();
    document["updatedAt"] = finished_ms.into();
    let metrics = &mut document["metrics"];
    set_ended(metrics, started_ms, finished_ms);
    metrics["statusSummary"] = json!({ "status": "failed", "errors": errors, "activityRefs": [activity] });
    let known = document["activities"].take();
    let ended = |(at, (id, name)): (usize, &(&str, &str))| {
        let mut shown = known.get(at).cloned().unwrap_or_else(|| json!({ "id": id, "name": name }));
        set_ended(&mut shown, started_ms, finished_ms);
        shown["updatedAtUTC"] = finished_ms.into();
        shown["statusSummary"]["status"] = "failed".into();
        shown["statusSummary"]["errors"] = if *id == activity { errors.clone() } else { json!([]) };
        shown
    };
    document["activities"] = ACTIVITIES.iter().enumerate().map(ended).collect();
    document
}

/// When it began and ended, and -1 for what is unknown; what was counted before stays.
fn set_ended(part: &mut Value, started_ms: i64, finished_ms: i64) {
    part["durationSummary"]["startedAtUTC"] = started_ms.into();
    part["durationSummary"]["completedAtUTC"] = finished_ms.into();
    for (summary, counts) in UNKNOWN {
        for count in *counts {
            let known = &mut part[*summary][*count];
            if known.is_null() {
                *known = json!(-1);
            }
        }
    }
}

/// The document of a run that was under way when its flow was deleted.
pub fn deleted(run: &RunRow, now_ms: i64) -> Value {
    let reason =
        RunError::Unusable("the flow was deleted while this run was under way; nothing of it landed".to_owned());
    let started = run.doc["metrics"]["durationSummary"]["startedAtUTC"].as_i64();
    broken(run, started.unwrap_or(run.created_at_ms), now_ms, &reason)
}

/// The document of a run that still waited when its flow was disabled.
pub fn stopped(run: &RunRow, now_ms: i64) -> Value {
    let reason =
        RunError::Unusable("the flow was disabled before this run began; enable it and start a run".to_owned());
    broken(run, now_ms, now_ms, &reason)
}

/// The document of a run that somebody called off. Its state is `failed`, as documented;
/// `metrics.statusSummary.extensions.cancelled` tells it from one that failed by itself.
pub fn cancelled(run: &RunRow, now_ms: i64) -> Value {
    let reason =
        RunError::Unusable("the run was called off; nothing of it landed. Run it again, or start another".to_owned());
    let started = run.doc["metrics"]["durationSummary"]["startedAtUTC"].as_i64();
    let mut document = broken(run, started.unwrap_or(now_ms), now_ms, &reason);
    document["metrics"]["statusSummary"]["extensions"] = json!({ "cancelled": true });
    document
}
