//! The container around Avro rows: a header with the schema, then blocks with a marker behind each.

use super::{Block, FileError, Plain};

/// Most bytes of a block, as stored and expanded.
pub(super) const MAX_BLOCK_BYTES: u64 = 64 << 20;
/// Most bytes of the header's entries.
const MAX_HEADER_BYTES: u64 = 16 << 20;
/// How a file begins.
pub(in crate::format) const MAGIC: &[u8] = b"Obj\x01";

/// The header of a file.
pub(super) struct Header {
    /// JSON.
    pub(super) schema: Vec<u8>,
    /// How blocks are compressed.
    pub(super) codec: String,
    /// Stands behind every block.
    pub(super) sync: [u8; 16],
}

/// The bytes of a file, taken as they are needed.
pub(super) struct Container {
    bytes: Plain,
    held: Vec<u8>,
    at: usize,
}

impl Container {
    pub(super) fn new(bytes: Plain) -> Self {
        Self { bytes, held: Vec::new(), at: 0 }
    }

    pub(super) fn stored_bytes(&self) -> u64 {
        self.bytes.stored_bytes
    }

    /// Name of the file of an archive that is being read.
    pub(super) fn file(&self) -> Option<String> {
        self.bytes.file().map(str::to_owned)
    }

    /// Says which file of an archive an error is about.
    pub(super) fn locate(&self, error: FileError) -> FileError {
        self.bytes.locate(error)
    }

    /// Goes on to the next file of an archive; answers whether there is one.
    pub(super) fn next_file(&mut self) -> bool {
        self.held.clear();
        self.at = 0;
        self.bytes.next_file()
    }

    pub(super) async fn header(&mut self) -> Result<Header, FileError> {
        if !self.has(MAGIC.len()).await? || self.take(MAGIC.len()).await? != MAGIC {
            return Err(FileError::corrupt("the file is not an Avro file: it does not begin with `Obj` and 1"));
        }
        let (mut schema, mut codec, mut left) = (None, None, MAX_HEADER_BYTES);
        loop {
            let entries = self.long().await?;
            if entries == 0 {
                break;
            }
            if entries < 0 {
                // What follows is the size of the entries.
                self.long().await?;
            }
            for _ in 0..entries.unsigned_abs() {
                let name = self.text(&mut left).await?;
                let value = self.text(&mut left).await?;
                match name.as_slice() {
                    b"avro.schema" => schema = Some(value),
                    b"avro.codec" => codec = Some(value),
                    _ => {}
                }
            }
        }
        let schema = schema.ok_or_else(|| FileError::corrupt("the header of the Avro file has no `avro.schema`"))?;
        let codec = codec.unwrap_or_else(|| b"null".to_vec());
        let codec = String::from_utf8_lossy(&codec).into_owned();
        Ok(Header { schema, codec, sync: self.sync().await? })
    }

    /// The next block; `None` at the end of the file.
    pub(super) async fn block(&mut self, number: u64, sync: &[u8; 16]) -> Result<Option<Block>, FileError> {
        if !self.has(1).await? {
            return Ok(None);
        }
        let (rows, size) = (self.long().await?, self.long().await?);
        let within = |value: i64| u64::try_from(value).ok().filter(|value| *value <= MAX_BLOCK_BYTES);
        // A row has one byte at least.
        let (Some(rows), Some(size)) = (within(rows), within(size)) else {
            let text = format!(
                "block {number} of the Avro file claims {rows} rows in {size} bytes; at most {MAX_BLOCK_BYTES} bytes are accepted, write smaller blocks"
            );
            return Err(FileError::corrupt(text));
        };
        let stored = self.take(size as usize).await?;
        if self.sync().await? != *sync {
            let text = format!("block {number} of the Avro file is damaged: its sync marker is not that of the file");
            return Err(FileError::corrupt(text));
        }
        Ok(Some(Block { number, rows, stored }))
    }

    async fn sync(&mut self) -> Result<[u8; 16], FileError> {
        let bytes = self.take(16).await?;
        bytes.try_into().map_err(|_| cut_off())
    }

    /// Bytes with their length before them; `left` is how many may still come.
    async fn text(&mut self, left: &mut u64) -> Result<Vec<u8>, FileError> {
        let length = self.long().await?;
        let length = u64::try_from(length).ok().filter(|length| *length < *left).ok_or_else(|| {
            FileError::corrupt(format!(
                "the header of the Avro file is damaged, or larger than {MAX_HEADER_BYTES} bytes"
            ))
        })?;
        *left -= length + 1;
        self.take(length as usize).await
    }

    async fn long(&mut self) -> Result<i64, FileError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1).await?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err(FileError::corrupt("the Avro file is damaged: a number does not end"))
    }

    async fn take(&mut self, count: usize) -> Result<Vec<u8>, FileError> {
        if !self.has(count).await? {
            return Err(cut_off());
        }
        let taken = self.held[self.at..self.at + count].to_vec();
        self.at += count;
        Ok(taken)
    }

    /// Whether so many bytes follow.
    async fn has(&mut self, count: usize) -> Result<bool, FileError> {
        while self.held.len() - self.at < count {
            let Some(piece) = self.bytes.next().await? else { return Ok(false) };
            self.held.drain(..self.at);
            self.at = 0;
            self.held.extend_from_slice(&piece);
        }
        Ok(true)
    }
}

fn cut_off() -> FileError {
    FileError::corrupt("the Avro file is cut off: it ends inside a block or its header")
}

/// The header of a file whose blocks are not compressed.
pub(super) fn plain_header(schema: &str, sync: &[u8; 16]) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    put_long(&mut header, 2);
    for text in ["avro.schema", schema, "avro.codec", "null"] {
        put_long(&mut header, text.len() as i64);
        header.extend_from_slice(text.as_bytes());
    }
    put_long(&mut header, 0);
    header.extend_from_slice(sync);
    header
}

/// Adds a block that is not compressed.
pub(super) fn append_block(file: &mut Vec<u8>, rows: u64, plain: &[u8], sync: &[u8; 16]) {
    put_long(file, rows as i64);
    put_long(file, plain.len() as i64);
    file.extend_from_slice(plain);
    file.extend_from_slice(sync);
}

/// A whole number as Avro writes it.
pub(super) fn put_long(into: &mut Vec<u8>, value: i64) {
    let mut left = (value << 1 ^ value >> 63) as u64;
    while left >= 0x80 {
        into.push(left as u8 | 0x80);
        left >>= 7;
    }
    into.push(left as u8);
}
