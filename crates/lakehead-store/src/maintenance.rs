//! Which tables are due for maintenance, and the runs that do it.

use lakehead_model::id::random_hex;
use lakehead_model::maintenance::table_owner;
use lakehead_model::{Etag, Origin, Scope};
use serde_json::json;

use crate::db::{Arg, Sql};
use crate::error::{Result, StoreError};
use crate::runs::NewRun;
use crate::store::{Store, Tx};

/// A table that may be maintained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePlace {
    /// The dataset.
    pub dataset_id: String,
    /// Where it is.
    pub scope: Scope,
    asked_ms: i64,
}

const DUE: Sql = Sql::same(
    "SELECT t.table_id, t.org, t.sandbox_id, s.name, t.upkeep_asked FROM table_pointer t
     JOIN sandbox s ON s.org = t.org AND s.id = t.sandbox_id AND s.state = 'active'
     WHERE t.upkeep_asked <= $1 AND (t.version > t.upkept_version OR t.upkeep_asked <= $2)
     ORDER BY t.upkeep_asked, t.table_id LIMIT 1",
);
const PLACES: Sql = Sql::same(
    "SELECT t.table_id, t.org, t.sandbox_id, s.name, t.upkeep_asked FROM table_pointer t
     JOIN sandbox s ON s.org = t.org AND s.id = t.sandbox_id AND s.state = 'active'
     WHERE ($1 = '' OR t.table_id = $1) AND t.table_id > $2 ORDER BY t.table_id LIMIT $3",
);
const IS_OPEN: Sql = Sql::same(
    "SELECT 1 FROM flow_run WHERE state IN ('scheduled', 'claimed', 'running', 'committing')
       AND flow_id LIKE 'table:%' LIMIT 1",
);
const OPEN_RUN: Sql = Sql::same(
    "SELECT run_id FROM flow_run WHERE flow_id = $1 AND state IN ('scheduled', 'claimed', 'running', 'committing')
     ORDER BY created_at LIMIT 1",
);
const ASK: Sql = Sql::same("UPDATE table_pointer SET upkeep_asked = $3 WHERE table_id = $1 AND upkeep_asked = $2");
/// The events of such a run stay until they are delivered.
const FORGET: Sql =
    Sql::same("DELETE FROM flow_run WHERE flow_id = $1 AND state IN ('success', 'failed') AND updated_at < $2");

/// Ended runs of maintenance are kept for so long: a week.
const KEEP_RUNS_MS: i64 = 7 * 24 * 3_600_000;
/// Tables of one page.
const PAGE: i64 = 200;

impl Store {
    /// Asks for maintenance of a table; answers the run that does it, which may be one that was asked for before. `None`
    /// where somebody else asks at the same moment, or the sandbox is closed.
    pub async fn ask_maintenance(&self, place: &TablePlace) -> Result<Option<String>> {
        let mut tx = match self.write_in(&place.scope, None, Origin::system()).await {
            Err(StoreError::SandboxClosed) => return Ok(None),
            tx => tx?,
        };
        let owner = table_owner(&place.dataset_id);
        if let Some(row) = tx.conn.row(&OPEN_RUN, &[Arg::Text(&owner)]).await? {
            return row.text(0).map(Some);
        }
        let now_ms = tx.now_ms().await?;
        // Two who ask in one millisecond must not mean the same slot.
        let now_ms = now_ms.max(place.asked_ms + 1);
        let args = [Arg::Text(&place.dataset_id), Arg::Int(place.asked_ms), Arg::Int(now_ms)];
        if tx.conn.run(&ASK, &args).await? == 0 {
            return Ok(None);
        }
        tx.conn.run(&FORGET, &[Arg::Text(&owner), Arg::Int(now_ms - KEEP_RUNS_MS)]).await?;
        let run = NewRun {
            run_id: random_hex(16),
            flow_id: owner,
            scope: place.scope.clone(),
            slot: now_ms.to_string(),
            due_ms: now_ms,
            params: json!({}),
            etag: Etag::generate(),
            created_at_ms: now_ms,
            doc: json!({}),
        };
        let made = tx.insert_run(&run).await?;
        tx.commit().await?;
        Ok(made.then_some(run.run_id))
    }
}

impl Tx {
    /// The table that has waited longest for maintenance: changed since the last one, and asked for at least `interval_ms`
    /// ago, or `at_least_ms` ago where it did not change. `None` while another table is being maintained.
    pub async fn due_table(&mut self, interval_ms: i64, at_least_ms: i64) -> Result<Option<TablePlace>> {
        if self.conn.exists(&IS_OPEN, &[]).await? {
            return Ok(None);
        }
        let now_ms = self.now_ms().await?;
        let args = [Arg::Int(now_ms.saturating_sub(interval_ms)), Arg::Int(now_ms.saturating_sub(at_least_ms))];
        self.conn.row(&DUE, &args).await?.as_ref().map(place).transpose()
    }

    /// A page of tables in active sandboxes, or the one that is named, after this one.
    pub async fn table_places(&mut self, named: Option<&str>, after: &str) -> Result<Vec<TablePlace>> {
        let args = [Arg::Text(named.unwrap_or_default()), Arg::Text(after), Arg::Int(PAGE)];
        self.conn.rows(&PLACES, &args).await?.iter().map(place).collect()
    }
}

fn place(row: &crate::db::Row) -> Result<TablePlace> {
    let scope = Scope { org: row.text(1)?, sandbox_id: row.text(2)?, sandbox_name: row.text(3)? };
    Ok(TablePlace { dataset_id: row.text(0)?, scope, asked_ms: row.int(4)? })
}
