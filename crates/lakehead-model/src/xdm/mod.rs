//! The Experience Data Model: standard resources, composition, and resolved schemas as typed trees.

pub mod field;

pub use field::{Field, FieldType};
