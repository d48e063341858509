//! Who owns a row: every key of the metastore begins with a [`Scope`].

use serde::{Deserialize, Serialize};

/// One sandbox of one organisation. Built from a caller's token, never from a header alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// Organisation id, `…@AdobeOrg` in the wire format.
    pub org: String,
    /// Id (UUID) of the sandbox; the key, because names may be reused after a deletion.
    pub sandbox_id: String,
    /// Name of the sandbox as callers write it.
    pub sandbox_name: String,
}

/// Who does something, as stamped on what they make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Technical account or user, `…@techacct.adobe.com` in the wire format.
    pub user: String,
    /// Client id.
    pub client: String,
}

/// Where a change comes from, as the audit trail notes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who asked.
    pub actor: Actor,
    /// The request that asked, as in `x-request-id`.
    pub request_id: String,
}

impl Origin {
    /// The server itself: schedules, runs, housekeeping.
    pub fn system() -> Self {
        Self { actor: Actor { user: "SYSTEM".to_owned(), client: "SYSTEM".to_owned() }, request_id: String::new() }
    }
}

/// The fields that every stored resource carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    /// When the resource was made, epoch milliseconds.
    pub created_at: i64,
    /// When it was last changed, epoch milliseconds.
    pub updated_at: i64,
    /// Who made it.
    pub created_by: String,
    /// Who changed it last.
    pub updated_by: String,
    /// Client that made it.
    pub created_client: String,
    /// Client that changed it last.
    pub updated_client: String,
    /// Sandbox id.
    pub sandbox_id: String,
    /// Sandbox name.
    pub sandbox_name: String,
    /// Organisation id.
    pub ims_org_id: String,
}

impl Audit {
    /// The stamp of something made now by `actor` in `scope`.
    pub fn created(scope: &Scope, actor: &Actor, now_ms: i64) -> Self {
        Self {
            created_at: now_ms,
            updated_at: now_ms,
            created_by: actor.user.clone(),
            updated_by: actor.user.clone(),
            created_client: actor.client.clone(),
            updated_client: actor.client.clone(),
            sandbox_id: scope.sandbox_id.clone(),
            sandbox_name: scope.sandbox_name.clone(),
            ims_org_id: scope.org.clone(),
        }
    }

    /// Notes a change.
    pub fn touch(&mut self, actor: &Actor, now_ms: i64) {
        self.updated_at = now_ms;
        self.updated_by.clone_from(&actor.user);
        self.updated_client.clone_from(&actor.client);
    }
}
