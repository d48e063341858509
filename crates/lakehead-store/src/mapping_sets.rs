//! Mapping sets: a document for every version, since flows pin one, and a row that says which is the current one.

use lakehead_model::Scope;
use lakehead_model::mapping_set::MappingSet;
use serde_json::json;

use crate::compose::Composer;
use crate::db::{Arg, Sql};
use crate::documents::DocumentKind;
use crate::error::{Result, StoreError};
use crate::kinds::mapping_set_key;
use crate::store::Tx;

/// A list of mapping sets as it is asked for.
#[derive(Clone, Debug, Default)]
pub struct MappingSetList<'a> {
    /// Only sets of this name.
    pub name: Option<&'a str>,
    /// Only sets of this status.
    pub status: Option<&'a str>,
    /// Only sets for this schema.
    pub schema_id: Option<&'a str>,
    /// By when they were made; by when they were changed where not.
    pub by_creation: bool,
    /// Oldest first.
    pub ascending: bool,
    /// Sets to leave out.
    pub start: i64,
    /// Most sets of the page.
    pub limit: i64,
}

const INSERT: Sql = Sql::same(
    "INSERT INTO mapping_set (org, sandbox_id, id, version, name, status, schema_id, created_at, modified_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);
const UPDATE: Sql = Sql::same(
    "UPDATE mapping_set SET version = $4, name = $5, status = $6, schema_id = $7, created_at = $8, modified_at = $9
     WHERE org = $1 AND sandbox_id = $2 AND id = $3 AND version = $4 - 1",
);
const VERSION: Sql = Sql::same("SELECT version FROM mapping_set WHERE org = $1 AND sandbox_id = $2 AND id = $3");
/// Who changes a set waits for who is changing it. SQLite has no other writer by then.
const VERSION_TO_CHANGE: Sql = Sql::each(
    "SELECT version FROM mapping_set WHERE org = $1 AND sandbox_id = $2 AND id = $3",
    "SELECT version FROM mapping_set WHERE org = $1 AND sandbox_id = $2 AND id = $3 FOR UPDATE",
);
/// While these are locked no flow can begin to use a version.
const LOCK_VERSIONS: Sql = Sql::each(
    "SELECT id FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = 'mapping_set' AND name = $3 LIMIT 1",
    "SELECT id FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = 'mapping_set' AND name = $3
     ORDER BY id FOR UPDATE",
);
/// `;` is the character behind `:`.
const USERS: Sql = Sql::same(
    "SELECT from_kind, from_id FROM document_link
     WHERE org = $1 AND sandbox_id = $2 AND to_kind = 'mapping_set' AND to_id >= $3 || ':' AND to_id < $3 || ';'
     ORDER BY from_kind, from_id LIMIT 1",
);
const DELETE: Sql = Sql::same("DELETE FROM mapping_set WHERE org = $1 AND sandbox_id = $2 AND id = $3");
const DELETE_VERSIONS: Sql =
    Sql::same("DELETE FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = 'mapping_set' AND name = $3");

impl Tx {
    /// Stores a new mapping set.
    pub async fn add_mapping_set(&mut self, scope: &Scope, set: &MappingSet) -> Result<()> {
        self.insert(scope, set).await?;
        self.conn.run(&INSERT, &row(scope, set)).await.map(drop)
    }

    /// Stores the next version of a mapping set; `Stale` where it does not follow the current one.
    pub async fn next_mapping_set(&mut self, scope: &Scope, set: &MappingSet) -> Result<()> {
        if self.conn.run(&UPDATE, &row(scope, set)).await? == 0 {
            return Err(StoreError::Stale);
        }
        self.insert(scope, set).await
    }

    /// One version of a mapping set; the current one where none is named. In a writing transaction nobody else changes
    /// the current one before its end.
    pub async fn mapping_set(&mut self, scope: &Scope, id: &str, version: Option<i64>) -> Result<Option<MappingSet>> {
        let version = if let Some(version) = version {
            version
        } else {
            let sql = if self.writes { &VERSION_TO_CHANGE } else { &VERSION };
            let Some(row) = self.conn.row(sql, &key(scope, id)).await? else { return Ok(None) };
            row.int(0)?
        };
        self.get(scope, &mapping_set_key(id, version)).await
    }

    /// A flow that uses any version of the mapping set. In a writing transaction none can begin to before its end.
    pub async fn mapping_set_user(&mut self, scope: &Scope, id: &str) -> Result<Option<(DocumentKind, String)>> {
        if self.writes {
            self.conn.rows(&LOCK_VERSIONS, &key(scope, id)).await?;
        }
        let user = self.conn.row(&USERS, &key(scope, id)).await?;
        user.map(|row| Ok((DocumentKind::from_text(&row.text(0)?)?, row.text(1)?))).transpose()
    }

    /// Removes every version of a mapping set; `false` when there was none. Ask [`Tx::mapping_set_user`] before.
    pub async fn delete_mapping_set(&mut self, scope: &Scope, id: &str) -> Result<bool> {
        if self.conn.run(&DELETE, &key(scope, id)).await? == 0 {
            return Ok(false);
        }
        let versions = self.conn.run(&DELETE_VERSIONS, &key(scope, id)).await?;
        let detail = json!({ "versions": versions });
        self.record(scope, "delete", (DocumentKind::MappingSet.as_str(), id), &detail).await?;
        Ok(true)
    }

    /// A page of the current versions.
    pub async fn mapping_sets(&mut self, scope: &Scope, list: &MappingSetList<'_>) -> Result<Vec<MappingSet>> {
        let mut composer = Composer::new(&self.conn);
        let (org, sandbox_id) = (composer.text(&scope.org), composer.text(&scope.sandbox_id));
        let mut conditions = vec![format!("org = {org}"), format!("sandbox_id = {sandbox_id}")];
        for (column, value) in [("name", list.name), ("status", list.status), ("schema_id", list.schema_id)] {
            conditions.extend(value.map(|value| format!("{column} = {}", composer.text(value))));
        }
        let conditions = conditions.join(" AND ");
        let by = if list.by_creation { "created_at" } else { "modified_at" };
        let direction = if list.ascending { "ASC" } else { "DESC" };
        let (limit, start) = (composer.int(list.limit), composer.int(list.start));
        let text = format!(
            "SELECT d.body FROM (
                 SELECT id, version, {by} AS at FROM mapping_set WHERE {conditions}
                 ORDER BY {by} {direction}, id {direction} LIMIT {limit} OFFSET {start}) m
             JOIN document d ON d.org = {org} AND d.sandbox_id = {sandbox_id} AND d.kind = 'mapping_set'
                 AND d.id = m.id || ':' || m.version
             ORDER BY m.at {direction}, m.id {direction}"
        );
        let rows = composer.rows(&mut self.conn, text).await?;
        rows.iter().map(|row| row.json(0, DocumentKind::MappingSet.as_str())).collect()
    }
}

fn key<'a>(scope: &'a Scope, id: &'a str) -> [Arg<'a>; 3] {
    [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(id)]
}

fn row<'a>(scope: &'a Scope, set: &'a MappingSet) -> [Arg<'a>; 9] {
    let [org, sandbox_id, id] = key(scope, &set.id);
    [
        org,
        sandbox_id,
        id,
        Arg::Int(set.version),
        Arg::OptText(set.content.name.as_deref()),
        Arg::Text(set.content.status.as_str()),
        Arg::Text(&set.content.schema_ref.id),
        Arg::Int(set.created_date),
        Arg::Int(set.modified_date),
    ]
}
