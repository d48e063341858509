//! Who may do what: the clients and roles of an organisation, for its administrators.

mod clients;
mod roles;

use lakehead_model::access::Permission::Administer;
use lakehead_model::access::{Permission, Role};
use lakehead_store::Tx;
use serde_json::{Value, json};

use super::caller::Member;
use super::openapi::parameters::{Kind, Parameter};
use super::problem::{Answer, Problem};
use super::routes::{Doc, Service};

/// Base path of the service.
const BASE: &str = "/data/foundation/access-control";
const DISABLED: &[Parameter] = &[Parameter::new("disabled", Kind::Flag, "Whether it gets no tokens.").required()];

/// Every route of access control.
pub(super) fn routes() -> Service {
    let doc = |id, summary| Doc::new(id, summary).needs(Administer);
    Service::new(BASE, "Access control")
        .get("/acl/reference", reference, Doc::new("listPermissions", "List the permissions that exist"))
        .get("/administration/roles", roles::list, doc("listRoles", "List roles").answers(200, "Roles"))
        .post(
            "/administration/roles",
            roles::create,
            doc("createRole", "Make a role").body("RoleCreate").answers(201, "Role"),
        )
        .get("/administration/roles/{id}", roles::get, doc("getRole", "Show a role").answers(200, "Role"))
        .delete("/administration/roles/{id}", roles::delete, doc("deleteRole", "Delete a role").answers_nothing())
        .get(
            "/administration/roles/{id}/subjects",
            roles::members,
            doc("listRoleSubjects", "List the clients that have a role"),
        )
        .put(
            "/administration/roles/{id}/subjects/{client}",
            roles::assign,
            doc("assignRole", "Give a role to a client").answers_nothing(),
        )
        .delete(
            "/administration/roles/{id}/subjects/{client}",
            roles::unassign,
            doc("unassignRole", "Take a role from a client").answers_nothing(),
        )
        .get("/administration/clients", clients::list, doc("listClients", "List clients").answers(200, "Clients"))
        .post(
            "/administration/clients",
            clients::create,
            doc("createClient", "Make a client; its secret is shown only now")
                .body("ClientCreate")
                .answers(201, "ClientCreated"),
        )
        .patch(
            "/administration/clients/{id}",
            clients::set_disabled,
            doc("disableClient", "Disable or enable a client; its tokens follow at once")
                .query(DISABLED)
                .answers_nothing(),
        )
        .delete(
            "/administration/clients/{id}",
            clients::delete,
            doc("deleteClient", "Delete a client; its tokens end at once").answers_nothing(),
        )
}

/// `GET /acl/reference`
async fn reference(_: Member) -> axum::Json<Value> {
    let names: Vec<&str> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
    axum::Json(json!({ "permissions": names }))
}

/// An organisation that nobody administers could never be mended through the API.
async fn keep_an_administrator(tx: &mut Tx, org: &str) -> Answer<()> {
    for client_id in tx.role_members(org, Role::ADMINISTRATOR).await? {
        if tx.client(&client_id).await?.is_some_and(|client| !client.disabled) {
            return Ok(());
        }
    }
    let message = "the last `administrator` of the organisation cannot be taken away; make another one first";
    Err(Problem::new("PLATFORM-1005-409", message))
}
