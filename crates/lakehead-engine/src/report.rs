//! What is said about a run: the run document, the Catalog's batch and the event, all from the same numbers.

mod broken;
mod undone;
mod uploaded;

pub(crate) use broken::broken;
pub use broken::{cancelled, deleted, stopped};
pub(crate) use undone::undone;
pub(crate) use uploaded::{broken_batch, not_reverted};

use lakehead_model::batch::{BatchDocument, BatchError, BatchMetrics, BatchStatus};
use lakehead_model::flow::Flow;
use lakehead_model::format::FormatKind;
use lakehead_model::plan::PlannedObject;
use lakehead_model::run::{RunCounts, RunDocument, RunError as ShownError, RunFile, RunState, Severity, Span, noted};
use lakehead_model::specs;
use lakehead_model::{Actor, Audit, Etag, Id, Scope};
use lakehead_store::{BatchRow, DataFileRow, RunRow};
use serde_json::{Value, json};

use crate::Engine;
use crate::context::RunContext;
use crate::landing::End;
use crate::settle::{Finding, Settled};
use crate::source::{Origin, Source};
use crate::stage::{ObjectOutcome, Staged};
use crate::worker::protocol::DataFileInfo;

/// Files that a run document names one by one; the diagnostics name all.
const MAX_SHOWN_FILES: usize = 100;

/// Who and when of a run that is made.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// The sandbox.
    pub scope: &'a Scope,
    /// Who asked for it: the maker of the flow where its schedule did.
    pub by: &'a Actor,
    /// When, epoch milliseconds.
    pub at_ms: i64,
}

/// The document of a run that waits for its time; `None` only for a flow that lost its connections.
pub fn scheduled(run_id: &str, flow: &Flow, made: Made<'_>, etag: &Etag, base_url: &str) -> Option<Value> {
    Some(skeleton(run_id, flow, made, etag, base_url)?.to_json())
}

fn skeleton(run_id: &str, flow: &Flow, made: Made<'_>, etag: &Etag, base_url: &str) -> Option<RunDocument> {
    Some(RunDocument {
        id: run_id.parse::<Id<_>>().ok()?,
        audit: Audit::created(made.scope, made.by, made.at_ms),
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
        warnings: Vec::new(),
    })
}

/// The views of one run while it goes on and when it has ended.
pub(crate) struct Report {
    /// The run as the Flow Service shows it; an uploaded batch has none.
    document: Option<RunDocument>,
    batch: BatchDocument,
    /// The document of a batch that a client made.
    made: Option<Value>,
    started_ms: i64,
    /// What was asked of the run and noted of it before it began.
    asked: Value,
}

impl Report {
    /// A report on a run that begins now; `None` only for a flow that lost its connections.
    pub(crate) fn new(run: &RunRow, context: &RunContext, engine: &Engine, started_ms: i64) -> Option<Self> {
        let (document, by, made) = match &context.origin {
            Origin::Flow(flow) => {
                let document = running_document(run, flow, context, engine, started_ms)?;
                let by =
                    Actor { user: document.audit.created_by.clone(), client: document.audit.created_client.clone() };
                (Some(document), by, None)
            }
            Origin::Upload(batch) => {
                let said = |name: &str| batch.doc[name].as_str().unwrap_or_default().to_owned();
                (None, Actor { user: said("createdUser"), client: said("createdClient") }, Some(batch.doc.clone()))
            }
        };
        let batch = BatchDocument {
            ims_org: run.scope.org.clone(),
            sandbox_id: run.scope.sandbox_id.clone(),
            created: started_ms,
            started: Some(started_ms),
            created_client: by.client,
            created_user: by.user,
            dataset_id: context.dataset_id.clone(),
            flow_id: run.flow_id.clone(),
            run_id: run.run_id.clone(),
            input_format: match context.format.kind {
                FormatKind::Delimited => "csv",
                FormatKind::Json => "json",
                FormatKind::Parquet | FormatKind::ParquetXdm => "parquet",
                FormatKind::Avro => "avro",
            }
            .to_owned(),
            mapping: context.mapping_ref.as_ref().map(|mapping| (mapping.id.clone(), mapping.version)),
            ..BatchDocument::default()
        };
        Some(Self { document, batch, made, started_ms, asked: run.params.clone() })
    }

    /// The run document while the run goes on, with the rows read so far where they are known.
    pub(crate) fn running(&self, rows_read: Option<u64>) -> Value {
        let Some(mut document) = self.document.clone() else { return json!({}) };
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
        let Some(mut document) = self.document.clone() else { return json!({}) };
        let span = Span { started: self.started_ms, completed: Some(finished_ms) };
        document.audit.updated_at = finished_ms;
        document.batch_id = end.batch_id().map(str::to_owned);
        document.state = if landed { RunState::Success } else { RunState::Failed };
        document.copy = Some(span);
        document.promotion = Some(span);
        document.counts = counts(settled, staged, landed);
        document.files = plan.iter().zip(&staged.objects).take(MAX_SHOWN_FILES).map(shown_file).collect();
        document.errors = shown_findings(&settled.findings, Severity::Error);
        document.warnings = shown_findings(&settled.warnings, Severity::Warning);
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
            .chain(&settled.warnings)
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
            doc: match &self.made {
                Some(made) => uploaded::with_result(made, document.to_json()),
                None => document.to_json(),
            },
        }
    }

    /// What receivers are told at the end.
    pub(crate) fn event(&self, batch_id: Option<&str>, landed: bool) -> Value {
        event(&self.batch.flow_id, &self.batch.run_id, batch_id, landed)
    }
}

/// The document of a run of a flow that begins now; `None` only for a flow that lost its connections.
fn running_document(
    run: &RunRow,
    flow: &Flow,
    context: &RunContext,
    engine: &Engine,
    started_ms: i64,
) -> Option<RunDocument> {
    let by = made_by(run, flow);
    let made = Made { scope: &run.scope, by: &by, at_ms: run.created_at_ms };
    let mut document = skeleton(&run.run_id, flow, made, &run.etag, &engine.settings.public_url)?;
    document.window = window(run, flow);
    if let Source::Connector { connector, .. } = &context.source
        && let Some(name) = specs::connector_name(connector.spec_id())
    {
        name.clone_into(&mut document.connector_name);
    }
    document.state = RunState::InProgress;
    document.copy = Some(Span { started: started_ms, completed: None });
    document.audit.updated_at = started_ms;
    Some(document)
}

/// Who asked for a run, as its first document says.
fn made_by(run: &RunRow, flow: &Flow) -> Actor {
    let said = |member: &str, or: &str| run.doc[member].as_str().unwrap_or(or).to_owned();
    Actor { user: said("createdBy", &flow.audit.created_by), client: said("createdClient", &flow.audit.created_client) }
}

/// The stretch of time that a run is for, epoch milliseconds: the window that was asked for, or the time since the
/// slot before. A run that takes everything new has none.
fn window(run: &RunRow, flow: &Flow) -> Option<(i64, i64)> {
    let asked = |member: &str| run.params[member].as_i64().map(|seconds| seconds.saturating_mul(1000));
    if let Some(window) = asked("windowStartTime").zip(asked("windowEndTime")) {
        return Some(window);
    }
    let slot_ms = run.slot.strip_prefix("schedule:")?.parse::<i64>().ok()?;
    let period_ms = flow.schedule().ok()?.period_s().saturating_mul(1000);
    (period_ms > 0).then(|| (slot_ms.saturating_sub(period_ms), slot_ms))
}

fn shown_findings(findings: &[Finding], severity: Severity) -> Vec<ShownError> {
    let shown = |finding: &Finding| ShownError {
        code: finding.code.clone(),
        message: finding.message.clone(),
        record_count: finding.record_count,
        severity,
    };
    findings.iter().map(shown).collect()
}

/// The event of an ended run.
pub(crate) fn event(flow_id: &str, run_id: &str, batch_id: Option<&str>, landed: bool) -> Value {
    let kind = if landed { "sources_flow_run_success" } else { "sources_flow_run_failure" };
    json!({ "type": kind, "flowId": flow_id, "runId": run_id, "batchId": batch_id })
}

/// The data files as the metastore lists them; batch, dataset and order are filled in by the commit.
pub(crate) fn data_files(staged: &Staged) -> Vec<DataFileRow> {
    staged.data_files.iter().map(file_row).collect()
}

/// A file that a worker wrote, in the same way.
pub(crate) fn file_row(file: &DataFileInfo) -> DataFileRow {
    DataFileRow {
        batch_id: String::new(),
        ord: 0,
        dataset_id: String::new(),
        path: file.path.clone(),
        size_bytes: file.bytes as i64,
        records: file.records as i64,
        file_records: file.records as i64,
    }
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
            let severity = Severity::Error;
            let error = ShownError { code: code.clone(), message: message.clone(), record_count: None, severity };
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
