//! Appends to a real table in a folder, read back through `iceberg`'s own scan.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field as ArrowField, Schema as ArrowSchema};
use futures::TryStreamExt;
use iceberg::arrow::schema_to_arrow_schema;
use iceberg::spec::{DataContentType, DataFileBuilder, DataFileFormat, Struct};
use lakehead_model::Scope;
use lakehead_model::xdm::{Field, FieldType};
use parquet::arrow::ArrowWriter;

use super::*;
use crate::lake::file_url;

/// Remembers what was announced, and that none of it was there before.
#[derive(Default)]
struct Announced(Mutex<Vec<String>>);

#[async_trait]
impl Intents for Announced {
    async fn announce(&self, path: &str) -> std::result::Result<(), BoxError> {
        assert!(!local_path(path).exists(), "announced after it was written");
        self.0.lock().unwrap().push(path.to_owned());
        Ok(())
    }
}

struct Refuses;

#[async_trait]
impl Intents for Refuses {
    async fn announce(&self, _: &str) -> std::result::Result<(), BoxError> {
        Err("no".into())
    }
}

fn labels(columns: &[(&str, &str)]) -> LabelProperties {
    columns.iter().map(|(name, label)| (format!("lakehead.column.{name}.labels"), (*label).to_owned())).collect()
}

/// The properties that tell labels, and how many others there are.
fn told(table: &Table) -> (LabelProperties, usize) {
    let (told, others): (LabelProperties, LabelProperties) =
        table.metadata().properties().clone().into_iter().partition(|(name, _)| name.starts_with("lakehead."));
    (told, others.len())
}

/// An empty table in a new lake: dataset `d` of sandbox `s`.
pub(crate) async fn lake(root: &Path) -> (Lake, Table) {
    let lake = Lake::new(root.join("lake"));
    let scope = Scope { org: "o".into(), sandbox_id: "s".into(), sandbox_name: "n".into() };
    let fields = [Field::new("id", FieldType::Long, false)];
    let location =
        lake.create_table(&scope, "d", &fields, &labels(&[("a", "core/C1"), ("id", "core/C2")])).await.unwrap();
    let table = lake.open_table("d", &location).await.unwrap();
    lake.data_dir(&scope, "d").await.unwrap();
    (lake, table)
}

/// A file with these ids, only their column: the system columns are read as nulls.
fn data_file(table: &Table, name: &str, ids: &[i64]) -> DataFile {
    let schema = schema_to_arrow_schema(table.metadata().current_schema()).unwrap();
    let id = schema.field_with_name("id").unwrap();
    let column = ArrowField::new("id", DataType::Int64, true).with_metadata(id.metadata().clone());
    let rows = Arc::new(Int64Array::from(ids.to_vec()));
    let batch = RecordBatch::try_new(Arc::new(ArrowSchema::new(vec![column])), vec![rows]).unwrap();
    let url = format!("{}/data/{name}.parquet", table.metadata().location());
    let file = std::fs::File::create_new(local_path(&url)).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    DataFileBuilder::default()
        .content(DataContentType::Data)
        .file_path(url.clone())
        .file_format(DataFileFormat::Parquet)
        .partition(Struct::empty())
        .partition_spec_id(0)
        .record_count(ids.len() as u64)
        .file_size_in_bytes(std::fs::metadata(local_path(&url)).unwrap().len())
        .build()
        .unwrap()
}

async fn ids(table: &Table) -> Vec<i64> {
    let batches: Vec<RecordBatch> =
        table.scan().select(["id"]).build().unwrap().to_arrow().await.unwrap().try_collect().await.unwrap();
    let columns = batches.iter().map(|batch| batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap());
    let mut ids: Vec<i64> = columns.flat_map(|column| column.values().to_vec()).collect();
    ids.sort_unstable();
    ids
}

/// A version of the table with one more file.
pub(crate) async fn append(lake: &Lake, table: &Table, name: &str, rows: &[i64]) -> PreparedAppend {
    let announced = Announced::default();
    let files = vec![data_file(table, name, rows)];
    let summary = HashMap::from([("ingest.run-id".to_owned(), name.to_owned())]);
    let id = Uuid::from_u128(rand::random());
    let prepared = prepare(lake, table, files, summary, &labels(&[("id", name)]), id, &announced).await.unwrap();
    assert_eq!(announced.0.into_inner().unwrap(), std::slice::from_ref(&prepared.new_metadata));
    assert_eq!(prepared.base_metadata, table.metadata_location().unwrap());
    prepared
}

#[tokio::test]
async fn appends_add_up_and_one_that_lost_a_race_is_built_again_on_the_winner() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, empty) = lake(folder.path()).await;
    let one = append(&lake, &empty, "one", &[1, 2]).await;
    // Prepared on the same base: whoever swaps the pointer second must not win with this one.
    let lost = append(&lake, &empty, "lost", &[9]).await;
    assert_eq!(told(&empty), (labels(&[("a", "core/C1"), ("id", "core/C2")]), 1));
    assert_eq!(ids(&empty).await, Vec::<i64>::new(), "nothing is visible through the old version");
    let table = lake.open_table("d", &one.new_metadata).await.unwrap();
    assert_eq!(ids(&table).await, [1, 2]);
    assert_eq!(table.metadata().current_snapshot_id(), Some(one.snapshot_id));
    let summary = &table.metadata().current_snapshot().unwrap().summary().additional_properties;
    assert_eq!(summary["ingest.run-id"], "one");
    let two = append(&lake, &table, "two", &[3]).await;
    let table = lake.open_table("d", &two.new_metadata).await.unwrap();
    assert_eq!(ids(&table).await, [1, 2, 3]);
    assert_eq!(table.metadata().snapshots().count(), 2);
    assert_eq!(told(&table), (labels(&[("id", "two")]), 1), "other properties stay");
    assert_ne!(lost.new_metadata, one.new_metadata);
    assert_eq!(ids(&lake.open_table("d", &lost.new_metadata).await.unwrap()).await, [9]);
}

#[tokio::test]
async fn a_metadata_file_that_cannot_be_announced_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, table) = lake(folder.path()).await;
    let files = vec![data_file(&table, "one", &[1])];
    let refused = prepare(
        &lake,
        &table,
        files,
        HashMap::new(),
        &LabelProperties::new(),
        Uuid::from_u128(rand::random()),
        &Refuses,
    )
    .await;
    assert!(matches!(refused, Err(LakeError::Intent(_))), "{refused:?}");
    let metadata = std::fs::read_dir(local_path(table.metadata().location()).join("metadata")).unwrap();
    let json = metadata.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "json"));
    assert_eq!(json.count(), 1, "the first version only");
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_close_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, table) = lake(folder.path()).await;
    let one = append(&lake, &table, "one", &[1]).await;
    // The same version, as a process whose clock was a year ahead would have left it.
    let ahead_ms = 365 * 86_400_000;
    let mut json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(local_path(&one.new_metadata)).unwrap()).unwrap();
    for path in ["/last-updated-ms", "/snapshots/0/timestamp-ms", "/snapshot-log/0/timestamp-ms"] {
        let time = json.pointer_mut(path).unwrap();
        *time = (time.as_i64().unwrap() + ahead_ms).into();
    }
    std::fs::write(local_path(&one.new_metadata), json.to_string()).unwrap();
    let table = lake.open_table("d", &one.new_metadata).await.unwrap();
    let two = append(&lake, &table, "two", &[2]).await;
    let table = lake.open_table("d", &two.new_metadata).await.unwrap();
    assert_eq!(ids(&table).await, [1, 2]);
    let metadata = table.metadata();
    assert_eq!(metadata.history().len(), 2, "the past stays");
    let times: Vec<_> = metadata.history().iter().map(|entry| entry.timestamp_ms).collect();
    assert!(times[0] <= times[1], "{times:?}");
    let three = append(&lake, &table, "three", &[3]).await;
    assert_eq!(ids(&lake.open_table("d", &three.new_metadata).await.unwrap()).await, [1, 2, 3]);
    assert_eq!(file_url(&local_path(&three.new_metadata)), three.new_metadata);
}

async fn append_to(lake: &Lake, table: &Table, files: Vec<DataFile>) -> Table {
    let id = Uuid::from_u128(rand::random());
    let prepared = prepare(lake, table, files, HashMap::new(), &labels(&[]), id, &Announced::default()).await.unwrap();
    lake.open_table("d", &prepared.new_metadata).await.unwrap()
}

fn removed(files: &[&DataFile]) -> std::collections::HashSet<String> {
    files.iter().map(|file| file.file_path().to_owned()).collect()
}

async fn overwrite_with(lake: &Lake, table: &Table, added: Vec<DataFile>, gone: &[&DataFile]) -> Option<Table> {
    let (id, announced) = (Uuid::from_u128(rand::random()), Announced::default());
    let summary = HashMap::from([("ingest.run-id".to_owned(), "r".to_owned())]);
    let (removed, labels) = (removed(gone), labels(&[]));
    let change = overwrite::Overwrite { added, removed: &removed, summary, labels: &labels };
    let prepared = overwrite::prepare(lake, table, change, id, &announced).await.unwrap()?;
    assert_eq!(announced.0.into_inner().unwrap(), std::slice::from_ref(&prepared.new_metadata));
    Some(lake.open_table("d", &prepared.new_metadata).await.unwrap())
}

#[tokio::test]
async fn files_are_replaced_in_one_snapshot_and_older_ones_keep_them() {
    let root = tempfile::tempdir().unwrap();
    let (lake, table) = lake(root.path()).await;
    let (first, second) = (data_file(&table, "a", &[1, 2]), data_file(&table, "b", &[3]));
    let third = data_file(&table, "c", &[4]);
    let table = append_to(&lake, &table, vec![first.clone(), second.clone()]).await;
    let table = append_to(&lake, &table, vec![third.clone()]).await;
    let before = table.metadata().current_snapshot_id().unwrap();

    let fourth = data_file(&table, "d", &[5, 6]);
    let table = overwrite_with(&lake, &table, vec![fourth.clone()], &[&first, &third]).await.unwrap();
    assert_eq!(ids(&table).await, [3, 5, 6]);
    let snapshot = table.metadata().current_snapshot().unwrap();
    assert_eq!(snapshot.summary().operation, iceberg::spec::Operation::Overwrite);
    let said = |name: &str| snapshot.summary().additional_properties[name].clone();
    assert_eq!(
        (said("deleted-records"), said("total-records"), said("added-data-files")),
        ("3".into(), "3".into(), "1".into())
    );
    assert_eq!(snapshot.parent_snapshot_id(), Some(before));

    assert!(overwrite_with(&lake, &table, vec![], &[&first]).await.is_none(), "it is gone already");
    let table = overwrite_with(&lake, &table, vec![], &[&second, &fourth]).await.unwrap();
    assert_eq!(ids(&table).await, [0_i64; 0]);
    let table = append_to(&lake, &table, vec![data_file(&table, "e", &[7])]).await;
    assert_eq!(ids(&table).await, [7], "appends go on");
}
