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

/// What is wrong with each rule by itself, in their order.
///
/// # Errors
/// The schema cannot be a table.
pub fn each(rules: &[Rule], fields: &[Field]) -> Result<Vec<Option<MapError>>, MapError> {
    let mut empty = mapping(&[], fields)?;
    Ok(rules.iter().map(|rule| empty.add(rule, false).err()).collect())
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
