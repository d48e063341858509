//! Headers and dialects as real buckets have them.

use super::*;
use crate::format::{
    Decoder, preview,
    tests::{batches, csv, memory, numbered, put, read, wanted},
};

/// Header and rows of a file, a null as `-`.
async fn table(text: &[u8], format: &DataFormat) -> Vec<Vec<String>> {
    let store = memory();
    let object = put(&store, "file", text.to_vec()).await;
    let projection = Projection { all: true, ..Projection::default() };
    let mut decoder = Decoder::open(&store, &object, format, &projection).await.unwrap();
    let Decoder::Delimited(inner) = &decoder else { panic!("not delimited") };
    let mut lines = vec![inner.schema().fields().iter().map(|field| field.name().clone()).collect()];
    for batch in batches(&mut decoder).await.unwrap() {
        assert!(batch.bad_rows.is_empty(), "{:?}", batch.bad_rows);
        let texts = batch.batch.columns().iter().map(|column| {
            use arrow::array::AsArray;
            column.as_string_view().iter().map(|text| text.unwrap_or("-").to_owned()).collect::<Vec<_>>()
        });
        let columns: Vec<_> = texts.collect();
        lines.extend((0..batch.batch.num_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()));
    }
    lines
}

fn dialect(dialect: Dialect) -> DataFormat {
    DataFormat { dialect, ..csv() }
}

#[tokio::test]
async fn names_are_made_up_where_the_header_has_none_or_the_same() {
    for (header, expected) in [
        ("a,b,a,a", ["a", "b", "a_2", "a_3"]),
        ("a,a_2,a,a", ["a", "a_2", "a_3", "a_4"]),
        ("a,a,a_2,a", ["a", "a_3", "a_2", "a_4"]),
        (",b,c,d", ["_c0", "b", "c", "d"]),
        ("a,,c, ", ["a", "_c1", "c", "_c3"]),
        ("_c1,,c,d", ["_c1", "_c1_2", "c", "d"]),
        ("A,a,\"a b\",é", ["A", "a", "a b", "é"]),
    ] {
        let lines = table(format!("{header}\n1,2,3,4\n").as_bytes(), &csv()).await;
        assert_eq!(lines, [expected, ["1", "2", "3", "4"]], "{header}");
    }
}

#[tokio::test]
async fn a_file_without_a_header_has_numbered_columns() {
    let format = dialect(Dialect { header: false, ..Dialect::usual() });
    let lines = table(b"\xef\xbb\xbf1,x\n2,\"y\"\n", &format).await;
    assert_eq!(lines, [["_c0", "_c1"], ["1", "x"], ["2", "y"]]);
    let (rows, bad) = read("1,x\n2\n3,z\n", &format, &wanted(&["_c1"])).await.unwrap();
    assert_eq!((rows, bad.len(), bad[0].row), (numbered(&[(1, "x"), (3, "z")]), 1, 2));
    let error = read("1,x\n", &format, &wanted(&["id"])).await.unwrap_err();
    assert!(error.message.contains("`_c0`") && error.message.contains("`id`"), "{error}");
}

#[tokio::test]
async fn other_encodings_are_read_and_what_is_none_is_reported() {
    let format = DataFormat { encoding: Encoding::Utf16, column_delimiter: b'\t', ..csv() };
    let text = "\u{feff}näme\tb\r\n1\t\"😀\nx\"\r\n2\ty\r\n";
    for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let mut bytes: Vec<u8> = text.encode_utf16().flat_map(to_bytes).collect();
        assert_eq!(table(&bytes, &format).await, [["näme", "b"], ["1", "😀\nx"], ["2", "y"]]);
        let lone: Vec<u8> = [u16::from(b'3'), 0xD83D, 9, 0x7a, 10].into_iter().flat_map(to_bytes).collect();
        bytes.extend(lone);
        let (rows, bad) = read(bytes, &format, &wanted(&["näme"])).await.unwrap();
        assert_eq!((rows, bad.len(), bad[0].row), (numbered(&[(1, "1"), (2, "2")]), 1, 3));
        assert!(bad[0].message.contains("encoding"), "{}", bad[0].message);
    }
}

#[tokio::test]
async fn null_and_empty_are_told_apart() {
    let lines = table(b"a,b\n,\"\"\n\"\",\nNULL,\"NULL\"\n", &csv()).await;
    assert_eq!(lines[1..], [["-", ""], ["", "-"], ["NULL", "NULL"]]);
    let null_markers = vec!["NULL".to_owned(), "\\N".to_owned()];
    let format = dialect(Dialect { null_markers, escape: Some(b'\\'), ..Dialect::usual() });
    let lines = table(b"a,b\nNULL,\"NULL\"\n\\N,\"\\N\"\n,NULLS\n", &format).await;
    assert_eq!(lines[1..], [["-", "NULL"], ["-", "\\N"], ["-", "NULLS"]]);
}

#[tokio::test]
async fn quotes_and_escapes_are_what_is_declared() {
    let single = dialect(Dialect { quote: Some(b'\''), ..Dialect::usual() });
    let lines = table(b"a,b\n'x, ''y''\n z',\"q\"\n", &single).await;
    assert_eq!(lines[1], ["x, 'y'\n z", "\"q\""]);
    let none = dialect(Dialect { quote: None, ..Dialect::usual() });
    let lines = table(b"a,b\n\"x,y\"\n\"\",'\n", &none).await;
    assert_eq!(lines[1..], [["\"x", "y\""], ["\"\"", "'"]]);

    let backslash = dialect(Dialect { escape: Some(b'\\'), ..Dialect::usual() });
    for (row, expected) in [
        (&br#""say \"hi\"",x"#[..], ["say \"hi\"", "x"]),
        (br#""say ""hi""",x"#, ["say \"hi\"", "x"]),
        (br#""C:\new\\",x"#, ["C:\\new\\", "x"]),
        (br"a\,b,x\\y", ["a,b", "x\\y"]),
        (b"\"a\\\nb\",c\\\nd", ["a\nb", "c\nd"]),
        (br"C:\temp,\x", ["C:\\temp", "\\x"]),
        (br#""\\\"",\\"#, ["\\\"", "\\"]),
    ] {
        let text = [b"a,b\n", row, b"\r\n"].concat();
        assert_eq!(table(&text, &backslash).await[1], expected, "{}", String::from_utf8_lossy(row));
    }
    let bare = dialect(Dialect { escape: Some(b'\\'), quote: None, ..Dialect::usual() });
    assert_eq!(table(b"a,b\n\"x\\,y\",\\", &bare).await[1], ["\"x,y\"", "\\"]);
    for open in [&b"a,b\n\"x\\\",y\n"[..], b"a,b\n\"x\\"] {
        let (rows, bad) = read(open.to_vec(), &backslash, &wanted(&["a"])).await.unwrap();
        assert_eq!((rows.len(), bad.len()), (0, 1), "{bad:?}");
    }
}

/// What a field means does not depend on where blocks end.
#[tokio::test]
async fn escapes_at_the_end_of_a_block_are_not_torn_apart() {
    let backslash = dialect(Dialect { escape: Some(b'\\'), ..Dialect::usual() });
    let row = b"\"\\\"\\\\x\\\"\",a\\,\\\\b\n";
    let mut text = b"a,b\n".to_vec();
    text.extend(row.repeat(2 * BLOCK_BYTES / row.len()));
    for shift in 0..row.len() {
        let mut text = text.clone();
        text.splice(4..4, [vec![b'z'; shift], b",\n".to_vec()].concat());
        let (rows, bad) = read(text, &backslash, &wanted(&["b"])).await.unwrap();
        assert!(bad.is_empty() && rows[1..].iter().all(|(_, b)| b.as_deref() == Some("a,\\b")), "{shift}");
    }
}

#[tokio::test]
async fn files_without_rows_are_no_errors() {
    for (text, names) in [(&b"a,b\n"[..], vec!["a", "b"]), (b"a,b", vec!["a", "b"]), (b"\xef\xbb\xbf", vec![])] {
        assert_eq!(table(text, &csv()).await, [names], "{text:?}");
    }
    for kind in lakehead_model::format::FormatKind::ALL {
        let (rows, bad) = read("", &DataFormat::new(kind), &wanted(&["a"])).await.unwrap();
        assert_eq!((rows.len(), bad.len()), (0, 0), "{kind:?}");
    }
}

#[tokio::test]
async fn a_long_header_is_a_header() {
    let names: Vec<String> = (0..5000).map(|number| format!("a column with a long name, number {number}")).collect();
    let quoted = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
    assert!(quoted.len() > 200_000);
    let lines = table(format!("{quoted}\n{}\n", vec!["x"; 5000].join(",")).as_bytes(), &csv()).await;
    assert_eq!((&lines[0], lines[1].len()), (&names, 5000));
    let store = memory();
    let object = put(&store, "f.csv", format!("{quoted}\n")).await;
    assert_eq!(preview(&store, &object, None, 10).await.unwrap().columns.len(), 5000);
}

#[tokio::test]
async fn wide_files_take_about_the_memory_of_their_text() {
    let names: Vec<String> = (0..2500).map(|column| format!("column_{column}")).collect();
    let row = vec!["a text of more than twelve bytes"; 2500].join(",");
    let text = format!("{}\n{}", names.join(","), format!("{row}\n").repeat(20));
    let size = text.len();
    let store = memory();
    let object = put(&store, "wide", text).await;
    let projection = Projection { all: true, ..Projection::default() };
    let mut decoder = Decoder::open(&store, &object, &csv(), &projection).await.unwrap();
    let held: usize =
        batches(&mut decoder).await.unwrap().iter().map(|batch| batch.batch.get_array_memory_size()).sum();
    assert!(held < 4 * size, "{held} bytes for {size}");
}

#[tokio::test]
async fn bad_rows_of_a_batch_are_limited_too() {
    let text = format!("a,b\n{}", "x\n".repeat(200_000));
    let store = memory();
    let object = put(&store, "bad", text).await;
    let mut decoder = Decoder::open(&store, &object, &csv(), &wanted(&["a"])).await.unwrap();
    let batches = batches(&mut decoder).await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.bad_rows.len()).sum::<usize>(), 200_000);
    assert!(batches.iter().all(|batch| batch.bad_rows.len() <= 65_536));
}

#[tokio::test]
async fn blocks_that_end_inside_a_character_lose_nothing() {
    // Of three bytes each: blocks end inside one again and again.
    let rows = 600_000;
    let text = format!("a\n{}", "日本語\n".repeat(rows));
    let (read, bad) = read(text, &csv(), &wanted(&["a"])).await.unwrap();
    assert_eq!((read.len(), bad.len()), (rows, 0));
    assert!(read.iter().all(|(_, text)| text.as_deref() == Some("日本語")));
}
