//! Avro files, read whole and written again with other values.

use std::io::Read;

use apache_avro::types::Value;
use apache_avro::{Reader, Schema, to_avro_datum};

use crate::lake::LakeError;

const MAGIC: &[u8] = b"Obj\x01";
const CODEC: &[u8] = b"avro.codec";
/// Most entries of a header.
const MAX_ENTRIES: usize = 1000;

/// A file with its records.
pub(super) struct Container {
    /// Everything before the first block, for records that are not compressed. Copied, not made anew: readers find their
    /// field ids in it, and the bytes have to be the same every time.
    header: Vec<u8>,
    sync: [u8; 16],
    schema: Schema,
    pub(super) records: Vec<Value>,
}

impl Container {
    /// Reads a file.
    ///
    /// # Errors
    /// It is damaged.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, LakeError> {
        let (header, sync) = read_header(bytes).ok_or_else(|| damaged("its header is not one"))?;
        let reader = Reader::new(bytes).map_err(damaged)?;
        let schema = reader.writer_schema().clone();
        let records = reader.collect::<Result<_, _>>().map_err(damaged)?;
        Ok(Self { header, sync, schema, records })
    }

    /// The bytes of the file, with the records in one block.
    ///
    /// # Errors
    /// A record does not fit the schema.
    pub(super) fn write(self) -> Result<Vec<u8>, LakeError> {
        let mut file = self.header;
        let count = self.records.len();
        if count == 0 {
            return Ok(file);
        }
        let mut block = Vec::new();
        for record in self.records {
            block.extend(to_avro_datum(&self.schema, record).map_err(damaged)?);
        }
        put_long(&mut file, count);
        put_bytes(&mut file, &block);
        file.extend(self.sync);
        Ok(file)
    }
}

fn damaged(error: impl std::fmt::Display) -> LakeError {
    LakeError::Unreadable(format!("a manifest cannot be translated: {error}"))
}

/// The header as it is for blocks without compression, and the marker that ends it.
fn read_header(bytes: &[u8]) -> Option<(Vec<u8>, [u8; 16])> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let mut entries = Vec::new();
    loop {
        let count = get_long(&mut rest)?;
        if count == 0 {
            break;
        }
        if count < 0 {
            // The size of the block follows, for those who leave it out.
            get_long(&mut rest)?;
        }
        for _ in 0..count.unsigned_abs() {
            entries.push((get_bytes(&mut rest)?, get_bytes(&mut rest)?));
            if entries.len() > MAX_ENTRIES {
                return None;
            }
        }
    }
    let mut sync = [0; 16];
    rest.read_exact(&mut sync).ok()?;
    let mut header = MAGIC.to_vec();
    if !entries.is_empty() {
        put_long(&mut header, entries.len());
    }
    for (name, value) in entries {
        put_bytes(&mut header, name);
        put_bytes(&mut header, if name == CODEC { b"null" } else { value });
    }
    put_long(&mut header, 0);
    header.extend(sync);
    Some((header, sync))
}

fn get_long(rest: &mut &[u8]) -> Option<i64> {
    let (mut value, mut shift) = (0_u64, 0);
    while shift < 64 {
        let (byte, more) = rest.split_first()?;
        *rest = more;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value >> 1) as i64 ^ -((value & 1) as i64));
        }
        shift += 7;
    }
    None
}

fn get_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(get_long(rest)?).ok()?;
    let (bytes, more) = rest.split_at_checked(length)?;
    *rest = more;
    Some(bytes)
}

fn put_long(file: &mut Vec<u8>, value: usize) {
    let mut value = (value as u64) << 1;
    while value >= 0x80 {
        file.push(value as u8 | 0x80);
        value >>= 7;
    }
    file.push(value as u8);
}

fn put_bytes(file: &mut Vec<u8>, bytes: &[u8]) {
    put_long(file, bytes.len());
    file.extend(bytes);
}
