//! Avro object container files: the container is read and checked here, the rows are decoded by Arrow's own reader.
//!
//! Every block is expanded within limits and walked by its schema first, see [`walk`]: the reader trusts what it is given.

mod container;
mod expand;
mod piece;
mod schema;
#[cfg(test)]
mod tests;
mod walk;

use std::{
    io::Cursor,
    sync::{Arc, atomic::AtomicU64},
};

use ::arrow::datatypes::{Schema, SchemaRef};
use arrow_avro::reader::ReaderBuilder;

use self::{container::Container, expand::Codec, schema::Type};
pub(super) use self::{container::MAGIC, piece::Piece};
use super::{FileError, Projection, normal, plain::Plain};

/// Stored bytes of blocks that are handed over together.
const PIECE_BYTES: usize = 1 << 20;

/// An Avro file, or an archive of them, being read.
pub struct Avro {
    container: Container,
    head: Arc<Head>,
    projection: Projection,
    next_row: u64,
    /// Blocks of the file read so far.
    blocks: u64,
}

/// What the header of a file says.
pub(super) struct Head {
    /// As rows are laid out.
    ty: Type,
    codec: Codec,
    sync: [u8; 16],
    /// A header for Arrow's reader, of a file whose blocks are not compressed.
    plain: Vec<u8>,
    /// The wanted columns: their places in the file.
    wanted: Vec<usize>,
    /// The wanted columns as they are handed out.
    schema: SchemaRef,
    /// Bytes of all blocks, as stored and expanded.
    grown: [AtomicU64; 2],
}

/// Some rows as they are stored.
pub(super) struct Block {
    /// 1-based number in the file.
    number: u64,
    rows: u64,
    stored: Vec<u8>,
}

impl Avro {
    /// Reads the header.
    pub(super) async fn open(bytes: Plain, projection: &Projection) -> Result<Self, FileError> {
        let mut container = Container::new(bytes);
        let head = begin_file(&mut container, projection).await?;
        Ok(Self { container, head, projection: projection.clone(), next_row: 1, blocks: 0 })
    }

    /// The wanted columns.
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.head.schema
    }

    /// The next blocks that hold rows.
    pub(super) async fn next(&mut self) -> Result<Option<Piece>, FileError> {
        loop {
            let (mut blocks, mut stored, mut rows) = (Vec::new(), 0, 0);
            while stored < PIECE_BYTES {
                let number = self.blocks + 1;
                let block = self.container.block(number, &self.head.sync).await;
                let Some(block) = block.map_err(|error| self.container.locate(error))? else { break };
                self.blocks = number;
                stored += block.stored.len();
                rows += block.rows;
                if block.rows > 0 {
                    blocks.push(block);
                }
            }
            if !blocks.is_empty() {
                let first_row = self.next_row;
                self.next_row += rows;
                let (bytes_read, file) = (self.container.stored_bytes(), self.container.file());
                return Ok(Some(Piece::new(Arc::clone(&self.head), blocks, first_row, bytes_read, file)));
            }
            if stored == 0 {
                if !self.container.next_file() {
                    return Ok(None);
                }
                self.head = begin_file(&mut self.container, &self.projection).await?;
                self.blocks = 0;
            }
        }
    }
}

async fn begin_file(container: &mut Container, projection: &Projection) -> Result<Arc<Head>, FileError> {
    let header = container.header().await.map_err(|error| container.locate(error))?;
    head(&header, projection).map(Arc::new).map_err(|error| container.locate(error))
}

fn head(header: &container::Header, projection: &Projection) -> Result<Head, FileError> {
    let (ty, text) = schema::read(&header.schema)?;
    let codec = Codec::named(&header.codec)?;
    let plain = container::plain_header(&text, &header.sync);
    let reader = ReaderBuilder::new().build(Cursor::new(&plain));
    let all = reader.map_err(|error| schema::unusable(&error))?.schema();
    let is_wanted = |name: &String| {
        projection.all
            || projection.roots.iter().any(|root| root.name == *name)
            || projection.literals.iter().any(|literal| literal == name)
    };
    let wanted: Vec<usize> = (0..all.fields().len()).filter(|index| is_wanted(all.field(*index).name())).collect();
    let fields: Vec<_> = wanted.iter().map(|index| normal::field(&all.fields()[*index])).collect();
    let (sync, grown) = (header.sync, [AtomicU64::new(0), AtomicU64::new(0)]);
    Ok(Head { ty, codec, sync, plain, wanted, schema: Arc::new(Schema::new(fields)), grown })
}
