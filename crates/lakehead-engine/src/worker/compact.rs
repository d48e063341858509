//! Writes small data files together into large ones. No row changes, and none is left out.
//!
//! Files are put together only where they have the same columns, so that every value is written as it was read.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use iceberg::spec::Schema;
use uuid::Uuid;

use super::data_file::DataFile;
use super::inspect::open;
use super::link::Link;
use super::protocol::{CompactJob, Event};
use super::table_schema;

/// Rows decoded at a time.
const ROWS: usize = 1024;
/// Files that are put into one.
const MAX_INPUTS: usize = 1000;

/// A large file while it is written.
struct Open {
    file: DataFile,
    inputs: Vec<usize>,
}

/// Does a job to its end. Files whose columns no other file has stay as they are.
///
/// # Errors
/// A file cannot be read or written: then nothing of the job counts.
pub(super) async fn compact(job: &CompactJob, link: &Link) -> Result<(), String> {
    let schema = table_schema(&job.schema)?;
    let mut groups: Vec<(SchemaRef, Vec<usize>)> = Vec::new();
    for (index, path) in job.files.iter().enumerate() {
        let columns = Arc::clone(open(path).map_err(|why| broken(path, &why))?.schema());
        match groups.iter_mut().find(|(known, _)| *known == columns) {
            Some((_, files)) => files.push(index),
            None => groups.push((columns, vec![index])),
        }
        link.emit(&Event::Progress { rows: 0 });
    }
    for (columns, files) in groups.into_iter().filter(|(_, files)| files.len() > 1) {
        put_together(job, link, &schema, &columns, files).await?;
    }
    link.emit(&Event::Done { row_error_files: Vec::new(), reported_rows: 0 });
    Ok(())
}

async fn put_together(
    job: &CompactJob,
    link: &Link,
    schema: &Schema,
    columns: &SchemaRef,
    files: Vec<usize>,
) -> Result<(), String> {
    let mut current: Option<Open> = None;
    for index in files {
        let mut large = if let Some(large) = current.take() {
            large
        } else {
            let unique = Uuid::from_u128(ulid::Ulid::new().0).simple();
            let path = job.data_dir.join(format!("{}-{index:05}-{unique}.parquet", job.name));
            Open { file: DataFile::create(link, path, Arc::clone(columns)).await?, inputs: Vec::new() }
        };
        let path = &job.files[index];
        add(link, path, &mut large.file).map_err(|why| broken(path, &why))?;
        large.inputs.push(index);
        if large.file.size() >= job.target_file_bytes || large.inputs.len() >= MAX_INPUTS {
            close(link, schema, large)?;
        } else {
            current = Some(large);
        }
    }
    current.map_or(Ok(()), |large| close(link, schema, large))
}

fn close(link: &Link, schema: &Schema, large: Open) -> Result<(), String> {
    let file = large.file.close(schema)?;
    link.emit(&Event::Compacted { inputs: large.inputs, file });
    Ok(())
}

/// Adds all rows of a file.
fn add(link: &Link, path: &Path, large: &mut DataFile) -> Result<(), String> {
    let builder = open(path)?;
    let in_footer = builder.metadata().file_metadata().num_rows().unsigned_abs();
    let reader = builder.with_batch_size(ROWS).build().map_err(|error| error.to_string())?;
    let mut rows = 0;
    for batch in reader {
        let batch = batch.map_err(|error| error.to_string())?;
        rows += batch.num_rows() as u64;
        large.write(&batch)?;
        link.emit(&Event::Progress { rows: 0 });
    }
    if rows == in_footer { Ok(()) } else { Err(format!("its footer says {in_footer} rows, but it holds {rows}")) }
}

fn broken(path: &Path, why: &str) -> String {
    format!("the data file `{}` cannot be put together with others: {why}", path.display())
}
