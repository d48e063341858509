//! The first rows of landed files, as JSON. These are our own files: they are read in this process.

use std::fs::File;
use std::path::PathBuf;

use arrow::json::ArrayWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::lake::{LakeError, local_path};
use crate::layout::SYSTEM_COLUMN;

/// Up to `limit` rows from the files at these locations, in order; the system columns are left out.
pub(crate) fn read(locations: &[String], limit: usize) -> Result<Vec<Value>, LakeError> {
    let mut rows = Vec::new();
    for location in locations {
        if rows.len() >= limit {
            break;
        }
        let path = local_path(location);
        rows.extend(read_file(&path, limit - rows.len()).map_err(|source| LakeError::Io { path, source })?);
    }
    Ok(rows)
}

fn read_file(path: &PathBuf, limit: usize) -> std::io::Result<Vec<Value>> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let schema = builder.parquet_schema();
    let roots = (0..schema.root_schema().get_fields().len())
        .filter(|at| schema.root_schema().get_fields()[*at].name() != SYSTEM_COLUMN);
    let mask = ProjectionMask::roots(schema, roots.collect::<Vec<_>>());
    let reader = builder.with_projection(mask).with_limit(limit).with_batch_size(limit).build()?;
    let mut writer = ArrayWriter::new(Vec::new());
    for batch in reader {
        writer.write(&batch.map_err(std::io::Error::other)?).map_err(std::io::Error::other)?;
    }
    writer.finish().map_err(std::io::Error::other)?;
    let bytes = writer.into_inner();
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    Ok(serde_json::from_slice(&bytes)?)
}
