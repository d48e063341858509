//! Resources as JSON documents beside the few columns that are filtered, sorted or locked on.

use lakehead_model::{Etag, Scope};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::db::{Arg, Sql, to_json};
use crate::error::{Result, StoreError};
use crate::fields::{self, Owner, Part};
use crate::store::Tx;

/// The kinds of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A base connection.
    Connection,
    /// A source connection.
    SourceConnection,
    /// A target connection.
    TargetConnection,
    /// A flow.
    Flow,
    /// A schema, class, field group or data type.
    XdmResource,
    /// A dataset.
    Dataset,
    /// A mapping set, one document per version.
    MappingSet,
    /// A connection spec or flow spec of an organisation's own; it belongs to no sandbox.
    Spec,
    /// A schema that only mappings know.
    MapperSchema,
    /// A sample of source rows.
    MapperSample,
    /// What is said of a field of a schema.
    Descriptor,
    /// A data usage label of a sandbox's own.
    CustomLabel,
    /// The data usage labels of a dataset.
    DatasetLabels,
    /// An identity namespace of a sandbox's own.
    IdentityNamespace,
    /// A key that files are encrypted for, or that signatures of files are checked with.
    EncryptionKey,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Connection,
        Self::SourceConnection,
        Self::TargetConnection,
        Self::Flow,
        Self::XdmResource,
        Self::Dataset,
        Self::MappingSet,
        Self::Spec,
        Self::MapperSchema,
        Self::MapperSample,
        Self::Descriptor,
        Self::CustomLabel,
        Self::DatasetLabels,
        Self::IdentityNamespace,
        Self::EncryptionKey,
    ];

    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::SourceConnection => "source_connection",
            Self::TargetConnection => "target_connection",
            Self::Flow => "flow",
            Self::XdmResource => "xdm_resource",
            Self::Dataset => "dataset",
            Self::MappingSet => "mapping_set",
            Self::Spec => "spec",
            Self::MapperSchema => "mapper_schema",
            Self::MapperSample => "mapper_sample",
            Self::Descriptor => "descriptor",
            Self::CustomLabel => "custom_label",
            Self::DatasetLabels => "dataset_labels",
            Self::IdentityNamespace => "identity_namespace",
            Self::EncryptionKey => "encryption_key",
        }
    }

    /// Whether lists of the kind are filtered and ordered by the index of values.
    pub(crate) const fn is_listed(self) -> bool {
        matches!(self, Self::Connection | Self::SourceConnection | Self::TargetConnection | Self::Flow)
    }

    pub(crate) fn from_text(text: &str) -> Result<Self> {
        let known = Self::ALL.iter().find(|kind| kind.as_str() == text);
        known.copied().ok_or(StoreError::Damaged { what: "link" })
    }
}

/// A resource that is stored as one JSON document.
pub trait Document: Serialize + DeserializeOwned + Send + Sync {
    /// Where it is kept.
    const KIND: DocumentKind;
    /// What it is found by.
    fn key(&self) -> DocumentKey<'_>;
}

/// The members of a document that have columns of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentKey<'a> {
    /// Its id, unique in its scope and kind.
    pub id: String,
    /// Its version.
    pub etag: &'a Etag,
    /// The name it can be found by.
    pub name: Option<&'a str>,
    /// Its state, where it has one.
    pub state: Option<&'a str>,
    /// When it was made, epoch milliseconds; never changes.
    pub created_at_ms: i64,
}

/// The last item of a page: the next page starts after it. Newest first, ties by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageKey {
    /// When the item was made, epoch milliseconds.
    pub created_at_ms: i64,
    /// The item's id.
    pub id: String,
}

impl PageKey {
    /// The two values that a list query compares with; before the first item without a key.
    pub(crate) fn args(after: Option<&Self>) -> [Arg<'_>; 2] {
        match after {
            Some(key) => [Arg::Int(key.created_at_ms), Arg::Text(&key.id)],
            None => [Arg::Int(i64::MAX), Arg::Text("")],
        }
    }
}

/// Documents that are read at a time where all are wanted.
const PAGE: u32 = 200;

const INSERT: Sql = Sql::same(
    "INSERT INTO document (org, sandbox_id, kind, id, name, state, etag, created_at, body)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);
const GET: Sql = Sql::same("SELECT body FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4");
/// What a writing transaction has read may not be deleted before it ends. SQLite has no other writer by then.
const GET_AND_KEEP: Sql = Sql::each(
    "SELECT body FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4",
    "SELECT body FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4 FOR KEY SHARE",
);
const GET_NAMED: Sql = Sql::same(
    "SELECT body FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND name = $4
     ORDER BY created_at DESC, id DESC LIMIT 1",
);
const NAMED: Sql = Sql::each(
    "SELECT body FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3
       AND name IN (SELECT value FROM json_each($4)) ORDER BY created_at DESC, id DESC LIMIT $5",
    "SELECT body FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3
       AND name = ANY (ARRAY(SELECT jsonb_array_elements_text($4::jsonb))) ORDER BY created_at DESC, id DESC LIMIT $5",
);
const REPLACE: Sql = Sql::same(
    "UPDATE document SET name = $5, state = $6, etag = $7, body = $8
     WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4 AND etag = $9",
);
const DELETE: Sql =
    Sql::same("DELETE FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4 RETURNING name");
const LIST: Sql = Sql::same(
    "SELECT body FROM document
     WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND (created_at, id) < ($4, $5)
     ORDER BY created_at DESC, id DESC LIMIT $6",
);
const WINDOW: Sql = Sql::same(
    "SELECT body FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3
     ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5",
);
const COUNT: Sql = Sql::same("SELECT count(*) FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3");
const LINK: Sql = Sql::same(
    "INSERT INTO document_link (org, sandbox_id, from_kind, from_id, to_kind, to_id)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
);
const UNLINK_ALL: Sql =
    Sql::same("DELETE FROM document_link WHERE org = $1 AND sandbox_id = $2 AND from_kind = $3 AND from_id = $4");
const LOCK: Sql = Sql::each(
    "SELECT 1 FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4",
    "SELECT 1::bigint FROM document WHERE org = $1 AND sandbox_id = $2 AND kind = $3 AND id = $4 FOR UPDATE",
);
const REFERRERS: Sql = Sql::same(
    "SELECT from_kind, from_id FROM document_link
     WHERE org = $1 AND sandbox_id = $2 AND to_kind = $3 AND to_id = $4 ORDER BY from_kind, from_id",
);

impl Tx {
    /// Stores a new document; `Taken` when its id is in use.
    pub async fn insert<D: Document>(&mut self, scope: &Scope, document: &D) -> Result<()> {
        let (about, body) = (document.key(), to_json(document, D::KIND.as_str())?);
        let [org, sandbox_id, kind, id] = key(scope, D::KIND, &about.id);
        let row = [
            org,
            sandbox_id,
            kind,
            id,
            Arg::OptText(about.name),
            Arg::OptText(about.state),
            Arg::Text(about.etag.as_str()),
            Arg::Int(about.created_at_ms),
            Arg::Text(&body),
        ];
        self.conn.run(&INSERT, &row).await?;
        if D::KIND.is_listed() {
            let owner = Owner::document(scope, D::KIND, &about);
            let mut leaves = fields::of_document(D::KIND, document)?;
            if D::KIND == DocumentKind::Flow {
                leaves.extend(fields::of_last_run(None));
            }
            self.add_fields(&owner, &leaves).await?;
        }
        let detail = json!({ "name": about.name, "etag": about.etag });
        self.record(scope, "create", (D::KIND.as_str(), &about.id), &detail).await
    }

    /// The document with this id. In a writing transaction it cannot disappear before the end.
    pub async fn get<D: Document>(&mut self, scope: &Scope, id: &str) -> Result<Option<D>> {
        let sql = if self.writes { &GET_AND_KEEP } else { &GET };
        let row = self.conn.row(sql, &key(scope, D::KIND, id)).await?;
        row.map(|row| row.json(0, D::KIND.as_str())).transpose()
    }

    /// The newest document with this name.
    pub async fn get_named<D: Document>(&mut self, scope: &Scope, name: &str) -> Result<Option<D>> {
        let row = self.conn.row(&GET_NAMED, &key(scope, D::KIND, name)).await?;
        row.map(|row| row.json(0, D::KIND.as_str())).transpose()
    }

    /// The newest documents that have one of these names, at most `most`.
    pub async fn named<D: Document>(&mut self, scope: &Scope, names: &[&str], most: u32) -> Result<Vec<D>> {
        let (kind, names) = (D::KIND.as_str(), to_json(&names, "name")?);
        let args = [
            Arg::Text(&scope.org),
            Arg::Text(&scope.sandbox_id),
            Arg::Text(kind),
            Arg::Text(&names),
            Arg::Int(most.into()),
        ];
        let rows = self.conn.rows(&NAMED, &args).await?;
        rows.iter().map(|row| row.json(0, kind)).collect()
    }

    /// Replaces the document if it still has the version `was`; `Stale` otherwise, also when it is gone.
    pub async fn replace<D: Document>(&mut self, scope: &Scope, document: &D, was: &Etag) -> Result<()> {
        let (about, body) = (document.key(), to_json(document, D::KIND.as_str())?);
        let [org, sandbox_id, kind, id] = key(scope, D::KIND, &about.id);
        let row = [
            org,
            sandbox_id,
            kind,
            id,
            Arg::OptText(about.name),
            Arg::OptText(about.state),
            Arg::Text(about.etag.as_str()),
            Arg::Text(&body),
            Arg::Text(was.as_str()),
        ];
        let changed = self.changed_members(&key(scope, D::KIND, &about.id), &body).await?;
        if self.conn.run(&REPLACE, &row).await? == 0 {
            return Err(StoreError::Stale);
        }
        if D::KIND.is_listed() {
            let owner = Owner::document(scope, D::KIND, &about);
            self.set_fields(&owner, &fields::of_document(D::KIND, document)?, Part::Own).await?;
        }
        let detail = json!({ "name": about.name, "was": was, "etag": about.etag, "changed": changed });
        self.record(scope, "update", (D::KIND.as_str(), &about.id), &detail).await
    }

    /// Removes a document and its links to others; `false` when there was none. Ask [`Tx::referrers`] before.
    pub async fn delete<D: Document>(&mut self, scope: &Scope, id: &str) -> Result<bool> {
        self.unlink_all(scope, (D::KIND, id)).await?;
        let Some(row) = self.conn.row(&DELETE, &key(scope, D::KIND, id)).await? else { return Ok(false) };
        if D::KIND.is_listed() {
            let (org, sandbox_id) = (scope.org.as_str(), scope.sandbox_id.as_str());
            let owner = Owner { org, sandbox_id, kind: D::KIND.as_str(), id, created_at_ms: 0 };
            if D::KIND == DocumentKind::Flow {
                self.keep_labels(&owner).await?;
            }
            self.forget_fields(&owner).await?;
        }
        self.record(scope, "delete", (D::KIND.as_str(), id), &json!({ "name": row.opt_text(0)? })).await?;
        Ok(true)
    }

    /// A page of at most `limit` documents, newest first, after `after`.
    pub async fn list<D: Document>(&mut self, scope: &Scope, after: Option<&PageKey>, limit: u32) -> Result<Vec<D>> {
        let [created_at, id] = PageKey::args(after);
        let args = [
            Arg::Text(&scope.org),
            Arg::Text(&scope.sandbox_id),
            Arg::Text(D::KIND.as_str()),
            created_at,
            id,
            Arg::Int(limit.into()),
        ];
        let rows = self.conn.rows(&LIST, &args).await?;
        rows.iter().map(|row| row.json(0, D::KIND.as_str())).collect()
    }

    /// At most `limit` documents, newest first, after the first `start`.
    pub async fn window<D: Document>(&mut self, scope: &Scope, start: i64, limit: i64) -> Result<Vec<D>> {
        let kind = D::KIND.as_str();
        let args =
            [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(kind), Arg::Int(limit), Arg::Int(start)];
        let rows = self.conn.rows(&WINDOW, &args).await?;
        rows.iter().map(|row| row.json(0, kind)).collect()
    }

    /// The newest documents, newest first, page by page until there are `most` or no more.
    pub async fn newest<D: Document>(&mut self, scope: &Scope, most: usize) -> Result<Vec<D>> {
        let (mut all, mut after) = (Vec::new(), None);
        while all.len() < most {
            let page = self.list::<D>(scope, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            let DocumentKey { id, created_at_ms, .. } = last.key();
            after = Some(PageKey { created_at_ms, id });
            all.extend(page);
        }
        Ok(all)
    }

    /// How many documents of the kind the scope has.
    pub async fn count<D: Document>(&mut self, scope: &Scope) -> Result<u64> {
        let args = [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(D::KIND.as_str())];
        self.conn.count(&COUNT, &args).await
    }

    /// Notes that `from` refers to `to`; noting it twice is the same.
    pub async fn link(&mut self, scope: &Scope, from: (DocumentKind, &str), to: (DocumentKind, &str)) -> Result<()> {
        let [org, sandbox_id, from_kind, from_id] = key(scope, from.0, from.1);
        let args = [org, sandbox_id, from_kind, from_id, Arg::Text(to.0.as_str()), Arg::Text(to.1)];
        self.conn.run(&LINK, &args).await.map(drop)
    }

    /// Forgets every reference that `from` makes.
    pub async fn unlink_all(&mut self, scope: &Scope, from: (DocumentKind, &str)) -> Result<()> {
        self.conn.run(&UNLINK_ALL, &key(scope, from.0, from.1)).await.map(drop)
    }

    /// Who refers to `to`. In a writing transaction nobody can begin to before its end, so that a delete that
    /// asked first leaves no dangling reference.
    pub async fn referrers(&mut self, scope: &Scope, to: (DocumentKind, &str)) -> Result<Vec<(DocumentKind, String)>> {
        let target = key(scope, to.0, to.1);
        if self.writes {
            self.conn.row(&LOCK, &target).await?;
        }
        let rows = self.conn.rows(&REFERRERS, &target).await?;
        rows.iter().map(|row| Ok((DocumentKind::from_text(&row.text(0)?)?, row.text(1)?))).collect()
    }
}

fn key<'a>(scope: &'a Scope, kind: DocumentKind, id: &'a str) -> [Arg<'a>; 4] {
    [Arg::Text(&scope.org), Arg::Text(&scope.sandbox_id), Arg::Text(kind.as_str()), Arg::Text(id)]
}
