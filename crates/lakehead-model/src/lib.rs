//! Nouns and rules of the Flow Service.
//!
//! Pure data and arithmetic: no I/O, no database, no HTTP, no reading of clocks except through
//! [`time::Clock`]. Read [`id`] and [`scope`] first, then the resources in the order of a tutorial.
#![warn(missing_docs)]

pub mod etag;
pub mod fault;
pub mod format;
pub mod id;
pub mod mapping;
pub mod plan;
pub mod scope;
pub mod time;
pub mod xdm;

pub use etag::Etag;
pub use id::Id;
pub use scope::{Actor, Audit, Scope};
