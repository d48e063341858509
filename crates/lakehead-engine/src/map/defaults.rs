//! Required fields without a value get the default of the schema, where it has one.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, MapArray, StringViewArray, StructArray};
use arrow::buffer::NullBuffer;
use arrow::compute::interleave;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use serde_json::Value;

use super::apply::Failures;
use super::rules::{Check, Within};

/// Sets defaults in the columns. What was lost by conversion stays without a value.
pub(super) fn fill(checks: &[Check], columns: &mut [ArrayRef], failures: &Failures) -> Result<(), ArrowError> {
    for check in checks.iter().filter(|check| check.fills()) {
        columns[check.index] = filled(check, &columns[check.index], None, failures)?;
    }
    Ok(())
}

fn filled(
    check: &Check,
    column: &ArrayRef,
    present: Option<&NullBuffer>,
    failures: &Failures,
) -> Result<ArrayRef, ArrowError> {
    if let Some(default) = check.default.as_ref().filter(|_| column.null_count() > 0) {
        return set(check, default, column, present, failures);
    }
    Ok(match &check.inside {
        Within::Members(members) => {
            let Some(object) = column.as_struct_opt() else { return Ok(Arc::clone(column)) };
            let present = NullBuffer::union(present, object.nulls());
            let (fields, mut values, nulls) = object.clone().into_parts();
            for member in members.iter().filter(|member| member.fills()) {
                values[member.index] = filled(member, &values[member.index], present.as_ref(), failures)?;
            }
            Arc::new(StructArray::try_new_with_length(fields, values, nulls, column.len())?)
        }
        Within::Items(each) if each.fills() => {
            let Some(list) = column.as_list_opt::<i32>() else { return Ok(Arc::clone(column)) };
            let (field, offsets, values, nulls) = list.clone().into_parts();
            Arc::new(ListArray::try_new(field, offsets, filled(each, &values, None, failures)?, nulls)?)
        }
        Within::Values(each) if each.fills() => {
            let Some(map) = column.as_map_opt() else { return Ok(Arc::clone(column)) };
            let (field, offsets, entries, nulls, sorted) = map.clone().into_parts();
            let (fields, mut pair, entry_nulls) = entries.into_parts();
            pair[1] = filled(each, &pair[1], None, failures)?;
            let entries = StructArray::try_new(fields, pair, entry_nulls)?;
            Arc::new(MapArray::try_new(field, offsets, entries, nulls, sorted)?)
        }
        _ => Arc::clone(column),
    })
}

fn set(
    check: &Check,
    default: &Value,
    column: &ArrayRef,
    present: Option<&NullBuffer>,
    failures: &Failures,
) -> Result<ArrayRef, ArrowError> {
    let value: ArrayRef = match (default, column.data_type()) {
        (Value::String(text), DataType::Utf8View) => Arc::new(StringViewArray::from(vec![text.as_str()])),
        (Value::Bool(flag), DataType::Boolean) => Arc::new(BooleanArray::from(vec![*flag])),
        _ => return Ok(Arc::clone(column)),
    };
    let failed = failures.get(&*check.path).map(Vec::as_slice).unwrap_or_default();
    let takes = |at: usize| {
        column.is_null(at)
            && present.is_none_or(|present| present.is_valid(at))
            && failed.binary_search(&(at as u32)).is_err()
    };
    let places: Vec<(usize, usize)> = (0..column.len()).map(|at| if takes(at) { (1, 0) } else { (0, at) }).collect();
    interleave(&[column.as_ref(), value.as_ref()], &places)
}
