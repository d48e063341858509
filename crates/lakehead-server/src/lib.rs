//! Lakehead server.
