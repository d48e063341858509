//! Roles, built-in and self-made alike: found, made, changed, removed, by what people write.

use lakehead_model::access::{BUILT_IN, BuiltIn, Permission, check_label};
use lakehead_model::invalid::excerpt;
use lakehead_model::{Etag, Id};
use lakehead_store::{Role, Sandbox, Tx};

use super::administer::{Administrators, Done, bad, check_name, conflict, unknown};

/// Roles that one organisation may make.
const MAX_ROLES: usize = 500;
/// Labels of one role.
const MAX_LABELS: usize = 100;
/// Longest description, characters.
const MAX_DESCRIPTION: usize = 1000;
/// Stands for every sandbox.
pub(crate) const EVERY_SANDBOX: &str = "*";

/// A role as people write and read it: sandboxes by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoleText {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) permissions: Vec<String>,
    /// Names, or [`EVERY_SANDBOX`].
    pub(crate) sandboxes: Vec<String>,
    pub(crate) labels: Vec<String>,
}

struct RoleKind;
impl lakehead_model::id::Kind for RoleKind {
    const NAME: &'static str = "role";
}

/// The role of this id or, for people's convenience, of this name.
pub(crate) async fn find(tx: &mut Tx, org: &str, id_or_name: &str) -> Done<Role> {
    if let Some(role) = BuiltIn::find(id_or_name) {
        return Ok(built_in(role));
    }
    if let Some(role) = tx.role(org, id_or_name).await? {
        return Ok(role);
    }
    let named = tx.roles(org).await?.into_iter().find(|role| role.name == id_or_name);
    named.ok_or_else(|| unknown("role", id_or_name))
}

/// Every role, the built-in ones first.
pub(crate) async fn all(tx: &mut Tx, org: &str) -> Done<Vec<Role>> {
    let mut roles: Vec<Role> = BUILT_IN.iter().map(built_in).collect();
    roles.extend(tx.roles(org).await?);
    Ok(roles)
}

/// Makes a role. `by` is who does.
pub(crate) async fn create(tx: &mut Tx, org: &str, text: &RoleText, by: &str) -> Done<Role> {
    tx.lock_organisation(org).await?;
    if tx.roles(org).await?.len() >= MAX_ROLES {
        let message =
            format!("the organisation has {MAX_ROLES} roles already, without room for `{}`", excerpt(&text.name));
        return Err(conflict(format!("{message}; delete one first")));
    }
    let now_ms = tx.now_ms().await?;
    let role = Role {
        id: Id::<RoleKind>::generate().to_string(),
        name: String::new(),
        description: String::new(),
        permissions: Vec::new(),
        sandboxes: None,
        labels: Vec::new(),
        etag: Etag::generate().to_string(),
        created_at_ms: now_ms,
        created_by: by.to_owned(),
        modified_at_ms: now_ms,
        modified_by: by.to_owned(),
    };
    let role = filled(tx, org, role, text).await?;
    tx.insert_role(org, &role).await?;
    Ok(role)
}

/// Makes `role`, as it was read in this transaction, say what `text` says.
pub(crate) async fn update(tx: &mut Tx, org: &str, role: &Role, text: &RoleText, by: &str) -> Done<Role> {
    changeable(role)?;
    let administrators = Administrators::count(tx, org).await?;
    let mut changed = filled(tx, org, role.clone(), text).await?;
    changed.etag = Etag::generate().to_string();
    changed.modified_at_ms = tx.now_ms().await?;
    by.clone_into(&mut changed.modified_by);
    tx.update_role(org, &changed, &role.etag).await?;
    administrators.are_left(tx, org).await?;
    Ok(changed)
}

/// Removes a role and all memberships in it.
pub(crate) async fn delete(tx: &mut Tx, org: &str, id: &str) -> Done<()> {
    let administrators = Administrators::count(tx, org).await?;
    let role = find(tx, org, id).await?;
    changeable(&role)?;
    tx.delete_role(org, &role.id).await?;
    administrators.are_left(tx, org).await
}

/// Whether the program brings the role along.
pub(crate) fn is_built_in(role: &Role) -> bool {
    BuiltIn::find(&role.id).is_some()
}

/// The role as people read it; sandboxes that were deleted are left out.
pub(crate) fn text(role: &Role, sandboxes: &[Sandbox]) -> RoleText {
    let name_of = |id: &String| sandboxes.iter().find(|sandbox| sandbox.id == *id).map(|found| found.name.clone());
    RoleText {
        name: role.name.clone(),
        description: role.description.clone(),
        permissions: role.permissions.iter().map(|permission| permission.as_str().to_owned()).collect(),
        sandboxes: match &role.sandboxes {
            None => vec![EVERY_SANDBOX.to_owned()],
            Some(ids) => ids.iter().filter_map(name_of).collect(),
        },
        labels: role.labels.clone(),
    }
}

fn changeable(role: &Role) -> Done<()> {
    if is_built_in(role) {
        let message = format!("role `{}` is built in and cannot be changed or deleted; make another one", role.name);
        return Err(conflict(message));
    }
    Ok(())
}

/// A built-in role in the shape of the others. Its administrators see every label, shown as `*`.
fn built_in(role: &BuiltIn) -> Role {
    Role {
        id: role.name.to_owned(),
        name: role.name.to_owned(),
        description: role.description.to_owned(),
        permissions: role.permissions.to_vec(),
        sandboxes: None,
        labels: if role.all_labels { vec!["*".to_owned()] } else { Vec::new() },
        etag: Etag::from_text("1").to_string(),
        created_at_ms: 0,
        created_by: "SYSTEM".to_owned(),
        modified_at_ms: 0,
        modified_by: "SYSTEM".to_owned(),
    }
}

/// `role` with everything that `text` says, checked.
async fn filled(tx: &mut Tx, org: &str, mut role: Role, text: &RoleText) -> Done<Role> {
    check_name("name", &text.name)?.clone_into(&mut role.name);
    let same = |name: &str| name.eq_ignore_ascii_case(&role.name);
    let taken = tx.roles(org).await?.iter().any(|other| other.id != role.id && other.name == role.name);
    if taken || BUILT_IN.iter().any(|built_in| same(built_in.name)) {
        return Err(conflict(format!("there is a role `{}` already; choose another name", role.name)));
    }
    if text.description.chars().count() > MAX_DESCRIPTION || text.description.contains('\0') {
        return Err(bad(format!("`description` must have at most {MAX_DESCRIPTION} characters and no NUL")));
    }
    role.description.clone_from(&text.description);
    role.permissions = text.permissions.iter().map(|name| permission(name)).collect::<Done<_>>()?;
    role.permissions.sort_unstable();
    role.permissions.dedup();
    role.sandboxes = sandbox_ids(tx, org, &text.sandboxes).await?;
    if role.sandboxes.is_some() && role.permissions.contains(&Permission::Administer) {
        return Err(bad("`administer` is about the whole organisation: give the role every sandbox (`*`)"));
    }
    if text.labels.len() > MAX_LABELS {
        return Err(bad(format!("`labels` can have at most {MAX_LABELS} entries")));
    }
    text.labels.iter().try_for_each(|label| check_label(label))?;
    role.labels.clone_from(&text.labels);
    role.labels.sort_unstable();
    role.labels.dedup();
    Ok(role)
}

fn permission(name: &str) -> Done<Permission> {
    Permission::parse(name).ok_or_else(|| {
        let known: Vec<&str> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
        bad(format!("`{}` is not a permission; there are {}", excerpt(name), known.join(", ")))
    })
}

/// Ids of the sandboxes of these names; `None` where one of them stands for all.
async fn sandbox_ids(tx: &mut Tx, org: &str, names: &[String]) -> Done<Option<Vec<String>>> {
    if names.iter().any(|name| name == EVERY_SANDBOX) {
        return Ok(None);
    }
    let sandboxes = tx.sandboxes(org).await?;
    let mut ids = Vec::new();
    for name in names {
        let sandbox = sandboxes.iter().find(|sandbox| sandbox.name == *name);
        let id = &sandbox
            .ok_or_else(|| {
                bad(format!("`sandboxes` names `{}`, which does not exist; list the sandboxes", excerpt(name)))
            })?
            .id;
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    Ok(Some(ids))
}
