//! Batches and their files: what a run brought into a dataset. Catalog and Data Access read the same rows.

use std::ops::Range;

use lakehead_model::Scope;
use lakehead_model::batch::BatchStatus;
use serde_json::{Value, json};

use crate::db::{Arg, BULK_ROWS, Row, Sql, to_json};
use crate::error::{Result, StoreError};
use crate::store::Tx;

/// A batch.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchRow {
    /// ULID.
    pub batch_id: String,
    /// The dataset it went to.
    pub dataset_id: String,
    /// The run that made it.
    pub run_id: String,
    /// The flow of the run.
    pub flow_id: String,
    /// Status as the Catalog names it.
    pub status: String,
    /// When it was made, epoch milliseconds.
    pub created_ms: i64,
    /// When it ended, epoch milliseconds.
    pub completed_ms: Option<i64>,
    /// Records read from the source.
    pub records_read: i64,
    /// Records visible in the table.
    pub records_written: i64,
    /// Records rejected.
    pub records_failed: i64,
    /// Bytes read from the source.
    pub bytes_read: i64,
    /// Bytes of the data files.
    pub bytes_written: i64,
    /// Everything else the Catalog shows.
    pub doc: Value,
}

/// A data file of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFileRow {
    /// The batch; set by the store when a run commits.
    pub batch_id: String,
    /// Place in the batch, from 0; set by the store when a run commits.
    pub ord: i64,
    /// The dataset; set by the store when a run commits.
    pub dataset_id: String,
    /// Where the file is.
    pub path: String,
    /// Its size in bytes.
    pub size_bytes: i64,
    /// Its records of this batch.
    pub records: i64,
    /// All of its records: other batches may have rows in it too.
    pub file_records: i64,
}

impl DataFileRow {
    /// Whether other batches have rows in the file.
    pub fn is_shared(&self) -> bool {
        self.file_records > self.records
    }
}

const INSERT: Sql = Sql::same(
    "INSERT INTO batch (org, sandbox_id, batch_id, dataset_id, run_id, flow_id, status, created_at, completed_at,
         records_read, records_written, records_failed, bytes_read, bytes_written, doc)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
);
const PUT: Sql = Sql::same(
    "INSERT INTO batch (org, sandbox_id, batch_id, dataset_id, run_id, flow_id, status, created_at, completed_at,
         records_read, records_written, records_failed, bytes_read, bytes_written, doc)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     ON CONFLICT (org, sandbox_id, batch_id) DO UPDATE SET status = excluded.status,
         completed_at = excluded.completed_at, records_read = excluded.records_read,
         records_written = excluded.records_written, records_failed = excluded.records_failed,
         bytes_read = excluded.bytes_read, bytes_written = excluded.bytes_written, doc = excluded.doc",
);
const GET: Sql = Sql::same(
    "SELECT batch_id, dataset_id, run_id, flow_id, status, created_at, completed_at, records_read, records_written,
         records_failed, bytes_read, bytes_written, doc
     FROM batch WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3",
);
const OF_RUN: Sql = Sql::same(
    "SELECT batch_id, dataset_id, run_id, flow_id, status, created_at, completed_at, records_read, records_written,
         records_failed, bytes_read, bytes_written, doc
     FROM batch WHERE org = $1 AND sandbox_id = $2 AND run_id = $3 ORDER BY batch_id DESC LIMIT 1",
);
const HAS_OBJECT: Sql =
    Sql::same("SELECT 1 FROM ingested WHERE batch_id = $1 AND container = $2 AND object_key = $3 LIMIT 1");
/// Whoever changes a batch that others may change too waits here for them.
const LOCK: Sql = Sql::each(
    "SELECT batch_id, dataset_id, run_id, flow_id, status, created_at, completed_at, records_read, records_written,
         records_failed, bytes_read, bytes_written, doc
     FROM batch WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3",
    "SELECT batch_id, dataset_id, run_id, flow_id, status, created_at, completed_at, records_read, records_written,
         records_failed, bytes_read, bytes_written, doc
     FROM batch WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3 FOR UPDATE",
);
const LIST: Sql = Sql::same(
    "SELECT batch_id, dataset_id, run_id, flow_id, status, created_at, completed_at, records_read, records_written,
         records_failed, bytes_read, bytes_written, doc
     FROM batch WHERE org = $1 AND sandbox_id = $2 AND created_at >= $5 AND created_at < $6
     ORDER BY created_at DESC, batch_id DESC LIMIT $3 OFFSET $4",
);
const LIST_OF_DATASET: Sql = Sql::same(
    "SELECT batch_id, dataset_id, run_id, flow_id, status, created_at, completed_at, records_read, records_written,
         records_failed, bytes_read, bytes_written, doc
     FROM batch WHERE org = $1 AND sandbox_id = $2 AND created_at >= $5 AND created_at < $6 AND dataset_id = $7
     ORDER BY created_at DESC, batch_id DESC LIMIT $3 OFFSET $4",
);
const LAST: Sql = Sql::same(
    "SELECT batch_id, dataset_id, run_id, flow_id, status, created_at, completed_at, records_read, records_written,
         records_failed, bytes_read, bytes_written, doc
     FROM batch WHERE org = $1 AND sandbox_id = $2 AND dataset_id = $3 AND ($4 = '' OR status = $4)
     ORDER BY created_at DESC, batch_id DESC LIMIT 1",
);
const INSERT_FILES: Sql = Sql::each(
    "INSERT INTO dataset_file (org, sandbox_id, batch_id, dataset_id, ord, path, size_bytes, records, file_records)
     SELECT $1, $2, $3, $4, $5 + key, json_extract(value, '$[0]'), json_extract(value, '$[1]'),
         json_extract(value, '$[2]'), json_extract(value, '$[3]')
     FROM json_each($6)",
    "INSERT INTO dataset_file (org, sandbox_id, batch_id, dataset_id, ord, path, size_bytes, records, file_records)
     SELECT $1, $2, $3, $4, $5 + ord - 1, value->>0, (value->>1)::bigint, (value->>2)::bigint, (value->>3)::bigint
     FROM jsonb_array_elements($6::jsonb) WITH ORDINALITY AS file (value, ord)",
);
const FILES_OF_BATCH: Sql = Sql::same(
    "SELECT batch_id, ord, dataset_id, path, size_bytes, records, file_records FROM dataset_file
     WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3 ORDER BY ord",
);
const FILE: Sql = Sql::same(
    "SELECT batch_id, ord, dataset_id, path, size_bytes, records, file_records FROM dataset_file
     WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3 AND ord = $4",
);
const FILES_OF_DATASET: Sql = Sql::same(
    "SELECT f.batch_id, f.ord, f.dataset_id, f.path, f.size_bytes, f.records, f.file_records FROM dataset_file f
     JOIN batch b ON b.org = f.org AND b.sandbox_id = f.sandbox_id AND b.batch_id = f.batch_id
     WHERE f.org = $1 AND f.sandbox_id = $2 AND f.dataset_id = $3 AND b.status = 'success'
     ORDER BY f.batch_id DESC, f.ord LIMIT $4",
);

impl BatchRow {
    /// The state; one with an unknown name has ended.
    pub fn state(&self) -> BatchStatus {
        BatchStatus::parse(&self.status).unwrap_or(BatchStatus::Inactive)
    }

    /// Moves the batch on, in its row and in what the Catalog shows of it.
    pub fn set_status(&mut self, status: BatchStatus, now_ms: i64) {
        status.as_str().clone_into(&mut self.status);
        self.doc["status"] = status.as_str().into();
        self.doc["updated"] = now_ms.into();
    }
}

impl Tx {
    /// Stores a new batch that a client makes; `Taken` when its id is in use.
    pub async fn insert_batch(&mut self, scope: &Scope, batch: &BatchRow) -> Result<()> {
        self.store_batch(&INSERT, &scope.org, &scope.sandbox_id, batch).await?;
        self.set_uploads(scope, &batch.batch_id, true).await?;
        self.record(scope, "create", ("batch", &batch.batch_id), &json!({ "datasetId": batch.dataset_id })).await
    }

    /// Stores what a client made of a batch by `action`.
    pub async fn change_batch(&mut self, scope: &Scope, batch: &BatchRow, action: &str) -> Result<()> {
        self.put_batch(scope, batch).await?;
        self.record(scope, "update", ("batch", &batch.batch_id), &json!({ "action": action })).await
    }

    /// Says that the files of a batch are being read, where it is still waiting for that.
    pub async fn begin_batch(&mut self, scope: &Scope, batch_id: &str, now_ms: i64) -> Result<()> {
        let Some(mut batch) = self.lock_batch(scope, batch_id).await? else { return Ok(()) };
        if batch.status == BatchStatus::Loaded.as_str() {
            batch.set_status(BatchStatus::Processing, now_ms);
            batch.doc["started"] = now_ms.into();
            self.put_batch(scope, &batch).await?;
        }
        Ok(())
    }

    /// Stores a batch, new or in place of what it was.
    pub async fn put_batch(&mut self, scope: &Scope, batch: &BatchRow) -> Result<()> {
        self.store_batch(&PUT, &scope.org, &scope.sandbox_id, batch).await
    }

    pub(crate) async fn put_batch_at(&mut self, org: &str, sandbox_id: &str, batch: &BatchRow) -> Result<()> {
        self.store_batch(&PUT, org, sandbox_id, batch).await
    }

    async fn store_batch(&mut self, sql: &Sql, org: &str, sandbox_id: &str, batch: &BatchRow) -> Result<()> {
        let doc = to_json(&batch.doc, "batch")?;
        let row = [
            Arg::Text(org),
            Arg::Text(sandbox_id),
            Arg::Text(&batch.batch_id),
            Arg::Text(&batch.dataset_id),
            Arg::Text(&batch.run_id),
            Arg::Text(&batch.flow_id),
            Arg::Text(&batch.status),
            Arg::Int(batch.created_ms),
            Arg::OptInt(batch.completed_ms),
            Arg::Int(batch.records_read),
            Arg::Int(batch.records_written),
            Arg::Int(batch.records_failed),
            Arg::Int(batch.bytes_read),
            Arg::Int(batch.bytes_written),
            Arg::Text(&doc),
        ];
        self.conn.run(sql, &row).await.map(drop)
    }

    /// Notes the files of a batch in their order; `Taken` when a path already belongs to a batch.
    pub(crate) async fn insert_files(
        &mut self,
        org: &str,
        sandbox_id: &str,
        batch: &BatchRow,
        files: &[DataFileRow],
    ) -> Result<()> {
        self.insert_files_from(org, sandbox_id, batch, files, 0).await
    }

    /// The same behind those that the batch has.
    pub(crate) async fn insert_files_from(
        &mut self,
        org: &str,
        sandbox_id: &str,
        batch: &BatchRow,
        files: &[DataFileRow],
        first: i64,
    ) -> Result<()> {
        for (chunk, files) in files.chunks(BULK_ROWS).enumerate() {
            if files.iter().any(|file| file.path.contains('\0')) {
                return Err(StoreError::NulCharacter);
            }
            let rows: Vec<_> =
                files.iter().map(|file| (&file.path, file.size_bytes, file.records, file.file_records)).collect();
            let rows = to_json(&rows, "file")?;
            let args = [
                Arg::Text(org),
                Arg::Text(sandbox_id),
                Arg::Text(&batch.batch_id),
                Arg::Text(&batch.dataset_id),
                Arg::Int(first + (chunk * BULK_ROWS) as i64),
                Arg::Text(&rows),
            ];
            self.conn.run(&INSERT_FILES, &args).await?;
        }
        Ok(())
    }

    /// The batch with this id.
    pub async fn batch(&mut self, scope: &Scope, batch_id: &str) -> Result<Option<BatchRow>> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(batch_id)];
        self.conn.row(&GET, &args).await?.as_ref().map(batch_row).transpose()
    }

    /// The batch that a run made.
    pub async fn batch_of_run(&mut self, scope: &Scope, run_id: &str) -> Result<Option<BatchRow>> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(run_id)];
        self.conn.row(&OF_RUN, &args).await?.as_ref().map(batch_row).transpose()
    }

    /// Whether the ledger has an object of a batch that the caller has found in its sandbox.
    pub async fn batch_has_object(&mut self, batch_id: &str, container: &str, key: &str) -> Result<bool> {
        self.conn.exists(&HAS_OBJECT, &[Arg::Text(batch_id), Arg::Text(container), Arg::Text(key)]).await
    }

    /// The batch with this id, which nobody else changes until this transaction ends.
    pub async fn lock_batch(&mut self, scope: &Scope, batch_id: &str) -> Result<Option<BatchRow>> {
        self.lock_batch_at(&scope.org, &scope.sandbox_id, batch_id).await
    }

    pub(crate) async fn lock_batch_at(
        &mut self,
        org: &str,
        sandbox_id: &str,
        batch_id: &str,
    ) -> Result<Option<BatchRow>> {
        let args = [Arg::Text(org), Arg::Text(sandbox_id), Arg::Text(batch_id)];
        self.conn.row(&LOCK, &args).await?.as_ref().map(batch_row).transpose()
    }

    /// At most `limit` batches that were made in a time, of one dataset or of all, newest first, without the first
    /// `start`.
    pub async fn batches(
        &mut self,
        scope: &Scope,
        dataset_id: Option<&str>,
        created_ms: &Range<i64>,
        limit: u32,
        start: u32,
    ) -> Result<Vec<BatchRow>> {
        let window = [
            Arg::Text(&scope.org),
            Arg::Text(&scope.sandbox_id),
            Arg::Int(limit.into()),
            Arg::Int(start.into()),
            Arg::Int(created_ms.start),
            Arg::Int(created_ms.end),
        ];
        let rows = match dataset_id {
            None => self.conn.rows(&LIST, &window).await?,
            Some(id) => self.conn.rows(&LIST_OF_DATASET, &[&window[..], &[Arg::Text(id)]].concat()).await?,
        };
        rows.iter().map(batch_row).collect()
    }

    /// The newest batch of a dataset, in this status or in any.
    pub async fn last_batch(
        &mut self,
        scope: &Scope,
        dataset_id: &str,
        status: Option<BatchStatus>,
    ) -> Result<Option<BatchRow>> {
        let status = status.map_or("", BatchStatus::as_str);
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(dataset_id), Arg::Text(status)];
        self.conn.row(&LAST, &args).await?.as_ref().map(batch_row).transpose()
    }

    /// The files of a batch in their order.
    pub async fn files_of_batch(&mut self, scope: &Scope, batch_id: &str) -> Result<Vec<DataFileRow>> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(batch_id)];
        self.conn.rows(&FILES_OF_BATCH, &args).await?.iter().map(file_row).collect()
    }

    /// One file of a batch.
    pub async fn file(&mut self, scope: &Scope, batch_id: &str, ord: i64) -> Result<Option<DataFileRow>> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(batch_id), Arg::Int(ord)];
        self.conn.row(&FILE, &args).await?.as_ref().map(file_row).transpose()
    }

    /// At most `limit` files of a dataset that its table has, those of the newest batch first.
    pub async fn files_of_dataset(&mut self, scope: &Scope, dataset_id: &str, limit: u32) -> Result<Vec<DataFileRow>> {
        let limit = Arg::Int(limit.into());
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(dataset_id), limit];
        self.conn.rows(&FILES_OF_DATASET, &args).await?.iter().map(file_row).collect()
    }
}

fn batch_row(row: &Row) -> Result<BatchRow> {
    Ok(BatchRow {
        batch_id: row.text(0)?,
        dataset_id: row.text(1)?,
        run_id: row.text(2)?,
        flow_id: row.text(3)?,
        status: row.text(4)?,
        created_ms: row.int(5)?,
        completed_ms: row.opt_int(6)?,
        records_read: row.int(7)?,
        records_written: row.int(8)?,
        records_failed: row.int(9)?,
        bytes_read: row.int(10)?,
        bytes_written: row.int(11)?,
        doc: row.json(12, "batch")?,
    })
}

pub(crate) fn file_row(row: &Row) -> Result<DataFileRow> {
    Ok(DataFileRow {
        batch_id: row.text(0)?,
        ord: row.int(1)?,
        dataset_id: row.text(2)?,
        path: row.text(3)?,
        size_bytes: row.int(4)?,
        records: row.int(5)?,
        // Files of versions that did not note it are of one batch.
        file_records: row.int(5)?.max(row.int(6)?),
    })
}
