//! Rows of consecutive blocks, decoded a bounded number at a time: what is small as stored may be large as columns.

use std::{collections::VecDeque, fmt::Display, io::Cursor, sync::Arc};

use ::arrow::array::{RecordBatch, RecordBatchOptions};
use arrow_avro::reader::ReaderBuilder;

use super::{Block, FileError, Head, container, expand, normal, walk::Rows};
use crate::format::{RowNumbers, SourceBatch, plain};

/// Most rows of a batch.
pub(super) const BATCH_ROWS: usize = 8192;
/// Most values of a batch, null or not, where it has more than one row.
pub(super) const BATCH_CELLS: usize = 1 << 20;
/// Expanded bytes at which a batch ends.
const BATCH_BYTES: usize = 1 << 20;

/// Consecutive blocks of a file.
pub struct Piece {
    head: Arc<Head>,
    /// Not expanded yet.
    blocks: VecDeque<Block>,
    /// The block that is being decoded.
    open: Option<Rows>,
    next_row: u64,
    bytes_read: u64,
    /// Says in which file of an archive it is.
    file: Option<String>,
}

impl Piece {
    /// Blocks that hold rows, of which the first has the number `next_row`.
    pub(super) fn new(
        head: Arc<Head>,
        blocks: Vec<Block>,
        next_row: u64,
        bytes_read: u64,
        file: Option<String>,
    ) -> Self {
        Self { head, blocks: blocks.into(), open: None, next_row, bytes_read, file }
    }

    /// The next rows; `None` when there are no more.
    ///
    /// # Errors
    /// A block is damaged.
    pub(in crate::format) fn decode(&mut self) -> Result<Option<SourceBatch>, FileError> {
        let rows = RowNumbers::From(self.next_row);
        let batch = self.rows().map_err(|error| plain::locate(self.file.as_deref(), error))?;
        Ok(batch.map(|batch| SourceBatch { batch, rows, bad_rows: Vec::new(), bytes_read: self.bytes_read }))
    }

    /// Small blocks go together, so that their batches are not small too. Each batch has a reader of its own: one for
    /// all of them mixes up the values of unions. Texts are made views here: the reader's own views lose nulls.
    fn rows(&mut self) -> Result<Option<RecordBatch>, FileError> {
        let most = (BATCH_CELLS / self.head.ty.width()).clamp(1, BATCH_ROWS) as u64;
        let mut file = self.head.plain.clone();
        let (end, mut rows) = (file.len() + BATCH_BYTES, 0);
        while rows < most && file.len() < end {
            let Some(mut open) = self.open.take().map_or_else(|| self.expand(), |open| Ok(Some(open)))? else { break };
            let (taken, plain) = open.take(most - rows, end - file.len(), self.next_row + rows, &self.head.ty)?;
            container::append_block(&mut file, taken, plain, &self.head.sync);
            rows += taken;
            self.open = Some(open).filter(|open| open.left > 0);
        }
        if rows == 0 {
            return Ok(None);
        }
        let reader = ReaderBuilder::new().with_batch_size(rows as usize).build(Cursor::new(file));
        let batch = reader.map_err(|e| self.unreadable(&e))?.next();
        let batch = batch.ok_or_else(|| self.unreadable(&"there are none"))?.map_err(|e| self.unreadable(&e))?;
        if batch.num_rows() as u64 != rows {
            return Err(self.unreadable(&format!("there are {} where the blocks have {rows}", batch.num_rows())));
        }
        let batch = self.wanted(&batch)?;
        self.next_row += rows;
        Ok(Some(batch))
    }

    fn expand(&mut self) -> Result<Option<Rows>, FileError> {
        let Some(block) = self.blocks.pop_front() else { return Ok(None) };
        let plain = expand::block(&block, self.head.codec, &self.head.grown)?;
        Ok(Some(Rows { block: block.number, plain, at: 0, left: block.rows }))
    }

    /// The wanted columns as they are handed out.
    fn wanted(&self, batch: &RecordBatch) -> Result<RecordBatch, FileError> {
        let schema = &self.head.schema;
        let columns =
            self.head.wanted.iter().zip(schema.fields()).map(|(index, field)| {
                normal::column(batch.column(*index), &batch.schema_ref().fields()[*index], field)
            });
        let columns = columns.collect::<Result<_, _>>().map_err(|e| self.unreadable(&e))?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(|e| self.unreadable(&e))
    }

    fn unreadable(&self, error: &dyn Display) -> FileError {
        let text: String = error.to_string().chars().take(300).collect();
        FileError::corrupt(format!("the Avro rows from {} on cannot be decoded: {text}", self.next_row))
    }
}
