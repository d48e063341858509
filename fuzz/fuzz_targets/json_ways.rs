//! JSON records are decoded in two ways, a quick one for usual records and Arrow's for all: both give the same rows.
#![no_main]

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, RecordBatch};
use lakehead_connect::format::{Decoder, FileError, Projection, Shape, Wanted};
use lakehead_model::format::{DataFormat, FormatKind};
use lakehead_model::plan::PlannedObject;
use libfuzzer_sys::fuzz_target;
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().expect("a runtime"));

/// A list in the schema keeps the quick way out; files that have it are not looked at.
const LIST: &str = "a list that is never there";

fn projection(with_list: bool) -> Projection {
    let wanted = |name: &str, shape| Wanted { name: name.to_owned(), shape };
    let inner = Shape::Object(vec![
        wanted("c", Shape::Scalar),
        wanted("d", Shape::Object(vec![wanted("e", Shape::Scalar)])),
    ]);
    let mut roots = vec![wanted("a", Shape::Scalar), wanted("b", inner), wanted("f", Shape::Scalar)];
    if with_list {
        roots.push(wanted(LIST, Shape::List(Box::new(Shape::Scalar))));
    }
    Projection { roots, ..Projection::default() }
}

/// Rows by number, and the numbers and texts of bad ones.
#[derive(Debug, Default, PartialEq)]
struct Read {
    rows: Vec<(u64, Vec<ArrayRef>)>,
    bad: Vec<u64>,
    error: Option<String>,
}

impl Read {
    fn add(&mut self, batch: &RecordBatch, number: impl Fn(usize) -> u64) {
        for row in 0..batch.num_rows() {
            let columns = batch.columns().iter().take(3).map(|column| column.slice(row, 1)).collect();
            self.rows.push((number(row), columns));
        }
    }
}

async fn read(store: &Arc<dyn ObjectStore>, object: &PlannedObject, projection: &Projection) -> Read {
    let mut read = Read::default();
    let result: Result<(), FileError> = async {
        let format = DataFormat::new(FormatKind::Json);
        let mut decoder = Decoder::open(store, object, &format, projection).await?;
        while let Some(mut piece) = decoder.next().await? {
            while let Some(batch) = piece.decode()? {
                read.add(&batch.batch, |row| batch.rows.get(row));
                read.bad.extend(batch.bad_rows.iter().map(|row| row.row));
            }
        }
        Ok(())
    }
    .await;
    read.error = result.err().map(|error| error.message);
    read
}

fuzz_target!(|input: &[u8]| {
    if input.len() > 1 << 16 || String::from_utf8_lossy(input).contains(LIST) {
        return;
    }
    RUNTIME.block_on(async {
        let (store, path): (Arc<dyn ObjectStore>, _) = (Arc::new(InMemory::new()), Path::from("file"));
        store.put(&path, input.to_vec().into()).await.expect("room");
        let meta = store.head(&path).await.expect("the file");
        let modified = meta.last_modified.timestamp_millis();
        let object = PlannedObject::pin("box", "file", meta.e_tag, meta.version, meta.size, modified);
        let quick = read(&store, &object, &projection(false)).await;
        let arrows = read(&store, &object, &projection(true)).await;
        assert_eq!(quick, arrows, "{}", String::from_utf8_lossy(input));
    });
});
