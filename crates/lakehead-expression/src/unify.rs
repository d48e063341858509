//! One type for values of several: the branches of a condition, the items of an array.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray, UInt32Array, new_null_array};
use arrow::compute::{cast, interleave, take};
use arrow::datatypes::{DataType, Field, Fields};

use crate::coerce;
use crate::column::{Column, item_field, list_of, map_of, map_type};
use crate::function::Fault;
use crate::zoned;

/// The type that holds the values of both. Numbers stay numbers; everything else that has no members meets as text.
///
/// # Errors
/// One has members and the other has none, or one is an array and the other is not.
pub fn common_type(left: &DataType, right: &DataType) -> Result<DataType, Fault> {
    if left == right {
        return Ok(left.clone());
    }
    let is_date = |ty: &DataType| *ty == DataType::Date32 || zoned::is_zoned(ty);
    Ok(match (left, right) {
        (DataType::Null, other) | (other, DataType::Null) => other.clone(),
        (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => DataType::Float64,
        (left, right) if is_date(left) && is_date(right) => zoned::zoned_type(),
        (left, right) if is_scalar(left) && is_scalar(right) => DataType::Utf8View,
        (DataType::List(left), DataType::List(right)) => {
            DataType::List(item_field(&common_type(left.data_type(), right.data_type())?))
        }
        (DataType::Struct(left), DataType::Struct(right)) => DataType::Struct(common_members(left, right)?),
        (DataType::Map(left, _), DataType::Map(right, _)) => {
            map_type(&common_type(&map_value(left.data_type())?, &map_value(right.data_type())?)?)
        }
        (DataType::Struct(fields), DataType::Map(entries, _))
        | (DataType::Map(entries, _), DataType::Struct(fields)) => {
            let mut value = map_value(entries.data_type())?;
            for field in fields {
                value = common_type(&value, field.data_type())?;
            }
            map_type(&value)
        }
        _ => {
            let (left, right) = (crate::Kind::of(left), crate::Kind::of(right));
            return Err(Fault::new(format!("values of kind {} and {} do not go together", left.name(), right.name())));
        }
    })
}

/// Whether values of the type have no members.
pub fn is_scalar(ty: &DataType) -> bool {
    zoned::is_zoned(ty) || !matches!(ty, DataType::List(_) | DataType::Struct(_) | DataType::Map(..))
}

/// The type of the values of a map.
pub fn map_value(entries: &DataType) -> Result<DataType, Fault> {
    match entries {
        DataType::Struct(fields) if fields.len() == 2 => Ok(fields[1].data_type().clone()),
        _ => Err(Fault::new("this is no map")),
    }
}

fn common_members(left: &Fields, right: &Fields) -> Result<Fields, Fault> {
    let mut members: Vec<Field> = left.iter().map(|field| Field::clone(field)).collect();
    for field in right {
        match members.iter_mut().find(|member| member.name() == field.name()) {
            Some(member) => {
                let ty = common_type(member.data_type(), field.data_type())?;
                *member = Field::new(field.name(), ty, true);
            }
            None => members.push(Field::clone(field)),
        }
    }
    Ok(members.into())
}

/// The values of an array as values of a type that [`common_type`] gave for it.
pub fn convert(array: &ArrayRef, ty: &DataType) -> Result<ArrayRef, Fault> {
    if array.data_type() == ty {
        return Ok(Arc::clone(array));
    }
    Ok(match (array.data_type(), ty) {
        (DataType::Null, _) => new_null_array(ty, array.len()),
        (_, DataType::Utf8View) => Arc::new(coerce::text_array(array)?),
        (DataType::Int64, DataType::Float64) => cast(array, ty)?,
        (DataType::Date32, ty) if zoned::is_zoned(ty) => {
            let instants = coerce::instants(&Column::rows(Arc::clone(array)))?;
            let mut out = zoned::ZonedBuilder::new(array.len());
            (0..array.len()).for_each(|row| out.push(instants.get(row).unwrap_or(None)));
            out.finish()
        }
        (DataType::List(_), DataType::List(item)) => {
            let list = array.as_list::<i32>();
            let values = convert(list.values(), item.data_type())?;
            Arc::new(list_of(list.offsets().clone(), values, list.nulls().cloned())?)
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let parts = array.as_struct();
            let member = |field: &Arc<Field>| match parts.column_by_name(field.name()) {
                Some(member) => convert(member, field.data_type()),
                None => Ok(new_null_array(field.data_type(), array.len())),
            };
            let members = fields.iter().map(member).collect::<Result<Vec<_>, _>>()?;
            Arc::new(StructArray::try_new_with_length(fields.clone(), members, parts.nulls().cloned(), array.len())?)
        }
        (DataType::Map(..), DataType::Map(entries, _)) => {
            let map = array.as_map();
            let values = convert(map.values(), &map_value(entries.data_type())?)?;
            Arc::new(map_of(map.offsets().clone(), Arc::clone(map.keys()), values, map.nulls().cloned())?)
        }
        (DataType::Struct(_), DataType::Map(entries, _)) => {
            object_to_map(array.as_struct(), &map_value(entries.data_type())?)?
        }
        (from, to) => {
            let (from, to) = (crate::Kind::of(from), crate::Kind::of(to));
            return Err(coerce::mismatch(to, from));
        }
    })
}

/// An object as a map of its members that have a value.
pub fn object_to_map(object: &StructArray, value: &DataType) -> Result<ArrayRef, Fault> {
    let names = object.column_names();
    let members = object.columns().iter().map(|member| convert(member, value)).collect::<Result<Vec<_>, _>>()?;
    let (mut places, mut keys, mut offsets) = (Vec::new(), Vec::new(), vec![0_i32]);
    for row in 0..object.len() {
        if object.is_valid(row) {
            for (n, member) in members.iter().enumerate() {
                if member.data_type() != &DataType::Null && member.is_valid(row) {
                    places.push((n, row));
                    keys.push(names[n]);
                }
            }
        }
        offsets.push(places.len() as i32);
    }
    let parts: Vec<&dyn Array> = members.iter().map(AsRef::as_ref).collect();
    let values = if places.is_empty() { new_null_array(value, 0) } else { interleave(&parts, &places)? };
    let keys: ArrayRef = Arc::new(arrow::array::StringViewArray::from_iter_values(keys));
    let offsets = arrow::buffer::OffsetBuffer::new(offsets.into());
    Ok(Arc::new(map_of(offsets, keys, values, object.nulls().cloned())?))
}

/// Objects or maps as maps. Values that do not go together are text.
pub fn as_map(array: &ArrayRef) -> Result<ArrayRef, Fault> {
    match array.data_type() {
        DataType::Map(..) => Ok(Arc::clone(array)),
        DataType::Struct(fields) if !zoned::is_zoned(array.data_type()) => {
            object_to_map(array.as_struct(), &type_or_text(fields.iter().map(|field| field.data_type())))
        }
        other => Err(coerce::mismatch(crate::Kind::Object, crate::Kind::of(other))),
    }
}

/// The type that holds values of all these types: text, with objects and arrays as JSON, where they do not go together.
pub fn type_or_text<'a>(types: impl Iterator<Item = &'a DataType>) -> DataType {
    let mut common = DataType::Null;
    for ty in types {
        match common_type(&common, ty) {
            Ok(ty) => common = ty,
            Err(_) => return DataType::Utf8View,
        }
    }
    common
}

/// The columns brought to one type, to text where they do not go together.
pub fn unified_or_text(columns: &[Column]) -> Result<(Vec<Column>, DataType), Fault> {
    let ty = type_or_text(columns.iter().map(|column| column.array().data_type()));
    Ok((converted(columns, &ty)?, ty))
}

/// The columns brought to one type.
pub fn unified(columns: &[Column]) -> Result<(Vec<Column>, DataType), Fault> {
    let mut ty = DataType::Null;
    for column in columns {
        ty = common_type(&ty, column.array().data_type())?;
    }
    Ok((converted(columns, &ty)?, ty))
}

fn converted(columns: &[Column], ty: &DataType) -> Result<Vec<Column>, Fault> {
    columns.iter().map(|column| Ok(column.with(convert(column.array(), ty)?))).collect()
}

/// The values at `places`, each the number of a column and a position in its array. The columns are of the type `ty`.
pub fn gathered(columns: &[Column], ty: &DataType, places: &[(usize, usize)]) -> Result<ArrayRef, Fault> {
    if places.is_empty() || *ty == DataType::Null {
        return Ok(new_null_array(ty, places.len()));
    }
    let parts: Vec<&dyn Array> = columns.iter().map(|column| column.array().as_ref()).collect();
    Ok(interleave(&parts, places)?)
}

/// The values at `places`; null where there is none, also where there are no values at all.
pub fn taken(values: &ArrayRef, places: &UInt32Array) -> Result<ArrayRef, Fault> {
    if values.is_empty() {
        return Ok(new_null_array(values.data_type(), places.len()));
    }
    Ok(take(values, places, None)?)
}

/// Takes for each row the value of one of the columns: `choice` gives its number, or nothing for null.
pub fn choose(
    columns: &[Column],
    ty: &DataType,
    rows: usize,
    choice: impl Fn(usize) -> Option<usize>,
) -> Result<ArrayRef, Fault> {
    if columns.is_empty() || ty == &DataType::Null {
        return Ok(new_null_array(ty, rows));
    }
    // One more array that holds null, for the rows without a choice.
    let null = new_null_array(ty, 1);
    let mut parts: Vec<&dyn Array> = columns.iter().map(|column| column.array().as_ref()).collect();
    parts.push(null.as_ref());
    let places: Vec<(usize, usize)> = (0..rows)
        .map(|row| choice(row).map_or((columns.len(), 0), |chosen| (chosen, columns[chosen].at(row))))
        .collect();
    Ok(interleave(&parts, &places)?)
}
