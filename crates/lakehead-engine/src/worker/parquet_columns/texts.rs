//! Columns of texts.

use ahash::RandomState;
use arrow::array::StringViewArray;

use super::bounds::TextBounds;
use super::coder::Coder;

/// Texts up to this length are in their view.
const INLINE: u32 = 12;

/// The texts of a column chunk.
pub(super) struct Texts {
    pub(super) coder: Coder,
    bounds: TextBounds,
    hashes: RandomState,
}

impl Texts {
    pub(super) fn new() -> Self {
        // What was made to collide makes a dictionary be given up; the seeds need not be secret.
        let hashes = RandomState::with_seeds(1, 2, 3, 4);
        Self { coder: Coder::new(true), bounds: TextBounds::default(), hashes }
    }

    /// Adds the texts at `rows`.
    pub(super) fn write(&mut self, array: &StringViewArray, rows: impl Iterator<Item = usize>) {
        let (views, hashes) = (array.views(), &self.hashes);
        self.coder.forget();
        for row in rows {
            let view = views[row];
            if view as u32 <= INLINE {
                let bytes = (view >> 32).to_le_bytes();
                let text = &bytes[..(view as u32) as usize];
                self.coder.short(view, text.len() + 4, |out| super::coder::append_text(text, out));
            } else {
                self.coder.long(view, array.value(row).as_bytes(), |text| hashes.hash_one(text));
            }
            // Those in the dictionary are looked at once, when it is complete.
            if !self.coder.by_place() {
                self.bounds.add_view(view, || array.value(row).as_bytes());
            }
        }
        self.coder.review();
        if self.coder.is_given_up() {
            add_entries(&mut self.bounds, &self.coder);
            self.coder.release();
        }
    }

    /// Ends the chunk: the smallest and the largest text.
    pub(super) fn end_chunk(&mut self) -> TextBounds {
        let mut bounds = std::mem::take(&mut self.bounds);
        add_entries(&mut bounds, &self.coder);
        bounds
    }
}

fn add_entries(bounds: &mut TextBounds, coder: &Coder) {
    for entry in coder.entries() {
        bounds.add(&entry[4..]);
    }
}
