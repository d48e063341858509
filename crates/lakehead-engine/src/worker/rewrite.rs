//! Writes data files again without some of their rows: those of batches, of one source object, or of all batches but one.
//! Files without such rows stay as they are.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use iceberg::spec::Schema;
use uuid::Uuid;

use super::data_file::DataFile;
use super::inspect;
use super::link::Link;
use super::protocol::{DataFileInfo, Event, Goes, RewriteJob};
use super::table_schema;
use crate::layout::{SYSTEM_COLUMN, SYSTEM_MEMBERS};

/// Rows decoded at a time.
const ROWS: usize = 1024;

/// Does a rewrite job to its end.
///
/// # Errors
/// A file cannot be read or written: then nothing of the job counts.
pub(super) async fn rewrite(job: &RewriteJob, link: &Link) -> Result<(), String> {
    let schema = table_schema(&job.schema)?;
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
    let (dropped, all) = rows_that_go(path, &job.goes)?;
    if dropped == 0 || dropped == all {
        return Ok((dropped, None));
    }
    let reader = inspect::open(path)?.with_batch_size(ROWS).build().map_err(|error| error.to_string())?;
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
    if rows + dropped != all {
        return Err(format!("{rows} and {dropped} rows are not the {all} that it has"));
    }
    Ok((dropped, Some(written.close(schema)?)))
}

/// Rows that go, and all that there are.
fn rows_that_go(path: &Path, goes: &Goes) -> Result<(u64, u64), String> {
    Ok(match goes {
        Goes::AllBut(batch) => {
            let content = inspect::look_into(path, &|of| of == batch)?;
            (content.foreign, content.rows)
        }
        Goes::Rows { batches, key } => {
            let content = inspect::look_into(path, &|of| batches.iter().any(|batch| batch == of))?;
            let of_key = |key: &String| content.objects.get(key).copied().unwrap_or_default();
            (key.as_ref().map_or_else(|| content.objects.values().sum(), of_key), content.rows)
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
