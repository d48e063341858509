//! Columns of typed formats in the types that everybody behind understands: times, UUIDs and durations as the text that
//! people write, unions taken apart. What a type cannot be made into stays what it is, and is refused by its reader.

use std::{fmt::Write as _, sync::Arc};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, FixedSizeListArray, Int32Array, LargeListArray, ListArray, MapArray, StringViewArray,
        StringViewBuilder, StructArray, UnionArray, new_null_array,
    },
    buffer::NullBuffer,
    compute::{CastOptions, cast_with_options, interleave, take},
    datatypes::{DataType, Field, FieldRef, Fields, IntervalMonthDayNanoType, IntervalUnit, UnionFields},
    error::ArrowError,
};

/// Marks fields of 16 bytes that are UUIDs, in their metadata.
pub(super) const UUID: &str = "lakehead.uuid";

/// Casts that fail rather than lose a value.
const STRICT: CastOptions<'static> =
    CastOptions { safe: false, format_options: arrow::util::display::FormatOptions::new() };

/// The field that [`column`] makes of columns of this one; nullable, without metadata.
pub(super) fn field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(field.name(), data_type(field), true))
}

fn same_name(from: &FieldRef) -> FieldRef {
    let ty = data_type(from);
    // The nulls of a union are in it, not on it.
    let nullable = from.is_nullable() || matches!(from.data_type(), DataType::Union(..));
    Arc::new(Field::new(from.name(), ty, nullable))
}

fn data_type(field: &Field) -> DataType {
    match field.data_type() {
        DataType::Time32(_) | DataType::Time64(_) | DataType::Interval(IntervalUnit::MonthDayNano) => {
            DataType::Utf8View
        }
        DataType::FixedSizeBinary(16) if field.metadata().contains_key(UUID) => DataType::Utf8View,
        DataType::Dictionary(_, value) => text_as_view(value),
        DataType::Struct(members) => DataType::Struct(members.iter().map(same_name).collect()),
        DataType::List(item) => DataType::List(same_name(item)),
        DataType::LargeList(item) => DataType::LargeList(same_name(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(same_name(item), *size),
        DataType::Map(entries, sorted) => DataType::Map(same_name(entries), *sorted),
        DataType::Union(branches, _) => union_type(branches),
        other => text_as_view(other),
    }
}

fn text_as_view(ty: &DataType) -> DataType {
    if matches!(ty, DataType::Utf8 | DataType::LargeUtf8) { DataType::Utf8View } else { ty.clone() }
}

/// The column as one of the field that [`field`] answers. `from` is the field that the column has.
///
/// # Errors
/// A value that its new type cannot hold.
pub(super) fn column(array: &ArrayRef, from: &Field, to: &Field) -> Result<ArrayRef, ArrowError> {
    let ty = to.data_type();
    if array.data_type() == ty {
        return Ok(Arc::clone(array));
    }
    match (array.data_type(), ty) {
        (DataType::Interval(_), _) => Ok(Arc::new(durations(array))),
        (DataType::FixedSizeBinary(16), DataType::Utf8View) => Ok(Arc::new(uuids(array))),
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let DataType::Struct(inner) = from.data_type() else { return Err(mismatch(from)) };
            Ok(Arc::new(members(array.as_struct(), inner, fields)?))
        }
        (DataType::List(_), DataType::List(item)) => {
            let (DataType::List(inner), list) = (from.data_type(), array.as_list::<i32>()) else {
                return Err(mismatch(from));
            };
            let values = column(list.values(), inner, item)?;
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, nulls)?))
        }
        (DataType::LargeList(_), DataType::LargeList(item)) => {
            let (DataType::LargeList(inner), list) = (from.data_type(), array.as_list::<i64>()) else {
                return Err(mismatch(from));
            };
            let values = column(list.values(), inner, item)?;
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Ok(Arc::new(LargeListArray::try_new(Arc::clone(item), offsets, values, nulls)?))
        }
        (DataType::FixedSizeList(..), DataType::FixedSizeList(item, size)) => {
            let (DataType::FixedSizeList(inner, _), list) = (from.data_type(), array.as_fixed_size_list()) else {
                return Err(mismatch(from));
            };
            let values = column(list.values(), inner, item)?;
            Ok(Arc::new(FixedSizeListArray::try_new(Arc::clone(item), *size, values, list.nulls().cloned())?))
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let (DataType::Map(inner, _), DataType::Struct(fields)) = (from.data_type(), entries.data_type()) else {
                return Err(mismatch(from));
            };
            let DataType::Struct(inner) = inner.data_type() else { return Err(mismatch(from)) };
            let map = array.as_map();
            let pairs = members(map.entries(), inner, fields)?;
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, pairs, nulls, *sorted)?))
        }
        (DataType::Union(branches, _), _) => union(array.as_union(), branches, to),
        _ => cast_with_options(array, ty, &STRICT),
    }
}

fn mismatch(from: &Field) -> ArrowError {
    ArrowError::SchemaError(format!("the column `{}` is not of its own type", from.name()))
}

fn members(parent: &StructArray, from: &Fields, to: &Fields) -> Result<StructArray, ArrowError> {
    let columns = parent.columns().iter().zip(from).zip(to);
    let columns = columns.map(|((array, from), to)| column(array, from, to)).collect::<Result<_, _>>()?;
    StructArray::try_new_with_length(to.clone(), columns, parent.nulls().cloned(), parent.len())
}

/// What becomes of a union: one type beside null is that type; whole numbers are the wider, floating ones too; other plain
/// types are text; with nested ones among them it is an object with a member for each, of which one is set.
fn union_type(branches: &UnionFields) -> DataType {
    let types: Vec<(&FieldRef, DataType)> =
        branches.iter().map(|(_, field)| (field, data_type(field))).filter(|(_, ty)| *ty != DataType::Null).collect();
    let all = |allowed: &[DataType]| types.iter().all(|(_, ty)| allowed.contains(ty));
    match types.as_slice() {
        [] => DataType::Null,
        [(_, only)] => only.clone(),
        _ if all(&[DataType::Int32, DataType::Int64]) => DataType::Int64,
        _ if all(&[DataType::Float32, DataType::Float64]) => DataType::Float64,
        _ if types.iter().all(|(_, ty)| is_plain(ty)) => DataType::Utf8View,
        _ => {
            let mut names: Vec<String> = Vec::new();
            let member = |(branch, ty): &(&FieldRef, DataType)| {
                // Full names of records are of no use to people who map.
                let mut name = branch.name().rsplit('.').next().unwrap_or_default().to_owned();
                while names.contains(&name) {
                    name.push('_');
                }
                names.push(name.clone());
                Field::new(name, ty.clone(), true)
            };
            DataType::Struct(types.iter().map(member).collect())
        }
    }
}

/// Whether values of the type can be written as text.
fn is_plain(ty: &DataType) -> bool {
    ty.is_numeric() || ty.is_temporal() || matches!(ty, DataType::Boolean | DataType::Utf8View)
}

fn union(array: &UnionArray, branches: &UnionFields, to: &Field) -> Result<ArrayRef, ArrowError> {
    let mut columns = Vec::new();
    for (id, branch) in branches.iter() {
        let as_is = field(branch);
        if *as_is.data_type() == DataType::Null {
            continue;
        }
        // Where this is the branch, its value; else null.
        let places: Int32Array =
            (0..array.len()).map(|row| (array.type_id(row) == id).then(|| array.value_offset(row) as i32)).collect();
        let own = column(array.child(id), branch, &as_is)?;
        columns.push((take(&own, &places, None)?, array_of(array, id)));
    }
    if let DataType::Struct(fields) = to.data_type()
        && columns.len() > 1
    {
        let is_set = |row| columns.iter().any(|(column, _)| column.is_valid(row));
        let nulls: NullBuffer = (0..array.len()).map(is_set).collect();
        let columns = columns.into_iter().map(|(column, _)| column).collect();
        return Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, Some(nulls), array.len())?));
    }
    let ty = to.data_type();
    let mut cast = vec![new_null_array(ty, 1)];
    for (column, _) in &columns {
        cast.push(cast_with_options(column, ty, &STRICT)?);
    }
    let choose =
        |row: usize| columns.iter().position(|(_, is_own)| is_own.value(row)).map_or((0, 0), |place| (place + 1, row));
    let places: Vec<(usize, usize)> = (0..array.len()).map(choose).collect();
    let sources: Vec<&dyn Array> = cast.iter().map(AsRef::as_ref).collect();
    interleave(&sources, &places)
}

/// For each row, whether it is of this branch.
fn array_of(array: &UnionArray, id: i8) -> arrow::array::BooleanArray {
    (0..array.len()).map(|row| Some(array.type_id(row) == id)).collect()
}

fn uuids(array: &ArrayRef) -> StringViewArray {
    let bytes = array.as_fixed_size_binary();
    let mut texts = StringViewBuilder::with_capacity(bytes.len());
    for value in bytes {
        let Some(value) = value else {
            texts.append_null();
            continue;
        };
        let mut text = String::with_capacity(36);
        for (index, byte) in value.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            let _ = write!(text, "{byte:02x}");
        }
        texts.append_value(text);
    }
    texts.finish()
}

/// As ISO 8601 writes them. Only Avro has such columns: months, days and milliseconds without a sign.
fn durations(array: &ArrayRef) -> StringViewArray {
    let values = array.as_primitive::<IntervalMonthDayNanoType>();
    let text = |value: arrow::datatypes::IntervalMonthDayNano| {
        let mut text = "P".to_owned();
        for (count, unit) in [(value.months.cast_unsigned(), 'M'), (value.days.cast_unsigned(), 'D')] {
            if count != 0 {
                let _ = write!(text, "{count}{unit}");
            }
        }
        let nanos = value.nanoseconds.unsigned_abs();
        if nanos != 0 || text.len() == 1 {
            let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
            let fraction = format!("{rest:09}");
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            let _ = write!(text, "T{seconds}{point}{fraction}S");
        }
        text
    };
    values.iter().map(|value| value.map(text)).collect()
}
