//! Generated customers in the three formats: the same fields and the same values for the same id.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Fields, Schema};

/// Source column and target field of every value.
pub(crate) const MAPPINGS: &[(&str, &str)] = &[
    ("id", "_id"),
    ("first_name", "person.name.firstName"),
    ("last_name", "person.name.lastName"),
    ("birth_date", "person.birthDate"),
    ("email", "personalEmail.address"),
];

/// The id that customer number `number` has in every format.
pub(crate) fn id(number: u64) -> String {
    format!("customer-{number:08}")
}

/// The ids of all of them, sorted.
pub(crate) fn ids(numbers: Range<u64>) -> Vec<String> {
    numbers.map(id).collect()
}

fn first_name(number: u64) -> String {
    // A comma and quotes: a reader that splits at commas is found out.
    ["Ada", "Grace, Rear Admiral", "Edsger \"W.\"", "Barbara"][(number % 4) as usize].to_owned()
}

fn birth_date(number: u64) -> String {
    format!("19{:02}-{:02}-{:02}", 50 + number % 50, 1 + number % 12, 1 + number % 28)
}

/// A delimited file with a header.
pub(crate) fn csv(numbers: Range<u64>) -> String {
    let header = std::iter::once("id,first_name,last_name,birth_date,email\n".to_owned());
    let rows = numbers.map(|number| {
        let first_name = first_name(number).replace('"', "\"\"");
        let (id, birth_date) = (id(number), birth_date(number));
        format!("{id},\"{first_name}\",Example {number},{birth_date},c{number}@example.com\n")
    });
    header.chain(rows).collect()
}

/// One JSON object on a line.
pub(crate) fn ndjson(numbers: Range<u64>) -> String {
    let lines = numbers.map(|number| {
        let row = serde_json::json!({
            "id": id(number),
            "first_name": first_name(number),
            "last_name": format!("Example {number}"),
            "birth_date": birth_date(number),
            "email": format!("c{number}@example.com"),
        });
        format!("{row}\n")
    });
    lines.collect()
}

/// A Parquet file in the shape of the target schema, which needs no mapping.
pub(crate) fn parquet_xdm(numbers: Range<u64>) -> Vec<u8> {
    let text = |value: &dyn Fn(u64) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(numbers.clone().map(value)))
    };
    let name = nest(&[("firstName", text(&first_name)), ("lastName", text(&|number| format!("Example {number}")))]);
    let person = nest(&[("name", name)]);
    let schema = Schema::new(vec![
        Field::new("_id", DataType::Utf8, true),
        Field::new("person", person.data_type().clone(), true),
    ]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![text(&id), person]).unwrap();
    let mut file = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

fn nest(members: &[(&str, ArrayRef)]) -> ArrayRef {
    let fields: Fields =
        members.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = members.iter().map(|(_, array)| Arc::clone(array)).collect();
    Arc::new(StructArray::new(fields, arrays, None))
}
