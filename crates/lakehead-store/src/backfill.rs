//! Rows of earlier versions are brought to this one when the database is opened: in chunks, so that nothing waits
//! long, and each as often as needed, so that a crash in between does no harm.

use serde_json::Value;

use crate::db::{Arg, Sql};
use crate::documents::DocumentKind;
use crate::error::{Result, StoreError};
use crate::fields::{self, Owner, Part};
use crate::store::{Store, Tx};

/// Rows of one transaction.
const CHUNK: i64 = 200;

/// The index of values.
const FIELD: &str = "field";
/// What names are searched by, in the index of values.
const SEARCH: &str = "search";

const IS_DONE: Sql = Sql::same("SELECT done FROM backfill WHERE step = $1");
const DONE: Sql = Sql::same("UPDATE backfill SET done = 1 WHERE step = $1");
const DOCUMENTS: Sql = Sql::each(
    "SELECT org, sandbox_id, kind, id, created_at, body FROM document WHERE (org, sandbox_id, kind, id) > ($1, $2, $3, $4)
     ORDER BY org, sandbox_id, kind, id LIMIT $5",
    "SELECT org, sandbox_id, kind, id, created_at, body FROM document WHERE (org, sandbox_id, kind, id) > ($1, $2, $3, $4)
     ORDER BY org, sandbox_id, kind, id LIMIT $5 FOR NO KEY UPDATE",
);
const RUNS: Sql = Sql::same("SELECT run_id FROM flow_run WHERE run_id > $1 ORDER BY run_id LIMIT $2");

impl Store {
    /// Does what is not done yet.
    pub(crate) async fn backfill(&self) -> Result<()> {
        if !self.is_done(FIELD).await? {
            self.each_document(FIELD).await?;
            self.index_runs().await?;
            self.done(FIELD).await?;
        }
        if !self.is_done(SEARCH).await? {
            self.each_document(SEARCH).await?;
            self.done(SEARCH).await?;
        }
        Ok(())
    }

    async fn is_done(&self, step: &str) -> Result<bool> {
        let mut tx = self.read().await?;
        let row = tx.conn.row(&IS_DONE, &[Arg::Text(step)]).await?.ok_or(StoreError::Damaged { what: "backfill" })?;
        Ok(row.int(0)? != 0)
    }

    async fn done(&self, step: &str) -> Result<()> {
        let mut tx = self.write().await?;
        tx.conn.run(&DONE, &[Arg::Text(step)]).await?;
        tx.commit().await
    }

    async fn each_document(&self, step: &str) -> Result<()> {
        let mut after = Some([const { String::new() }; 4]);
        while let Some(place) = after {
            let mut tx = self.write().await?;
            after = tx.index_documents(&place, step).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Indexes the values of runs that were stored before there was an index.
    async fn index_runs(&self) -> Result<()> {
        let mut after = Some(String::new());
        while let Some(run_id) = after {
            let mut tx = self.write().await?;
            after = tx.index_runs(&run_id).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

impl Tx {
    /// Does a step for the next documents and answers the key of the last; `None` at the end.
    async fn index_documents(&mut self, after: &[String; 4], step: &str) -> Result<Option<[String; 4]>> {
        let [org, sandbox_id, kind, id] = after;
        let args = [Arg::Text(org), Arg::Text(sandbox_id), Arg::Text(kind), Arg::Text(id), Arg::Int(CHUNK)];
        let mut last = None;
        for row in self.conn.rows(&DOCUMENTS, &args).await? {
            let key = [row.text(0)?, row.text(1)?, row.text(2)?, row.text(3)?];
            let [org, sandbox_id, kind, id] = &key;
            let known = DocumentKind::from_text(kind)?;
            if known.is_listed() {
                let owner = Owner { org, sandbox_id, kind, id, created_at_ms: row.int(4)? };
                let document = row.json(5, known.as_str())?;
                match step {
                    SEARCH => self.insert_fields(&owner, &[&fields::of_search(&document)]).await?,
                    _ => self.index_document(&owner, known, &document).await?,
                }
            }
            last = Some(key);
        }
        Ok(last)
    }

    /// Indexes the values of a document that was stored before there was an index.
    async fn index_document(&mut self, owner: &Owner<'_>, kind: DocumentKind, document: &Value) -> Result<()> {
        self.set_fields(owner, &fields::of_stored(kind, document), Part::Own).await?;
        if kind == DocumentKind::Flow {
            self.set_fields(owner, &fields::of_last_run(None), Part::LastRun).await?;
            self.forget_last_run(owner).await?;
            self.refresh_last_run(owner.org, owner.sandbox_id, owner.id).await?;
        }
        Ok(())
    }

    async fn index_runs(&mut self, after: &str) -> Result<Option<String>> {
        let mut last = None;
        for row in self.conn.rows(&RUNS, &[Arg::Text(after), Arg::Int(CHUNK)]).await? {
            let run_id = row.text(0)?;
            self.run_changed(&run_id).await?;
            last = Some(run_id);
        }
        Ok(last)
    }
}
