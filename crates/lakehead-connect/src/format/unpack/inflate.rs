//! Deflate that must come to its end: a stream that breaks off is an error, and so is what stands behind it.

use std::io::{self, BufRead, Read};

use flate2::{Decompress, FlushDecompress, Status};

/// A deflate stream being expanded.
pub(in crate::format) struct Inflate<R> {
    from: R,
    state: Decompress,
    ended: bool,
    /// Nothing may stand behind the stream.
    alone: bool,
}

impl<R: BufRead> Inflate<R> {
    pub(in crate::format) fn new(from: R, zlib: bool) -> Self {
        Self { from, state: Decompress::new(zlib), ended: false, alone: true }
    }

    /// A stream behind which something may stand that is not looked at.
    pub(in crate::format) fn with_tail(from: R) -> Self {
        Self { alone: false, ..Self::new(from, false) }
    }
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !buf.is_empty() {
            let input = self.from.fill_buf()?;
            if input.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let (taken, made) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, buf, FlushDecompress::None).map_err(io::Error::other)?;
            let taken = (self.state.total_in() - taken) as usize;
            let made = (self.state.total_out() - made) as usize;
            self.from.consume(taken);
            if status == Status::StreamEnd {
                self.ended = true;
                if self.alone && !self.from.fill_buf()?.is_empty() {
                    return Err(io::ErrorKind::InvalidData.into());
                }
            }
            if made > 0 {
                return Ok(made);
            }
            if taken == 0 && !self.ended {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        Ok(0)
    }
}
