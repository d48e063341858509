//! Roles of an organisation and who is in them. The built-in roles are in the program; only their members are kept.

use lakehead_model::access::{ADMINISTRATOR, BuiltIn, Grant, Grants, Permission};
use serde_json::{Value, json};

use crate::db::{Arg, Row, Sql, to_json};
use crate::error::{Result, StoreError};
use crate::store::Tx;

/// A role that an organisation made itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// UUID.
    pub id: String,
    /// Name, unique in the organisation.
    pub name: String,
    /// More for people.
    pub description: String,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// Ids of the sandboxes that it is for; `None` is every sandbox.
    pub sandboxes: Option<Vec<String>>,
    /// Data usage labels that its members see.
    pub labels: Vec<String>,
    /// Version.
    pub etag: String,
    /// When it was made, epoch milliseconds.
    pub created_at_ms: i64,
    /// Who made it.
    pub created_by: String,
    /// When it was last changed, epoch milliseconds.
    pub modified_at_ms: i64,
    /// Who changed it last.
    pub modified_by: String,
}

/// Somebody who can be in a role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A service client, by its id.
    Client(String),
    /// A user, by the account.
    User(String),
}

impl Subject {
    /// The name of its kind, in the database and on the wire.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Client(_) => "client",
            Self::User(_) => "user",
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::Client(id) | Self::User(id) => id,
        }
    }

    fn from_row(row: &Row, column: usize) -> Result<Self> {
        let id = row.text(column + 1)?;
        match row.text(column)?.as_str() {
            "client" => Ok(Self::Client(id)),
            "user" => Ok(Self::User(id)),
            _ => Err(StoreError::Damaged { what: "member of a role" }),
        }
    }
}

/// Stands for every sandbox in the database.
const EVERYWHERE: &str = "*";

const INSERT: Sql = Sql::same(
    "INSERT INTO role (org, role_id, name, description, permissions, sandboxes, labels, etag, created_at, created_by,
         modified_at, modified_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
);
const UPDATE: Sql = Sql::same(
    "UPDATE role SET name = $3, description = $4, permissions = $5, sandboxes = $6, labels = $7, etag = $8,
         modified_at = $9, modified_by = $10
     WHERE org = $1 AND role_id = $2 AND etag = $11",
);
const GET: Sql = Sql::same(
    "SELECT role_id, name, description, permissions, sandboxes, labels, etag, created_at, created_by, modified_at,
         modified_by
     FROM role WHERE org = $1 AND role_id = $2",
);
const ALL: Sql = Sql::same(
    "SELECT role_id, name, description, permissions, sandboxes, labels, etag, created_at, created_by, modified_at,
         modified_by
     FROM role WHERE org = $1 ORDER BY created_at, role_id",
);
const DELETE: Sql = Sql::same("DELETE FROM role WHERE org = $1 AND role_id = $2");
const DELETE_MEMBERS: Sql = Sql::same("DELETE FROM role_member WHERE org = $1 AND role_id = $2");
const ASSIGN: Sql = Sql::same(
    "INSERT INTO role_member (org, role_id, subject_kind, client_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
);
const UNASSIGN: Sql =
    Sql::same("DELETE FROM role_member WHERE org = $1 AND role_id = $2 AND subject_kind = $3 AND client_id = $4");
const DROP_SUBJECT: Sql = Sql::same("DELETE FROM role_member WHERE org = $1 AND subject_kind = $2 AND client_id = $3");
const MEMBERS: Sql = Sql::same(
    "SELECT subject_kind, client_id FROM role_member WHERE org = $1 AND role_id = $2
     ORDER BY subject_kind, client_id LIMIT $3 OFFSET $4",
);
const COUNT_MEMBERS: Sql = Sql::same("SELECT count(*) FROM role_member WHERE org = $1 AND role_id = $2");
const ROLES_OF: Sql = Sql::same(
    "SELECT m.role_id, r.permissions, r.sandboxes, r.labels
     FROM role_member m LEFT JOIN role r ON r.org = m.org AND r.role_id = m.role_id
     WHERE m.org = $1 AND m.subject_kind = $2 AND m.client_id = $3 ORDER BY m.role_id",
);
// Names of permissions have no other one inside their quotes, so the text search is exact.
const ADMINISTRATORS: Sql = Sql::same(
    "SELECT count(DISTINCT m.subject_kind || ':' || m.client_id)
     FROM role_member m
     LEFT JOIN role r ON r.org = m.org AND r.role_id = m.role_id
     LEFT JOIN service_client c ON m.subject_kind = 'client' AND c.org = m.org AND c.client_id = m.client_id
     WHERE m.org = $1 AND (m.role_id = $2 OR r.permissions LIKE '%\"administer\"%')
         AND (m.subject_kind = 'user' OR c.disabled = 0)",
);

impl Tx {
    /// Stores a new role; `Taken { constraint: "role_name" }` when the name is in use.
    pub async fn insert_role(&mut self, org: &str, role: &Role) -> Result<()> {
        let (permissions, sandboxes, labels) = lists(role)?;
        let row = [
            Arg::Text(org),
            Arg::Text(&role.id),
            Arg::Text(&role.name),
            Arg::Text(&role.description),
            Arg::Text(&permissions),
            Arg::Text(&sandboxes),
            Arg::Text(&labels),
            Arg::Text(&role.etag),
            Arg::Int(role.created_at_ms),
            Arg::Text(&role.created_by),
            Arg::Int(role.modified_at_ms),
            Arg::Text(&role.modified_by),
        ];
        self.access_changes();
        self.conn.run(&INSERT, &row).await?;
        self.record_in(org, "", "create", ("role", &role.id), &detail(role)).await
    }

    /// Replaces a role that is at the version `expected`; `Stale` where it is not, `Taken` as for a new one.
    pub async fn update_role(&mut self, org: &str, role: &Role, expected: &str) -> Result<()> {
        let (permissions, sandboxes, labels) = lists(role)?;
        let row = [
            Arg::Text(org),
            Arg::Text(&role.id),
            Arg::Text(&role.name),
            Arg::Text(&role.description),
            Arg::Text(&permissions),
            Arg::Text(&sandboxes),
            Arg::Text(&labels),
            Arg::Text(&role.etag),
            Arg::Int(role.modified_at_ms),
            Arg::Text(&role.modified_by),
            Arg::Text(expected),
        ];
        self.access_changes();
        if self.conn.run(&UPDATE, &row).await? == 0 {
            return Err(StoreError::Stale);
        }
        self.record_in(org, "", "update", ("role", &role.id), &detail(role)).await
    }

    /// The role that the organisation made under this id.
    pub async fn role(&mut self, org: &str, id: &str) -> Result<Option<Role>> {
        let row = self.conn.row(&GET, &[Arg::Text(org), Arg::Text(id)]).await?;
        row.as_ref().map(role).transpose()
    }

    /// Every role that the organisation made, oldest first.
    pub async fn roles(&mut self, org: &str) -> Result<Vec<Role>> {
        let rows = self.conn.rows(&ALL, &[Arg::Text(org)]).await?;
        rows.iter().map(role).collect()
    }

    /// Removes a role and its memberships; whether there was one.
    pub async fn delete_role(&mut self, org: &str, id: &str) -> Result<bool> {
        self.access_changes();
        self.conn.run(&DELETE_MEMBERS, &[Arg::Text(org), Arg::Text(id)]).await?;
        let deleted = self.conn.run(&DELETE, &[Arg::Text(org), Arg::Text(id)]).await? > 0;
        if deleted {
            self.record_in(org, "", "delete", ("role", id), &json!({})).await?;
        }
        Ok(deleted)
    }

    /// Puts somebody into a role, built-in ones included. The caller has made sure that both exist.
    pub async fn assign_role(&mut self, org: &str, role_id: &str, subject: &Subject) -> Result<()> {
        self.access_changes();
        if self.conn.run(&ASSIGN, &membership(org, role_id, subject)).await? > 0 {
            self.record_in(org, "", "assign", ("role", role_id), &whom(subject)).await?;
        }
        Ok(())
    }

    /// Takes somebody out of a role; whether the subject was in it.
    pub async fn unassign_role(&mut self, org: &str, role_id: &str, subject: &Subject) -> Result<bool> {
        self.access_changes();
        let had = self.conn.run(&UNASSIGN, &membership(org, role_id, subject)).await? > 0;
        if had {
            self.record_in(org, "", "unassign", ("role", role_id), &whom(subject)).await?;
        }
        Ok(had)
    }

    pub(crate) async fn drop_from_roles(&mut self, org: &str, subject: &Subject) -> Result<()> {
        self.access_changes();
        let args = [Arg::Text(org), Arg::Text(subject.kind()), Arg::Text(subject.id())];
        self.conn.run(&DROP_SUBJECT, &args).await.map(drop)
    }

    /// Members of a role, without the first `start`.
    pub async fn role_members(&mut self, org: &str, role_id: &str, start: u32, limit: u32) -> Result<Vec<Subject>> {
        let args = [Arg::Text(org), Arg::Text(role_id), Arg::Int(limit.into()), Arg::Int(start.into())];
        let rows = self.conn.rows(&MEMBERS, &args).await?;
        rows.iter().map(|row| Subject::from_row(row, 0)).collect()
    }

    /// How many members a role has.
    pub async fn count_role_members(&mut self, org: &str, role_id: &str) -> Result<u64> {
        self.conn.count(&COUNT_MEMBERS, &[Arg::Text(org), Arg::Text(role_id)]).await
    }

    /// Ids of the roles that somebody is in.
    pub async fn roles_of(&mut self, org: &str, subject: &Subject) -> Result<Vec<String>> {
        self.memberships(org, subject).await?.iter().map(|row| row.text(0)).collect()
    }

    /// What all roles of somebody grant.
    pub async fn grants_of(&mut self, org: &str, subject: &Subject) -> Result<Grants> {
        let rows = self.memberships(org, subject).await?;
        let grants = rows.iter().filter_map(|row| grant(row).transpose());
        grants.collect::<Result<_>>().map(Grants)
    }

    /// How many clients that are not disabled and users may administer the organisation.
    pub async fn count_administrators(&mut self, org: &str) -> Result<u64> {
        self.conn.count(&ADMINISTRATORS, &[Arg::Text(org), Arg::Text(ADMINISTRATOR)]).await
    }

    async fn memberships(&mut self, org: &str, subject: &Subject) -> Result<Vec<Row>> {
        let args = [Arg::Text(org), Arg::Text(subject.kind()), Arg::Text(subject.id())];
        self.conn.rows(&ROLES_OF, &args).await
    }
}

/// What the audit trail keeps of a role.
fn detail(role: &Role) -> Value {
    json!({
        "name": role.name,
        "permissions": role.permissions,
        "sandboxes": role.sandboxes,
        "labels": role.labels,
    })
}

fn whom(subject: &Subject) -> Value {
    json!({ "subjectType": subject.kind(), "subjectId": subject.id() })
}

fn membership<'a>(org: &'a str, role_id: &'a str, subject: &'a Subject) -> [Arg<'a>; 4] {
    [Arg::Text(org), Arg::Text(role_id), Arg::Text(subject.kind()), Arg::Text(subject.id())]
}

/// Permissions, sandboxes and labels as they are kept.
fn lists(role: &Role) -> Result<(String, String, String)> {
    let sandboxes = match &role.sandboxes {
        None => to_json(&[EVERYWHERE], "role")?,
        Some(ids) => to_json(ids, "role")?,
    };
    Ok((to_json(&role.permissions, "role")?, sandboxes, to_json(&role.labels, "role")?))
}

fn role(row: &Row) -> Result<Role> {
    Ok(Role {
        id: row.text(0)?,
        name: row.text(1)?,
        description: row.text(2)?,
        permissions: row.json(3, "role")?,
        sandboxes: sandboxes(row, 4)?,
        labels: row.json(5, "role")?,
        etag: row.text(6)?,
        created_at_ms: row.int(7)?,
        created_by: row.text(8)?,
        modified_at_ms: row.int(9)?,
        modified_by: row.text(10)?,
    })
}

/// What a membership grants; nothing where the role is unknown to this version.
fn grant(row: &Row) -> Result<Option<Grant>> {
    if let Some(built_in) = BuiltIn::find(&row.text(0)?) {
        return Ok(Some(Grant {
            permissions: built_in.permissions.iter().copied().collect(),
            sandboxes: None,
            labels: if built_in.all_labels { None } else { Some(Vec::new()) },
        }));
    }
    if row.opt_text(1)?.is_none() {
        return Ok(None);
    }
    let permissions: Vec<Permission> = row.json(1, "role")?;
    let administers = permissions.contains(&Permission::Administer);
    Ok(Some(Grant {
        permissions: permissions.into_iter().collect(),
        sandboxes: sandboxes(row, 2)?,
        // Who may give labels to himself has them.
        labels: if administers { None } else { Some(row.json(3, "role")?) },
    }))
}

/// Ids of sandboxes; `None` where one entry stands for all.
fn sandboxes(row: &Row, column: usize) -> Result<Option<Vec<String>>> {
    let ids: Vec<String> = row.json(column, "role")?;
    Ok(if ids.iter().any(|id| id == EVERYWHERE) { None } else { Some(ids) })
}
