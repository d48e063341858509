//! What is computed for each item of arrays: `upper(emails[*].name)`.
//!
//! The items of all rows are one column, and what is the same for all items of a row is repeated for them. A row in
//! which an item failed has failed.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_null_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::DataType;
use lakehead_model::expression::SourcePath;

use crate::coerce::{self, Lists};
use crate::column::{Column, list_of};
use crate::compile::Node;
use crate::evaluate::{Evaluated, Row, Scope, failed, node};
use crate::failures::Failures;
use crate::function::Fault;
use crate::{path, unify, zoned};

/// Most values within arrays and objects that are repeated for the items of a batch.
const MAX_REPEATED: usize = 4_000_000;
const UNEQUAL: &str = "the arrays of `[*]` have different lengths";

/// The items of the arrays of some attributes side by side.
#[derive(Debug)]
pub(crate) struct Items {
    columns: Vec<(SourcePath, Column)>,
    /// The row of each item.
    rows: UInt32Array,
}

impl Items {
    /// The items of an attribute.
    pub(crate) fn column(&self, path: &SourcePath) -> Column {
        self.columns.iter().find(|(known, _)| known == path).map_or_else(Column::null, |(_, column)| column.clone())
    }

    /// Values of rows, for each item of the row. Arrays in every item of an array could be more than there is memory
    /// for: those that are too many have failed.
    pub(crate) fn repeated(&self, of_rows: Evaluated) -> Evaluated {
        let Evaluated { column, failures } = of_rows;
        if column.is_constant() {
            return Evaluated { column, failures };
        }
        let reasons: HashMap<usize, &Arc<str>> = failures.iter().collect();
        let sizes = is_nested(column.array().data_type()).then(|| sizes(column.array()));
        let (mut left, too_many) = (MAX_REPEATED, Arc::from("an array is repeated for too many items"));
        let (mut places, mut repeated) = (Vec::with_capacity(self.rows.len()), Failures::default());
        for (item, row) in self.rows.values().iter().enumerate() {
            let size = sizes.as_ref().map_or(0, |sizes| sizes[*row as usize]);
            let reason = if size > left { Some(&too_many) } else { reasons.get(&(*row as usize)).copied() };
            if reason.is_none() {
                left -= size;
            }
            if let Some(reason) = reason {
                repeated.push(item, Arc::clone(reason));
            }
            places.push(reason.is_none().then_some(*row));
        }
        match take(column.array(), &UInt32Array::from(places), None) {
            Ok(array) => Evaluated { column: Column::rows(array), failures: repeated },
            Err(error) => failed(&error.into(), self.rows.len(), "[*]"),
        }
    }
}

/// Computes `body` for each item of `lists`.
pub(crate) fn evaluate(lists: &[SourcePath], body: &Node, row: &Row<'_>) -> Evaluated {
    let mut arrays = Vec::with_capacity(lists.len());
    for path in lists {
        match path::find(row.batch, path).and_then(|column| coerce::lists(&column)) {
            Ok(list) => arrays.push(list),
            Err(fault) => return failed(&fault, row.batch.num_rows(), &path.literal),
        }
    }
    let mut failures = Failures::default();
    let lengths = lengths(&arrays, row.batch.num_rows(), &mut failures);
    match of_items(lists, &arrays, &lengths, body, row, &mut failures) {
        Ok(array) => Evaluated { column: Column::rows(array), failures: failures.of("[*]") },
        Err(fault) => failed(&fault, row.batch.num_rows(), "[*]"),
    }
}

/// How many items there are in each row; nothing where all arrays are null.
fn lengths(arrays: &[Lists], rows: usize, failures: &mut Failures) -> Vec<Option<usize>> {
    let mut lengths = Vec::with_capacity(rows);
    for row in 0..rows {
        let mut there = arrays.iter().filter_map(|array| array.range(row)).map(|range| range.len());
        let first = there.next();
        if there.all(|length| Some(length) == first) {
            lengths.push(first);
        } else {
            failures.push(row, UNEQUAL.into());
            lengths.push(None);
        }
    }
    lengths
}

fn of_items(
    lists: &[SourcePath],
    arrays: &[Lists],
    lengths: &[Option<usize>],
    body: &Node,
    row: &Row<'_>,
    failures: &mut Failures,
) -> Result<ArrayRef, Fault> {
    let nulls = lengths.iter().map(Option::is_some).collect::<NullBuffer>();
    let lengths = || lengths.iter().map(|length| length.unwrap_or(0));
    let total: usize = lengths().sum();
    if i32::try_from(total).is_err() {
        return Err(Fault::new("the arrays of a batch have too many items"));
    }
    let offsets = OffsetBuffer::from_lengths(lengths());
    if total == 0 {
        return Ok(Arc::new(list_of(offsets, new_null_array(&DataType::Null, 0), Some(nulls))?));
    }
    let of_row = |(row, length): (usize, usize)| std::iter::repeat_n(row as u32, length);
    let rows = UInt32Array::from_iter_values(lengths().enumerate().flat_map(of_row));
    let mut columns = Vec::with_capacity(lists.len());
    for (path, array) in lists.iter().zip(arrays) {
        let place = |(row, length): (usize, usize)| {
            let begin = array.range(row).map(|range| range.start);
            (0..length).map(move |item| Some((begin? + item) as u32))
        };
        let places: UInt32Array = lengths().enumerate().flat_map(place).collect();
        let values = unify::taken(array.values(), &places)?;
        columns.push((path.clone(), Column::rows(values)));
    }
    let items = Items { columns, rows };
    let Evaluated { column, failures: mut of_items } = node(body, &Scope { row, rows: total, items: Some(&items) });
    if column.is_constant() {
        of_items = of_items.expanded(total);
    }
    for (item, reason) in of_items.iter() {
        failures.push(items.rows.value(item) as usize, Arc::clone(reason));
    }
    Ok(Arc::new(list_of(offsets, column.expanded(total), Some(nulls))?))
}

fn is_nested(ty: &DataType) -> bool {
    matches!(ty, DataType::List(_) | DataType::Map(..) | DataType::Struct(_)) && !zoned::is_zoned(ty)
}

/// How many values are in each value.
fn sizes(array: &ArrayRef) -> Vec<usize> {
    match array.data_type() {
        DataType::List(_) => sums(array.as_list::<i32>().value_offsets(), &sizes(array.as_list::<i32>().values())),
        DataType::Map(..) => sums(array.as_map().value_offsets(), &sizes(array.as_map().values())),
        ty if is_nested(ty) => {
            let mut all = vec![1; array.len()];
            for member in array.as_struct().columns() {
                all.iter_mut().zip(sizes(member)).for_each(|(sum, size)| *sum += size);
            }
            all
        }
        _ => vec![1; array.len()],
    }
}

fn sums(offsets: &[i32], sizes: &[usize]) -> Vec<usize> {
    let sum = |ends: &[i32]| 1 + sizes[ends[0] as usize..ends[1] as usize].iter().sum::<usize>();
    offsets.windows(2).map(sum).collect()
}

#[cfg(test)]
mod tests;
