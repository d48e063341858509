//! Batches: what one run did to one dataset, rendered from plain numbers, and those that clients upload.

mod request;
mod status;
mod upload;

use serde_json::{Value, json};

pub use self::request::{BatchPlan, NewBatch};
pub use self::status::{BatchAction, BatchStatus, Step};
pub use self::upload::{ContentRange, MAX_FILE_BYTES, Pieces, file_path};
use crate::time::EpochMs;

/// Who a run belongs to that ingests an uploaded batch, in place of the id of a flow. One run of a slot: a batch that is
/// completed twice is ingested once.
pub const RUN_OWNER: &str = "batch:";
/// Slot of the run that ingests a batch.
pub const COMPLETE_SLOT: &str = "complete";
/// Beginning of the slots of runs that take a batch back.
pub const REVERT_SLOT: &str = "revert:";

/// What stands in place of the id of a flow in runs of an uploaded batch.
pub fn run_owner(batch_id: &str) -> String {
    format!("{RUN_OWNER}{batch_id}")
}

/// The batch that a run with this owner is about; `None` for the id of a flow.
pub fn of_run_owner(flow_id: &str) -> Option<&str> {
    flow_id.strip_prefix(RUN_OWNER)
}

/// Batches that one batch may replace.
pub const MAX_PREDECESSORS: usize = 100;

/// Everything a Catalog batch shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchDocument {
    /// ULID.
    pub id: String,
    /// Organisation.
    pub ims_org: String,
    /// Sandbox.
    pub sandbox_id: String,
    /// Where it is in its life.
    pub status: BatchStatus,
    /// When it was made, epoch milliseconds.
    pub created: EpochMs,
    /// When it was last changed, epoch milliseconds.
    pub updated: EpochMs,
    /// When work began, epoch milliseconds.
    pub started: Option<EpochMs>,
    /// When it ended, epoch milliseconds.
    pub completed: Option<EpochMs>,
    /// Client that made it.
    pub created_client: String,
    /// Who made it.
    pub created_user: String,
    /// Target.
    pub dataset_id: String,
    /// Flow that made it.
    pub flow_id: String,
    /// Run that made it.
    pub run_id: String,
    /// `csv`, `json` or `parquet`.
    pub input_format: String,
    /// Mapping set and its version.
    pub mapping: Option<(String, i64)>,
    /// Counts.
    pub metrics: BatchMetrics,
    /// Errors, the summary first.
    pub errors: Vec<BatchError>,
}

/// Counts of a batch. Sizes are bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchMetrics {
    /// Bytes read.
    pub input_byte_size: u64,
    /// Files read.
    pub input_file_count: u64,
    /// Rows read.
    pub input_record_count: u64,
    /// Bytes written.
    pub output_byte_size: u64,
    /// Files written.
    pub output_file_count: u64,
    /// Rows written.
    pub output_record_count: u64,
    /// Rows that failed.
    pub failed_record_count: u64,
}

/// One error of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchError {
    /// Code such as `INGEST-1212-400`.
    pub code: String,
    /// Text for people.
    pub description: String,
    /// Rows concerned; given with diagnostics on only.
    pub record_count: Option<u64>,
}

impl BatchDocument {
    /// The value of this batch in a Catalog answer, which is a map keyed by id.
    pub fn to_json(&self) -> Value {
        let metrics = &self.metrics;
        let mut tags = json!({"flowId": [self.flow_id], "runId": [self.run_id]});
        if let Some((id, version)) = &self.mapping {
            tags["aep_sip_mapper"] = json!([format!("mapping-set-id:{id}"), format!("mapping-set-version:{version}")]);
        }
        let errors: Vec<_> = self.errors.iter().map(BatchError::to_json).collect();
        let mut document = json!({
            "id": self.id, "imsOrg": self.ims_org, "sandboxId": self.sandbox_id, "status": self.status.as_str(),
            "created": self.created, "updated": self.updated,
            "createdClient": self.created_client, "createdUser": self.created_user, "updatedUser": self.created_user,
            "version": "1.0.0",
            "relatedObjects": [{"type": "dataSet", "id": self.dataset_id}, {"type": "batch", "id": self.id}],
            "tags": tags, "inputFormat": {"format": self.input_format},
            "metrics": {
                "inputByteSize": metrics.input_byte_size, "inputFileCount": metrics.input_file_count,
                "inputRecordCount": metrics.input_record_count, "outputByteSize": metrics.output_byte_size,
                "outputFileCount": metrics.output_file_count, "outputRecordCount": metrics.output_record_count,
                "failedRecordCount": metrics.failed_record_count,
            },
            "errors": errors,
            "recordCount": metrics.output_record_count, "failedRecordCount": metrics.failed_record_count,
            "size": metrics.output_byte_size,
        });
        for (name, time) in [("started", self.started), ("completed", self.completed)] {
            if let Some(time) = time {
                document[name] = json!(time);
            }
        }
        document
    }
}

impl BatchError {
    /// The error as a batch shows it.
    pub fn to_json(&self) -> Value {
        let mut error = json!({"code": self.code, "description": self.description});
        if let Some(count) = self.record_count {
            error["recordCount"] = json!(count);
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_find_dataset_flow_and_counts_where_they_look() {
        let batch = BatchDocument {
            id: "01B".into(),
            status: BatchStatus::Success,
            dataset_id: "d".into(),
            flow_id: "f".into(),
            completed: Some(7),
            mapping: Some(("m".into(), 2)),
            metrics: BatchMetrics {
                input_record_count: 519,
                output_record_count: 514,
                failed_record_count: 5,
                ..Default::default()
            },
            errors: vec![BatchError { code: "INGEST-1401-400".into(), description: "x".into(), record_count: Some(5) }],
            ..Default::default()
        };
        let shown = batch.to_json();
        assert_eq!(shown["relatedObjects"][0], json!({"type": "dataSet", "id": "d"}));
        assert_eq!(shown["tags"]["flowId"][0], "f");
        assert_eq!(shown["tags"]["aep_sip_mapper"][1], "mapping-set-version:2");
        assert_eq!(shown["metrics"]["failedRecordCount"], 5);
        assert_eq!(shown["errors"][0]["recordCount"], 5);
        assert_eq!((&shown["status"], &shown["completed"]), (&json!("success"), &json!(7)));
        assert!(shown.get("started").is_none());
    }
}
