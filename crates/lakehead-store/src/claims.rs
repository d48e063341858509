//! Who works on a run: one owner at a time, fenced by an epoch that every claim raises, held by a lease.

use lakehead_model::Etag;
use serde_json::Value;

use crate::db::{Arg, Sql, to_json};
use crate::error::{Result, StoreError};
use crate::runs::{RunRow, RunState, run_row};
use crate::store::Store;

/// Runs that were begun go on first. Of those that wait, the sandbox with the fewest runs at work is next, then the one
/// whose last turn is longest ago; within it the same holds for flows, and within a flow the oldest run.
const CLAIM: Sql = Sql::each(
    "UPDATE flow_run SET state = 'claimed', epoch = epoch + 1, attempts = attempts + 1, owner = $1,
         lease_until = $2 + $3, updated_at = $2, etag = $4
     WHERE run_id = (
         SELECT r.run_id FROM flow_run r
         LEFT JOIN (
             SELECT org, sandbox_id, count(*) AS runs FROM flow_run
             WHERE state IN ('claimed', 'running', 'committing') GROUP BY org, sandbox_id
         ) busy ON busy.org = r.org AND busy.sandbox_id = r.sandbox_id
         LEFT JOIN claim_turn s ON s.org = r.org AND s.sandbox_id = r.sandbox_id AND s.flow_id = ''
         LEFT JOIN claim_turn f ON f.org = r.org AND f.sandbox_id = r.sandbox_id AND f.flow_id = r.flow_id
         WHERE r.state IN ('scheduled', 'claimed', 'running', 'committing') AND r.due_ms <= $2
           AND CASE r.state WHEN 'scheduled' THEN coalesce(busy.runs, 0) < $6 AND NOT EXISTS (
                   SELECT 1 FROM flow_run a
                   WHERE a.flow_id = r.flow_id AND a.state IN ('claimed', 'running', 'committing'))
               ELSE r.lease_until <= $2 OR r.lease_until > $2 + $3 + $5 END
         ORDER BY CASE r.state WHEN 'scheduled' THEN 1 ELSE 0 END, coalesce(busy.runs, 0), coalesce(s.turn, 0),
             coalesce(f.turn, 0), r.due_ms, r.run_id LIMIT 1)
     RETURNING run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc",
    "UPDATE flow_run SET state = 'claimed', epoch = epoch + 1, attempts = attempts + 1, owner = $1,
         lease_until = $2 + $3, updated_at = $2, etag = $4
     WHERE run_id = (
         SELECT r.run_id FROM flow_run r
         LEFT JOIN (
             SELECT org, sandbox_id, count(*) AS runs FROM flow_run
             WHERE state IN ('claimed', 'running', 'committing') GROUP BY org, sandbox_id
         ) busy ON busy.org = r.org AND busy.sandbox_id = r.sandbox_id
         LEFT JOIN claim_turn s ON s.org = r.org AND s.sandbox_id = r.sandbox_id AND s.flow_id = ''
         LEFT JOIN claim_turn f ON f.org = r.org AND f.sandbox_id = r.sandbox_id AND f.flow_id = r.flow_id
         WHERE r.state IN ('scheduled', 'claimed', 'running', 'committing') AND r.due_ms <= $2
           AND CASE r.state WHEN 'scheduled' THEN coalesce(busy.runs, 0) < $6 AND NOT EXISTS (
                   SELECT 1 FROM flow_run a
                   WHERE a.flow_id = r.flow_id AND a.state IN ('claimed', 'running', 'committing'))
               ELSE r.lease_until <= $2 OR r.lease_until > $2 + $3 + $5 END
         ORDER BY CASE r.state WHEN 'scheduled' THEN 1 ELSE 0 END, coalesce(busy.runs, 0), coalesce(s.turn, 0),
             coalesce(f.turn, 0), r.due_ms, r.run_id LIMIT 1 FOR UPDATE OF r SKIP LOCKED)
     RETURNING run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc",
);
const TAKE_TURN: Sql = Sql::same(
    "INSERT INTO claim_turn (org, sandbox_id, flow_id, turn)
     VALUES ($1, $2, $3, (SELECT coalesce(max(turn), 0) + 1 FROM claim_turn))
     ON CONFLICT (org, sandbox_id, flow_id) DO UPDATE SET turn = excluded.turn",
);
const HOLDS: Sql = Sql::same(
    "SELECT 1 FROM flow_run
     WHERE run_id = $1 AND epoch = $2 AND owner = $3 AND state IN ('claimed', 'running', 'committing')",
);
const CLAIM_THIS: Sql = Sql::same(
    "UPDATE flow_run SET state = 'claimed', epoch = epoch + 1, attempts = attempts + 1, owner = $1,
         lease_until = $2 + $3, updated_at = $2, etag = $4
     WHERE run_id = $5 AND state = 'scheduled' AND NOT EXISTS (
         SELECT 1 FROM flow_run a
         WHERE a.flow_id = flow_run.flow_id AND a.state IN ('claimed', 'running', 'committing'))
     RETURNING run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc",
);
const RENEW: Sql = Sql::same(
    "UPDATE flow_run SET lease_until = $4 + $5
     WHERE run_id = $1 AND epoch = $2 AND owner = $3 AND state IN ('claimed', 'running', 'committing')",
);
const SET_STATE: Sql = Sql::same(
    "UPDATE flow_run SET state = $4, updated_at = $5, etag = $6, doc = coalesce($7, doc)
     WHERE run_id = $1 AND epoch = $2 AND owner = $3 AND state IN ('claimed', 'running', 'committing')",
);
const RELEASE: Sql = Sql::same(
    "UPDATE flow_run SET lease_until = $4, attempts = attempts - 1
     WHERE run_id = $1 AND epoch = $2 AND owner = $3 AND state IN ('claimed', 'running', 'committing')",
);

/// No process asks for a lease that is longer than another's by more than this. A lease further in the future is from
/// a clock that has been set back since: waiting for it to run out could take years.
const ODDEST_LEASE_MS: i64 = 600_000;

/// Claimers of different runs of one flow meet at `one_active_run`; the loser looks again this often.
const CLAIM_TRIES: usize = 3;

impl Store {
    /// Claims a run that is due, or whose owner let its lease run out, for `lease_ms` milliseconds. Sandboxes and their
    /// flows take turns. Never a second run of a flow that has one, and of a sandbox at most `per_sandbox` (a few more
    /// where several processes claim at the same moment). `None` when there is nothing to do.
    pub async fn claim_run(&self, owner: &str, lease_ms: i64, per_sandbox: usize) -> Result<Option<RunRow>> {
        for _ in 0..CLAIM_TRIES {
            match self.try_claim(owner, lease_ms, per_sandbox).await {
                Err(StoreError::Taken { .. }) => {}
                claimed => return claimed,
            }
        }
        Ok(None)
    }

    async fn try_claim(&self, owner: &str, lease_ms: i64, per_sandbox: usize) -> Result<Option<RunRow>> {
        let mut tx = self.write().await?;
        let now = Arg::Int(tx.now_ms().await?);
        let most = Arg::Int(i64::try_from(per_sandbox).unwrap_or(i64::MAX));
        let etag = Etag::generate();
        let odd = Arg::Int(ODDEST_LEASE_MS);
        let args = [Arg::Text(owner), now, Arg::Int(lease_ms), Arg::Text(etag.as_str()), odd, most];
        let row = tx.conn.row(&CLAIM, &args).await?;
        let run = row.as_ref().map(run_row).transpose()?;
        if let Some(run) = &run {
            let (org, sandbox_id) = (Arg::Text(&run.scope.org), Arg::Text(&run.scope.sandbox_id));
            for flow_id in ["", &run.flow_id] {
                tx.conn.run(&TAKE_TURN, &[org, sandbox_id, Arg::Text(flow_id)]).await?;
            }
            tx.run_changed(&run.run_id).await?;
        }
        tx.commit().await?;
        Ok(run)
    }

    /// Whether the claim still holds: it was neither taken over nor called off.
    pub async fn holds_run(&self, run_id: &str, epoch: i64, owner: &str) -> Result<bool> {
        let mut tx = self.read().await?;
        tx.conn.exists(&HOLDS, &[Arg::Text(run_id), Arg::Int(epoch), Arg::Text(owner)]).await
    }

    /// Claims this run, where it still waits and nothing else of its flow works; `None` otherwise.
    pub async fn claim_this(&self, run_id: &str, owner: &str, lease_ms: i64) -> Result<Option<RunRow>> {
        let mut tx = self.write().await?;
        let now = Arg::Int(tx.now_ms().await?);
        let etag = Etag::generate();
        let args = [Arg::Text(owner), now, Arg::Int(lease_ms), Arg::Text(etag.as_str()), Arg::Text(run_id)];
        let row = match tx.conn.row(&CLAIM_THIS, &args).await {
            Err(StoreError::Taken { .. }) => return Ok(None),
            row => row?,
        };
        let run = row.as_ref().map(run_row).transpose()?;
        if run.is_some() {
            tx.run_changed(run_id).await?;
        }
        tx.commit().await?;
        Ok(run)
    }

    /// Lets the claim hold for `lease_ms` milliseconds from now; `false` when the claim was lost.
    pub async fn renew_lease(&self, run_id: &str, epoch: i64, owner: &str, lease_ms: i64) -> Result<bool> {
        let mut tx = self.write().await?;
        let now = Arg::Int(tx.now_ms().await?);
        let args = [Arg::Text(run_id), Arg::Int(epoch), Arg::Text(owner), now, Arg::Int(lease_ms)];
        let held = tx.conn.run(&RENEW, &args).await? > 0;
        tx.commit().await?;
        Ok(held)
    }

    /// Gives a run back that nobody hindered: the next holder need not wait, and the attempt does not count. `false`
    /// when the claim was lost.
    pub async fn release_run(&self, run_id: &str, epoch: i64, owner: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let now = Arg::Int(tx.now_ms().await?);
        let held = tx.conn.run(&RELEASE, &[Arg::Text(run_id), Arg::Int(epoch), Arg::Text(owner), now]).await? > 0;
        tx.commit().await?;
        Ok(held)
    }

    /// Moves an active run on, with a new document for the API where there is one; `false` when the claim was lost.
    pub async fn set_run_state(
        &self,
        run_id: &str,
        epoch: i64,
        owner: &str,
        state: RunState,
        doc: Option<&Value>,
    ) -> Result<bool> {
        let doc = doc.map(|doc| to_json(doc, "run")).transpose()?;
        let etag = Etag::generate();
        let mut tx = self.write().await?;
        let args = [
            Arg::Text(run_id),
            Arg::Int(epoch),
            Arg::Text(owner),
            Arg::Text(state.as_str()),
            Arg::Int(tx.now_ms().await?),
            Arg::Text(etag.as_str()),
            Arg::OptText(doc.as_deref()),
        ];
        let held = tx.conn.run(&SET_STATE, &args).await? > 0;
        if held {
            tx.run_changed(run_id).await?;
        }
        tx.commit().await?;
        Ok(held)
    }
}
