//! What an object has given and what became of it: the limit on growth, and why reading ended early.

use std::{
    cell::{Cell, RefCell},
    io::{self, Read},
    rc::Rc,
};

use super::FileError;

/// Below this many expanded bytes any ratio is fine.
pub(in crate::format) const FREE_BYTES: u64 = 64 << 20;
/// Above it, expanded bytes per stored byte.
pub(in crate::format) const MAX_RATIO: u64 = 100;

/// The account of one object, shared by everything that unpacks it.
pub(super) struct Tally {
    size: u64,
    stored: Cell<u64>,
    expanded: Cell<u64>,
    /// The reason behind an I/O error, which libraries do not pass on.
    reason: RefCell<Option<FileError>>,
}

impl Tally {
    pub(super) fn new(size: u64) -> Self {
        Self { size, stored: Cell::new(0), expanded: Cell::new(0), reason: RefCell::new(None) }
    }

    /// Bytes of the object used so far; those that were read twice count once at most.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.stored.get().min(self.size)
    }

    /// `count` stored bytes have been used.
    pub(super) fn used(&self, count: usize) {
        self.stored.set(self.stored.get() + count as u64);
    }

    /// Ends reading with a text for the user.
    pub(super) fn fail(&self, message: String) -> io::Error {
        self.fail_with(FileError::corrupt(message))
    }

    /// Ends reading with an error.
    pub(super) fn fail_with(&self, error: FileError) -> io::Error {
        let text = error.message.clone();
        *self.reason.borrow_mut() = Some(error);
        io::Error::other(text)
    }

    /// What an error means for the file.
    pub(super) fn explain(&self, error: &io::Error) -> FileError {
        if let Some(reason) = self.reason.borrow_mut().take() {
            return reason;
        }
        tracing::debug!(cause = %error, "a file cannot be unpacked");
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return FileError::corrupt("the compressed file is damaged: it ends too early");
        }
        // In the words of both libraries that have a limit.
        if error.to_string().to_ascii_lowercase().contains("memory") {
            let text = format!(
                "the compressed file takes more than {} bytes of memory to expand; compress it with a smaller window",
                super::MAX_WINDOW
            );
            return FileError::corrupt(text);
        }
        FileError::corrupt("the compressed file is damaged or not compressed as declared")
    }

    fn grown(&self, count: usize) -> io::Result<()> {
        let expanded = self.expanded.get() + count as u64;
        self.expanded.set(expanded);
        if is_too_much(expanded, self.stored_bytes()) {
            let text = format!(
                "the compressed file grows to more than {MAX_RATIO} times its size, which is not accepted above {FREE_BYTES} bytes"
            );
            return Err(self.fail(text));
        }
        Ok(())
    }
}

/// Whether `stored` bytes have grown to more than is accepted of a file.
pub(in crate::format) const fn is_too_much(expanded: u64, stored: u64) -> bool {
    expanded > FREE_BYTES && expanded / MAX_RATIO > stored
}

/// Something that expands, watched.
pub(super) struct Guarded<R> {
    expands: R,
    tally: Rc<Tally>,
}

impl<R> Guarded<R> {
    pub(super) fn new(expands: R, tally: &Rc<Tally>) -> Self {
        Self { expands, tally: Rc::clone(tally) }
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.expands.read(buf)?;
        self.tally.grown(count)?;
        Ok(count)
    }
}
