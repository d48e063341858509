//! Runs: the request to make one, and the document that shows one, rendered from plain numbers.

pub mod change;
mod document;
pub mod noted;
mod update;

pub use update::RunUpdate;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::body;
use crate::flow::Flow;
use crate::id::{Id, Kind};
use crate::schedule::{Frequency, epoch_seconds};
use crate::source_connection::SourceConnection;
use crate::specs::SpecRef;
use crate::target_connection::TargetConnection;
use crate::time::EpochMs;
use crate::{Audit, Etag, Invalid};

/// The kind of a run id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run;

impl Kind for Run {
    const NAME: &'static str = "run";
}

/// Where a run is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunState {
    /// Waits for its time.
    Scheduled,
    /// Waits for a worker.
    Queued,
    /// A worker has it.
    InProgress,
    /// Its rows are visible.
    Success,
    /// None of its rows is visible.
    Failed,
}

impl RunState {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::InProgress => "inProgress",
            Self::Success => "success",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will happen.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Success | Self::Failed)
    }
}

/// A request for an on-demand run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// Which flow.
    pub flow_id: Id<Flow>,
    /// When to run, epoch seconds; `None` is now.
    pub start_time: Option<i64>,
    /// Which files, by last modification; `None` takes everything new.
    pub window: Option<RunWindow>,
}

/// Epoch seconds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunWindow {
    /// First second.
    pub start_s: i64,
    /// Last second.
    pub end_s: i64,
}

impl NewRun {
    /// Reads a request body. Codes: `FLOW-1446-400` no flow id, `FLOW-1430-400` not the id of a flow, 1381 the window
    /// ends before it starts, 1384 half a window. A `status` is ignored.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let flow_id = body::opt_text(root, "flowId", "flowId")?.unwrap_or_default();
        if flow_id.trim().is_empty() {
            return Err(Invalid::new("FLOW-1446-400", "`flowId` is empty: give the id of a flow"));
        }
        let flow_id =
            flow_id.trim().parse().map_err(|error| Invalid::new("FLOW-1430-400", format!("`flowId`: {error}")))?;
        let Some(params) = body::opt_object(root, "params", "params")? else {
            return Ok(Self { flow_id, start_time: None, window: None });
        };
        let time = |field: &str| {
            let path = format!("params.{field}");
            body::member(params, field).map(|value| epoch_seconds(value, &path)).transpose()
        };
        let window = match (time("windowStartTime")?, time("windowEndTime")?) {
            (None, None) => None,
            (Some(start_s), Some(end_s)) if end_s < start_s => {
                let message = format!("`params.windowEndTime` {end_s} is before `params.windowStartTime` {start_s}");
                return Err(Invalid::new("CONNECTOR-1381-400", message));
            }
            (Some(start_s), Some(end_s)) => Some(RunWindow { start_s, end_s }),
            _ => {
                let message = "`params` has half a window: give both `windowStartTime` and `windowEndTime`, or neither";
                return Err(Invalid::new("CONNECTOR-1384-400", message));
            }
        };
        Ok(Self { flow_id, start_time: time("startTime")?, window })
    }

    /// What is asked of the run, as the metastore keeps it.
    pub fn params(&self) -> Value {
        let window = self.window.map(|window| [("windowStartTime", window.start_s), ("windowEndTime", window.end_s)]);
        let start = self.start_time.map(|start_s| ("startTime", start_s));
        let members = start.into_iter().chain(window.into_iter().flatten());
        Value::Object(members.map(|(name, seconds)| (name.to_owned(), seconds.into())).collect::<Map<_, _>>())
    }

    /// What holds between the request, its flow and the flow's spec: only flows that read in batches have runs (`CONNECTOR-1385-400`),
    /// and a window is for `once` flows (`CONNECTOR-1386-400`).
    pub fn check_flow(&self, flow: &Flow, spec: &Value) -> Result<(), Invalid> {
        if spec["attributes"]["frequency"].as_str().is_some_and(|frequency| frequency != "batch") {
            let name = spec["name"].as_str().unwrap_or_default();
            let message = format!("flows of spec `{name}` read all the time: a run on demand is for those that do not");
            return Err(Invalid::new("CONNECTOR-1385-400", message));
        }
        let frequency = flow.schedule()?.frequency;
        if self.window.is_some() && frequency != Frequency::Once {
            let message = format!(
                "a run with a window needs a flow of frequency `once`, this one has `{}`: leave out the window to take everything new",
                frequency.as_str()
            );
            return Err(Invalid::new("CONNECTOR-1386-400", message));
        }
        Ok(())
    }
}

/// Everything a run shows.
#[derive(Clone, Debug, PartialEq)]
pub struct RunDocument {
    /// Identity.
    pub id: Id<Run>,
    /// Who and when.
    pub audit: Audit,
    /// Version for optimistic locking.
    pub etag: Etag,
    /// Its flow.
    pub flow_id: Id<Flow>,
    /// The kind of its flow.
    pub flow_spec: SpecRef,
    /// Where the files came from.
    pub source_connection_id: Id<SourceConnection>,
    /// Where the rows went.
    pub target_connection_id: Id<TargetConnection>,
    /// The batch of the Catalog, once there is one.
    pub batch_id: Option<String>,
    /// Name of the store, such as `Amazon S3`.
    pub connector_name: String,
    /// Public address of this server without a trailing `/`, for links to diagnostics.
    pub base_url: String,
    /// Whether this is the run of a `once` flow or an on-demand run.
    pub one_time: bool,
    /// Where it is in its life.
    pub state: RunState,
    /// Reading of the source; `None` before it began.
    pub copy: Option<Span>,
    /// Mapping, writing and commit; `None` before it began.
    pub promotion: Option<Span>,
    /// The stretch of last-modified times covered, epoch milliseconds.
    pub window: Option<(EpochMs, EpochMs)>,
    /// Counts; `None` where they are unknown.
    pub counts: RunCounts,
    /// Files read.
    pub files: Vec<RunFile>,
    /// Errors of rows, of files and of the run: each thing once.
    pub errors: Vec<RunError>,
    /// What was noted of rows that landed.
    pub warnings: Vec<RunError>,
}

/// A stretch of time, epoch milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// Begin.
    pub started: EpochMs,
    /// End, once there is one.
    pub completed: Option<EpochMs>,
}

/// Numbers of a run; `None` is shown as -1 when the run is finished, and not at all before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunCounts {
    /// Rows read.
    pub input_records: Option<u64>,
    /// Rows written.
    pub output_records: Option<u64>,
    /// Rows rejected.
    pub failed_records: Option<u64>,
    /// Rows written with an attribute nulled.
    pub warning_records: Option<u64>,
    /// Bytes read.
    pub input_bytes: Option<u64>,
    /// Bytes written.
    pub output_bytes: Option<u64>,
    /// Files read.
    pub input_files: Option<u64>,
    /// Files written.
    pub output_files: Option<u64>,
    /// Files that could not be used.
    pub failed_files: Option<u64>,
}

/// One source file of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunFile {
    /// Container and key.
    pub path: String,
    /// Bytes read.
    pub input_bytes: u64,
    /// Rows landed from it.
    pub output_records: u64,
    /// Rows rejected from it.
    pub failed_records: u64,
    /// Why it could not be used; `None` for a good one.
    pub error: Option<RunError>,
}

/// One kind of error or warning of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunError {
    /// Code such as `INGEST-1401-400`.
    pub code: String,
    /// Text for people.
    pub message: String,
    /// Rows concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_count: Option<u64>,
    /// Whether the rows are lost to it.
    #[serde(default, rename = "type")]
    pub severity: Severity,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Severity {
    /// What it concerns did not land.
    #[default]
    Error,
    /// It landed all the same.
    Warning,
}

#[cfg(test)]
mod tests;
