//! Keys of maps and objects, and the values behind them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, MapArray, UInt32Array, new_null_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;

use super::maps::MAP;
use super::{OBJECTS, ROW};
use crate::build::TextLists;
use crate::coerce::{self, Lists, Texts};
use crate::column::{Column, Kind, list_of};
use crate::function::{Call, Fault, Function, Kernel, Param};
use crate::operators::access;
use crate::unify;

const KEYS: Param = Param::new("keys", Kind::Any, "A key, or an array of keys.");
/// With so many keys, those of a map are looked up in a table instead of one by one.
const MANY: usize = 8;

pub(super) const GET_KEYS: Function = Function::new(
    "get_keys",
    OBJECTS,
    "The names of the members of an object that have a value.",
    &[Param::new("object", Kind::Object, "The object.")],
    Kind::Array,
    ("get_keys(book_details)", r#"["author", "price", "ISBN"]"#),
    Kernel::Eager(get_keys),
)
.reading(ROW);

pub(super) const MAP_GET_VALUES: Function = Function::new(
    "map_get_values",
    OBJECTS,
    "The value of a key in a map, or the values of several as an array.",
    &[MAP, KEYS],
    Kind::Any,
    (r#"map_get_values(book_details, "author")"#, r#""George R. R. Martin""#),
    Kernel::Eager(get_values),
)
.reading(ROW);

pub(super) const MAP_HAS_KEYS: Function = Function::new(
    "map_has_keys",
    OBJECTS,
    "Whether a map has one of some keys.",
    &[MAP, KEYS],
    Kind::Boolean,
    (r#"map_has_keys(book_details, "author")"#, "true"),
    Kernel::Eager(has_keys),
)
.reading(ROW);

fn get_keys(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let column = call.column(0);
    let mut out = TextLists::new(call.rows());
    match column.kind() {
        Kind::Null => (0..call.rows()).for_each(|_| out.null()),
        // Not as a map: the values, which may be of many types, do not matter.
        Kind::Object if matches!(column.array().data_type(), DataType::Struct(_)) => {
            let object = column.array().as_struct();
            let members = || object.column_names().into_iter().zip(object.columns());
            for row in 0..call.rows() {
                let at = column.at(row);
                let has_value = |member: &ArrayRef| member.data_type() != &DataType::Null && member.is_valid(at);
                if object.is_valid(at) {
                    out.items(members().filter(|(_, member)| has_value(member)).map(|(name, _)| name));
                } else {
                    out.null();
                }
            }
        }
        _ => {
            let map = unify::as_map(column.array())?;
            let map = map.as_map();
            for row in 0..call.rows() {
                match range(map, column.at(row)) {
                    Some(range) => out.items(range.map(|place| map.keys().as_string_view().value(place))),
                    None => out.null(),
                }
            }
        }
    }
    Ok(out.finish())
}

/// Where the entries of a map are; nothing where it is null.
fn range(map: &MapArray, at: usize) -> Option<std::ops::Range<usize>> {
    map.is_valid(at).then(|| map.value_offsets()[at] as usize..map.value_offsets()[at + 1] as usize)
}

/// The keys that are asked for in each row.
enum Wanted {
    One(Texts),
    Many(Lists, Texts),
}

impl Wanted {
    fn of(call: &Call<'_>) -> Result<Self, Fault> {
        if call.column(1).kind() != Kind::Array {
            return Ok(Self::One(call.text(1)?));
        }
        let lists = call.list(1)?;
        let items = coerce::texts(&Column::rows(Arc::clone(lists.values())))?;
        Ok(Self::Many(lists, items))
    }

    /// Each once.
    fn keys(&self, row: usize) -> Vec<&str> {
        match self {
            Self::One(texts) => texts.get(row).into_iter().collect(),
            Self::Many(lists, items) => {
                let mut seen = HashSet::new();
                let range = lists.range(row).unwrap_or(0..0);
                range.filter_map(|item| items.get(item)).filter(|key| seen.insert(*key)).collect()
            }
        }
    }
}

/// The places of those keys that a map has.
fn places(map: &MapArray, at: usize, keys: &[&str]) -> Vec<usize> {
    let known = map.keys().as_string_view();
    let Some(range) = range(map, at) else { return Vec::new() };
    if keys.len() < MANY {
        return keys.iter().filter_map(|key| range.clone().find(|place| known.value(*place) == *key)).collect();
    }
    let table: HashMap<&str, usize> = range.map(|place| (known.value(place), place)).collect();
    keys.iter().filter_map(|key| table.get(key).copied()).collect()
}

fn get_values(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let column = call.column(0);
    if column.kind() == Kind::Null {
        return Ok(new_null_array(&DataType::Null, call.rows()));
    }
    let wanted = Wanted::of(call)?;
    if let (Wanted::One(keys), DataType::Struct(_)) = (&wanted, column.array().data_type())
        && let Some(key) = keys.constant()
        && column.kind() == Kind::Object
    {
        return access::named_member(&column, key, call.rows());
    }
    let map = unify::as_map(column.array())?;
    let map = map.as_map();
    let found = |row| places(map, column.at(row), &wanted.keys(row));
    if let Wanted::One(_) = wanted {
        let first: UInt32Array = (0..call.rows()).map(|row| found(row).first().map(|place| *place as u32)).collect();
        return unify::taken(map.values(), &first);
    }
    let found: Vec<Vec<usize>> = (0..call.rows()).map(found).collect();
    let offsets = OffsetBuffer::from_lengths(found.iter().map(Vec::len));
    let all = UInt32Array::from_iter_values(found.iter().flatten().map(|place| *place as u32));
    let nulls = (0..call.rows()).map(|row| !column.is_null(row)).collect::<NullBuffer>();
    Ok(Arc::new(list_of(offsets, unify::taken(map.values(), &all)?, Some(nulls))?))
}

fn has_keys(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let column = call.column(0);
    if column.kind() == Kind::Null {
        return Ok(Arc::new(BooleanArray::from(vec![false; call.rows()])));
    }
    let (map, wanted) = (unify::as_map(column.array())?, Wanted::of(call)?);
    let has = |row| Some(!places(map.as_map(), column.at(row), &wanted.keys(row)).is_empty());
    Ok(Arc::new((0..call.rows()).map(has).collect::<BooleanArray>()))
}
