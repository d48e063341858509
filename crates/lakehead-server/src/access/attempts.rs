//! Wrong secrets, counted per client id. Only further wrong ones are refused: who knows the secret gets in, so nobody
//! can lock out somebody else. Secrets have 256 bits; the limit is against noise, not against guessing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use moka::future::Cache;

/// Wrong secrets of one client id that are answered within [`WINDOW`].
const MAX_WRONG: u32 = 10;
/// When counting begins anew.
const WINDOW: Duration = Duration::from_mins(1);
/// Client ids that are counted at the same time.
const CAPACITY: u64 = 10_000;

/// Counters of wrong secrets.
pub(crate) struct Attempts {
    wrong: Cache<String, Arc<AtomicU32>>,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self { wrong: Cache::builder().max_capacity(CAPACITY).time_to_live(WINDOW).build() }
    }

    /// Counts a wrong secret; the seconds to wait where there were too many.
    pub(crate) async fn wrong(&self, client_id: &str) -> Option<u64> {
        let count = self.wrong.entry_by_ref(client_id).or_default().await.into_value();
        (count.fetch_add(1, Ordering::Relaxed) >= MAX_WRONG).then_some(WINDOW.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_client_id_is_counted_for_itself() {
        let attempts = Attempts::new();
        for _ in 0..MAX_WRONG {
            assert_eq!(attempts.wrong("a").await, None);
        }
        assert_eq!(attempts.wrong("a").await, Some(60));
        assert_eq!(attempts.wrong("b").await, None);
    }
}
