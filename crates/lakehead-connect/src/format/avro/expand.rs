//! Blocks of Avro files, expanded within limits.

use std::{
    io::{self, Read},
    sync::atomic::{AtomicU64, Ordering},
};

use super::{Block, FileError, container::MAX_BLOCK_BYTES};
use crate::format::unpack::{FREE_BYTES, Inflate, MAX_RATIO, is_too_much, xz_within, zstd_within};

/// How blocks are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Null,
    Deflate,
    Snappy,
    Zstandard,
    Bzip2,
    Xz,
}

impl Codec {
    /// By the name in the header.
    pub(super) fn named(name: &str) -> Result<Self, FileError> {
        Ok(match name {
            "null" | "" => Self::Null,
            "deflate" => Self::Deflate,
            "snappy" => Self::Snappy,
            "zstandard" => Self::Zstandard,
            "bzip2" => Self::Bzip2,
            "xz" => Self::Xz,
            other => {
                let other: String =
                    other.chars().take(40).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
                let text = format!(
                    "the Avro file is compressed by `{other}`, which is not supported; write it with `deflate`, `snappy`, `zstandard`, `bzip2`, `xz` or `null`"
                );
                return Err(FileError::corrupt(text));
            }
        })
    }
}

/// The plain bytes of a block. `grown` is the account of the file: bytes stored and expanded.
pub(super) fn block(block: &Block, codec: Codec, grown: &[AtomicU64; 2]) -> Result<Vec<u8>, FileError> {
    let number = block.number;
    let stored = block.stored.as_slice();
    let plain = match codec {
        Codec::Null => return Ok(stored.to_vec()),
        // Writers in Python leave a part of a check sum behind the stream.
        Codec::Deflate => all_of(Inflate::with_tail(stored)),
        Codec::Snappy => snappy(stored),
        Codec::Zstandard => zstd_within(stored).and_then(all_of),
        Codec::Bzip2 => all_of(bzip2::bufread::MultiBzDecoder::new(stored)),
        Codec::Xz => xz_within(stored).and_then(all_of),
    };
    let plain = plain.map_err(|error| {
        tracing::debug!(cause = %error, "a block cannot be expanded");
        FileError::corrupt(format!("block {number} of the Avro file is damaged: it cannot be expanded"))
    })?;
    if plain.len() as u64 > MAX_BLOCK_BYTES {
        let text = format!(
            "block {number} of the Avro file expands to more than {MAX_BLOCK_BYTES} bytes; write smaller blocks"
        );
        return Err(FileError::corrupt(text));
    }
    let add = |to: &AtomicU64, count: usize| to.fetch_add(count as u64, Ordering::Relaxed) + count as u64;
    let (packed, expanded) = (add(&grown[0], stored.len()), add(&grown[1], plain.len()));
    if is_too_much(expanded, packed) {
        let text = format!(
            "the blocks of the Avro file grow to more than {MAX_RATIO} times their size, which is not accepted above {FREE_BYTES} bytes"
        );
        return Err(FileError::corrupt(text));
    }
    Ok(plain)
}

/// Everything, but not much more than a block may have.
fn all_of(expands: impl Read) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    expands.take(MAX_BLOCK_BYTES + 1).read_to_end(&mut plain)?;
    Ok(plain)
}

/// The raw form, with a check sum behind it.
fn snappy(stored: &[u8]) -> io::Result<Vec<u8>> {
    let damaged = || io::Error::from(io::ErrorKind::InvalidData);
    let (packed, sum) = stored.split_last_chunk::<4>().ok_or_else(damaged)?;
    let length = snap::raw::decompress_len(packed)? as u64;
    if length > MAX_BLOCK_BYTES {
        // The caller says that it is too much.
        return Ok(vec![0; MAX_BLOCK_BYTES as usize + 1]);
    }
    let plain = snap::raw::Decoder::new().decompress_vec(packed)?;
    let mut found = flate2::Crc::new();
    found.update(&plain);
    if found.sum() == u32::from_be_bytes(*sum) { Ok(plain) } else { Err(damaged()) }
}
