//! A file whose bytes are on their way to the disk while more are written, so that the end does not wait for all of them.

use std::fs::File;
use std::io::{self, Write};
use std::thread::{self, JoinHandle};

/// Bytes after which a part of the file is forced to disk.
const PART_BYTES: u64 = 16 << 20;

/// A file being written.
pub(super) struct Synced {
    file: File,
    /// Bytes since a part was last forced to disk.
    waiting: u64,
    part: Option<JoinHandle<io::Result<()>>>,
}

impl Synced {
    pub(super) fn new(file: File) -> Self {
        Self { file, waiting: 0, part: None }
    }

    /// Forces everything to disk. After an error nothing is known of what is there, in any part.
    pub(super) fn sync_all(&mut self) -> io::Result<()> {
        self.end_part()?;
        self.file.sync_all()
    }

    /// One part at a time: a disk that is slower than the encoder is waited for at the end.
    fn begin_part(&mut self) -> io::Result<()> {
        if self.part.as_ref().is_some_and(|part| !part.is_finished()) {
            return Ok(());
        }
        // The kernel tells an error of the disk once; whoever asks next is told that all is well.
        self.end_part()?;
        self.waiting = 0;
        let thread = thread::Builder::new().name("sync".to_owned());
        let begun = self.file.try_clone().and_then(|file| thread.spawn(move || file.sync_data()));
        // Without a thread to spare, all of it is done at the end.
        self.part = begun.ok();
        Ok(())
    }

    fn end_part(&mut self) -> io::Result<()> {
        match self.part.take() {
            Some(part) => part.join().unwrap_or_else(|_| Err(io::Error::other("forcing it to disk broke off"))),
            None => Ok(()),
        }
    }
}

impl Write for Synced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.waiting += count as u64;
        if self.waiting >= PART_BYTES {
            self.begin_part()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::{Read as _, Seek as _};

    use super::*;

    #[test]
    fn what_was_written_in_parts_is_there() {
        let file = tempfile::tempfile().unwrap();
        let mut synced = Synced::new(file.try_clone().unwrap());
        let piece = vec![7; 1 << 20];
        (0..40).for_each(|_| synced.write_all(&piece).unwrap());
        synced.sync_all().unwrap();
        let (mut file, mut found) = (file, Vec::new());
        file.rewind().unwrap();
        file.read_to_end(&mut found).unwrap();
        assert_eq!(found.len(), 40 << 20);
        assert!(found.iter().all(|byte| *byte == 7));
    }

    /// A device that takes bytes and cannot be forced to keep them.
    #[test]
    fn a_disk_that_keeps_nothing_is_told_by_the_next_part_or_the_end() {
        for more in [false, true] {
            let mut synced = Synced::new(OpenOptions::new().write(true).open("/dev/null").unwrap());
            let part = vec![0; PART_BYTES as usize];
            synced.write_all(&part).unwrap();
            while synced.part.as_ref().is_some_and(|part| !part.is_finished()) {
                thread::yield_now();
            }
            if more {
                assert!(synced.write_all(&part).is_err());
            } else {
                assert!(synced.end_part().is_err());
            }
        }
    }
}
