//! What roles grant together to one account.

use std::collections::BTreeSet;
use std::fmt;

use super::Permission;

/// Permissions held together, what they include included.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(u16);

impl Permissions {
    /// Whether `permission` is held.
    pub fn allow(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// What either of both holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Every permission that is held.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.allow(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        let included = |held: Permission| Permission::ALL.iter().filter(move |other| held.includes(**other));
        Self(permissions.into_iter().flat_map(included).fold(0, |bits, permission| bits | bit(*permission)))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Permission::as_str)).finish()
    }
}

fn bit(permission: Permission) -> u16 {
    1 << permission as u16
}

/// What one role grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What it allows.
    pub permissions: Permissions,
    /// Ids of the sandboxes that it is for; `None` is every sandbox, also those that are made later.
    pub sandboxes: Option<Vec<String>>,
    /// Data usage labels that may be seen there; `None` is every label.
    pub labels: Option<Vec<String>>,
}

/// What all roles of an account grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(pub Vec<Grant>);

impl Grants {
    /// What may be done in one sandbox.
    pub fn in_sandbox(&self, sandbox_id: &str) -> Permissions {
        self.of(|grant| grant.covers(sandbox_id))
    }

    /// What may be done in at least one sandbox.
    pub fn somewhere(&self) -> Permissions {
        self.of(|_| true)
    }

    /// What may be done in every sandbox, so also for the organisation as a whole.
    pub fn everywhere(&self) -> Permissions {
        self.of(|grant| grant.sandboxes.is_none())
    }

    /// Labels that may be seen in one sandbox; `None` is every label.
    pub fn labels(&self, sandbox_id: &str) -> Option<BTreeSet<String>> {
        let mut seen = BTreeSet::new();
        for grant in self.0.iter().filter(|grant| grant.covers(sandbox_id)) {
            seen.extend(grant.labels.as_ref()?.iter().cloned());
        }
        Some(seen)
    }

    fn of(&self, counts: impl Fn(&Grant) -> bool) -> Permissions {
        let granted = self.0.iter().filter(|grant| counts(grant)).map(|grant| grant.permissions);
        granted.fold(Permissions::default(), Permissions::or)
    }
}

impl Grant {
    fn covers(&self, sandbox_id: &str) -> bool {
        self.sandboxes.as_ref().is_none_or(|ids| ids.iter().any(|id| id == sandbox_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(permissions: &[Permission], sandboxes: Option<&[&str]>, labels: Option<&[&str]>) -> Grant {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Grant {
            permissions: permissions.iter().copied().collect(),
            sandboxes: sandboxes.map(owned),
            labels: labels.map(owned),
        }
    }

    #[test]
    fn permissions_hold_what_they_include() {
        let held: Permissions = [Permission::ManageSources, Permission::ViewSandboxes].into_iter().collect();
        let expected = [Permission::ViewSources, Permission::ManageSources, Permission::ViewSandboxes];
        assert_eq!(held.iter().collect::<Vec<_>>(), expected);
        assert!(Permission::ALL.iter().all(|any| Permissions::from_iter([Permission::Administer]).allow(*any)));
        assert!(!Permissions::default().allow(Permission::ViewSources));
    }

    #[test]
    fn roles_add_up_in_the_sandboxes_they_are_for() {
        let grants = Grants(vec![
            grant(&[Permission::ViewSources], None, Some(&["core/C1"])),
            grant(&[Permission::ManageSources], Some(&["dev"]), Some(&["core/C2"])),
        ]);
        assert!(grants.in_sandbox("dev").allow(Permission::ManageSources));
        assert!(!grants.in_sandbox("prod").allow(Permission::ManageSources));
        assert!(grants.in_sandbox("prod").allow(Permission::ViewSources));
        assert!(grants.somewhere().allow(Permission::ManageSources));
        assert!(!grants.everywhere().allow(Permission::ManageSources));
        assert_eq!(grants.labels("prod").unwrap().into_iter().collect::<Vec<_>>(), ["core/C1"]);
        assert_eq!(grants.labels("dev").unwrap().len(), 2);
        assert_eq!(Grants::default().labels("dev"), Some(BTreeSet::new()));
        assert!(grant(&[], Some(&[]), None).sandboxes.is_some_and(|none| none.is_empty()));
    }

    #[test]
    fn all_labels_win_where_they_are_granted() {
        let grants = Grants(vec![grant(&[], None, Some(&["core/C1"])), grant(&[], Some(&["dev"]), None)]);
        assert_eq!(grants.labels("dev"), None);
        assert!(grants.labels("prod").is_some());
    }
}
