//! Lakehead engine.
