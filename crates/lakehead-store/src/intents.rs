//! Files that are about to be written: noted first, so that what a dead run leaves behind can be collected.

use crate::db::{Arg, Sql};
use crate::error::Result;
use crate::store::Tx;

/// A file that a run meant to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIntent {
    /// Where.
    pub path: String,
    /// For which table.
    pub table_id: String,
    /// By which run.
    pub run_id: String,
    /// Under which claim.
    pub epoch: i64,
    /// What kind of file: data, manifest, metadata.
    pub kind: String,
    /// When, epoch milliseconds of the database.
    pub created_at_ms: i64,
}

const INSERT: Sql = Sql::same(
    "INSERT INTO file_intent (path, table_id, run_id, epoch, kind, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
);
const COLLECTABLE: Sql = Sql::same(
    "SELECT i.path, i.table_id, i.run_id, i.epoch, i.kind, i.created_at
     FROM file_intent i LEFT JOIN flow_run r ON r.run_id = i.run_id
     WHERE i.created_at <= $1 AND (r.run_id IS NULL OR r.state IN ('success', 'failed') AND r.updated_at <= $1)
       AND NOT EXISTS (SELECT 1 FROM dataset_file f WHERE f.path = i.path)
       AND NOT EXISTS (SELECT 1 FROM table_pointer t WHERE t.table_id = i.table_id AND t.metadata_location = i.path)
     ORDER BY i.created_at, i.path LIMIT $2",
);
const DELETE: Sql = Sql::same("DELETE FROM file_intent WHERE path = $1");

impl Tx {
    /// Notes a file before it is written; `Taken` when the path was used before, which must not happen.
    pub async fn add_intent(&mut self, path: &str, table_id: &str, run_id: &str, epoch: i64, kind: &str) -> Result<()> {
        let now_ms = self.now_ms().await?;
        let row = [
            Arg::Text(path),
            Arg::Text(table_id),
            Arg::Text(run_id),
            Arg::Int(epoch),
            Arg::Text(kind),
            Arg::Int(now_ms),
        ];
        self.conn.run(&INSERT, &row).await.map(drop)
    }

    /// Files noted at least `older_than_ms` milliseconds ago by runs that ended as long ago or went with their sandbox,
    /// and that nothing committed refers to; the oldest first.
    pub async fn collectable_intents(&mut self, older_than_ms: i64, limit: u32) -> Result<Vec<FileIntent>> {
        let horizon_ms = self.now_ms().await?.saturating_sub(older_than_ms);
        let rows = self.conn.rows(&COLLECTABLE, &[Arg::Int(horizon_ms), Arg::Int(limit.into())]).await?;
        rows.iter()
            .map(|row| {
                Ok(FileIntent {
                    path: row.text(0)?,
                    table_id: row.text(1)?,
                    run_id: row.text(2)?,
                    epoch: row.int(3)?,
                    kind: row.text(4)?,
                    created_at_ms: row.int(5)?,
                })
            })
            .collect()
    }

    /// Forgets a file, after it was deleted.
    pub async fn delete_intent(&mut self, path: &str) -> Result<()> {
        self.conn.run(&DELETE, &[Arg::Text(path)]).await.map(drop)
    }
}
