//! What was read from the metastore, remembered for less than a second and never longer than it is true here.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lakehead_model::time::Clock;
use lakehead_store::{Store, StoreError};
use moka::future::Cache;

/// Nothing is believed for longer: what another process changes is in force here after this time, milliseconds.
pub(crate) const LIFETIME_MS: i64 = 1000;
/// From this age on one request reads anew while the others still go on with what is known, milliseconds.
const REFRESH_MS: i64 = 500;
/// Things remembered at the same time; the ones asked for least are forgotten.
const CAPACITY: u64 = 10_000;
/// When an entry that nobody asks for leaves the memory.
const IDLE: Duration = Duration::from_mins(1);

/// A cache whose entries are void [`LIFETIME_MS`] after they were read, and at once when this process changes access.
pub(super) struct Fresh<K, V> {
    store: Store,
    clock: Clock,
    entries: Cache<K, Entry<V>>,
}

#[derive(Clone)]
struct Entry<V> {
    value: V,
    /// Version of access before it was read.
    version: u64,
    read_at_ms: i64,
    /// Somebody reads it anew.
    refreshing: Arc<AtomicBool>,
}

impl<K, V> Fresh<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, entries: Cache::builder().max_capacity(CAPACITY).time_to_idle(IDLE).build() }
    }

    /// What is known under `key`, or what `load` reads.
    pub(super) async fn get<F>(&self, key: K, load: impl FnOnce() -> F) -> Result<V, StoreError>
    where
        F: Future<Output = Result<V, StoreError>>,
    {
        self.get_lasting(key, load, |_| true).await
    }

    /// The same; what does not `last` is read again by who comes next.
    pub(super) async fn get_lasting<F>(
        &self,
        key: K,
        load: impl FnOnce() -> F,
        lasts: impl FnOnce(&V) -> bool,
    ) -> Result<V, StoreError>
    where
        F: Future<Output = Result<V, StoreError>>,
    {
        if let Some(entry) = self.entries.get(&key).await {
            // A clock that was set back proves nothing.
            let age_ms = self.clock.now_ms() - entry.read_at_ms;
            let holds = entry.version == self.store.access_version() && (0..LIFETIME_MS).contains(&age_ms);
            if holds && (age_ms < REFRESH_MS || entry.refreshing.swap(true, Ordering::Relaxed)) {
                return Ok(entry.value);
            }
        }
        let (version, read_at_ms) = (self.store.access_version(), self.clock.now_ms());
        // Reading is rare and its state large: every request would carry it along.
        let value = Box::pin(load()).await?;
        if lasts(&value) {
            let entry = Entry { value: value.clone(), version, read_at_ms, refreshing: Arc::default() };
            self.entries.insert(key, entry).await;
        } else {
            self.entries.invalidate(&key).await;
        }
        Ok(value)
    }
}
