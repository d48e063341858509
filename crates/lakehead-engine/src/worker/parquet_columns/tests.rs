//! What is written comes back, with the statistics that the library would write.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, ListArray, StringViewArray,
    StructArray, TimestampMicrosecondArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Fields, Int64Type};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnPath;

use super::*;

fn properties() -> WriterProperties {
    let even = ColumnPath::from("even");
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_column_dictionary_enabled(even.clone(), false)
        .set_column_encoding(even, Encoding::DELTA_BINARY_PACKED)
        .build()
}

/// The batches as a file, by this module.
fn written(batches: &[RecordBatch], group_rows: usize) -> Bytes {
    let mut file = ParquetColumns::new(Vec::new(), batches[0].schema(), properties(), group_rows, 1 << 30).unwrap();
    for batch in batches {
        file.write(batch).unwrap();
    }
    file.finish().unwrap();
    Bytes::copy_from_slice(file.inner())
}

/// Checks that the batches come back as they are, and with the statistics that the library would have written.
fn comes_back(batches: &[RecordBatch], group_rows: usize) -> Bytes {
    let bytes = written(batches, group_rows);
    let schema = batches[0].schema();
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).unwrap();
    let read: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    let (read, all) = (concat_batches(&read[0].schema(), &read).unwrap(), concat_batches(&schema, batches).unwrap());
    for (index, field) in schema.fields().iter().enumerate() {
        let column = arrow::compute::cast(read.column(index), field.data_type()).unwrap();
        assert_eq!(&column, all.column(index), "{}", field.name());
    }
    let mut library = ArrowWriter::try_new(Vec::new(), schema, Some(properties())).unwrap();
    library.write(&all).unwrap();
    let theirs = SerializedFileReader::new(Bytes::from(library.into_inner().unwrap())).unwrap();
    let ours = SerializedFileReader::new(bytes.clone()).unwrap();
    if ours.metadata().num_row_groups() == 1 {
        for (ours, theirs) in
            ours.metadata().row_group(0).columns().iter().zip(theirs.metadata().row_group(0).columns())
        {
            let (mine, other) = (ours.statistics().unwrap(), theirs.statistics().unwrap());
            assert_eq!(mine.min_bytes_opt(), other.min_bytes_opt(), "least of {}", ours.column_path());
            assert_eq!(mine.max_bytes_opt(), other.max_bytes_opt(), "greatest of {}", ours.column_path());
            assert_eq!(mine.null_count_opt(), other.null_count_opt(), "nulls of {}", ours.column_path());
            assert_eq!(mine.min_is_exact(), other.min_is_exact(), "exactness of {}", ours.column_path());
            assert_eq!(ours.num_values(), theirs.num_values());
        }
    }
    bytes
}

fn encodings(bytes: &Bytes, column: usize) -> Vec<Encoding> {
    let file = SerializedFileReader::new(bytes.clone()).unwrap();
    file.metadata().row_group(0).column(column).encodings().collect()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

/// Numbers that look random and are the same every time.
fn noise(index: usize) -> u64 {
    (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

fn sometimes<T>(index: usize, value: T) -> Option<T> {
    (!noise(index * 7).is_multiple_of(5)).then_some(value)
}

fn of_every_type(rows: std::ops::Range<usize>) -> RecordBatch {
    let texts = |of: &dyn Fn(usize) -> Option<String>| Arc::new(rows.clone().map(of).collect::<StringViewArray>());
    let instants: TimestampMicrosecondArray = rows.clone().map(|i| sometimes(i, noise(i) as i64 / 1000)).collect();
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(
        rows.clone().map(|i| sometimes(i, (0..i % 4).map(|n| sometimes(n, n as i64)).collect::<Vec<_>>())),
    );
    batch(vec![
        ("few", texts(&|i| sometimes(i, format!("city {}", noise(i) % 20)))),
        ("few_long", texts(&|i| Some(format!("a rather long remark number {}", noise(i) % 50)))),
        ("unique", texts(&|i| Some(format!("customer-{:09}", noise(i))))),
        ("unlike", texts(&|i| sometimes(i, ["", "é", "a", "abcdefghijkl", "abcdefghijklm"][i % 5].repeat(i % 9)))),
        ("nothing", texts(&|_| None)),
        ("small", Arc::new(rows.clone().map(|i| sometimes(i, noise(i) as i32 % 9)).collect::<Int32Array>())),
        ("wide", Arc::new(rows.clone().map(|i| Some(noise(i) as i64)).collect::<Int64Array>())),
        ("even", Arc::new(rows.clone().map(|i| sometimes(i, 7 + i as i64)).collect::<Int64Array>())),
        ("days", Arc::new(rows.clone().map(|i| Some(noise(i) as i32 % 20_000)).collect::<Date32Array>())),
        ("instants", Arc::new(instants.with_timezone("+00:00"))),
        (
            "floating",
            Arc::new(rows.clone().map(|i| sometimes(i, f64::from(noise(i) as i32) / 8.0)).collect::<Float64Array>()),
        ),
        ("flags", Arc::new(rows.clone().map(|i| sometimes(i, i % 3 == 0)).collect::<BooleanArray>())),
        ("lists", Arc::new(lists)),
    ])
}

#[test]
fn rows_of_every_type_come_back_with_the_same_statistics() {
    comes_back(&[of_every_type(0..1)], 1 << 20);
    comes_back(&[of_every_type(0..100)], 1 << 20);
    let batches: Vec<_> = [0..9000, 9000..9001, 9001..60_000, 60_000..150_000].map(of_every_type).into();
    let bytes = comes_back(&batches, 1 << 20);
    assert!(encodings(&bytes, 0).contains(&Encoding::RLE_DICTIONARY));
    assert!(encodings(&bytes, 1).contains(&Encoding::RLE_DICTIONARY));
    assert!(!encodings(&bytes, 2).contains(&Encoding::RLE_DICTIONARY), "a dictionary of unique values is given up");
    assert!(encodings(&bytes, 7).contains(&Encoding::DELTA_BINARY_PACKED));
}

#[test]
fn row_groups_have_their_rows() {
    let bytes = comes_back(&[of_every_type(0..2500), of_every_type(2500..5000)], 1000);
    let file = SerializedFileReader::new(bytes).unwrap();
    let rows: Vec<_> =
        file.metadata().row_groups().iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).collect();
    assert_eq!(rows, [1000; 5]);
}

#[test]
fn objects_that_are_missing_have_no_members() {
    let members =
        Fields::from(vec![Field::new("name", DataType::Utf8View, true), Field::new("age", DataType::Int32, true)]);
    let of = |rows: usize, missing: Option<NullBuffer>| {
        let names: StringViewArray = (0..rows).map(|i| sometimes(i, format!("name {i}"))).collect();
        let ages: Int32Array = (0..rows).map(|i| sometimes(i + 3, i as i32)).collect();
        StructArray::new(members.clone(), vec![Arc::new(names), Arc::new(ages)], missing)
    };
    let half = |rows: usize| Some((0..rows).map(|i| noise(i).is_multiple_of(2)).collect::<NullBuffer>());
    let outer = |rows: usize, inner: StructArray, missing| {
        let fields = Fields::from(vec![Field::new("inner", inner.data_type().clone(), true)]);
        assert_eq!(inner.len(), rows);
        Arc::new(StructArray::new(fields, vec![Arc::new(inner)], missing)) as ArrayRef
    };
    let all = batch(vec![("outer", outer(3000, of(3000, None), None))]);
    let some = batch(vec![("outer", outer(3000, of(3000, half(3000)), half(3000)))]);
    // Members of a missing object are not there, whatever their array says.
    comes_back(&[all.clone(), some.clone()], 1 << 20);
    comes_back(&[some, all], 1 << 20);
}

#[test]
fn a_dictionary_that_grows_too_large_is_given_up_on_the_way() {
    // Few values for a while, then new ones only.
    let text = |i: usize| format!("a text of some length, number {:>40}", if i < 100_000 { i % 30_000 } else { i });
    let rows = |range: std::ops::Range<usize>| {
        batch(vec![("t", Arc::new(range.map(|i| Some(text(i))).collect::<StringViewArray>()))])
    };
    let bytes = comes_back(&[rows(0..70_000), rows(70_000..200_000)], 1 << 20);
    let found = encodings(&bytes, 0);
    assert!(found.contains(&Encoding::PLAIN), "{found:?}");
    // The same with a dictionary that early pages need.
    let text = |i: usize| format!("{:>60}", if i < 70_000 { i % 100 } else { i });
    let rows = |range: std::ops::Range<usize>| {
        batch(vec![("t", Arc::new(range.map(|i| Some(text(i))).collect::<StringViewArray>()))])
    };
    let bytes = comes_back(&[rows(0..150_000)], 1 << 20);
    let found = encodings(&bytes, 0);
    assert!(found.contains(&Encoding::RLE_DICTIONARY) && found.contains(&Encoding::PLAIN), "{found:?}");
}

/// The largest page of the first column, unpacked.
fn largest_page(bytes: &Bytes) -> usize {
    let file = SerializedFileReader::new(bytes.clone()).unwrap();
    let pages = file.get_row_group(0).unwrap().get_column_page_reader(0).unwrap();
    pages.map(|page| page.unwrap().buffer().len()).max().unwrap()
}

#[test]
fn texts_that_many_rows_share_do_not_make_large_pages() {
    // As a dictionary of a Parquet file gives them: little memory, many rows, and too large for a dictionary of ours.
    let long = |seed: usize| char::from(b'a' + seed as u8).to_string().repeat(60_000);
    let distinct: StringViewArray = (0..26).map(|seed| Some(long(seed))).collect();
    let places: arrow::array::UInt32Array = (0..20_000_u32).map(|row| Some(row % 26)).collect();
    let shared = arrow::compute::take(&distinct, &places, None).unwrap();
    let bytes = written(&[batch(vec![("t", shared)])], 1 << 20);
    assert!(largest_page(&bytes) < 4 << 20, "{}", largest_page(&bytes));
}

#[test]
fn a_dictionary_that_ends_late_leaves_pages_that_fit() {
    let text = |row: usize| format!("{:>5200}", if row < 60_000 { row % 195 } else { row });
    let rows = |range: std::ops::Range<usize>| {
        let distinct: StringViewArray = range.clone().map(|row| text(row % 195)).map(Some).take(195).collect();
        let places: arrow::array::UInt32Array = range.map(|row| Some((row % 195) as u32)).collect();
        batch(vec![("t", arrow::compute::take(&distinct, &places, None).unwrap())])
    };
    let new = batch(vec![("t", Arc::new((70_000..70_300).map(|row| Some(text(row))).collect::<StringViewArray>()))]);
    let bytes = written(&[rows(0..19_500), rows(19_500..39_000), new], 1 << 20);
    assert!(encodings(&bytes, 0).contains(&Encoding::PLAIN));
    assert!(largest_page(&bytes) < 10 << 20, "{}", largest_page(&bytes));
}

#[test]
fn bounds_of_long_texts_are_cut_between_characters() {
    for text in ["x".repeat(64), "x".repeat(65), "é".repeat(40), format!("{}\u{10FFFF}", "y".repeat(61))] {
        let texts: StringViewArray = [Some(text.as_str()), Some("m"), None].into_iter().collect();
        comes_back(&[batch(vec![("t", Arc::new(texts))])], 1 << 20);
    }
}

#[test]
fn what_is_not_a_number_has_no_bounds() {
    for numbers in [vec![f64::NAN], vec![f64::NAN, 1.5, -2.5], vec![0.0, -0.0], vec![f64::INFINITY, f64::MIN]] {
        comes_back(&[batch(vec![("n", Arc::new(Float64Array::from(numbers)))])], 1 << 20);
    }
}

#[test]
fn numbers_that_do_not_rise_evenly_come_back_too() {
    let wild: Int64Array = (0..1000).map(|i| noise(i) as i64).chain([i64::MIN, i64::MAX, 0]).collect();
    comes_back(&[batch(vec![("even", Arc::new(wild))])], 1 << 20);
    let one: Int64Array = vec![Some(5)].into();
    comes_back(&[batch(vec![("even", Arc::new(one))])], 1 << 20);
}

#[test]
fn values_that_collide_end_a_dictionary_and_not_the_run() {
    let mut places = dictionary::Places::new();
    let found: Vec<bool> = (0..65).map(|_| matches!(places.find(7, |_| false), dictionary::Found::New(_))).collect();
    assert_eq!(found.iter().filter(|new| **new).count(), 64);
    assert!(matches!(places.find(7, |_| false), dictionary::Found::GaveUp));
}
