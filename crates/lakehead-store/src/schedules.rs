//! When flows run: the next slot of each and its time. Slots are counted, never derived from the last tick.

use lakehead_model::Scope;

use crate::db::{Arg, Row, Sql};
use crate::error::Result;
use crate::store::Tx;

/// The schedule of one flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Owner of the flow.
    pub scope: Scope,
    /// The flow.
    pub flow_id: String,
    /// First time, epoch seconds.
    pub start_s: i64,
    /// Seconds from one slot to the next; 0 = once.
    pub interval_s: i64,
    /// Number of the slot that comes next, from 0.
    pub next_slot: i64,
    /// When it is due, epoch milliseconds; `None` when no slot is left.
    pub next_due_ms: Option<i64>,
    /// Whether it makes runs.
    pub enabled: bool,
}

const PUT: Sql = Sql::same(
    "INSERT INTO flow_schedule
         (org, sandbox_id, flow_id, sandbox_name, start_s, interval_s, next_slot, next_due_ms, enabled)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (org, sandbox_id, flow_id) DO UPDATE SET start_s = excluded.start_s,
         interval_s = excluded.interval_s, next_slot = excluded.next_slot, next_due_ms = excluded.next_due_ms,
         enabled = excluded.enabled",
);
const GET: Sql = Sql::same(
    "SELECT org, sandbox_id, sandbox_name, flow_id, start_s, interval_s, next_slot, next_due_ms, enabled
     FROM flow_schedule WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3",
);
const DELETE: Sql = Sql::same("DELETE FROM flow_schedule WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3");
const SET_ENABLED: Sql =
    Sql::same("UPDATE flow_schedule SET enabled = $4 WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3");
const DUE: Sql = Sql::same(
    "SELECT org, sandbox_id, sandbox_name, flow_id, start_s, interval_s, next_slot, next_due_ms, enabled
     FROM flow_schedule f WHERE enabled = 1 AND next_due_ms <= $1
       AND NOT EXISTS (SELECT 1 FROM sandbox s WHERE s.org = f.org AND s.id = f.sandbox_id AND s.state <> 'active')
     ORDER BY next_due_ms, flow_id LIMIT $2",
);
const ADVANCE: Sql = Sql::same(
    "UPDATE flow_schedule SET next_slot = $3, next_due_ms = $4 WHERE flow_id = $1 AND next_slot = $2 AND enabled = 1",
);

impl Tx {
    /// Stores the schedule of a flow, in place of the one it had.
    pub async fn put_schedule(&mut self, schedule: &Schedule) -> Result<()> {
        let row = [
            Arg::Text(&schedule.scope.org),
            Arg::Text(&schedule.scope.sandbox_id),
            Arg::Text(&schedule.flow_id),
            Arg::Text(&schedule.scope.sandbox_name),
            Arg::Int(schedule.start_s),
            Arg::Int(schedule.interval_s),
            Arg::Int(schedule.next_slot),
            Arg::OptInt(schedule.next_due_ms),
            Arg::Int(schedule.enabled.into()),
        ];
        self.conn.run(&PUT, &row).await.map(drop)
    }

    /// The schedule of a flow.
    pub async fn schedule(&mut self, scope: &Scope, flow_id: &str) -> Result<Option<Schedule>> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(flow_id)];
        self.conn.row(&GET, &args).await?.as_ref().map(schedule).transpose()
    }

    /// Removes the schedule of a flow; `false` when it had none.
    pub async fn delete_schedule(&mut self, scope: &Scope, flow_id: &str) -> Result<bool> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(flow_id)];
        Ok(self.conn.run(&DELETE, &args).await? > 0)
    }

    /// Lets a schedule make runs or not; `false` when the flow has none.
    pub async fn set_schedule_enabled(&mut self, scope: &Scope, flow_id: &str, enabled: bool) -> Result<bool> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(flow_id), Arg::Int(enabled.into())];
        Ok(self.conn.run(&SET_ENABLED, &args).await? > 0)
    }

    /// The enabled schedules whose next slot is due by the time of the database, the longest waiting first. Those of a
    /// closed sandbox are never due.
    pub async fn due_schedules(&mut self, limit: u32) -> Result<Vec<Schedule>> {
        let args = [Arg::Int(self.now_ms().await?), Arg::Int(limit.into())];
        self.conn.rows(&DUE, &args).await?.iter().map(schedule).collect()
    }

    /// Moves from one slot to the next; `false` when someone else did, or when the schedule is gone or disabled.
    pub async fn advance_schedule(
        &mut self,
        flow_id: &str,
        from_slot: i64,
        next_slot: i64,
        next_due_ms: Option<i64>,
    ) -> Result<bool> {
        let args = [Arg::Text(flow_id), Arg::Int(from_slot), Arg::Int(next_slot), Arg::OptInt(next_due_ms)];
        Ok(self.conn.run(&ADVANCE, &args).await? > 0)
    }
}

fn schedule(row: &Row) -> Result<Schedule> {
    Ok(Schedule {
        scope: Scope { org: row.text(0)?, sandbox_id: row.text(1)?, sandbox_name: row.text(2)? },
        flow_id: row.text(3)?,
        start_s: row.int(4)?,
        interval_s: row.int(5)?,
        next_slot: row.int(6)?,
        next_due_ms: row.opt_int(7)?,
        enabled: row.int(8)? != 0,
    })
}
