//! Lakehead connect.
