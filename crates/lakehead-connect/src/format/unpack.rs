//! Compressed files and archives, unpacked in a thread of their own.
//!
//! The libraries that unpack read by blocking; what they give goes through a short queue to [`super::plain::Plain`]. Memory
//! is bounded by the queue, growth by [`Tally`]. Names in archives are text for messages: nothing is written anywhere.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
    rc::Rc,
};

use ::bytes::Bytes;
use lakehead_model::format::Compression;
use tokio::{runtime::Handle, sync::mpsc};

use super::{FileError, bytes::Pinned, detect::is_zlib};

mod inflate;
mod lz4;
mod source;
mod tally;
#[cfg(test)]
mod tests;
mod zip;

pub(super) use self::{
    inflate::Inflate,
    tally::{FREE_BYTES, MAX_RATIO, is_too_much},
};
use self::{
    lz4::Lz4,
    source::{Ranged, Sequential},
    tally::{Guarded, Tally},
};

/// Plain bytes handed over together.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces that wait to be taken.
const AHEAD: usize = 4;

/// Memory that a file may demand for what it looks back on: as much as the `zstd` command gives without being told to,
/// and more than any level of `xz` takes.
const MAX_WINDOW: u64 = 128 << 20;

/// What comes out of the thread, in order. The last part is an error or the end.
pub(super) enum Part {
    /// A file of an archive begins; only files that hold something are announced.
    File {
        /// As the archive spells it.
        name: String,
    },
    /// Plain bytes, never empty.
    Bytes {
        /// The bytes.
        bytes: Bytes,
        /// Bytes of the object used so far.
        stored_bytes: u64,
    },
    /// Everything has been read and checked.
    End {
        /// Bytes of the object used.
        stored_bytes: u64,
    },
}

/// Starts to unpack; the thread ends with the receiver.
pub(super) fn start(pinned: Pinned, compression: Compression) -> mpsc::Receiver<Result<Part, FileError>> {
    let (send, parts) = mpsc::channel(AHEAD);
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || {
        let out = Out { tally: Rc::new(Tally::new(pinned.size())), announced: Cell::new(None), send };
        let end = match unpack(&out, compression, &handle, pinned) {
            Ok(()) => Ok(Part::End { stored_bytes: out.tally.stored_bytes() }),
            Err(error) => Err(out.tally.explain(&error)),
        };
        // Nobody may be waiting any more.
        let _ = out.send.blocking_send(end);
    });
    parts
}

fn unpack(out: &Out, compression: Compression, handle: &Handle, pinned: Pinned) -> io::Result<()> {
    if compression == Compression::ZipDeflate {
        return zip::unpack(out, Ranged::new(handle, pinned, &out.tally));
    }
    let stored = Sequential::new(handle, pinned, &out.tally);
    match compression {
        Compression::Tar => tar(out, stored),
        single if single.in_tar_of().is_none() => out.copy(expanded(single, stored)?),
        around => {
            let inside = expanded(around.in_tar_of().unwrap_or(around), stored)?;
            tar(out, Guarded::new(inside, &out.tally))
        }
    }
}

/// What a compressed stream expands to. Streams one behind the other are one.
fn expanded(compression: Compression, mut stored: Sequential) -> io::Result<Box<dyn Read>> {
    Ok(match compression {
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(stored)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(stored)),
        Compression::Deflate => {
            let zlib = is_zlib(stored.fill_buf()?);
            Box::new(Inflate::new(stored, zlib))
        }
        Compression::Zstd => Box::new(zstd_within(stored)?),
        Compression::Xz => Box::new(xz_within(stored)?),
        Compression::Lz4 => Box::new(Lz4::new(stored)),
        Compression::Snappy => Box::new(snap::read::FrameDecoder::new(stored)),
        // Archives are taken apart by the caller.
        other => return Err(io::Error::other(format!("{} is no stream", other.name()))),
    })
}

/// Zstandard, with a limit on memory.
pub(super) fn zstd_within<R: BufRead>(stored: R) -> io::Result<zstd::stream::read::Decoder<'static, R>> {
    let mut zstd = zstd::stream::read::Decoder::with_buffer(stored)?;
    zstd.window_log_max(MAX_WINDOW.ilog2())?;
    Ok(zstd)
}

/// Xz, with a limit on memory.
pub(super) fn xz_within<R: BufRead>(stored: R) -> io::Result<liblzma::bufread::XzDecoder<R>> {
    let limited = liblzma::stream::Stream::new_stream_decoder(MAX_WINDOW, liblzma::stream::CONCATENATED)?;
    Ok(liblzma::bufread::XzDecoder::new_stream(stored, limited))
}

/// The regular files of a tar archive, in their order. Links, folders and devices hold no rows.
fn tar(out: &Out, stored: impl Read) -> io::Result<()> {
    let cut_off = Rc::new(Cell::new(false));
    let mut archive = tar::Archive::new(WatchedEnd { from: stored, seen: Rc::clone(&cut_off) });
    for entry in archive.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if kind.is_gnu_sparse() || has_sparse_extension(&mut entry)? {
            return Err(out.tally.fail(format!("`{name}` in the archive is a sparse file, which is not supported")));
        }
        if !(kind.is_file() || kind.is_contiguous()) || is_metadata(&name) {
            continue;
        }
        let size = entry.size();
        if out.copy_file(name, &mut entry)? != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    // An archive ends with empty blocks; one that just stops may have lost files.
    if cut_off.get() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // The check sum of a compression around the archive stands at its very end.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map(drop)
}

fn has_sparse_extension(entry: &mut tar::Entry<'_, impl Read>) -> io::Result<bool> {
    let Some(extensions) = entry.pax_extensions()? else { return Ok(false) };
    for extension in extensions {
        if extension?.key_bytes().starts_with(b"GNU.sparse.") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What macOS adds to archives beside the files of their owner.
fn is_metadata(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/") || last.starts_with("._") || last == ".DS_Store"
}

/// The sending end of a thread that unpacks.
struct Out {
    tally: Rc<Tally>,
    /// A file that has begun and given nothing yet.
    announced: Cell<Option<String>>,
    send: mpsc::Sender<Result<Part, FileError>>,
}

impl Out {
    /// Hands over everything that `packed` expands to.
    fn copy(&self, packed: impl Read) -> io::Result<()> {
        self.pass_on(Guarded::new(packed, &self.tally)).map(drop)
    }

    /// Hands over one file of an archive; answers its length. `file` must not grow by itself, or be guarded.
    fn copy_file(&self, name: String, file: impl Read) -> io::Result<u64> {
        self.announced.set(Some(name));
        let copied = self.pass_on(file);
        self.announced.set(None);
        copied
    }

    fn pass_on(&self, mut plain: impl Read) -> io::Result<u64> {
        let mut copied = 0;
        loop {
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            plain.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
            if piece.is_empty() {
                return Ok(copied);
            }
            copied += piece.len() as u64;
            if let Some(name) = self.announced.take() {
                self.give(Part::File { name })?;
            }
            self.give(Part::Bytes { bytes: piece.into(), stored_bytes: self.tally.stored_bytes() })?;
        }
    }

    fn give(&self, part: Part) -> io::Result<()> {
        self.send.blocking_send(Ok(part)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Notes that a reader came to its end.
struct WatchedEnd<R> {
    from: R,
    seen: Rc<Cell<bool>>,
}

impl<R: Read> Read for WatchedEnd<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buf)?;
        if count == 0 && !buf.is_empty() {
            self.seen.set(true);
        }
        Ok(count)
    }
}
