//! Objects and maps.

mod delimited;
mod keys;
mod maps;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, new_null_array};
use arrow::datatypes::DataType;
use lakehead_model::expression::SourcePath;

use crate::column::Kind;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};
use crate::operators::{access, logic};
use crate::path;

const OBJECTS: Category = Category::Objects;
const PAIRS: &[Param] =
    &[Param::repeated("key", Kind::Text, "The name of a member."), Param::repeated("value", Kind::Any, "Its value.")];
const ROW: &str = r#"{
    "book_details": {"author": "George R. R. Martin", "price": 17.99, "ISBN": "ISBN-978-0553801477"},
    "address": {"line1": "345 Park Ave", "state": "CA"},
    "addresses": [{"type": "home", "city": "San Jose"}, {"type": "work", "city": "Lehi"}],
    "evars": {"evar": {"field1": "x"}}
}"#;

/// The functions of these categories.
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "is_empty",
        OBJECTS,
        "Whether an object or an array is null or has nothing in it.",
        &[Param::new("input", Kind::Any, "The object or array.")],
        Kind::Boolean,
        ("is_empty([1, null, 2, 3])", "false"),
        Kernel::Eager(logic::empty),
    ),
    maps::ARRAYS_TO_OBJECT,
    maps::ARRAYS_TO_OBJECT.alias(
        "arrays_to_objects",
        (
            r#"arrays_to_objects('sku', explode("id1|id2", '\\|'), 'price', [22.5, 14.35])"#,
            r#"[{"sku": "id1", "price": 22.5}, {"sku": "id2", "price": 14.35}]"#,
        ),
    ),
    Function::new(
        "to_object",
        OBJECTS,
        "An object of names and values in turn.",
        PAIRS,
        Kind::Object,
        (r#"to_object("firstName", "John", "lastName", "Doe")"#, r#"{"firstName": "John", "lastName": "Doe"}"#),
        Kernel::Eager(access::object),
    ),
    delimited::STR_TO_OBJECT,
    CONTAINS_KEY,
    CONTAINS_KEY.alias("is_set", (r#"is_set("evars.evar.field1")"#, "true")),
    Function::new(
        "nullify",
        OBJECTS,
        "Null: the target is not written.",
        &[],
        Kind::Null,
        ("nullify()", "null"),
        Kernel::Eager(|call| Ok(new_null_array(&DataType::Null, call.rows()))),
    ),
    keys::GET_KEYS,
    delimited::GET_VALUES,
    keys::MAP_GET_VALUES,
    keys::MAP_HAS_KEYS,
    maps::ADD_TO_MAP,
    maps::OBJECT_TO_MAP,
    Function::new(
        "to_map",
        Category::Map,
        "A map of keys and values in turn.",
        PAIRS,
        Kind::Object,
        (r#"to_map("firstName", "John", "lastName", "Doe")"#, r#"{"firstName": "John", "lastName": "Doe"}"#),
        Kernel::Eager(access::map),
    ),
    maps::ARRAY_TO_MAP,
];

const CONTAINS_KEY: Function = Function::new(
    "contains_key",
    OBJECTS,
    "Whether the source row has a value at a path.",
    &[Param::new("path", Kind::Text, "The path, in quotes.")],
    Kind::Boolean,
    (r#"contains_key("evars.evar.field1")"#, "true"),
    Kernel::Source(contains_key),
)
.reading(ROW);

fn contains_key(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let paths = call.text(0)?;
    let Some(constant) = paths.constant() else {
        return Err(Fault::new("the path has to be a text that is the same in every row"));
    };
    let found = match constant.map(SourcePath::parse) {
        None => None,
        Some(Err(_)) => return Err(Fault::new("the text is not the path of an attribute")),
        Some(Ok(path)) => path::raw(call.source().batch, &path)?,
    };
    let there =
        |row: usize| found.as_ref().is_some_and(|array| array.data_type() != &DataType::Null && array.is_valid(row));
    Ok(Arc::new((0..call.rows()).map(|row| Some(there(row))).collect::<BooleanArray>()))
}

#[cfg(test)]
mod tests;
