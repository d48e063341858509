//! What data files hold, told from their footers and their system columns. They are ours, but who verifies them does not
//! take that for granted: they are decoded in the worker like everybody else's.

use std::collections::BTreeMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch, StructArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::link::Link;
use super::protocol::{Event, InspectJob};
use crate::layout::{SYSTEM_COLUMN, SYSTEM_MEMBERS};

/// Rows decoded at a time.
const ROWS: usize = 8192;

/// What a data file holds.
#[derive(Default)]
pub(super) struct Content {
    /// All rows.
    pub(super) rows: u64,
    /// Those of other batches.
    pub(super) foreign: u64,
    /// The same by the key of their object.
    others: BTreeMap<String, u64>,
    /// Those of the batches that were asked about, by the key of their object.
    pub(super) objects: BTreeMap<String, u64>,
}

/// Looks into the files of a job, one after the other.
pub(super) fn inspect(job: &InspectJob, link: &Link) {
    for (index, path) in job.files.iter().enumerate() {
        link.emit(&Event::Begin { index });
        let content = catch_unwind(AssertUnwindSafe(|| look_into(path, &|batch| batch == job.batch_id)))
            .unwrap_or_else(|_| Err("it is malformed in a way its decoder does not survive".to_owned()));
        link.emit(&match content {
            Ok(Content { rows, foreign, others, objects }) => {
                Event::Inspected { index, rows, foreign, others, objects }
            }
            Err(message) => Event::Unreadable { index, message },
        });
    }
    link.emit(&Event::Done { row_error_files: Vec::new(), reported_rows: 0 });
}

/// Opens a data file of ours.
pub(super) fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string())
}

/// Looks into a file; the batches that are `ours` are told from others.
pub(super) fn look_into(path: &Path, ours: &dyn Fn(&str) -> bool) -> Result<Content, String> {
    let builder = open(path)?;
    let in_footer = builder.metadata().file_metadata().num_rows();
    let members = [0, 2].map(|member| format!("{SYSTEM_COLUMN}.{}", SYSTEM_MEMBERS[member]));
    let mask = ProjectionMask::columns(builder.parquet_schema(), members.iter().map(String::as_str));
    let reader = builder.with_projection(mask).with_batch_size(ROWS).build().map_err(|error| error.to_string())?;
    let mut content = Content::default();
    for batch in reader {
        let batch = batch.map_err(|error| error.to_string())?;
        count(&batch, ours, &mut content).ok_or_else(|| format!("it has no column `{SYSTEM_COLUMN}`"))?;
    }
    if in_footer.unsigned_abs() != content.rows {
        return Err(format!("its footer says {in_footer} rows, but it holds {}", content.rows));
    }
    Ok(content)
}

/// `None` where the batch has no system columns.
fn count(batch: &RecordBatch, ours: &dyn Fn(&str) -> bool, content: &mut Content) -> Option<()> {
    let system = batch.column_by_name(SYSTEM_COLUMN)?.as_any().downcast_ref::<StructArray>()?;
    let text = |member: usize| system.column_by_name(SYSTEM_MEMBERS[member])?.as_string_opt::<i32>();
    let (batches, keys) = (text(0)?, text(2)?);
    content.rows += batch.num_rows() as u64;
    let mut at = 0;
    while at < batch.num_rows() {
        // Rows of one object follow each other.
        let end =
            (at + 1..batch.num_rows()).find(|next| keys.value(*next) != keys.value(at)).unwrap_or(batch.num_rows());
        let foreign = (at..end).filter(|row| batches.is_null(*row) || !ours(batches.value(*row))).count();
        if foreign > 0 {
            content.foreign += foreign as u64;
            *content.others.entry(keys.value(at).to_owned()).or_default() += foreign as u64;
        }
        if foreign < end - at {
            *content.objects.entry(keys.value(at).to_owned()).or_default() += (end - at - foreign) as u64;
        }
        at = end;
    }
    Some(())
}
