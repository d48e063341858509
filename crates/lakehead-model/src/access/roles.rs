//! The roles that every organisation has, and what roles may hold.

use super::Permission::{
    self, Administer, ManageDatasets, ManageSchemas, ManageSources, ViewDatasets, ViewSandboxes, ViewSchemas,
    ViewSources,
};
use crate::invalid::{Invalid, excerpt};

/// Longest data usage label, characters.
const MAX_LABEL: usize = 128;

/// A role that is always there, for every sandbox. It can be given and taken, but not changed or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its id, which is its name too.
    pub name: &'static str,
    /// One line for people.
    pub description: &'static str,
    /// What it allows.
    pub permissions: &'static [Permission],
    /// Whether its members see every data usage label; none where not.
    pub all_labels: bool,
}

/// The role whose members may do everything.
pub const ADMINISTRATOR: &str = "administrator";

/// Every built-in role.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: ADMINISTRATOR,
        description: "May do everything, clients, users and roles included, and sees every data usage label.",
        permissions: &[Administer],
        all_labels: true,
    },
    BuiltIn {
        name: "source-manager",
        description: "Manages sources, datasets and schemas in every sandbox.",
        permissions: &[ManageSources, ManageDatasets, ManageSchemas, ViewSandboxes],
        all_labels: false,
    },
    BuiltIn {
        name: "viewer",
        description: "Sees everything in every sandbox, changes nothing.",
        permissions: &[ViewSources, ViewDatasets, ViewSchemas, ViewSandboxes],
        all_labels: false,
    },
];

impl BuiltIn {
    /// The built-in role of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        BUILT_IN.iter().find(|role| role.name == name)
    }
}

/// Accepts a data usage label such as `core/C12` or `custom/campaign`.
pub fn check_label(label: &str) -> Result<(), Invalid> {
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| !c.is_control() && !c.is_whitespace());
    match label.split_once('/') {
        Some((space, name)) if plain(space) && plain(name) && label.chars().count() <= MAX_LABEL => Ok(()),
        _ => Err(Invalid::value(
            "labels",
            &format!("`{}` is not a data usage label; give a kind and a name such as `core/C12`", excerpt(label)),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_roles_are_found_by_name_and_one_administers() {
        assert_eq!(BuiltIn::find(ADMINISTRATOR).unwrap().permissions, [Administer]);
        assert!(BuiltIn::find("viewer").unwrap().permissions.iter().all(|permission| permission.is_view()));
        assert_eq!(BuiltIn::find("Viewer"), None);
    }

    #[test]
    fn labels_have_a_kind_and_a_name() {
        assert!(check_label("core/C12").is_ok());
        for bad in ["", "C12", "core/", "/C12", "core/C 12", "core/C\u{7}", &format!("core/{}", "x".repeat(200))] {
            assert!(check_label(bad).is_err(), "{bad}");
        }
    }
}
