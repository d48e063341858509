//! Avro files byte by byte, files of an independent writer, and files that are cut, crafted or lie.

use std::io::Write as _;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use serde_json::{Map, Value, json};

use super::{
    container::put_long,
    piece::{BATCH_CELLS, BATCH_ROWS},
};
use crate::format::{
    CODE_CORRUPT, Decoder, FileError, Projection, SourceBatch, preview,
    tests::{batches, memory, put},
};
use lakehead_model::format::{Compression, DataFormat, FormatKind};

const SYNC: [u8; 16] = *b"0123456789abcdef";

fn avro() -> DataFormat {
    DataFormat::new(FormatKind::Avro)
}

fn text(into: &mut Vec<u8>, text: &[u8]) {
    put_long(into, text.len() as i64);
    into.extend_from_slice(text);
}

fn header(schema: &Value, codec: &str) -> Vec<u8> {
    let mut file = b"Obj\x01".to_vec();
    put_long(&mut file, 2);
    text(&mut file, b"avro.codec");
    text(&mut file, codec.as_bytes());
    text(&mut file, b"avro.schema");
    text(&mut file, schema.to_string().as_bytes());
    put_long(&mut file, 0);
    file.extend_from_slice(&SYNC);
    file
}

fn block(file: &mut Vec<u8>, rows: i64, stored: &[u8]) {
    put_long(file, rows);
    put_long(file, stored.len() as i64);
    file.extend_from_slice(stored);
    file.extend_from_slice(&SYNC);
}

/// A file of one block that is not compressed.
fn file(schema: &Value, rows: i64, plain: &[u8]) -> Vec<u8> {
    let mut file = header(schema, "null");
    block(&mut file, rows, plain);
    file
}

fn record(fields: &Value) -> Value {
    json!({"type": "record", "name": "Row", "fields": fields})
}

/// Schema of one text column, and `rows` of it.
fn texts(rows: &[&str]) -> (Value, Vec<u8>) {
    let mut plain = Vec::new();
    for row in rows {
        text(&mut plain, row.as_bytes());
    }
    (record(&json!([{"name": "a", "type": "string"}])), plain)
}

async fn rows_of(bytes: Vec<u8>) -> Result<Vec<Map<String, Value>>, FileError> {
    let store = memory();
    let object = put(&store, "file", bytes).await;
    preview(&store, &object, None, 100).await.map(|shown| shown.rows)
}

async fn error(bytes: Vec<u8>) -> FileError {
    let store = memory();
    let object = put(&store, "file", bytes).await;
    let projection = Projection { all: true, ..Projection::default() };
    let mut decoder = match Decoder::open(&store, &object, &avro(), &projection).await {
        Err(error) => return error,
        Ok(decoder) => decoder,
    };
    batches(&mut decoder).await.expect_err("read to its end")
}

#[tokio::test]
async fn every_codec() {
    let (schema, plain) = texts(&["first", "second", "third"]);
    let deflate = {
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        deflate.write_all(&plain).unwrap();
        deflate.finish().unwrap()
    };
    let snappy = {
        let mut packed = snap::raw::Encoder::new().compress_vec(&plain).unwrap();
        let mut sum = flate2::Crc::new();
        sum.update(&plain);
        packed.extend_from_slice(&sum.sum().to_be_bytes());
        packed
    };
    let bzip2 = {
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(&plain).unwrap();
        bzip2.finish().unwrap()
    };
    let xz = {
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
        xz.write_all(&plain).unwrap();
        xz.finish().unwrap()
    };
    for (codec, stored) in [
        ("null", plain.clone()),
        ("deflate", deflate),
        ("snappy", snappy),
        ("bzip2", bzip2),
        ("xz", xz),
        ("zstandard", zstd::stream::encode_all(&plain[..], 3).unwrap()),
    ] {
        let mut bytes = header(&schema, codec);
        block(&mut bytes, 3, &stored);
        block(&mut bytes, 0, b"");
        block(&mut bytes, 3, &stored);
        let shown = rows_of(bytes.clone()).await.unwrap();
        assert_eq!((shown.len(), &shown[5]["a"]), (6, &json!("third")), "{codec}");
        if codec == "null" {
            continue;
        }
        // Damage and truncation of what is stored, in a container that is whole.
        for damage in [stored[..stored.len() - 1].to_vec(), Vec::new(), b"abc".to_vec(), [&stored[..], b"x"].concat()] {
            if codec == "deflate" && damage.len() > stored.len() {
                continue;
            }
            let mut bytes = header(&schema, codec);
            block(&mut bytes, 3, &damage);
            let error = error(bytes).await;
            assert!(error.message.contains("block 1"), "{codec}: {error}");
        }
    }
    let mut bytes = header(&schema, "lzo");
    block(&mut bytes, 3, &plain);
    assert!(error(bytes).await.message.contains("`lzo`, which is not supported"));
}

#[tokio::test]
async fn types_by_hand() {
    let schema = json!({"type": "record", "name": "Row", "namespace": "org.x", "doc": "says \"hi\"\nand more", "fields": [
        {"name": "id", "type": "string", "doc": "a \"quoted\" \\ text", "default": "x", "order": "ignore"},
        {"name": "color", "type": {"type": "enum", "name": "Color", "symbols": ["RED", "GREEN"]}},
        {"name": "other", "type": ["null", "Color"], "default": null},
        {"name": "uuid", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "fixed", "type": {"type": "fixed", "name": "Id", "size": 16, "logicalType": "uuid"}},
        {"name": "time", "type": {"type": "int", "logicalType": "time-millis"}},
        {"name": "wait", "type": {"type": "fixed", "name": "Wait", "size": 12, "logicalType": "duration"}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 18}},
        {"name": "whole", "type": ["int", "long", "null"]},
        {"name": "mixed", "type": ["null", "boolean", "double", "string"]},
        {"name": "nested", "type": ["null", "string", {"type": "record", "name": "Inner", "fields": [
            {"name": "n", "type": "long"}]}, {"type": "array", "items": "int"}]},
        {"name": "again", "type": {"type": "map", "values": "org.x.Inner"}},
        {"name": "one", "type": ["long"]},
    ]});
    let mut row = Vec::new();
    text(&mut row, b"one");
    put_long(&mut row, 1);
    put_long(&mut row, 1);
    put_long(&mut row, 0);
    text(&mut row, b"Not-A-uuid");
    row.extend(0..16);
    put_long(&mut row, 3_723_004);
    for part in [14_u32, 3, 4005] {
        row.extend_from_slice(&part.to_le_bytes());
    }
    text(&mut row, &(-1_234_500_000_000_000_000_i128).to_be_bytes());
    put_long(&mut row, 1);
    put_long(&mut row, 5_000_000_000);
    put_long(&mut row, 2);
    row.extend_from_slice(&1.5_f64.to_le_bytes());
    put_long(&mut row, 2);
    put_long(&mut row, 7);
    put_long(&mut row, -1);
    let mut entry = Vec::new();
    text(&mut entry, b"k");
    put_long(&mut entry, -3);
    put_long(&mut row, entry.len() as i64);
    row.extend_from_slice(&entry);
    put_long(&mut row, 0);
    put_long(&mut row, 0);
    put_long(&mut row, 9);

    let shown = rows_of(file(&schema, 1, &row)).await.unwrap();
    let expected = json!({
        "id": "one", "color": "GREEN", "other": "RED", "uuid": "Not-A-uuid",
        "fixed": "00010203-0405-0607-0809-0a0b0c0d0e0f", "time": "01:02:03.004", "wait": "P14M3DT4.005S",
        "whole": 5_000_000_000_i64, "mixed": "1.5", "nested": {"Inner": {"n": 7}}, "again": {"k": {"n": -3}}, "one": 9,
        "price": shown[0]["price"],
    });
    assert_eq!(Value::Object(shown[0].clone()), expected);
    assert!(shown[0]["price"].to_string().contains("-1.2345"), "{}", shown[0]["price"]);
}

#[tokio::test]
async fn files_of_another_program() {
    macro_rules! made {
        ($name:literal) => {
            ($name, &include_bytes!(concat!("fixtures/", $name, ".avro"))[..])
        };
    }
    for (name, bytes) in
        [made!("null"), made!("deflate"), made!("snappy"), made!("zstandard"), made!("bzip2"), made!("xz")]
    {
        let mut shown = rows_of(bytes.to_vec()).await.unwrap();
        // Shown as numbers, whose digits are tested where they land.
        for row in &mut shown {
            assert!(row.remove("dec_bytes").is_some() && row.remove("dec_fixed").is_some());
        }
        let expected = json!([
            {
                "id": "1", "flag": true, "small": -7, "large": 9_007_199_254_740_993_i64, "f32": 0.5, "f64": 0.1,
                "day": "1899-12-31", "time_ms": "01:02:03.004", "time_us": "23:59:59.999999",
                "ts_ms": "1969-12-31T23:59:59.999Z", "ts_us": "2026-01-02T03:04:05.678901Z",
                "local_ms": "2026-01-02T03:04:05", "uuid": "0e0a1b2c-3d4e-5f60-7182-93a4b5c6d7e8", "color": "GREEN",
                "tags": ["a", "ü"], "more": {"k": "v"}, "place": {"city": "Wien", "lat": 48.25},
                "other": {"city": "Graz"}, "color2": "RED", "mixed": "5", "raw": "74c3a47874",
            },
            {
                "id": "2", "flag": false, "small": i32::MAX, "f32": -1.5, "f64": 1e300, "day": "2026-01-02",
                "time_ms": "00:00:00", "time_us": "00:00:00", "ts_ms": "1970-01-01T00:00:00Z",
                "local_ms": "1960-01-01T00:00:00", "uuid": "00000000-0000-0000-0000-000000000000", "color": "RED",
                "tags": [], "more": {}, "place": {"city": ""}, "mixed": "five", "raw": "706c61696e",
            },
        ]);
        assert_eq!(json!(shown), expected, "{name}");
    }
}

#[tokio::test]
async fn unions_are_told_apart_row_by_row() {
    let schema = record(&json!([
        {"name": "u", "type": ["string", "null", {"type": "array", "items": "long"}]},
        {"name": "t", "type": ["string", "null", "int"]},
        {"name": "r", "type": {"type": "record", "name": "R", "fields": [
            {"name": "m", "type": ["null", "boolean", "string"]}]}},
    ]));
    let mut plain = Vec::new();
    for row in 0..300_i64 {
        put_long(&mut plain, row % 3);
        match row % 3 {
            0 => text(&mut plain, row.to_string().as_bytes()),
            1 => {}
            _ => [1, row, 0].into_iter().for_each(|number| put_long(&mut plain, number)),
        }
        put_long(&mut plain, row % 3);
        match row % 3 {
            0 => text(&mut plain, b"x"),
            1 => {}
            _ => put_long(&mut plain, -row),
        }
        put_long(&mut plain, i64::from(row % 3 == 0));
        if row % 3 == 0 {
            plain.push(1);
        }
    }
    let shown = rows_of(file(&schema, 300, &plain)).await.unwrap();
    assert_eq!(Value::Object(shown[0].clone()), json!({"u": {"string": "0"}, "t": "x", "r": {"m": "true"}}));
    assert_eq!(Value::Object(shown[1].clone()), json!({"r": {}}));
    assert_eq!(Value::Object(shown[98].clone()), json!({"u": {"array": [98]}, "t": "-98", "r": {}}));
}

#[tokio::test]
async fn rows_have_numbers_across_blocks_files_and_pieces() {
    let (schema, _) = texts(&[]);
    let mut bytes = header(&schema, "null");
    for number in 0..400 {
        let long = format!("{number} {}", "x".repeat(10_000));
        let (_, plain) = texts(&[&long, "short"]);
        block(&mut bytes, 2, &plain);
    }
    let mut tar = tar::Builder::new(Vec::new());
    for name in ["one.avro", "two.avro"] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    let packed = zstd::stream::encode_all(&tar.into_inner().unwrap()[..], 3).unwrap();
    let store = memory();
    let object = put(&store, "file", packed).await;
    let shown = preview(&store, &object, None, 5).await.unwrap();
    let format = DataFormat { compression: Some(Compression::TarZstd), ..avro() };
    assert_eq!((&shown.format, shown.rows.len()), (&format, 5));
    let projection = Projection { all: true, ..Projection::default() };
    let mut decoder = Decoder::open(&store, &object, &format, &projection).await.unwrap();
    let (mut rows, mut pieces) = (0, 0);
    for batch in batches(&mut decoder).await.unwrap() {
        assert_eq!(batch.rows.get(0), rows + 1);
        let first = batch.batch.column(0).as_string_view().value(0).to_owned();
        let expected = if rows % 2 == 0 { format!("{} ", rows / 2 % 400) } else { "short".to_owned() };
        assert!(first.starts_with(&expected), "{rows}");
        (rows, pieces) = (rows + batch.batch.num_rows() as u64, pieces + 1);
    }
    assert_eq!(rows, 1600);
    assert!(pieces > 4, "{pieces}");
}

async fn batches_of(bytes: Vec<u8>) -> Vec<SourceBatch> {
    let store = memory();
    let object = put(&store, "file", bytes).await;
    let projection = Projection { all: true, ..Projection::default() };
    batches(&mut Decoder::open(&store, &object, &avro(), &projection).await.unwrap()).await.unwrap()
}

/// Few bytes as stored, however many rows they are.
#[tokio::test]
async fn batches_are_bounded_and_hold_every_row_once() {
    let schema = record(&json!([
        {"name": "id", "type": "long"},
        {"name": "text", "type": ["null", "string"]},
        {"name": "mixed", "type": ["null", "long", {"type": "array", "items": "long"}]},
        {"name": "list", "type": {"type": "array", "items": "long"}},
    ]));
    // Large blocks have several batches, of small ones several make a batch.
    for (blocks, rows, expected) in [(3, 20_000, 8), (300, 100, 4)] {
        let (mut bytes, mut id) = (header(&schema, "zstandard"), 0_i64);
        for _ in 0..blocks {
            let mut plain = Vec::new();
            for _ in 0..rows {
                put_long(&mut plain, id);
                put_long(&mut plain, id % 2);
                if id % 2 == 1 {
                    text(&mut plain, b"odd");
                }
                put_long(&mut plain, id % 3);
                [&[][..], &[id], &[1, id, 0]][id as usize % 3].iter().for_each(|number| put_long(&mut plain, *number));
                for number in [1, -id, 0] {
                    put_long(&mut plain, number);
                }
                id += 1;
            }
            block(&mut bytes, rows, &zstd::stream::encode_all(&plain[..], 3).unwrap());
        }
        assert!(bytes.len() < super::PIECE_BYTES, "one piece");
        let (batches, mut next) = (batches_of(bytes).await, 0);
        for batch in &batches {
            assert!(batch.batch.num_rows() <= BATCH_ROWS);
            let column = |index| batch.batch.column(index);
            let mixed = column(2).as_struct();
            for row in 0..batch.batch.num_rows() {
                assert_eq!(batch.rows.get(row), next as u64 + 1);
                assert_eq!(column(0).as_primitive::<Int64Type>().value(row), next);
                assert_eq!(column(1).is_valid(row), next % 2 == 1, "null is not empty");
                let items =
                    |list: &dyn Array| list.as_list::<i32>().value(row).as_primitive::<Int64Type>().values().to_vec();
                assert_eq!(items(column(3)), [-next]);
                assert_eq!(mixed.is_valid(row), next % 3 != 0);
                match next % 3 {
                    1 => assert_eq!(mixed.column(0).as_primitive::<Int64Type>().value(row), next),
                    2 => assert_eq!(items(mixed.column(1)), [next]),
                    _ => {}
                }
                next += 1;
            }
        }
        assert_eq!(next, id);
        assert!(batches.len() <= expected, "{} batches", batches.len());
    }
}

#[tokio::test]
async fn batches_of_very_many_columns_have_fewer_rows() {
    let fields: Vec<_> = (0..1000).map(|n| json!({"name": format!("c{n}"), "type": ["null", "string"]})).collect();
    let mut bytes = header(&record(&json!(fields)), "zstandard");
    block(&mut bytes, 1500, &zstd::stream::encode_all(&vec![0; 1_500_000][..], 3).unwrap());
    let rows: Vec<_> = batches_of(bytes).await.iter().map(|batch| batch.batch.num_rows()).collect();
    assert!(rows.iter().all(|rows| rows * 1000 <= BATCH_CELLS) && rows.len() < 10, "{rows:?}");
    assert_eq!(rows.iter().sum::<usize>(), 1500);
}

/// Both records are called `Inner`; the reference within the namespace means the one there.
#[tokio::test]
async fn a_name_is_looked_for_in_its_namespace_first() {
    let inner = |space: &str, field: &str, ty: &str| json!({"type": "record", "name": "Inner", "namespace": space, "fields": [{"name": field, "type": ty}]});
    let schema = json!({"type": "record", "name": "Row", "namespace": "org.x", "fields": [
        {"name": "bare", "type": inner("", "n", "long")},
        {"name": "full", "type": inner("org.x", "s", "string")},
        {"name": "again", "type": "Inner"},
    ]});
    let mut row = Vec::new();
    put_long(&mut row, 5);
    text(&mut row, b"a");
    text(&mut row, b"b");
    let shown = rows_of(file(&schema, 1, &row)).await.unwrap();
    assert_eq!(json!(shown), json!([{"bare": {"n": 5}, "full": {"s": "a"}, "again": {"s": "b"}}]));
    let only_bare = json!({"type": "record", "name": "Row", "namespace": "org.x", "fields": [
        {"name": "bare", "type": inner("", "n", "long")},
        {"name": "again", "type": "Inner"},
    ]});
    let mut row = Vec::new();
    put_long(&mut row, 5);
    put_long(&mut row, 6);
    let shown = rows_of(file(&only_bare, 1, &row)).await.unwrap();
    assert_eq!(json!(shown), json!([{"bare": {"n": 5}, "again": {"n": 6}}]));
}

#[tokio::test]
async fn durations_have_no_sign() {
    let wait = json!({"type": "fixed", "name": "Wait", "size": 12, "logicalType": "duration"});
    let schema = record(&json!([{"name": "wait", "type": wait}]));
    let mut rows = Vec::new();
    for part in [u32::MAX, 1 << 31, u32::MAX, 0, 0, 0] {
        rows.extend_from_slice(&part.to_le_bytes());
    }
    let shown = rows_of(file(&schema, 2, &rows)).await.unwrap();
    assert_eq!(json!(shown), json!([{"wait": "P4294967295M2147483648DT4294967.295S"}, {"wait": "PT0S"}]));
}

#[tokio::test]
async fn only_wanted_columns_are_handed_out() {
    let schema = record(&json!([{"name": "a", "type": "long"}, {"name": "b", "type": "string"}]));
    let mut plain = Vec::new();
    put_long(&mut plain, 5);
    text(&mut plain, b"x");
    let store = memory();
    let object = put(&store, "file", file(&schema, 1, &plain)).await;
    let mut decoder = Decoder::open(&store, &object, &avro(), &crate::format::tests::wanted(&["b"])).await.unwrap();
    let batch = batches(&mut decoder).await.unwrap().remove(0).batch;
    assert_eq!((batch.num_columns(), batch.schema().field(0).name().as_str()), (1, "b"));
    assert!(decoder.next().await.unwrap().is_none());
}

/// Half a file must never pass for a whole one; between two blocks there is nothing to tell it by.
#[tokio::test]
async fn a_file_that_is_cut_off_is_an_error() {
    let (schema, plain) = texts(&["first", "second"]);
    let (head, one) = (header(&schema, "null").len(), file(&schema, 2, &plain).len());
    let mut whole = file(&schema, 2, &plain);
    block(&mut whole, 2, &plain);
    for cut in 4..whole.len() {
        if cut == head || cut == one {
            continue;
        }
        let error = error(whole[..cut].to_vec()).await;
        assert_eq!(error.code, CODE_CORRUPT);
        assert!(error.message.contains("cut off"), "{cut}: {error}");
    }
}

#[tokio::test]
async fn containers_that_lie() {
    let (schema, plain) = texts(&["first", "second"]);
    let mut other_sync = file(&schema, 2, &plain);
    *other_sync.last_mut().unwrap() ^= 1;
    let with = |rows: i64, size: i64| {
        let mut bytes = header(&schema, "null");
        put_long(&mut bytes, rows);
        put_long(&mut bytes, size);
        bytes.extend_from_slice(&plain);
        bytes.extend_from_slice(&SYNC);
        bytes
    };
    let mut endless = header(&schema, "null");
    endless.extend([0xff; 40]);
    let mut large_header = b"Obj\x01".to_vec();
    put_long(&mut large_header, 1);
    put_long(&mut large_header, i64::MAX);
    let mut many_entries = b"Obj\x01".to_vec();
    put_long(&mut many_entries, i64::MAX);
    many_entries.extend(vec![0; 40 << 20]);
    for (bytes, says) in [
        (other_sync, "block 1 of the Avro file is damaged: its sync marker"),
        (file(&schema, 1, &plain), "7 bytes behind its last row"),
        (file(&schema, 3, &plain), "row 3 of the Avro file, in block 1, is damaged"),
        (file(&schema, 1 << 25, &plain), "row 3"),
        (with(-1, plain.len() as i64), "block 1 of the Avro file claims"),
        (with(2, -1), "block 1 of the Avro file claims"),
        (with(2, i64::MAX), "block 1 of the Avro file claims"),
        (with(i64::MAX, plain.len() as i64), "block 1 of the Avro file claims"),
        (with(2, 1 << 20), "cut off"),
        (endless, "a number does not end"),
        (large_header, "header of the Avro file is damaged"),
        (many_entries, "header of the Avro file is damaged"),
        (b"Obj\x02rest".to_vec(), "not an Avro file"),
        (b"O".to_vec(), "not an Avro file"),
        (b"a,b\n1,2\n".to_vec(), "not an Avro file"),
    ] {
        let error = error(bytes).await;
        assert!(error.message.contains(says), "{says}: {error}");
    }
}

#[tokio::test]
async fn rows_that_lie() {
    let one = |ty: Value| record(&json!([{"name": "a", "type": ty}]));
    let long = |values: &[i64]| {
        let mut bytes = Vec::new();
        for value in values {
            put_long(&mut bytes, *value);
        }
        bytes
    };
    let list = || one(json!({"type": "array", "items": "long"}));
    for (schema, plain) in [
        (one(json!("string")), long(&[i64::MAX])),
        (one(json!("string")), long(&[-1])),
        (one(json!("string")), vec![4, 0xff, 0xfe]),
        (one(json!("bytes")), long(&[1 << 40])),
        (one(json!("boolean")), vec![2]),
        (one(json!("int")), long(&[1 << 40])),
        (one(json!("long")), vec![0xff; 10]),
        (one(json!(["null", "long"])), long(&[2])),
        (one(json!(["null", "long"])), long(&[-1])),
        (one(json!({"type": "enum", "name": "E", "symbols": ["A"]})), long(&[1])),
        (list(), long(&[i64::MAX, 1, 2])),
        (list(), long(&[i64::MIN, 0])),
        (list(), long(&[-1, 5, 7, 0])),
        (list(), long(&[1, 7])),
        (one(json!({"type": "map", "values": "null"})), long(&[1 << 60, 0, 0])),
    ] {
        let error = error(file(&schema, 1, &plain)).await;
        assert!(error.message.contains("row 1 of the Avro file, in block 1, is damaged"), "{schema}: {error}");
    }
}

#[tokio::test]
async fn schemas_that_cannot_be_columns() {
    let mut laughs = json!({"type": "record", "name": "R0", "fields": [{"name": "a", "type": "long"}]});
    for level in 1..30 {
        let below = format!("R{}", level - 1);
        laughs = json!({"type": "record", "name": format!("R{level}"), "fields": [
            {"name": "a", "type": laughs}, {"name": "b", "type": below}, {"name": "c", "type": below}]});
    }
    let deep = |levels: usize| (0..levels).fold(json!("long"), |ty, _| json!({"type": "array", "items": ty}));
    for (schema, says) in [
        (json!("long"), "no records"),
        (json!({"type": "array", "items": "long"}), "no records"),
        (record(&json!([])), "hold nothing"),
        (record(&json!([{"name": "a", "type": "null"}])), "hold nothing"),
        (record(&json!([{"name": "a", "type": {"type": "array", "items": "null"}}])), "items of an array hold nothing"),
        (record(&json!([{"name": "a", "type": "Nowhere"}])), "`Nowhere` is not defined"),
        (record(&json!([{"name": "next", "type": ["null", "Row"]}])), "`Row` contains itself"),
        (record(&json!([{"name": "a", "type": "long"}, {"name": "a", "type": "int"}])), "two fields of the name `a`"),
        (record(&json!([{"name": "a", "type": [["null"]]}])), "a union is empty, or holds another"),
        (record(&json!([{"name": "a", "type": []}])), "a union is empty"),
        (record(&json!([{"name": "a", "type": 5}])), "no type"),
        (record(&json!([{"name": "a", "type": deep(60)}])), "nested deeper than 40"),
        (record(&json!([{"name": "a", "type": deep(1000)}])), "nested too deeply"),
        (laughs, "more than 20000 types"),
    ] {
        let refused = error(file(&schema, 1, &[0])).await;
        assert!(refused.message.contains(says), "{says}: {refused}");
        assert!(refused.message.starts_with("the schema of the Avro file cannot be used"), "{refused}");
    }
    let mut none = b"Obj\x01".to_vec();
    put_long(&mut none, 0);
    none.extend_from_slice(&SYNC);
    assert!(error(none).await.message.contains("no `avro.schema`"));
}

#[tokio::test]
async fn blocks_that_grow_too_much_are_stopped() {
    let (schema, plain) = texts(&["x"]);
    let row = plain.repeat(16 << 20);
    let mut bytes = header(&schema, "zstandard");
    let packed = zstd::stream::encode_all(&row[..], 3).unwrap();
    for _ in 0..4 {
        block(&mut bytes, 16 << 20, &packed);
    }
    let refused = error(bytes).await;
    assert!(refused.message.contains("more than 100 times"), "{refused}");
    let mut bytes = header(&schema, "snappy");
    let huge = snap::raw::Encoder::new().compress_vec(&vec![0; 65 << 20]).unwrap();
    block(&mut bytes, 1, &[&huge[..], &[0; 4]].concat());
    let refused = error(bytes).await;
    assert!(refused.message.contains("expands to more than"), "{refused}");
}
