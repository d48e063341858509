//! Access control: roles and their members, clients and users of the organisation, and what the caller may do.
//!
//! An administrator acts within the own organisation only. Administering holds every permission, so nobody can give
//! away more than they have.

mod clients;
mod lists;
mod members;
mod policies;
mod roles;
mod users;

use lakehead_model::access::Permission::Administer;

use super::openapi::parameters::WINDOW;
use super::routes::{Doc, Service};

/// Base path of the service.
const BASE: &str = "/data/foundation/access-control";

/// Every route of access control.
pub(super) fn routes() -> Service {
    let service = Service::new(BASE, "Access control")
        .get(
            "/acl/reference",
            policies::reference,
            Doc::new("listPermissions", "List permissions and resource types").answers(200, "AccessReference"),
        )
        .post(
            "/acl/effective-policies",
            policies::effective,
            Doc::new("getEffectivePolicies", "Show what the caller may do in the sandbox")
                .body("AccessQuestions")
                .answers(200, "AccessPolicies"),
        );
    let service = roles(service.group("Roles"));
    let service = clients(service.group("Clients"));
    users(service.group("Users"))
}

/// Everything here but the caller's own permissions is for administrators.
fn administer(id: &'static str, summary: &'static str) -> Doc {
    Doc::new(id, summary).needs(Administer)
}

fn roles(service: Service) -> Service {
    let one = "/administration/roles/{id}";
    let members = "/administration/roles/{id}/subjects";
    service
        .get(
            "/administration/roles",
            roles::list,
            administer("listRoles", "List roles, the built-in ones first").query(WINDOW).answers(200, "RoleList"),
        )
        .post(
            "/administration/roles",
            roles::create,
            administer("createRole", "Make a role")
                .notes("`sandboxes` are names, or `*` for every one; without it the role is for none yet.")
                .body("RoleWrite")
                .answers(201, "Role"),
        )
        .get(one, roles::get, administer("getRole", "Show a role").answers(200, "Role"))
        .put(one, roles::put, administer("replaceRole", "Change a role").body("RoleWrite").answers(200, "Role"))
        .patch(one, roles::patch, administer("patchRole", "Change parts of a role").body("Patch").answers(200, "Role"))
        .delete(one, roles::delete, administer("deleteRole", "Remove a role and its memberships").answers_nothing())
        .get(
            members,
            members::list,
            administer("listRoleSubjects", "List who is in a role").query(WINDOW).answers(200, "SubjectList"),
        )
        .patch(
            members,
            members::patch,
            administer("patchRoleSubjects", "Put clients and users into a role, or take them out")
                .notes("Paths are `/user` and `/client`; the value is an id or a list of ids.")
                .body("Patch")
                .answers(200, "RoleSubjects"),
        )
}

fn clients(service: Service) -> Service {
    let one = "/administration/clients/{id}";
    service
        .get(
            "/administration/clients",
            clients::list,
            administer("listClients", "List clients").query(WINDOW).answers(200, "ClientList"),
        )
        .post(
            "/administration/clients",
            clients::create,
            administer("createClient", "Make a client")
                .notes("The answer has the secret; it is shown only then.")
                .body("ClientCreate")
                .answers(201, "ClientSecret"),
        )
        .get(one, clients::get, administer("getClient", "Show a client").answers(200, "Client"))
        .patch(
            one,
            clients::patch,
            administer("patchClient", "Rename, disable or enable a client").body("ClientPatch").answers(200, "Client"),
        )
        .delete(one, clients::delete, administer("deleteClient", "Remove a client and its tokens").answers_nothing())
        .post(
            "/administration/clients/{id}/secret",
            clients::rotate_secret,
            administer("rotateClientSecret", "Make a new secret; the old one stays valid for a while")
                .optional_body("SecretRotate")
                .answers(200, "ClientSecret"),
        )
}

fn users(service: Service) -> Service {
    service
        .get(
            "/administration/users",
            users::list,
            administer("listUsers", "List users of external issuers").query(WINDOW).answers(200, "UserList"),
        )
        .post(
            "/administration/users",
            users::create,
            administer("createUser", "Register a person of an external issuer").body("UserCreate").answers(201, "User"),
        )
        .get("/administration/users/{id}", users::get, administer("getUser", "Show a user").answers(200, "User"))
        .delete(
            "/administration/users/{id}",
            users::delete,
            administer("deleteUser", "Remove a user").answers_nothing(),
        )
}
