//! Rows that go out of the table with a commit: what the ledger and the batch that had them say then.

use serde_json::json;

use lakehead_model::batch::BatchStatus;

use crate::batches::{BatchRow, DataFileRow};
use crate::commit::Fenced;
use crate::db::{Arg, BULK_ROWS, Sql, to_json};
use crate::error::Result;
use crate::store::Tx;

/// Taken out objects that a batch names one by one.
const MAX_SHOWN: usize = 100;

/// Rows of a batch of the flow that go, as they were found.
#[derive(Clone, Debug)]
pub struct Taking<'a> {
    /// The batch.
    pub batch_id: &'a str,
    /// Its status when it was looked at.
    pub status: BatchStatus,
    /// The objects whose rows go, by their identities in the ledger.
    pub object_ids: &'a [String],
    /// The objects are read again: their entries make room for those of the commit. Otherwise they say that they are undone.
    pub redo: bool,
    /// The whole batch goes; otherwise these members say what stays of it.
    pub whole: bool,
    /// Locations of its files that go.
    pub files_out: &'a [String],
    /// Files that come in their place, with the rows that stay.
    pub files_in: &'a [DataFileRow],
    /// Rows that go.
    pub rows: i64,
    /// How people know what goes.
    pub shown: &'a str,
}

const UNDO_BATCH: Sql = Sql::same("UPDATE ingested SET undone_by = $2 WHERE batch_id = $1 AND undone_by IS NULL");
const UNDO: Sql = Sql::each(
    "UPDATE ingested SET undone_by = $4 WHERE flow_id = $1 AND batch_id = $2 AND undone_by IS NULL
       AND object_id IN (SELECT value FROM json_each($3))",
    "UPDATE ingested SET undone_by = $4 WHERE flow_id = $1 AND batch_id = $2 AND undone_by IS NULL
       AND object_id IN (SELECT jsonb_array_elements_text($3::jsonb))",
);
const MAKE_ROOM: Sql = Sql::each(
    "DELETE FROM ingested WHERE flow_id = $1 AND batch_id = $2 AND object_id IN (SELECT value FROM json_each($3))",
    "DELETE FROM ingested WHERE flow_id = $1 AND batch_id = $2
       AND object_id IN (SELECT jsonb_array_elements_text($3::jsonb))",
);
const FORGET_FILES: Sql = Sql::each(
    "DELETE FROM dataset_file WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3
       AND path IN (SELECT value FROM json_each($4))",
    "DELETE FROM dataset_file WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3
       AND path IN (SELECT jsonb_array_elements_text($4::jsonb))",
);
const LAST_FILE: Sql =
    Sql::same("SELECT coalesce(max(ord), -1) FROM dataset_file WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3");
const COUNT_UNDONE: Sql = Sql::same(
    "UPDATE batch SET records_undone = records_undone + $4 WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3",
);

impl Tx {
    /// Says of all objects of a batch that their rows are out of the table.
    pub(crate) async fn undo_batch(&mut self, batch_id: &str, run_id: &str) -> Result<()> {
        self.conn.run(&UNDO_BATCH, &[Arg::Text(batch_id), Arg::Text(run_id)]).await.map(drop)
    }

    /// Writes what is said of the rows that go; `false` where they are not as they were found.
    pub(crate) async fn take(&mut self, run: &Fenced, run_id: &str, taking: &Taking<'_>, now_ms: i64) -> Result<bool> {
        let batch = self.lock_batch_at(&run.org, &run.sandbox_id, taking.batch_id).await?;
        let Some(mut batch) = batch.filter(|batch| batch.state() == taking.status) else { return Ok(false) };
        for ids in taking.object_ids.chunks(BULK_ROWS) {
            let list = to_json(ids, "object id")?;
            let args = [Arg::Text(&run.flow_id), Arg::Text(taking.batch_id), Arg::Text(&list), Arg::Text(run_id)];
            let changed = if taking.redo {
                self.conn.run(&MAKE_ROOM, &args[..3]).await?
            } else {
                self.conn.run(&UNDO, &args).await?
            };
            if changed != ids.len() as u64 {
                return Ok(false);
            }
        }
        if taking.whole {
            if batch.state() == BatchStatus::Success {
                batch.set_status(BatchStatus::Inactive, now_ms);
                self.put_batch_at(&run.org, &run.sandbox_id, &batch).await?;
            }
            self.undo_batch(taking.batch_id, run_id).await?;
            return Ok(true);
        }
        if taking.files_out.is_empty() && taking.rows == 0 {
            return Ok(true);
        }
        self.take_part(run, run_id, taking, batch, now_ms).await
    }

    async fn take_part(
        &mut self,
        run: &Fenced,
        run_id: &str,
        taking: &Taking<'_>,
        mut batch: BatchRow,
        now_ms: i64,
    ) -> Result<bool> {
        let owner = [Arg::Text(&run.org), Arg::Text(&run.sandbox_id), Arg::Text(taking.batch_id)];
        let [org, sandbox_id, id] = owner;
        for paths in taking.files_out.chunks(BULK_ROWS) {
            let list = to_json(paths, "path")?;
            let gone = self.conn.run(&FORGET_FILES, &[org, sandbox_id, id, Arg::Text(&list)]).await?;
            if gone != paths.len() as u64 {
                return Ok(false);
            }
        }
        let last = self.conn.row(&LAST_FILE, &owner).await?.map_or(Ok(-1), |row| row.int(0))?;
        self.insert_files_from(&run.org, &run.sandbox_id, &batch, taking.files_in, last + 1).await?;
        self.conn.run(&COUNT_UNDONE, &[org, sandbox_id, id, Arg::Int(taking.rows)]).await?;
        let metrics = &mut batch.doc["metrics"];
        metrics["undoneRecordCount"] = (metrics["undoneRecordCount"].as_i64().unwrap_or(0) + taking.rows).into();
        if !batch.doc["undone"].is_array() {
            batch.doc["undone"] = json!([]);
        }
        if let Some(undone) = batch.doc["undone"].as_array_mut()
            && undone.len() < MAX_SHOWN
        {
            let redone = taking.redo;
            undone.push(json!({ "path": taking.shown, "recordCount": taking.rows, "runId": run_id, "redone": redone }));
        }
        batch.doc["updated"] = now_ms.into();
        self.put_batch_at(&run.org, &run.sandbox_id, &batch).await?;
        Ok(true)
    }
}
