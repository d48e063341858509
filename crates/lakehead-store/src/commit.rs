//! The one transaction that makes a run visible: fence, table pointer, ledger, batch, run, event. All or nothing.

use std::time::Duration;

use lakehead_model::Etag;
use lakehead_model::batch::{BatchStatus, of_run_owner};
use lakehead_model::fault::FaultPoint;
use serde_json::Value;

use crate::batches::{BatchRow, DataFileRow};
use crate::db::{Arg, BULK_ROWS, Sql, to_json};
use crate::error::{Result, StoreError};
use crate::sharing::{Moved, Upkeep};
use crate::store::{Store, Tx};
use crate::tables::SWAP;
use crate::taking::Taking;

/// What a run brings: everything that becomes true at once.
pub struct Commit<'a> {
    /// The run, in state `committing`.
    pub run_id: &'a str,
    /// The claim under which it worked.
    pub epoch: i64,
    /// Who holds the claim.
    pub owner: &'a str,
    /// The new version of the table; `None` when no row was written.
    pub table: Option<TableSwap<'a>>,
    /// The objects that were ingested.
    pub ledger: &'a [LedgerRow],
    /// The batch as it will be shown, stored under the scope of the run; `None` for a run that found no objects.
    pub batch: Option<&'a BatchRow>,
    /// The data files of the batch in order; none without a batch.
    pub files: &'a [DataFileRow],
    /// Batches whose rows are not in the new version of the table any more.
    pub replaced: &'a [String],
    /// Rows of another batch of the flow that are not in the new version of the table any more.
    pub taking: Option<&'a Taking<'a>>,
    /// Rows of other batches that are in other files of the new version than before.
    pub moved: &'a [Moved],
    /// What maintenance of the table leaves to be done.
    pub upkeep: Option<&'a Upkeep<'a>>,
    /// The objects that could not be read.
    pub failures: &'a [ObjectFailureRow],
    /// Paths whose intent rows are settled: the files that the new version refers to.
    pub cleared_intents: &'a [String],
    /// What the API will show of the run.
    pub run_doc: &'a Value,
    /// What receivers are told.
    pub event: &'a Value,
}

/// A table that moves from one version to the next.
#[derive(Clone, Copy, Debug)]
pub struct TableSwap<'a> {
    /// The table.
    pub table_id: &'a str,
    /// The metadata file that the new version was made from.
    pub base_metadata: &'a str,
    /// The metadata file of the new version.
    pub new_metadata: &'a str,
}

/// An object that was ingested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// Identity of the object.
    pub object_id: String,
    /// Bucket or container of the object.
    pub container: String,
    /// Its key in there.
    pub key: String,
    /// The snapshot that holds its rows; 0 when it had none.
    pub snapshot_id: i64,
    /// Rows it gave.
    pub rows: i64,
    /// Bytes it had.
    pub bytes: i64,
}

/// An object that could not be read this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFailureRow {
    /// Identity of the object.
    pub object_id: String,
    /// Why, for people; without secrets.
    pub error: String,
}

/// How a commit ended. Only [`CommitOutcome::Committed`] left anything behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    /// Everything is visible.
    Committed,
    /// The claim was lost, or the run is not in state `committing`: stop.
    Fenced,
    /// The table is no longer at the base: make the metadata again on the current version.
    PointerMoved,
    /// An object is in the ledger already: drop it from the plan and stage the rest again.
    AlreadyIngested,
    /// What was to be replaced, taken out or moved is not as it was found.
    NotReplaceable,
}

/// A run that ends without bringing anything.
pub struct FailedRun<'a> {
    /// The run.
    pub run_id: &'a str,
    /// The claim under which it worked.
    pub epoch: i64,
    /// Who holds the claim.
    pub owner: &'a str,
    /// The batch to show as failed, if one was begun.
    pub batch: Option<&'a BatchRow>,
    /// The objects that could not be read.
    pub failures: &'a [ObjectFailureRow],
    /// Paths whose intent rows are settled: what the failed batch still shows.
    pub cleared_intents: &'a [String],
    /// What the API will show of the run.
    pub run_doc: &'a Value,
    /// What receivers are told.
    pub event: &'a Value,
}

/// The run behind a fence that held.
pub(crate) struct Fenced {
    pub(crate) flow_id: String,
    pub(crate) org: String,
    pub(crate) sandbox_id: String,
}

const SUCCEED: Sql = Sql::same(
    "UPDATE flow_run SET state = 'success', updated_at = $4, etag = $5, doc = $6
     WHERE run_id = $1 AND epoch = $2 AND owner = $3 AND state = 'committing' RETURNING flow_id, org, sandbox_id",
);
const FAIL: Sql = Sql::same(
    "UPDATE flow_run SET state = 'failed', updated_at = $4, etag = $5, doc = $6
     WHERE run_id = $1 AND epoch = $2 AND owner = $3 AND state IN ('claimed', 'running', 'committing')
     RETURNING flow_id, org, sandbox_id",
);
/// On PostgreSQL the row lock waits for a transaction whose connection is gone but which has not ended, so that the
/// answer is final.
const ENDED_AS: Sql = Sql::each(
    "SELECT state, epoch, owner FROM flow_run WHERE run_id = $1",
    "SELECT state, epoch, owner FROM flow_run WHERE run_id = $1 FOR UPDATE",
);
const INSERT_LEDGER: Sql = Sql::each(
    "INSERT INTO ingested (flow_id, run_id, ingested_at, batch_id, replay_gen, object_id, snapshot_id, row_count, byte_count,
         container, object_key)
     SELECT $1, $2, $3, $5, 0, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
         json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]')
     FROM json_each($4) WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO ingested (flow_id, run_id, ingested_at, batch_id, replay_gen, object_id, snapshot_id, row_count, byte_count,
         container, object_key)
     SELECT $1, $2, $3, $5, 0, value->>0, (value->>1)::bigint, (value->>2)::bigint, (value->>3)::bigint, value->>4, value->>5
     FROM jsonb_array_elements($4::jsonb) AS ledger (value) ORDER BY value->>0 ON CONFLICT DO NOTHING",
);
const FORGET_FAILURES: Sql = Sql::each(
    "DELETE FROM object_failure WHERE flow_id = $1
       AND object_id IN (SELECT json_extract(value, '$[0]') FROM json_each($2))",
    "DELETE FROM object_failure WHERE flow_id = $1
       AND object_id IN (SELECT value->>0 FROM jsonb_array_elements($2::jsonb) AS ledger (value))",
);
const COUNT_FAILURE: Sql = Sql::same(
    "INSERT INTO object_failure (flow_id, object_id, attempts, last_error, failed_at) VALUES ($1, $2, 1, $3, $4)
     ON CONFLICT (flow_id, object_id) DO UPDATE SET attempts = object_failure.attempts + 1,
         last_error = excluded.last_error, failed_at = excluded.failed_at",
);
const CLEAR_INTENTS: Sql = Sql::each(
    "DELETE FROM file_intent WHERE run_id = $1 AND path IN (SELECT value FROM json_each($2))",
    "DELETE FROM file_intent WHERE run_id = $1 AND path IN (SELECT jsonb_array_elements_text($2::jsonb))",
);

/// How often, and with which first pause, the end of a run is asked for after a lost reply.
const ASK_TRIES: u32 = 6;
const ASK_PAUSE: Duration = Duration::from_millis(100);

impl Store {
    /// Makes a run visible. An error means that nothing was written; when the reply to `COMMIT` is lost, the run
    /// row is asked what happened. Calling it again after success answers `Committed` again.
    pub async fn commit_run(&self, commit: &Commit<'_>) -> Result<CommitOutcome> {
        let mut tx = self.write().await?;
        FaultPoint::CommitBegin.hit();
        let outcome = tx.apply(commit).await?;
        if outcome != CommitOutcome::Committed {
            tx.rollback().await?;
            return self.ended_before(commit, outcome).await;
        }
        FaultPoint::CommitBeforeCommit.hit();
        if let Err(error) = tx.commit().await {
            return self.ask_what_happened(commit.run_id, commit.epoch, commit.owner, error).await;
        }
        FaultPoint::CommitAfterCommit.hit();
        Ok(CommitOutcome::Committed)
    }

    /// Ends a run without bringing anything; `false` when the claim was lost.
    pub async fn fail_run(&self, failed: &FailedRun<'_>) -> Result<bool> {
        FaultPoint::FailBefore.hit();
        let mut tx = self.write().await?;
        let (now_ms, claim) = (tx.now_ms().await?, (failed.run_id, failed.epoch, failed.owner));
        let Some(run) = tx.end_run(&FAIL, claim, failed.run_doc, now_ms).await? else {
            tx.rollback().await?;
            let ended = self.ended_as(failed.run_id).await?;
            return Ok(ended == Some(("failed".to_owned(), failed.epoch, Some(failed.owner.to_owned()))));
        };
        if let Some(batch) = failed.batch
            && tx.may_end(&run, batch).await?
        {
            tx.put_batch_at(&run.org, &run.sandbox_id, batch).await?;
        }
        tx.forget_listing(failed.run_id).await?;
        tx.count_failures(&run.flow_id, failed.failures, now_ms).await?;
        tx.clear_intents(failed.run_id, failed.cleared_intents).await?;
        tx.add_event(failed.run_id, failed.event, now_ms).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// A fence that did not hold because this very claim has already committed is a success.
    async fn ended_before(&self, commit: &Commit<'_>, outcome: CommitOutcome) -> Result<CommitOutcome> {
        if outcome != CommitOutcome::Fenced {
            return Ok(outcome);
        }
        let ended = self.ended_as(commit.run_id).await?;
        let ours = Some(("success".to_owned(), commit.epoch, Some(commit.owner.to_owned())));
        Ok(if ended == ours { CommitOutcome::Committed } else { CommitOutcome::Fenced })
    }

    async fn ask_what_happened(
        &self,
        run_id: &str,
        epoch: i64,
        owner: &str,
        error: StoreError,
    ) -> Result<CommitOutcome> {
        let mut pause = ASK_PAUSE;
        for _ in 0..ASK_TRIES {
            match self.ended_as(run_id).await {
                Ok(Some((state, at, by))) if at == epoch && by.as_deref() == Some(owner) => {
                    return if state == "success" { Ok(CommitOutcome::Committed) } else { Err(error) };
                }
                Ok(_) => return Ok(CommitOutcome::Fenced),
                Err(again) => tracing::warn!(run.id = run_id, error = %again, "the end of a run is not known yet"),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        // Not known: the lease will run out, and whoever claims the run next finds it ended or not.
        Err(error)
    }

    async fn ended_as(&self, run_id: &str) -> Result<Option<(String, i64, Option<String>)>> {
        let mut tx = self.write().await?;
        let Some(row) = tx.conn.row(&ENDED_AS, &[Arg::Text(run_id)]).await? else { return Ok(None) };
        let ended = (row.text(0)?, row.int(1)?, row.opt_text(2)?);
        tx.rollback().await?;
        Ok(Some(ended))
    }
}

impl Tx {
    /// Writes everything. Any answer but `Committed` asks for a rollback.
    async fn apply(&mut self, commit: &Commit<'_>) -> Result<CommitOutcome> {
        let now_ms = self.now_ms().await?;
        let claim = (commit.run_id, commit.epoch, commit.owner);
        let Some(run) = self.end_run(&SUCCEED, claim, commit.run_doc, now_ms).await? else {
            return Ok(CommitOutcome::Fenced);
        };
        FaultPoint::CommitAfterFence.hit();
        if let Some(table) = &commit.table {
            let args = [Arg::Text(table.table_id), Arg::Text(table.base_metadata), Arg::Text(table.new_metadata)];
            if self.conn.run(&SWAP, &args).await? != 1 {
                return Ok(CommitOutcome::PointerMoved);
            }
        }
        FaultPoint::CommitAfterCas.hit();
        if let Some(taking) = commit.taking
            && !self.take(&run, commit.run_id, taking, now_ms).await?
        {
            return Ok(CommitOutcome::NotReplaceable);
        }
        if !self.insert_ledger(&run.flow_id, commit, now_ms).await? {
            return Ok(CommitOutcome::AlreadyIngested);
        }
        FaultPoint::CommitAfterLedger.hit();
        if let Some(batch) = commit.batch {
            if !self.may_end(&run, batch).await? {
                return Ok(CommitOutcome::Fenced);
            }
            self.put_batch_at(&run.org, &run.sandbox_id, batch).await?;
            self.insert_files(&run.org, &run.sandbox_id, batch, commit.files).await?;
            if batch.state() == BatchStatus::Inactive {
                self.undo_batch(&batch.batch_id, commit.run_id).await?;
            }
        }
        if !self.replace_batches(&run, commit, now_ms).await? {
            return Ok(CommitOutcome::NotReplaceable);
        }
        if !self.move_files(&run, commit.moved).await? {
            return Ok(CommitOutcome::NotReplaceable);
        }
        FaultPoint::CommitAfterMoves.hit();
        if let Some(upkeep) = commit.upkeep {
            self.upkept(&run, commit.run_id, commit.epoch, upkeep, now_ms).await?;
        }
        self.count_failures(&run.flow_id, commit.failures, now_ms).await?;
        self.clear_intents(commit.run_id, commit.cleared_intents).await?;
        self.add_event(commit.run_id, commit.event, now_ms).await?;
        Ok(CommitOutcome::Committed)
    }

    /// Whether the batch may end so. One that its client gave up while its run was being stored stays given up.
    async fn may_end(&mut self, run: &Fenced, batch: &BatchRow) -> Result<bool> {
        if of_run_owner(&run.flow_id).is_none() {
            return Ok(true);
        }
        let current = self.lock_batch_at(&run.org, &run.sandbox_id, &batch.batch_id).await?;
        Ok(current.is_some_and(|current| current.state().may_become(batch.state())))
    }

    /// Says of batches that they went with this commit; `false` where one of them cannot go any more, or not yet.
    async fn replace_batches(&mut self, run: &Fenced, commit: &Commit<'_>, now_ms: i64) -> Result<bool> {
        for id in commit.replaced {
            let Some(mut batch) = self.lock_batch_at(&run.org, &run.sandbox_id, id).await? else { continue };
            if !batch.state().can_be_replaced() {
                return Ok(false);
            }
            if batch.state() == BatchStatus::Success {
                batch.set_status(BatchStatus::Inactive, now_ms);
                self.put_batch_at(&run.org, &run.sandbox_id, &batch).await?;
                self.undo_batch(id, commit.run_id).await?;
            }
        }
        Ok(true)
    }

    /// The fence: moves the run to its end if the claim still holds.
    async fn end_run(
        &mut self,
        sql: &Sql,
        (run_id, epoch, owner): (&str, i64, &str),
        doc: &Value,
        now_ms: i64,
    ) -> Result<Option<Fenced>> {
        let (doc, etag) = (to_json(doc, "run")?, Etag::generate());
        let args = [
            Arg::Text(run_id),
            Arg::Int(epoch),
            Arg::Text(owner),
            Arg::Int(now_ms),
            Arg::Text(etag.as_str()),
            Arg::Text(&doc),
        ];
        let Some(row) = self.conn.row(sql, &args).await? else { return Ok(None) };
        self.run_changed(run_id).await?;
        Ok(Some(Fenced { flow_id: row.text(0)?, org: row.text(1)?, sandbox_id: row.text(2)? }))
    }

    /// `false` when one of the objects is there already.
    async fn insert_ledger(&mut self, flow: &str, commit: &Commit<'_>, now_ms: i64) -> Result<bool> {
        // Two commits insert in the same order, so that on PostgreSQL one waits for the other instead of both.
        let mut ledger: Vec<_> = commit
            .ledger
            .iter()
            .map(|row| (&row.object_id, row.snapshot_id, row.rows, row.bytes, &row.container, &row.key))
            .collect();
        ledger.sort_unstable();
        let (run, batch) = (Arg::Text(commit.run_id), commit.batch.map_or("", |batch| &batch.batch_id));
        for rows in ledger.chunks(BULK_ROWS) {
            if rows.iter().any(|(id, .., container, key)| [id, container, key].iter().any(|text| text.contains('\0'))) {
                return Err(StoreError::NulCharacter);
            }
            let list = to_json(rows, "ledger")?;
            let args = [Arg::Text(flow), run, Arg::Int(now_ms), Arg::Text(&list), Arg::Text(batch)];
            if self.conn.run(&INSERT_LEDGER, &args).await? != rows.len() as u64 {
                return Ok(false);
            }
            self.conn.run(&FORGET_FAILURES, &[Arg::Text(flow), Arg::Text(&list)]).await?;
        }
        Ok(true)
    }

    async fn clear_intents(&mut self, run_id: &str, paths: &[String]) -> Result<()> {
        for paths in paths.chunks(BULK_ROWS) {
            let paths = to_json(paths, "path")?;
            self.conn.run(&CLEAR_INTENTS, &[Arg::Text(run_id), Arg::Text(&paths)]).await?;
        }
        Ok(())
    }

    async fn count_failures(&mut self, flow_id: &str, failures: &[ObjectFailureRow], now_ms: i64) -> Result<()> {
        for failure in failures {
            // The text may quote the file, and a file may hold anything.
            let error = failure.error.replace('\0', "\u{fffd}");
            let row = [Arg::Text(flow_id), Arg::Text(&failure.object_id), Arg::Text(&error), Arg::Int(now_ms)];
            self.conn.run(&COUNT_FAILURE, &row).await?;
        }
        Ok(())
    }
}
