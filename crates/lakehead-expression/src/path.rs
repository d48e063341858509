//! Attributes of the source row: a path walked over columns.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StructArray, UInt32Array, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{nullif, take};
use arrow::datatypes::DataType;
use lakehead_model::expression::{SourcePath, Step};

use crate::column::{Column, list_of, normal};
use crate::function::Fault;

/// The attribute at a path; null in every row where the source has none. A column whose name is the path as it is
/// written comes first: headers of delimited files may have dots.
pub fn find(batch: &RecordBatch, path: &SourcePath) -> Result<Column, Fault> {
    Ok(match raw(batch, path)? {
        Some(array) => Column::rows(normal(&array)?),
        None => Column::null(),
    })
}

/// As [`find`], with the types of the source; `None` where it has no such attribute.
pub fn raw(batch: &RecordBatch, path: &SourcePath) -> Result<Option<ArrayRef>, Fault> {
    if let Some(column) = batch.column_by_name(&path.literal) {
        return Ok(Some(Arc::clone(column)));
    }
    let Some((Step::Name(first), rest)) = path.steps.split_first() else { return Ok(None) };
    match batch.column_by_name(first) {
        Some(root) => walk(root, rest),
        None => Ok(None),
    }
}

/// What is at the end of `steps` from each value; `None` where there is no such thing.
fn walk(array: &ArrayRef, steps: &[Step]) -> Result<Option<ArrayRef>, Fault> {
    let Some((step, rest)) = steps.split_first() else { return Ok(Some(Arc::clone(array))) };
    match step {
        Step::Name(name) => match member(array, name)? {
            Some(member) => walk(&member, rest),
            None => Ok(None),
        },
        Step::Index(index) => match item(array, *index)? {
            Some(item) => walk(&item, rest),
            None => Ok(None),
        },
        Step::Each => each(array, rest),
    }
}

/// The member of each object or map.
pub fn member(array: &ArrayRef, name: &str) -> Result<Option<ArrayRef>, Fault> {
    match array.data_type() {
        DataType::Struct(_) => Ok(child(array.as_struct(), name)),
        DataType::Map(..) => {
            let map = array.as_map();
            let keys = arrow::compute::cast(map.keys(), &DataType::Utf8View)?;
            let (keys, offsets) = (keys.as_string_view(), map.value_offsets());
            let places: UInt32Array = (0..map.len())
                .map(|row| {
                    let range = offsets[row] as usize..offsets[row + 1] as usize;
                    range.clone().find(|at| map.is_valid(row) && keys.value(*at) == name).map(|at| at as u32)
                })
                .collect();
            Ok(Some(take(map.values(), &places, None)?))
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            Err(Fault::new("an array has no members; name one item with `[0]`, or all of them with `[*]`"))
        }
        _ => Ok(None),
    }
}

/// A member of a column of objects, null where the object is.
pub fn child(parent: &StructArray, name: &str) -> Option<ArrayRef> {
    let member = parent.column_by_name(name)?;
    match parent.nulls() {
        Some(outer) if member.data_type() != &DataType::Null => {
            nullif(member, &BooleanArray::new(!outer.inner(), None)).ok()
        }
        _ => Some(Arc::clone(member)),
    }
}

/// The item of each array; null beyond its end.
fn item(array: &ArrayRef, index: usize) -> Result<Option<ArrayRef>, Fault> {
    if array.data_type() == &DataType::Null {
        return Ok(None);
    }
    let list = plain_list(array)?;
    let list = list.as_list::<i32>();
    let offsets = list.value_offsets();
    let places: UInt32Array = (0..list.len())
        .map(|row| {
            let (begin, end) = (offsets[row] as usize, offsets[row + 1] as usize);
            (list.is_valid(row) && index < end - begin).then(|| (begin + index) as u32)
        })
        .collect();
    Ok(Some(take(list.values(), &places, None)?))
}

/// What is at the end of `steps` from every item; arrays within arrays become one.
fn each(array: &ArrayRef, steps: &[Step]) -> Result<Option<ArrayRef>, Fault> {
    if array.data_type() == &DataType::Null {
        return Ok(None);
    }
    let list = plain_list(array)?;
    let list = list.as_list::<i32>();
    let values = walk(list.values(), steps)?.unwrap_or_else(|| new_null_array(&DataType::Null, list.values().len()));
    let nulls = list.nulls().cloned();
    if steps.contains(&Step::Each)
        && let Some(inner) = values.as_list_opt::<i32>()
    {
        let ends = inner.value_offsets();
        let offsets: Vec<i32> = list.value_offsets().iter().map(|at| ends[*at as usize]).collect();
        return Ok(Some(Arc::new(list_of(OffsetBuffer::new(offsets.into()), Arc::clone(inner.values()), nulls)?)));
    }
    Ok(Some(Arc::new(list_of(list.offsets().clone(), values, nulls)?)))
}

fn plain_list(array: &ArrayRef) -> Result<ArrayRef, Fault> {
    match array.data_type() {
        DataType::List(_) => Ok(Arc::clone(array)),
        DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            Ok(arrow::compute::cast(array, &DataType::List(Arc::clone(item)))?)
        }
        _ => Err(Fault::new("the attribute is not an array; leave out the brackets")),
    }
}
