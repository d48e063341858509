//! Mapping and validation: columns of a source become columns of the table, whole columns at a time.
//!
//! [`Mapping::compile`] once per run, [`Mapping::apply`] per batch. A value that cannot be converted becomes
//! null and is counted; a row that lacks a required field, or has a value that the schema does not allow, is rejected.

mod apply;
pub mod check;
mod compile;
mod context;
mod defaults;
mod demand;
mod export;
mod formats;
mod items;
mod node;
mod rules;
#[cfg(test)]
mod tests;
mod text;
pub mod trial;
mod typed;
mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use lakehead_connect::format::{Projection, RowNumbers, ShapeError};

pub use compile::Mapping;

/// Code of a row without a required field.
pub const CODE_REQUIRED: &str = "INGEST-1555-400";
/// Code of a row whose required field could not be converted, or with a value out of its range.
pub const CODE_CONVERSION: &str = "DCVS-1104-400";
/// Code of a row with a value that is not written as its field demands.
pub const CODE_FORMAT: &str = "DCVS-1105-400";
/// Code of a row with a value that is none of those that its field allows.
pub const CODE_ENUM: &str = "DCVS-1106-400";
/// Code of a file whose column has a type that is never converted to the type of its destination.
pub const CODE_TYPES: &str = "TypeCompatibilityException";

/// A mapping that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The target schema has no such field.
    #[error("the mapping destination `{0}` does not exist in the target schema; correct the path or extend the schema")]
    Destination(String),
    /// Two rules for one field.
    #[error("the mapping destination `{0}` is fed by more than one rule; keep one of them")]
    Twice(String),
    /// One value for something that has members.
    #[error(
        "the mapping destination `{destination}` is of type {ty} and cannot be fed by a single value; map its members"
    )]
    NotScalar {
        /// Path of the field.
        destination: String,
        /// Its type.
        ty: &'static str,
    },
    /// The text of a static rule is not a value of the destination's type.
    #[error("`{text}` is not a value of type {ty} for the mapping destination `{destination}`")]
    Static {
        /// Path of the field.
        destination: String,
        /// The text.
        text: String,
        /// Type of the field.
        ty: &'static str,
    },
    /// A calculated field that cannot be computed.
    #[error("the expression `{text}` for the mapping destination `{destination}` cannot be used: {error}")]
    Expression {
        /// The expression, shortened.
        text: String,
        /// Path of the field.
        destination: String,
        /// What is wrong with it, and where.
        error: lakehead_expression::CompileError,
    },
    /// A calculated field of a kind that its destination does not take.
    #[error(
        "the expression `{text}` gives a value of kind {given}, but the mapping destination `{destination}` is of type {ty}"
    )]
    Kind {
        /// The expression, shortened.
        text: String,
        /// What it gives.
        given: &'static str,
        /// Path of the field.
        destination: String,
        /// Type of the field.
        ty: &'static str,
    },
    /// A path that the values of the source do not have.
    #[error("the source attribute `{source_field}` cannot be followed: {reason}")]
    Path {
        /// The path.
        source_field: String,
        /// Why not.
        reason: String,
    },
    /// The fields of a schema that cannot be columns of one table.
    #[error("the target schema cannot be a table: {0}")]
    Table(String),
    /// A pattern of the schema that cannot be compiled.
    #[error("the `pattern` of the field `{destination}` of the target schema cannot be used: {reason}")]
    Pattern {
        /// Path of the field.
        destination: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A source attribute is used in two shapes.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A column of a file has a type that is never converted to that of its destination.
    #[error("the column `{source_field}` of type {actual} cannot be converted to `{destination}` of type {expected}")]
    Types {
        /// Name in the file.
        source_field: String,
        /// Path of the field.
        destination: String,
        /// Type of the field.
        expected: &'static str,
        /// Type in the file.
        actual: String,
    },
    /// Arrays that do not fit together.
    #[error("the columns cannot be put together: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
}

/// What every row of a batch says about where it comes from.
#[derive(Clone, Debug)]
pub struct Stamp<'a> {
    /// The batch.
    pub batch_id: &'a str,
    /// Start of the run, epoch milliseconds.
    pub ingest_time_ms: i64,
    /// Key of the source object.
    pub source_object: &'a str,
    /// Numbers of the rows.
    pub rows: &'a RowNumbers,
}

/// A mapped batch.
#[derive(Debug)]
pub struct Mapped {
    /// The rows that can be written, in the table's schema.
    pub batch: RecordBatch,
    /// The others, in order.
    pub rejected: Vec<Rejected>,
}

/// A row that must not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Position in the source batch.
    pub index: usize,
    /// Why, at least one reason.
    pub issues: Vec<Issue>,
}

/// One reason to reject a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Code, such as [`CODE_REQUIRED`].
    pub code: &'static str,
    /// Path of the field.
    pub column: Arc<str>,
    /// Text for the user.
    pub message: Arc<str>,
}

/// How many values could not be converted, by the text that says which and why.
pub type Warnings = BTreeMap<String, u64>;

impl Mapping {
    /// What the mapping reads.
    pub fn projection(&self) -> &Projection {
        &self.projection
    }
}
