//! A pinned object for code that reads by blocking: from the beginning to the end, or wherever it likes.
//!
//! Only for threads that may block.

use std::{
    io::{self, BufRead, Read, Seek, SeekFrom},
    rc::Rc,
};

use ::bytes::{Buf, Bytes};
use futures::{
    StreamExt,
    stream::{BoxStream, Fuse},
};
use tokio::runtime::Handle;

use super::{FileError, Pinned, Tally};

/// First read at a new place.
const FIRST_READ: u64 = 64 << 10;
/// Longest read.
const LONGEST_READ: u64 = 4 << 20;

/// Every byte in order; reading runs ahead.
pub(super) struct Sequential {
    handle: Handle,
    stored: Fuse<BoxStream<'static, Result<Bytes, FileError>>>,
    piece: Bytes,
    tally: Rc<Tally>,
}

impl Sequential {
    pub(super) fn new(handle: &Handle, pinned: Pinned, tally: &Rc<Tally>) -> Self {
        // The reader that runs ahead is a task of this runtime.
        let _entered = handle.enter();
        Self { handle: handle.clone(), stored: pinned.stream().fuse(), piece: Bytes::new(), tally: Rc::clone(tally) }
    }
}

impl BufRead for Sequential {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.piece.is_empty() {
            match self.handle.block_on(self.stored.next()) {
                None => break,
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => return Err(self.tally.fail_with(error)),
            }
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, count: usize) {
        self.piece.advance(count);
        self.tally.used(count);
    }
}

impl Read for Sequential {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let held = self.fill_buf()?;
        let count = held.len().min(buf.len());
        buf[..count].copy_from_slice(&held[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// Any byte at any time; reads grow while they go on from one another.
pub(super) struct Ranged {
    handle: Handle,
    pinned: Pinned,
    at: u64,
    held: Bytes,
    held_at: u64,
    ahead: u64,
    tally: Rc<Tally>,
}

impl Ranged {
    pub(super) fn new(handle: &Handle, pinned: Pinned, tally: &Rc<Tally>) -> Self {
        let (handle, tally) = (handle.clone(), Rc::clone(tally));
        Self { handle, pinned, at: 0, held: Bytes::new(), held_at: 0, ahead: FIRST_READ, tally }
    }

    /// What is held from the current place on.
    fn held(&self) -> &[u8] {
        let skip = self.at.checked_sub(self.held_at).and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| self.held.get(skip..)).unwrap_or_default()
    }

    fn fetch(&mut self) -> io::Result<()> {
        let size = self.pinned.size();
        let goes_on = !self.held.is_empty() && self.at == self.held_at + self.held.len() as u64;
        self.ahead = if goes_on { (self.ahead * 4).min(LONGEST_READ) } else { FIRST_READ };
        // The directory of an archive is searched from the end backwards.
        let near_end = size.saturating_sub(2 * FIRST_READ);
        let start = if goes_on { self.at } else { self.at.min(near_end.max(self.at.saturating_sub(FIRST_READ))) };
        let end = size.min(self.at + self.ahead);
        self.held = self.handle.block_on(self.pinned.read(start..end)).map_err(|error| self.tally.fail_with(error))?;
        self.held_at = start;
        Ok(())
    }
}

impl Read for Ranged {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() || self.at >= self.pinned.size() {
            return Ok(0);
        }
        if self.held().is_empty() {
            self.fetch()?;
        }
        let held = self.held();
        let count = held.len().min(buf.len());
        buf[..count].copy_from_slice(&held[..count]);
        self.at += count as u64;
        self.tally.used(count);
        Ok(count)
    }
}

impl Seek for Ranged {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.pinned.size().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
