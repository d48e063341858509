//! From the types of expressions to types that fields are converted from.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray, new_null_array};
use arrow::datatypes::{DataType, Field, Fields};
use lakehead_expression::column::{list_of, map_of};
use lakehead_expression::{coerce, path, unify, zoned};
use lakehead_model::xdm::FieldType;

/// The values for a field of type `ty`: instants as timestamps, or as text where text is wanted; objects and maps as what
/// the field is.
///
/// # Errors
/// The values cannot be that.
pub(super) fn export(array: &ArrayRef, ty: &FieldType) -> Result<ArrayRef, &'static str> {
    const NOT_SINGLE: &str = "the result is an array or an object where a single value is expected";
    const NOT_NESTED: &str = "the result is a single value where an array or an object is expected";
    let broken = |_| "the result cannot be put together";
    let found = array.data_type();
    match (found, ty) {
        (DataType::Null, _) => Ok(Arc::clone(array)),
        (found, FieldType::Array(_) | FieldType::Object(_) | FieldType::Map(_)) if unify::is_scalar(found) => {
            Err(NOT_NESTED)
        }
        (DataType::List(_), FieldType::Array(item)) => {
            let list = array.as_list::<i32>();
            let values = export(list.values(), item)?;
            Ok(Arc::new(list_of(list.offsets().clone(), values, list.nulls().cloned()).map_err(broken)?))
        }
        (DataType::Struct(_) | DataType::Map(..), FieldType::Object(fields)) => {
            let member = |field: &lakehead_model::xdm::Field| {
                let value = path::member(array, &field.name).map_err(broken)?;
                match value {
                    Some(value) => export(&value, &field.ty),
                    None => Ok(new_null_array(&DataType::Null, array.len())),
                }
            };
            let members = fields.iter().map(member).collect::<Result<Vec<_>, _>>()?;
            let column = |(field, member): (&lakehead_model::xdm::Field, &ArrayRef)| {
                Field::new(&field.name, member.data_type().clone(), true)
            };
            let columns: Fields = fields.iter().zip(&members).map(column).collect();
            let object = StructArray::try_new_with_length(columns, members, array.nulls().cloned(), array.len());
            Ok(Arc::new(object.map_err(|_| "the result cannot be put together")?))
        }
        (DataType::Struct(_), FieldType::Map(_)) => {
            let map =
                unify::as_map(array).map_err(|_| "the members of the object do not go together as values of a map")?;
            export(&map, ty)
        }
        (DataType::Map(..), FieldType::Map(value)) => {
            let map = array.as_map();
            let values = export(map.values(), value)?;
            let map = map_of(map.offsets().clone(), Arc::clone(map.keys()), values, map.nulls().cloned());
            Ok(Arc::new(map.map_err(broken)?))
        }
        (found, _) if !unify::is_scalar(found) => Err(NOT_SINGLE),
        (DataType::Utf8View, _) | (DataType::Boolean, FieldType::Boolean) => Ok(Arc::clone(array)),
        (_, FieldType::String) => Ok(Arc::new(coerce::text_array(array).map_err(broken)?)),
        (DataType::Boolean, _) => Err("the result is true or false where something else is expected"),
        (found, FieldType::Date) if zoned::is_zoned(found) => Ok(zoned::to_days(array)),
        (found, FieldType::DateTime) if zoned::is_zoned(found) => Ok(zoned::to_timestamps(array)),
        (DataType::Date32, FieldType::DateTime) => {
            Ok(zoned::to_timestamps(&unify::convert(array, &zoned::zoned_type()).map_err(broken)?))
        }
        (DataType::Date32, FieldType::Date) => Ok(Arc::clone(array)),
        (found, _) if zoned::is_zoned(found) || *found == DataType::Date32 => {
            Err("the result is a date where something else is expected")
        }
        // Numbers are true or false as conditions take them, not as fields do.
        (_, FieldType::Boolean) => Err("the result is a number where true or false is expected"),
        _ => Ok(Arc::clone(array)),
    }
}
