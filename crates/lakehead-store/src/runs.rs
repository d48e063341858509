//! Runs of flows: one per slot. Whatever changes a run says so by [`Tx::run_changed`].

use lakehead_model::run::noted;
use lakehead_model::{Etag, Scope};
use serde_json::{Value, json};

use crate::db::{Arg, Row, Sql, to_json};
use crate::documents::PageKey;
use crate::error::{Result, StoreError};
use crate::store::Tx;

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// Waits for its time and for an owner.
    Scheduled,
    /// Has an owner that has not begun.
    Claimed,
    /// Reads and writes files.
    Running,
    /// About to make its files visible.
    Committing,
    /// Everything is visible. Final.
    Success,
    /// Nothing is visible. Final.
    Failed,
}

impl RunState {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Claimed => "claimed",
            Self::Running => "running",
            Self::Committing => "committing",
            Self::Success => "success",
            Self::Failed => "failed",
        }
    }

    /// Whether an owner holds the run.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Claimed | Self::Running | Self::Committing)
    }

    pub(crate) fn from_text(text: &str) -> Result<Self> {
        Ok(match text {
            "scheduled" => Self::Scheduled,
            "claimed" => Self::Claimed,
            "running" => Self::Running,
            "committing" => Self::Committing,
            "success" => Self::Success,
            "failed" => Self::Failed,
            _ => return Err(StoreError::Damaged { what: "run" }),
        })
    }
}

/// A run as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// UUID.
    pub run_id: String,
    /// The flow it is a run of.
    pub flow_id: String,
    /// Owner of the flow.
    pub scope: Scope,
    /// Unique among the runs of the flow; a slot never gets a second run.
    pub slot: String,
    /// From when on it may be claimed, epoch milliseconds of the database.
    pub due_ms: i64,
    /// Where it is.
    pub state: RunState,
    /// Raised by every claim and by fencing; a write under an older epoch is refused.
    pub epoch: i64,
    /// Who claimed it last.
    pub owner: Option<String>,
    /// Until when the claim holds, epoch milliseconds of the database.
    pub lease_until_ms: i64,
    /// How often it was claimed.
    pub attempts: i64,
    /// SHA-256 of the persisted plan, hexadecimal.
    pub plan_sha256: Option<String>,
    /// How many objects the persisted plan has.
    pub plan_count: Option<i64>,
    /// What was asked of it.
    pub params: Value,
    /// Version of what the API shows.
    pub etag: Etag,
    /// When it was made, epoch milliseconds.
    pub created_at_ms: i64,
    /// When it was last changed, epoch milliseconds of the database.
    pub updated_at_ms: i64,
    /// What the API shows.
    pub doc: Value,
}

impl RunRow {
    /// The run as the API shows it: the document with what the row knows better.
    pub fn shown(&self) -> Value {
        shown(self.doc.clone(), self.etag.as_str(), &self.params)
    }
}

pub(crate) fn shown(mut doc: Value, etag: &str, params: &Value) -> Value {
    doc["etag"] = json!(etag);
    doc["version"] = json!(etag);
    noted::put_links(&mut doc, params);
    noted::put_extensions(&mut doc, params);
    doc
}

/// A run to be made, in state `scheduled`.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// UUID.
    pub run_id: String,
    /// The flow it is a run of.
    pub flow_id: String,
    /// Owner of the flow.
    pub scope: Scope,
    /// Unique among the runs of the flow.
    pub slot: String,
    /// From when on it may be claimed, epoch milliseconds of the database.
    pub due_ms: i64,
    /// What is asked of it.
    pub params: Value,
    /// Version of what the API shows.
    pub etag: Etag,
    /// When it is made, epoch milliseconds.
    pub created_at_ms: i64,
    /// What the API shows.
    pub doc: Value,
}

const INSERT: Sql = Sql::same(
    "INSERT INTO flow_run (run_id, org, sandbox_id, sandbox_name, flow_id, slot, due_ms, state, epoch, lease_until,
         attempts, params, etag, created_at, updated_at, doc)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'scheduled', 0, 0, 0, $8, $9, $10, $10, $11)
     ON CONFLICT (flow_id, slot) DO NOTHING",
);
const GET: Sql = Sql::same(
    "SELECT run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc
     FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND run_id = $3",
);
const LIST: Sql = Sql::same(
    "SELECT run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc
     FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND (created_at, run_id) < ($3, $4)
     ORDER BY created_at DESC, run_id DESC LIMIT $5",
);
const LIST_OF_FLOW: Sql = Sql::same(
    "SELECT run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc
     FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND (created_at, run_id) < ($3, $4) AND flow_id = $6
     ORDER BY created_at DESC, run_id DESC LIMIT $5",
);
const COUNT: Sql = Sql::same("SELECT count(*) FROM flow_run WHERE org = $1 AND sandbox_id = $2");
const COUNT_OF_FLOW: Sql =
    Sql::same("SELECT count(*) FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3");
const ACTIVE: Sql = Sql::same(
    "SELECT run_id, flow_id, org, sandbox_id, sandbox_name, slot, due_ms, state, epoch, owner, lease_until,
         attempts, plan_sha256, plan_count, params, etag, created_at, updated_at, doc
     FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3
       AND state IN ('claimed', 'running', 'committing')",
);

impl Tx {
    /// Stores a new run; `false` when its slot already has one.
    pub async fn insert_run(&mut self, run: &NewRun) -> Result<bool> {
        let (params, doc) = (to_json(&run.params, "run")?, to_json(&run.doc, "run")?);
        let row = [
            Arg::Text(&run.run_id),
            Arg::Text(&run.scope.org),
            Arg::Text(&run.scope.sandbox_id),
            Arg::Text(&run.scope.sandbox_name),
            Arg::Text(&run.flow_id),
            Arg::Text(&run.slot),
            Arg::Int(run.due_ms),
            Arg::Text(&params),
            Arg::Text(run.etag.as_str()),
            Arg::Int(run.created_at_ms),
            Arg::Text(&doc),
        ];
        let made = self.conn.run(&INSERT, &row).await? > 0;
        if !made {
            return Ok(false);
        }
        self.run_changed(&run.run_id).await?;
        // Runs of schedules are told by themselves.
        if !self.origin.request_id.is_empty() {
            self.record(&run.scope, "create", ("run", &run.run_id), &json!({ "flowId": run.flow_id })).await?;
        }
        Ok(true)
    }

    /// The run with this id.
    pub async fn run(&mut self, scope: &Scope, run_id: &str) -> Result<Option<RunRow>> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(run_id)];
        self.conn.row(&GET, &args).await?.as_ref().map(run_row).transpose()
    }

    /// A page of runs, of one flow or of all, newest first.
    pub async fn runs(
        &mut self,
        scope: &Scope,
        flow_id: Option<&str>,
        after: Option<&PageKey>,
        limit: u32,
    ) -> Result<Vec<RunRow>> {
        let [created_at, id] = PageKey::args(after);
        let (org, sandbox_id) = (Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id));
        let limit = Arg::Int(limit.into());
        let rows = match flow_id {
            None => self.conn.rows(&LIST, &[org, sandbox_id, created_at, id, limit]).await?,
            Some(flow_id) => {
                let args = [org, sandbox_id, created_at, id, limit, Arg::Text(flow_id)];
                self.conn.rows(&LIST_OF_FLOW, &args).await?
            }
        };
        rows.iter().map(run_row).collect()
    }

    /// How many runs there are, of one flow or of all.
    pub async fn count_runs(&mut self, scope: &Scope, flow_id: Option<&str>) -> Result<u64> {
        let (org, sandbox_id) = (Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id));
        match flow_id {
            None => self.conn.count(&COUNT, &[org, sandbox_id]).await,
            Some(flow_id) => self.conn.count(&COUNT_OF_FLOW, &[org, sandbox_id, Arg::Text(flow_id)]).await,
        }
    }

    /// The runs of a flow that have an owner; at most one.
    pub async fn active_runs(&mut self, scope: &Scope, flow_id: &str) -> Result<Vec<RunRow>> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(flow_id)];
        self.conn.rows(&ACTIVE, &args).await?.iter().map(run_row).collect()
    }
}

pub(crate) fn run_row(row: &Row) -> Result<RunRow> {
    Ok(RunRow {
        run_id: row.text(0)?,
        flow_id: row.text(1)?,
        scope: Scope { org: row.text(2)?, sandbox_id: row.text(3)?, sandbox_name: row.text(4)? },
        slot: row.text(5)?,
        due_ms: row.int(6)?,
        state: RunState::from_text(&row.text(7)?)?,
        epoch: row.int(8)?,
        owner: row.opt_text(9)?,
        lease_until_ms: row.int(10)?,
        attempts: row.int(11)?,
        plan_sha256: row.opt_text(12)?,
        plan_count: row.opt_int(13)?,
        params: row.json(14, "run")?,
        etag: Etag::from_text(&row.text(15)?),
        created_at_ms: row.int(16)?,
        updated_at_ms: row.int(17)?,
        doc: row.json(18, "run")?,
    })
}
