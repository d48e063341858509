//! What the engine has done since it was made, as numbers for whoever monitors it. Labels are few and fixed: no id, name or file
//! is ever one.

use std::time::Duration;

use lakehead_model::batch::{REVERT_SLOT, of_run_owner};
use lakehead_model::maintenance::of_table_owner;
use lakehead_model::run::change::Change;
use lakehead_store::RunRow;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::settle::Totals;

/// Upper ends of the buckets of a run's duration, seconds.
const RUN_SECONDS: [f64; 11] = [0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0];

/// Names and values of labels.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// The numbers. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct Tally {
    runs: Family<Labels<2>, Counter>,
    run_seconds: Family<Labels<1>, Histogram, fn() -> Histogram>,
    files_read: Counter,
    files_failed: Counter,
    bytes_read: Counter,
    rows_read: Counter,
    rows_landed: Counter,
    rows_rejected: Counter,
    workers: Gauge,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything is visible.
    Success,
    /// The good rows are, others were rejected.
    Partial,
    /// Nothing is.
    Failed,
}

/// A worker process is at work until this is dropped.
pub(crate) struct AtWork(Gauge);

impl Default for Tally {
    fn default() -> Self {
        Self {
            runs: Family::default(),
            run_seconds: Family::new_with_constructor(|| Histogram::new(RUN_SECONDS)),
            files_read: Counter::default(),
            files_failed: Counter::default(),
            bytes_read: Counter::default(),
            rows_read: Counter::default(),
            rows_landed: Counter::default(),
            rows_rejected: Counter::default(),
            workers: Gauge::default(),
        }
    }
}

impl Tally {
    /// Puts the numbers into a registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("runs", "Runs that ended in this process, by kind and outcome", self.runs.clone());
        let help = "Time from the claim of a run to its end";
        registry.register_with_unit("run_duration", help, Unit::Seconds, self.run_seconds.clone());
        registry.register("files_read", "Source files that runs read", self.files_read.clone());
        registry.register("files_failed", "Source files that could not be read", self.files_failed.clone());
        registry.register("bytes_read", "Bytes of source files that runs read", self.bytes_read.clone());
        registry.register("rows_read", "Rows that runs read", self.rows_read.clone());
        registry.register("rows_landed", "Rows that became visible in tables", self.rows_landed.clone());
        registry.register("rows_rejected", "Rows that were rejected", self.rows_rejected.clone());
        registry.register("workers", "Worker processes at work now", self.workers.clone());
    }

    /// A run has ended.
    pub(crate) fn ended(&self, run: &RunRow, outcome: Outcome, took: Duration) {
        let kind = kind(run);
        self.runs.get_or_create(&[("kind", kind), ("outcome", outcome.as_str())]).inc();
        self.run_seconds.get_or_create(&[("kind", kind)]).observe(took.as_secs_f64());
    }

    /// What a run read has landed, or was given up.
    pub(crate) fn read(&self, totals: &Totals, landed: bool) {
        self.files_read.inc_by(totals.input_files);
        self.files_failed.inc_by(totals.failed_files);
        self.bytes_read.inc_by(totals.input_bytes);
        self.rows_read.inc_by(totals.input_records);
        self.rows_rejected.inc_by(totals.failed_records);
        if landed {
            self.rows_landed.inc_by(totals.output_records);
        }
    }

    /// A worker process begins.
    pub(crate) fn worker(&self) -> AtWork {
        self.workers.inc();
        AtWork(self.workers.clone())
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Outcome {
    /// Of a run that landed.
    pub(crate) fn landed(totals: &Totals) -> Self {
        if totals.failed_records + totals.failed_files == 0 { Self::Success } else { Self::Partial }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// What a run is for.
pub(crate) fn kind(run: &RunRow) -> &'static str {
    if of_table_owner(&run.flow_id).is_some() {
        return "maintenance";
    }
    let upload = of_run_owner(&run.flow_id).is_some();
    match Change::of(&run.slot, &run.params) {
        _ if upload && run.slot.starts_with(REVERT_SLOT) => "revert",
        _ if upload => "upload",
        Some(change) if change.redo => "redo",
        Some(_) => "undo",
        None => "flow",
    }
}
