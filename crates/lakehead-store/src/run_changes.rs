//! Changes of runs by others than their owner: what is shown and noted of them, and the fence before a flow goes.

use lakehead_model::{Etag, Scope};
use serde_json::{Value, json};

use crate::db::{Arg, Sql, to_json};
use crate::error::Result;
use crate::runs::{RunRow, run_row};
use crate::store::Tx;

const SET_DOC: Sql = Sql::same(
    "UPDATE flow_run SET doc = $4, etag = $5, updated_at = $6 WHERE org = $1 AND sandbox_id = $2 AND run_id = $3",
);
const SET_PARAMS: Sql = Sql::same(
    "UPDATE flow_run SET params = $4, etag = $5, updated_at = $6 WHERE org = $1 AND sandbox_id = $2 AND run_id = $3",
);
const FENCE: Sql = Sql::same(
    "UPDATE flow_run SET state = 'failed', epoch = epoch + 1, updated_at = $4, etag = $5
     WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3 AND state IN ('claimed', 'running', 'committing')
     RETURNING run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc",
);
const UNSCHEDULE: Sql =
    Sql::same("DELETE FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3 AND state = 'scheduled'");

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
        Ok(self.conn.run(&SET_DOC, &args).await? > 0)
    }

    /// Changes what is asked of a run and noted with it, whatever its state; `false` when there is no such run.
    pub async fn set_run_params(&mut self, scope: &Scope, run_id: &str, params: &Value) -> Result<bool> {
        let (params, etag, now_ms) = (to_json(params, "run")?, Etag::generate(), self.now_ms().await?);
        let args = [
            Arg::Text(&scope.org),
            Arg::Text(&scope.sandbox_id),
            Arg::Text(run_id),
            Arg::Text(&params),
            Arg::Text(etag.as_str()),
            Arg::Int(now_ms),
        ];
        let changed = self.conn.run(&SET_PARAMS, &args).await? > 0;
        if changed {
            self.record(scope, "update", ("run", run_id), &json!({})).await?;
        }
        Ok(changed)
    }

    /// Before a flow is deleted or disabled: fails its active run under a new epoch, so that its owner can commit
    /// nothing any more, and removes the runs that wait. Answers the runs it failed; their documents are unchanged.
    pub async fn fence_flow(&mut self, scope: &Scope, flow_id: &str) -> Result<Vec<RunRow>> {
        let now_ms = self.now_ms().await?;
        let etag = Etag::generate();
        let [org, sandbox_id, flow] = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(flow_id)];
        self.conn.run(&UNSCHEDULE, &[org, sandbox_id, flow]).await?;
        let args = [org, sandbox_id, flow, Arg::Int(now_ms), Arg::Text(etag.as_str())];
        self.conn.rows(&FENCE, &args).await?.iter().map(run_row).collect()
    }
}
