//! One demand on the values of a column, checked over all of them. Null fulfils every demand.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, StringViewArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use lakehead_model::xdm::constraints::{Bound, Constraints, Format};
use lakehead_model::xdm::pattern::Pattern;
use serde_json::Value;

use super::{CODE_CONVERSION, CODE_ENUM, CODE_FORMAT, MapError, formats};

/// Allowed values that a message names.
const NAMED: usize = 5;

/// A demand, and what is said of rows that do not fulfil it.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub(super) code: &'static str,
    /// Never has data in it, so that all rows share it.
    pub(super) message: Arc<str>,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Texts(HashSet<Box<str>>),
    /// Whole numbers.
    Wholes(HashSet<i64>),
    /// Bits of numbers.
    Numbers(HashSet<u64>),
    Flag(bool),
    Pattern(Pattern),
    Format(Format),
    Length(usize, usize),
    /// Least and most whole number.
    Range(i64, i64),
    /// At least, or with `exclusive` more than.
    Above(f64, bool),
    /// At most, or with `exclusive` less than.
    Below(f64, bool),
}

/// Patterns that were compiled already, by their text.
pub(super) type Patterns = HashMap<String, Pattern>;

/// The demands of a field on a column of this type.
pub(super) fn of(
    constraints: &Constraints,
    column: &DataType,
    path: &str,
    patterns: &mut Patterns,
) -> Result<Vec<Demand>, MapError> {
    let mut found = Vec::new();
    if let Some(values) = &constraints.allowed {
        let text = || format!("is not a valid enum value; allowed are {}", named(values));
        found.extend(one_of(values, column).map(|test| (CODE_ENUM, text(), test)));
    }
    match column {
        DataType::Utf8View => texts_demanded(constraints, path, patterns, &mut found)?,
        DataType::Int32 | DataType::Int64 | DataType::Float64 => range_demanded(constraints, column, &mut found),
        _ => {}
    }
    let demand = |(code, text, test)| {
        let message = format!("the value of the field `{path}` {text}").into();
        Demand { code, message, test }
    };
    Ok(found.into_iter().map(demand).collect())
}

/// Code, end of the message, and test.
type Draft = (&'static str, String, Test);

fn texts_demanded(
    constraints: &Constraints,
    path: &str,
    patterns: &mut Patterns,
    found: &mut Vec<Draft>,
) -> Result<(), MapError> {
    if let Some(text) = &constraints.pattern {
        let pattern = compiled(text, path, patterns)?;
        found.push((CODE_FORMAT, format!("does not match pattern {text}"), Test::Pattern(pattern)));
    }
    if let Some(format) = constraints.format {
        found.push((CODE_FORMAT, format!("is not a valid {}", format.name()), Test::Format(format)));
    }
    let size = |length: u64| usize::try_from(length).unwrap_or(usize::MAX);
    if let Some(min) = constraints.min_length.filter(|min| *min > 0) {
        let says = format!("is too short, expected minLength: {min}");
        found.push((CODE_CONVERSION, says, Test::Length(size(min), usize::MAX)));
    }
    if let Some(max) = constraints.max_length {
        let says = format!("is too long, expected maxLength: {max}");
        found.push((CODE_CONVERSION, says, Test::Length(0, size(max))));
    }
    Ok(())
}

fn range_demanded(constraints: &Constraints, column: &DataType, found: &mut Vec<Draft>) {
    let whole = *column != DataType::Float64;
    let says = |word: &str, bound: &Bound| {
        let than = if bound.exclusive { "than" } else { "or equal to" };
        format!("is not {word} {than} {}", bound.value)
    };
    if let Some(bound) = &constraints.minimum {
        let test =
            if whole { Test::Range(least(bound), i64::MAX) } else { Test::Above(bound.as_f64(), bound.exclusive) };
        found.push((CODE_CONVERSION, says("greater", bound), test));
    }
    if let Some(bound) = &constraints.maximum {
        let test =
            if whole { Test::Range(i64::MIN, most(bound)) } else { Test::Below(bound.as_f64(), bound.exclusive) };
        found.push((CODE_CONVERSION, says("less", bound), test));
    }
}

fn compiled(text: &str, path: &str, patterns: &mut Patterns) -> Result<Pattern, MapError> {
    if let Some(known) = patterns.get(text) {
        return Ok(known.clone());
    }
    let pattern =
        Pattern::compile(text).map_err(|reason| MapError::Pattern { destination: path.to_owned(), reason })?;
    patterns.insert(text.to_owned(), pattern.clone());
    Ok(pattern)
}

/// The test for a list of allowed values; `None` where all are allowed.
fn one_of(values: &[Value], column: &DataType) -> Option<Test> {
    let numbers = || values.iter().filter_map(Value::as_f64);
    let whole = |value: &Value| value.as_i64().or_else(|| value.as_f64().map(|number| number as i64));
    Some(match column {
        DataType::Utf8View => Test::Texts(values.iter().filter_map(Value::as_str).map(Into::into).collect()),
        DataType::Int32 | DataType::Int64 => Test::Wholes(values.iter().filter_map(whole).collect()),
        DataType::Float64 => Test::Numbers(numbers().map(bits).collect()),
        DataType::Boolean => {
            let flag = values.first()?.as_bool()?;
            values.iter().all(|value| value.as_bool() == Some(flag)).then_some(Test::Flag(flag))?
        }
        _ => return None,
    })
}

/// Equal numbers have equal bits.
fn bits(number: f64) -> u64 {
    (if number == 0.0 { 0.0 } else { number }).to_bits()
}

fn named(values: &[Value]) -> String {
    let short = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("`{}`", lakehead_model::invalid::excerpt(&text))
    };
    let names: Vec<String> = values.iter().take(NAMED).map(short).collect();
    match values.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// The least whole number within the bound.
fn least(bound: &Bound) -> i64 {
    match (bound.value.as_i64(), bound.exclusive) {
        (Some(value), exclusive) => value.saturating_add(i64::from(exclusive)),
        (None, true) => (bound.as_f64().floor() + 1.0) as i64,
        (None, false) => bound.as_f64().ceil() as i64,
    }
}

/// The greatest whole number within the bound.
fn most(bound: &Bound) -> i64 {
    match (bound.value.as_i64(), bound.exclusive) {
        (Some(value), exclusive) => value.saturating_sub(i64::from(exclusive)),
        (None, true) => (bound.as_f64().ceil() - 1.0) as i64,
        (None, false) => bound.as_f64().floor() as i64,
    }
}

impl Demand {
    /// Adds the positions of values that do not fulfil the demand, in order.
    pub(super) fn broken(&self, column: &ArrayRef, out: &mut Vec<usize>) {
        match &self.test {
            Test::Texts(allowed) => texts(column, |text| !allowed.contains(text), out),
            // A search that is given up has found nothing.
            Test::Pattern(pattern) => texts(column, |text| pattern.is_in(text) != Ok(true), out),
            Test::Format(format) => texts(column, |text| !formats::is(text, *format), out),
            Test::Length(min, max) => texts(column, |text| !has_length(text, *min, *max), out),
            Test::Wholes(allowed) => wholes(column, |value| !allowed.contains(&value), out),
            Test::Range(low, high) => wholes(column, |value| value < *low || value > *high, out),
            Test::Numbers(allowed) => numbers(column, |value| !allowed.contains(&bits(value)), out),
            // What is no number is within no bounds.
            Test::Above(bound, false) => numbers(column, |value| value.is_nan() || value < *bound, out),
            Test::Above(bound, true) => numbers(column, |value| value.is_nan() || value <= *bound, out),
            Test::Below(bound, false) => numbers(column, |value| value.is_nan() || value > *bound, out),
            Test::Below(bound, true) => numbers(column, |value| value.is_nan() || value >= *bound, out),
            Test::Flag(flag) => {
                let Some(flags) = column.as_boolean_opt() else { return };
                out.extend((0..flags.len()).filter(|at| flags.is_valid(*at) && flags.value(*at) != *flag));
            }
        }
    }
}

/// Counts characters only where bytes do not decide.
fn has_length(text: &str, min: usize, max: usize) -> bool {
    if text.len() < min {
        return false;
    }
    if text.len() <= max && (min == 0 || text.len() / 4 >= min) {
        return true;
    }
    (min..=max).contains(&text.chars().count())
}

fn texts(column: &ArrayRef, is_bad: impl Fn(&str) -> bool, out: &mut Vec<usize>) {
    let Some(array) = column.as_any().downcast_ref::<StringViewArray>() else { return };
    match array.nulls() {
        None => out.extend((0..array.len()).filter(|at| is_bad(array.value(*at)))),
        Some(nulls) => out.extend(nulls.valid_indices().filter(|at| is_bad(array.value(*at)))),
    }
}

fn wholes(column: &ArrayRef, is_bad: impl Fn(i64) -> bool, out: &mut Vec<usize>) {
    if let Some(array) = column.as_primitive_opt::<Int32Type>() {
        primitives(array, |value| is_bad(i64::from(value)), out);
    } else if let Some(array) = column.as_primitive_opt::<Int64Type>() {
        primitives(array, is_bad, out);
    }
}

fn numbers(column: &ArrayRef, is_bad: impl Fn(f64) -> bool, out: &mut Vec<usize>) {
    if let Some(array) = column.as_primitive_opt::<Float64Type>() {
        primitives(array, is_bad, out);
    }
}

fn primitives<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    is_bad: impl Fn(T::Native) -> bool,
    out: &mut Vec<usize>,
) {
    let values = array.values();
    match array.nulls() {
        None => out.extend(values.iter().enumerate().filter(|(_, value)| is_bad(**value)).map(|(at, _)| at)),
        Some(nulls) => out.extend(nulls.valid_indices().filter(|at| is_bad(values[*at]))),
    }
}
