//! Decoders on real bytes: bad rows are lost one by one, broken files whole, and both say why.

use std::{fmt::Write as _, sync::Arc};

use ::bytes::Bytes;
use ::parquet::arrow::ArrowWriter;
use arrow::{
    array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, StructArray},
    datatypes::{DataType, Field, Int64Type},
};
use lakehead_model::{
    format::{DataFormat, Encoding, FormatKind},
    mapping::parse_attribute,
    plan::PlannedObject,
};
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path};

use super::*;

pub(super) async fn put(store: &Arc<dyn ObjectStore>, key: &str, bytes: impl Into<Bytes>) -> PlannedObject {
    let path = Path::from(key);
    store.put(&path, bytes.into().into()).await.unwrap();
    let meta = store.head(&path).await.unwrap();
    PlannedObject::pin("box", key, meta.e_tag, meta.version, meta.size, meta.last_modified.timestamp_millis())
}

pub(super) fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

pub(super) fn wanted(names: &[&str]) -> Projection {
    let mut projection = Projection::default();
    for name in names {
        projection.add(&parse_attribute(name).unwrap(), Shape::Scalar).unwrap();
    }
    projection
}

/// All rows that are left.
pub(super) async fn batches(decoder: &mut Decoder) -> Result<Vec<SourceBatch>, FileError> {
    let mut batches = Vec::new();
    while let Some(mut piece) = decoder.next().await? {
        while let Some(batch) = piece.decode()? {
            batches.push(batch);
        }
    }
    Ok(batches)
}

/// What a whole file decodes to: `(row number, text of the first column)` and the bad rows.
pub(super) async fn read(
    bytes: impl Into<Bytes>,
    format: &DataFormat,
    projection: &Projection,
) -> Result<(Vec<(u64, Option<String>)>, Vec<BadRow>), FileError> {
    let store = memory();
    let object = put(&store, "file", bytes).await;
    let mut decoder = Decoder::open(&store, &object, format, projection).await?;
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    for batch in batches(&mut decoder).await? {
        bad.extend(batch.bad_rows);
        for index in 0..batch.batch.num_rows() {
            let column = batch.batch.column(0).as_string_view_opt();
            let text = column.filter(|c| c.is_valid(index)).map(|c| c.value(index).to_owned());
            rows.push((batch.rows.get(index), text));
        }
    }
    Ok((rows, bad))
}

pub(super) fn csv() -> DataFormat {
    DataFormat::new(FormatKind::Delimited)
}

pub(super) fn json() -> DataFormat {
    DataFormat::new(FormatKind::Json)
}

pub(super) fn numbered(rows: &[(u64, &str)]) -> Vec<(u64, Option<String>)> {
    rows.iter().map(|(row, text)| (*row, (!text.is_empty()).then(|| (*text).to_owned()))).collect()
}

#[tokio::test]
async fn delimited_dialects() {
    for text in [
        "a,b\n1,x\n2,y\n",
        "a,b\r\n1,x\r\n2,y",
        "\u{feff}a,b\n1,x\n\n2,y\n\n",
        "\"a\",\"b\"\r\n\"1\",\"x\"\r\n\"2\",\"y\"\r\n",
        "b,a\n\"x, \"\"quoted\"\"\r\nand broken\",1\ny,\"2\"\n",
    ] {
        let (rows, bad) = read(text, &csv(), &wanted(&["a"])).await.unwrap();
        assert_eq!((rows, bad), (numbered(&[(1, "1"), (2, "2")]), vec![]), "{text:?}");
    }
    let (rows, _) = read("b\n\"x, \"\"q\"\"\r\nz\"\n\"\"\n", &csv(), &wanted(&["b"])).await.unwrap();
    assert_eq!(rows, vec![(1, Some("x, \"q\"\r\nz".to_owned())), (2, Some(String::new()))]);
    let tabs = DataFormat { column_delimiter: b'\t', ..csv() };
    let (rows, _) = read("a\tb\n1,5\t2\n", &tabs, &wanted(&["a"])).await.unwrap();
    assert_eq!(rows, numbered(&[(1, "1,5")]));
    let latin = DataFormat { encoding: Encoding::Latin1, ..csv() };
    let (rows, _) = read(&b"a\nM\xFCller\n"[..], &latin, &wanted(&["a"])).await.unwrap();
    assert_eq!(rows, numbered(&[(1, "Müller")]));
}

#[tokio::test]
async fn bad_delimited_rows_are_left_out_with_their_numbers() {
    let text = b"a,b\n1,x\n2\n3,y,z\n\xFF,x\n5,\"ok\"\n\"6,never closed\n7,x\n";
    let (rows, bad) = read(&text[..], &csv(), &wanted(&["a"])).await.unwrap();
    assert_eq!(rows, numbered(&[(1, "1"), (5, "5")]));
    let numbers: Vec<u64> = bad.iter().map(|row| row.row).collect();
    assert_eq!(numbers, [2, 3, 4, 6]);
    assert!(bad[0].message.contains("1 fields where the header has 2"), "{}", bad[0].message);
    assert_eq!(bad[1].raw, "3,y,z");
    assert!(bad[2].message.contains("UTF-8"));
}

#[tokio::test]
async fn a_record_without_end_costs_one_row() {
    let mut text = b"a,b\n1,x\n2,".to_vec();
    text.resize(MAX_RECORD_BYTES + (6 << 20), b'z');
    text.extend_from_slice(b"\n3,y\n");
    let (rows, bad) = read(text, &csv(), &wanted(&["a"])).await.unwrap();
    assert_eq!(rows, numbered(&[(1, "1"), (3, "3")]));
    assert_eq!((bad.len(), bad[0].row), (1, 2));
    assert!(bad[0].message.contains("longer than"), "{}", bad[0].message);
}

#[tokio::test]
async fn many_blocks_keep_their_numbers() {
    let mut text = String::from("id,text\n");
    for id in 1..=200_000 {
        let quotes = if id % 7 == 0 { "\"say \"\"hi\"\", \n\"" } else { "plain text of some length, no" };
        let quotes = if id % 7 == 0 { quotes.to_owned() } else { quotes.replace(',', ";") };
        writeln!(text, "{id},{quotes}").unwrap();
        if id % 50_000 == 0 {
            text.push_str("too,many,fields\n");
        }
    }
    let (rows, bad) = read(text, &csv(), &wanted(&["id"])).await.unwrap();
    assert_eq!((rows.len(), bad.len()), (200_000, 4));
    assert!(rows.iter().all(|(row, id)| {
        let id: u64 = id.as_ref().unwrap().parse().unwrap();
        *row == id + (id - 1) / 50_000
    }));
    assert_eq!(bad[3].row, 200_004);
}

#[tokio::test]
async fn unusable_headers_name_the_column() {
    for (text, code, message) in [
        ("\n1,2\n", "118", "empty"),
        (",\n1,2\n", "118", "empty"),
        ("\"a,b\n1,2\n", CODE_CORRUPT, "does not end"),
        ("{\"a\":1}\n{\"a\":2}\n", "118", "none of the mapped columns, such as `a`"),
    ] {
        let error = read(text, &csv(), &wanted(&["a"])).await.unwrap_err();
        assert_eq!(error.code, code, "{text:?}: {error}");
        assert!(error.message.contains(message), "{text:?}: {error}");
    }
}

#[tokio::test]
async fn json_layouts() {
    for text in [
        "{\"a\":1,\"z\":[{}]}\n{\"a\":\"2\"}\n\n",
        " [ {\"a\":1} ,\n {\"a\":\"2\"} ] \n",
        "{\n  \"a\": 1\n}\n{\n  \"a\": 2, \"s\": \"}\\\"\"\n}",
        "\u{feff}{\"a\":1}\r\n{\"a\":2}",
        "[{\"a\":1}]\n[]\n[{\"a\":2}]\n",
    ] {
        let (rows, bad) = read(text, &json(), &wanted(&["a"])).await.unwrap();
        assert_eq!((rows, bad), (numbered(&[(1, "1"), (2, "2")]), vec![]), "{text:?}");
    }
}

#[tokio::test]
async fn bad_json_records_are_left_out_with_their_numbers() {
    let text = "{\"a\":1}\n{\"a\":\nnot json\n{\"a\":4} {\"a\":5}\n{\"a\":{\"b\":1}}\n{\"a\":true}\n";
    let (rows, bad) = read(text, &json(), &wanted(&["a"])).await.unwrap();
    assert_eq!(rows, numbered(&[(1, "1"), (6, "true")]));
    let numbers: Vec<u64> = bad.iter().map(|row| row.row).collect();
    assert_eq!(numbers, [2, 3, 4, 5]);
    assert_eq!(bad[1].raw, "not json");
    let deep = format!("{{\"a\":1}}\n{{\"b\":{}}}\n{{\"a\":3}}\n", "[".repeat(40_000));
    let (rows, bad) = read(deep, &json(), &wanted(&["a"])).await.unwrap();
    assert_eq!(rows, numbered(&[(1, "1"), (3, "3")]));
    assert!(bad[0].message.contains("nested deeper"), "{}", bad[0].message);
}

#[tokio::test]
async fn a_damaged_array_is_a_damaged_file() {
    for (text, message) in [
        ("[{\"a\":1},{\"a\":", "ends inside row 2"),
        ("[{\"a\":1},", "not closed"),
        ("[{\"a\":1},5]", "row 2 is not a JSON object"),
        ("[{\"a\":1}]\n{\"a\":2}", "follows the array that is no array, before row 2"),
    ] {
        let error = read(text, &json(), &wanted(&["a"])).await.unwrap_err();
        assert!(error.message.contains(message), "{text:?}: {error}");
    }
}

#[tokio::test]
async fn nested_json_is_decoded_where_wanted() {
    let store = memory();
    let text = "{\"p\":{\"n\":{\"f\":\"Ada\"},\"skip\":1},\"tags\":[1,\"b\"]}\n{\"p\":null}\n";
    let object = put(&store, "n.json", text).await;
    let mut projection = wanted(&["p.n.f"]);
    projection.add(&parse_attribute("tags").unwrap(), Shape::List(Box::new(Shape::Scalar))).unwrap();
    let mut decoder = Decoder::open(&store, &object, &json(), &projection).await.unwrap();
    let batch = batches(&mut decoder).await.unwrap().remove(0).batch;
    let name = batch.column(0).as_struct().column(0).as_struct().column(0);
    assert_eq!(name.as_string_view().value(0), "Ada");
    assert_eq!(batch.column(1).as_list::<i32>().value(0).as_string_view().value(1), "b");
    let clash = projection.add(&parse_attribute("p").unwrap(), Shape::Scalar).unwrap_err();
    assert!(clash.to_string().contains("`p`"));
}

fn parquet_file(rows: i64) -> Vec<u8> {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
    let names: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(|id| format!("name {id}"))));
    let member = Arc::new(Field::new("first", DataType::Utf8, true));
    let person: ArrayRef = Arc::new(StructArray::from(vec![(member, names)]));
    let batch = RecordBatch::try_from_iter([("id", ids), ("person", person)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[tokio::test]
async fn parquet_columns_are_projected() {
    let store = memory();
    let object = put(&store, "p", parquet_file(10_000)).await;
    let format = DataFormat::new(FormatKind::Parquet);
    let mut decoder = Decoder::open(&store, &object, &format, &wanted(&["id"])).await.unwrap();
    let (mut rows, mut sum) = (0, 0);
    for batch in batches(&mut decoder).await.unwrap() {
        assert_eq!(batch.batch.num_columns(), 1);
        assert_eq!(batch.rows.get(0), rows + 1);
        rows += batch.batch.num_rows() as u64;
        sum += batch.batch.column(0).as_primitive::<Int64Type>().values().iter().sum::<i64>();
    }
    assert_eq!((rows, sum), (10_000, 9_999 * 10_000 / 2));
}

#[tokio::test]
async fn damaged_parquet_is_an_error() {
    let whole = parquet_file(1000);
    let format = DataFormat::new(FormatKind::Parquet);
    let mut lying = whole.clone();
    let end = lying.len();
    lying[end - 8..end - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    for bytes in [b"PAR1".to_vec(), whole[..whole.len() - 10].to_vec(), whole[whole.len() / 2..].to_vec(), lying] {
        let error = read(bytes, &format, &wanted(&["id", "person"])).await.unwrap_err();
        assert_eq!(error.code, CODE_CORRUPT, "{error}");
    }
}

#[tokio::test]
async fn an_object_that_changed_is_not_read() {
    let store = memory();
    let object = put(&store, "f", "a\n1\n").await;
    put(&store, "f", "a\n2\n").await;
    for kind in [FormatKind::Delimited, FormatKind::Json, FormatKind::Parquet] {
        let format = DataFormat::new(kind);
        let opened = Decoder::open(&store, &object, &format, &wanted(&["a"])).await;
        let error = match opened {
            Err(error) => error,
            Ok(mut decoder) => decoder.next().await.err().unwrap(),
        };
        assert!(error.message.contains("changed") || kind == FormatKind::Parquet, "{error}");
        assert!(!error.transient);
    }
}

#[tokio::test]
async fn previews() {
    let store = memory();
    let object = put(&store, "f.csv", "id,name\n1,Ada\n2,\n3,Bob\n").await;
    let shown = preview(&store, &object, Some(&csv()), 2).await.unwrap();
    assert_eq!(
        serde_json::to_value(&shown).unwrap(),
        serde_json::json!({
            "format": {"kind": "delimited", "columnDelimiter": 44, "encoding": "UTF-8", "compression": null},
            "columns": [{"name": "id", "type": "string"}, {"name": "name", "type": "string"}],
            "rows": [{"id": "1", "name": "Ada"}, {"id": "2"}],
        })
    );
    let object = put(&store, "f.json", "{\"n\":1,\"o\":{\"x\":[1]}}\n{\"n\":1.5}\n").await;
    let shown = preview(&store, &object, Some(&json()), 100).await.unwrap();
    assert_eq!(shown.columns.iter().map(|c| c.ty.name.as_str()).collect::<Vec<_>>(), ["number", "object"]);
    assert_eq!(shown.rows[0]["o"]["x"][0], 1);
    let object = put(&store, "f.parquet", parquet_file(500)).await;
    let shown = preview(&store, &object, Some(&DataFormat::new(FormatKind::Parquet)), 500).await.unwrap();
    assert_eq!(shown.rows.len(), MAX_PREVIEW_ROWS);
    assert_eq!(shown.columns.iter().map(|c| c.ty.name.as_str()).collect::<Vec<_>>(), ["long", "object"]);
    assert_eq!(shown.rows[7]["person"]["first"], "name 7");
}

#[tokio::test]
async fn rows_of_a_file_are_counted_or_estimated_honestly() {
    let store = memory();
    let row = |number: u64| format!("{number:07},name {}\n", number % 1000);
    let table = |rows: u64| std::iter::once("id,name\n".to_owned()).chain((0..rows).map(row)).collect::<String>();
    let count = async |key: &str, bytes: Vec<u8>, format: &DataFormat| {
        let object = put(&store, key, bytes).await;
        count_rows(&store, &object, format).await.unwrap().map(|count| (count.rows, count.is_exact))
    };
    let near = |found: Option<(u64, bool)>, rows: u64| match found {
        Some((estimate, false)) => assert!(estimate.abs_diff(rows) * 10 <= rows, "{estimate} for {rows}"),
        other => panic!("{other:?} for {rows}"),
    };
    // Short ones and Parquet are counted, also rows that cannot be parsed.
    assert_eq!(count("a", table(5000).into(), &csv()).await, Some((5000, true)));
    assert_eq!(count("b", b"id,name\n1,a\n2\n3,c\n".to_vec(), &csv()).await, Some((3, true)));
    assert_eq!(count("c", b"{\"n\":1}\n{\"n\":2}\n".to_vec(), &json()).await, Some((2, true)));
    let parquet = DataFormat::new(FormatKind::Parquet);
    assert_eq!(count("d", parquet_file(50_000), &parquet).await, Some((50_000, true)));
    // Long ones are estimated by what is stored, compressed or not.
    near(count("e", table(800_000).into(), &csv()).await, 800_000);
    let lines = (0..500_000).map(|n| format!("{{\"n\":{n:07},\"name\":\"{}\"}}\n", n % 100)).collect::<Vec<_>>();
    near(count("f", lines.concat().into(), &json()).await, 500_000);
    let gzip = DataFormat { compression: Some(lakehead_model::format::Compression::Gzip), ..csv() };
    // Digits as of a hash, so that it stays long.
    let noise = (0..800_000_u64).map(|n| format!("{n},{:x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let noise = std::iter::once("id,name\n".to_owned()).chain(noise).collect::<Vec<_>>().concat();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, noise.as_bytes()).unwrap();
    near(count("g", packed.finish().unwrap(), &gzip).await, 800_000);
    // So much of the same that nothing of the beginning says how much there is.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, &b"id,name\n"[..]).unwrap();
    std::io::Write::write_all(&mut packed, "1,a\n".repeat(5_000_000).as_bytes()).unwrap();
    assert_eq!(count("h", packed.finish().unwrap(), &gzip).await, None);
}
