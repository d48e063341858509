//! Writes data files again without the rows of one source object. Files without such rows stay as they are.

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
use super::protocol::{DataFileInfo, Event, RewriteJob};
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
    let content = inspect::look_into(path, &job.batch_id)?;
    let dropped = content.objects.get(&job.without).copied().unwrap_or_default();
    if dropped == 0 || dropped == content.rows {
        return Ok((dropped, None));
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string())?;
    let reader = builder.with_batch_size(ROWS).build().map_err(|error| error.to_string())?;
    let unique = Uuid::from_u128(ulid::Ulid::new().0).simple();
    let name = format!("{}-{}-{}-kept-{index:05}-{unique}.parquet", job.run_id, job.epoch, job.attempt);
    let kept = arrow::record_batch::RecordBatchReader::schema(&reader);
    let mut written = DataFile::create(link, job.data_dir.join(name), Arc::clone(&kept)).await?;
    let mut rows = 0;
    for batch in reader {
        let batch = batch.map_err(|error| error.to_string())?;
        let stays = stays(&batch, &job.without).ok_or_else(|| format!("it has no column `{SYSTEM_COLUMN}`"))?;
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

/// Which rows are of other objects.
fn stays(batch: &RecordBatch, key: &str) -> Option<BooleanArray> {
    let keys = batch.column_by_name(SYSTEM_COLUMN)?.as_struct_opt()?.column_by_name(SYSTEM_MEMBERS[2])?;
    let keys = keys.as_string_opt::<i32>()?;
    Some(keys.iter().map(|of| Some(of != Some(key))).collect())
}

fn broken(path: &Path, why: &str) -> String {
    format!("the data file `{}` cannot be written without them: {why}", path.display())
}
