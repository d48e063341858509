//! One Parquet data file: announced, written, forced to disk, described.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use iceberg::spec::{
    DataContentType, DataFileBuilder, DataFileFormat, Datum, FormatVersion, PrimitiveType, Schema, Struct, StructType,
    serialize_data_file_to_json,
};
use lakehead_model::fault::FaultPoint;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnPath;

use super::link::Link;
use super::parquet_columns::ParquetColumns;
use super::protocol::DataFileInfo;
use crate::layout::{SYSTEM_COLUMN, SYSTEM_MEMBERS};

/// Encoded size at which a row group is closed; the writer holds this much.
const GROUP_BYTES: usize = 32 << 20;
/// Bytes given to the file system at a time.
const WRITE_BYTES: usize = 256 << 10;
/// Most rows of a row group.
const GROUP_ROWS: usize = 1 << 20;

/// A file being written.
pub(super) struct DataFile {
    path: PathBuf,
    url: String,
    writer: ParquetColumns<BufWriter<File>>,
    rows: u64,
}

impl DataFile {
    /// Announces the file and creates it. A file of that name must not exist.
    pub(super) async fn create(link: &Link, path: PathBuf, schema: SchemaRef) -> Result<Self, String> {
        let url = crate::lake::file_url(&path);
        link.intent(&url).await?;
        let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|e| broken(&path, &e))?;
        let row_number = ColumnPath::new([SYSTEM_COLUMN, SYSTEM_MEMBERS[3]].map(str::to_owned).to_vec());
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            // Row numbers differ in every row: a dictionary of them is work for nothing, differences are nothing.
            .set_column_dictionary_enabled(row_number.clone(), false)
            .set_column_encoding(row_number, Encoding::DELTA_BINARY_PACKED)
            .build();
        let writer = ParquetColumns::new(
            BufWriter::with_capacity(WRITE_BYTES, file),
            schema,
            properties,
            GROUP_ROWS,
            GROUP_BYTES,
        );
        let writer = writer.map_err(|e| broken(&path, &e))?;
        Ok(Self { path, url, writer, rows: 0 })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), String> {
        self.rows += batch.num_rows() as u64;
        self.writer.write(batch).map_err(|e| broken(&self.path, &e))
    }

    /// Encoded bytes so far.
    pub(super) fn size(&self) -> u64 {
        self.writer.size() as u64
    }

    /// Closes the file; when this returns it survives a power cut.
    pub(super) fn close(mut self, schema: &Schema) -> Result<DataFileInfo, String> {
        let metadata = self.writer.finish().map_err(|e| broken(&self.path, &e))?;
        let bytes = self.writer.bytes_written() as u64;
        self.writer.inner().get_ref().sync_all().map_err(|e| broken(&self.path, &e))?;
        if let Some(folder) = self.path.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| broken(folder, &e))?;
        }
        FaultPoint::PutAfter.hit();
        let data_file_json = describe(&metadata, schema, &self.url, bytes).map_err(|e| broken(&self.path, &e))?;
        Ok(DataFileInfo { path: self.url, data_file_json, records: self.rows, bytes })
    }

    /// Gives the file up. Its intent stays, so what is left of it is collected later.
    pub(super) fn discard(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn broken(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("the data file `{}` cannot be written: {error}", path.display())
}

/// The Iceberg description with column metrics, as JSON.
fn describe(metadata: &ParquetMetaData, schema: &Schema, url: &str, bytes: u64) -> iceberg::Result<String> {
    let mut metrics = Metrics::default();
    for group in metadata.row_groups() {
        for chunk in group.columns() {
            metrics.add(chunk, schema);
        }
    }
    let metrics = metrics.finish();
    let offsets = metadata.row_groups().iter().filter_map(parquet::file::metadata::RowGroupMetaData::file_offset);
    let data_file = DataFileBuilder::default()
        .content(DataContentType::Data)
        .file_path(url.to_owned())
        .file_format(DataFileFormat::Parquet)
        .partition(Struct::empty())
        .partition_spec_id(0)
        .record_count(metadata.file_metadata().num_rows() as u64)
        .file_size_in_bytes(bytes)
        .column_sizes(metrics.sizes)
        .value_counts(metrics.values)
        .null_value_counts(metrics.nulls)
        .lower_bounds(metrics.lower)
        .upper_bounds(metrics.upper)
        .split_offsets(Some(offsets.collect()))
        .build()
        .map_err(|error| iceberg::Error::new(iceberg::ErrorKind::DataInvalid, error.to_string()))?;
    serialize_data_file_to_json(data_file, &StructType::new(vec![]), FormatVersion::V2)
}

#[derive(Default)]
struct Metrics {
    sizes: HashMap<i32, u64>,
    values: HashMap<i32, u64>,
    nulls: HashMap<i32, u64>,
    lower: HashMap<i32, Datum>,
    upper: HashMap<i32, Datum>,
    /// Columns whose bounds are not known for all row groups.
    unbounded: HashSet<i32>,
}

impl Metrics {
    fn add(&mut self, chunk: &ColumnChunkMetaData, schema: &Schema) {
        let column = chunk.column_descr();
        let info = column.self_type().get_basic_info();
        if !info.has_id() {
            return;
        }
        let id = info.id();
        *self.sizes.entry(id).or_default() += chunk.compressed_size() as u64;
        *self.values.entry(id).or_default() += chunk.num_values() as u64;
        let Some(statistics) = chunk.statistics() else { return };
        if let Some(nulls) = statistics.null_count_opt() {
            *self.nulls.entry(id).or_default() += nulls;
        }
        // Bounds of list items say nothing about rows.
        let ty = schema.field_by_id(id).and_then(|field| field.field_type.as_primitive_type());
        let Some(ty) = ty.filter(|_| column.max_rep_level() == 0) else { return };
        if statistics.min_is_exact() && statistics.max_is_exact() {
            if let Some((lower, upper)) = bounds(ty, statistics) {
                keep(&mut self.lower, id, lower, |new, old| new < old);
                keep(&mut self.upper, id, upper, |new, old| new > old);
            }
        } else if statistics.min_bytes_opt().is_some() {
            // Cut texts: a bound of some row groups only would be wrong.
            self.unbounded.insert(id);
        }
    }

    fn finish(mut self) -> Self {
        self.lower.retain(|id, _| !self.unbounded.contains(id));
        self.upper.retain(|id, _| !self.unbounded.contains(id));
        self
    }
}

fn keep(bounds: &mut HashMap<i32, Datum>, id: i32, new: Datum, better: impl Fn(&Datum, &Datum) -> bool) {
    if bounds.get(&id).is_none_or(|old| better(&new, old)) {
        bounds.insert(id, new);
    }
}

/// Smallest and largest value of a column chunk; `None` where it has none.
fn bounds(ty: &PrimitiveType, statistics: &Statistics) -> Option<(Datum, Datum)> {
    match (ty, statistics) {
        (PrimitiveType::Boolean, Statistics::Boolean(s)) => {
            Some((Datum::bool(*s.min_opt()?), Datum::bool(*s.max_opt()?)))
        }
        (PrimitiveType::Int, Statistics::Int32(s)) => Some((Datum::int(*s.min_opt()?), Datum::int(*s.max_opt()?))),
        (PrimitiveType::Date, Statistics::Int32(s)) => Some((Datum::date(*s.min_opt()?), Datum::date(*s.max_opt()?))),
        (PrimitiveType::Long, Statistics::Int64(s)) => Some((Datum::long(*s.min_opt()?), Datum::long(*s.max_opt()?))),
        (PrimitiveType::Timestamptz, Statistics::Int64(s)) => {
            Some((Datum::timestamptz_micros(*s.min_opt()?), Datum::timestamptz_micros(*s.max_opt()?)))
        }
        (PrimitiveType::Double, Statistics::Double(s)) => {
            Some((Datum::double(*s.min_opt()?), Datum::double(*s.max_opt()?)))
        }
        (PrimitiveType::String, Statistics::ByteArray(s)) => {
            let (min, max) = (s.min_opt()?.as_utf8().ok()?, s.max_opt()?.as_utf8().ok()?);
            Some((Datum::string(min), Datum::string(max)))
        }
        _ => None,
    }
}
