//! Roles: permissions, where they hold, and the clients that have them.

use lakehead_model::access::{Permission, Role};
use serde_json::json;

use crate::db::{Arg, Row, Sql, to_json};
use crate::error::Result;
use crate::store::Tx;

const INSERT: Sql = Sql::same(
    "INSERT INTO role (org, role_id, name, permissions, sandboxes, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
);
const ALL: Sql =
    Sql::same("SELECT role_id, name, permissions, sandboxes FROM role WHERE org = $1 ORDER BY created_at, role_id");
const DELETE: Sql = Sql::same("DELETE FROM role WHERE org = $1 AND role_id = $2");
const DISMISS: Sql = Sql::same("DELETE FROM role_member WHERE org = $1 AND role_id = $2");
const ASSIGN: Sql =
    Sql::same("INSERT INTO role_member (org, role_id, client_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
const UNASSIGN: Sql = Sql::same("DELETE FROM role_member WHERE org = $1 AND role_id = $2 AND client_id = $3");
const MEMBERS: Sql = Sql::same("SELECT client_id FROM role_member WHERE org = $1 AND role_id = $2 ORDER BY client_id");
const OF_CLIENT: Sql = Sql::same("SELECT role_id FROM role_member WHERE org = $1 AND client_id = $2 ORDER BY role_id");

impl Tx {
    /// Stores a new role; `Taken { constraint: "role_name" }` when the name is in use.
    pub async fn insert_role(&mut self, org: &str, role: &Role) -> Result<()> {
        let permissions = to_json(&role.permissions, "role")?;
        let sandboxes = to_json(&role.sandboxes, "role")?;
        let now_ms = self.now_ms().await?;
        let row = [
            Arg::Text(org),
            Arg::Text(&role.id),
            Arg::Text(&role.name),
            Arg::Text(&permissions),
            Arg::Text(&sandboxes),
            Arg::Int(now_ms),
        ];
        self.conn.run(&INSERT, &row).await?;
        self.record_in(org, "", "create", ("role", &role.id), &json!(role)).await
    }

    /// Every role of the organisation: those that always exist, then its own, oldest first.
    pub async fn roles(&mut self, org: &str) -> Result<Vec<Role>> {
        let rows = self.conn.rows(&ALL, &[Arg::Text(org)]).await?;
        let own = rows.iter().map(role).collect::<Result<Vec<Role>>>()?;
        Ok(Role::built_in().into_iter().chain(own).collect())
    }

    /// Removes a role of the organisation's own and takes it from everybody; `false` when there is none.
    pub async fn delete_role(&mut self, org: &str, role_id: &str) -> Result<bool> {
        let args = [Arg::Text(org), Arg::Text(role_id)];
        if self.conn.run(&DELETE, &args).await? == 0 {
            return Ok(false);
        }
        self.conn.run(&DISMISS, &args).await?;
        self.record_in(org, "", "delete", ("role", role_id), &json!({})).await?;
        Ok(true)
    }

    /// Gives a role to a client; giving it twice is the same.
    pub async fn assign_role(&mut self, org: &str, role_id: &str, client_id: &str) -> Result<()> {
        self.conn.run(&ASSIGN, &[Arg::Text(org), Arg::Text(role_id), Arg::Text(client_id)]).await?;
        self.record_in(org, "", "assign", ("role", role_id), &json!({ "clientId": client_id })).await
    }

    /// Takes a role from a client; `false` when it did not have it.
    pub async fn unassign_role(&mut self, org: &str, role_id: &str, client_id: &str) -> Result<bool> {
        let had = self.conn.run(&UNASSIGN, &[Arg::Text(org), Arg::Text(role_id), Arg::Text(client_id)]).await? > 0;
        if had {
            self.record_in(org, "", "unassign", ("role", role_id), &json!({ "clientId": client_id })).await?;
        }
        Ok(had)
    }

    /// Ids of the clients that have a role.
    pub async fn role_members(&mut self, org: &str, role_id: &str) -> Result<Vec<String>> {
        let rows = self.conn.rows(&MEMBERS, &[Arg::Text(org), Arg::Text(role_id)]).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// The roles that a client has.
    pub async fn roles_of(&mut self, org: &str, client_id: &str) -> Result<Vec<Role>> {
        let rows = self.conn.rows(&OF_CLIENT, &[Arg::Text(org), Arg::Text(client_id)]).await?;
        let ids = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<String>>>()?;
        Ok(self.roles(org).await?.into_iter().filter(|role| ids.contains(&role.id)).collect())
    }
}

fn role(row: &Row) -> Result<Role> {
    let permissions: Vec<Permission> = row.json(2, "role")?;
    Ok(Role { id: row.text(0)?, name: row.text(1)?, permissions, sandboxes: row.json(3, "role")? })
}
