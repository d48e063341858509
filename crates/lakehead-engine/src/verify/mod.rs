//! Proves that a flow is complete, or names what is not: the source as it is listed now, the ledger, and the table are
//! compared with each other, page by page.
//!
//! Nothing is locked. What is compared is read in several transactions, and again from the start where the table moved
//! meanwhile.

mod accounts;
mod content;
mod findings;
mod numbers;
mod source;
mod table;

use std::time::Duration;

use lakehead_connect::connector::ConnectError;
use lakehead_model::Scope;
use lakehead_model::dataset::Dataset;
use lakehead_model::flow::Flow;
use lakehead_model::source_connection::SourceConnection;
use lakehead_model::target_connection::TargetConnection;
use lakehead_store::{SecretUse, StoreError};
use serde::Serialize;
use serde_json::json;
use tokio::time::timeout;

pub use findings::{Finding, Findings, Kind};

use crate::Engine;
use crate::context::{find, open, selection};
use crate::lake::LakeError;
use crate::run_error::RunError;
use crate::source::Source;
use crate::stage::StageError;

/// Verifications at the same time in one process.
pub(crate) const AT_A_TIME: usize = 2;
/// Longest time one waits for the others.
const PATIENCE: Duration = Duration::from_secs(20);
/// Times everything is read again because the table moved.
const MAX_MOVES: usize = 4;

/// How thorough a verification is.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Whether data files are opened and their rows counted by source object.
    pub deep: bool,
    /// Findings of one kind that are named; all are counted.
    pub named: usize,
}

/// What a verification came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Completeness {
    /// The flow.
    pub flow_id: String,
    /// Its name.
    pub flow_name: String,
    /// The dataset that it writes.
    pub dataset_id: String,
    /// When the source was listed, epoch milliseconds of the database.
    pub verified_at: i64,
    /// Whether data files were opened.
    pub deep: bool,
    /// Whether everything is there, and nothing else.
    pub complete: bool,
    /// The same in one sentence.
    pub summary: String,
    /// The snapshot of the table; null before the first.
    pub snapshot_id: Option<i64>,
    /// What the source lists.
    pub source: Totals,
    /// What the ledger has of the flow, without what was undone.
    pub ledger: Totals,
    /// What the table has, of all flows and uploads.
    pub table: Totals,
    /// How many findings there are, and the first of each kind.
    #[serde(flatten)]
    pub findings: Findings,
}

/// How much there is somewhere. What does not apply is null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Source objects.
    pub objects: Option<u64>,
    /// Data files.
    pub files: Option<u64>,
    /// Rows.
    pub rows: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The source does not answer, or not with a list.
    #[error(transparent)]
    Source(ConnectError),
    /// The flow, or what it refers to, is not there.
    #[error("{0}")]
    Unusable(String),
    /// The table changed whenever it was looked at.
    #[error("the table changed {MAX_MOVES} times while it was verified; verify again when fewer runs land")]
    Moving,
    /// Too many verifications are going on.
    #[error("too many flows are being verified at the moment; retry")]
    Busy,
    /// The lake's files failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The worker process could not be run.
    #[error(transparent)]
    Worker(#[from] StageError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ConnectError> for VerifyError {
    fn from(error: ConnectError) -> Self {
        Self::Source(error)
    }
}

impl From<RunError> for VerifyError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Source(error) => Self::Source(error),
            RunError::Lake(error) => Self::Lake(error),
            RunError::Store(error) => Self::Store(error),
            RunError::Stage(error) => Self::Worker(error),
            other => Self::Unusable(other.to_string()),
        }
    }
}

/// A flow and what it connects.
struct Subject<'a> {
    engine: &'a Engine,
    scope: &'a Scope,
    flow: Flow,
    dataset_id: String,
    source: Source,
    /// The source is read from here on, epoch milliseconds, exclusive; older objects are none of its business.
    after_ms: Option<i64>,
    how: How,
}

impl Engine {
    /// Compares source, ledger and table of a flow.
    ///
    /// # Errors
    /// Nothing can be said: the source, the lake or the database does not answer, or the table changes all the time.
    pub async fn verify(&self, scope: &Scope, flow_id: &str, how: How) -> Result<Completeness, VerifyError> {
        let Ok(Ok(_turn)) = timeout(PATIENCE, self.verifications.acquire()).await else {
            return Err(VerifyError::Busy);
        };
        let subject = Subject::load(self, scope, flow_id, how).await?;
        for _ in 0..MAX_MOVES {
            // Boxed: it is large.
            if let Some(completeness) = Box::pin(subject.compare()).await? {
                return Ok(completeness);
            }
        }
        Err(VerifyError::Moving)
    }
}

impl<'a> Subject<'a> {
    async fn load(engine: &'a Engine, scope: &'a Scope, flow_id: &str, how: How) -> Result<Self, VerifyError> {
        let mut tx = engine.store.read().await?;
        let flow: Flow = find(&mut tx, scope, "flow", flow_id).await?;
        let source_id = flow.source_connection_ids.first().map(ToString::to_string).unwrap_or_default();
        let target_id = flow.target_connection_ids.first().map(ToString::to_string).unwrap_or_default();
        let source: SourceConnection = find(&mut tx, scope, "source connection", &source_id).await?;
        let target: TargetConnection = find(&mut tx, scope, "target connection", &target_id).await?;
        let dataset: Dataset = find(&mut tx, scope, "dataset", target.data_set_id()).await?;
        drop(tx);
        let mut selection = selection(&flow, &source, &json!({}))?;
        // What is older is listed too: it may have been read by a run that asked for its time.
        let after_ms = selection.modified_after_ms.take();
        let source = open(&engine.store, scope, &source, selection, SecretUse::Explore).await?;
        Ok(Self { engine, scope, flow, dataset_id: dataset.id, source, after_ms, how })
    }

    /// One comparison; `None` where the table moved meanwhile.
    async fn compare(&self) -> Result<Option<Completeness>, VerifyError> {
        let store = &self.engine.store;
        let before = store.read().await?.table_pointer(&self.dataset_id).await?;
        let verified_at = store.now_ms().await?;
        let mut findings = Findings::new(self.how.named);
        let (source, ledger) = source::compare(self, &mut findings).await?;
        let (snapshot_id, table) = table::compare(self, &mut findings).await?;
        accounts::compare(self, &mut findings).await?;
        if self.how.deep {
            content::compare(self, &mut findings).await?;
        }
        if store.read().await?.table_pointer(&self.dataset_id).await? != before {
            return Ok(None);
        }
        let complete = findings.are_harmless();
        Ok(Some(Completeness {
            flow_id: self.flow.id.to_string(),
            flow_name: self.flow.name.clone(),
            dataset_id: self.dataset_id.clone(),
            verified_at,
            deep: self.how.deep,
            complete,
            summary: summary(complete, &source, &ledger, &table, &findings),
            snapshot_id,
            source,
            ledger,
            table,
            findings,
        }))
    }
}

fn summary(complete: bool, source: &Totals, ledger: &Totals, table: &Totals, findings: &Findings) -> String {
    let number = |count: Option<u64>| count.unwrap_or_default();
    if !complete {
        return format!("Not complete: {}.", findings.in_words());
    }
    format!(
        "Complete: {} objects, {} rows. Every object of the selection is in the ledger ({} entries), the rows of every entry \
         are in the table, and nothing else is ({} rows in {} data files, with those of other flows and uploads).",
        number(source.objects),
        number(ledger.rows),
        number(ledger.objects),
        number(table.rows),
        number(table.files)
    )
}
