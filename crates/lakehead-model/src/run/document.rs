//! The run as `GET /runs/{id}` shows it, rendered from plain numbers.

use serde_json::{Value, json};

use super::{RunDocument, RunError, RunFile, RunState, Span};
use crate::time::EpochMs;

/// Code of errors in mapping, validation or landing, whatever they are in detail.
const PROMOTION_FAILED: &str = "CONNECTOR-2001-500";

impl RunDocument {
    /// The run as `GET /runs/{id}` shows it.
    pub fn to_json(&self) -> Value {
        let mut run = serde_json::to_value(&self.audit).unwrap_or_default();
        run["id"] = json!(self.id);
        run["etag"] = json!(self.etag);
        run["version"] = json!(self.etag);
        run["state"] = json!(self.state.as_str());
        run["flowId"] = json!(self.flow_id);
        run["flowSpec"] = json!(self.flow_spec);
        run["providerRefId"] = json!(format!("M-{}-incremental-0:{}", self.flow_id, self.id));
        run["metrics"] = self.metrics();
        // Always both: clients look at the second one whatever became of the run.
        run["activities"] = json!([self.copy_activity(), self.promotion_activity()]);
        run
    }

    fn metrics(&self) -> Value {
        let ends = [self.copy, self.promotion];
        let started = ends.iter().flatten().map(|span| span.started).min();
        let completed = ends.iter().flatten().filter_map(|span| span.completed).max();
        let mut metrics = json!({
            "durationSummary": duration(
                started.map(|started| Span { started, completed: completed.filter(|_| self.state.is_finished()) }),
            ),
            "sizeSummary": self.members(&[
                ("inputBytes", self.counts.input_bytes), ("outputBytes", self.counts.output_bytes),
            ]),
            "recordSummary": self.record_summary(),
            "fileSummary": self.file_summary(),
            "statusSummary": self.status(),
        });
        if let Some((start, end)) = self.window {
            metrics["durationSummary"]["extensions"] = json!({"windowStart": start, "windowEnd": end});
        }
        metrics
    }

    /// Known numbers as they are; unknown ones as -1 once the run has ended.
    fn members(&self, counts: &[(&str, Option<u64>)]) -> Value {
        let shown = |count: Option<u64>| match count {
            Some(count) => Some(json!(count)),
            None => self.state.is_finished().then(|| json!(-1)),
        };
        Value::Object(counts.iter().filter_map(|(name, count)| Some(((*name).to_owned(), shown(*count)?))).collect())
    }

    fn record_summary(&self) -> Value {
        let counts = &self.counts;
        let mut summary = self.members(&[
            ("inputRecordCount", counts.input_records),
            ("outputRecordCount", counts.output_records),
            ("createdRecordCount", counts.output_records),
            ("failedRecordCount", counts.failed_records),
        ]);
        if let Some(warnings) = counts.warning_records.filter(|count| *count > 0) {
            summary["warningRecordCount"] = json!(warnings);
        }
        for (member, infos) in [("failedInfo", of_rows(&self.errors)), ("warningInfo", of_rows(&self.warnings))] {
            if !infos.is_empty() {
                summary[member] = json!(infos);
            }
        }
        summary
    }

    fn file_summary(&self) -> Value {
        let mut summary = self.members(&[
            ("inputFileCount", self.counts.input_files),
            ("outputFileCount", self.counts.output_files),
            ("failedFileCount", self.counts.failed_files),
        ]);
        summary["activityRefs"] = json!(["promotionActivity"]);
        let link = self.meta_link("input_files");
        let files: Vec<_> = self.files.iter().map(|file| file.to_json(link.as_deref())).collect();
        summary["manifest"] = json!({"fileInfo": files});
        if let Some(link) = link {
            summary["extensions"] = json!({"manifest": {"fileInfo": link}});
        }
        summary
    }

    /// The status of the run: that promotion had errors, and what they are.
    fn status(&self) -> Value {
        let errors: Vec<RunError> = self.summary_of_errors().into_iter().chain(self.errors.iter().cloned()).collect();
        json!({"status": self.state.as_str(), "errors": errors, "activityRefs": ["promotionActivity"]})
    }

    /// One error that stands for all, where there is any: the code of the activity with the text of the first.
    fn summary_of_errors(&self) -> Vec<RunError> {
        let first = self.errors.first().cloned();
        let summary = |first| RunError { code: PROMOTION_FAILED.to_owned(), record_count: None, ..first };
        first.map(summary).into_iter().collect()
    }

    fn meta_link(&self, path: &str) -> Option<String> {
        let batch = self.batch_id.as_ref()?;
        Some(format!("{}/data/foundation/export/batches/{batch}/meta?path={path}", self.base_url))
    }

    fn copy_activity(&self) -> Value {
        let counts = &self.counts;
        let kind = if self.one_time { "one-time" } else { "scheduled" };
        let mut activity = json!({
            "id": "copyActivity", "name": format!("{} Copy Activity", self.connector_name),
            "updatedAtUTC": self.updated(self.copy), "durationSummary": duration(self.copy),
            "latencySummary": {}, "recordSummary": {},
            "sizeSummary": self.members(&[("inputBytes", counts.input_bytes), ("outputBytes", counts.input_bytes)]),
            "fileSummary": self.members(&[
                ("inputFileCount", counts.input_files), ("outputFileCount", counts.input_files),
            ]),
            "statusSummary": {"status": self.copy_state().as_str(), "extensions": {"type": kind}},
            "sourceInfo": [{"id": self.source_connection_id, "type": "SourceConnection",
                            "reference": {"type": "AdfRunId", "ids": [self.id]}}],
        });
        if let Some((start, end)) = self.window {
            activity["durationSummary"]["extensions"] = json!({"windowStart": start, "windowEnd": end});
        }
        activity
    }

    /// Reading has succeeded where promotion began, and shares the fate of the run otherwise.
    fn copy_state(&self) -> RunState {
        match (self.promotion, self.copy.and_then(|span| span.completed)) {
            (Some(_), Some(_)) => RunState::Success,
            _ => self.state,
        }
    }

    /// Promotion waits until something has been read.
    fn promotion_state(&self) -> RunState {
        if self.promotion.is_none() && !self.state.is_finished() { RunState::Scheduled } else { self.state }
    }

    fn updated(&self, span: Option<Span>) -> EpochMs {
        span.map_or(self.audit.updated_at, |span| span.completed.unwrap_or(span.started))
    }

    fn promotion_activity(&self) -> Value {
        let counts = &self.counts;
        let mut status = json!({"status": self.promotion_state().as_str(), "errors": self.summary_of_errors()});
        if !self.errors.is_empty() {
            status["extensions"] = json!({ "errors": self.errors });
        }
        if let (Some(rows), Some(samples)) = (self.meta_link("row_errors"), self.meta_link("row_error_samples.json"))
            && counts.failed_records.unwrap_or(0) > 0
        {
            status["extensions"]["manifest"] = json!({ "failedRecords": rows, "sampleErrors": samples });
        }
        let target: Vec<_> = self
            .batch_id
            .iter()
            .map(|batch| {
                json!({"id": self.target_connection_id, "type": "TargetConnection",
                       "reference": {"type": "Batch", "ids": [batch]}})
            })
            .collect();
        json!({
            "id": "promotionActivity", "name": "Promotion Activity",
            "updatedAtUTC": self.updated(self.promotion), "durationSummary": duration(self.promotion),
            "latencySummary": {},
            "sizeSummary": self.members(&[("inputBytes", counts.input_bytes), ("outputBytes", counts.output_bytes)]),
            "recordSummary": self.record_summary(),
            "fileSummary": self.file_summary(),
            "statusSummary": status,
            "targetInfo": target,
        })
    }
}

/// The errors that count rows.
fn of_rows(errors: &[RunError]) -> Vec<&RunError> {
    errors.iter().filter(|error| error.record_count.is_some()).collect()
}

impl RunFile {
    fn to_json(&self, link: Option<&str>) -> Value {
        let mut file = json!({
            "path": link.unwrap_or(&self.path), "pathPrefix": self.path, "inputBytes": self.input_bytes,
            "outputRecordCount": self.output_records, "failedRecordCount": self.failed_records,
        });
        if let Some(error) = &self.error {
            file["status"] = json!("failed");
            file["error"] = json!(error);
        }
        file
    }
}

fn duration(span: Option<Span>) -> Value {
    let mut summary = json!({});
    if let Some(span) = span {
        summary["startedAtUTC"] = json!(span.started);
        if let Some(completed) = span.completed {
            summary["completedAtUTC"] = json!(completed);
        }
    }
    summary
}
