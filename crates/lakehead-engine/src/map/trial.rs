//! A mapping tried on a few rows: what a run would make of each, and what is wrong with it. Rows take the way of a
//! run, through the decoder of JSON files; only in a worker process.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::json::ArrayWriter;
use lakehead_connect::format::{self, Decoder, Projection, RowNumbers, SourceBatch};
use lakehead_model::format::{DataFormat, FormatKind};
use lakehead_model::plan::PlannedObject;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Mapping, Stamp, Warnings, check};
use crate::layout::SYSTEM_COLUMN;
use crate::worker::protocol::TrialJob;

/// Name of the rows in stamps.
const NAME: &str = "rows";

/// Most issues of a row that are told.
const MAX_ISSUES: usize = 50;
/// Most that is told of all rows together, bytes: a long static text in every row is soon more than the server can hold.
const MAX_BYTES: usize = 16 << 20;

/// What became of one row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The row as it would land, without nulls; empty where it would be rejected.
    pub data: Value,
    /// What is wrong with it.
    pub issues: Vec<TriedIssue>,
}

/// Something that is wrong with a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedIssue {
    /// Path of the field, where it is one of the target's.
    pub destination: Option<String>,
    /// What feeds it, as far as that is known.
    pub source: Option<String>,
    /// Text for the user.
    pub message: String,
}

/// Maps the rows of the job one by one; everything that can go wrong with one of them stays with it.
///
/// # Errors
/// The mapping or the rows as a whole cannot be used.
pub async fn run(job: &TrialJob) -> Result<Vec<Tried>, String> {
    let mapping = check::mapping(&job.rules, &job.fields).map_err(|error| error.to_string())?;
    let mut tried: HashMap<u64, Tried> = HashMap::new();
    let (mut last, mut bytes) = (0, 0);
    for source in decoded(&job.rows, mapping.projection()).await? {
        for bad in source.bad_rows {
            last = last.max(bad.row);
            tried.insert(bad.row, Tried::failed(bad.message));
        }
        for index in 0..source.batch.num_rows() {
            let row = source.rows.get(index);
            last = last.max(row);
            let alone = format::only(&source.batch, index, 1).map_err(|error| error.to_string())?;
            let result = one(&mapping, &alone, row, job.now_ms);
            bytes += result.bytes();
            if bytes > MAX_BYTES {
                return Err(format!(
                    "the result is larger than {} MiB, at row {row}; send fewer rows",
                    MAX_BYTES >> 20
                ));
            }
            tried.insert(row, result);
        }
    }
    Ok((1..=last).map(|row| tried.remove(&row).unwrap_or_default()).collect())
}

async fn decoded(rows: &str, projection: &Projection) -> Result<Vec<SourceBatch>, String> {
    let (store, path) = (InMemory::new(), Path::from(NAME));
    store.put(&path, PutPayload::from(rows.to_owned())).await.map_err(|error| error.to_string())?;
    let meta = store.head(&path).await.map_err(|error| error.to_string())?;
    let modified_ms = meta.last_modified.timestamp_millis();
    let object = PlannedObject::pin("", NAME, meta.e_tag, meta.version, meta.size, modified_ms);
    let format = DataFormat::new(FormatKind::Json);
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    let mut decoder = Decoder::open(&store, &object, &format, projection).await.map_err(|error| error.message)?;
    let mut batches = Vec::new();
    while let Some(mut piece) = decoder.next().await.map_err(|error| error.message)? {
        while let Some(batch) = piece.decode().map_err(|error| error.message)? {
            batches.push(batch);
        }
    }
    Ok(batches)
}

fn one(mapping: &Mapping, source: &RecordBatch, row: u64, now_ms: i64) -> Tried {
    let numbers = RowNumbers::From(row);
    let stamp = Stamp { batch_id: NAME, ingest_time_ms: now_ms, source_object: NAME, rows: &numbers };
    let mut warnings = Warnings::new();
    let mapped = match catch_unwind(AssertUnwindSafe(|| mapping.apply(source, &stamp, &mut warnings))) {
        Ok(Ok(mapped)) => mapped,
        Ok(Err(error)) => return Tried::failed(error.to_string()),
        Err(_) => return Tried::failed("the row is malformed in a way the mapping does not survive".to_owned()),
    };
    let rejected = mapped.rejected.iter().flat_map(|row| &row.issues).map(|issue| TriedIssue {
        destination: Some(issue.column.to_string()),
        source: None,
        message: issue.message.to_string(),
    });
    let issues = rejected.chain(warnings.into_keys().map(|text| warning(&text))).take(MAX_ISSUES).collect();
    match shown(&mapped.batch) {
        Ok(data) => Tried { data, issues },
        Err(message) => Tried::failed(message),
    }
}

/// The names of source and destination stand at the end of the text of a warning.
fn warning(text: &str) -> TriedIssue {
    let Some((message, names)) = text.rsplit_once(" sourceField: ") else {
        return TriedIssue { message: text.to_owned(), ..TriedIssue::default() };
    };
    let (source, destination) = names.rsplit_once(" destinationField: ").unwrap_or((names, ""));
    TriedIssue {
        destination: Some(destination.to_owned()),
        source: Some(source.to_owned()),
        message: message.to_owned(),
    }
}

/// The row as JSON, without nulls and what is empty without them.
fn shown(batch: &RecordBatch) -> Result<Value, String> {
    let empty = || Value::Object(serde_json::Map::new());
    let schema = batch.schema();
    let columns: Vec<usize> =
        (0..batch.num_columns()).filter(|column| schema.field(*column).name() != SYSTEM_COLUMN).collect();
    if batch.num_rows() == 0 || columns.is_empty() {
        return Ok(empty());
    }
    let broken = |error: arrow::error::ArrowError| error.to_string();
    let mut writer = ArrayWriter::new(Vec::new());
    writer.write(&batch.project(&columns).map_err(broken)?).map_err(broken)?;
    writer.finish().map_err(broken)?;
    let rows: Vec<Value> = serde_json::from_slice(&writer.into_inner()).map_err(|error| error.to_string())?;
    Ok(rows.into_iter().next().and_then(without_nulls).unwrap_or_else(empty))
}

fn without_nulls(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            let members: serde_json::Map<_, _> =
                members.into_iter().filter_map(|(name, value)| Some((name, without_nulls(value)?))).collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        // Positions in lists stay.
        Value::Array(items) => Some(items.into_iter().map(|item| without_nulls(item).unwrap_or_default()).collect()),
        other => Some(other),
    }
}

impl Tried {
    /// About as long as it is as JSON.
    fn bytes(&self) -> usize {
        serde_json::to_vec(self).map_or(MAX_BYTES, |bytes| bytes.len())
    }

    fn failed(message: String) -> Self {
        let issue = TriedIssue { message, ..TriedIssue::default() };
        Self { data: Value::Object(serde_json::Map::new()), issues: vec![issue] }
    }
}

#[cfg(test)]
mod tests {
    use lakehead_model::mapping_set::Content;
    use lakehead_model::xdm::{Field, FieldType};
    use serde_json::json;

    use super::*;

    fn field(name: &str, ty: FieldType, required: bool) -> Field {
        Field::new(name, ty, required)
    }

    async fn tried(rows: Value) -> Vec<Tried> {
        let rule = |kind: &str, source: &str, destination: &str| json!({"sourceType": kind, "source": source, "destination": destination});
        let content = Content::parse(&json!({"xdmSchema": "s", "mappings": [
            rule("ATTRIBUTE", "id", "_id"), rule("ATTRIBUTE", "age", "person.age"),
            rule("STATIC", "x", "person.kind"), rule("EXPRESSION", "concat(a.b, \"!\")", "greeting"),
        ]}))
        .unwrap();
        let person = vec![field("age", FieldType::Int, false), field("kind", FieldType::String, false)];
        let fields = vec![
            field("_id", FieldType::String, true),
            field("person", FieldType::Object(person), false),
            field("greeting", FieldType::String, false),
        ];
        let rules = content.rules().unwrap();
        run(&TrialJob { rows: rows.to_string(), rules, fields, now_ms: 0, memory_bytes: 0 }).await.unwrap()
    }

    #[tokio::test]
    async fn each_row_is_shown_with_what_is_wrong_with_it() {
        let rows = tried(json!([
            {"id": 1, "age": "12", "a": {"b": "Hi"}},
            {"id": "2", "age": "old"},
            {"age": 3},
            {"id": {"x": 1}},
            {},
        ]))
        .await;
        assert_eq!(rows.len(), 5);
        let good = json!({"_id": "1", "person": {"age": 12, "kind": "x"}, "greeting": "Hi!"});
        assert_eq!((&rows[0].data, rows[0].issues.len()), (&good, 0));
        assert_eq!(rows[1].data["person"], json!({"kind": "x"}));
        let issue = &rows[1].issues[0];
        assert_eq!((issue.source.as_deref(), issue.destination.as_deref()), (Some("age"), Some("person.age")));
        assert!(issue.message.contains("INTEGER") && !issue.message.contains("sourceField"), "{issue:?}");
        for row in [2, 4] {
            assert_eq!(rows[row].data, json!({}));
            assert_eq!(rows[row].issues[0].destination.as_deref(), Some("_id"));
        }
        assert!(rows[3].data == json!({}) && rows[3].issues.len() == 1, "{:?}", rows[3]);
    }

    #[tokio::test]
    async fn a_result_that_is_too_large_is_refused() {
        let body = json!({"xdmSchema": "s", "mappings": [
            {"sourceType": "STATIC", "source": "x".repeat(16_000), "destination": "greeting"}]});
        let rules = Content::parse(&body).unwrap().rules().unwrap();
        let fields = vec![field("greeting", FieldType::String, false)];
        let rows = json!(vec![json!({}); 2000]).to_string();
        let job = TrialJob { rows, rules, fields, now_ms: 0, memory_bytes: 0 };
        assert!(run(&job).await.unwrap_err().contains("16 MiB"));
    }

    #[tokio::test]
    async fn a_mapping_that_cannot_be_used_is_refused() {
        let rules = Content::parse(&json!({"xdmSchema": "s", "mappings": [{"source": "a", "destination": "nowhere"}]}));
        let rules = rules.unwrap().rules().unwrap();
        let job = TrialJob { rows: "[{}]".into(), rules, fields: Vec::new(), now_ms: 0, memory_bytes: 0 };
        assert!(run(&job).await.unwrap_err().contains("nowhere"));
    }
}
