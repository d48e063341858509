//! Files of every format: the first byte chooses the format, two more how it is written, the rest is the file.
#![no_main]

use std::sync::{Arc, LazyLock};

use lakehead_connect::format::{Decoder, FileError, Projection, Shape};
use lakehead_model::format::{Compression, DataFormat, Encoding, FormatKind};
use lakehead_model::mapping::parse_attribute;
use lakehead_model::plan::PlannedObject;
use libfuzzer_sys::fuzz_target;
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().expect("a runtime"));

fn format(choice: u8, how: u8, marks: u8) -> DataFormat {
    let kinds = [FormatKind::Delimited, FormatKind::Json, FormatKind::Parquet, FormatKind::Avro];
    let mut format = DataFormat::new(kinds[usize::from(choice & 3)]);
    let packed = [
        None, Some(Compression::Gzip), Some(Compression::Deflate), Some(Compression::Bzip2), Some(Compression::ZipDeflate),
        Some(Compression::TarGzip), Some(Compression::Tar), Some(Compression::Zstd), Some(Compression::Xz),
        Some(Compression::Lz4), Some(Compression::Snappy), Some(Compression::TarZstd), None, None, None, None,
    ];
    if format.kind != FormatKind::Parquet {
        format.compression = packed[usize::from(choice >> 4)];
    }
    format.dialect.header = how & 1 == 0;
    format.dialect.quote = [Some(b'"'), Some(b'\''), None, Some(b'"')][usize::from(how >> 1 & 3)];
    format.dialect.escape = [None, Some(b'\\'), None, Some(b'^')][usize::from(how >> 3 & 3)];
    format.column_delimiter = [b',', b'\t', b'|', b';'][usize::from(marks & 3)];
    if marks & 4 != 0 {
        format.dialect.null_markers = vec!["NULL".to_owned(), "-".to_owned()];
    }
    if marks & 8 != 0 {
        format.encoding = Encoding::Utf16;
    }
    format
}

fn projection(all: bool) -> Projection {
    let mut projection = Projection { all, ..Projection::default() };
    for name in ["a", "b.c", "_c0"] {
        projection.add(&parse_attribute(name).expect("a path"), Shape::Scalar).expect("one shape");
    }
    projection
}

async fn read(bytes: &[u8], format: &DataFormat, projection: &Projection) -> Result<(), FileError> {
    let (store, path): (Arc<dyn ObjectStore>, _) = (Arc::new(InMemory::new()), Path::from("file"));
    store.put(&path, bytes.to_vec().into()).await.expect("room");
    let meta = store.head(&path).await.expect("the file");
    let modified = meta.last_modified.timestamp_millis();
    let object = PlannedObject::pin("box", "file", meta.e_tag, meta.version, meta.size, modified);
    let mut decoder = Decoder::open(&store, &object, format, projection).await?;
    let mut next = 1;
    while let Some(mut piece) = decoder.next().await? {
        while let Some(batch) = piece.decode()? {
            // Every row has its number, and no number is there twice.
            let mut numbers: Vec<u64> = (0..batch.batch.num_rows()).map(|row| batch.rows.get(row)).collect();
            numbers.extend(batch.bad_rows.iter().map(|row| row.row));
            numbers.sort_unstable();
            for number in numbers {
                assert_eq!(number, next, "rows are counted");
                next += 1;
            }
        }
    }
    Ok(())
}

fuzz_target!(|input: &[u8]| {
    let [choice, how, marks, file @ ..] = input else { return };
    let (format, projection) = (format(*choice, *how, *marks), projection(choice & 4 != 0));
    if let Err(error) = RUNTIME.block_on(read(file, &format, &projection)) {
        assert!(!error.message.is_empty() && error.message.len() < 4096, "a short reason: {}", error.message);
    }
});
