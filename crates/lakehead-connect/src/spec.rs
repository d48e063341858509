//! What a connector says about itself, and the connection spec the API shows for it.

use serde_json::{Value, json};

use crate::connector::{ConnectError, ConnectErrorKind};

/// Provider of all batch sources.
const BATCH_PROVIDER: &str = "0ed90a81-07f4-4586-8190-b40eccef1c5a";

/// Constant facts of a connector.
pub struct ConnectorSpec {
    /// Connection spec id that clients send.
    pub id: &'static str,
    /// Machine name, kebab-case; unique.
    pub name: &'static str,
    /// Name for people.
    pub display: &'static str,
    /// Shelf of the catalogue, such as `Cloud Storage`.
    pub category: &'static str,
    /// Ways to log in.
    pub auth: &'static [AuthSpec],
    /// JSON schema (draft-07) of the source connection's `params`.
    pub source_schema: fn() -> Value,
    /// The `exploreSpec` object.
    pub explore_spec: fn() -> Value,
}

/// One way to log in.
pub struct AuthSpec {
    /// Name clients send as `auth.specName`.
    pub name: &'static str,
    /// Type shown beside it.
    pub kind: &'static str,
    /// JSON schema (draft-07) of `auth.params`; secrets have `format: password`.
    pub schema: fn() -> Value,
}

impl ConnectorSpec {
    /// The auth spec called `name`.
    ///
    /// # Errors
    /// `Unsupported`, naming the ones there are.
    pub fn auth_spec(&self, name: &str) -> Result<&AuthSpec, ConnectError> {
        self.auth.iter().find(|auth| auth.name == name).ok_or_else(|| {
            let known: Vec<_> = self.auth.iter().map(|auth| format!("`{}`", auth.name)).collect();
            let text = format!("the auth spec `{name}` is not supported by {}; use {}", self.display, known.join(", "));
            ConnectError::new(ConnectErrorKind::Unsupported, text)
        })
    }

    /// The connection spec as the API shows it.
    pub fn document(&self) -> Value {
        let auth: Vec<_> = self
            .auth
            .iter()
            .map(|auth| json!({"name": auth.name, "type": auth.kind, "spec": (auth.schema)()}))
            .collect();
        json!({
            "id": self.id,
            "name": self.name,
            "providerId": BATCH_PROVIDER,
            "version": "1.0",
            "authSpec": auth,
            "sourceSpec": {
                "name": "CloudStorage",
                "type": "CloudStorage",
                "spec": (self.source_schema)(),
                "attributes": {"uiAttributes": {
                    "isSource": true,
                    "category": {"key": "cloudStorage"},
                    "label": {"key": self.display},
                }},
            },
            "exploreSpec": (self.explore_spec)(),
            "attributes": {
                "category": self.category,
                "connectorName": self.display,
                "isSource": true,
                "isDraftModeSupported": true,
                "uiAttributes": {"apiFeatures": {"explorePaginationSupported": false}},
            },
            "permissionsInfo": {
                "manage": [{"@type": "lowLevel", "name": "EnterpriseSource", "permissions": ["write"]}],
                "view": [{"@type": "lowLevel", "name": "EnterpriseSource", "permissions": ["read"]}],
            },
        })
    }
}
