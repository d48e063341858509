//! A column of JSON values of one shape.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, NullArray, StringViewBuilder, StructArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;
use serde_json::Value;

use super::shape::Shape;
use crate::coerce::number_text;
use crate::column::list_of;
use crate::function::Fault;

/// The values as a column; null where there is none.
pub(super) fn column(shape: &Shape<'_>, values: &[Option<&Value>]) -> Result<ArrayRef, Fault> {
    let each = || values.iter().map(|value| value.filter(|value| !value.is_null()));
    Ok(match shape {
        Shape::Null => Arc::new(NullArray::new(values.len())),
        Shape::Boolean => Arc::new(each().map(|value| value?.as_bool()).collect::<BooleanArray>()),
        Shape::Integer => Arc::new(each().map(|value| value?.as_i64()).collect::<Int64Array>()),
        Shape::Number => Arc::new(each().map(|value| value?.as_f64()).collect::<Float64Array>()),
        Shape::Text => {
            let mut out = StringViewBuilder::with_capacity(values.len());
            for value in each() {
                match value {
                    Some(Value::String(text)) => out.append_value(text),
                    other => out.append_option(other.map(text)),
                }
            }
            Arc::new(out.finish())
        }
        Shape::List(item) => {
            let lists = || each().map(|value| value.and_then(Value::as_array));
            let offsets = OffsetBuffer::from_lengths(lists().map(|list| list.map_or(0, Vec::len)));
            let items: Vec<Option<&Value>> = lists().flatten().flatten().map(Some).collect();
            Arc::new(list_of(offsets, column(item, &items)?, Some(there(values)))?)
        }
        Shape::Object(members) => {
            let DataType::Struct(fields) = shape.data_type() else {
                return Ok(new_null_array(&DataType::Null, values.len()));
            };
            let member = |(name, shape): &(&str, Shape<'_>)| {
                let values: Vec<Option<&Value>> =
                    values.iter().map(|value| value.and_then(|of| of.get(name))).collect();
                column(shape, &values)
            };
            let columns = members.list.iter().map(member).collect::<Result<Vec<_>, _>>()?;
            Arc::new(StructArray::try_new_with_length(fields, columns, Some(there(values)), values.len())?)
        }
    })
}

/// A value as text, as [`crate::coerce::text_array`] has it.
fn text(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map_or_else(String::new, number_text),
        other => other.to_string(),
    }
}

fn there(values: &[Option<&Value>]) -> NullBuffer {
    values.iter().map(|value| value.is_some_and(|value| !value.is_null())).collect()
}
