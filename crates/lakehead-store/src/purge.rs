//! Empties a closed sandbox, a bounded number of rows at a time. What was removed is simply not found again, so the
//! work goes on after a crash from wherever it was.

use crate::db::{Arg, BULK_ROWS, Sql, to_json};
use crate::error::Result;
use crate::sandboxes::UnfinishedSandbox;
use crate::store::{Store, Tx};

/// What one step of a purge found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purged {
    /// The sandbox is empty.
    All,
    /// There may be more.
    Some,
    /// The sandbox is on another way by now: nothing was removed.
    Reopened,
}

/// A table whose rows go, and how: `$1…` name the owner, the last argument is the most rows that go at once.
pub(crate) struct Owned {
    pub(crate) table: &'static str,
    pub(crate) delete: Sql,
}

/// Rows of a table that name their owner in columns: at most so many at a time, in any order.
macro_rules! owned {
    ($table:literal, $owner:literal, $limit:literal) => {
        Owned {
            table: $table,
            delete: Sql::each(
                concat!(
                    "DELETE FROM ",
                    $table,
                    " WHERE rowid IN (SELECT rowid FROM ",
                    $table,
                    " WHERE ",
                    $owner,
                    " LIMIT ",
                    $limit,
                    ")"
                ),
                concat!(
                    "DELETE FROM ",
                    $table,
                    " WHERE ctid = ANY (ARRAY (SELECT ctid FROM ",
                    $table,
                    " WHERE ",
                    $owner,
                    " LIMIT ",
                    $limit,
                    "))"
                ),
            ),
        }
    };
}

macro_rules! of_sandbox {
    ($table:literal) => {
        owned!($table, "org = $1 AND sandbox_id = $2", "$3")
    };
}

/// Tables whose rows name their sandbox; a table that others refer to comes after them. **A new table with
/// `org` and `sandbox_id` gets its line here**, or says in the contract test why its rows stay.
pub(crate) const OF_SANDBOX: &[Owned] = &[
    of_sandbox!("mapping_set"),
    of_sandbox!("document_link"),
    of_sandbox!("document"),
    Owned {
        table: "field",
        // Without row ids on SQLite.
        delete: Sql::each(
            "DELETE FROM field WHERE (place, value, created_at, id) IN (
                 SELECT f.place, f.value, f.created_at, f.id FROM field_place p CROSS JOIN field f
                 WHERE p.org = $1 AND p.sandbox_id = $2 AND f.place = p.place LIMIT $3)",
            "DELETE FROM field WHERE ctid = ANY (ARRAY (
                 SELECT ctid FROM field WHERE place = ANY (ARRAY (
                     SELECT place FROM field_place WHERE org = $1 AND sandbox_id = $2)) LIMIT $3))",
        ),
    },
    of_sandbox!("field_place"),
    of_sandbox!("secret"),
    of_sandbox!("kept_answer"),
    of_sandbox!("flow_schedule"),
    of_sandbox!("claim_turn"),
    of_sandbox!("dataset_file"),
    of_sandbox!("batch_upload"),
    of_sandbox!("batch"),
    of_sandbox!("table_pointer"),
];
/// Tables whose rows name their flow.
pub(crate) const OF_FLOW: &[Owned] =
    &[owned!("ingested", "flow_id = $1", "$2"), owned!("object_failure", "flow_id = $1", "$2")];
/// Tables whose rows name their run, by a list of runs.
pub(crate) const OF_RUN: &[Owned] = &[
    Owned {
        table: "run_plan",
        delete: Sql::each(
            "DELETE FROM run_plan WHERE rowid IN (
                 SELECT rowid FROM run_plan WHERE run_id IN (SELECT value FROM json_each($1)) LIMIT $2)",
            "DELETE FROM run_plan WHERE ctid = ANY (ARRAY (
                 SELECT ctid FROM run_plan WHERE run_id IN (SELECT jsonb_array_elements_text($1::jsonb)) LIMIT $2))",
        ),
    },
    Owned {
        table: "outbox",
        delete: Sql::each(
            "DELETE FROM outbox WHERE rowid IN (
                 SELECT rowid FROM outbox WHERE run_id IN (SELECT value FROM json_each($1)) LIMIT $2)",
            "DELETE FROM outbox WHERE ctid = ANY (ARRAY (
                 SELECT ctid FROM outbox WHERE run_id IN (SELECT jsonb_array_elements_text($1::jsonb)) LIMIT $2))",
        ),
    },
    Owned {
        table: "flow_run",
        delete: Sql::each(
            "DELETE FROM flow_run WHERE rowid IN (
                 SELECT rowid FROM flow_run WHERE run_id IN (SELECT value FROM json_each($1)) LIMIT $2)",
            "DELETE FROM flow_run WHERE ctid = ANY (ARRAY (
                 SELECT ctid FROM flow_run WHERE run_id IN (SELECT jsonb_array_elements_text($1::jsonb)) LIMIT $2))",
        ),
    },
];

/// Runs that go together.
const RUNS: i64 = 200;

const FIRST_FLOW: Sql = Sql::same("SELECT min(flow_id) FROM flow_run WHERE org = $1 AND sandbox_id = $2");
const RUNS_OF_FLOW: Sql = Sql::same(
    "SELECT run_id FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND flow_id = $3
     ORDER BY created_at DESC, run_id DESC LIMIT $4",
);

/// How many rows the transaction may still remove.
struct Budget(u64);

impl Store {
    /// Removes some more of what a closed sandbox holds, in one transaction. File intents stay: the collector forgets
    /// them when it has seen to their files.
    pub async fn purge_step(&self, sandbox: &UnfinishedSandbox) -> Result<Purged> {
        let mut tx = self.write().await?;
        if !tx.stays_closed(sandbox).await? {
            tx.rollback().await?;
            return Ok(Purged::Reopened);
        }
        let mut budget = Budget(BULK_ROWS as u64);
        let (org, id) = (Arg::Text(&sandbox.org), Arg::Text(&sandbox.id));
        tx.purge_flows([org, id], &mut budget).await?;
        tx.purge_tables(OF_SANDBOX, &[org, id], &mut budget).await?;
        tx.commit().await?;
        Ok(if budget.0 == 0 { Purged::Some } else { Purged::All })
    }
}

impl Tx {
    /// Flow by flow: what its runs have read and done, then the runs themselves.
    async fn purge_flows(&mut self, [org, id]: [Arg<'_>; 2], budget: &mut Budget) -> Result<()> {
        while budget.0 > 0 {
            let first = self.conn.row(&FIRST_FLOW, &[org, id]).await?;
            let Some(flow) = first.map_or(Ok(None), |row| row.opt_text(0))? else { break };
            self.purge_tables(OF_FLOW, &[Arg::Text(&flow)], budget).await?;
            let rows = self.conn.rows(&RUNS_OF_FLOW, &[org, id, Arg::Text(&flow), Arg::Int(RUNS)]).await?;
            let runs = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>>>()?;
            self.purge_tables(OF_RUN, &[Arg::Text(&to_json(&runs, "run")?)], budget).await?;
        }
        Ok(())
    }

    /// Removes the owner's rows, table by table, as far as the budget reaches.
    async fn purge_tables(&mut self, tables: &[Owned], owner: &[Arg<'_>], budget: &mut Budget) -> Result<()> {
        for Owned { table, delete } in tables {
            if budget.0 == 0 {
                break;
            }
            let args = [owner, &[Arg::Int(i64::try_from(budget.0).unwrap_or(i64::MAX))]].concat();
            let rows = self.conn.run(delete, &args).await?;
            budget.0 = budget.0.saturating_sub(rows);
            if rows > 0 {
                tracing::debug!(table, rows, "removed rows of a closed sandbox");
            }
        }
        Ok(())
    }
}
