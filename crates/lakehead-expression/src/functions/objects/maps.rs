//! Maps, and objects whose names are data.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StructArray, UInt32Array, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};

use super::{OBJECTS, ROW};
use crate::coerce;
use crate::column::{Column, Kind, list_of, map_of, map_type};
use crate::function::{Call, Category, Fault, Function, Kernel, Param};
use crate::functions::arrays::{MAX_ITEMS_OF_BATCH, TOO_MANY};
use crate::operators::access;
use crate::{path, unify};

pub(super) const MAP: Param = Param::new("map", Kind::Object, "The map.");

pub(super) const ARRAYS_TO_OBJECT: Function = Function::new(
    "arrays_to_object",
    OBJECTS,
    "An array of objects, made of arrays that hold one member each.",
    &[
        Param::repeated("key", Kind::Text, "The name of a member."),
        Param::repeated("values", Kind::Array, "Its values, one for each object."),
    ],
    Kind::Array,
    (
        r#"arrays_to_object('sku', explode("id1|id2", '\\|'), 'price', [22.5, 14.35])"#,
        r#"[{"sku": "id1", "price": 22.5}, {"sku": "id2", "price": 14.35}]"#,
    ),
    Kernel::Eager(arrays_to_object),
);

pub(super) const ADD_TO_MAP: Function = Function::new(
    "add_to_map",
    OBJECTS,
    "Several maps as one. Of equal keys the first one counts.",
    &[MAP, Param::repeated("maps", Kind::Object, "More maps.")],
    Kind::Object,
    (
        r#"add_to_map(address, to_map("city", "San Jose", "state", "NV"))"#,
        r#"{"line1": "345 Park Ave", "state": "CA", "city": "San Jose"}"#,
    ),
    Kernel::Eager(add_to_map),
)
.reading(ROW);

pub(super) const OBJECT_TO_MAP: Function = Function::new(
    "object_to_map",
    OBJECTS,
    "A map of an object; of an array of objects by the value of one of their members; or of keys and values in turn.",
    &[
        Param::new("object", Kind::Any, "An object, an array of objects, or the first key."),
        Param::repeated("more", Kind::Any, "The member that gives the keys; or values and keys in turn."),
    ],
    Kind::Object,
    (r#"object_to_map("firstName", "John", "lastName", "Doe")"#, r#"{"firstName": "John", "lastName": "Doe"}"#),
    Kernel::Eager(object_to_map),
);

pub(super) const ARRAY_TO_MAP: Function = Function::new(
    "array_to_map",
    Category::Map,
    "A map of an array of objects, by the value of one of their members.",
    &[
        Param::new("array", Kind::Array, "The objects."),
        Param::new("member", Kind::Text, "The member that gives the keys."),
    ],
    Kind::Object,
    (
        r#"array_to_map(addresses, "type")"#,
        r#"{"home": {"type": "home", "city": "San Jose"}, "work": {"type": "work", "city": "Lehi"}}"#,
    ),
    Kernel::Eager(array_to_map),
)
.reading(ROW);

fn arrays_to_object(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let mut members: Vec<(String, coerce::Lists)> = Vec::new();
    for n in (0..call.count()).step_by(2) {
        let names = call.text(n)?;
        let Some(Some(name)) = names.constant() else {
            return Err(Fault::new("the names have to be the same in every row"));
        };
        let list = call.list(n + 1)?;
        match members.iter_mut().find(|(known, _)| known == name) {
            // The last one of a name counts.
            Some(member) => member.1 = list,
            None => members.push((name.to_owned(), list)),
        }
    }
    let lengths: Vec<usize> = (0..call.rows())
        .map(|row| members.iter().filter_map(|(_, list)| list.range(row)).map(|range| range.len()).max().unwrap_or(0))
        .collect();
    let total = lengths.iter().sum();
    if total > MAX_ITEMS_OF_BATCH {
        return Err(Fault::new(TOO_MANY));
    }
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (name, list) in &members {
        let place = |(row, length): (usize, &usize)| {
            let range = list.range(row).unwrap_or(0..0);
            (0..*length).map(move |item| (item < range.len()).then_some((range.start + item) as u32))
        };
        let places: UInt32Array = lengths.iter().enumerate().flat_map(place).collect();
        let values = unify::taken(list.values(), &places)?;
        fields.push(Field::new(name, values.data_type().clone(), true));
        columns.push(values);
    }
    let objects = StructArray::try_new_with_length(fields.into(), columns, None, total)?;
    Ok(Arc::new(list_of(OffsetBuffer::from_lengths(lengths), Arc::new(objects), None)?))
}

fn add_to_map(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let given: Vec<Column> = call.columns().iter().filter(|column| column.kind() != Kind::Null).cloned().collect();
    let maps: Vec<Column> =
        given.iter().map(|column| Ok(column.with(unify::as_map(column.array())?))).collect::<Result<_, Fault>>()?;
    let ty = map_type(&unify::type_or_text(maps.iter().map(|map| map.array().as_map().values().data_type())));
    let maps: Vec<Column> =
        maps.iter().map(|map| Ok(map.with(unify::convert(map.array(), &ty)?))).collect::<Result<_, Fault>>()?;
    if maps.is_empty() {
        return Ok(new_null_array(&DataType::Null, call.rows()));
    }
    let arrays: Vec<_> = maps.iter().map(|map| map.array().as_map().clone()).collect();
    let (mut names, mut chosen, mut offsets, mut valid) = (Vec::new(), Vec::new(), vec![0_i32], Vec::new());
    for row in 0..call.rows() {
        let mut seen = HashSet::new();
        valid.push(maps.iter().any(|map| !map.is_null(row)));
        for (n, array) in arrays.iter().enumerate() {
            let at = maps[n].at(row);
            let keys = array.keys().as_string_view();
            let range = array.value_offsets()[at] as usize..array.value_offsets()[at + 1] as usize;
            for place in range.filter(|_| array.is_valid(at)) {
                if seen.insert(keys.value(place)) {
                    names.push(keys.value(place));
                    chosen.push((n, place));
                }
            }
        }
        offsets.push(names.len() as i32);
    }
    let values: Vec<Column> = arrays.iter().map(|array| Column::rows(Arc::clone(array.values()))).collect();
    let values = unify::gathered(&values, arrays[0].values().data_type(), &chosen)?;
    let keys: ArrayRef = Arc::new(StringViewArray::from_iter_values(names));
    Ok(Arc::new(map_of(OffsetBuffer::new(offsets.into()), keys, values, Some(valid.into()))?))
}

fn object_to_map(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    match (call.column(0).kind(), call.count()) {
        (Kind::Null, 1 | 2) => Ok(new_null_array(&DataType::Null, call.rows())),
        (_, 1) => Ok(call.column(0).with(unify::as_map(call.column(0).array())?).expanded(call.rows())),
        (Kind::Array, 2) => array_to_map(call),
        (_, count) if count.is_multiple_of(2) => access::map(call),
        _ => Err(Fault::new("the last key has no value beside it")),
    }
}

fn array_to_map(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    if call.column(0).kind() == Kind::Null {
        return Ok(new_null_array(&DataType::Null, call.rows()));
    }
    let (lists, members) = (call.list(0)?, call.text(1)?);
    let Some(Some(member)) = members.constant() else {
        return Err(Fault::new("the member has to be the same in every row"));
    };
    let of = Kind::of(lists.values().data_type());
    if !matches!(of, Kind::Object | Kind::Null) {
        return Err(coerce::mismatch(Kind::Object, of));
    }
    let keys = path::member(lists.values(), member)?;
    let keys = keys.unwrap_or_else(|| new_null_array(&DataType::Null, lists.values().len()));
    let keys = coerce::text_array(&keys)?;
    let (mut names, mut places, mut offsets, mut valid) = (Vec::new(), Vec::new(), vec![0_i32], Vec::new());
    for row in 0..call.rows() {
        let range = lists.range(row);
        valid.push(range.is_some());
        let mut seen = std::collections::HashMap::new();
        for item in range.unwrap_or(0..0).filter(|item| keys.is_valid(*item)) {
            let name = keys.value(item);
            // Of equal keys the last one counts.
            if let Some(known) = seen.get(name) {
                places[*known] = item as u32;
            } else {
                seen.insert(name, names.len());
                names.push(name);
                places.push(item as u32);
            }
        }
        offsets.push(names.len() as i32);
    }
    let values = unify::taken(lists.values(), &UInt32Array::from(places))?;
    let keys: ArrayRef = Arc::new(StringViewArray::from_iter_values(names));
    Ok(Arc::new(map_of(OffsetBuffer::new(offsets.into()), keys, values, Some(valid.into()))?))
}
