//! What a caller may do: the permissions that roles grant, each for some sandboxes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body;
use crate::invalid::{Invalid, excerpt};

/// One right, by the name that roles and messages use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// See connections, source connections, flows, runs and mapping sets; test and explore connections.
    ViewSources,
    /// Make, change, run and delete them.
    ManageSources,
    /// See datasets, target connections, batches and their files.
    ViewDatasets,
    /// Make, change and delete datasets and target connections.
    ManageDatasets,
    /// See schemas and their parts.
    ViewSchemas,
    /// Make and change them.
    ManageSchemas,
    /// See sandboxes.
    ViewSandboxes,
    /// Make, change, reset and delete sandboxes.
    ManageSandboxes,
    /// Administer the organisation: clients, users, roles, specs, and the audit trail.
    Administer,
}

impl Permission {
    /// Every permission.
    pub const ALL: &[Self] = &[
        Self::ViewSources,
        Self::ManageSources,
        Self::ViewDatasets,
        Self::ManageDatasets,
        Self::ViewSchemas,
        Self::ManageSchemas,
        Self::ViewSandboxes,
        Self::ManageSandboxes,
        Self::Administer,
    ];

    /// The name in roles and messages, such as `manage-sources`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ViewSources => "view-sources",
            Self::ManageSources => "manage-sources",
            Self::ViewDatasets => "view-datasets",
            Self::ManageDatasets => "manage-datasets",
            Self::ViewSchemas => "view-schemas",
            Self::ManageSchemas => "manage-schemas",
            Self::ViewSandboxes => "view-sandboxes",
            Self::ManageSandboxes => "manage-sandboxes",
            Self::Administer => "administer",
        }
    }

    /// The permission of this name; `None` for any other text.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == name)
    }

    /// Whether holding `self` includes `other`: who manages also sees, who administers may do everything.
    pub fn includes(self, other: Self) -> bool {
        self == other
            || self == Self::Administer
            || matches!(
                (self, other),
                (Self::ManageSources, Self::ViewSources)
                    | (Self::ManageDatasets, Self::ViewDatasets)
                    | (Self::ManageSchemas, Self::ViewSchemas)
                    | (Self::ManageSandboxes, Self::ViewSandboxes)
            )
    }
}

/// Permissions, and the sandboxes where they hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Identity; the name itself for those that always exist.
    pub id: String,
    /// Name for people, unique in the organisation.
    pub name: String,
    /// What its members may do.
    pub permissions: Vec<Permission>,
    /// Names of the sandboxes where they may; [`Role::EVERYWHERE`] means all.
    pub sandboxes: Vec<String>,
}

impl Role {
    /// Stands for every sandbox.
    pub const EVERYWHERE: &'static str = "*";
    /// Id of the role that may do everything.
    pub const ADMINISTRATOR: &'static str = "administrator";

    /// The roles that every organisation has.
    pub fn built_in() -> Vec<Self> {
        use Permission::{
            Administer, ManageDatasets, ManageSchemas, ManageSources, ViewDatasets, ViewSandboxes, ViewSchemas,
            ViewSources,
        };
        let role = |name: &str, permissions: &[Permission]| Self {
            id: name.to_owned(),
            name: name.to_owned(),
            permissions: permissions.to_vec(),
            sandboxes: vec![Self::EVERYWHERE.to_owned()],
        };
        vec![
            role(Self::ADMINISTRATOR, &[Administer]),
            role("source-manager", &[ManageSources, ManageDatasets, ManageSchemas, ViewSandboxes]),
            role("viewer", &[ViewSources, ViewDatasets, ViewSchemas, ViewSandboxes]),
        ]
    }

    /// Whether its members may do what needs `permission` in a sandbox; without a sandbox, in any.
    pub fn grants(&self, permission: Permission, sandbox: Option<&str>) -> bool {
        let here = match sandbox {
            None => true,
            Some(name) => self.sandboxes.iter().any(|known| known == Self::EVERYWHERE || known == name),
        };
        here && self.permissions.iter().any(|held| held.includes(permission))
    }

    /// Reads a request to make a role: `name`, `permissions` and `sandboxes` (all where it is missing). `id` is the new id.
    pub fn parse(body: &Value, id: String) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let list = |field: &str| -> Result<Option<Vec<String>>, Invalid> {
            let bad = || Invalid::value(field, "a list of at most 100 names is expected");
            let Some(value) = body::member(root, field) else { return Ok(None) };
            let items = value.as_array().filter(|items| items.len() <= 100).ok_or_else(bad)?;
            items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
                .map(Some)
                .ok_or_else(bad)
        };
        let names =
            list("permissions")?.filter(|names| !names.is_empty()).ok_or_else(|| Invalid::missing("permissions"))?;
        let known = || Permission::ALL.iter().map(|permission| permission.as_str()).collect::<Vec<_>>().join(", ");
        let permissions = names.iter().map(|name| {
            let cure = || Invalid::value("permissions", &format!("`{}` is unknown: choose {}", excerpt(name), known()));
            Permission::parse(name).ok_or_else(cure)
        });
        Ok(Self {
            id,
            name: body::name(root)?,
            permissions: permissions.collect::<Result<_, _>>()?,
            sandboxes: list("sandboxes")?.unwrap_or_else(|| vec![Self::EVERYWHERE.to_owned()]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_managing_includes_viewing() {
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(*permission));
            assert!(Permission::Administer.includes(*permission));
        }
        assert_eq!(Permission::parse("everything"), None);
        assert!(Permission::ManageSources.includes(Permission::ViewSources));
        assert!(!Permission::ViewSources.includes(Permission::ManageSources));
        assert!(!Permission::ManageSources.includes(Permission::ViewDatasets));
    }

    #[test]
    fn a_role_grants_where_it_holds() {
        let body = serde_json::json!({"name": "n", "permissions": ["manage-sources"], "sandboxes": ["dev"]});
        let role = Role::parse(&body, "id".into()).unwrap();
        assert!(role.grants(Permission::ViewSources, Some("dev")) && role.grants(Permission::ManageSources, None));
        assert!(!role.grants(Permission::ViewSources, Some("prod")));
        assert!(!role.grants(Permission::ViewDatasets, Some("dev")));
        let [administrator, _, viewer] = &Role::built_in()[..] else { panic!("three roles") };
        assert!(administrator.grants(Permission::ManageSandboxes, Some("any")));
        assert!(!viewer.grants(Permission::ManageSources, Some("any")));
        for bad in [
            serde_json::json!({"name": "n"}),
            serde_json::json!({"name": "n", "permissions": ["fly"]}),
            serde_json::json!({"name": "n", "permissions": "administer"}),
            serde_json::json!({"permissions": ["administer"]}),
        ] {
            Role::parse(&bad, "id".into()).unwrap_err();
        }
    }
}
