//! Organisations and their sandboxes.

use lakehead_model::Id;
use serde_json::json;

use crate::db::{Arg, Row, Sql};
use crate::error::{Result, StoreError};
use crate::store::Tx;

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Organisation id, `…@AdobeOrg` in the wire format.
    pub org: String,
    /// Namespace of its own schema fields, without the leading `_`.
    pub tenant_id: String,
    /// When it was made, epoch milliseconds.
    pub created_at_ms: i64,
}

/// A sandbox: a separate set of resources of one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// UUID.
    pub id: String,
    /// Name, unique among the living sandboxes of the organisation.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// `production` or `development`.
    pub kind: String,
    /// `active` where nothing else happened; see [`crate::sandboxes`].
    pub state: String,
    /// Whether calls that name no sandbox mean this one.
    pub is_default: bool,
    /// Region code.
    pub region: String,
    /// When it was made, epoch milliseconds.
    pub created_at_ms: i64,
    /// Who made it.
    pub created_by: String,
    /// When it was last changed, epoch milliseconds.
    pub modified_at_ms: i64,
    /// Who changed it last.
    pub modified_by: String,
    /// Version, counting from 1.
    pub etag: i64,
    /// How often it was closed, to be reset or deleted.
    pub generation: i64,
}

const INSERT_ORG: Sql =
    Sql::same("INSERT INTO organisation (org, tenant_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (org) DO NOTHING");
const GET_ORG: Sql = Sql::same("SELECT org, tenant_id, created_at FROM organisation WHERE org = $1");
const FIRST_ORG: Sql =
    Sql::same("SELECT org, tenant_id, created_at FROM organisation ORDER BY created_at, org LIMIT 1");
const ORGS: Sql = Sql::same("SELECT org, tenant_id, created_at FROM organisation ORDER BY created_at, org LIMIT $1");
const INSERT_SANDBOX: Sql = Sql::same(
    "INSERT INTO sandbox (org, id, name, title, kind, state, is_default, region, created_at, created_by, modified_at,
         modified_by, etag, generation)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
);
const BY_NAME: Sql = Sql::same(
    "SELECT id, name, title, kind, state, is_default, region, created_at, created_by, modified_at, modified_by, etag,
         generation
     FROM sandbox WHERE org = $1 AND name = $2 AND state <> 'deleted'",
);
const DEFAULT: Sql = Sql::same(
    "SELECT id, name, title, kind, state, is_default, region, created_at, created_by, modified_at, modified_by, etag,
         generation
     FROM sandbox WHERE org = $1 AND is_default = 1",
);
const ALL: Sql = Sql::same(
    "SELECT id, name, title, kind, state, is_default, region, created_at, created_by, modified_at, modified_by, etag,
         generation
     FROM sandbox WHERE org = $1 AND state <> 'deleted' ORDER BY created_at, id",
);

struct SandboxKind;
impl lakehead_model::id::Kind for SandboxKind {
    const NAME: &'static str = "sandbox";
}

impl Tx {
    /// Makes an organisation and its default sandbox `prod` if it is new; one that exists keeps its tenant id.
    pub async fn ensure_org(&mut self, org: &str, tenant_id: &str) -> Result<Organisation> {
        let now_ms = self.now_ms().await?;
        let row = [Arg::Text(org), Arg::Text(tenant_id), Arg::Int(now_ms)];
        if self.conn.run(&INSERT_ORG, &row).await? > 0 {
            let detail = json!({ "tenantId": tenant_id });
            self.record_in(org, "", "create", ("organisation", org), &detail).await?;
            let sandbox = Sandbox {
                id: Id::<SandboxKind>::generate().to_string(),
                name: "prod".to_owned(),
                title: "Production".to_owned(),
                kind: "production".to_owned(),
                state: "active".to_owned(),
                is_default: true,
                region: "LOCAL".to_owned(),
                created_at_ms: now_ms,
                created_by: "SYSTEM".to_owned(),
                modified_at_ms: now_ms,
                modified_by: "SYSTEM".to_owned(),
                etag: 1,
                generation: 0,
            };
            self.insert_sandbox(org, &sandbox).await?;
        }
        self.organisation(org).await?.ok_or(StoreError::Damaged { what: "organisation" })
    }

    /// The organisation with this id.
    pub async fn organisation(&mut self, org: &str) -> Result<Option<Organisation>> {
        let Some(row) = self.conn.row(&GET_ORG, &[Arg::Text(org)]).await? else { return Ok(None) };
        Ok(Some(Organisation { org: row.text(0)?, tenant_id: row.text(1)?, created_at_ms: row.int(2)? }))
    }

    /// The organisations of this installation, oldest first.
    pub async fn organisations(&mut self, limit: u32) -> Result<Vec<Organisation>> {
        let rows = self.conn.rows(&ORGS, &[Arg::Int(limit.into())]).await?;
        rows.iter()
            .map(|row| Ok(Organisation { org: row.text(0)?, tenant_id: row.text(1)?, created_at_ms: row.int(2)? }))
            .collect()
    }

    /// The organisation that was made first, the one meant where nobody names one.
    pub async fn first_organisation(&mut self) -> Result<Option<Organisation>> {
        let Some(row) = self.conn.row(&FIRST_ORG, &[]).await? else { return Ok(None) };
        Ok(Some(Organisation { org: row.text(0)?, tenant_id: row.text(1)?, created_at_ms: row.int(2)? }))
    }

    /// The sandbox with this name.
    pub async fn sandbox_by_name(&mut self, org: &str, name: &str) -> Result<Option<Sandbox>> {
        let row = self.conn.row(&BY_NAME, &[Arg::Text(org), Arg::Text(name)]).await?;
        row.as_ref().map(sandbox).transpose()
    }

    /// The sandbox that is meant when none is named.
    pub async fn default_sandbox(&mut self, org: &str) -> Result<Option<Sandbox>> {
        let row = self.conn.row(&DEFAULT, &[Arg::Text(org)]).await?;
        row.as_ref().map(sandbox).transpose()
    }

    /// Every sandbox of the organisation that is not deleted, oldest first.
    pub async fn sandboxes(&mut self, org: &str) -> Result<Vec<Sandbox>> {
        let rows = self.conn.rows(&ALL, &[Arg::Text(org)]).await?;
        rows.iter().map(sandbox).collect()
    }

    /// Stores a new sandbox; `Taken { constraint: "sandbox_name" }` when the name is in use.
    pub async fn insert_sandbox(&mut self, org: &str, sandbox: &Sandbox) -> Result<()> {
        let row = [
            Arg::Text(org),
            Arg::Text(&sandbox.id),
            Arg::Text(&sandbox.name),
            Arg::Text(&sandbox.title),
            Arg::Text(&sandbox.kind),
            Arg::Text(&sandbox.state),
            Arg::Int(sandbox.is_default.into()),
            Arg::Text(&sandbox.region),
            Arg::Int(sandbox.created_at_ms),
            Arg::Text(&sandbox.created_by),
            Arg::Int(sandbox.modified_at_ms),
            Arg::Text(&sandbox.modified_by),
            Arg::Int(sandbox.etag),
            Arg::Int(sandbox.generation),
        ];
        self.access_changes();
        self.conn.run(&INSERT_SANDBOX, &row).await?;
        let detail = json!({ "name": sandbox.name });
        self.record_in(org, &sandbox.id, "create", ("sandbox", &sandbox.id), &detail).await
    }
}

/// A row of the columns that every query of sandboxes selects, in their order.
pub(crate) fn sandbox(row: &Row) -> Result<Sandbox> {
    Ok(Sandbox {
        id: row.text(0)?,
        name: row.text(1)?,
        title: row.text(2)?,
        kind: row.text(3)?,
        state: row.text(4)?,
        is_default: row.int(5)? != 0,
        region: row.text(6)?,
        created_at_ms: row.int(7)?,
        created_by: row.text(8)?,
        modified_at_ms: row.int(9)?,
        modified_by: row.text(10)?,
        etag: row.int(11)?,
        generation: row.int(12)?,
    })
}
