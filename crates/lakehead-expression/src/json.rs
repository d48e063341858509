//! Values as JSON: what examples and previews show, and the text of objects and arrays.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use serde_json::{Map, Number, Value};

use crate::zoned;

/// The value at a position of an array of a normal type. Members without a value are left out.
pub fn value(array: &ArrayRef, at: usize) -> Value {
    if array.data_type() == &DataType::Null || array.is_null(at) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => array.as_boolean().value(at).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(at).into(),
        DataType::Float64 => {
            Number::from_f64(array.as_primitive::<Float64Type>().value(at)).map_or(Value::Null, Value::Number)
        }
        DataType::Utf8View => array.as_string_view().value(at).into(),
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().value_as_date(at).map_or(Value::Null, |day| day.to_string().into())
        }
        ty if zoned::is_zoned(ty) => {
            zoned::value(array, at).and_then(zoned::Zoned::to_text).map_or(Value::Null, Value::String)
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(at);
            (0..items.len()).map(|item| value(&items, item)).collect()
        }
        DataType::Struct(_) => {
            let parts = array.as_struct();
            let members = parts.column_names().into_iter().zip(parts.columns());
            let members = members.map(|(name, member)| (name.to_owned(), value(member, at)));
            Value::Object(members.filter(|(_, value)| !value.is_null()).collect())
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(at);
            let (keys, values) = (entries.column(0).as_string_view(), entries.column(1));
            let members = (0..entries.len()).map(|entry| (keys.value(entry).to_owned(), value(values, entry)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        _ => Value::Null,
    }
}
