//! What a probe asks the database: whether it can be worked with, and how many runs are not done.

use crate::db::{Arg, Sql};
use crate::error::Result;
use crate::runs::RunState;
use crate::store::{Store, Tx};

const OPEN: Sql = Sql::same(
    "SELECT state, count(*) FROM flow_run
     WHERE state IN ('scheduled', 'claimed', 'running', 'committing') AND due_ms <= $1 GROUP BY state",
);
const MIGRATED: Sql = Sql::same("SELECT count(*) FROM _sqlx_migrations WHERE success AND version = $1");

impl Tx {
    /// How many runs are due and have not ended, by state; states without any are left out.
    pub async fn open_runs(&mut self) -> Result<Vec<(RunState, u64)>> {
        let now = self.now_ms().await?;
        let rows = self.conn.rows(&OPEN, &[Arg::Int(now)]).await?;
        rows.iter().map(|row| Ok((RunState::from_text(&row.text(0)?)?, row.int(1)?.unsigned_abs()))).collect()
    }
}

impl Store {
    /// Whether the tables of the database are as this program needs them: the newest of its migrations was applied.
    pub async fn is_migrated(&self) -> Result<bool> {
        let newest = Self::newest_migration();
        Ok(self.read().await?.conn.count(&MIGRATED, &[Arg::Int(newest)]).await? == 1)
    }
}
