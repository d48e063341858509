//! Time comes from outside: the binary passes a [`Clock`], tests pass one that they move by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Milliseconds since 1970-01-01T00:00:00Z, the unit of every timestamp of the API.
pub type EpochMs = i64;

/// A source of the current time.
#[derive(Clone)]
pub struct Clock(Inner);

#[derive(Clone)]
enum Inner {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(Inner::System)
    }

    /// A clock that stands still until it is moved.
    pub fn manual(start_ms: EpochMs) -> Self {
        Self(Inner::Manual(Arc::new(AtomicI64::new(start_ms))))
    }

    /// The current time.
    pub fn now_ms(&self) -> EpochMs {
        match &self.0 {
            Inner::System => chrono::Utc::now().timestamp_millis(),
            Inner::Manual(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a manual clock; the system clock ignores it.
    pub fn advance_ms(&self, by_ms: i64) {
        if let Inner::Manual(now) = &self.0 {
            now.fetch_add(by_ms, Ordering::SeqCst);
        }
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now_ms())
    }
}
