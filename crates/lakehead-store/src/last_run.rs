//! What follows from a changed run: its values for the lists of runs, and how the last run of its flow went.

use lakehead_model::batch::of_run_owner;
use lakehead_model::flow::{LastRun, LastRunExtensions};
use lakehead_model::maintenance::of_table_owner;
use serde_json::{Value, json};

use crate::db::{Arg, Sql, to_json};
use crate::documents::DocumentKind;
use crate::error::Result;
use crate::fields::{self, Owner, Part};
use crate::runs::{RunState, shown};
use crate::store::Tx;

const CHANGED: Sql =
    Sql::same("SELECT org, sandbox_id, flow_id, created_at, etag, params, doc FROM flow_run WHERE run_id = $1");
/// The flow first: who waits here for another run's change sees that run afterwards.
const FLOW: Sql = Sql::each(
    "SELECT created_at, last_run FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = 'flow' AND id = $3",
    "SELECT created_at, last_run FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = 'flow' AND id = $3
     FOR NO KEY UPDATE",
);
const NEWEST: Sql = Sql::same(
    "SELECT run_id, state, created_at, doc FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3
       AND state <> 'scheduled'
     ORDER BY created_at DESC, run_id DESC LIMIT 1",
);
const SET: Sql =
    Sql::same("UPDATE document SET last_run = $4 WHERE org = $1 AND sandbox_id = $2 AND kind = 'flow' AND id = $3");

impl Tx {
    /// To be called by whatever stores a run or changes what the API shows of it, its state included.
    pub(crate) async fn run_changed(&mut self, run_id: &str) -> Result<()> {
        let Some(row) = self.conn.row(&CHANGED, &[Arg::Text(run_id)]).await? else { return Ok(()) };
        let (org, sandbox_id, flow_id) = (row.text(0)?, row.text(1)?, row.text(2)?);
        // Runs of batches that clients upload are shown as batches, those that maintain tables not at all.
        if of_run_owner(&flow_id).is_some() || of_table_owner(&flow_id).is_some() {
            return Ok(());
        }
        let owner = Owner { created_at_ms: row.int(3)?, ..Owner::run(&org, &sandbox_id, run_id) };
        let (params, doc): (Value, Value) = (row.json(5, "run")?, row.json(6, "run")?);
        let leaves = fields::of_run(&shown(doc, &row.text(4)?, &params));
        self.set_fields(&owner, &leaves, Part::Own).await?;
        self.refresh_last_run(&org, &sandbox_id, &flow_id).await
    }

    /// Forgets how the last run went, so that it is noted anew with all of its values.
    pub(crate) async fn forget_last_run(&mut self, flow: &Owner<'_>) -> Result<()> {
        let args = [Arg::Text(flow.org), Arg::Text(flow.sandbox_id), Arg::Text(flow.id), Arg::OptText(None)];
        self.conn.run(&SET, &args).await.map(drop)
    }

    /// Notes with the flow how its newest run went that has begun; nothing where there is no such flow.
    pub(crate) async fn refresh_last_run(&mut self, org: &str, sandbox_id: &str, flow_id: &str) -> Result<()> {
        let [org_arg, sandbox_arg, flow_arg] = [Arg::Text(org), Arg::Text(sandbox_id), Arg::Text(flow_id)];
        let Some(flow) = self.conn.row(&FLOW, &[org_arg, sandbox_arg, flow_arg]).await? else { return Ok(()) };
        let newest = self.conn.row(&NEWEST, &[org_arg, sandbox_arg, flow_arg]).await?;
        let last_run = match &newest {
            Some(run) => Some(json!(last_run(run.text(0)?, &run.text(1)?, run.int(2)?, &run.json(3, "run")?)?)),
            None => None,
        };
        let text = last_run.as_ref().map(|last_run| to_json(last_run, "run")).transpose()?;
        if text == flow.opt_text(1)? {
            return Ok(());
        }
        self.conn.run(&SET, &[org_arg, sandbox_arg, flow_arg, Arg::OptText(text.as_deref())]).await?;
        let kind = DocumentKind::Flow.as_str();
        let owner = Owner { org, sandbox_id, kind, id: flow_id, created_at_ms: flow.int(0)? };
        self.set_fields(&owner, &fields::of_last_run(last_run.as_ref()), Part::LastRun).await
    }
}

fn last_run(id: String, state: &str, created_at_ms: i64, doc: &Value) -> Result<LastRun> {
    let duration = &doc["metrics"]["durationSummary"];
    let cancelled = doc["metrics"]["statusSummary"]["extensions"]["cancelled"] == true;
    let state = match RunState::from_text(state)? {
        RunState::Success => "success",
        RunState::Failed => "failed",
        RunState::Scheduled => "scheduled",
        RunState::Claimed | RunState::Running | RunState::Committing => "inProgress",
    };
    Ok(LastRun {
        id,
        state: state.to_owned(),
        started_at_utc: duration["startedAtUTC"].as_i64().unwrap_or(created_at_ms),
        completed_at_utc: duration["completedAtUTC"].as_i64(),
        extensions: cancelled.then_some(LastRunExtensions { cancelled }),
    })
}
