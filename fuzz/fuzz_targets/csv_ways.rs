//! Delimited files as RFC 4180 describes them are read by our scanner and one character after the other: both find the same
//! fields.
#![no_main]

use std::sync::{Arc, LazyLock};

use arrow::array::AsArray as _;
use lakehead_connect::format::{Decoder, FileError, Projection};
use lakehead_model::format::{DataFormat, FormatKind};
use lakehead_model::plan::PlannedObject;
use libfuzzer_sys::fuzz_target;
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().expect("a runtime"));

/// Fields of a record; null and empty are the same here.
type Record = Vec<String>;

/// Good records, and how many bad ones there are.
async fn ours(bytes: &[u8]) -> Result<(Vec<Record>, usize), FileError> {
    let (store, path): (Arc<dyn ObjectStore>, _) = (Arc::new(InMemory::new()), Path::from("file"));
    store.put(&path, bytes.to_vec().into()).await.expect("room");
    let meta = store.head(&path).await.expect("the file");
    let modified = meta.last_modified.timestamp_millis();
    let object = PlannedObject::pin("box", "file", meta.e_tag, meta.version, meta.size, modified);
    let mut format = DataFormat::new(FormatKind::Delimited);
    format.dialect.header = false;
    let projection = Projection { all: true, ..Projection::default() };
    let mut decoder = Decoder::open(&store, &object, &format, &projection).await?;
    let (mut records, mut bad) = (Vec::new(), 0);
    while let Some(mut piece) = decoder.next().await? {
        while let Some(found) = piece.decode()? {
            bad += found.bad_rows.len();
            for row in 0..found.batch.num_rows() {
                let text = |column: &arrow::array::ArrayRef| {
                    let column = column.as_string_view();
                    if arrow::array::Array::is_null(column, row) { String::new() } else { column.value(row).to_owned() }
                };
                records.push(found.batch.columns().iter().map(text).collect());
            }
        }
    }
    Ok((records, bad))
}

/// The same, one character after the other as the standard says it; records of another width than the first are bad.
fn theirs(text: &str) -> (Vec<Record>, usize) {
    let (mut all, mut record, mut field) = (Vec::new(), Record::new(), String::new());
    let (mut quoted, mut blank, mut chars) = (false, true, text.chars().peekable());
    while let Some(char) = chars.next() {
        blank &= char == '\n' || char == '\r';
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                let whole = std::mem::take(&mut record);
                all.extend((!blank).then_some(whole));
                blank = true;
            }
            char => field.push(char),
        }
    }
    if !blank {
        record.push(field);
        all.push(record);
    }
    let width = all.first().map_or(0, Vec::len);
    let count = all.len();
    all.retain(|record| record.len() == width);
    let bad = count - all.len();
    (all, bad)
}

/// Whether the two have the same idea of such a text: line breaks are `\n` or `\r\n`, a quote is closed before the end, and
/// nothing stands between a closing quote and the next mark.
fn is_usual(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut quoted, mut begin, mut at) = (false, true, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' if quoted => match bytes.get(at + 1) {
                Some(b'"') => at += 1,
                None | Some(b',' | b'\n') => quoted = false,
                Some(b'\r') if bytes.get(at + 2) == Some(&b'\n') => quoted = false,
                Some(_) => return false,
            },
            b'"' if begin => quoted = true,
            b'\r' if !quoted && bytes.get(at + 1) != Some(&b'\n') => return false,
            _ => {}
        }
        begin = !quoted && matches!(byte, b',' | b'\n');
        at += 1;
    }
    !quoted
}

fuzz_target!(|text: &str| {
    let text = text.trim_start_matches('\u{feff}');
    // Whether a blank line is a record depends on the width, and the first record decides on that.
    if text.len() > 1 << 16 || text.starts_with(['\r', '\n']) || !is_usual(text) {
        return;
    }
    let Ok((found, bad)) = RUNTIME.block_on(ours(text.as_bytes())) else { return };
    let (mut expected, expected_bad) = theirs(text);
    let mut found = found;
    if expected.first().is_some_and(|record| record.len() == 1) {
        // In a file of one column a blank line is a record, which is null.
        let blank = |record: &Record| record.iter().all(String::is_empty);
        found.retain(|record| !blank(record));
        expected.retain(|record| !blank(record));
    }
    assert_eq!((found, bad), (expected, expected_bad), "{text:?}");
});
