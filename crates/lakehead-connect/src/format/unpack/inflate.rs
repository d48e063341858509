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
            // What has been taken in before may still make output.
            let at_end = input.is_empty();
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
                let kind = if at_end { io::ErrorKind::UnexpectedEof } else { io::ErrorKind::InvalidData };
                return Err(kind.into());
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write};

    use super::*;

    fn deflate(plain: &[u8]) -> Vec<u8> {
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        deflate.write_all(plain).unwrap();
        deflate.finish().unwrap()
    }

    fn inflate(stored: &[u8], at_a_time: usize, room: usize) -> io::Result<Vec<u8>> {
        let mut inflate = Inflate::new(BufReader::with_capacity(at_a_time, stored), false);
        let (mut plain, mut buf) = (Vec::new(), vec![0; room]);
        loop {
            match inflate.read(&mut buf)? {
                0 => return Ok(plain),
                made => plain.extend_from_slice(&buf[..made]),
            }
        }
    }

    #[test]
    fn what_is_held_at_the_end_of_the_input_comes_out() {
        for length in (0..1500).step_by(31) {
            // Text of few letters, and runs that the last bytes of a stream stand for.
            let run = vec![b'z'; length * 4];
            let text: Vec<u8> = (0..length).map(|n| b'a' + (n * n / 7 % 5) as u8).collect();
            for plain in [run, text] {
                let stored = deflate(&plain);
                for (at_a_time, room) in [(1, 1), (8192, 1), (8192, 13), (3, 300), (8192, 8192)] {
                    let found = inflate(&stored, at_a_time, room).unwrap();
                    assert!(found == plain, "{length} {at_a_time} {room}");
                }
            }
        }
    }

    #[test]
    fn a_stream_that_breaks_off_is_an_error() {
        let stored = deflate(&vec![b'z'; 100_000]);
        for cut in 0..stored.len() {
            for room in [1, 13, 8192] {
                let error = inflate(&stored[..cut], 8192, room).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{cut} {room}");
            }
        }
        let error = inflate(&[&stored[..], b"x"].concat(), 8192, 13).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
