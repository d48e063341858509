//! What a caller may do: the permissions that roles grant, each for some sandboxes.

mod grants;
mod roles;

pub use grants::{Grant, Grants, Permissions};
pub use roles::{ADMINISTRATOR, BUILT_IN, BuiltIn, check_label};

use serde::{Deserialize, Serialize};

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

    /// Whether it is about seeing only.
    pub const fn is_view(self) -> bool {
        matches!(self, Self::ViewSources | Self::ViewDatasets | Self::ViewSchemas | Self::ViewSandboxes)
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
}
