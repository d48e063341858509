//! Data files that hold rows of several batches, and batches whose rows move from one file to another.

use crate::commit::Fenced;
use crate::db::{Arg, BULK_ROWS, Sql, to_json};
use crate::error::Result;
use crate::store::Tx;

/// Rows of batches that are in another file from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Locations of the files in which they were; at most a thousand.
    pub from: Vec<String>,
    /// Location of the file in which they are.
    pub to: String,
    /// Its size in bytes.
    pub size_bytes: i64,
    /// All rows of it.
    pub file_records: i64,
    /// Batches whose rows are not in the new file: they go out of the table, and keep naming the old one.
    pub left_behind: Vec<String>,
}

/// One row for each batch, in the first of its places: the rows that it had in all of the files.
const MOVE: Sql = Sql::each(
    "UPDATE dataset_file SET path = $4, size_bytes = $5, file_records = $6,
         records = (SELECT sum(g.records) FROM dataset_file g WHERE g.org = $1 AND g.sandbox_id = $2
             AND g.batch_id = dataset_file.batch_id AND g.path IN (SELECT value FROM json_each($3)))
     WHERE org = $1 AND sandbox_id = $2 AND path IN (SELECT value FROM json_each($3))
       AND batch_id NOT IN (SELECT value FROM json_each($7))
       AND ord = (SELECT min(h.ord) FROM dataset_file h WHERE h.org = $1 AND h.sandbox_id = $2
             AND h.batch_id = dataset_file.batch_id AND h.path IN (SELECT value FROM json_each($3)))",
    "UPDATE dataset_file SET path = $4, size_bytes = $5, file_records = $6,
         records = (SELECT sum(g.records)::bigint FROM dataset_file g WHERE g.org = $1 AND g.sandbox_id = $2
             AND g.batch_id = dataset_file.batch_id AND g.path IN (SELECT jsonb_array_elements_text($3::jsonb)))
     WHERE org = $1 AND sandbox_id = $2 AND path IN (SELECT jsonb_array_elements_text($3::jsonb))
       AND batch_id NOT IN (SELECT jsonb_array_elements_text($7::jsonb))
       AND ord = (SELECT min(h.ord) FROM dataset_file h WHERE h.org = $1 AND h.sandbox_id = $2
             AND h.batch_id = dataset_file.batch_id AND h.path IN (SELECT jsonb_array_elements_text($3::jsonb)))",
);
const FORGET_REST: Sql = Sql::each(
    "DELETE FROM dataset_file WHERE org = $1 AND sandbox_id = $2 AND path IN (SELECT value FROM json_each($3))
       AND batch_id NOT IN (SELECT value FROM json_each($4))",
    "DELETE FROM dataset_file WHERE org = $1 AND sandbox_id = $2
       AND path IN (SELECT jsonb_array_elements_text($3::jsonb))
       AND batch_id NOT IN (SELECT jsonb_array_elements_text($4::jsonb))",
);
const ROWS_OF_FILE: Sql = Sql::each(
    "SELECT coalesce(sum(records), 0) FROM dataset_file WHERE org = $1 AND sandbox_id = $2 AND path = $3",
    "SELECT coalesce(sum(records), 0)::bigint FROM dataset_file WHERE org = $1 AND sandbox_id = $2 AND path = $3",
);

/// Files that only expired snapshots had go with the batches that are out of the table.
const FORGET_INACTIVE: Sql = Sql::each(
    "DELETE FROM dataset_file WHERE org = $1 AND sandbox_id = $2 AND path IN (SELECT value FROM json_each($3))
       AND EXISTS (SELECT 1 FROM batch b WHERE b.org = $1 AND b.sandbox_id = $2 AND b.batch_id = dataset_file.batch_id
           AND b.status <> 'success')",
    "DELETE FROM dataset_file WHERE org = $1 AND sandbox_id = $2
       AND path IN (SELECT jsonb_array_elements_text($3::jsonb))
       AND EXISTS (SELECT 1 FROM batch b WHERE b.org = $1 AND b.sandbox_id = $2 AND b.batch_id = dataset_file.batch_id
           AND b.status <> 'success')",
);
const DOOM: Sql = Sql::each(
    "INSERT INTO file_intent (path, table_id, run_id, epoch, kind, created_at)
     SELECT value, $2, $3, $4, $5, $6 FROM json_each($1)
     WHERE value NOT IN (SELECT path FROM dataset_file WHERE path IN (SELECT value FROM json_each($1)))
     ON CONFLICT (path) DO NOTHING",
    "INSERT INTO file_intent (path, table_id, run_id, epoch, kind, created_at)
     SELECT value, $2, $3, $4, $5, $6 FROM jsonb_array_elements_text($1::jsonb) AS doomed (value)
     WHERE NOT EXISTS (SELECT 1 FROM dataset_file f WHERE f.path = value)
     ORDER BY value ON CONFLICT (path) DO NOTHING",
);
const UPKEPT: Sql = Sql::same("UPDATE table_pointer SET upkept_version = version WHERE table_id = $1");

/// What maintenance leaves behind.
#[derive(Clone, Copy, Debug)]
pub struct Upkeep<'a> {
    /// The table.
    pub table_id: &'a str,
    /// Locations of files that nothing of the new version refers to: the collector deletes them.
    pub doomed: &'a [String],
    /// How long readers of older versions may go on before that, milliseconds, beside the horizon of the collector.
    pub grace_ms: i64,
}

/// Kind of the intent of a file that was part of a table once.
pub const DOOMED_INTENT: &str = "doomed";

impl Tx {
    /// Moves rows; `false` where the batches of the files do not account for every row of the new one.
    pub(crate) async fn move_files(&mut self, run: &Fenced, moved: &[Moved]) -> Result<bool> {
        let (org, sandbox_id) = (Arg::Text(&run.org), Arg::Text(&run.sandbox_id));
        for file in moved {
            let (from, behind) = (to_json(&file.from, "path")?, to_json(&file.left_behind, "batch")?);
            let (from, behind, to) = (Arg::Text(&from), Arg::Text(&behind), Arg::Text(&file.to));
            let (size, records) = (Arg::Int(file.size_bytes), Arg::Int(file.file_records));
            self.conn.run(&MOVE, &[org, sandbox_id, from, to, size, records, behind]).await?;
            self.conn.run(&FORGET_REST, &[org, sandbox_id, from, behind]).await?;
            let rows = self.conn.row(&ROWS_OF_FILE, &[org, sandbox_id, to]).await?;
            if rows.map_or(Ok(0), |row| row.int(0))? != file.file_records {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Notes what maintenance leaves for the collector, and which version of the table it has seen to.
    pub(crate) async fn upkept(
        &mut self,
        run: &Fenced,
        run_id: &str,
        epoch: i64,
        upkeep: &Upkeep<'_>,
        now_ms: i64,
    ) -> Result<()> {
        let table = Arg::Text(upkeep.table_id);
        let from_ms = Arg::Int(now_ms.saturating_add(upkeep.grace_ms));
        for paths in upkeep.doomed.chunks(BULK_ROWS) {
            let paths = to_json(paths, "path")?;
            let paths = Arg::Text(&paths);
            self.conn.run(&FORGET_INACTIVE, &[Arg::Text(&run.org), Arg::Text(&run.sandbox_id), paths]).await?;
            let args = [paths, table, Arg::Text(run_id), Arg::Int(epoch), Arg::Text(DOOMED_INTENT), from_ms];
            self.conn.run(&DOOM, &args).await?;
        }
        self.conn.run(&UPKEPT, &[table]).await.map(drop)
    }
}
