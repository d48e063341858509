//! Arrays and objects: how they are written, and what is in them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray, UInt32Array, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, Field};

use crate::column::{Column, Kind, list_of, map_of};
use crate::function::{Call, Fault};
use crate::{coerce, path, unify};

/// An array of the arguments.
pub(crate) fn array(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    items(call.columns(), call.rows(), true)
}

/// An array of one value of each column per row; with or without those that are null.
pub(crate) fn items(columns: &[Column], rows: usize, with_nulls: bool) -> Result<ArrayRef, Fault> {
    let (columns, ty) = unify::unified(columns)?;
    let (mut places, mut offsets) = (Vec::with_capacity(rows * columns.len()), vec![0_i32]);
    for row in 0..rows {
        for (n, column) in columns.iter().enumerate() {
            if with_nulls || !column.is_null(row) {
                places.push((n, column.at(row)));
            }
        }
        offsets.push(places.len() as i32);
    }
    let values = unify::gathered(&columns, &ty, &places)?;
    Ok(Arc::new(list_of(OffsetBuffer::new(offsets.into()), values, None)?))
}

/// An object of names and values in turn. Names that are the same in every row are members, others keys of a map.
pub(crate) fn object(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let pairs: Vec<&[Column]> = call.columns().chunks_exact(2).collect();
    let constant = |pair: &&[Column]| -> Option<String> {
        let texts = coerce::texts(&pair[0]).ok()?;
        texts.constant()?.map(str::to_owned)
    };
    let Some(names) = pairs.iter().map(constant).collect::<Option<Vec<_>>>() else { return map(call) };
    let mut members: Vec<(String, ArrayRef)> = Vec::new();
    for (name, pair) in names.into_iter().zip(&pairs) {
        let value = pair[1].expanded(call.rows());
        match members.iter_mut().find(|(known, _)| *known == name) {
            // The last one of a name counts.
            Some(member) => member.1 = value,
            None => members.push((name, value)),
        }
    }
    let fields = members.iter().map(|(name, value)| Field::new(name, value.data_type().clone(), true)).collect();
    let values = members.into_iter().map(|(_, value)| value).collect();
    Ok(Arc::new(StructArray::try_new_with_length(fields, values, None, call.rows())?))
}

/// A map of keys and values in turn. A key that is null is left out; of equal keys the last one counts.
pub(crate) fn map(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let pairs: Vec<&[Column]> = call.columns().chunks_exact(2).collect();
    let keys = pairs.iter().map(|pair| coerce::texts(&pair[0])).collect::<Result<Vec<_>, _>>()?;
    let values: Vec<Column> = pairs.iter().map(|pair| pair[1].clone()).collect();
    let (values, ty) = unify::unified_or_text(&values)?;
    let (mut names, mut places, mut offsets) = (Vec::new(), Vec::new(), vec![0_i32]);
    for row in 0..call.rows() {
        let begin = names.len();
        for (n, key) in keys.iter().enumerate() {
            let Some(key) = key.get(row) else { continue };
            let place = (n, values[n].at(row));
            if let Some(known) = names[begin..].iter().position(|known| *known == key) {
                places[begin + known] = place;
            } else {
                names.push(key);
                places.push(place);
            }
        }
        offsets.push(names.len() as i32);
    }
    let values = unify::gathered(&values, &ty, &places)?;
    let keys: ArrayRef = Arc::new(arrow::array::StringViewArray::from_iter_values(names));
    Ok(Arc::new(map_of(OffsetBuffer::new(offsets.into()), keys, values, None)?))
}

/// An item by its number, or a member by its name; null where there is none.
pub(super) fn index(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (of, by) = (call.column(0), call.column(1));
    match of.kind() {
        Kind::Null => Ok(new_null_array(&DataType::Null, call.rows())),
        Kind::Array => item(call),
        Kind::Object => member(call, &of, &by),
        kind => Err(Fault::new(format!("a value of kind {} has no members", kind.name()))),
    }
}

fn item(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (lists, numbers) = (call.list(0)?, call.number(1)?);
    let mut places = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        let index = call.whole(&numbers, row).and_then(|index| usize::try_from(index).ok());
        let range = lists.range(row);
        let place = index.zip(range).and_then(|(index, range)| {
            let place = range.start.checked_add(index)?;
            (place < range.end).then_some(place as u32)
        });
        places.push(place);
    }
    unify::taken(lists.values(), &UInt32Array::from(places))
}

/// The member of one name of each object; it keeps its type, whatever the others are.
pub(crate) fn named_member(of: &Column, name: Option<&str>, rows: usize) -> Result<ArrayRef, Fault> {
    let found = name.map(|name| path::member(of.array(), name)).transpose()?.flatten();
    let found = found.unwrap_or_else(|| new_null_array(&DataType::Null, of.array().len()));
    Ok(of.with(found).expanded(rows))
}

fn member(call: &Call<'_>, of: &Column, by: &Column) -> Result<ArrayRef, Fault> {
    let names = coerce::texts(by)?;
    if let Some(name) = names.constant() {
        return named_member(of, name, call.rows());
    }
    let map = unify::as_map(of.array())?;
    let map = map.as_map();
    let (keys, offsets) = (map.keys().as_string_view(), map.value_offsets());
    let places: UInt32Array = (0..call.rows())
        .map(|row| {
            let (at, name) = (of.at(row), names.get(row)?);
            let mut range = offsets[at] as usize..offsets[at + 1] as usize;
            range.find(|place| map.is_valid(at) && keys.value(*place) == name).map(|place| place as u32)
        })
        .collect();
    Ok(take(map.values(), &places, None)?)
}
