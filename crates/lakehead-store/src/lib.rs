//! Lakehead store.
