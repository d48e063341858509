//! The Experience Data Model: standard resources, composition, and resolved schemas as typed trees.
//!
//! A stored [`resource::XdmResource`] refers to others; [`resolve::resolve`] merges them into one body, and
//! [`tree::fields`] reads that body as the [`Field`]s that the data plane works with.

pub mod accept;
pub mod constraints;
pub mod descriptor;
pub mod error;
pub mod field;
pub mod growth;
mod infer;
pub(crate) mod limits;
pub mod listing;
pub mod names;
pub mod pattern;
pub mod resolve;
pub mod resource;
pub mod resource_type;
pub mod sample;
pub mod schema_version;
pub mod standard;
pub mod transfer;
pub mod tree;
pub mod types;
pub mod unions;

pub use constraints::Constraints;
pub use error::XdmError;
pub use field::{Field, FieldType};
pub use resource_type::ResourceType;

/// Finds the raw body of a resource by `$id` or `meta:altId`.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<serde_json::Value>;
