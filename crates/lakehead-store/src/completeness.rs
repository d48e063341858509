//! What a proof of completeness compares: the ledger, the batches and their files, page by page.

use std::collections::HashMap;

use lakehead_model::Scope;

use crate::batches::DataFileRow;
use crate::db::{Arg, BULK_ROWS, Row, Sql, to_json};
use crate::error::Result;
use crate::store::Tx;

/// Most rows of one page.
pub const PAGE: usize = BULK_ROWS;

/// An entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Identity of the object.
    pub object_id: String,
    /// Bucket or container; empty where an old entry does not tell.
    pub container: String,
    /// Key in the container; empty where an old entry does not tell.
    pub key: String,
    /// The batch that has its rows.
    pub batch_id: String,
    /// The run that brought them.
    pub run_id: String,
    /// Rows it gave.
    pub rows: i64,
    /// The run that took its rows out of the table again, where one has.
    pub undone_by: Option<String>,
}

impl LedgerEntry {
    /// Whether its rows were taken out of the table again.
    pub fn undone(&self) -> bool {
        self.undone_by.is_some()
    }
}

/// What is said of a batch in different places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchAccount {
    /// The batch.
    pub batch_id: String,
    /// The flow of its run.
    pub flow_id: String,
    /// Its status.
    pub status: String,
    /// Rows read from the source.
    pub read: i64,
    /// Rows that landed.
    pub written: i64,
    /// Rows that were rejected.
    pub failed: i64,
    /// Rows that landed and were taken out again.
    pub undone: i64,
    /// Rows in its files.
    pub in_files: i64,
    /// Rows of its entries in the ledger that were not taken out.
    pub in_ledger: i64,
}

/// Where a flow is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowPlace {
    /// The sandbox.
    pub scope: Scope,
    /// The flow.
    pub flow_id: String,
}

const LEDGER: Sql = Sql::same(
    "SELECT object_id, container, object_key, batch_id, run_id, row_count, undone_by FROM ingested
     WHERE flow_id = $1 AND object_id > $2 ORDER BY object_id LIMIT $3",
);
const LEDGER_OF_BATCH: Sql = Sql::same(
    "SELECT object_id, container, object_key, batch_id, run_id, row_count, undone_by FROM ingested
     WHERE batch_id = $1 AND (object_key, object_id) > ($2, $3) ORDER BY object_key, object_id LIMIT $4",
);
const FILES_AT: Sql = Sql::each(
    "SELECT f.batch_id, f.ord, f.dataset_id, f.path, f.size_bytes, f.records, f.file_records, b.status FROM dataset_file f
     JOIN batch b ON b.org = f.org AND b.sandbox_id = f.sandbox_id AND b.batch_id = f.batch_id
     WHERE f.path IN (SELECT value FROM json_each($3)) AND f.org = $1 AND f.sandbox_id = $2",
    "SELECT f.batch_id, f.ord, f.dataset_id, f.path, f.size_bytes, f.records, f.file_records, b.status FROM dataset_file f
     JOIN batch b ON b.org = f.org AND b.sandbox_id = f.sandbox_id AND b.batch_id = f.batch_id
     WHERE f.path IN (SELECT jsonb_array_elements_text($3::jsonb)) AND f.org = $1 AND f.sandbox_id = $2",
);
const INTENDED: Sql = Sql::each(
    "SELECT path FROM file_intent WHERE path IN (SELECT value FROM json_each($1))",
    "SELECT path FROM file_intent WHERE path IN (SELECT jsonb_array_elements_text($1::jsonb))",
);
const ACTIVE_FILES: Sql = Sql::same(
    "SELECT f.batch_id, f.ord, f.dataset_id, f.path, f.size_bytes, f.records, f.file_records FROM dataset_file f
     JOIN batch b ON b.org = f.org AND b.sandbox_id = f.sandbox_id AND b.batch_id = f.batch_id
     WHERE f.org = $1 AND f.sandbox_id = $2 AND f.dataset_id = $3 AND b.status = 'success'
       AND (f.batch_id, f.ord) > ($4, $5)
     ORDER BY f.batch_id, f.ord LIMIT $6",
);
const ACCOUNTS: Sql = Sql::each(
    "SELECT b.batch_id, b.flow_id, b.status, b.records_read, b.records_written, b.records_failed, b.records_undone,
         (SELECT coalesce(sum(f.records), 0) FROM dataset_file f
          WHERE f.org = b.org AND f.sandbox_id = b.sandbox_id AND f.batch_id = b.batch_id),
         (SELECT coalesce(sum(i.row_count), 0) FROM ingested i WHERE i.batch_id = b.batch_id AND i.undone_by IS NULL)
     FROM batch b WHERE b.org = $1 AND b.sandbox_id = $2 AND b.dataset_id = $3 AND b.batch_id > $4
     ORDER BY b.batch_id LIMIT $5",
    "SELECT b.batch_id, b.flow_id, b.status, b.records_read, b.records_written, b.records_failed, b.records_undone,
         (SELECT coalesce(sum(f.records), 0)::bigint FROM dataset_file f
          WHERE f.org = b.org AND f.sandbox_id = b.sandbox_id AND f.batch_id = b.batch_id),
         (SELECT coalesce(sum(i.row_count), 0)::bigint FROM ingested i
          WHERE i.batch_id = b.batch_id AND i.undone_by IS NULL)
     FROM batch b WHERE b.org = $1 AND b.sandbox_id = $2 AND b.dataset_id = $3 AND b.batch_id > $4
     ORDER BY b.batch_id LIMIT $5",
);
const FLOWS: Sql = Sql::same(
    "SELECT d.org, d.sandbox_id, s.name, d.id FROM document d
     JOIN sandbox s ON s.org = d.org AND s.id = d.sandbox_id AND s.state = 'active'
     WHERE d.kind = 'flow' AND d.state <> 'draft' AND ($1 = '' OR d.id = $1) AND d.id > $2 ORDER BY d.id LIMIT $3",
);

impl Tx {
    /// A page of the ledger of a flow, after this object, in the order of their ids.
    pub async fn ledger_after(&mut self, flow_id: &str, after: &str) -> Result<Vec<LedgerEntry>> {
        let args = [Arg::Text(flow_id), Arg::Text(after), Arg::Int(PAGE as i64)];
        self.conn.rows(&LEDGER, &args).await?.iter().map(entry).collect()
    }

    /// A page of the entries of a batch, after this key and object, in the order of their keys.
    pub async fn ledger_of_batch_after(
        &mut self,
        batch_id: &str,
        (key, object_id): (&str, &str),
    ) -> Result<Vec<LedgerEntry>> {
        let args = [Arg::Text(batch_id), Arg::Text(key), Arg::Text(object_id), Arg::Int(PAGE as i64)];
        self.conn.rows(&LEDGER_OF_BATCH, &args).await?.iter().map(entry).collect()
    }

    /// The files of batches at these paths, each with the status of its batch, by path: one for each batch that has rows in
    /// the file. At most [`PAGE`] paths.
    pub async fn files_at(
        &mut self,
        scope: &Scope,
        paths: &[String],
    ) -> Result<HashMap<String, Vec<(DataFileRow, String)>>> {
        let list = to_json(paths, "path")?;
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(&list)];
        let rows = self.conn.rows(&FILES_AT, &args).await?;
        let mut files: HashMap<String, Vec<_>> = HashMap::new();
        for row in &rows {
            let file = crate::batches::file_row(row)?;
            files.entry(file.path.clone()).or_default().push((file, row.text(7)?));
        }
        Ok(files)
    }

    /// Which of these paths, at most [`PAGE`], are announced: being written, or to be collected.
    pub async fn intended_among(&mut self, paths: &[String]) -> Result<Vec<String>> {
        let list = to_json(paths, "path")?;
        self.conn.rows(&INTENDED, &[Arg::Text(&list)]).await?.iter().map(|row| row.text(0)).collect()
    }

    /// A page of the files that the table of a dataset should have, after this batch and place in it.
    pub async fn active_files_after(
        &mut self,
        scope: &Scope,
        dataset_id: &str,
        (batch_id, ord): (&str, i64),
    ) -> Result<Vec<DataFileRow>> {
        let (org, sandbox_id) = (Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id));
        let limit = Arg::Int(PAGE as i64);
        let args = [org, sandbox_id, Arg::Text(dataset_id), Arg::Text(batch_id), Arg::Int(ord), limit];
        self.conn.rows(&ACTIVE_FILES, &args).await?.iter().map(crate::batches::file_row).collect()
    }

    /// A page of what is said of the batches of a dataset, after this batch.
    pub async fn accounts_after(&mut self, scope: &Scope, dataset_id: &str, after: &str) -> Result<Vec<BatchAccount>> {
        let (org, sandbox_id) = (Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id));
        let args = [org, sandbox_id, Arg::Text(dataset_id), Arg::Text(after), Arg::Int(PAGE as i64)];
        let rows = self.conn.rows(&ACCOUNTS, &args).await?;
        let account = |row: &Row| {
            Ok(BatchAccount {
                batch_id: row.text(0)?,
                flow_id: row.text(1)?,
                status: row.text(2)?,
                read: row.int(3)?,
                written: row.int(4)?,
                failed: row.int(5)?,
                undone: row.int(6)?,
                in_files: row.int(7)?,
                in_ledger: row.int(8)?,
            })
        };
        rows.iter().map(account).collect()
    }

    /// A page of the published flows of all organisations, or the one that is named, after this flow.
    pub async fn flow_places(&mut self, named: Option<&str>, after: &str) -> Result<Vec<FlowPlace>> {
        let args = [Arg::Text(named.unwrap_or_default()), Arg::Text(after), Arg::Int(PAGE as i64)];
        let rows = self.conn.rows(&FLOWS, &args).await?;
        let place = |row: &Row| {
            let scope = Scope { org: row.text(0)?, sandbox_id: row.text(1)?, sandbox_name: row.text(2)? };
            Ok(FlowPlace { scope, flow_id: row.text(3)? })
        };
        rows.iter().map(place).collect()
    }
}

fn entry(row: &Row) -> Result<LedgerEntry> {
    Ok(LedgerEntry {
        object_id: row.text(0)?,
        container: row.text(1)?,
        key: row.text(2)?,
        batch_id: row.text(3)?,
        run_id: row.text(4)?,
        rows: row.int(5)?,
        undone_by: row.opt_text(6)?,
    })
}
