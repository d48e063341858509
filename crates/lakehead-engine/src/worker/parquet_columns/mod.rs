//! Writes batches as row groups of a Parquet file.
//!
//! Columns of texts, numbers, instants and flags that are not in lists are encoded here: dictionaries are given up as soon as
//! they do not pay, texts are compared by their views, one compressor serves the whole file. Everything else, and
//! everything about the file itself, is the `parquet` crate's.

mod bounds;
mod coder;
mod column;
mod delta;
mod dictionary;
mod hybrid;
mod leaves;
mod numbers;
mod room;
mod texts;

use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescPtr;

use self::column::Column;
use self::room::Room;

/// A page is closed at about this many bytes.
const PAGE_BYTES: usize = 1 << 20;

/// A Parquet file being written.
pub(super) struct ParquetColumns<W: Write + Send> {
    file: SerializedFileWriter<W>,
    schema: SchemaRef,
    library: ArrowRowGroupWriterFactory,
    roots: Vec<Root>,
    room: Room,
    /// Rows of the open row group.
    rows: usize,
    group_rows: usize,
    group_bytes: usize,
}

/// The columns of one field of the schema.
enum Root {
    /// Encoded here.
    Own(Vec<Column>),
    /// Encoded by the library: how many columns, and their writers once the group has rows.
    Library(usize, Vec<ArrowColumnWriter>),
}

impl<W: Write + Send> ParquetColumns<W> {
    /// A file of `schema`, whose row groups are closed at about `group_bytes` encoded bytes or `group_rows` rows. Columns
    /// without dictionary in `properties` are numbers that rise evenly.
    ///
    /// # Errors
    /// A type that Parquet does not have; the file cannot be written.
    pub(super) fn new(
        file: W,
        schema: SchemaRef,
        properties: WriterProperties,
        group_rows: usize,
        group_bytes: usize,
    ) -> Result<Self> {
        let types = ArrowSchemaConverter::new().convert(&schema)?;
        let properties = Arc::new(properties);
        let file = SerializedFileWriter::new(file, types.root_schema_ptr(), Arc::clone(&properties))?;
        let library = ArrowRowGroupWriterFactory::new(&file, Arc::clone(&schema));
        let mut columns = types.columns().iter();
        let mut roots = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let count = leaves::count(field.data_type());
            let below: Vec<_> = columns.by_ref().take(count).cloned().collect();
            let own = leaves::flat(field.data_type());
            roots.push(if own {
                let even = |column: &ColumnDescPtr| !properties.dictionary_enabled(column.path());
                Root::Own(below.iter().map(|column| Column::new(Arc::clone(column), even(column))).collect())
            } else {
                Root::Library(count, Vec::new())
            });
        }
        let room = Room::new()?;
        Ok(Self { file, schema, library, roots, room, rows: 0, group_rows, group_bytes })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// The file cannot be written; a value too large for a page.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.roots.len() {
            return Err(ParquetError::General("the batch has other columns than the file".to_owned()));
        }
        let mut start = 0;
        while start < batch.num_rows() {
            let room = self.group_rows - self.rows;
            let part = batch.slice(start, room.min(batch.num_rows() - start));
            self.add(&part)?;
            start += part.num_rows();
            if self.rows >= self.group_rows || self.buffered() >= self.group_bytes {
                self.close_group()?;
            }
        }
        Ok(())
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let schema = Arc::clone(&self.schema);
        let mut library = self.library_writers()?;
        for (root, (field, array)) in self.roots.iter_mut().zip(schema.fields().iter().zip(batch.columns())) {
            match root {
                Root::Own(columns) => {
                    let leaves = leaves::of(array, field)?;
                    for (column, leaf) in columns.iter_mut().zip(&leaves) {
                        column.write(leaf, &mut self.room)?;
                    }
                }
                Root::Library(count, writers) => {
                    if writers.is_empty() {
                        writers.extend(library.by_ref().take(*count));
                    }
                    for (writer, leaf) in writers.iter_mut().zip(compute_leaves(field, array)?) {
                        writer.write(&leaf)?;
                    }
                }
            }
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    /// Writers of the columns that are not encoded here, where the group begins.
    fn library_writers(&self) -> Result<impl Iterator<Item = ArrowColumnWriter> + use<W>> {
        let needed = self.rows == 0 && self.roots.iter().any(|root| matches!(root, Root::Library(..)));
        let mut writers = Vec::new();
        if needed {
            let mut all = self.library.create_column_writers(self.file.flushed_row_groups().len())?.into_iter();
            for root in &self.roots {
                match root {
                    Root::Own(columns) => all.by_ref().take(columns.len()).for_each(drop),
                    Root::Library(count, _) => writers.extend(all.by_ref().take(*count)),
                }
            }
        }
        Ok(writers.into_iter())
    }

    /// About how many bytes the open row group will have.
    fn buffered(&self) -> usize {
        let of = |root: &Root| match root {
            Root::Own(columns) => columns.iter().map(Column::size).sum::<usize>(),
            Root::Library(_, writers) => writers.iter().map(ArrowColumnWriter::get_estimated_total_bytes).sum(),
        };
        self.roots.iter().map(of).sum()
    }

    fn close_group(&mut self) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        for root in &mut self.roots {
            match root {
                Root::Own(columns) => {
                    for column in columns {
                        let (bytes, close) = column.finish(&mut self.room)?;
                        group.append_column(&bytes, close)?;
                    }
                }
                Root::Library(_, writers) => {
                    for writer in writers.drain(..) {
                        let mut chunk = writer.close()?;
                        // Of pages either all columns have an index or none.
                        chunk.close_mut().offset_index = None;
                        chunk.append_to_row_group(&mut group)?;
                    }
                }
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    /// About how many bytes the file has so far.
    pub(super) fn size(&self) -> usize {
        self.file.bytes_written() + self.buffered()
    }

    /// Writes what is left and the footer. The file is not forced to disk.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn finish(&mut self) -> Result<ParquetMetaData> {
        if self.rows > 0 {
            self.close_group()?;
        }
        self.file.finish()
    }

    /// Bytes written so far.
    pub(super) fn bytes_written(&self) -> usize {
        self.file.bytes_written()
    }

    /// Where it is written to.
    pub(super) fn inner(&self) -> &W {
        self.file.inner()
    }
}

#[cfg(test)]
mod tests;
