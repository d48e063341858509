//! What is said about a run: the run document, the Catalog's batch and the event, all from the same numbers.

use lakehead_model::batch::{BatchDocument, BatchError, BatchMetrics, BatchStatus};
use lakehead_model::flow::Flow;
use lakehead_model::format::FormatKind;
use lakehead_model::plan::PlannedObject;
use lakehead_model::run::{RunCounts, RunDocument, RunError as ShownError, RunFile, RunState, Span, noted};
use lakehead_model::specs;
use lakehead_model::{Actor, Audit, Etag, Id, Scope};
use lakehead_store::{BatchRow, DataFileRow, RunRow};
use serde_json::{Value, json};

use crate::Engine;
use crate::context::RunContext;
use crate::landing::End;
use crate::runner::RunError;
use crate::settle::Settled;
use crate::stage::{ObjectOutcome, Staged};

/// Files that a run document names one by one; the diagnostics name all.
const MAX_SHOWN_FILES: usize = 100;

/// The document of a run that waits for its time.
pub fn scheduled(run_id: &str, flow: &Flow, scope: &Scope, etag: &Etag, base_url: &str, now_ms: i64) -> Option<Value> {
    Some(skeleton(run_id, flow, scope, etag, base_url, now_ms)?.to_json())
}

fn skeleton(run_id: &str, flow: &Flow, scope: &Scope, etag: &Etag, base_url: &str, now_ms: i64) -> Option<RunDocument> {
    let actor = Actor { user: flow.audit.created_by.clone(), client: flow.audit.created_client.clone() };
    Some(RunDocument {
        id: run_id.parse::<Id<_>>().ok()?,
        audit: Audit::created(scope, &actor, now_ms),
        etag: etag.clone(),
        flow_id: flow.id,
        flow_spec: flow.flow_spec.clone(),
        source_connection_id: *flow.source_connection_ids.first()?,
        target_connection_id: *flow.target_connection_ids.first()?,
        batch_id: None,
        connector_name: "Amazon S3".to_owned(),
        base_url: base_url.to_owned(),
        one_time: flow.schedule().is_ok_and(|schedule| schedule.period_s() == 0),
        state: RunState::Scheduled,
        copy: None,
        promotion: None,
        window: None,
        counts: RunCounts::default(),
        files: Vec::new(),
        errors: Vec::new(),
    })
}

/// The views of one run while it goes on and when it has ended.
pub(crate) struct Report {
    document: RunDocument,
    batch: BatchDocument,
    started_ms: i64,
    /// What was asked of the run and noted of it before it began.
    asked: Value,
}

impl Report {
    /// A report on a run that begins now; `None` only for a flow that lost its connections.
    pub(crate) fn new(run: &RunRow, context: &RunContext, engine: &Engine, started_ms: i64) -> Option<Self> {
        let base_url = &engine.settings.public_url;
        let mut document = skeleton(&run.run_id, &context.flow, &run.scope, &run.etag, base_url, run.created_at_ms)?;
        if let Some(name) = specs::connector_name(context.connector.spec_id()) {
            name.clone_into(&mut document.connector_name);
        }
        document.state = RunState::InProgress;
        document.copy = Some(Span { started: started_ms, completed: None });
        document.audit.updated_at = started_ms;
        let batch = BatchDocument {
            ims_org: run.scope.org.clone(),
            sandbox_id: run.scope.sandbox_id.clone(),
            created: started_ms,
            started: Some(started_ms),
            created_client: document.audit.created_client.clone(),
            created_user: document.audit.created_by.clone(),
            dataset_id: context.dataset_id.clone(),
            flow_id: run.flow_id.clone(),
            run_id: run.run_id.clone(),
            input_format: match context.format.kind {
                FormatKind::Delimited => "csv",
                FormatKind::Json => "json",
                FormatKind::Parquet | FormatKind::ParquetXdm => "parquet",
            }
            .to_owned(),
            mapping: context.mapping_ref.as_ref().map(|mapping| (mapping.id.clone(), mapping.version)),
            ..BatchDocument::default()
        };
        Some(Self { document, batch, started_ms, asked: run.params.clone() })
    }

    /// The run document while the run goes on, with the rows read so far where they are known.
    pub(crate) fn running(&self, rows_read: Option<u64>) -> Value {
        let mut document = self.document.clone();
        document.counts.input_records = rows_read;
        self.shown(&document)
    }

    fn shown(&self, document: &RunDocument) -> Value {
        let mut shown = document.to_json();
        noted::put_links(&mut shown, &self.asked);
        shown
    }

    /// The run document at the end.
    pub(crate) fn finished(&self, end: &End, landed: bool, finished_ms: i64) -> Value {
        let End { plan, staged, settled, .. } = end;
        let mut document = self.document.clone();
        let span = Span { started: self.started_ms, completed: Some(finished_ms) };
        document.audit.updated_at = finished_ms;
        document.batch_id = end.batch_id().map(str::to_owned);
        document.state = if landed { RunState::Success } else { RunState::Failed };
        document.copy = Some(span);
        document.promotion = Some(span);
        document.window = Some((self.document.audit.created_at, self.started_ms));
        document.counts = counts(settled, staged, landed);
        document.files = plan.iter().zip(&staged.objects).take(MAX_SHOWN_FILES).map(shown_file).collect();
        document.errors = settled
            .findings
            .iter()
            .map(|finding| ShownError {
                code: finding.code.clone(),
                message: finding.message.clone(),
                record_count: finding.record_count,
            })
            .collect();
        self.shown(&document)
    }

    /// The batch at the end.
    pub(crate) fn batch(&self, batch_id: &str, settled: &Settled, landed: bool, finished_ms: i64) -> BatchRow {
        let totals = &settled.totals;
        let written = |count: u64| if landed { count } else { 0 };
        let mut document = self.batch.clone();
        batch_id.clone_into(&mut document.id);
        document.status = if landed { BatchStatus::Success } else { BatchStatus::Failed };
        document.updated = finished_ms;
        document.completed = Some(finished_ms);
        document.metrics = BatchMetrics {
            input_byte_size: totals.input_bytes,
            input_file_count: totals.input_files,
            input_record_count: totals.input_records,
            output_byte_size: written(totals.output_bytes),
            output_file_count: written(totals.output_files),
            output_record_count: written(totals.output_records),
            failed_record_count: totals.failed_records,
        };
        document.errors = settled
            .findings
            .iter()
            .map(|finding| BatchError {
                code: finding.code.clone(),
                description: finding.message.clone(),
                record_count: finding.record_count,
            })
            .collect();
        BatchRow {
            batch_id: batch_id.to_owned(),
            dataset_id: document.dataset_id.clone(),
            run_id: document.run_id.clone(),
            flow_id: document.flow_id.clone(),
            status: document.status.as_str().to_owned(),
            created_ms: document.created,
            completed_ms: Some(finished_ms),
            records_read: totals.input_records as i64,
            records_written: document.metrics.output_record_count as i64,
            records_failed: totals.failed_records as i64,
            bytes_read: totals.input_bytes as i64,
            bytes_written: document.metrics.output_byte_size as i64,
            doc: document.to_json(),
        }
    }

    /// What receivers are told at the end.
    pub(crate) fn event(&self, batch_id: Option<&str>, landed: bool) -> Value {
        event(&self.batch.flow_id, &self.batch.run_id, batch_id, landed)
    }
}

/// Counts that nobody knows where a run ended without reading rows.
const UNKNOWN: &[(&str, &[&str])] = &[
    ("sizeSummary", &["inputBytes", "outputBytes"]),
    ("recordSummary", &["inputRecordCount", "outputRecordCount", "createdRecordCount", "failedRecordCount"]),
    ("fileSummary", &["inputFileCount", "outputFileCount", "failedFileCount"]),
];

/// The run document of a run that ended without reading rows.
pub(crate) fn broken(run: &RunRow, started_ms: i64, finished_ms: i64, error: &RunError) -> Value {
    let mut document = run.doc.clone();
    let shown = json!([{ "code": error.code(), "message": error.public() }]);
    document["state"] = "failed".into();
    document["updatedAt"] = finished_ms.into();
    document["metrics"]["durationSummary"] = json!({ "startedAtUTC": started_ms, "completedAtUTC": finished_ms });
    document["metrics"]["statusSummary"] =
        json!({ "status": "failed", "errors": shown, "activityRefs": ["copyActivity"] });
    for (summary, counts) in UNKNOWN {
        for count in *counts {
            let known = &mut document["metrics"][*summary][*count];
            if known.is_null() {
                *known = json!(-1);
            }
        }
    }
    document["activities"] = json!([{
        "id": "copyActivity",
        "name": "Copy Activity",
        "updatedAtUTC": finished_ms,
        "durationSummary": { "startedAtUTC": started_ms, "completedAtUTC": finished_ms },
        "statusSummary": { "status": "failed", "errors": shown },
    }]);
    document
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

/// The event of an ended run.
pub(crate) fn event(flow_id: &str, run_id: &str, batch_id: Option<&str>, landed: bool) -> Value {
    let kind = if landed { "sources_flow_run_success" } else { "sources_flow_run_failure" };
    json!({ "type": kind, "flowId": flow_id, "runId": run_id, "batchId": batch_id })
}

/// The data files as the metastore lists them; batch, dataset and order are filled in by the commit.
pub(crate) fn data_files(staged: &Staged) -> Vec<DataFileRow> {
    let rows = staged.data_files.iter().map(|file| DataFileRow {
        batch_id: String::new(),
        ord: 0,
        dataset_id: String::new(),
        path: file.path.clone(),
        size_bytes: file.bytes as i64,
        records: file.records as i64,
    });
    rows.collect()
}

fn counts(settled: &Settled, staged: &Staged, landed: bool) -> RunCounts {
    let totals = &settled.totals;
    let written = |count: u64| Some(if landed { count } else { 0 });
    RunCounts {
        input_records: Some(totals.input_records),
        output_records: written(totals.output_records),
        failed_records: Some(totals.failed_records),
        warning_records: Some(staged.warnings.values().sum()),
        input_bytes: Some(totals.input_bytes),
        output_bytes: written(totals.output_bytes),
        input_files: Some(totals.input_files),
        output_files: written(totals.output_files),
        failed_files: Some(totals.failed_files),
    }
}

fn shown_file((object, outcome): (&PlannedObject, &ObjectOutcome)) -> RunFile {
    let (output_records, failed_records, error) = match outcome {
        ObjectOutcome::Landed { rows_written, rows_rejected, .. } => (*rows_written, *rows_rejected, None),
        ObjectOutcome::Failed { rows_read, code, message, .. } => {
            let error = ShownError { code: code.clone(), message: message.clone(), record_count: None };
            (0, *rows_read, Some(error))
        }
    };
    RunFile {
        path: format!("/{}/{}", object.container, object.key),
        input_bytes: object.size_bytes,
        output_records,
        failed_records,
        error,
    }
}
