//! One run from claim to end: plan, stage, settle, commit.
//!
//! Every step may be the last: the next holder of the lease starts again from what is stored. The plan is
//! kept; data files of an earlier attempt are leftovers.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lakehead_connect::connector::ConnectError;
use lakehead_model::fault::FaultPoint;
use lakehead_model::id::new_batch_id;
use lakehead_model::plan::PlannedObject;
use lakehead_store::StoreError;
use lakehead_store::{Commit, CommitOutcome, FailedRun, LedgerRow, ObjectFailureRow, RunRow, RunState, TableSwap};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Engine;
use crate::append::{self, PreparedAppend};
use crate::context::{self, RunContext};
use crate::lake::LakeError;
use crate::report::{self, Report};
use crate::settle::{self, Settled, Verdict};
use crate::stage::{self, BoxError, Intents, ObjectOutcome, StageError, Staged};
use crate::worker::protocol::{IngestJob, Limits};

/// Kind of the intent that covers the manifests of one commit, named by its id.
pub(crate) const COMMIT_INTENT: &str = "commit";
/// Kind of the intent of a data file.
const DATA_INTENT: &str = "data";
/// Times a run is started again after its process died, before it is given up.
const MAX_ATTEMPTS: i64 = 10;
/// Times an append is prepared again because somebody else committed first.
const MAX_REBASES: usize = 20;

/// Why a run ends without landing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// Another process holds the run now: say nothing, change nothing.
    #[error("the run was taken over")]
    Fenced,
    /// The server stops: the run is left for the next holder.
    #[error("the server stops")]
    Stopping,
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] ConnectError),
    /// What the flow refers to cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// The worker could not be run.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The lake's files failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a run came to, before it is stored.
pub(crate) struct End {
    pub(crate) batch_id: String,
    pub(crate) plan: Vec<PlannedObject>,
    pub(crate) staged: Staged,
    pub(crate) settled: Settled,
}

impl End {
    /// What the ledger will know: the objects that landed whole.
    fn ledger(&self, snapshot_id: i64) -> Vec<LedgerRow> {
        let landed = self.plan.iter().zip(&self.staged.objects).filter_map(|(object, outcome)| match outcome {
            ObjectOutcome::Landed { rows_written, bytes_read, .. } => Some(LedgerRow {
                object_id: object.object_id.clone(),
                snapshot_id,
                rows: *rows_written as i64,
                bytes: *bytes_read as i64,
            }),
            ObjectOutcome::Failed { .. } => None,
        });
        landed.collect()
    }

    /// The objects that could not be read, to be tried again by later runs.
    fn failures(&self) -> Vec<ObjectFailureRow> {
        let failed = self.plan.iter().zip(&self.staged.objects).filter_map(|(object, outcome)| match outcome {
            // What may pass by itself is not held against the object.
            ObjectOutcome::Failed { code, message, transient: false, .. } => {
                Some(ObjectFailureRow { object_id: object.object_id.clone(), error: format!("{code}: {message}") })
            }
            ObjectOutcome::Failed { .. } | ObjectOutcome::Landed { .. } => None,
        });
        failed.collect()
    }
}

impl RunError {
    /// The code that the run shows: the copy from the source failed, or the landing did.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Source(_) => "CONNECTOR-1001-500",
            _ => "CONNECTOR-2001-500",
        }
    }

    /// The text that the run shows. What broke inside the server is for its log.
    pub(crate) fn public(&self) -> String {
        match self {
            Self::Source(error) => error.public.clone(),
            Self::Unusable(text) => text.clone(),
            Self::Stage(error) => error.to_string(),
            Self::Fenced | Self::Stopping => self.to_string(),
            Self::Lake(_) | Self::Store(_) => "the lake or the metastore failed; the server's log says how".to_owned(),
        }
    }
}

/// Executes a claimed run to its end, or leaves it for the next holder.
pub(crate) async fn execute(engine: &Engine, run: RunRow, stop: &CancellationToken) {
    FaultPoint::ClaimAfter.hit();
    let lost = CancellationToken::new();
    let heartbeat = tokio::spawn(keep_lease(engine.clone(), run.clone(), lost.clone()));
    let started_ms = engine.store.now_ms().await.unwrap_or(run.due_ms);
    let result = tokio::select! {
        result = attempt(engine, &run, started_ms) => result,
        () = lost.cancelled() => Err(RunError::Fenced),
        () = stop.cancelled() => Err(RunError::Stopping),
    };
    match result {
        Ok(()) => {}
        Err(RunError::Fenced) => tracing::info!(run.id = %run.run_id, "the run was taken over; leaving it"),
        Err(RunError::Stopping) => {
            // The next holder need not wait for the lease to run out.
            let _ = engine.store.renew_lease(&run.run_id, run.epoch, &engine.owner, 0).await;
        }
        Err(error) => give_up(engine, &run, started_ms, &error).await,
    }
    heartbeat.abort();
}

/// Renews the lease until the run is not ours any more.
async fn keep_lease(engine: Engine, run: RunRow, lost: CancellationToken) {
    let lease_ms = engine.settings.lease_ms;
    let mut renewed = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(lease_ms.unsigned_abs() / 3)).await;
        match engine.store.renew_lease(&run.run_id, run.epoch, &engine.owner, lease_ms).await {
            Ok(true) => renewed = Instant::now(),
            Ok(false) => break,
            Err(error) => {
                tracing::warn!(run.id = %run.run_id, cause = ?error, "the lease cannot be renewed; trying again");
                if renewed.elapsed() > Duration::from_millis(lease_ms.unsigned_abs()) {
                    break;
                }
            }
        }
    }
    lost.cancel();
}

async fn attempt(engine: &Engine, run: &RunRow, started_ms: i64) -> Result<(), RunError> {
    if run.attempts > MAX_ATTEMPTS {
        return Err(RunError::Unusable(format!("the run was started {MAX_ATTEMPTS} times and never came to its end")));
    }
    let context = context::load(&engine.store, run).await?;
    let report = Report::new(run, &context, engine, started_ms)
        .ok_or_else(|| RunError::Unusable("the flow has no source or target connection".to_owned()))?;
    set_state(engine, run, RunState::Running, Some(&report.running())).await?;
    let plan = plan(engine, run, &context).await?;
    let batch_id = new_batch_id(started_ms);
    let staged = if plan.is_empty() {
        Staged::default()
    } else {
        stage(engine, run, &context, &plan, &batch_id, started_ms).await?
    };
    FaultPoint::StageAfter.hit();
    let planned_bytes = plan.iter().map(|object| object.size_bytes).sum();
    let settled = settle::settle(&staged, planned_bytes, context.tolerance);
    let end = End { batch_id, plan, staged, settled };
    match end.settled.verdict {
        Verdict::Land => land(engine, run, &context, &report, &end).await,
        Verdict::Fail => reject(engine, run, &report, &end).await,
    }
}

/// The stored plan, or a new one: everything selected that the ledger does not have.
async fn plan(engine: &Engine, run: &RunRow, context: &RunContext) -> Result<Vec<PlannedObject>, RunError> {
    if let Some(plan) = engine.store.read().await?.plan(&run.run_id).await? {
        return Ok(plan);
    }
    let listed = context.connector.list(&context.login, &context.selection, &engine.net).await?;
    let ids: Vec<String> = listed.iter().map(|object| object.object_id.clone()).collect();
    let mut tx = engine.store.read().await?;
    let ingested = tx.ingested_among(&run.flow_id, &ids).await?;
    let failures = tx.object_failures(&run.flow_id, &ids).await?;
    drop(tx);
    let exhausted = |object: &PlannedObject| {
        failures.get(&object.object_id).is_some_and(|failure| failure.attempts >= MAX_ATTEMPTS)
    };
    let plan: Vec<_> =
        listed.into_iter().filter(|object| !ingested.contains(&object.object_id) && !exhausted(object)).collect();
    FaultPoint::PlanBeforePersist.hit();
    let mut tx = engine.store.write().await?;
    if !tx.save_plan(&run.run_id, run.epoch, &plan).await? {
        return Err(RunError::Fenced);
    }
    tx.commit().await?;
    FaultPoint::PlanAfterPersist.hit();
    Ok(plan)
}

async fn stage(
    engine: &Engine,
    run: &RunRow,
    context: &RunContext,
    plan: &[PlannedObject],
    batch_id: &str,
    started_ms: i64,
) -> Result<Staged, RunError> {
    let table = open_table(engine, &context.dataset_id).await?;
    let table_dir = engine.lake.table_dir(&run.scope, &context.dataset_id);
    let job = IngestJob {
        run_id: run.run_id.clone(),
        epoch: run.epoch,
        attempt: run.attempts,
        batch_id: batch_id.to_owned(),
        ingest_time_ms: started_ms,
        source: context.source_access(&engine.net)?,
        objects: plan.to_vec(),
        format: context.format.clone(),
        mapping: context.mapping.clone(),
        fields: context.fields.clone(),
        schema: crate::lake::Lake::schema_json(table.metadata().current_schema())?,
        data_dir: table_dir.join("data"),
        diagnostics_dir: engine.lake.diagnostics_dir(&run.scope, &context.dataset_id, batch_id),
        limits: Limits { memory_bytes: engine.settings.worker_memory_bytes, ..Limits::default() },
        isolate: false,
    };
    let intents = StoredIntents { engine, run, context };
    Ok(stage::stage(&engine.settings.worker_exe, job, &intents).await?)
}

/// Remembers data files in the metastore before they are created.
struct StoredIntents<'a> {
    engine: &'a Engine,
    run: &'a RunRow,
    context: &'a RunContext,
}

#[async_trait]
impl Intents for StoredIntents<'_> {
    async fn announce(&self, path: &str) -> Result<(), BoxError> {
        Ok(add_intent(self.engine, self.run, self.context, path, DATA_INTENT).await?)
    }
}

async fn add_intent(
    engine: &Engine,
    run: &RunRow,
    context: &RunContext,
    path: &str,
    kind: &str,
) -> Result<(), StoreError> {
    let mut tx = engine.store.write().await?;
    tx.add_intent(path, &context.dataset_id, &run.run_id, run.epoch, kind).await?;
    tx.commit().await?;
    FaultPoint::PutAfterIntent.hit();
    Ok(())
}

async fn open_table(engine: &Engine, dataset_id: &str) -> Result<iceberg::table::Table, RunError> {
    let pointer = engine.store.read().await?.table_pointer(dataset_id).await?;
    let Some(pointer) = pointer else {
        return Err(RunError::Unusable(format!("dataset `{dataset_id}` has no table: it was deleted")));
    };
    Ok(engine.lake.open_table(dataset_id, &pointer.metadata_location).await?)
}

/// Makes the good rows visible, in one transaction, together with everything that is said about them.
async fn land(engine: &Engine, run: &RunRow, context: &RunContext, report: &Report, end: &End) -> Result<(), RunError> {
    set_state(engine, run, RunState::Committing, None).await?;
    let failures = end.failures();
    let finished_ms = engine.store.now_ms().await?;
    let batch = report.batch(&end.batch_id, &end.settled, true, finished_ms);
    let run_doc = report.finished(end, true, finished_ms);
    let files = report::data_files(&end.staged);
    for _ in 0..MAX_REBASES {
        // Only what this attempt publishes: the manifests of a lost race stay announced and are collected.
        let mut cleared: Vec<String> = end.staged.data_files.iter().map(|file| file.path.clone()).collect();
        let append = prepare(engine, run, context, &end.staged, &mut cleared).await?;
        FaultPoint::MetadataAfter.hit();
        let ledger = end.ledger(append.as_ref().map_or(0, |append| append.snapshot_id));
        let commit = Commit {
            run_id: &run.run_id,
            epoch: run.epoch,
            owner: &engine.owner,
            table: append.as_ref().map(|append| TableSwap {
                table_id: &context.dataset_id,
                base_metadata: &append.base_metadata,
                new_metadata: &append.new_metadata,
            }),
            ledger: &ledger,
            batch: &batch,
            files: &files,
            failures: &failures,
            cleared_intents: &cleared,
            run_doc: &run_doc,
            event: &report.event(&end.batch_id, true),
        };
        match engine.store.commit_run(&commit).await? {
            CommitOutcome::Committed => {
                tracing::info!(
                    run.id = %run.run_id, flow.id = %run.flow_id, files = end.settled.totals.input_files,
                    rows = end.settled.totals.output_records, rejected = end.settled.totals.failed_records,
                    "a run landed"
                );
                return Ok(());
            }
            CommitOutcome::Fenced => return Err(RunError::Fenced),
            CommitOutcome::PointerMoved => {}
            CommitOutcome::AlreadyIngested => {
                return Err(RunError::Unusable("another run of this flow ingested the same objects first".to_owned()));
            }
        }
    }
    Err(RunError::Unusable(format!("the table was changed by others {MAX_REBASES} times in a row")))
}

/// Writes manifests and metadata; `None` where no row is to land.
async fn prepare(
    engine: &Engine,
    run: &RunRow,
    context: &RunContext,
    staged: &Staged,
    cleared: &mut Vec<String>,
) -> Result<Option<PreparedAppend>, RunError> {
    if staged.data_files.is_empty() {
        return Ok(None);
    }
    let table = open_table(engine, &context.dataset_id).await?;
    let data_files = staged
        .data_files
        .iter()
        .map(|file| append::data_file_from_json(&table, &file.data_file_json))
        .collect::<Result<Vec<_>, _>>()?;
    let commit_id = Uuid::from_u128(rand::random());
    let metadata_dir = format!("{}/metadata", table.metadata().location());
    let manifests = format!("{metadata_dir}/{commit_id}");
    add_intent(engine, run, context, &manifests, COMMIT_INTENT).await?;
    let summary = HashMap::from([
        ("ingest.run-id".to_owned(), run.run_id.clone()),
        ("ingest.flow-id".to_owned(), run.flow_id.clone()),
        ("ingest.epoch".to_owned(), run.epoch.to_string()),
    ]);
    let prepared = append::prepare(&engine.lake, &table, data_files, summary, commit_id).await?;
    cleared.push(manifests);
    Ok(Some(prepared))
}

/// Ends a run whose errors are not tolerated: nothing lands, everything is explained.
async fn reject(engine: &Engine, run: &RunRow, report: &Report, end: &End) -> Result<(), RunError> {
    let finished_ms = engine.store.now_ms().await?;
    let failed = FailedRun {
        run_id: &run.run_id,
        epoch: run.epoch,
        owner: &engine.owner,
        batch: Some(&report.batch(&end.batch_id, &end.settled, false, finished_ms)),
        failures: &end.failures(),
        run_doc: &report.finished(end, false, finished_ms),
        event: &report.event(&end.batch_id, false),
    };
    if !engine.store.fail_run(&failed).await? {
        return Err(RunError::Fenced);
    }
    tracing::info!(run.id = %run.run_id, flow.id = %run.flow_id, "a run failed; nothing of it landed");
    Ok(())
}

/// Records a failure that has no rows to show: source unreachable, flow unusable, worker broken.
async fn give_up(engine: &Engine, run: &RunRow, started_ms: i64, error: &RunError) {
    tracing::warn!(run.id = %run.run_id, flow.id = %run.flow_id, cause = ?error, "a run failed");
    let finished_ms = engine.store.now_ms().await.unwrap_or(started_ms);
    let run_doc = report::broken(run, started_ms, finished_ms, error);
    let failed = FailedRun {
        run_id: &run.run_id,
        epoch: run.epoch,
        owner: &engine.owner,
        batch: None,
        failures: &[],
        run_doc: &run_doc,
        event: &report::event(&run.flow_id, &run.run_id, None, false),
    };
    // When even this fails, the lease runs out and the run is tried again.
    if let Err(error) = engine.store.fail_run(&failed).await {
        tracing::warn!(run.id = %run.run_id, cause = ?error, "the failure cannot be recorded; the run will be retried");
    }
}

async fn set_state(
    engine: &Engine,
    run: &RunRow,
    state: RunState,
    doc: Option<&serde_json::Value>,
) -> Result<(), RunError> {
    if engine.store.set_run_state(&run.run_id, run.epoch, &engine.owner, state, doc).await? {
        Ok(())
    } else {
        Err(RunError::Fenced)
    }
}
