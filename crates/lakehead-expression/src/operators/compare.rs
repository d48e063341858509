//! `== != < <= > >=`. Numbers compare as numbers, also when one of them is written as text; dates as instants;
//! everything else as text. Null equals null and comes neither before nor after anything.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};

use crate::coerce::{self, Dates, Number, Numbers, Texts};
use crate::column::{Column, Kind};
use crate::function::{Call, Fault};

/// How two columns are compared.
enum Comparison {
    Numbers(Box<(Numbers, Numbers)>, Texts, Texts),
    Dates(Dates, Dates),
    Texts(Texts, Texts),
}

pub(super) fn equal(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    equality(call, true)
}

pub(super) fn not_equal(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    equality(call, false)
}

pub(super) fn less(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    ordered(call, Ordering::is_lt)
}

pub(super) fn less_or_equal(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    ordered(call, Ordering::is_le)
}

pub(super) fn greater(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    ordered(call, Ordering::is_gt)
}

pub(super) fn greater_or_equal(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    ordered(call, Ordering::is_ge)
}

fn equality(call: &mut Call<'_>, expected: bool) -> Result<ArrayRef, Fault> {
    let same = sameness(&call.column(0), &call.column(1))?;
    Ok(Arc::new((0..call.rows()).map(|row| Some(same(row) == expected)).collect::<BooleanArray>()))
}

/// Whether the values of a row are the same; null is the same as null.
pub(crate) fn sameness(left: &Column, right: &Column) -> Result<impl Fn(usize) -> bool + use<>, Fault> {
    let compare = order(left, right)?;
    let (left, right) = (left.clone(), right.clone());
    Ok(move |row: usize| match (left.is_null(row), right.is_null(row)) {
        (false, false) => compare(row) == Some(Ordering::Equal),
        (left, right) => left && right,
    })
}

fn ordered(call: &mut Call<'_>, holds: fn(Ordering) -> bool) -> Result<ArrayRef, Fault> {
    let (left, right) = (call.column(0), call.column(1));
    let compare = order(&left, &right)?;
    Ok(Arc::new((0..call.rows()).map(|row| Some(compare(row).is_some_and(holds))).collect::<BooleanArray>()))
}

/// How the values of a row compare; `None` where one of them is null or they do not compare.
pub(crate) fn order(left: &Column, right: &Column) -> Result<impl Fn(usize) -> Option<Ordering> + use<>, Fault> {
    let comparison = comparison(left, right)?;
    Ok(move |row: usize| match &comparison {
        Comparison::Texts(left, right) => Some(left.get(row)?.cmp(right.get(row)?)),
        Comparison::Dates(left, right) => {
            let (left, right) = (left.get(row).ok()??, right.get(row).ok()??);
            Some(left.micros.cmp(&right.micros))
        }
        Comparison::Numbers(pair, left_text, right_text) => match (pair.0.get(row), pair.1.get(row)) {
            (Ok(left), Ok(right)) => number_order(left?, right?),
            // A text that is no number still differs from a number, as a text.
            _ => Some(left_text.get(row)?.cmp(right_text.get(row)?)),
        },
    })
}

fn comparison(left: &Column, right: &Column) -> Result<Comparison, Fault> {
    let is_number = |kind| matches!(kind, Kind::Integer | Kind::Number);
    let may_be_number = |kind| is_number(kind) || kind == Kind::Text;
    let (a, b) = (left.kind(), right.kind());
    if a == Kind::Date && matches!(b, Kind::Date | Kind::Text) || b == Kind::Date && a == Kind::Text {
        return Ok(Comparison::Dates(coerce::instants(left)?, coerce::instants(right)?));
    }
    let (left_text, right_text) = (coerce::texts(left)?, coerce::texts(right)?);
    if (is_number(a) && may_be_number(b)) || (is_number(b) && may_be_number(a)) {
        let pair = Box::new((coerce::numbers(left)?, coerce::numbers(right)?));
        return Ok(Comparison::Numbers(pair, left_text, right_text));
    }
    Ok(Comparison::Texts(left_text, right_text))
}

fn number_order(left: Number, right: Number) -> Option<Ordering> {
    match (left, right) {
        (Number::Integer(left), Number::Integer(right)) => Some(left.cmp(&right)),
        (left, right) => left.float().partial_cmp(&right.float()),
    }
}
