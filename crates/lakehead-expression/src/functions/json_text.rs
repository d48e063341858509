//! JSON in texts.

mod columns;
mod shape;

use arrow::array::{ArrayRef, new_null_array};
use serde_json::Value;

use self::shape::Shape;
use crate::coerce;
use crate::column::Kind;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};

/// Longest text that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// Most members that the objects of a batch have between them.
const MAX_MEMBERS: usize = 2000;
/// Most values of a batch if each object had every member.
const MAX_VALUES: usize = 20_000_000;

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[Function::new(
    "json_to_object",
    Category::Json,
    "What a JSON text says, as an object, an array or a single value. An object is given as it is.",
    &[Param::new("json", Kind::Any, "The text.").single()],
    Kind::Any,
    (
        r#"json_to_object({"info": {"firstName": "John", "lastName": "Doe"}})"#,
        r#"{"info": {"firstName": "John", "lastName": "Doe"}}"#,
    ),
    Kernel::Eager(json_to_object),
)];

/// The rows of a batch get one type between them: the members of all; numbers that are not whole if one of them is not;
/// and text, with arrays and objects as JSON, where they do not go together.
fn json_to_object(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let column = call.column(0);
    match column.kind() {
        Kind::Object => return Ok(column.expanded(call.rows())),
        Kind::Array => return Err(coerce::mismatch(Kind::Text, Kind::Array)),
        _ => {}
    }
    let texts = call.text(0)?;
    let mut values = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        let read = texts.get(row).map(|text| {
            if text.len() > MAX_BYTES {
                return Err("the text is longer than 1 MiB");
            }
            serde_json::from_str::<Value>(text).map_err(|_| "the text is not JSON")
        });
        values.push(call.noted(row, read.transpose()));
    }
    let (mut shape, mut members, mut places) = (Shape::Null, 0, call.rows());
    let mut kept: Vec<Option<&Value>> = Vec::with_capacity(values.len());
    for (row, value) in values.iter().enumerate() {
        let Some(value) = value else {
            kept.push(None);
            continue;
        };
        let (of_row, items) = (Shape::of(value), shape::items(value));
        let added = shape.added(&of_row);
        if members + added > MAX_MEMBERS || (members + added + 1) * (places + items) > MAX_VALUES {
            call.fail(row, "the objects of the batch have too many different members");
            kept.push(None);
            continue;
        }
        (members, places) = (members + added, places + items);
        shape.merge(of_row);
        kept.push(Some(value));
    }
    if shape == Shape::Null {
        return Ok(new_null_array(&shape.data_type(), call.rows()));
    }
    columns::column(&shape, &kept)
}

#[cfg(test)]
mod tests;
