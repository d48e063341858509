//! Columns of numbers, days and instants, and of flags.

use parquet::basic::Encoding;

use super::bounds::NumberBounds;
use super::coder::Coder;
use super::delta;

/// The numbers of a column chunk.
pub(super) struct Numbers {
    pub(super) coder: Coder,
    pub(super) bounds: NumberBounds,
}

impl Numbers {
    pub(super) fn new() -> Self {
        Self { coder: Coder::new(true), bounds: NumberBounds::default() }
    }

    /// Adds the numbers at `rows`, which Parquet writes as these bytes.
    pub(super) fn write<T: Copy, const N: usize>(
        &mut self,
        values: &[T],
        rows: impl Iterator<Item = usize>,
        bytes_of: impl Fn(T) -> [u8; N],
        bound: impl Fn(&mut NumberBounds, T),
    ) {
        for row in rows {
            bound(&mut self.bounds, values[row]);
            let bytes = bytes_of(values[row]);
            let mut key = [0; 16];
            key[..N].copy_from_slice(&bytes);
            self.coder.short(u128::from_le_bytes(key), N, |out| out.extend_from_slice(&bytes));
        }
        self.coder.review();
        self.coder.release();
    }
}

/// Numbers that rise evenly.
#[derive(Default)]
pub(super) struct Even {
    page: Vec<i64>,
    pub(super) bounds: NumberBounds,
}

impl Even {
    pub(super) fn write(&mut self, values: &[i64], rows: impl Iterator<Item = usize>) {
        for row in rows {
            self.bounds.add_whole(values[row]);
            self.page.push(values[row]);
        }
    }

    pub(super) fn page_bytes(&self) -> usize {
        self.page.len() / 4
    }

    pub(super) fn end_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        out.extend_from_slice(&delta::encode(&self.page));
        self.page.clear();
        Encoding::DELTA_BINARY_PACKED
    }
}

/// Flags, a bit each.
#[derive(Default)]
pub(super) struct Flags {
    bits: Vec<u8>,
    count: usize,
    /// Whether there was a false, and a true.
    pub(super) seen: [bool; 2],
}

impl Flags {
    pub(super) fn write(&mut self, flags: impl Iterator<Item = bool>) {
        for flag in flags {
            if self.count.is_multiple_of(8) {
                self.bits.push(0);
            }
            if let Some(last) = self.bits.last_mut() {
                *last |= u8::from(flag) << (self.count % 8);
            }
            self.seen[usize::from(flag)] = true;
            self.count += 1;
        }
    }

    pub(super) fn page_bytes(&self) -> usize {
        self.bits.len()
    }

    pub(super) fn end_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        out.extend_from_slice(&self.bits);
        self.bits.clear();
        self.count = 0;
        Encoding::PLAIN
    }
}
