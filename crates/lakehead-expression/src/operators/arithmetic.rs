//! `+ - * / %`. Whole numbers stay whole and are exact; a text that is a number counts as one. Null gives null.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringViewBuilder};

use crate::coerce::{Number, Numbers};
use crate::column::Kind;
use crate::function::{Call, Fault};

const RANGE: &str = "the result is out of range";
const ZERO: &str = "a number is divided by zero";

/// What two whole numbers and what two others give.
#[derive(Clone, Copy)]
struct Rule {
    whole: fn(i64, i64) -> Result<i64, &'static str>,
    float: fn(f64, f64) -> Result<f64, &'static str>,
}

impl Rule {
    fn apply(self, left: Number, right: Number) -> Result<Number, &'static str> {
        match (left, right) {
            (Number::Integer(left), Number::Integer(right)) => (self.whole)(left, right).map(Number::Integer),
            (left, right) => {
                let value = (self.float)(left.float(), right.float())?;
                if value.is_finite() { Ok(Number::Float(value)) } else { Err(RANGE) }
            }
        }
    }
}

/// Adds numbers. Two texts are joined, and so are a text that is no number and anything.
pub(super) fn add(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    const ADD: Rule = Rule { whole: |a, b| a.checked_add(b).ok_or(RANGE), float: |a, b| Ok(a + b) };
    let kinds = [call.column(0).kind(), call.column(1).kind()];
    let is_number = |kind: &Kind| matches!(kind, Kind::Integer | Kind::Number | Kind::Null);
    if kinds.iter().all(is_number) {
        return numbers(call, ADD);
    }
    let (left, right) = (call.text(0)?, call.text(1)?);
    let one_number = kinds.iter().any(|kind| matches!(kind, Kind::Integer | Kind::Number));
    call.write_texts(|call, row, out| {
        let (Some(left), Some(right)) = (left.get(row), right.get(row)) else { return false };
        if one_number && let (Some(left), Some(right)) = (Number::parse(left), Number::parse(right)) {
            match ADD.apply(left, right) {
                Ok(sum) => out.push_str(&sum.text()),
                Err(reason) => call.fail(row, reason),
            }
            return true;
        }
        out.push_str(left);
        out.push_str(right);
        true
    })
}

pub(super) fn subtract(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    numbers(call, Rule { whole: |a, b| a.checked_sub(b).ok_or(RANGE), float: |a, b| Ok(a - b) })
}

pub(super) fn multiply(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    numbers(call, Rule { whole: |a, b| a.checked_mul(b).ok_or(RANGE), float: |a, b| Ok(a * b) })
}

pub(super) fn divide(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    numbers(
        call,
        Rule {
            whole: |a, b| if b == 0 { Err(ZERO) } else { a.checked_div(b).ok_or(RANGE) },
            float: |a, b| if b == 0.0 { Err(ZERO) } else { Ok(a / b) },
        },
    )
}

pub(super) fn remainder(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    numbers(
        call,
        Rule {
            whole: |a, b| if b == 0 { Err(ZERO) } else { Ok(a.checked_rem(b).unwrap_or(0)) },
            float: |a, b| if b == 0.0 { Err(ZERO) } else { Ok(a % b) },
        },
    )
}

pub(super) fn negate(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let of = call.number(0)?;
    let negated = |number| match number {
        Number::Integer(value) => i64::checked_neg(value).map(Number::Integer).ok_or(RANGE),
        Number::Float(value) => Ok(Number::Float(-value)),
    };
    let (texts, whole) = (of.are_texts(), of.are_integers());
    Ok(collect(call, texts, whole, |row| of.get(row)?.map(negated).transpose()))
}

fn numbers(call: &mut Call<'_>, rule: Rule) -> Result<ArrayRef, Fault> {
    let (left, right) = (call.number(0)?, call.number(1)?);
    let texts = left.are_texts() || right.are_texts();
    let whole = left.are_integers() && right.are_integers();
    Ok(collect(call, texts, whole, |row| match pair(&left, &right, row)? {
        Some((left, right)) => rule.apply(left, right).map(Some),
        None => Ok(None),
    }))
}

fn pair(left: &Numbers, right: &Numbers, row: usize) -> Result<Option<(Number, Number)>, &'static str> {
    Ok(left.get(row)?.zip(right.get(row)?))
}

/// A column of results. Where texts took part each result is written as the number it is, whole or not.
fn collect(
    call: &mut Call<'_>,
    texts: bool,
    whole: bool,
    compute: impl Fn(usize) -> Result<Option<Number>, &'static str>,
) -> ArrayRef {
    let results: Vec<Option<Number>> = (0..call.rows()).map(|row| call.noted(row, compute(row))).collect();
    if texts {
        let mut out = StringViewBuilder::with_capacity(results.len());
        for result in results {
            out.append_option(result.map(Number::text));
        }
        Arc::new(out.finish())
    } else if whole {
        Arc::new(results.iter().map(|result| result.and_then(Number::truncated)).collect::<Int64Array>())
    } else {
        Arc::new(results.iter().map(|result| result.map(Number::float)).collect::<Float64Array>())
    }
}
