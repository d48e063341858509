//! Who may ask: service clients with a secret of ours, and users whom an external issuer vouches for.

use serde_json::json;

use crate::db::{Arg, Row, Sql};
use crate::error::{Result, StoreError};
use crate::roles::Subject;
use crate::store::Tx;

/// What stands behind a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// A program: its tokens are service tokens.
    Service,
    /// A person with a credential of ours: the tokens are user tokens.
    User,
}

impl ClientKind {
    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::User => "user",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Service, Self::User].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A client of the token endpoint; its secrets are known by hash only.
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
    /// What stands behind it.
    pub kind: ClientKind,
    /// Whether its secret and its tokens are refused.
    pub disabled: bool,
    /// SHA-256 of the secret, hexadecimal.
    pub secret_sha256: String,
    /// The secret before, where it was replaced.
    pub old_secret: Option<OldSecret>,
    /// When it was made, epoch milliseconds.
    pub created_at_ms: i64,
}

/// A secret that was replaced and is valid for a while.
#[derive(Clone, PartialEq, Eq)]
pub struct OldSecret {
    /// SHA-256 of the secret, hexadecimal.
    pub sha256: String,
    /// Not valid from this moment on, epoch milliseconds.
    pub until_ms: i64,
}

/// A person whom an external issuer vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The organisation the person belongs to.
    pub org: String,
    /// The account the person acts as.
    pub account_id: String,
    /// The issuer, as tokens name it.
    pub issuer: String,
    /// The person, as the issuer names it.
    pub subject: String,
    /// Name for people; empty until it is known.
    pub name: String,
    /// When the person was registered, epoch milliseconds.
    pub created_at_ms: i64,
}

const INSERT_CLIENT: Sql = Sql::same(
    "INSERT INTO service_client (client_id, name, org, technical_account, kind, disabled, secret_sha256, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);
const GET_CLIENT: Sql = Sql::same(
    "SELECT client_id, name, org, technical_account, kind, disabled, secret_sha256, old_secret_sha256, old_secret_until,
         created_at
     FROM service_client WHERE client_id = $1",
);
const CLIENTS: Sql = Sql::same(
    "SELECT client_id, name, org, technical_account, kind, disabled, secret_sha256, old_secret_sha256, old_secret_until,
         created_at
     FROM service_client WHERE org = $1 ORDER BY created_at, client_id LIMIT $2 OFFSET $3",
);
const COUNT_CLIENTS: Sql = Sql::same("SELECT count(*) FROM service_client WHERE org = $1");
const SET_CLIENT: Sql =
    Sql::same("UPDATE service_client SET name = $3, disabled = $4 WHERE org = $1 AND client_id = $2");
const NEW_SECRET: Sql = Sql::same(
    "UPDATE service_client SET old_secret_sha256 = secret_sha256, old_secret_until = $4, secret_sha256 = $3
     WHERE org = $1 AND client_id = $2",
);
const DELETE_CLIENT: Sql = Sql::same("DELETE FROM service_client WHERE org = $1 AND client_id = $2");

const INSERT_USER: Sql = Sql::same(
    "INSERT INTO org_user (org, account_id, issuer, subject, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
);
const GET_USER: Sql = Sql::same(
    "SELECT org, account_id, issuer, subject, name, created_at FROM org_user WHERE org = $1 AND account_id = $2",
);
const USER_BY_SUBJECT: Sql = Sql::same(
    "SELECT org, account_id, issuer, subject, name, created_at
     FROM org_user WHERE org = $1 AND issuer = $2 AND subject = $3",
);
const USERS: Sql = Sql::same(
    "SELECT org, account_id, issuer, subject, name, created_at
     FROM org_user WHERE org = $1 ORDER BY created_at, account_id LIMIT $2 OFFSET $3",
);
const COUNT_USERS: Sql = Sql::same("SELECT count(*) FROM org_user WHERE org = $1");
const NAME_USER: Sql = Sql::same("UPDATE org_user SET name = $3 WHERE org = $1 AND account_id = $2 AND name = ''");
const DELETE_USER: Sql = Sql::same("DELETE FROM org_user WHERE org = $1 AND account_id = $2");

impl Tx {
    /// Stores a new service client without a role; `Taken` when its id is in use.
    pub async fn insert_client(&mut self, client: &ServiceClient) -> Result<()> {
        let row = [
            Arg::Text(&client.client_id),
            Arg::Text(&client.name),
            Arg::Text(&client.org),
            Arg::Text(&client.technical_account),
            Arg::Text(client.kind.as_str()),
            Arg::Int(client.disabled.into()),
            Arg::Text(&client.secret_sha256),
            Arg::Int(client.created_at_ms),
        ];
        self.access_changes();
        self.conn.run(&INSERT_CLIENT, &row).await?;
        let detail = json!({ "name": client.name, "kind": client.kind.as_str() });
        self.record_in(&client.org, "", "create", ("client", &client.client_id), &detail).await
    }

    /// The service client with this id, of any organisation: only for finding out who asks.
    pub async fn client(&mut self, client_id: &str) -> Result<Option<ServiceClient>> {
        let row = self.conn.row(&GET_CLIENT, &[Arg::Text(client_id)]).await?;
        row.as_ref().map(client).transpose()
    }

    /// The service client of the organisation with this id.
    pub async fn client_of(&mut self, org: &str, client_id: &str) -> Result<Option<ServiceClient>> {
        Ok(self.client(client_id).await?.filter(|client| client.org == org))
    }

    /// Service clients of the organisation, oldest first, without the first `start`.
    pub async fn clients(&mut self, org: &str, start: u32, limit: u32) -> Result<Vec<ServiceClient>> {
        let rows = self.conn.rows(&CLIENTS, &window(org, start, limit)).await?;
        rows.iter().map(client).collect()
    }

    /// How many service clients the organisation has.
    pub async fn count_clients(&mut self, org: &str) -> Result<u64> {
        self.conn.count(&COUNT_CLIENTS, &[Arg::Text(org)]).await
    }

    /// Gives a client a name and says whether it is disabled; whether there is one.
    pub async fn set_client(&mut self, org: &str, client_id: &str, name: &str, disabled: bool) -> Result<bool> {
        let Some(before) = self.client_of(org, client_id).await? else { return Ok(false) };
        let args = [Arg::Text(org), Arg::Text(client_id), Arg::Text(name), Arg::Int(disabled.into())];
        self.access_changes();
        if self.conn.run(&SET_CLIENT, &args).await? == 0 {
            return Ok(false);
        }
        let action = match (before.disabled, disabled) {
            (false, true) => "disable",
            (true, false) => "enable",
            _ => "update",
        };
        self.record_in(org, "", action, ("client", client_id), &json!({ "name": name })).await?;
        Ok(true)
    }

    /// Gives a client a new secret; the one it had is valid until `old_until_ms`. Whether there is such a client.
    pub async fn replace_secret(
        &mut self,
        org: &str,
        client_id: &str,
        secret_sha256: &str,
        old_until_ms: i64,
    ) -> Result<bool> {
        let args = [Arg::Text(org), Arg::Text(client_id), Arg::Text(secret_sha256), Arg::Int(old_until_ms)];
        self.access_changes();
        let replaced = self.conn.run(&NEW_SECRET, &args).await? > 0;
        if replaced {
            let detail = json!({ "oldSecretUntil": old_until_ms });
            self.record_in(org, "", "replace-secret", ("client", client_id), &detail).await?;
        }
        Ok(replaced)
    }

    /// Removes a client and takes it out of its roles; whether there was one.
    pub async fn delete_client(&mut self, org: &str, client_id: &str) -> Result<bool> {
        self.access_changes();
        self.drop_from_roles(org, &Subject::Client(client_id.to_owned())).await?;
        let deleted = self.conn.run(&DELETE_CLIENT, &[Arg::Text(org), Arg::Text(client_id)]).await? > 0;
        if deleted {
            self.record_in(org, "", "delete", ("client", client_id), &json!({})).await?;
        }
        Ok(deleted)
    }

    /// Stores a new user without a role; `Taken { constraint: "org_user_subject" }` when the person is registered.
    pub async fn insert_user(&mut self, user: &User) -> Result<()> {
        let row = [
            Arg::Text(&user.org),
            Arg::Text(&user.account_id),
            Arg::Text(&user.issuer),
            Arg::Text(&user.subject),
            Arg::Text(&user.name),
            Arg::Int(user.created_at_ms),
        ];
        self.access_changes();
        self.conn.run(&INSERT_USER, &row).await?;
        let detail = json!({ "issuer": user.issuer, "subject": user.subject, "name": user.name });
        self.record_in(&user.org, "", "create", ("user", &user.account_id), &detail).await
    }

    /// The user of the organisation with this account.
    pub async fn user(&mut self, org: &str, account_id: &str) -> Result<Option<User>> {
        let row = self.conn.row(&GET_USER, &[Arg::Text(org), Arg::Text(account_id)]).await?;
        row.as_ref().map(user).transpose()
    }

    /// The user of the organisation whom the issuer calls `subject`.
    pub async fn user_by_subject(&mut self, org: &str, issuer: &str, subject: &str) -> Result<Option<User>> {
        let args = [Arg::Text(org), Arg::Text(issuer), Arg::Text(subject)];
        let row = self.conn.row(&USER_BY_SUBJECT, &args).await?;
        row.as_ref().map(user).transpose()
    }

    /// Users of the organisation, oldest first, without the first `start`.
    pub async fn users(&mut self, org: &str, start: u32, limit: u32) -> Result<Vec<User>> {
        let rows = self.conn.rows(&USERS, &window(org, start, limit)).await?;
        rows.iter().map(user).collect()
    }

    /// How many users the organisation has.
    pub async fn count_users(&mut self, org: &str) -> Result<u64> {
        self.conn.count(&COUNT_USERS, &[Arg::Text(org)]).await
    }

    /// Gives a user without a name one; it changes nothing of what the user may do.
    pub async fn name_user(&mut self, org: &str, account_id: &str, name: &str) -> Result<()> {
        let args = [Arg::Text(org), Arg::Text(account_id), Arg::Text(name)];
        self.conn.run(&NAME_USER, &args).await.map(drop)
    }

    /// Removes a user and takes the person out of the roles; whether there was one.
    pub async fn delete_user(&mut self, org: &str, account_id: &str) -> Result<bool> {
        self.access_changes();
        self.drop_from_roles(org, &Subject::User(account_id.to_owned())).await?;
        let deleted = self.conn.run(&DELETE_USER, &[Arg::Text(org), Arg::Text(account_id)]).await? > 0;
        if deleted {
            self.record_in(org, "", "delete", ("user", account_id), &json!({})).await?;
        }
        Ok(deleted)
    }
}

fn window(org: &str, start: u32, limit: u32) -> [Arg<'_>; 3] {
    [Arg::Text(org), Arg::Int(limit.into()), Arg::Int(start.into())]
}

fn client(row: &Row) -> Result<ServiceClient> {
    let kind = ClientKind::parse(&row.text(4)?).ok_or(StoreError::Damaged { what: "service client" })?;
    let old = (row.opt_text(7)?, row.opt_int(8)?);
    Ok(ServiceClient {
        client_id: row.text(0)?,
        name: row.text(1)?,
        org: row.text(2)?,
        technical_account: row.text(3)?,
        kind,
        disabled: row.int(5)? != 0,
        secret_sha256: row.text(6)?,
        old_secret: match old {
            (Some(sha256), Some(until_ms)) => Some(OldSecret { sha256, until_ms }),
            _ => None,
        },
        created_at_ms: row.int(9)?,
    })
}

fn user(row: &Row) -> Result<User> {
    Ok(User {
        org: row.text(0)?,
        account_id: row.text(1)?,
        issuer: row.text(2)?,
        subject: row.text(3)?,
        name: row.text(4)?,
        created_at_ms: row.int(5)?,
    })
}
