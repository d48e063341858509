//! The smallest and the largest of values, and numbers from texts.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array};

use crate::column::Kind;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};
use crate::operators::compare;
use crate::unify;

const VALUES: &[Param] =
    &[Param::new("value", Kind::Any, "A value."), Param::repeated("values", Kind::Any, "More values.")];
const INPUT: &[Param] = &[Param::new("input", Kind::Text, "A number as text.")];

/// The functions of these categories.
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "min",
        Category::Aggregation,
        "The smallest of some values. What is null is left out.",
        VALUES,
        Kind::Any,
        ("min(3, 1, 4)", "1"),
        Kernel::Eager(|call| extreme(call, Ordering::is_lt)),
    ),
    Function::new(
        "max",
        Category::Aggregation,
        "The largest of some values. What is null is left out.",
        VALUES,
        Kind::Any,
        ("max(3, 1, 4)", "4"),
        Kernel::Eager(|call| extreme(call, Ordering::is_gt)),
    ),
    Function::new(
        "to_bigint",
        Category::TypeConversions,
        "A text as a whole number of 64 bits; what comes after the point is cut off.",
        INPUT,
        Kind::Integer,
        (r#"to_bigint("1000000.34")"#, "1000000"),
        Kernel::Eager(whole),
    ),
    Function::new(
        "to_decimal",
        Category::TypeConversions,
        "A text as a number.",
        INPUT,
        Kind::Number,
        (r#"to_decimal("20.5")"#, "20.5"),
        Kernel::Eager(decimal),
    ),
    Function::new(
        "to_float",
        Category::TypeConversions,
        "A text as a number of single precision.",
        INPUT,
        Kind::Number,
        (r#"to_float("12.3456")"#, "12.3456"),
        Kernel::Eager(float),
    ),
    Function::new(
        "to_integer",
        Category::TypeConversions,
        "A text as a whole number; what comes after the point is cut off.",
        INPUT,
        Kind::Integer,
        (r#"to_integer("12")"#, "12"),
        Kernel::Eager(whole),
    ),
];

fn extreme(call: &mut Call<'_>, wins: fn(Ordering) -> bool) -> Result<ArrayRef, Fault> {
    let (columns, ty) = unify::unified(call.columns())?;
    let mut best: Vec<Option<usize>> = vec![None; call.rows()];
    let mut order = Vec::new();
    for left in &columns {
        let row: Result<Vec<_>, Fault> = columns.iter().map(|right| compare::order(left, right)).collect();
        order.push(row?);
    }
    for (row, best) in best.iter_mut().enumerate() {
        for n in (0..columns.len()).filter(|n| !columns[*n].is_null(row)) {
            if best.is_none_or(|best| order[n][best](row).is_some_and(wins)) {
                *best = Some(n);
            }
        }
    }
    unify::choose(&columns, &ty, call.rows(), |row| best[row])
}

fn whole(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let numbers = call.number(0)?;
    let mut out = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        out.push(call.whole(&numbers, row));
    }
    Ok(Arc::new(Int64Array::from(out)))
}

fn decimal(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    floats(call, |value| value)
}

/// The shortest decimal that is the nearest number of single precision: 12.3456 stays 12.3456.
fn float(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    floats(call, |value| (value as f32).to_string().parse().unwrap_or(value))
}

fn floats(call: &mut Call<'_>, of: fn(f64) -> f64) -> Result<ArrayRef, Fault> {
    let numbers = call.number(0)?;
    let mut out = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        let found = numbers.get(row).map(|number| number.map(|number| of(number.float())));
        out.push(call.noted(row, found));
    }
    Ok(Arc::new(Float64Array::from(out)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::evaluate;

    #[test]
    fn smallest_largest_and_converted() {
        let value = |text: &str| evaluate(text, r#"{"n": null, "t": "7"}"#).value;
        assert_eq!(value("max(3, 1.5, n, 4)"), json!(4.0));
        assert_eq!(value("min('b', 'a', n)"), json!("a"));
        assert_eq!(value("min(n, n)"), json!(null));
        assert_eq!(value("to_integer('-3.9')"), json!(-3));
        assert_eq!(value("to_integer(t) + 1"), json!(8));
        assert_eq!(value("to_decimal(n)"), json!(null));
        for text in ["to_integer('x')", "to_decimal('1,5')", "to_bigint('1e30')"] {
            let shown = evaluate(text, "{}");
            assert!(shown.value.is_null() && shown.failures.len() == 1, "{text}: {shown:?}");
        }
    }
}
