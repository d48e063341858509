//! One run from claim to end: plan, stage, settle, commit.
//!
//! Every step may be the last: the next holder of the lease starts again from what is stored. The plan is
//! kept; data files of an earlier attempt are leftovers.

use std::time::{Duration, Instant};

use lakehead_model::batch::{COMPLETE_SLOT, REVERT_SLOT, of_run_owner};
use lakehead_model::fault::FaultPoint;
use lakehead_model::id::new_batch_id;
use lakehead_model::maintenance::of_table_owner;
use lakehead_model::run::change::Change;
use lakehead_model::state::State;
use lakehead_store::{BatchRow, FailedRun, RunRow, RunState};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument as _, info_span};

use crate::claim::set_state;
use crate::context;
use crate::landing::{self, End, Landing};
use crate::maintaining;
use crate::planning;
use crate::progress::Progress;
use crate::report::{self, Report};
use crate::reverting;
use crate::run_error::RunError;
use crate::settle::{self, Verdict};
use crate::source::Origin;
use crate::staging;
use crate::tally::{self, Outcome};
use crate::undoing;
use crate::{Engine, SPANS};

/// Times a run is started again after its process died, before it is given up.
const MAX_ATTEMPTS: i64 = 10;
/// Times a plan is staged again because some of its objects were ingested meanwhile.
const MAX_REPLANS: usize = 3;

/// Time between two looks whether a run was called off.
const LOOK: Duration = Duration::from_millis(500);

/// Executes a claimed run to its end, or leaves it for the next holder.
pub(crate) async fn execute(engine: &Engine, run: RunRow, stop: &CancellationToken) {
    FaultPoint::ClaimAfter.hit();
    let lost = CancellationToken::new();
    // Ends with this function, even by a panic: a run that nobody works on must lose its lease.
    let _heartbeat = AbortOnDropHandle::new(tokio::spawn(keep_lease(engine.clone(), run.clone(), lost.clone())));
    let (started_ms, begun) = (engine.store.now_ms().await.unwrap_or(run.due_ms), Instant::now());
    let span =
        info_span!(target: SPANS, "run", run.kind = tally::kind(&run), run.id = %run.run_id, flow.id = %run.flow_id);
    let result = tokio::select! {
        result = attempt(engine, &run, started_ms).instrument(span) => result,
        () = lost.cancelled() => Err(RunError::Fenced),
        () = stop.cancelled() => Err(RunError::Stopping),
    };
    match result {
        Ok(outcome) => engine.tally.ended(&run, outcome, begun.elapsed()),
        Err(RunError::Fenced) => {
            tracing::info!(run.id = %run.run_id, "the run was taken over or called off; leaving it");
        }
        Err(RunError::Stopping) => {
            // When this fails, the next holder has to wait for the lease to run out.
            let _ = engine.store.release_run(&run.run_id, run.epoch, &engine.owner).await;
        }
        Err(error) if error.may_pass() => {
            tracing::warn!(run.id = %run.run_id, cause = ?error, "the metastore failed; the run is started again when its lease has run out");
        }
        Err(error) => {
            if give_up(engine, &run, started_ms, &error).await {
                engine.tally.ended(&run, Outcome::Failed, begun.elapsed());
            }
        }
    }
}

/// Renews the lease until the run is not ours any more: taken over, or called off by somebody who does not wait for long.
async fn keep_lease(engine: Engine, run: RunRow, lost: CancellationToken) {
    let lease_ms = engine.settings.lease_ms;
    let lease = Duration::from_millis(lease_ms.unsigned_abs());
    let (mut renewed, mut tried) = (Instant::now(), Instant::now());
    loop {
        tokio::time::sleep(LOOK.min(lease / 3)).await;
        let due = tried.elapsed() >= lease / 3;
        let held = if due {
            tried = Instant::now();
            engine.store.renew_lease(&run.run_id, run.epoch, &engine.owner, lease_ms).await
        } else {
            engine.store.holds_run(&run.run_id, run.epoch, &engine.owner).await
        };
        match held {
            Ok(true) if due => renewed = Instant::now(),
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                tracing::warn!(run.id = %run.run_id, cause = ?error, "the lease cannot be renewed; trying again");
                if renewed.elapsed() > lease {
                    break;
                }
            }
        }
    }
    lost.cancel();
}

async fn attempt(engine: &Engine, run: &RunRow, started_ms: i64) -> Result<Outcome, RunError> {
    if run.attempts > MAX_ATTEMPTS {
        return Err(RunError::Unusable(format!("the run was started {MAX_ATTEMPTS} times and never came to its end")));
    }
    if let Some(dataset_id) = of_table_owner(&run.flow_id) {
        Box::pin(maintaining::maintain(engine, run, dataset_id)).await?;
        return Ok(Outcome::Success);
    }
    if run.slot.starts_with(REVERT_SLOT) && of_run_owner(&run.flow_id).is_some() {
        reverting::revert(engine, run).await?;
        return Ok(Outcome::Success);
    }
    if let Some(change) = Change::of(&run.slot, &run.params).filter(|change| !change.redo) {
        Box::pin(undoing::undo(engine, run, &change, started_ms)).await?;
        return Ok(Outcome::Success);
    }
    let context = context::load(engine, run).await?;
    if let Origin::Flow(flow) = &context.origin
        && (run.plan_sha256.is_none() || run.slot.starts_with(planning::PART_SLOT) && run.attempts <= 1)
        && flow.state != State::Enabled
    {
        let message = "the flow was disabled before this run began; enable it and start a run";
        return Err(RunError::Unusable(message.to_owned()));
    }
    let report = Report::new(run, &context, engine, started_ms)
        .ok_or_else(|| RunError::Unusable("the flow has no source or target connection".to_owned()))?;
    set_state(engine, run, RunState::Running, Some(&report.running(None))).await?;
    if let Origin::Upload(batch) = &context.origin {
        let mut tx = engine.store.write().await?;
        tx.begin_batch(&run.scope, &batch.batch_id, started_ms).await?;
        tx.commit().await?;
    }
    let planning = planning::plan(engine, run, &context).instrument(info_span!(target: SPANS, "plan"));
    let planning::Plan { objects: mut plan, left_out } = planning.await?;
    for _ in 0..=MAX_REPLANS {
        let batch_id = match &context.origin {
            Origin::Flow(_) => new_batch_id(started_ms),
            Origin::Upload(batch) => batch.batch_id.clone(),
        };
        let progress = Progress::new(started_ms);
        let staging = staging::stage(engine, run, &context, &mut plan, &batch_id, &progress);
        let staged = progress.shown_during(engine, run, &report, staging);
        let staged = staged.instrument(info_span!(target: SPANS, "stage")).await?;
        FaultPoint::StageAfter.hit();
        let planned_bytes = plan.iter().map(|object| object.size_bytes).sum();
        let mut settled = settle::settle(&staged, planned_bytes, context.tolerance);
        settled.findings.extend(left_out.iter().cloned());
        let end = End { batch_id, plan, staged, settled };
        let commit = info_span!(target: SPANS, "commit");
        match end.settled.verdict {
            Verdict::Fail => {
                landing::reject(engine, run, &context, &report, &end).instrument(commit).await?;
                return Ok(Outcome::Failed);
            }
            Verdict::Land => match landing::land(engine, run, &context, &report, &end).instrument(commit).await? {
                Landing::Landed => return Ok(Outcome::landed(&end.settled.totals)),
                Landing::AlreadyIngested if context.change.is_some() => return Err(landing::landed_by_itself()),
                // Their rows share files with the others, so the rest is staged again.
                Landing::AlreadyIngested => plan = planning::without_known(engine, run, end.plan).await?.objects,
            },
        }
        planning::replace(engine, run, &plan).await?;
    }
    Err(RunError::Unusable(format!("others ingested objects of this run {MAX_REPLANS} times in a row")))
}

/// Records a failure that has no rows to show: source unreachable, flow unusable, worker broken. Whether it is recorded.
async fn give_up(engine: &Engine, run: &RunRow, started_ms: i64, error: &RunError) -> bool {
    tracing::warn!(run.id = %run.run_id, flow.id = %run.flow_id, cause = ?error, "a run failed");
    let finished_ms = engine.store.now_ms().await.unwrap_or(started_ms);
    let run_doc = report::broken(run, started_ms, finished_ms, error);
    let batch = broken_batch(engine, run, finished_ms, error).await;
    let failed = FailedRun {
        run_id: &run.run_id,
        epoch: run.epoch,
        owner: &engine.owner,
        batch: batch.as_ref(),
        failures: &[],
        cleared_intents: &[],
        run_doc: &run_doc,
        event: &report::event(&run.flow_id, &run.run_id, None, false),
    };
    let recorded = engine.store.fail_run(&failed).await;
    match &recorded {
        Ok(true) => {}
        Ok(false) => tracing::info!(run.id = %run.run_id, "the run was taken over; leaving it"),
        // The lease runs out and the run is tried again.
        Err(error) => {
            tracing::warn!(run.id = %run.run_id, cause = ?error, "the failure cannot be recorded; the run will be retried");
        }
    }
    recorded.unwrap_or(false)
}

/// What an uploaded batch shows of its failed run; runs of flows that read nothing have no batch.
async fn broken_batch(engine: &Engine, run: &RunRow, finished_ms: i64, error: &RunError) -> Option<BatchRow> {
    let batch_id = of_run_owner(&run.flow_id)?;
    let batch = engine.store.read().await.ok()?.batch(&run.scope, batch_id).await.ok()??;
    Some(if run.slot == COMPLETE_SLOT {
        report::broken_batch(batch, finished_ms, error)
    } else {
        report::not_reverted(batch, finished_ms, error)
    })
}
