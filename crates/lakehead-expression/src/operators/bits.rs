//! `& | ^ ~` on whole numbers.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};

use crate::function::{Call, Fault};

pub(super) fn and(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    both(call, |a, b| a & b)
}

pub(super) fn or(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    both(call, |a, b| a | b)
}

pub(super) fn xor(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    both(call, |a, b| a ^ b)
}

pub(super) fn complement(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let of = call.number(0)?;
    let values: Int64Array = (0..call.rows()).map(|row| call.whole(&of, row).map(|value| !value)).collect();
    Ok(Arc::new(values))
}

fn both(call: &mut Call<'_>, compute: impl Fn(i64, i64) -> i64) -> Result<ArrayRef, Fault> {
    let (left, right) = (call.number(0)?, call.number(1)?);
    let values: Int64Array =
        (0..call.rows()).map(|row| Some(compute(call.whole(&left, row)?, call.whole(&right, row)?))).collect();
    Ok(Arc::new(values))
}
