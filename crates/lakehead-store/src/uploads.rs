//! Files that clients upload into batches. The row decides which file counts: a file on disk without one is nobody's.

use lakehead_model::Scope;
use lakehead_model::batch::{BatchStatus, Pieces};

use crate::db::{Arg, Row, Sql, to_json};
use crate::error::{Result, StoreError};
use crate::store::Tx;

/// A file of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    /// The batch.
    pub batch_id: String,
    /// Path inside the batch, as the client named it.
    pub path: String,
    /// Names the folder that the file is in.
    pub upload_id: String,
    /// Its size; of a file in pieces, the bytes that have arrived.
    pub size_bytes: i64,
    /// What has arrived of a file in pieces; `None` once it is whole.
    pub pieces: Option<Pieces>,
}

/// How much a batch holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UploadTotals {
    /// Files, whole and in pieces.
    pub files: i64,
    /// Those of them that are not whole.
    pub open: i64,
    /// Bytes.
    pub bytes: i64,
}

const PUT: Sql = Sql::same(
    "INSERT INTO batch_upload (org, sandbox_id, batch_id, path, upload_id, size_bytes, pieces, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (org, sandbox_id, batch_id, path) DO UPDATE SET upload_id = excluded.upload_id,
         size_bytes = excluded.size_bytes, pieces = excluded.pieces, updated_at = excluded.updated_at",
);
const GET: Sql = Sql::same(
    "SELECT batch_id, path, upload_id, size_bytes, pieces FROM batch_upload
     WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3 AND path = $4",
);
const LIST: Sql = Sql::same(
    "SELECT batch_id, path, upload_id, size_bytes, pieces FROM batch_upload
     WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3 ORDER BY path LIMIT $4",
);
const TOTALS: Sql = Sql::each(
    "SELECT count(*), count(pieces), coalesce(sum(size_bytes), 0) FROM batch_upload
     WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3",
    "SELECT count(*), count(pieces), coalesce(sum(size_bytes), 0)::bigint FROM batch_upload
     WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3",
);

/// Files of batches that have ended need not be read again. A file that was cut off has no row: the batch says that it may
/// have some.
const ENDED: Sql = Sql::same(
    "SELECT org, sandbox_id, dataset_id, batch_id FROM batch
     WHERE has_uploads = 1 AND status NOT IN ('loading', 'loaded', 'processing') AND completed_at <= $1 LIMIT $2",
);
const FORGET: Sql = Sql::same("DELETE FROM batch_upload WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3");
const SET_UPLOADS: Sql =
    Sql::same("UPDATE batch SET has_uploads = $4 WHERE org = $1 AND sandbox_id = $2 AND batch_id = $3");

const FORGOTTEN: Sql = Sql::same(
    "SELECT b.org, b.sandbox_id, b.batch_id FROM batch b
     WHERE b.status = 'loading' AND b.created_at <= $1 AND NOT EXISTS (
         SELECT 1 FROM batch_upload u WHERE u.org = b.org AND u.sandbox_id = b.sandbox_id
           AND u.batch_id = b.batch_id AND u.updated_at > $1)
     LIMIT $2",
);

/// A batch whose uploads are not needed any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedUploads {
    /// Organisation and sandbox; without the name of the sandbox.
    pub scope: Scope,
    /// The dataset of the batch.
    pub dataset_id: String,
    /// The batch.
    pub batch_id: String,
}

impl Tx {
    /// Batches that ended at least `older_than_ms` milliseconds ago and still have uploads.
    pub async fn ended_uploads(&mut self, older_than_ms: i64, limit: u32) -> Result<Vec<EndedUploads>> {
        let horizon_ms = self.now_ms().await?.saturating_sub(older_than_ms);
        let rows = self.conn.rows(&ENDED, &[Arg::Int(horizon_ms), Arg::Int(limit.into())]).await?;
        let ended = rows.iter().map(|row| {
            let scope = Scope { org: row.text(0)?, sandbox_id: row.text(1)?, sandbox_name: String::new() };
            Ok(EndedUploads { scope, dataset_id: row.text(2)?, batch_id: row.text(3)? })
        });
        ended.collect()
    }

    /// Gives up batches into which nothing was uploaded for `older_than_ms` milliseconds and which nobody completed; answers
    /// how many.
    pub async fn abandon_batches(&mut self, older_than_ms: i64, limit: u32) -> Result<u64> {
        let now_ms = self.now_ms().await?;
        let args = [Arg::Int(now_ms.saturating_sub(older_than_ms)), Arg::Int(limit.into())];
        let mut abandoned = 0;
        for row in self.conn.rows(&FORGOTTEN, &args).await? {
            let (org, sandbox_id, id) = (row.text(0)?, row.text(1)?, row.text(2)?);
            let Some(mut batch) = self.lock_batch_at(&org, &sandbox_id, &id).await? else { continue };
            if batch.status == BatchStatus::Loading.as_str() {
                batch.set_status(BatchStatus::Abandoned, now_ms);
                batch.completed_ms = Some(now_ms);
                batch.doc["completed"] = now_ms.into();
                self.put_batch_at(&org, &sandbox_id, &batch).await?;
                abandoned += 1;
            }
        }
        Ok(abandoned)
    }

    /// Forgets the uploads of a batch, after their folder was deleted.
    pub async fn forget_uploads(&mut self, scope: &Scope, batch_id: &str) -> Result<()> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(batch_id)];
        self.conn.run(&FORGET, &args).await?;
        self.set_uploads(scope, batch_id, false).await
    }

    /// Says whether a batch may have uploads on disk.
    pub(crate) async fn set_uploads(&mut self, scope: &Scope, batch_id: &str, has: bool) -> Result<()> {
        let (org, sandbox_id) = (Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id));
        self.conn.run(&SET_UPLOADS, &[org, sandbox_id, Arg::Text(batch_id), Arg::Int(has.into())]).await.map(drop)
    }

    /// Notes a file of a batch, new or in place of what the path named before.
    pub async fn put_upload(&mut self, scope: &Scope, upload: &UploadRow) -> Result<()> {
        let pieces = upload.pieces.as_ref().map(|pieces| to_json(pieces, "upload")).transpose()?;
        let row = [
            Arg::Text(&scope.org),
            Arg::Text(&scope.sandbox_id),
            Arg::Text(&upload.batch_id),
            Arg::Text(&upload.path),
            Arg::Text(&upload.upload_id),
            Arg::Int(upload.size_bytes),
            Arg::OptText(pieces.as_deref()),
            Arg::Int(self.now_ms().await?),
        ];
        self.conn.run(&PUT, &row).await.map(drop)
    }

    /// The file at a path of a batch.
    pub async fn upload(&mut self, scope: &Scope, batch_id: &str, path: &str) -> Result<Option<UploadRow>> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(batch_id), Arg::Text(path)];
        self.conn.row(&GET, &args).await?.as_ref().map(upload_row).transpose()
    }

    /// At most `limit` files of a batch, by path.
    pub async fn uploads(&mut self, scope: &Scope, batch_id: &str, limit: u32) -> Result<Vec<UploadRow>> {
        let limit = Arg::Int(limit.into());
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(batch_id), limit];
        self.conn.rows(&LIST, &args).await?.iter().map(upload_row).collect()
    }

    /// How much a batch holds.
    pub async fn upload_totals(&mut self, scope: &Scope, batch_id: &str) -> Result<UploadTotals> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(batch_id)];
        let Some(row) = self.conn.row(&TOTALS, &args).await? else { return Ok(UploadTotals::default()) };
        Ok(UploadTotals { files: row.int(0)?, open: row.int(1)?, bytes: row.int(2)? })
    }
}

fn upload_row(row: &Row) -> Result<UploadRow> {
    let pieces = row.opt_text(4)?.map(|text| serde_json::from_str(&text)).transpose();
    Ok(UploadRow {
        batch_id: row.text(0)?,
        path: row.text(1)?,
        upload_id: row.text(2)?,
        size_bytes: row.int(3)?,
        pieces: pieces.map_err(|_| StoreError::Damaged { what: "upload" })?,
    })
}
