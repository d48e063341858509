//! Changes of runs by others than their owner: what is shown and noted of them, the fence before a flow goes, and the
//! stop of what waits when it is disabled.

use lakehead_model::{Etag, Scope};
use serde_json::{Value, json};

use crate::db::{Arg, Sql, to_json};
use crate::error::{Result, StoreError};
use crate::fields::Owner;
use crate::runs::{RunRow, run_row};
use crate::store::Tx;

const SET_DOC: Sql = Sql::same(
    "UPDATE flow_run SET doc = $4, etag = $5, updated_at = $6 WHERE org = $1 AND sandbox_id = $2 AND run_id = $3",
);
const NOTE: Sql = Sql::same(
    "UPDATE flow_run SET params = $4, doc = $5, etag = $6, updated_at = $7
     WHERE org = $1 AND sandbox_id = $2 AND run_id = $3 AND etag = $8",
);
/// The epoch rises, so that an owner who claims at this moment finds the fence closed.
const STOP_WAITING: Sql = Sql::same(
    "UPDATE flow_run SET state = 'failed', epoch = epoch + 1, updated_at = $4, etag = $5
     WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3 AND state = 'scheduled'
     RETURNING run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc",
);
const CANCEL: Sql = Sql::same(
    "UPDATE flow_run SET state = 'failed', epoch = epoch + 1, updated_at = $4, etag = $5
     WHERE org = $1 AND sandbox_id = $2 AND run_id = $3 AND state IN ('scheduled', 'claimed', 'running', 'committing')
     RETURNING run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc",
);
const FENCE: Sql = Sql::same(
    "UPDATE flow_run SET state = 'failed', epoch = epoch + 1, updated_at = $4, etag = $5
     WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3 AND state IN ('claimed', 'running', 'committing')
     RETURNING run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc",
);
const UNSCHEDULE: Sql = Sql::same(
    "DELETE FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3 AND state = 'scheduled' RETURNING run_id",
);

impl Tx {
    /// Changes what the API shows of a run, whatever its state; `false` when there is no such run.
    pub async fn set_run_doc(&mut self, scope: &Scope, run_id: &str, doc: &Value) -> Result<bool> {
        let (doc, etag, now_ms) = (to_json(doc, "run")?, Etag::generate(), self.now_ms().await?);
        let args = [
            Arg::Text(&scope.org),
            Arg::Text(&scope.sandbox_id),
            Arg::Text(run_id),
            Arg::Text(&doc),
            Arg::Text(etag.as_str()),
            Arg::Int(now_ms),
        ];
        let found = self.conn.run(&SET_DOC, &args).await? > 0;
        if found {
            self.run_changed(run_id).await?;
        }
        Ok(found)
    }

    /// Before a flow is deleted: fails its active run under a new epoch, so that its owner can commit
    /// nothing any more, and removes the runs that wait. Answers the runs it failed; their documents are unchanged.
    pub async fn fence_flow(&mut self, scope: &Scope, flow_id: &str) -> Result<Vec<RunRow>> {
        let now_ms = self.now_ms().await?;
        let etag = Etag::generate();
        let [org, sandbox_id, flow] = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(flow_id)];
        let removed = self.conn.rows(&UNSCHEDULE, &[org, sandbox_id, flow]).await?;
        for row in &removed {
            self.forget_fields(&Owner::run(&scope.org, &scope.sandbox_id, &row.text(0)?)).await?;
        }
        let args = [org, sandbox_id, flow, Arg::Int(now_ms), Arg::Text(etag.as_str())];
        let failed = self.changed_runs(&FENCE, &args).await?;
        self.refresh_last_run(&scope.org, &scope.sandbox_id, flow_id).await?;
        if !removed.is_empty() || !failed.is_empty() {
            let ids: Vec<&str> = failed.iter().map(|run| run.run_id.as_str()).collect();
            let detail = json!({ "failedRuns": ids, "removedRuns": removed.len() });
            self.record(scope, "fence", ("flow", flow_id), &detail).await?;
        }
        Ok(failed)
    }

    /// Calls a run off that has not ended, under a new epoch, so that its owner can commit nothing any more. Answers the
    /// run, whose document is unchanged; `None` when it has ended or there is none.
    pub async fn cancel_run(&mut self, scope: &Scope, run_id: &str) -> Result<Option<RunRow>> {
        let (etag, now_ms) = (Etag::generate(), self.now_ms().await?);
        let args = [
            Arg::Text(&scope.org),
            Arg::Text(&scope.sandbox_id),
            Arg::Text(run_id),
            Arg::Int(now_ms),
            Arg::Text(etag.as_str()),
        ];
        let run = self.changed_runs(&CANCEL, &args).await?.pop();
        if run.is_some() {
            self.forget_listing(run_id).await?;
            self.record(scope, "cancel", ("run", run_id), &json!({})).await?;
        }
        Ok(run)
    }

    /// Changes what is kept with a run, and what the API shows of it, if it still has the version `was`; `Stale`
    /// otherwise. Answers the new version.
    pub async fn note_run(
        &mut self,
        scope: &Scope,
        run_id: &str,
        was: &Etag,
        params: &Value,
        doc: &Value,
    ) -> Result<Etag> {
        let (params, doc) = (to_json(params, "run")?, to_json(doc, "run")?);
        let (etag, now_ms) = (Etag::generate(), self.now_ms().await?);
        let args = [
            Arg::Text(&scope.org),
            Arg::Text(&scope.sandbox_id),
            Arg::Text(run_id),
            Arg::Text(&params),
            Arg::Text(&doc),
            Arg::Text(etag.as_str()),
            Arg::Int(now_ms),
            Arg::Text(was.as_str()),
        ];
        if self.conn.run(&NOTE, &args).await? == 0 {
            return Err(StoreError::Stale);
        }
        self.run_changed(run_id).await?;
        self.record(scope, "update", ("run", run_id), &json!({})).await?;
        Ok(etag)
    }

    /// When a flow is disabled: fails the runs that wait, and leaves the one that works. Answers the runs it failed;
    /// their documents are unchanged.
    pub async fn stop_waiting_runs(&mut self, scope: &Scope, flow_id: &str) -> Result<Vec<RunRow>> {
        let (etag, now_ms) = (Etag::generate(), self.now_ms().await?);
        let args = [
            Arg::Text(&scope.org),
            Arg::Text(&scope.sandbox_id),
            Arg::Text(flow_id),
            Arg::Int(now_ms),
            Arg::Text(etag.as_str()),
        ];
        self.changed_runs(&STOP_WAITING, &args).await
    }

    /// The runs that `sql` changed and returned.
    async fn changed_runs(&mut self, sql: &Sql, args: &[Arg<'_>]) -> Result<Vec<RunRow>> {
        let runs: Vec<RunRow> = self.conn.rows(sql, args).await?.iter().map(run_row).collect::<Result<_>>()?;
        for run in &runs {
            self.run_changed(&run.run_id).await?;
        }
        Ok(runs)
    }
}
