//! Text to typed columns: the words, numbers and dates that are understood. Empty text is no value of any of them: files
//! that quote every field have it where others have nothing.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanBuilder, NullBufferBuilder, PrimitiveArray, StringViewArray,
};
use arrow::datatypes::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use lakehead_model::dates;
use lakehead_model::xdm::FieldType;

use super::apply::{Findings, Names};

/// Parses a column of text views. `ty` has no members.
pub(super) fn parse(array: &ArrayRef, ty: &FieldType, names: Names<'_>, findings: &mut Findings<'_>) -> ArrayRef {
    let text = array.as_string_view();
    let (parsed, failed): (ArrayRef, Vec<u32>) = match ty {
        FieldType::Boolean => booleans(text),
        FieldType::Byte => column::<Int32Type>(text, |text| integer::<i8>(text).map(i32::from)),
        FieldType::Short => column::<Int32Type>(text, |text| integer::<i16>(text).map(i32::from)),
        FieldType::Int => column::<Int32Type>(text, integer::<i32>),
        FieldType::Long => column::<Int64Type>(text, integer::<i64>),
        FieldType::Number => column::<Float64Type>(text, number),
        FieldType::Date => column::<Date32Type>(text, dates::day),
        FieldType::DateTime => {
            let (micros, failed) = primitive::<TimestampMicrosecondType>(text, dates::micros);
            (Arc::new(micros.with_timezone("+00:00")), failed)
        }
        _ => (Arc::clone(array), Vec::new()),
    };
    findings.failed(names, ty, "STRING", failed);
    parsed
}

/// Whether the text is a value of the type.
pub(super) fn is_value(text: &str, ty: &FieldType) -> bool {
    match ty {
        FieldType::String => true,
        FieldType::Boolean => boolean(text).is_some(),
        FieldType::Byte => integer::<i8>(text).is_some(),
        FieldType::Short => integer::<i16>(text).is_some(),
        FieldType::Int => integer::<i32>(text).is_some(),
        FieldType::Long => integer::<i64>(text).is_some(),
        FieldType::Number => number(text).is_some(),
        FieldType::Date => dates::day(text).is_some(),
        FieldType::DateTime => dates::micros(text).is_some(),
        FieldType::Object(_) | FieldType::Array(_) | FieldType::Map(_) => false,
    }
}

fn column<T: ArrowPrimitiveType>(
    text: &StringViewArray,
    parse: impl Fn(&str) -> Option<T::Native>,
) -> (ArrayRef, Vec<u32>) {
    let (array, failed) = primitive::<T>(text, parse);
    (Arc::new(array), failed)
}

fn primitive<T: ArrowPrimitiveType>(
    text: &StringViewArray,
    parse: impl Fn(&str) -> Option<T::Native>,
) -> (PrimitiveArray<T>, Vec<u32>) {
    let mut values = Vec::with_capacity(text.len());
    let mut nulls = NullBufferBuilder::new(text.len());
    let mut failed = Vec::new();
    for row in 0..text.len() {
        let parsed = if text.is_null(row) || text.value(row).is_empty() {
            None
        } else {
            let parsed = parse(text.value(row));
            if parsed.is_none() {
                failed.push(row as u32);
            }
            parsed
        };
        nulls.append(parsed.is_some());
        values.push(parsed.unwrap_or_default());
    }
    (PrimitiveArray::new(values.into(), nulls.finish()), failed)
}

fn booleans(text: &StringViewArray) -> (ArrayRef, Vec<u32>) {
    let mut values = BooleanBuilder::with_capacity(text.len());
    let mut failed = Vec::new();
    for row in 0..text.len() {
        let empty = text.is_null(row) || text.value(row).is_empty();
        let parsed = if empty { None } else { boolean(text.value(row)) };
        if parsed.is_none() && !empty {
            failed.push(row as u32);
        }
        values.append_option(parsed);
    }
    (Arc::new(values.finish()), failed)
}

/// Exactly the words of the contract: `Yes` and `1` are none of them.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "TRUE" | "y" | "yes" | "Y" | "YES" | "on" | "ON" => Some(true),
        "false" | "FALSE" | "n" | "N" | "no" | "NO" | "off" | "OFF" => Some(false),
        _ => None,
    }
}

/// Digits with a sign; also `12.0` and `1e3`, which some writers make of whole numbers.
fn integer<T: TryFrom<i64>>(text: &str) -> Option<T> {
    /// Above this not every whole number is one that floating point can hold.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let value = if let Ok(value) = text.parse::<i64>() {
        value
    } else if let Ok(value) = text.trim().parse::<i64>() {
        value
    } else {
        let value = number(text)?;
        if value.fract() != 0.0 || value.abs() > EXACT {
            return None;
        }
        value as i64
    };
    T::try_from(value).ok()
}

fn number(text: &str) -> Option<f64> {
    let value: f64 = text.parse().or_else(|_| text.trim().parse()).ok()?;
    // `inf` and `nan` are words, not numbers.
    value.is_finite().then_some(value)
}
