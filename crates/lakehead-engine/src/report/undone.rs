//! The document of a run that took rows out of the table: it read and wrote nothing, and says what went.

use lakehead_model::flow::Flow;
use lakehead_model::run::change::{Change, ObjectPath};
use lakehead_model::run::{RunCounts, RunState, Span, noted};
use lakehead_store::RunRow;
use serde_json::{Value, json};

use super::{Made, made_by, skeleton};

/// `None` only for a flow that lost its connections.
pub(crate) fn undone(
    run: &RunRow,
    flow: &Flow,
    change: &Change,
    rows: i64,
    span: Span,
    base_url: &str,
) -> Option<Value> {
    let by = made_by(run, flow);
    let made = Made { scope: &run.scope, by: &by, at_ms: run.created_at_ms };
    let mut document = skeleton(&run.run_id, flow, made, &run.etag, base_url)?;
    document.audit.updated_at = span.completed.unwrap_or(span.started);
    document.state = RunState::Success;
    document.copy = Some(span);
    document.promotion = Some(span);
    let none = Some(0);
    document.counts = RunCounts {
        input_records: none,
        output_records: none,
        failed_records: none,
        warning_records: none,
        input_bytes: none,
        output_bytes: none,
        input_files: none,
        output_files: none,
        failed_files: none,
    };
    let mut shown = document.to_json();
    shown["metrics"]["recordSummary"]["extensions"] = json!({
        "undone": { "batchId": change.batch_id, "path": change.object.as_ref().map(ObjectPath::shown), "recordCount": rows },
    });
    noted::put_links(&mut shown, &run.params);
    Some(shown)
}
