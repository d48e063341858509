//! The index of values: what the lists of the Flow Service filter and order by. It is written in the transaction that
//! writes the resource, and only what differs.

use std::collections::BTreeSet;

use lakehead_model::Scope;
use lakehead_model::query::{self, Leaf, encode};
use serde::Serialize;
use serde_json::Value;

use crate::db::{Arg, Sql, to_json};
use crate::documents::{DocumentKey, DocumentKind};
use crate::error::{Result, StoreError};
use crate::store::Tx;

/// The kind under which values of runs are kept.
pub(crate) const RUN: &str = "run";
/// The member of a flow that is kept beside its document.
pub(crate) const LAST_RUN: &str = "lastRunDetails";
/// The member that says the same as `etag`; only that one is kept.
pub(crate) const SAME_AS_ETAG: &str = "version";
/// Most distinct values of one resource: a table of two thousand columns with their types.
const MAX_VALUES: usize = 4000;
/// Members of runs that nobody looks for and that may be many: files, and words for people.
const NOT_OF_RUNS: &[&str] = &["manifest", "message", "details"];

/// Whose values they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) org: &'a str,
    pub(crate) sandbox_id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) created_at_ms: i64,
}

/// The values of a flow are written at two times: with its document, and with its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Own,
    LastRun,
}

const INSERT: Sql = Sql::each(
    "INSERT INTO field (org, sandbox_id, kind, id, created_at, path, value)
     SELECT $1, $2, $3, $4, $5, json_extract(value, '$[0]'), json_extract(value, '$[1]')
     FROM json_each($6) WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO field (org, sandbox_id, kind, id, created_at, path, value)
     SELECT $1, $2, $3, $4, $5, value->>0, value->>1
     FROM jsonb_array_elements($6::jsonb) AS leaf (value) ON CONFLICT DO NOTHING",
);
const SELECT: Sql = Sql::same(
    "SELECT path, value FROM field WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4 AND created_at = $5",
);
const REMOVE: Sql = Sql::each(
    "DELETE FROM field WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4 AND created_at = $5
       AND (path, value) IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each($6))",
    "DELETE FROM field WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4 AND created_at = $5
       AND (path, value) IN (SELECT value->>0, value->>1 FROM jsonb_array_elements($6::jsonb) AS leaf (value))",
);
const FORGET: Sql = Sql::same("DELETE FROM field WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4");

impl<'a> Owner<'a> {
    pub(crate) fn document(scope: &'a Scope, kind: DocumentKind, key: &'a DocumentKey<'_>) -> Self {
        Self {
            org: &scope.org,
            sandbox_id: &scope.sandbox_id,
            kind: kind.as_str(),
            id: &key.id,
            created_at_ms: key.created_at_ms,
        }
    }

    /// A run of which only the identity is needed.
    pub(crate) fn run(org: &'a str, sandbox_id: &'a str, run_id: &'a str) -> Self {
        Self { org, sandbox_id, kind: RUN, id: run_id, created_at_ms: 0 }
    }

    fn key(&self) -> [Arg<'a>; 4] {
        [Arg::Text(self.org), Arg::Text(self.sandbox_id), Arg::Text(self.kind), Arg::Text(self.id)]
    }
}

impl Part {
    fn has(self, path: &str) -> bool {
        let of_last_run = path.strip_prefix(LAST_RUN).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        (self == Self::LastRun) == of_last_run
    }
}

/// The paths that lists are walked along in order: every resource of the kind has a value there, if only the one that
/// says that the member is absent. They hold no lists.
pub(crate) fn walked(kind: &str) -> &'static [&'static str] {
    match kind {
        RUN => &["etag", "state", "updatedAt", "flowId", "metrics.durationSummary.startedAtUTC"],
        "flow" => &["etag", "state", "updatedAt", "name", "createdBy", "updatedBy", "lastRunDetails.startedAtUTC"],
        _ => &["etag", "state", "updatedAt", "name", "createdBy", "updatedBy"],
    }
}

/// The values of a document, without those of a flow's last run; `TooManyValues` where it has too many.
pub(crate) fn of_document(kind: DocumentKind, document: &impl Serialize) -> Result<BTreeSet<Leaf>> {
    let document = serde_json::to_value(document).map_err(|_| StoreError::Damaged { what: kind.as_str() })?;
    let found = of_stored(kind, &document);
    if found.len() > MAX_VALUES { Err(StoreError::TooManyValues { limit: MAX_VALUES }) } else { Ok(found) }
}

/// The same of a document that is stored already: of too many values some are left out.
pub(crate) fn of_stored(kind: DocumentKind, document: &Value) -> BTreeSet<Leaf> {
    completed(kind.as_str(), query::leaves(document, &[], MAX_VALUES), Part::Own)
}

/// The values of a run as the API shows it.
pub(crate) fn of_run(shown: &Value) -> BTreeSet<Leaf> {
    completed(RUN, query::leaves(shown, NOT_OF_RUNS, MAX_VALUES), Part::Own)
}

/// The values that a flow has from its last run.
pub(crate) fn of_last_run(last_run: Option<&Value>) -> BTreeSet<Leaf> {
    let shown = last_run.map(|last_run| query::leaves(&serde_json::json!({ LAST_RUN: last_run }), &[], MAX_VALUES));
    completed(DocumentKind::Flow.as_str(), shown.unwrap_or_default(), Part::LastRun)
}

/// Notes what is absent.
fn completed(kind: &str, mut found: BTreeSet<Leaf>, part: Part) -> BTreeSet<Leaf> {
    found.retain(|(path, _)| path != SAME_AS_ETAG && part.has(path));
    for path in walked(kind).iter().filter(|path| part.has(path)) {
        if !found.iter().any(|(found, _)| found == path) {
            found.insert(((*path).to_owned(), encode::ABSENT.to_owned()));
        }
    }
    found
}

impl Tx {
    /// Stores the values of a new resource.
    pub(crate) async fn add_fields(&mut self, owner: &Owner<'_>, leaves: &BTreeSet<Leaf>) -> Result<()> {
        self.change_fields(&INSERT, owner, &leaves.iter().collect::<Vec<_>>()).await
    }

    /// Makes `leaves` the values of one part of a resource.
    pub(crate) async fn set_fields(&mut self, owner: &Owner<'_>, leaves: &BTreeSet<Leaf>, part: Part) -> Result<()> {
        let [org, sandbox_id, kind, id] = owner.key();
        let rows = self.conn.rows(&SELECT, &[org, sandbox_id, kind, id, Arg::Int(owner.created_at_ms)]).await?;
        let known = rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect::<Result<BTreeSet<Leaf>>>()?;
        let known: BTreeSet<Leaf> = known.into_iter().filter(|(path, _)| part.has(path)).collect();
        self.change_fields(&REMOVE, owner, &known.difference(leaves).collect::<Vec<_>>()).await?;
        self.change_fields(&INSERT, owner, &leaves.difference(&known).collect::<Vec<_>>()).await
    }

    /// Removes every value of a resource.
    pub(crate) async fn forget_fields(&mut self, owner: &Owner<'_>) -> Result<()> {
        self.conn.run(&FORGET, &owner.key()).await.map(drop)
    }

    async fn change_fields(&mut self, sql: &Sql, owner: &Owner<'_>, leaves: &[&Leaf]) -> Result<()> {
        if leaves.is_empty() {
            return Ok(());
        }
        let list = to_json(leaves, "field")?;
        let [org, sandbox_id, kind, id] = owner.key();
        let args = [org, sandbox_id, kind, id, Arg::Int(owner.created_at_ms), Arg::Text(&list)];
        self.conn.run(sql, &args).await.map(drop)
    }
}
