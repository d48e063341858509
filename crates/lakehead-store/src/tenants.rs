//! Organisations, their sandboxes, and the service clients that may ask for tokens.

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

/// A client of the token endpoint; its secret is known by hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceClient {
    /// Client id, also the API key.
    pub client_id: String,
    /// Name for people.
    pub name: String,
    /// The organisation it acts for.
    pub org: String,
    /// The account it acts as.
    pub technical_account: String,
    /// SHA-256 of the secret, hexadecimal.
    pub secret_sha256: String,
    /// When it was made, epoch milliseconds.
    pub created_at_ms: i64,
    /// `service`, or `user` for a person.
    pub kind: String,
    /// Whether it gets no tokens and those it has do not count.
    pub disabled: bool,
}

const INSERT_ORG: Sql =
    Sql::same("INSERT INTO organisation (org, tenant_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (org) DO NOTHING");
const GET_ORG: Sql = Sql::same("SELECT org, tenant_id, created_at FROM organisation WHERE org = $1");
const FIRST_ORG: Sql =
    Sql::same("SELECT org, tenant_id, created_at FROM organisation ORDER BY created_at, org LIMIT 1");
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
const INSERT_CLIENT: Sql = Sql::same(
    "INSERT INTO service_client (client_id, name, org, technical_account, secret_sha256, created_at, kind, disabled)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
);
const GET_CLIENT: Sql = Sql::same(
    "SELECT client_id, name, org, technical_account, secret_sha256, created_at, kind, disabled
     FROM service_client WHERE client_id = $1",
);
const ALL_CLIENTS: Sql = Sql::same(
    "SELECT client_id, name, org, technical_account, secret_sha256, created_at, kind, disabled
     FROM service_client WHERE org = $1 ORDER BY created_at, client_id",
);
const DISABLE_CLIENT: Sql = Sql::same("UPDATE service_client SET disabled = $3 WHERE org = $1 AND client_id = $2");
const DELETE_CLIENT: Sql = Sql::same("DELETE FROM service_client WHERE org = $1 AND client_id = $2");
const DISMISS_CLIENT: Sql = Sql::same("DELETE FROM role_member WHERE org = $1 AND client_id = $2");

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
        self.conn.run(&INSERT_SANDBOX, &row).await?;
        let detail = json!({ "name": sandbox.name });
        self.record_in(org, &sandbox.id, "create", ("sandbox", &sandbox.id), &detail).await
    }

    /// Stores a new service client; `Taken` when its id is in use.
    pub async fn insert_client(&mut self, client: &ServiceClient) -> Result<()> {
        let row = [
            Arg::Text(&client.client_id),
            Arg::Text(&client.name),
            Arg::Text(&client.org),
            Arg::Text(&client.technical_account),
            Arg::Text(&client.secret_sha256),
            Arg::Int(client.created_at_ms),
            Arg::Text(&client.kind),
        ];
        self.conn.run(&INSERT_CLIENT, &row).await?;
        let detail = json!({ "name": client.name, "kind": client.kind });
        self.record_in(&client.org, "", "create", ("client", &client.client_id), &detail).await
    }

    /// The clients of an organisation, oldest first.
    pub async fn clients(&mut self, org: &str) -> Result<Vec<ServiceClient>> {
        self.conn.rows(&ALL_CLIENTS, &[Arg::Text(org)]).await?.iter().map(service_client).collect()
    }

    /// Lets a client get and use tokens, or not; `false` when the organisation has no such client.
    pub async fn set_client_disabled(&mut self, org: &str, client_id: &str, disabled: bool) -> Result<bool> {
        let args = [Arg::Text(org), Arg::Text(client_id), Arg::Int(disabled.into())];
        let changed = self.conn.run(&DISABLE_CLIENT, &args).await? > 0;
        if changed {
            let action = if disabled { "disable" } else { "enable" };
            self.record_in(org, "", action, ("client", client_id), &json!({})).await?;
        }
        Ok(changed)
    }

    /// Removes a client and its roles; `false` when the organisation has no such client.
    pub async fn delete_client(&mut self, org: &str, client_id: &str) -> Result<bool> {
        let args = [Arg::Text(org), Arg::Text(client_id)];
        self.conn.run(&DISMISS_CLIENT, &args).await?;
        let deleted = self.conn.run(&DELETE_CLIENT, &args).await? > 0;
        if deleted {
            self.record_in(org, "", "delete", ("client", client_id), &json!({})).await?;
        }
        Ok(deleted)
    }

    /// The service client with this id.
    pub async fn client(&mut self, client_id: &str) -> Result<Option<ServiceClient>> {
        let Some(row) = self.conn.row(&GET_CLIENT, &[Arg::Text(client_id)]).await? else { return Ok(None) };
        service_client(&row).map(Some)
    }
}

fn service_client(row: &Row) -> Result<ServiceClient> {
    Ok(ServiceClient {
        client_id: row.text(0)?,
        name: row.text(1)?,
        org: row.text(2)?,
        technical_account: row.text(3)?,
        secret_sha256: row.text(4)?,
        created_at_ms: row.int(5)?,
        kind: row.text(6)?,
        disabled: row.int(7)? != 0,
    })
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
