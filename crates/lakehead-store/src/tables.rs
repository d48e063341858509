//! Which metadata file is the current version of a table: moved by compare-and-swap only.

use lakehead_model::Scope;

use crate::commit::TableSwap;
use crate::db::{Arg, Sql};
use crate::error::Result;
use crate::store::{Store, Tx};

/// The current version of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePointer {
    /// Location of its metadata file.
    pub metadata_location: String,
    /// Counts the swaps, from 1.
    pub version: i64,
}

const INSERT: Sql = Sql::same(
    "INSERT INTO table_pointer (table_id, org, sandbox_id, metadata_location, version, upkeep_asked, upkept_version)
     VALUES ($1, $2, $3, $4, 1, $5, 1)",
);
const GET: Sql = Sql::same("SELECT metadata_location, version FROM table_pointer WHERE table_id = $1");
pub(crate) const SWAP: Sql = Sql::same(
    "UPDATE table_pointer SET metadata_location = $3, version = version + 1
     WHERE table_id = $1 AND metadata_location = $2",
);

/// A claim that still holds; on PostgreSQL nobody else takes the run before the transaction ends.
const HELD: Sql = Sql::same(
    "UPDATE flow_run SET updated_at = updated_at
     WHERE run_id = $1 AND epoch = $2 AND owner = $3 AND state IN ('claimed', 'running', 'committing')",
);
const CLEAR_INTENT: Sql = Sql::same("DELETE FROM file_intent WHERE run_id = $1 AND path = $2");

/// How an attempt to give a table new columns ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrowOutcome {
    /// The new version is the current one.
    Grown,
    /// The claim was lost: stop.
    Fenced,
    /// The table is no longer at the base: look again.
    PointerMoved,
}

impl Store {
    /// Moves the table of a run to a version with more columns, while the claim holds.
    pub async fn grow_table(&self, run_id: &str, epoch: i64, owner: &str, swap: TableSwap<'_>) -> Result<GrowOutcome> {
        let mut tx = self.write().await?;
        if tx.conn.run(&HELD, &[Arg::Text(run_id), Arg::Int(epoch), Arg::Text(owner)]).await? == 0 {
            return Ok(GrowOutcome::Fenced);
        }
        let args = [Arg::Text(swap.table_id), Arg::Text(swap.base_metadata), Arg::Text(swap.new_metadata)];
        if tx.conn.run(&SWAP, &args).await? == 0 {
            return Ok(GrowOutcome::PointerMoved);
        }
        tx.conn.run(&CLEAR_INTENT, &[Arg::Text(run_id), Arg::Text(swap.new_metadata)]).await?;
        tx.commit().await?;
        Ok(GrowOutcome::Grown)
    }

    /// Moves a table from `base` to `new` outside of a run; `false` when it is no longer at `base`.
    pub async fn swap_pointer(&self, table_id: &str, base: &str, new: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let swapped = tx.conn.run(&SWAP, &[Arg::Text(table_id), Arg::Text(base), Arg::Text(new)]).await? > 0;
        tx.commit().await?;
        Ok(swapped)
    }
}

impl Tx {
    /// Notes a new table; `Taken` when it is known.
    pub async fn register_table(&mut self, table_id: &str, scope: &Scope, metadata_location: &str) -> Result<()> {
        let now_ms = self.now_ms().await?;
        let (org, sandbox_id) = (Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id));
        let row = [Arg::Text(table_id), org, sandbox_id, Arg::Text(metadata_location), Arg::Int(now_ms)];
        self.conn.run(&INSERT, &row).await.map(drop)
    }

    /// Where a table is now.
    pub async fn table_pointer(&mut self, table_id: &str) -> Result<Option<TablePointer>> {
        let Some(row) = self.conn.row(&GET, &[Arg::Text(table_id)]).await? else { return Ok(None) };
        Ok(Some(TablePointer { metadata_location: row.text(0)?, version: row.int(1)? }))
    }
}
