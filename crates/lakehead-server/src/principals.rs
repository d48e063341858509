//! Who callers are and what they may do, remembered for a moment: every request asks.
//!
//! What this process changes is forgotten at once; what another process changes (the command line, a second server on
//! the same PostgreSQL) counts after [`LIFE_MS`] at the latest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use lakehead_model::access::Role;
use lakehead_store::{Sandbox, Store, StoreError};

/// How long an answer of the database is believed.
const LIFE_MS: i64 = 1000;
/// Entries of each kind; a flood of made-up names empties the memory, it does not fill the machine's.
const MAX_ENTRIES: usize = 10_000;

/// What is known of a client.
#[derive(Debug)]
pub(crate) struct Principal {
    /// Its organisation.
    pub(crate) org: String,
    /// Tenant name of the organisation.
    pub(crate) tenant: String,
    /// Whether it is a service and no person.
    pub(crate) is_service: bool,
    /// What it may do.
    pub(crate) roles: Vec<Role>,
}

/// The memory.
#[derive(Default)]
pub(crate) struct Principals {
    clients: Memory<String, Option<Arc<Principal>>>,
    sandboxes: Memory<(String, Option<String>), Option<Arc<Sandbox>>>,
}

struct Memory<K, V>(Mutex<HashMap<K, (i64, V)>>);

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: std::hash::Hash + Eq, V: Clone> Memory<K, V> {
    fn get(&self, key: &K, now_ms: i64) -> Option<V> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at_ms, value) = known.get(key)?;
        (now_ms - at_ms).unsigned_abs().lt(&LIFE_MS.unsigned_abs()).then(|| value.clone())
    }

    fn put(&self, key: K, now_ms: i64, value: V) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_ENTRIES {
            known.clear();
        }
        known.insert(key, (now_ms, value));
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Principals {
    /// The client with this id; none for one that is unknown, disabled or of an organisation that is gone.
    pub(crate) async fn client(
        &self,
        store: &Store,
        id: &str,
        now_ms: i64,
    ) -> Result<Option<Arc<Principal>>, StoreError> {
        if let Some(known) = self.clients.get(&id.to_owned(), now_ms) {
            return Ok(known);
        }
        let found = read_client(store, id).await?.map(Arc::new);
        self.clients.put(id.to_owned(), now_ms, found.clone());
        Ok(found)
    }

    /// The sandbox of this name, or the default one, whatever its state.
    pub(crate) async fn sandbox(
        &self,
        store: &Store,
        org: &str,
        name: Option<&str>,
        now_ms: i64,
    ) -> Result<Option<Arc<Sandbox>>, StoreError> {
        let key = (org.to_owned(), name.map(str::to_owned));
        if let Some(known) = self.sandboxes.get(&key, now_ms) {
            return Ok(known);
        }
        let mut tx = store.read().await?;
        let found = match name {
            Some(name) => tx.sandbox_by_name(org, name).await?,
            None => tx.default_sandbox(org).await?,
        };
        let found = found.map(Arc::new);
        // One that is being made or reset becomes active at a moment that nobody tells us.
        if found.as_ref().is_none_or(|sandbox| sandbox.state == "active") {
            self.sandboxes.put(key, now_ms, found.clone());
        }
        Ok(found)
    }

    /// Forgets everything, after something was changed.
    pub(crate) fn forget(&self) {
        self.clients.clear();
        self.sandboxes.clear();
    }
}

async fn read_client(store: &Store, id: &str) -> Result<Option<Principal>, StoreError> {
    let mut tx = store.read().await?;
    let Some(client) = tx.client(id).await?.filter(|client| !client.disabled) else { return Ok(None) };
    let Some(organisation) = tx.organisation(&client.org).await? else { return Ok(None) };
    let roles = tx.roles_of(&client.org, id).await?;
    let is_service = client.kind == "service";
    Ok(Some(Principal { org: client.org, tenant: organisation.tenant_id, is_service, roles }))
}
