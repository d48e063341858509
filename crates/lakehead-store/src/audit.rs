//! The audit trail: who changed what, and who used which secret, written in the transaction of the change itself.
//!
//! [`Tx`] writes it by itself for documents, secrets, runs on demand, fenced flows, organisations, sandboxes, clients,
//! users and roles, in the name of its origin; what the server does on its own account (schedules, states of runs) is told by the runs.

use lakehead_model::Scope;
use serde_json::{Map, Value};

use crate::db::{Arg, Row, Sql, to_json};
use crate::error::Result;
use crate::store::Tx;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow {
    /// Its place in the order.
    pub seq: i64,
    /// The sandbox; empty where it concerns the organisation.
    pub sandbox_id: String,
    /// When, epoch milliseconds of the database.
    pub at_ms: i64,
    /// Who did it.
    pub user: String,
    /// Through which client.
    pub client: String,
    /// In which request; empty for the server itself.
    pub request_id: String,
    /// What was done, such as `create` or `use-secret`.
    pub action: String,
    /// To what kind of thing.
    pub kind: String,
    /// To which one.
    pub object_id: String,
    /// More, such as the name; never a secret.
    pub detail: Value,
}

/// Which rows to read; what is `None` is not asked for.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Exactly this action.
    pub action: Option<String>,
    /// Exactly this kind.
    pub kind: Option<String>,
    /// Exactly this object.
    pub object_id: Option<String>,
    /// Exactly this user.
    pub user: Option<String>,
    /// Exactly this request.
    pub request_id: Option<String>,
    /// Exactly this sandbox id.
    pub sandbox_id: Option<String>,
    /// From this time on, epoch milliseconds.
    pub from_ms: Option<i64>,
    /// Up to this time, epoch milliseconds.
    pub until_ms: Option<i64>,
    /// Older than this place in the order.
    pub before_seq: Option<i64>,
}

/// Members of a document that change with every change.
const BOOKKEEPING: &[&str] = &[
    "etag",
    "version",
    "updatedAt",
    "updatedAtMs",
    "updatedBy",
    "updated_at_ms",
    "updated_by",
    "updatedClient",
    "updated",
    "updatedUser",
    "modifiedDate",
    "lastOperation",
    "meta:registryMetadata",
];
/// The member of a document that holds what clients see of it.
const INNER: &str = "body";

const INSERT: Sql = Sql::each(
    "INSERT INTO audit (at_ms, org, sandbox_id, actor_user, actor_client, request_id, action, kind, object_id, detail)
     VALUES (CAST(unixepoch('subsec') * 1000 AS INTEGER), $1, $2, $3, $4, $5, $6, $7, $8, $9)",
    "INSERT INTO audit (at_ms, org, sandbox_id, actor_user, actor_client, request_id, action, kind, object_id, detail)
     VALUES ((extract(epoch FROM clock_timestamp()) * 1000)::bigint, $1, $2, $3, $4, $5, $6, $7, $8, $9)",
);
const SELECT: Sql = Sql::each(
    "SELECT seq, sandbox_id, at_ms, actor_user, actor_client, request_id, action, kind, object_id, detail FROM audit
     WHERE org = $1 AND seq < $2 AND at_ms >= $3 AND at_ms <= $4
       AND ($5 IS NULL OR action = $5) AND ($6 IS NULL OR kind = $6) AND ($7 IS NULL OR object_id = $7)
       AND ($8 IS NULL OR actor_user = $8) AND ($9 IS NULL OR request_id = $9) AND ($11 IS NULL OR sandbox_id = $11)
     ORDER BY seq DESC LIMIT $10",
    "SELECT seq, sandbox_id, at_ms, actor_user, actor_client, request_id, action, kind, object_id, detail FROM audit
     WHERE org = $1 AND seq < $2 AND at_ms >= $3 AND at_ms <= $4
       AND ($5::text IS NULL OR action = $5) AND ($6::text IS NULL OR kind = $6)
       AND ($7::text IS NULL OR object_id = $7) AND ($8::text IS NULL OR actor_user = $8)
       AND ($9::text IS NULL OR request_id = $9) AND ($11::text IS NULL OR sandbox_id = $11)
     ORDER BY seq DESC LIMIT $10",
);
const BODY: Sql = Sql::same("SELECT body FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4");
/// Looks at the oldest rows only, so that it needs no index on the time.
const PRUNE: Sql =
    Sql::same("DELETE FROM audit WHERE at_ms < $1 AND seq IN (SELECT seq FROM audit ORDER BY seq LIMIT $2)");

impl Tx {
    /// Names what the next changes of this transaction are, where `update` says too little.
    pub fn because(&mut self, action: &'static str) {
        self.action = Some(action);
    }

    /// Notes what was done to something of a sandbox.
    pub(crate) async fn record(
        &mut self,
        scope: &Scope,
        action: &'static str,
        (kind, id): (&str, &str),
        detail: &Value,
    ) -> Result<()> {
        self.record_in(&scope.org, &scope.sandbox_id, action, (kind, id), detail).await
    }

    /// Notes what was done to something of an organisation; `sandbox_id` is empty where there is none.
    pub(crate) async fn record_in(
        &mut self,
        org: &str,
        sandbox_id: &str,
        action: &'static str,
        (kind, id): (&str, &str),
        detail: &Value,
    ) -> Result<()> {
        let action = match (action, self.action) {
            ("update", Some(precise)) => precise,
            _ => action,
        };
        let detail = to_json(detail, "audit")?;
        let row = [
            Arg::Text(org),
            Arg::Text(sandbox_id),
            Arg::Text(&self.origin.actor.user),
            Arg::Text(&self.origin.actor.client),
            Arg::Text(&self.origin.request_id),
            Arg::Text(action),
            Arg::Text(kind),
            Arg::Text(id),
            Arg::Text(&detail),
        ];
        self.conn.run(&INSERT, &row).await.map(drop)
    }

    /// Names of the members that differ between the stored document of this key and `body`: the top-level ones, and, as
    /// `body.name`, those of a member `body`, which is what clients know of some documents. What always changes is left
    /// out. Names, never values: they may be anything.
    pub(crate) async fn changed_members(&mut self, key: &[Arg<'_>; 4], body: &str) -> Result<Vec<String>> {
        let Some(row) = self.conn.row(&BODY, key).await? else { return Ok(Vec::new()) };
        let members = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
        let (before, after) = (members(&row.text(0)?), members(body));
        let mut changed = differing(&before, &after);
        if let (Some(Value::Object(before)), Some(Value::Object(after))) = (before.get(INNER), after.get(INNER)) {
            changed.retain(|name| name != INNER);
            changed.extend(differing(before, after).iter().map(|name| format!("{INNER}.{name}")));
        }
        changed.sort();
        Ok(changed)
    }

    /// What was done in an organisation, newest first.
    pub async fn audit(&mut self, org: &str, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditRow>> {
        let args = [
            Arg::Text(org),
            Arg::Int(filter.before_seq.unwrap_or(i64::MAX)),
            Arg::Int(filter.from_ms.unwrap_or(i64::MIN)),
            Arg::Int(filter.until_ms.unwrap_or(i64::MAX)),
            Arg::OptText(filter.action.as_deref()),
            Arg::OptText(filter.kind.as_deref()),
            Arg::OptText(filter.object_id.as_deref()),
            Arg::OptText(filter.user.as_deref()),
            Arg::OptText(filter.request_id.as_deref()),
            Arg::Int(limit.into()),
            Arg::OptText(filter.sandbox_id.as_deref()),
        ];
        self.conn.rows(&SELECT, &args).await?.iter().map(audit_row).collect()
    }

    /// Forgets rows that are older than `keep_ms`, looking at the `limit` oldest; answers how many those were.
    pub async fn prune_audit(&mut self, keep_ms: i64, limit: u32) -> Result<u64> {
        let before_ms = self.now_ms().await?.saturating_sub(keep_ms);
        self.conn.run(&PRUNE, &[Arg::Int(before_ms), Arg::Int(limit.into())]).await
    }
}

/// Names of members that only one of the two has, or that differ.
fn differing(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let new_or_other = after.iter().filter(|(name, value)| before.get(*name) != Some(value)).map(|(name, _)| name);
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    new_or_other.chain(gone).filter(|name| !BOOKKEEPING.contains(&name.as_str())).cloned().collect()
}

fn audit_row(row: &Row) -> Result<AuditRow> {
    Ok(AuditRow {
        seq: row.int(0)?,
        sandbox_id: row.text(1)?,
        at_ms: row.int(2)?,
        user: row.text(3)?,
        client: row.text(4)?,
        request_id: row.text(5)?,
        action: row.text(6)?,
        kind: row.text(7)?,
        object_id: row.text(8)?,
        detail: row.json(9, "audit")?,
    })
}
