//! Nouns and rules of the Flow Service.
//!
//! Pure data and arithmetic: no I/O, no database, no HTTP, no reading of clocks except through
//! [`time::Clock`]. Read [`id`] and [`scope`] first, then the resources in the order of a tutorial.
#![warn(missing_docs)]

pub mod access;
pub mod action;
pub mod batch;
pub mod body;
pub mod codes;
pub mod conditions;
pub mod connection;
pub mod dataset;
pub mod dates;
pub mod encryption_key;
pub mod etag;
pub mod expression;
pub mod fault;
pub mod flow;
pub mod format;
pub mod id;
pub mod identity_namespace;
pub mod invalid;
pub mod json_schema;
pub mod labels;
pub mod maintenance;
pub mod mapper;
pub mod mapping;
pub mod mapping_set;
pub mod page;
pub mod patch;
pub mod plan;
pub mod query;
pub mod row_filter;
pub mod run;
pub mod schedule;
pub mod scope;
pub mod source_connection;
pub mod specs;
pub mod state;
pub mod target_connection;
pub mod time;
pub mod xdm;

pub use etag::Etag;
pub use id::Id;
pub use invalid::Invalid;
pub use scope::{Actor, Audit, Origin, Scope};
