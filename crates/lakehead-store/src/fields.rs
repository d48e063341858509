//! The index of values: what the lists of the Flow Service filter and order by. It is written in the transaction that
//! writes the resource, and only what differs.

use std::collections::BTreeSet;

use lakehead_model::Scope;
use lakehead_model::query::{self, Leaf, SEARCH_PATH, encode, searched};
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

/// Stores what has a place already. Place by place, which no planner shall think about.
const INSERT: Sql = Sql::each(
    "INSERT INTO field (place, value, created_at, id)
     SELECT p.place, json_extract(leaf.value, '$[1]'), $5, $4
     FROM json_each($6) leaf CROSS JOIN field_place p
     WHERE p.org = $1 AND p.sandbox_id = $2 AND p.kind = $3 AND p.path = json_extract(leaf.value, '$[0]')
     ON CONFLICT DO NOTHING",
    "INSERT INTO field (place, value, created_at, id)
     SELECT p.place, leaf.value->>1, $5, $4
     FROM jsonb_array_elements($6::jsonb) AS leaf (value) CROSS JOIN LATERAL (
         SELECT place FROM field_place
         WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND path = leaf.value->>0 OFFSET 0) p
     ON CONFLICT DO NOTHING",
);
/// Rows are few once the id is known, so the place of each is looked up; without a path it is not the owner's.
const SELECT: Sql = Sql::same(
    "SELECT f.place, f.value, (
         SELECT p.path FROM field_place p
         WHERE p.place = f.place AND p.org = $1 AND p.sandbox_id = $2 AND p.kind = $3)
     FROM field f WHERE f.id = $4 AND f.created_at = $5",
);
const REMOVE: Sql = Sql::each(
    "DELETE FROM field WHERE id = $1 AND created_at = $2
       AND (place, value) IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each($3))",
    "DELETE FROM field WHERE id = $1 AND created_at = $2
       AND (place, value) IN (SELECT (value->>0)::bigint, value->>1 FROM jsonb_array_elements($3::jsonb) AS leaf (value))",
);
const FORGET: Sql = Sql::same(
    "DELETE FROM field WHERE id = $4 AND (
         SELECT p.org = $1 AND p.sandbox_id = $2 AND p.kind = $3 FROM field_place p WHERE p.place = field.place)",
);

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
    let mut found = query::leaves(document, &[], MAX_VALUES);
    found.insert(of_search(document));
    completed(kind.as_str(), found, Part::Own)
}

/// What a document is searched by: every one has it, so that it can be found by its id there, too.
pub(crate) fn of_search(document: &Value) -> Leaf {
    let name = document.get("name").and_then(Value::as_str);
    (SEARCH_PATH.to_owned(), name.map_or_else(|| encode::ABSENT.to_owned(), searched))
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
        self.insert_fields(owner, &leaves.iter().collect::<Vec<_>>()).await
    }

    /// Makes `leaves` the values of one part of a resource.
    pub(crate) async fn set_fields(&mut self, owner: &Owner<'_>, leaves: &BTreeSet<Leaf>, part: Part) -> Result<()> {
        let [org, sandbox_id, kind, id] = owner.key();
        let created_at = Arg::Int(owner.created_at_ms);
        let (mut known, mut gone) = (BTreeSet::<Leaf>::new(), Vec::<(i64, String)>::new());
        for row in self.conn.rows(&SELECT, &[org, sandbox_id, kind, id, created_at]).await? {
            let Some(path) = row.opt_text(2)? else { continue };
            let leaf: Leaf = (path, row.text(1)?);
            if leaves.contains(&leaf) {
                known.insert(leaf);
            } else if part.has(&leaf.0) {
                gone.push((row.int(0)?, leaf.1));
            }
        }
        if !gone.is_empty() {
            self.conn.run(&REMOVE, &[id, created_at, Arg::Text(&to_json(&gone, "field")?)]).await?;
        }
        self.insert_fields(owner, &leaves.difference(&known).collect::<Vec<_>>()).await
    }

    /// Removes every value of a resource.
    pub(crate) async fn forget_fields(&mut self, owner: &Owner<'_>) -> Result<()> {
        self.conn.run(&FORGET, &owner.key()).await.map(drop)
    }

    pub(crate) async fn insert_fields(&mut self, owner: &Owner<'_>, leaves: &[&Leaf]) -> Result<()> {
        if leaves.is_empty() {
            return Ok(());
        }
        let list = to_json(leaves, "field")?;
        let [org, sandbox_id, kind, id] = owner.key();
        let args = [org, sandbox_id, kind, id, Arg::Int(owner.created_at_ms), Arg::Text(&list)];
        let stored = self.conn.run(&INSERT, &args).await?;
        // New places are rare: most resources have the same members as others.
        if stored < leaves.len() as u64 {
            self.add_places(owner, &list).await?;
            self.conn.run(&INSERT, &args).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Arg, FORGET, INSERT, REMOVE, SELECT};
    use crate::contract::{Bench, on_each};
    use crate::db::Sql;
    use crate::listing::tests::{FILL, steps};

    /// Places of others, so that reading all of them is not the cheapest way.
    const OTHERS: Sql = Sql::same(
        "INSERT INTO field_place (org, sandbox_id, kind, path)
         SELECT 'B@AdobeOrg', d.id, k.kind, 'name' FROM document d, (SELECT 'flow' AS kind UNION ALL SELECT 'run') k",
    );

    #[tokio::test]
    async fn a_write_reads_no_more_than_the_rows_of_its_resource() {
        on_each(async |bench: Bench| {
            let mut tx = bench.store.write().await.unwrap();
            let (analyze, rows) = FILL.split_last().unwrap();
            for sql in rows.iter().chain([&OTHERS, analyze]) {
                tx.conn.run(sql, &[]).await.unwrap();
            }
            let [org, sandbox_id, kind] = ["A@AdobeOrg", "s1", "flow"].map(Arg::Text);
            let (id, at) = (Arg::Text("f7"), Arg::Int(7));
            for (sql, args) in [
                (INSERT, &[org, sandbox_id, kind, id, at, Arg::Text("[[\"name\",\"tx\"],[\"state\",\"ty\"]]")][..]),
                (SELECT, &[org, sandbox_id, kind, id, at]),
                (REMOVE, &[id, at, Arg::Text("[[1,\"tf7\"],[2,\"tx\"]]")]),
                (FORGET, &[org, sandbox_id, kind, id]),
            ] {
                let text = sql.text(&tx.conn).to_owned();
                let steps = steps(&mut tx.conn, &text, args).await;
                let reads_all = |step: &&String| {
                    ["SCAN ", "BLOOM FILTER ON", "Seq Scan"].iter().any(|all| step.contains(all))
                        && !step.contains("VIRTUAL TABLE")
                };
                assert!(!steps.iter().any(|step| reads_all(&step)), "{text}: {steps:#?}");
            }
        })
        .await;
    }
}
