//! LZ4 frames, one behind the other: a frame that breaks off is an error, frames to be skipped are skipped.

use std::{
    cell::Cell,
    io::{self, BufRead, Chain, Cursor, Read},
    rc::Rc,
};

use lz4_flex::frame::FrameDecoder;

use super::WatchedEnd;

/// How a frame begins.
const MAGIC: u32 = 0x184D_2204;
/// How a frame of no data begins, but for the last four bits.
const SKIPPABLE: u32 = 0x184D_2A50;

/// A frame with its first bytes, which had to be looked at.
type Frame<R> = FrameDecoder<Chain<Cursor<[u8; 4]>, WatchedEnd<R>>>;

/// LZ4 frames being expanded.
pub(super) struct Lz4<R: BufRead> {
    state: State<R>,
    /// The bytes came to their end inside a frame.
    cut_off: Rc<Cell<bool>>,
    /// A frame has been found.
    any: bool,
}

enum State<R: BufRead> {
    Between(R),
    Inside(Box<Frame<R>>),
    /// After an error.
    Lost,
}

impl<R: BufRead> Lz4<R> {
    pub(super) fn new(from: R) -> Self {
        Self { state: State::Between(from), cut_off: Rc::default(), any: false }
    }

    /// Goes to the next frame that holds data; answers whether there is one.
    fn begin(&mut self, mut from: R) -> io::Result<bool> {
        loop {
            if from.fill_buf()?.is_empty() {
                self.state = State::Between(from);
                return if self.any { Ok(false) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
            let mut magic = [0; 4];
            from.read_exact(&mut magic)?;
            let number = u32::from_le_bytes(magic);
            if number == MAGIC {
                self.any = true;
                let rest = WatchedEnd { from, seen: Rc::clone(&self.cut_off) };
                self.state = State::Inside(Box::new(FrameDecoder::new(Cursor::new(magic).chain(rest))));
                return Ok(true);
            }
            if number & !0xf != SKIPPABLE {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut length = [0; 4];
            from.read_exact(&mut length)?;
            let length = u64::from(u32::from_le_bytes(length));
            if io::copy(&mut from.by_ref().take(length), &mut io::sink())? != length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl<R: BufRead> Read for Lz4<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.state, State::Lost) {
                State::Lost => return Err(io::ErrorKind::InvalidData.into()),
                State::Between(from) => {
                    if !self.begin(from)? {
                        return Ok(0);
                    }
                }
                State::Inside(mut frame) => {
                    let count = frame.read(buf)?;
                    if count > 0 || buf.is_empty() {
                        self.state = State::Inside(frame);
                        return Ok(count);
                    }
                    // The library takes the end of the bytes for the end of the frame.
                    if self.cut_off.get() {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    self.state = State::Between(frame.into_inner().into_inner().1.from);
                }
            }
        }
    }
}
