//! Compressed delimited and JSON files: streaming expansion with a cap on the ratio.

use std::{io::Write, sync::Arc};

use ::bytes::Bytes;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use futures::{StreamExt, stream::BoxStream};
use lakehead_model::{format::Compression, plan::PlannedObject};
use object_store::ObjectStore;

use super::{FileError, bytes::Pinned};

/// Below this many expanded bytes any ratio is fine.
const FREE_BYTES: u64 = 64 << 20;
/// Above it, expanded bytes per stored byte.
const MAX_RATIO: u64 = 100;
/// Stored bytes expanded in one go: 1032 times as much at worst.
const STEP_BYTES: usize = 4096;

/// The plain bytes of an object, in pieces.
pub(super) struct Plain {
    stored: BoxStream<'static, Result<Bytes, FileError>>,
    expander: Option<Expander>,
    /// Bytes taken from the object.
    pub(super) stored_bytes: u64,
    expanded: u64,
    pending: Bytes,
    ended: bool,
}

enum Expander {
    Gzip(MultiGzDecoder<Vec<u8>>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Raw(DeflateDecoder<Vec<u8>>),
    /// Deflate whose first byte has not been seen.
    Deflate,
}

/// Opens an object for sequential reading.
pub(super) fn open(
    store: &Arc<dyn ObjectStore>,
    object: &PlannedObject,
    compression: Option<Compression>,
) -> Result<Plain, FileError> {
    let expander = match compression {
        None => None,
        Some(Compression::Gzip) => Some(Expander::Gzip(MultiGzDecoder::new(Vec::new()))),
        Some(Compression::Deflate) => Some(Expander::Deflate),
        Some(other) => {
            let name = match other {
                Compression::Bzip2 => "bzip2",
                Compression::ZipDeflate => "zipDeflate",
                Compression::TarGzip => "tarGzip",
                _ => "tar",
            };
            let message = format!("the compression `{name}` is not supported yet; use `gzip` or `deflate`");
            return Err(FileError::new("CONNECTOR-2001-500", message));
        }
    };
    let stored = Pinned::new(store, object)?.stream();
    Ok(Plain { stored, expander, stored_bytes: 0, expanded: 0, pending: Bytes::new(), ended: false })
}

impl Plain {
    /// The next piece, never empty, or `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, FileError> {
        loop {
            if self.ended {
                return Ok(None);
            }
            if self.pending.is_empty() {
                let Some(bytes) = self.stored.next().await else {
                    self.ended = true;
                    let rest = self.finish()?;
                    return Ok((!rest.is_empty()).then_some(rest));
                };
                self.pending = bytes?;
            }
            let Some(expander) = &mut self.expander else {
                let bytes = std::mem::take(&mut self.pending);
                self.stored_bytes += bytes.len() as u64;
                return Ok(Some(bytes));
            };
            let plain = expander.expand(&mut self.pending, &mut self.stored_bytes)?;
            self.expanded += plain.len() as u64;
            if self.expanded > FREE_BYTES && self.expanded / MAX_RATIO > self.stored_bytes {
                let message = format!(
                    "the compressed file grows to more than {MAX_RATIO} times its size, which is not accepted above {FREE_BYTES} bytes"
                );
                return Err(FileError::corrupt(message));
            }
            if !plain.is_empty() {
                return Ok(Some(plain));
            }
        }
    }

    fn finish(&mut self) -> Result<Bytes, FileError> {
        match self.expander.take() {
            None | Some(Expander::Deflate) => Ok(Vec::new()),
            Some(Expander::Gzip(decoder)) => decoder.finish(),
            Some(Expander::Zlib(decoder)) => decoder.finish(),
            Some(Expander::Raw(decoder)) => decoder.finish(),
        }
        .map(Bytes::from)
        .map_err(|_| broken())
    }
}

impl Expander {
    /// Expands until about a megabyte is there or `input` is used up.
    fn expand(&mut self, input: &mut Bytes, stored: &mut u64) -> Result<Bytes, FileError> {
        if matches!(self, Self::Deflate) {
            // HTTP taught the world to call the zlib form "deflate"; its first byte tells it apart.
            *self = if input.first() == Some(&0x78) {
                Self::Zlib(ZlibDecoder::new(Vec::new()))
            } else {
                Self::Raw(DeflateDecoder::new(Vec::new()))
            };
        }
        let mut out = Vec::new();
        while !input.is_empty() && out.len() < 1 << 20 {
            let step = input.split_to(input.len().min(STEP_BYTES));
            *stored += step.len() as u64;
            let written = match self {
                Self::Gzip(decoder) => decoder.write_all(&step).map(|()| out.append(decoder.get_mut())),
                Self::Zlib(decoder) => decoder.write_all(&step).map(|()| out.append(decoder.get_mut())),
                Self::Raw(decoder) => decoder.write_all(&step).map(|()| out.append(decoder.get_mut())),
                Self::Deflate => Ok(()),
            };
            written.map_err(|_| broken())?;
        }
        Ok(Bytes::from(out))
    }
}

fn broken() -> FileError {
    FileError::corrupt("the compressed file is damaged or not compressed as declared")
}
