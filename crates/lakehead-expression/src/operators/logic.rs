//! Conditions and choices. What is not chosen does not fail.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array};
use arrow::datatypes::DataType;

use crate::coerce;
use crate::column::Column;
use crate::failures::Failures;
use crate::function::{Call, Fault};
use crate::{unify, zoned};

/// `condition ? then : otherwise`, and `iif`.
pub(crate) fn conditional(call: &mut Call<'_>, failures: &[Failures]) -> Result<ArrayRef, Fault> {
    let condition = call.truth(0)?;
    let (branches, ty) = unify::unified(&call.columns()[1..])?;
    let chosen: Vec<usize> = (0..call.rows()).map(|row| usize::from(!condition.get(row))).collect();
    call.adopt(&failures[0], |_| true);
    for branch in 0..branches.len() {
        call.adopt(&failures[branch + 1], |row| chosen[row] == branch);
    }
    unify::choose(&branches, &ty, call.rows(), |row| Some(chosen[row]).filter(|chosen| *chosen < branches.len()))
}

/// The first value that is not null.
pub(crate) fn coalesce(call: &mut Call<'_>, failures: &[Failures]) -> Result<ArrayRef, Fault> {
    first(call, failures, |columns| {
        let columns = columns.to_vec();
        Ok(Box::new(move |n: usize, row: usize| !columns[n].is_null(row)))
    })
}

/// The left side where it counts as true, else the right one.
pub(super) fn elvis(call: &mut Call<'_>, failures: &[Failures]) -> Result<ArrayRef, Fault> {
    first(call, failures, |columns| {
        let truths = columns.iter().map(coerce::truths).collect::<Result<Vec<_>, _>>()?;
        let last = truths.len() - 1;
        Ok(Box::new(move |n: usize, row: usize| n == last || truths[n].get(row)))
    })
}

type Counts = Box<dyn Fn(usize, usize) -> bool>;

/// The first argument that counts; later ones are not looked at.
fn first(
    call: &mut Call<'_>,
    failures: &[Failures],
    counts: impl Fn(&[Column]) -> Result<Counts, Fault>,
) -> Result<ArrayRef, Fault> {
    let (columns, ty) = unify::unified(call.columns())?;
    let counts = counts(call.columns())?;
    let chosen: Vec<usize> =
        (0..call.rows()).map(|row| (0..columns.len()).find(|n| counts(*n, row)).unwrap_or(columns.len())).collect();
    for (n, failures) in failures.iter().enumerate() {
        call.adopt(failures, |row| n <= chosen[row]);
    }
    unify::choose(&columns, &ty, call.rows(), |row| Some(chosen[row]).filter(|chosen| *chosen < columns.len()))
}

pub(super) fn and(call: &mut Call<'_>, failures: &[Failures]) -> Result<ArrayRef, Fault> {
    short_circuit(call, failures, false)
}

pub(super) fn or(call: &mut Call<'_>, failures: &[Failures]) -> Result<ArrayRef, Fault> {
    short_circuit(call, failures, true)
}

/// Where the left side is `decided`, the right one is not looked at.
fn short_circuit(call: &mut Call<'_>, failures: &[Failures], decided: bool) -> Result<ArrayRef, Fault> {
    let (left, right) = (call.truth(0)?, call.truth(1)?);
    call.adopt(&failures[0], |_| true);
    call.adopt(&failures[1], |row| left.get(row) != decided);
    let value = |row: usize| if left.get(row) == decided { decided } else { right.get(row) };
    Ok(Arc::new((0..call.rows()).map(|row| Some(value(row))).collect::<BooleanArray>()))
}

pub(super) fn not(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let of = call.truth(0)?;
    Ok(Arc::new((0..call.rows()).map(|row| Some(!of.get(row))).collect::<BooleanArray>()))
}

/// Whether there is nothing in a value.
pub(crate) fn empty(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let sizes = sizes(&call.column(0), call.rows());
    Ok(Arc::new(sizes.into_iter().map(|size| Some(size.is_none_or(|size| size == 0))).collect::<BooleanArray>()))
}

pub(super) fn size(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let sizes = sizes(&call.column(0), call.rows());
    Ok(Arc::new(sizes.into_iter().map(|size| Some(size.unwrap_or(0))).collect::<Int64Array>()))
}

/// Characters, items or members; `None` for null. What has no parts has the size 1.
fn sizes(column: &Column, rows: usize) -> Vec<Option<i64>> {
    let array = column.array();
    let size = |at: usize| -> i64 {
        match array.data_type() {
            DataType::Utf8View => array.as_string_view().value(at).chars().count() as i64,
            DataType::List(_) => i64::from(array.as_list::<i32>().value_length(at)),
            DataType::Map(..) => i64::from(array.as_map().value_length(at)),
            ty if zoned::is_zoned(ty) => 1,
            DataType::Struct(_) => array
                .as_struct()
                .columns()
                .iter()
                .filter(|member| member.data_type() != &DataType::Null && member.is_valid(at))
                .count() as i64,
            _ => 1,
        }
    };
    (0..rows).map(|row| (!column.is_null(row)).then(|| size(column.at(row)))).collect()
}
