//! JSON in texts.

use std::sync::Arc;

use arrow::array::{ArrayRef, StructArray, new_null_array};
use arrow::datatypes::{DataType, Schema};
use arrow::json::ReaderBuilder;
use arrow::json::reader::infer_json_schema_from_iterator;
use serde_json::{Value, json};

use crate::column::{Kind, normal};
use crate::function::{Call, Category, Fault, Function, Kernel, Param};

/// Longest text that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[Function::new(
    "json_to_object",
    Category::Json,
    "What a JSON text says, as an object or an array.",
    &[Param::new("json", Kind::Text, "The text.")],
    Kind::Any,
    (
        r#"json_to_object("{\"info\": {\"firstName\": \"John\", \"lastName\": \"Doe\"}}")"#,
        r#"{"info": {"firstName": "John", "lastName": "Doe"}}"#,
    ),
    Kernel::Eager(json_to_object),
)];

/// The rows of a batch get one type between them: members of all, and text where values are of several types.
fn json_to_object(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    let mut rows = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        let read = texts.get(row).map(|text| {
            if text.len() > MAX_BYTES {
                return Err("the text is longer than 1 MiB");
            }
            serde_json::from_str::<Value>(text).map_err(|_| "the text is not JSON")
        });
        let read = call.noted(row, read.transpose());
        rows.push(match read {
            Some(value) if !value.is_null() => json!({ "value": value }),
            _ => json!({}),
        });
    }
    let schema = infer_json_schema_from_iterator(rows.iter().map(Ok))
        .map_err(|_| Fault::new("the texts hold single values, arrays and objects in the same places"))?;
    if schema.fields().is_empty() {
        return Ok(new_null_array(&DataType::Null, call.rows()));
    }
    let reader = ReaderBuilder::new(Arc::new(Schema::clone(&schema)))
        .with_coerce_primitive(true)
        .with_batch_size(rows.len().max(1))
        .build_decoder();
    let read = reader.and_then(|mut reader| {
        reader.serialize(&rows)?;
        reader.flush()
    });
    let batch = read?.ok_or_else(|| Fault::new("the texts cannot be put together"))?;
    let columns: StructArray = batch.into();
    normal(columns.column(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::compile::Expression;
    use crate::testing::{evaluate, over_rows};

    #[test]
    fn each_text_is_read_by_itself() {
        let expression = Expression::compile("json_to_object(t)").unwrap();
        let rows =
            over_rows(&expression, &[r#"{"t": "{\"a\": 1}"}"#, r#"{"t": "{\"b\": [true]}"}"#, r#"{"t": "{"}"#, "{}"]);
        let values: Vec<_> = rows.iter().map(|row| row.value.clone()).collect();
        assert_eq!(values, [json!({"a": 1}), json!({"b": [true]}), json!(null), json!(null)]);
        assert!(rows[2].failures[0].contains("not JSON"));
        assert_eq!(evaluate("json_to_object('[1, 2]')[1]", "{}").value, json!(2));
        assert_eq!(evaluate("json_to_object('7') + 1", "{}").value, json!(8));
        let deep = format!(r#"{{"t": "{}"}}"#, "[".repeat(5000));
        assert_eq!(evaluate("json_to_object(t)", &deep).failures.len(), 1);
    }
}
