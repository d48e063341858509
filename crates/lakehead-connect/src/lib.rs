//! Lakehead connect.
pub mod conformance;
pub mod connector;
pub mod connectors;
pub mod format;
pub mod login;
pub mod net;
pub mod trusted;
