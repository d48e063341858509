//! Writes data files again without some of their rows: those of batches, of one source object, or of all batches but one.
//! Files without such rows stay as they are.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use iceberg::spec::Schema;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use uuid::Uuid;

use super::data_file::DataFile;
use super::inspect;
use super::link::Link;
use super::protocol::{DataFileInfo, Event, Goes, RewriteJob};
use crate::layout::{SYSTEM_COLUMN, SYSTEM_MEMBERS};

/// Rows decoded at a time.
const ROWS: usize = 1024;

/// Does a rewrite job to its end.
///
/// # Errors
/// A file cannot be read or written: then nothing of the job counts.
pub(super) async fn rewrite(job: &RewriteJob, link: &Link) -> Result<(), String> {
    let schema: Schema = serde_json::from_value(job.schema.clone())
        .map_err(|error| format!("the table's schema cannot be used: {error}"))?;
    for (index, path) in job.files.iter().enumerate() {
        let (dropped, file) = without(job, link, &schema, index).await.map_err(|why| broken(path, &why))?;
        link.emit(&Event::Rewritten { index, dropped, file });
    }
    link.emit(&Event::Done { row_error_files: Vec::new(), reported_rows: 0 });
    Ok(())
}

/// Rows that go, and the file with those that stay; none where all rows stay where they are, or none is left.
async fn without(
    job: &RewriteJob,
    link: &Link,
    schema: &Schema,
    index: usize,
) -> Result<(u64, Option<DataFileInfo>), String> {
    let path = &job.files[index];
    let dropped = rows_that_go(path, &job.goes)?;
    let content = inspect::look_into(path, &|_| true)?;
    if dropped == 0 || dropped == content.rows {
        return Ok((dropped, None));
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string())?;
    let reader = builder.with_batch_size(ROWS).build().map_err(|error| error.to_string())?;
    let unique = Uuid::from_u128(ulid::Ulid::new().0).simple();
    let name = format!("{}-{index:05}-{unique}.parquet", job.name);
    let kept = arrow::record_batch::RecordBatchReader::schema(&reader);
    let mut written = DataFile::create(link, job.data_dir.join(name), Arc::clone(&kept)).await?;
    let mut rows = 0;
    for batch in reader {
        let batch = batch.map_err(|error| error.to_string())?;
        let stays = stays(&batch, &job.goes).ok_or_else(|| format!("it has no column `{SYSTEM_COLUMN}`"))?;
        let batch = filter_record_batch(&batch, &stays).map_err(|error| error.to_string())?;
        rows += batch.num_rows() as u64;
        written.write(&batch)?;
        link.emit(&Event::Progress { rows: 0 });
    }
    if rows + dropped != content.rows {
        return Err(format!("{rows} and {dropped} rows are not the {} that it has", content.rows));
    }
    Ok((dropped, Some(written.close(schema)?)))
}

fn rows_that_go(path: &Path, goes: &Goes) -> Result<u64, String> {
    Ok(match goes {
        Goes::AllBut(batch) => inspect::look_into(path, &|of| of == batch)?.foreign,
        Goes::Rows { batches, key } => {
            let objects = inspect::look_into(path, &|of| batches.iter().any(|batch| batch == of))?.objects;
            key.as_ref().map_or_else(|| objects.values().sum(), |key| objects.get(key).copied().unwrap_or_default())
        }
    })
}

/// Which rows stay.
fn stays(batch: &RecordBatch, goes: &Goes) -> Option<BooleanArray> {
    let system = batch.column_by_name(SYSTEM_COLUMN)?.as_struct_opt()?;
    let member = |at: usize| system.column_by_name(SYSTEM_MEMBERS[at])?.as_string_opt::<i32>();
    let (batches, keys) = (member(0)?, member(2)?);
    let stay = batches.iter().zip(keys.iter()).map(|(of, named)| {
        Some(match goes {
            Goes::AllBut(batch) => of == Some(batch.as_str()),
            Goes::Rows { batches, key } => {
                let taken = of.is_some_and(|of| batches.iter().any(|batch| batch == of));
                !(taken && key.as_ref().is_none_or(|key| named == Some(key.as_str())))
            }
        })
    });
    Some(stay.collect())
}

fn broken(path: &Path, why: &str) -> String {
    format!("the data file `{}` cannot be written without them: {why}", path.display())
}
