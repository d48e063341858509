//! Types that old and odd writers use, laid out by hand: the value that was written, or an error.

use std::sync::Arc;

use ::parquet::{
    data_type::{ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use serde_json::{Value, json};

use crate::format::{
    Decoder, preview,
    tests::{batches, memory, put, wanted},
};

/// One value of a column, and how deep it is in lists and options.
enum Cell {
    Whole32(i32),
    Whole64(i64),
    Bytes(Vec<u8>),
    Fixed(Vec<u8>),
    /// Texts of a list of two levels.
    Texts(&'static [&'static str]),
}

/// A file of one row.
fn file(schema: &str, cells: &[Cell]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::default())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for cell in cells {
        let mut column = group.next_column().unwrap().unwrap();
        match cell {
            Cell::Whole32(value) => column.typed::<Int32Type>().write_batch(&[*value], None, None),
            Cell::Whole64(value) => column.typed::<Int64Type>().write_batch(&[*value], None, None),
            Cell::Bytes(value) => {
                column.typed::<ByteArrayType>().write_batch(&[ByteArray::from(value.clone())], None, None)
            }
            Cell::Fixed(value) => {
                let value = FixedLenByteArray::from(ByteArray::from(value.clone()));
                column.typed::<FixedLenByteArrayType>().write_batch(&[value], None, None)
            }
            Cell::Texts(texts) => {
                let values: Vec<ByteArray> = texts.iter().map(|text| ByteArray::from(*text)).collect();
                let again: Vec<i16> = (0..texts.len()).map(|index| i16::from(index > 0)).collect();
                column.typed::<ByteArrayType>().write_batch(&values, Some(&vec![1; texts.len()]), Some(&again))
            }
        }
        .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[expect(clippy::too_many_lines, reason = "a table of types, one after the other")]
#[tokio::test]
async fn types_of_old_and_odd_writers() {
    let schema = "message m {
        required int32 price (DECIMAL(9,2));
        required int64 large (DECIMAL(18,3));
        required binary wide (DECIMAL(38,18));
        required fixed_len_byte_array(3) narrow (DECIMAL(5,1));
        required binary color (ENUM);
        required binary doc (JSON);
        required int32 born (DATE);
        required int32 at_ms (TIME_MILLIS);
        required int64 at_us (TIME_MICROS);
        required int64 made (TIMESTAMP_MILLIS);
        required int32 tiny (UINT_8);
        required int64 huge (UINT_64);
        required fixed_len_byte_array(16) id (UUID);
        repeated binary tags (UTF8);
        required group two_level (LIST) { repeated binary array (UTF8); }
    }";
    let wide = (-12_345_678_901_234_567_890_123_456_789_i128).to_be_bytes();
    let cells = [
        Cell::Whole32(-1234),
        Cell::Whole64(999_999_999_999_999_999),
        // As short as it can be, as Hive and Pig write it.
        Cell::Bytes(wide[wide.iter().take_while(|byte| **byte == 0xff).count()..].to_vec()),
        Cell::Fixed((-15_i32).to_be_bytes()[1..].to_vec()),
        Cell::Bytes(b"RED".to_vec()),
        Cell::Bytes(br#"{"a":[1]}"#.to_vec()),
        Cell::Whole32(-25_568),
        Cell::Whole32(3_723_004),
        Cell::Whole64(86_399_999_999),
        Cell::Whole64(-1),
        Cell::Whole32(255),
        Cell::Whole64(-1),
        Cell::Fixed((0..16).collect()),
        Cell::Texts(&["a", "b"]),
        Cell::Texts(&["c"]),
    ];
    let store = memory();
    let object = put(&store, "file", file(schema, &cells)).await;
    let shown = preview(&store, &object, None, 1).await.unwrap();
    let types: Vec<&str> = shown.columns.iter().map(|column| column.ty.name.as_str()).collect();
    let (number, text) = ("number", "string");
    let expected = [
        number,
        number,
        number,
        number,
        text,
        text,
        "date",
        text,
        text,
        "date-time",
        "short",
        "long",
        text,
        "array",
        "array",
    ];
    assert_eq!(types, expected);
    let mut row = Value::Object(shown.rows[0].clone());
    for name in ["price", "large", "wide", "narrow"] {
        row.as_object_mut().unwrap().remove(name);
    }
    let expected = json!({
        "color": "RED", "doc": "{\"a\":[1]}", "born": "1899-12-31", "at_ms": "01:02:03.004",
        "at_us": "23:59:59.999999", "made": "1969-12-31T23:59:59.999Z", "tiny": 255, "huge": u64::MAX,
        "id": "00010203-0405-0607-0809-0a0b0c0d0e0f", "tags": ["a", "b"], "two_level": ["c"],
    });
    assert_eq!(row, expected);

    let format = lakehead_model::format::DataFormat::new(lakehead_model::format::FormatKind::Parquet);
    for (name, expected) in [
        ("price", "-12.34"),
        ("large", "999999999999999.999"),
        ("wide", "-12345678901.234567890123456789"),
        ("narrow", "-1.5"),
    ] {
        let mut decoder = Decoder::open(&store, &object, &format, &wanted(&[name])).await.unwrap();
        let batch = batches(&mut decoder).await.unwrap().remove(0).batch;
        let shown = arrow::util::display::array_value_to_string(batch.column(0), 0).unwrap();
        assert_eq!(shown, expected, "{name}");
    }
}

#[tokio::test]
async fn a_value_that_its_type_does_not_have_is_an_error() {
    let schema = "message m { required int32 a (TIME_MILLIS); required binary b (UTF8); }";
    for (cells, says) in [
        ([Cell::Whole32(86_400_000), Cell::Bytes(b"x".to_vec())], "rows 1 to 1"),
        ([Cell::Whole32(-1), Cell::Bytes(b"x".to_vec())], "rows 1 to 1"),
        ([Cell::Whole32(0), Cell::Bytes(vec![0xff, 0xfe])], "damaged"),
    ] {
        let store = memory();
        let object = put(&store, "file", file(schema, &cells)).await;
        let error = preview(&store, &object, None, 1).await.unwrap_err();
        assert!(error.message.contains(says), "{says}: {error}");
    }
}
