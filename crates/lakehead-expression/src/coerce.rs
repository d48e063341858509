//! How a value of one type is taken for another: what a function needs from its arguments.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListArray, StringViewArray, StringViewBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use lakehead_model::dates;

use crate::column::{Column, Kind};
use crate::function::Fault;
use crate::json;
use crate::zoned::{self, Zoned};

/// Microseconds of a day.
pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

/// Text, one per row or one for all.
#[derive(Debug)]
pub struct Texts {
    array: StringViewArray,
    constant: bool,
}

impl Texts {
    /// The text of a row.
    pub fn get(&self, row: usize) -> Option<&str> {
        let at = if self.constant { 0 } else { row };
        self.array.is_valid(at).then(|| self.array.value(at))
    }

    /// The one text for all rows, where there is one.
    pub fn constant(&self) -> Option<Option<&str>> {
        self.constant.then(|| self.get(0))
    }

    /// The array, with one value where it is constant.
    pub fn array(&self) -> &StringViewArray {
        &self.array
    }
}

/// Text of any value: numbers and dates as they are written, objects and arrays as JSON.
pub fn texts(column: &Column) -> Result<Texts, Fault> {
    Ok(Texts { array: text_array(column.array())?, constant: column.is_constant() })
}

/// Text of an array of a normal type.
pub fn text_array(array: &ArrayRef) -> Result<StringViewArray, Fault> {
    Ok(match array.data_type() {
        DataType::Utf8View => array.as_string_view().clone(),
        DataType::Null | DataType::Int64 | DataType::Boolean | DataType::Date32 => {
            cast(array, &DataType::Utf8View)?.as_string_view().clone()
        }
        DataType::Float64 => written(array, |at| Some(number_text(array.as_primitive::<Float64Type>().value(at)))),
        ty if zoned::is_zoned(ty) => written(array, |at| zoned::value(array, at).and_then(Zoned::to_text)),
        _ => written(array, |at| Some(json::value(array, at).to_string())),
    })
}

fn written(array: &ArrayRef, text: impl Fn(usize) -> Option<String>) -> StringViewArray {
    let mut out = StringViewBuilder::with_capacity(array.len());
    for at in 0..array.len() {
        out.append_option(if array.is_null(at) { None } else { text(at) });
    }
    out.finish()
}

/// A number as text: `20.5`, `5.0`, and without an exponent while it is short.
pub fn number_text(value: f64) -> String {
    if value == 0.0 || (1e-5..1e17).contains(&value.abs()) { format!("{value:?}") } else { format!("{value:e}") }
}

/// A number of either kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    Integer(i64),
    /// Any number.
    Float(f64),
}

impl Number {
    /// Reads a text: digits with a sign are whole, everything else that is a number is not.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(value) = text.parse() {
            return Some(Self::Integer(value));
        }
        // `inf` and `nan` are words, not numbers.
        let value: f64 = text.parse().ok()?;
        value.is_finite().then_some(Self::Float(value))
    }

    /// As floating point.
    pub const fn float(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// As text.
    pub fn text(self) -> String {
        match self {
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => number_text(value),
        }
    }

    /// As a whole number: what comes after the point is cut off. `None` outside of 64 bits.
    pub fn truncated(self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(value),
            Self::Float(value) => (value.abs() < 9.2e18).then_some(value as i64),
        }
    }
}

/// Numbers, one per row or one for all.
#[derive(Debug)]
pub struct Numbers {
    values: Values,
    constant: bool,
}

#[derive(Debug)]
enum Values {
    Null,
    Integers(Int64Array),
    Floats(Float64Array),
    Texts(StringViewArray),
}

impl Numbers {
    /// The number of a row: `None` where it is null, an error where a text is no number.
    pub fn get(&self, row: usize) -> Result<Option<Number>, &'static str> {
        let at = if self.constant { 0 } else { row };
        Ok(match &self.values {
            Values::Integers(array) => array.is_valid(at).then(|| Number::Integer(array.value(at))),
            Values::Floats(array) => array.is_valid(at).then(|| Number::Float(array.value(at))),
            Values::Texts(array) if array.is_valid(at) => {
                Some(Number::parse(array.value(at)).ok_or("the text is not a number")?)
            }
            Values::Texts(_) | Values::Null => None,
        })
    }

    /// Whether the numbers are read from texts.
    pub fn are_texts(&self) -> bool {
        matches!(self.values, Values::Texts(_))
    }

    /// Whether every number is a whole one by its type.
    pub fn are_integers(&self) -> bool {
        matches!(self.values, Values::Integers(_))
    }
}

/// Numbers from numbers and from texts.
pub fn numbers(column: &Column) -> Result<Numbers, Fault> {
    let array = column.array();
    let values = match array.data_type() {
        DataType::Null => Values::Null,
        DataType::Int64 => Values::Integers(array.as_primitive::<Int64Type>().clone()),
        DataType::Float64 => Values::Floats(array.as_primitive::<Float64Type>().clone()),
        DataType::Utf8View => Values::Texts(array.as_string_view().clone()),
        _ => return Err(mismatch(Kind::Number, column.kind())),
    };
    Ok(Numbers { values, constant: column.is_constant() })
}

/// Truth, one per row or one for all. Null is false; so are zero, empty text and `false`.
#[derive(Debug)]
pub struct Truths {
    array: BooleanArray,
    constant: bool,
}

impl Truths {
    /// The truth of a row.
    pub fn get(&self, row: usize) -> bool {
        let at = if self.constant { 0 } else { row };
        self.array.is_valid(at) && self.array.value(at)
    }
}

/// What a condition makes of values.
pub fn truths(column: &Column) -> Result<Truths, Fault> {
    let array = column.array();
    let truth = match array.data_type() {
        DataType::Boolean => array.as_boolean().clone(),
        DataType::Null => BooleanArray::from(vec![false; array.len()]),
        DataType::Int64 => {
            array.as_primitive::<Int64Type>().iter().map(|value| value.map(|value| value != 0)).collect()
        }
        DataType::Float64 => {
            let true_number = |value: f64| value != 0.0 && !value.is_nan();
            array.as_primitive::<Float64Type>().iter().map(|value| value.map(true_number)).collect()
        }
        DataType::Utf8View => {
            let true_text = |text: &str| !text.is_empty() && !text.eq_ignore_ascii_case("false");
            array.as_string_view().iter().map(|text| text.map(true_text)).collect()
        }
        _ => (0..array.len()).map(|at| Some(array.is_valid(at))).collect(),
    };
    Ok(Truths { array: truth, constant: column.is_constant() })
}

/// Instants, one per row or one for all.
#[derive(Debug)]
pub struct Dates {
    array: ArrayRef,
    constant: bool,
}

impl Dates {
    /// The instant of a row: `None` where it is null, an error where a text is no date.
    pub fn get(&self, row: usize) -> Result<Option<Zoned>, &'static str> {
        let at = if self.constant { 0 } else { row };
        if self.array.data_type() == &DataType::Null || self.array.is_null(at) {
            return Ok(None);
        }
        Ok(match self.array.data_type() {
            DataType::Int64 => {
                let millis = self.array.as_primitive::<Int64Type>().value(at);
                Some(Zoned::utc(millis.checked_mul(1000).ok_or("the time is out of range")?))
            }
            DataType::Date32 => {
                let days = self.array.as_primitive::<arrow::datatypes::Date32Type>().value(at);
                Some(Zoned::utc(i64::from(days) * DAY_MICROS))
            }
            DataType::Utf8View => {
                let text = self.array.as_string_view().value(at);
                Some(Zoned::utc(dates::micros(text).ok_or("the text is not a date")?))
            }
            _ => zoned::value(&self.array, at),
        })
    }
}

/// Instants from instants, days, texts of the documented patterns, and epoch milliseconds.
pub fn instants(column: &Column) -> Result<Dates, Fault> {
    match column.array().data_type() {
        DataType::Null | DataType::Int64 | DataType::Date32 | DataType::Utf8View => {}
        ty if zoned::is_zoned(ty) => {}
        _ => return Err(mismatch(Kind::Date, column.kind())),
    }
    Ok(Dates { array: Arc::clone(column.array()), constant: column.is_constant() })
}

/// Arrays, one per row or one for all.
#[derive(Debug)]
pub struct Lists {
    /// The arrays; empty items of nulls are not to be looked at.
    pub array: ListArray,
    constant: bool,
}

impl Lists {
    /// Begin and end of the items of a row within the values; `None` where the array is null.
    pub fn range(&self, row: usize) -> Option<std::ops::Range<usize>> {
        let at = if self.constant { 0 } else { row };
        let offsets = self.array.value_offsets();
        self.array.is_valid(at).then(|| offsets[at] as usize..offsets[at + 1] as usize)
    }

    /// The items of all rows.
    pub fn values(&self) -> &ArrayRef {
        self.array.values()
    }
}

/// Arrays only; null is no array.
pub fn lists(column: &Column) -> Result<Lists, Fault> {
    let array = match column.array().data_type() {
        DataType::List(_) => column.array().as_list::<i32>().clone(),
        DataType::Null => {
            let empty = arrow::array::new_null_array(
                &DataType::List(crate::column::item_field(&DataType::Null)),
                column.array().len(),
            );
            empty.as_list::<i32>().clone()
        }
        _ => return Err(mismatch(Kind::Array, column.kind())),
    };
    Ok(Lists { array, constant: column.is_constant() })
}

/// The fault of a value of the wrong kind.
pub fn mismatch(expected: Kind, found: Kind) -> Fault {
    Fault::new(format!("a value of kind {} is expected where one of kind {} is given", expected.name(), found.name()))
}
