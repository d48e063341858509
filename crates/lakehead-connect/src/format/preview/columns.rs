//! Names and types of the columns of a file, with what is inside nested ones.

use arrow::datatypes::{DataType, FieldRef, Fields};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::format::MAX_COLUMNS;

/// Levels that are described; what a column holds below is left out. An answer nested deeper is of no use to people, and
/// not read back from the worker.
const MAX_LEVELS: usize = 40;

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name in its parent.
    pub name: String,
    /// What it holds.
    #[serde(flatten)]
    pub ty: ColumnType,
}

/// What a column holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnType {
    /// XDM name, such as `string` or `date-time`; `object`, `array` and `map` for nested ones. Empty where only nulls
    /// have been seen.
    #[serde(rename = "type")]
    pub name: String,
    /// Members of an object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Column>,
    /// What the items of an array or the values of a map hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<ColumnType>>,
}

impl ColumnType {
    fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

/// The columns of an Arrow schema.
pub(super) fn of_fields(fields: &Fields) -> Vec<Column> {
    members_of(fields, MAX_LEVELS)
}

fn members_of(fields: &Fields, levels: usize) -> Vec<Column> {
    let described = if levels == 0 { &[][..] } else { fields };
    let column = |field: &FieldRef| Column { name: field.name().clone(), ty: of_type(field.data_type(), levels - 1) };
    described.iter().map(column).collect()
}

fn of_type(ty: &DataType, levels: usize) -> ColumnType {
    let item = |item: &FieldRef| (levels > 0).then(|| Box::new(of_type(item.data_type(), levels - 1)));
    match ty {
        DataType::Struct(fields) => ColumnType { members: members_of(fields, levels), ..ColumnType::plain("object") },
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            ColumnType { items: item(field), ..ColumnType::plain("array") }
        }
        DataType::Map(entries, _) => {
            let value = match entries.data_type() {
                DataType::Struct(pair) => pair.get(1).and_then(item),
                _ => None,
            };
            ColumnType { items: value, ..ColumnType::plain("map") }
        }
        other => ColumnType::plain(xdm_name(other)),
    }
}

fn xdm_name(ty: &DataType) -> &'static str {
    match ty {
        DataType::Boolean => "boolean",
        DataType::Int8 => "byte",
        DataType::Int16 | DataType::UInt8 => "short",
        DataType::Int32 | DataType::UInt16 => "int",
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "long",
        DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => "number",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Timestamp(..) => "date-time",
        _ => "string",
    }
}

/// The columns that some JSON rows have between them, in the order in which they are first seen.
pub(super) fn of_rows(rows: &[Map<String, Value>]) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut left = MAX_COLUMNS;
    for row in rows {
        note_members(&mut columns, row, MAX_LEVELS, &mut left);
    }
    for column in &mut columns {
        settle(&mut column.ty);
    }
    columns
}

/// `left` is how many columns may still be added, nested ones included.
fn note_members(columns: &mut Vec<Column>, row: &Map<String, Value>, levels: usize, left: &mut usize) {
    if levels == 0 {
        return;
    }
    // Rows mostly have the same members in the same order.
    for (expected, (name, value)) in row.iter().enumerate() {
        let found = match columns.get(expected) {
            Some(column) if column.name == *name => Some(expected),
            _ => columns.iter().position(|column| column.name == *name),
        };
        let place = match found {
            Some(place) => place,
            None if *left == 0 => continue,
            None => {
                *left -= 1;
                columns.push(Column { name: name.clone(), ty: ColumnType::default() });
                columns.len() - 1
            }
        };
        note_value(&mut columns[place].ty, value, levels - 1, left);
    }
}

fn note_value(ty: &mut ColumnType, value: &Value, levels: usize, left: &mut usize) {
    let name = match value {
        Value::Null => return,
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "long",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match (ty.name.as_str(), name) {
        ("", _) | ("long", "number") => name.clone_into(&mut ty.name),
        ("number", "long") => {}
        (known, _) if known == name => {}
        // Values of several types are read as text.
        _ => *ty = ColumnType::plain("string"),
    }
    match value {
        Value::Object(members) if ty.name == "object" => note_members(&mut ty.members, members, levels, left),
        Value::Array(items) if ty.name == "array" && levels > 0 => {
            let item = ty.items.get_or_insert_default();
            for value in items {
                note_value(item, value, levels - 1, left);
            }
        }
        _ => {}
    }
}

/// What never had a value is taken for text.
fn settle(ty: &mut ColumnType) {
    if ty.name.is_empty() {
        "string".clone_into(&mut ty.name);
    }
    for member in &mut ty.members {
        settle(&mut member.ty);
    }
    if let Some(item) = &mut ty.items {
        settle(item);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(rows: Value) -> Value {
        let rows: Vec<Map<String, Value>> = serde_json::from_value(rows).unwrap();
        serde_json::to_value(of_rows(&rows)).unwrap()
    }

    #[test]
    fn json_rows_describe_what_they_hold() {
        let rows = json!([
            {"id": 1, "n": null, "at": {"lat": 1, "names": ["a"]}, "tags": [], "items": [{"sku": "x"}]},
            {"id": 2, "at": {"lat": 1.5, "lon": 2}, "tags": [true], "items": [{"count": 1}], "late": "x"},
            {"late": null, "id": 3},
        ]);
        assert_eq!(
            of(rows),
            json!([
                {"name": "id", "type": "long"},
                {"name": "n", "type": "string"},
                {"name": "at", "type": "object", "members": [
                    {"name": "lat", "type": "number"},
                    {"name": "names", "type": "array", "items": {"type": "string"}},
                    {"name": "lon", "type": "long"},
                ]},
                {"name": "tags", "type": "array", "items": {"type": "boolean"}},
                {"name": "items", "type": "array", "items": {"type": "object", "members": [
                    {"name": "sku", "type": "string"},
                    {"name": "count", "type": "long"},
                ]}},
                {"name": "late", "type": "string"},
            ])
        );
    }

    #[test]
    fn values_of_several_types_are_text() {
        let rows =
            json!([{"a": 1, "b": {"x": 1}, "c": [1, "x"]}, {"a": "x", "b": 2, "c": []}, {"a": 1.5, "b": {"x": 1}}]);
        assert_eq!(
            of(rows),
            json!([
                {"name": "a", "type": "string"},
                {"name": "b", "type": "string"},
                {"name": "c", "type": "array", "items": {"type": "string"}},
            ])
        );
    }

    #[test]
    fn the_depth_of_columns_is_bounded() {
        let nested = |wrap: fn(Value) -> Value| (0..100).fold(json!(1), |value, _| wrap(value));
        for wrap in [|value| json!({"a": value}), |value| json!([value])] {
            let columns = of(json!([{"deep": nested(wrap)}]));
            let text = columns.to_string();
            assert!((30..100).contains(&text.matches('{').count()), "{text}");
        }
        let item = |ty| DataType::List(std::sync::Arc::new(arrow::datatypes::Field::new("a", ty, true)));
        let deep = (0..100).fold(DataType::Int8, |ty, _| item(ty));
        let fields = Fields::from(vec![arrow::datatypes::Field::new("deep", deep, true)]);
        let text = serde_json::to_string(&of_fields(&fields)).unwrap();
        assert!((30..60).contains(&text.matches("array").count()), "{text}");
    }

    #[test]
    fn the_number_of_columns_is_bounded() {
        let (mut columns, mut left) = (Vec::new(), 50);
        for offset in [0, 20] {
            let row: Map<String, Value> = (0..40).map(|i| ((i + offset).to_string(), json!({"deep": i}))).collect();
            note_members(&mut columns, &row, MAX_LEVELS, &mut left);
        }
        assert_eq!((columns.len(), left), (25, 0));
        assert!(columns.iter().all(|column| column.ty.members.len() == 1), "{columns:?}");
    }
}
