//! Arrays that are filled item by item or from the items of other arrays, and maps that are filled key by key.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, MapArray, StringViewArray, StructArray, UInt32Array, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{cast, interleave, take};
use arrow::datatypes::{DataType, Field, FieldRef};
use lakehead_model::expression::Step;
use lakehead_model::xdm::FieldType;

use super::MapError;
use super::apply::{Findings, evaluate, unpack};
use super::context::{Context, Fed};
use super::node::{Inside, Node, Source};

/// The array `whole` with its items by index in their places, or made of what `each` says.
pub(super) fn filled(
    node: &Node,
    slots: &BTreeMap<usize, Node>,
    each: Option<&Node>,
    whole: ArrayRef,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let DataType::List(element) = node.column.data_type() else { return Ok(whole) };
    let mut lists = whole.as_list::<i32>().clone();
    if let Some(each) = each {
        lists = preferred(&every(each, element, context, findings)?, &lists)?;
    }
    if slots.is_empty() {
        return Ok(Arc::new(lists));
    }
    let mut values = Vec::with_capacity(slots.len());
    for (index, slot) in slots {
        values.push((*index, evaluate(slot, None, context, findings)?));
    }
    Ok(Arc::new(put(&lists, &values, element)?))
}

/// The first array of a row where there is one, else the second.
fn preferred(first: &ListArray, second: &ListArray) -> Result<ListArray, MapError> {
    if second.null_count() == second.len() || first.null_count() == 0 {
        return Ok(first.clone());
    }
    let places: Vec<(usize, usize)> = (0..first.len()).map(|row| (usize::from(first.is_null(row)), row)).collect();
    Ok(interleave(&[first, second], &places)?.as_list::<i32>().clone())
}

/// Puts values into arrays by index; an array is as long as its last item needs.
fn put(lists: &ListArray, values: &[(usize, ArrayRef)], element: &FieldRef) -> Result<ListArray, MapError> {
    let null = new_null_array(element.data_type(), 1);
    let mut parts: Vec<&dyn Array> = vec![lists.values().as_ref(), null.as_ref()];
    parts.extend(values.iter().map(|(_, array)| array.as_ref()));
    let (mut places, mut offsets, mut present) = (Vec::new(), vec![0_i32], Vec::with_capacity(lists.len()));
    for row in 0..lists.len() {
        let (begin, end) = (lists.value_offsets()[row] as usize, lists.value_offsets()[row + 1] as usize);
        let known = if lists.is_valid(row) { end - begin } else { 0 };
        let is_set = |array: &ArrayRef| array.is_valid(row);
        let last = values.iter().filter(|(_, array)| is_set(array)).map(|(index, _)| index + 1).max();
        for index in 0..known.max(last.unwrap_or(0)) {
            let slot = values.iter().position(|(place, array)| *place == index && is_set(array));
            places.push(match slot {
                Some(slot) => (slot + 2, row),
                None if index < known => (0, begin + index),
                None => (1, 0),
            });
        }
        offsets.push(places.len() as i32);
        present.push(last.is_some() || lists.is_valid(row));
    }
    let items = if places.is_empty() { new_null_array(element.data_type(), 0) } else { interleave(&parts, &places)? };
    let offsets = OffsetBuffer::new(offsets.into());
    Ok(ListArray::try_new(Arc::clone(element), offsets, items, Some(NullBuffer::from(present)))?)
}

/// Arrays with one item for each item of the arrays that feed it. What is single in a row is the same in every item.
fn every(
    each: &Node,
    element: &FieldRef,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Result<ListArray, MapError> {
    let mut leaves = Vec::new();
    fed_nodes(each, &mut leaves);
    let mut columns = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        if let Some(fed) = context.fed(leaf, findings)? {
            columns.push((leaf, fed));
        }
    }
    let lists: Vec<&ListArray> = columns.iter().filter_map(|(_, fed)| fed.array.as_list_opt::<i32>()).collect();
    let length = |row: usize| {
        let lengths = lists.iter().filter(|list| list.is_valid(row)).map(|list| list.value_length(row));
        lengths.max().map(|length| length as usize)
    };
    let lengths: Vec<Option<usize>> =
        (0..context.rows).map(|row| if lists.is_empty() { Some(1) } else { length(row) }).collect();
    let total = lengths.iter().flatten().sum();
    let mut items = HashMap::new();
    for (leaf, fed) in &columns {
        items.insert(leaf.path.clone(), item_column(leaf, fed, &lengths, findings)?);
    }
    let inner = Context::of_items(total, items);
    let values = evaluate(each, None, &inner, &mut findings.counting())?;
    let offsets = OffsetBuffer::from_lengths(lengths.iter().map(|length| length.unwrap_or(0)));
    let nulls = lengths.iter().map(Option::is_some).collect::<NullBuffer>();
    Ok(ListArray::try_new(Arc::clone(element), offsets, values, Some(nulls))?)
}

/// The nodes that attributes and calculations feed, the first one included.
fn fed_nodes<'a>(node: &'a Node, out: &mut Vec<&'a Node>) {
    if matches!(node.source, Some(Source::Attribute(_) | Source::Expression(..))) {
        out.push(node);
    }
    match &node.inside {
        Inside::Nothing => {}
        Inside::Members(members) => members.iter().for_each(|member| fed_nodes(member, out)),
        Inside::Items(slots, each) => {
            for item in slots.values().chain(each.as_deref()) {
                fed_nodes(item, out);
            }
        }
        Inside::Keys(keys) => keys.iter().for_each(|(_, value)| fed_nodes(value, out)),
    }
}

/// What feeds a node, one value for each item.
fn item_column(
    leaf: &Node,
    fed: &Fed,
    lengths: &[Option<usize>],
    findings: &mut Findings<'_>,
) -> Result<Fed, MapError> {
    let lengths = || lengths.iter().map(|length| length.unwrap_or(0));
    let array = match fed.array.as_list_opt::<i32>() {
        Some(list) => {
            let offsets = list.value_offsets();
            let place = |(row, length): (usize, usize)| {
                let (begin, end) = (offsets[row] as u32, offsets[row + 1] as u32);
                let valid = list.is_valid(row);
                (0..length as u32).map(move |item| Some(begin + item).filter(|place| valid && *place < end))
            };
            take(list.values(), &lengths().enumerate().flat_map(place).collect::<UInt32Array>(), None)?
        }
        None if *fed.array.data_type() == DataType::Null => new_null_array(&DataType::Null, lengths().sum()),
        None => {
            let place = |(row, length): (usize, usize)| std::iter::repeat_n(row as u32, length);
            take(&fed.array, &UInt32Array::from_iter_values(lengths().enumerate().flat_map(place)), None)?
        }
    };
    let fed = Fed { array: unpack(&array)?, ..fed.clone() };
    let fed = fed.exported(leaf, &mut findings.counting());
    Ok(Fed { array: as_object(leaf, fed.array)?, ..fed })
}

/// A single value that feeds an object becomes the member of its own name.
fn as_object(leaf: &Node, array: ArrayRef) -> Result<ArrayRef, MapError> {
    let (Some(FieldType::Object(_)), Some(Source::Attribute(path))) = (&leaf.ty, &leaf.source) else {
        return Ok(array);
    };
    let name = path.steps.iter().rev().find_map(|step| match step {
        Step::Name(name) => Some(name),
        _ => None,
    });
    match (array.data_type(), name) {
        (DataType::Struct(_) | DataType::Map(..) | DataType::Null, _) | (_, None) => Ok(array),
        (ty, Some(name)) => {
            let fields = vec![Field::new(name, ty.clone(), true)];
            let nulls = array.nulls().cloned();
            Ok(Arc::new(StructArray::try_new(fields.into(), vec![array], nulls)?))
        }
    }
}

/// The map `whole` with values for certain keys.
pub(super) fn with_keys(
    node: &Node,
    keys: &[(String, Node)],
    whole: ArrayRef,
    context: &Context<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let DataType::Map(entries, sorted) = node.column.data_type() else { return Ok(whole) };
    let DataType::Struct(columns) = entries.data_type() else { return Ok(whole) };
    let map = whole.as_map();
    let known = cast(map.keys(), &DataType::Utf8View)?;
    let known = known.as_string_view();
    let mut values = Vec::with_capacity(keys.len());
    for (_, value) in keys {
        values.push(evaluate(value, None, context, findings)?);
    }
    let mut parts: Vec<&dyn Array> = vec![map.values().as_ref()];
    parts.extend(values.iter().map(AsRef::as_ref));
    let (mut names, mut places, mut offsets, mut present) = (Vec::new(), Vec::new(), vec![0_i32], Vec::new());
    for row in 0..context.rows {
        let is_set = |n: usize| values[n].is_valid(row);
        let begin = names.len();
        if map.is_valid(row) {
            for place in map.value_offsets()[row] as usize..map.value_offsets()[row + 1] as usize {
                let name = known.value(place);
                if !keys.iter().enumerate().any(|(n, (key, _))| key == name && is_set(n)) {
                    names.push(name);
                    places.push((0, place));
                }
            }
        }
        for (n, (key, _)) in keys.iter().enumerate().filter(|(n, _)| is_set(*n)) {
            names.push(key);
            places.push((n + 1, row));
        }
        offsets.push(names.len() as i32);
        present.push(map.is_valid(row) || names.len() > begin);
    }
    let items =
        if places.is_empty() { new_null_array(columns[1].data_type(), 0) } else { interleave(&parts, &places)? };
    let names: ArrayRef = Arc::new(StringViewArray::from_iter_values(names));
    let entry = StructArray::try_new(columns.clone(), vec![cast(&names, columns[0].data_type())?, items], None)?;
    let (offsets, nulls) = (OffsetBuffer::new(offsets.into()), Some(NullBuffer::from(present)));
    Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, entry, nulls, *sorted)?))
}
