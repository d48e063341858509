//! Rules against a schema, before there is a table or data.

use std::sync::Arc;

use lakehead_model::mapping::Rule;
use lakehead_model::xdm::Field;

use super::{MapError, Mapping};
use crate::layout;

/// Compiles the rules as a run would.
///
/// # Errors
/// What a run would refuse; the schema cannot be a table.
pub fn rules(rules: &[Rule], fields: &[Field]) -> Result<(), MapError> {
    mapping(rules, fields).map(drop)
}

/// The rules compiled for a table of these fields.
///
/// # Errors
/// As [`rules`].
pub(crate) fn mapping(rules: &[Rule], fields: &[Field]) -> Result<Mapping, MapError> {
    let table = layout::iceberg_schema(fields).and_then(|schema| layout::arrow_schema(&schema));
    let target = table.map_err(|error| MapError::Table(error.to_string()))?;
    Mapping::compile(Some(rules), fields, Arc::new(target), false)
}
