//! The life of a sandbox, and the door that everything written into it goes through.
//!
//! `creating` → `active` → `resetting` → `active`, or `deleting` → `deleted`. Whoever writes for a caller enters the
//! sandbox first ([`Store::write_in`]). Closing it waits for those who are inside and turns away those who come later,
//! so that what [`crate::purge`] removes afterwards stays removed. On PostgreSQL an advisory lock does that: unlike a
//! row lock it is fair, and it writes nothing. SQLite has one writer at a time anyway.

use lakehead_model::{Etag, Origin, Scope};
use serde_json::json;

use crate::db::{Arg, Sql};
use crate::error::{Result, StoreError};
use crate::store::{Store, Tx};
use crate::tenants::{Sandbox, sandbox};

/// What a sandbox is closed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Everything in it goes; the sandbox stays.
    Reset,
    /// Everything in it goes, and so does the sandbox.
    Delete,
}

impl Closing {
    const fn state(self) -> &'static str {
        match self {
            Self::Reset => "resetting",
            Self::Delete => "deleting",
        }
    }

    /// What the audit trail calls it.
    const fn action(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Delete => "delete",
        }
    }
}

/// A sandbox on its way from one state to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfinishedSandbox {
    /// Its organisation.
    pub org: String,
    /// UUID.
    pub id: String,
    /// `creating`, `resetting` or `deleting`.
    pub state: String,
    /// How often it was closed; tells this time from the next.
    pub generation: i64,
}

impl UnfinishedSandbox {
    /// Whether it has to be emptied before it can be finished.
    pub fn is_closing(&self) -> bool {
        self.state != "creating"
    }

    /// The state it will have then.
    pub fn end(&self) -> &'static str {
        if self.state == Closing::Delete.state() { "deleted" } else { "active" }
    }

    /// Organisation, id, state, generation.
    fn args(&self) -> [Arg<'_>; 4] {
        [Arg::Text(&self.org), Arg::Text(&self.id), Arg::Text(&self.state), Arg::Int(self.generation)]
    }
}

/// As [`crate::runs`] has it: a lease further in the future is from a clock that has been set back since.
const ODDEST_LEASE_MS: i64 = 600_000;

const SHARE: Sql = Sql::each("SELECT $1", "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))");
const EXCLUDE: Sql = Sql::each("SELECT $1", "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))");
const IS_OPEN: Sql = Sql::same(
    "SELECT 1 FROM sandbox
     WHERE org = $1 AND id = $2 AND state = 'active' AND generation = coalesce($3, generation)",
);
const IS_AS_IT_WAS: Sql =
    Sql::same("SELECT 1 FROM sandbox WHERE org = $1 AND id = $2 AND state = $3 AND generation = $4");
const CLOSE: Sql = Sql::same(
    "UPDATE sandbox SET state = $3, generation = generation + 1, etag = etag + 1, modified_at = $4, modified_by = $5
     WHERE org = $1 AND id = $2 AND state IN ('active', 'failed')
     RETURNING id, name, title, kind, state, is_default, region, created_at, created_by, modified_at, modified_by,
         etag, generation",
);
const UNSCHEDULE: Sql = Sql::same("DELETE FROM flow_run WHERE org = $1 AND sandbox_id = $2 AND state = 'scheduled'");
const FENCE: Sql = Sql::same(
    "UPDATE flow_run SET state = 'failed', epoch = epoch + 1, updated_at = $3, etag = $4
     WHERE org = $1 AND sandbox_id = $2 AND state IN ('claimed', 'running', 'committing')",
);
const LEASED: Sql = Sql::same(
    "SELECT 1 FROM flow_run
     WHERE org = $1 AND sandbox_id = $2 AND lease_until > $3 AND lease_until <= $3 + $4 LIMIT 1",
);
const UNFINISHED: Sql = Sql::same(
    "SELECT org, id, state, generation FROM sandbox WHERE state IN ('creating', 'resetting', 'deleting')
     ORDER BY state, modified_at, id LIMIT $1",
);
const FINISH: Sql = Sql::same(
    "UPDATE sandbox SET state = $5, etag = etag + 1, modified_at = $6
     WHERE org = $1 AND id = $2 AND state = $3 AND generation = $4",
);
const RENAME: Sql = Sql::same(
    "UPDATE sandbox SET title = $3, etag = etag + 1, modified_at = $4, modified_by = $5
     WHERE org = $1 AND id = $2 AND state <> 'deleted'
     RETURNING id, name, title, kind, state, is_default, region, created_at, created_by, modified_at, modified_by,
         etag, generation",
);
const EVER_NAMED: Sql = Sql::same(
    "SELECT id, name, title, kind, state, is_default, region, created_at, created_by, modified_at, modified_by, etag,
         generation
     FROM sandbox WHERE org = $1 AND name = $2
     ORDER BY CASE state WHEN 'deleted' THEN 1 ELSE 0 END, created_at DESC, id DESC LIMIT 1",
);
const DELETED: Sql = Sql::same(
    "SELECT id, name, title, kind, state, is_default, region, created_at, created_by, modified_at, modified_by, etag,
         generation
     FROM sandbox WHERE org = $1 AND state = 'deleted' ORDER BY created_at DESC, id DESC LIMIT $2",
);
const LOCK_ORG: Sql = Sql::each(
    "SELECT 1 FROM organisation WHERE org = $1",
    "SELECT 1 FROM organisation WHERE org = $1 FOR NO KEY UPDATE",
);
/// Noting it again begins its waiting time anew.
const ANNOUNCE: Sql = Sql::same(
    "INSERT INTO file_intent (path, table_id, run_id, epoch, kind, created_at) VALUES ($1, $2, '', 0, $3, $4)
     ON CONFLICT (path) DO UPDATE SET created_at = excluded.created_at",
);

impl Store {
    /// A transaction that may write into one sandbox; [`StoreError::SandboxClosed`] where that is not active. With
    /// `generation`, also where it was reset since that was read.
    pub async fn write_in(&self, scope: &Scope, generation: Option<i64>, origin: Origin) -> Result<Tx> {
        let mut tx = self.write_as(origin).await?;
        tx.conn.run(&SHARE, &[Arg::Text(&door(&scope.sandbox_id))]).await?;
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::OptInt(generation)];
        if tx.conn.exists(&IS_OPEN, &args).await? {
            return Ok(tx);
        }
        tx.rollback().await?;
        Err(StoreError::SandboxClosed)
    }

    /// Moves a sandbox on to the state it is on its way to; `false` where somebody else did.
    pub async fn finish_sandbox(&self, sandbox: &UnfinishedSandbox) -> Result<bool> {
        let mut tx = self.write().await?;
        tx.conn.run(&EXCLUDE, &[Arg::Text(&door(&sandbox.id))]).await?;
        let [org, id, state, generation] = sandbox.args();
        let args = [org, id, state, generation, Arg::Text(sandbox.end()), Arg::Int(tx.now_ms().await?)];
        tx.access_changes();
        let finished = tx.conn.run(&FINISH, &args).await? > 0;
        tx.commit().await?;
        Ok(finished)
    }

    /// Notes folders of tables of a closed sandbox before they are deleted, as `(location, table)` with intents of
    /// `kind`: what appears in them once more is collected later. `false`, and nothing is noted, where the sandbox
    /// has been finished: the folders may be new then.
    pub async fn announce_folders(
        &self,
        sandbox: &UnfinishedSandbox,
        kind: &str,
        folders: &[(String, String)],
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        if !tx.stays_closed(sandbox).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        let now = Arg::Int(tx.now_ms().await?);
        for (location, table_id) in folders {
            tx.conn.run(&ANNOUNCE, &[Arg::Text(location), Arg::Text(table_id), Arg::Text(kind), now]).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

impl Tx {
    /// Whether a sandbox is still on the same way; if so, nobody can finish it before this transaction ends.
    pub(crate) async fn stays_closed(&mut self, sandbox: &UnfinishedSandbox) -> Result<bool> {
        self.conn.run(&EXCLUDE, &[Arg::Text(&door(&sandbox.id))]).await?;
        self.conn.exists(&IS_AS_IT_WAS, &sandbox.args()).await
    }

    /// Closes a sandbox: from the commit on, no caller and no schedule writes into it, and none of its runs can commit.
    /// `None` where it is neither active nor failed.
    pub async fn close_sandbox(&mut self, org: &str, id: &str, closing: Closing, by: &str) -> Result<Option<Sandbox>> {
        self.conn.run(&EXCLUDE, &[Arg::Text(&door(id))]).await?;
        let now = Arg::Int(self.now_ms().await?);
        let (org_id, org, id) = (org, Arg::Text(org), Arg::Text(id));
        let closed = self.conn.row(&CLOSE, &[org, id, Arg::Text(closing.state()), now, Arg::Text(by)]).await?;
        let Some(closed) = closed else { return Ok(None) };
        self.access_changes();
        // In this order: a run that is claimed in between is fenced.
        self.conn.run(&UNSCHEDULE, &[org, id]).await?;
        self.conn.run(&FENCE, &[org, id, now, Arg::Text(Etag::generate().as_str())]).await?;
        let closed = sandbox(&closed)?;
        let detail = json!({ "name": closed.name });
        self.record_in(org_id, &closed.id, closing.action(), ("sandbox", &closed.id), &detail).await?;
        Ok(Some(closed))
    }

    /// Whether nobody can be working on a run of the sandbox any more: every lease has run out.
    pub async fn sandbox_is_quiet(&mut self, org: &str, id: &str) -> Result<bool> {
        let now = Arg::Int(self.now_ms().await?);
        let args = [Arg::Text(org), Arg::Text(id), now, Arg::Int(ODDEST_LEASE_MS)];
        Ok(!self.conn.exists(&LEASED, &args).await?)
    }

    /// Sandboxes of every organisation that are on their way, the new ones first: they have nothing to wait for.
    pub async fn unfinished_sandboxes(&mut self, limit: u32) -> Result<Vec<UnfinishedSandbox>> {
        let rows = self.conn.rows(&UNFINISHED, &[Arg::Int(limit.into())]).await?;
        rows.iter()
            .map(|row| {
                Ok(UnfinishedSandbox {
                    org: row.text(0)?,
                    id: row.text(1)?,
                    state: row.text(2)?,
                    generation: row.int(3)?,
                })
            })
            .collect()
    }

    /// Gives a sandbox another title; `None` where it was deleted.
    pub async fn rename_sandbox(&mut self, org: &str, id: &str, title: &str, by: &str) -> Result<Option<Sandbox>> {
        let now = Arg::Int(self.now_ms().await?);
        let args = [Arg::Text(org), Arg::Text(id), Arg::Text(title), now, Arg::Text(by)];
        let Some(row) = self.conn.row(&RENAME, &args).await? else { return Ok(None) };
        let renamed = sandbox(&row)?;
        self.access_changes();
        let detail = json!({ "name": renamed.name });
        self.record_in(org, id, "update", ("sandbox", id), &detail).await?;
        Ok(Some(renamed))
    }

    /// The sandbox with this name: the living one, else the one that had the name last.
    pub async fn sandbox_ever_named(&mut self, org: &str, name: &str) -> Result<Option<Sandbox>> {
        let row = self.conn.row(&EVER_NAMED, &[Arg::Text(org), Arg::Text(name)]).await?;
        row.as_ref().map(sandbox).transpose()
    }

    /// Records of at most `limit` deleted sandboxes, the youngest first.
    pub async fn deleted_sandboxes(&mut self, org: &str, limit: u32) -> Result<Vec<Sandbox>> {
        let rows = self.conn.rows(&DELETED, &[Arg::Text(org), Arg::Int(limit.into())]).await?;
        rows.iter().map(sandbox).collect()
    }

    /// Nobody else counts or makes sandboxes, clients, users or roles of the organisation before this transaction ends.
    pub async fn lock_organisation(&mut self, org: &str) -> Result<()> {
        self.conn.row(&LOCK_ORG, &[Arg::Text(org)]).await.map(drop)
    }
}

/// Name of the lock of a sandbox.
fn door(id: &str) -> String {
    format!("sandbox {id}")
}
