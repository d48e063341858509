//! Whole jobs in this process: what lands is read back from the Parquet files.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, OnceLock, mpsc};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use iceberg::spec::{StructType, deserialize_data_file_from_json};
use lakehead_connect::connector::ConnectError;
use lakehead_connect::net::EgressPolicy;
use lakehead_model::format::{DataFormat, FormatKind};
use lakehead_model::mapping::{Rule, RuleSource, parse_attribute, parse_destination};
use lakehead_model::plan::PlannedObject;
use lakehead_model::xdm::{Field, FieldType};
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::link::Link;
use super::protocol::{Ack, DataFileInfo, Event, IngestJob, LandedObject, Limits, SourceAccess};
use super::{Open, ingest};
use crate::layout;

/// A supervisor's end: collects events and answers intents.
struct Pipe {
    events: mpsc::Sender<Event>,
    link: Arc<OnceLock<Arc<Link>>>,
    line: Vec<u8>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.line.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let event: Event = serde_json::from_slice(&self.line)?;
        self.line.clear();
        if let Event::Intent { id, .. } = &event {
            let answer = serde_json::to_string(&Ack { ack: *id })?;
            let link = Arc::clone(self.link.get().unwrap());
            // The link is locked while it speaks.
            std::thread::spawn(move || link.acknowledge(&answer));
        }
        let _ = self.events.send(event);
        Ok(())
    }
}

async fn run(job: IngestJob, store: &Arc<dyn ObjectStore>) -> Result<Vec<Event>, String> {
    let (send, events) = mpsc::channel();
    let link = Arc::new(OnceLock::new());
    let pipe = Pipe { events: send, link: Arc::clone(&link), line: Vec::new() };
    let ours = Arc::new(Link::new(Box::new(pipe)));
    assert!(link.set(Arc::clone(&ours)).is_ok());
    let store = Arc::clone(store);
    let open: Arc<Open> = Arc::new(move |_: &SourceAccess, _: &str| Ok::<_, ConnectError>(Arc::clone(&store)));
    ingest::ingest(job, ours, open).await?;
    Ok(events.try_iter().collect())
}

async fn put(store: &Arc<dyn ObjectStore>, key: &str, bytes: impl Into<bytes::Bytes>) -> PlannedObject {
    let path = object_store::path::Path::from(key);
    store.put(&path, bytes.into().into()).await.unwrap();
    let meta = store.head(&path).await.unwrap();
    PlannedObject::pin("box", key, meta.e_tag, meta.version, meta.size, meta.last_modified.timestamp_millis())
}

fn fields() -> Vec<Field> {
    let field = |name: &str, ty, required| Field::new(name, ty, required);
    let name = FieldType::Object(vec![field("first", FieldType::String, false)]);
    vec![
        field("_id", FieldType::Long, true),
        field("person", FieldType::Object(vec![field("name", name, false)]), false),
        field("joined", FieldType::DateTime, false),
    ]
}

fn rules() -> Vec<Rule> {
    [("id", "_id"), ("name", "person.name.first"), ("at", "joined")]
        .map(|(source, destination)| Rule {
            source: RuleSource::Attribute(parse_attribute(source).unwrap()),
            destination: parse_destination(destination).unwrap(),
        })
        .to_vec()
}

fn job(folder: &Path, kind: FormatKind, objects: Vec<PlannedObject>) -> IngestJob {
    IngestJob {
        run_id: "run1".into(),
        epoch: 2,
        attempt: 3,
        batch_id: "B".into(),
        ingest_time_ms: 1000,
        source: SourceAccess { spec_id: "x".into(), login: String::new().into(), egress: EgressPolicy::default() },
        objects,
        format: DataFormat::new(kind),
        keys: None,
        mapping: Some(rules()),
        fields: fields(),
        schema: serde_json::to_value(layout::iceberg_schema(&fields()).unwrap()).unwrap(),
        data_dir: folder.join("data"),
        diagnostics_dir: folder.join("diagnostics"),
        limits: Limits::default(),
        isolate: false,
    }
}

/// Landed objects by place, failures by place, and the files.
fn outcome(events: &[Event]) -> (Vec<LandedObject>, Vec<(usize, String)>, Vec<DataFileInfo>) {
    let (mut landed, mut failed, mut data_files) = (Vec::new(), Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Landed { objects, files } => {
                landed.extend(objects.iter().cloned());
                data_files.extend(files.iter().cloned());
            }
            Event::Failed { index, message, .. } => failed.push((*index, message.clone())),
            _ => {}
        }
    }
    landed.sort_by_key(|object| object.index);
    failed.sort();
    (landed, failed, data_files)
}

fn read_back(files: &[DataFileInfo]) -> RecordBatch {
    let mut batches = Vec::new();
    for file in files {
        let path = crate::lake::local_path(&file.path);
        let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap();
        batches.extend(reader.build().unwrap().map(Result::unwrap));
    }
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

fn ids(batch: &RecordBatch) -> Vec<i64> {
    let mut ids = batch.column(0).as_primitive::<Int64Type>().values().to_vec();
    ids.sort_unstable();
    ids
}

fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

fn parquet_file(ids: std::ops::Range<i64>) -> Vec<u8> {
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(ids.clone().map(|id| format!("n{id}"))));
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(ids));
    let batch = RecordBatch::try_from_iter([("id", ids), ("name", names)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_lands_nested_and_typed() {
    let csv = "id,name,at\n1,Ada,2024-01-02T03:04:05Z\n2,,\n";
    let json = "{\"id\":1,\"name\":\"Ada\",\"at\":\"2024-01-02T03:04:05Z\"}\n{\"id\":2}\n";
    for (kind, bytes) in [
        (FormatKind::Delimited, csv.as_bytes().to_vec()),
        (FormatKind::Json, json.as_bytes().to_vec()),
        (FormatKind::Parquet, parquet_file(1..3)),
    ] {
        let (store, folder) = (memory(), tempfile::tempdir().unwrap());
        let object = put(&store, "in/file", bytes).await;
        let (landed, failed, files) = outcome(&run(job(folder.path(), kind, vec![object]), &store).await.unwrap());
        assert_eq!((landed.len(), failed.len(), files.len()), (1, 0, 1), "{kind:?}: {failed:?}");
        assert_eq!((landed[0].rows_read, landed[0].rows_written, landed[0].rows_rejected), (2, 2, 0));
        let batch = read_back(&files);
        assert_eq!(ids(&batch), [1, 2]);
        let first = batch.column(1).as_struct().column(0).as_struct().column(0).as_string::<i32>();
        assert!(matches!(first.value(0), "Ada" | "n1"));
        assert_eq!(first.is_null(1), kind != FormatKind::Parquet);
        let system = batch.column(3).as_struct();
        assert_eq!(system.column(2).as_string::<i32>().value(1), "in/file");
        assert_eq!(system.column(3).as_primitive::<Int64Type>().values(), &[1, 2]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_files_describe_themselves() {
    let (store, folder) = (memory(), tempfile::tempdir().unwrap());
    let object = put(&store, "a.csv", "id,name\n7,x\n3,\n").await;
    let events = run(job(folder.path(), FormatKind::Delimited, vec![object]), &store).await.unwrap();
    let (_, _, files) = outcome(&events);
    let intents: Vec<_> = events
        .iter()
        .filter_map(|event| if let Event::Intent { path, .. } = event { Some(path) } else { None })
        .collect();
    assert_eq!(intents, [&files[0].path], "every file is announced");
    assert!(files[0].path.starts_with("file:///") && files[0].path.contains("/data/run1-2-3-00000-"));
    let schema = layout::iceberg_schema(&fields()).unwrap();
    let file = deserialize_data_file_from_json(&files[0].data_file_json, 0, &StructType::new(vec![]), &schema).unwrap();
    assert_eq!((file.record_count(), file.file_size_in_bytes()), (2, files[0].bytes));
    assert_eq!(file.lower_bounds()[&1], iceberg::spec::Datum::long(3));
    assert_eq!(file.upper_bounds()[&1], iceberg::spec::Datum::long(7));
    let first_name = schema.field_id_by_name("person.name.first").unwrap();
    assert_eq!(file.null_value_counts()[&first_name], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_and_rejected_rows_are_counted_and_explained() {
    let (store, folder) = (memory(), tempfile::tempdir().unwrap());
    let text = "id,name,at\n1,a,\n2,b\nx,c,never\n,d,\n5,e,never\n";
    let object = put(&store, "a.csv", text).await;
    let events = run(job(folder.path(), FormatKind::Delimited, vec![object]), &store).await.unwrap();
    let (landed, _, files) = outcome(&events);
    assert_eq!((landed[0].rows_read, landed[0].rows_written, landed[0].rows_rejected), (5, 2, 3));
    let codes: Vec<_> = landed[0].errors.iter().map(|(code, error)| (code.as_str(), error.count)).collect();
    assert_eq!(codes, [("DCVS-1104-400", 1), ("INGEST-1401-400", 1), ("INGEST-1555-400", 1)]);
    assert_eq!(landed[0].warnings.values().sum::<u64>(), 3, "one id, two dates");
    assert_eq!(ids(&read_back(&files)), [1, 5]);
    let Some(Event::Done { row_error_files, reported_rows }) = events.last() else { panic!("the job is done") };
    assert_eq!((row_error_files.len(), *reported_rows), (3, 3));
    let conversion = folder.path().join("diagnostics/row_errors/conversion_errors_0.json");
    let line: serde_json::Value = serde_json::from_slice(&std::fs::read(conversion).unwrap()).unwrap();
    assert_eq!((&line["id"], &line["_row"], &line["_filename"]), (&"x".into(), &3.into(), &"a.csv".into()));
    assert_eq!(line["_errors"][0]["column"], "_id");
    let parsing = std::fs::read(folder.path().join("diagnostics/row_errors/parsing_errors_0.json")).unwrap();
    let line: serde_json::Value = serde_json::from_slice(&parsing).unwrap();
    assert_eq!((&line["_corrupt_record"], &line["_row"]), (&"2,b".into(), &2.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_objects_leave_nothing_and_harm_nobody() {
    let (store, folder) = (memory(), tempfile::tempdir().unwrap());
    let whole = parquet_file(0..5000);
    let mut objects = vec![
        put(&store, "good1", parquet_file(0..10)).await,
        put(&store, "cut", whole[..whole.len() - 100].to_vec()).await,
        put(&store, "tiny", &b"PAR1"[..]).await,
        put(&store, "changed", parquet_file(90..95)).await,
        put(&store, "good2", parquet_file(10..20)).await,
    ];
    put(&store, "changed", parquet_file(80..85)).await;
    objects.push(PlannedObject { key: "gone".into(), ..objects[0].clone() });
    for isolate in [false, true] {
        let mut job = IngestJob { isolate, ..job(folder.path(), FormatKind::Parquet, objects.clone()) };
        job.limits.lanes = 1;
        let (landed, failed, files) = outcome(&run(job, &store).await.unwrap());
        assert_eq!(landed.iter().map(|object| object.index).collect::<Vec<_>>(), [0, 4]);
        assert_eq!(failed.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 2, 3, 5]);
        assert!(failed[2].1.contains("changed"), "{failed:?}");
        assert_eq!(ids(&read_back(&files)), (0..20).collect::<Vec<_>>());
        assert_eq!(files.len() > 1, isolate, "small objects share files unless isolated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_object_that_breaks_late_takes_its_files_along() {
    let (store, folder) = (memory(), tempfile::tempdir().unwrap());
    let name = "x".repeat(500);
    let mut text = String::from("[");
    for id in 0..90_000 {
        use std::fmt::Write as _;
        write!(text, "{{\"id\":{id},\"name\":\"{name}{id}\"}},").unwrap();
    }
    let broken = put(&store, "broken.json", text.clone()).await;
    text.pop();
    text.push(']');
    let good = put(&store, "good.json", text).await;
    let mut job = job(folder.path(), FormatKind::Json, vec![broken, good]);
    job.limits.target_file_bytes = 64 << 10;
    let (landed, failed, files) = outcome(&run(job, &store).await.unwrap());
    assert_eq!((landed.len(), failed.len()), (1, 1));
    assert_eq!(landed[0].rows_written, 90_000);
    assert_eq!(files.iter().map(|file| file.records).sum::<u64>(), 90_000);
    let on_disk = std::fs::read_dir(folder.path().join("data")).unwrap().count();
    assert_eq!(on_disk, files.len(), "nothing of the broken object is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_that_share_an_object_lose_no_row_and_no_number() {
    use std::fmt::Write as _;
    let (store, folder) = (memory(), tempfile::tempdir().unwrap());
    let mut csv = String::from("id,name\n");
    let mut ndjson = String::new();
    for row in 1..=120_000 {
        // Every thousandth row is rejected, every seventh name has a line break and a quote in it.
        let id = if row % 1000 == 0 { String::new() } else { row.to_string() };
        let name = "x".repeat(500);
        let (quoted, escaped) = if row % 7 == 0 { ("\n\"\"", "\\n\\\"") } else { ("", "") };
        writeln!(csv, "{id},\"{name}{quoted}\"").unwrap();
        writeln!(ndjson, "{{\"id\":\"{id}\",\"name\":\"{name}{escaped}\"}}").unwrap();
    }
    for (kind, text) in [(FormatKind::Delimited, csv), (FormatKind::Json, ndjson)] {
        let object = put(&store, "big", text).await;
        let folder = folder.path().join(format!("{kind:?}"));
        let mut job = job(&folder, kind, vec![object]);
        job.limits.lanes = 3;
        let (landed, failed, files) = outcome(&run(job, &store).await.unwrap());
        assert!(failed.is_empty(), "{failed:?}");
        let of_object = &landed[0];
        assert_eq!((of_object.rows_read, of_object.rows_written, of_object.rows_rejected), (120_000, 119_880, 120));
        assert_eq!(of_object.errors.values().map(|error| error.count).sum::<u64>(), 120);
        let batch = read_back(&files);
        let system = batch.column_by_name(layout::SYSTEM_COLUMN).unwrap().as_struct();
        let numbers = system.column_by_name("sourceRow").unwrap().as_primitive::<Int64Type>();
        let ids = batch.column(0).as_primitive::<Int64Type>();
        let mut pairs: Vec<_> = ids.values().iter().copied().zip(numbers.values().iter().copied()).collect();
        pairs.sort_unstable();
        let expected: Vec<_> = (1..=120_000).filter(|row| row % 1000 != 0).map(|row| (row, row)).collect();
        assert!(pairs == expected, "every row once, under its number");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_mapping_ends_the_job() {
    let (store, folder) = (memory(), tempfile::tempdir().unwrap());
    let object = put(&store, "a.csv", "id\n1\n").await;
    let mut job = job(folder.path(), FormatKind::Delimited, vec![object]);
    job.mapping = Some(vec![Rule { destination: parse_destination("nope").unwrap(), ..rules()[0].clone() }]);
    let error = run(job, &store).await.unwrap_err();
    assert!(error.contains("`nope`"), "{error}");
}

#[test]
fn the_login_is_in_no_debug_text() {
    let mut job = job(Path::new("/"), FormatKind::Json, vec![]);
    job.source.login = "canary".to_owned().into();
    assert!(!format!("{job:?}").contains("canary"));
    let wire = serde_json::to_string(&job).unwrap();
    assert!(wire.contains("canary"), "the worker needs it");
}
