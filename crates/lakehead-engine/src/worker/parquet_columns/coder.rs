//! The values of a column, by their places in a dictionary as long as that pays, and as they are from then on.

use parquet::basic::Encoding;

use super::dictionary::{Found, MAX_BYTES, MAX_VALUES, Places, does_not_pay, spread};
use super::{PAGE_BYTES, hybrid};

/// A page by place ends when its values would take this many bytes: then they fit when the dictionary is given up,
/// and in the memory of readers.
const MAX_EXPANDED: usize = 8 * PAGE_BYTES;

/// The open page of a column, and the dictionary of its chunk.
pub(super) struct Coder {
    places: Places,
    /// What each value of the dictionary is known by.
    keys: Vec<u128>,
    /// Where it begins in `dictionary`.
    starts: Vec<u32>,
    /// The values as Parquet writes them, one behind the other.
    dictionary: Vec<u8>,
    /// Places of the values of the open page.
    page_places: Vec<u32>,
    /// Values of the open page, once the dictionary has been given up.
    page_plain: Vec<u8>,
    /// Bytes that the values of `page_places` would take as they are.
    page_expanded: usize,
    /// The value before, which comes again often.
    last: Option<(u128, u32)>,
    by_place: bool,
    /// Earlier pages need the dictionary.
    needed: bool,
    count: usize,
}

impl Coder {
    /// `by_place`: whether a dictionary is tried at all.
    pub(super) fn new(by_place: bool) -> Self {
        Self {
            places: Places::new(),
            keys: Vec::new(),
            starts: Vec::new(),
            dictionary: Vec::new(),
            page_places: Vec::new(),
            page_plain: Vec::new(),
            page_expanded: 0,
            last: None,
            by_place,
            needed: false,
            count: 0,
        }
    }

    /// Whether values still go to the dictionary.
    pub(super) fn by_place(&self) -> bool {
        self.by_place
    }

    /// Adds a value of `length` bytes that is known by `key` alone.
    pub(super) fn short(&mut self, key: u128, length: usize, append: impl Fn(&mut Vec<u8>)) {
        self.count += 1;
        if !self.by_place {
            return append(&mut self.page_plain);
        }
        self.page_expanded += length;
        if let Some((_, place)) = self.last.filter(|(last, _)| *last == key) {
            return self.page_places.push(place);
        }
        let keys = &self.keys;
        let found = self.places.find(spread(key), |place| keys[place] == key);
        self.put(found, key, key, append);
    }

    /// Adds a text. `seen` is the same for the same text only, but not always: it finds the one before again.
    pub(super) fn long(&mut self, seen: u128, text: &[u8], hash: impl Fn(&[u8]) -> u64) {
        self.count += 1;
        let append = |out: &mut Vec<u8>| append_text(text, out);
        if !self.by_place {
            return append(&mut self.page_plain);
        }
        self.page_expanded += text.len() + 4;
        if let Some((_, place)) = self.last.filter(|(last, _)| *last == seen) {
            return self.page_places.push(place);
        }
        // With more than twelve bytes it differs from the key of every short text.
        let (hash, length) = (hash(text), text.len() as u128);
        let key = length | (u128::from(hash) << 32);
        let (keys, starts, dictionary) = (&self.keys, &self.starts, &self.dictionary);
        let is_it = |place: usize| {
            let start = starts[place] as usize + 4;
            keys[place] == key && dictionary.get(start..start + text.len()) == Some(text)
        };
        let found = self.places.find(hash, is_it);
        self.put(found, key, seen, append);
    }

    fn put(&mut self, found: Found, key: u128, seen: u128, append: impl Fn(&mut Vec<u8>)) {
        match found {
            Found::At(place) => {
                self.last = Some((seen, place));
                self.page_places.push(place);
            }
            Found::New(place) => {
                self.keys.push(key);
                self.starts.push(self.dictionary.len() as u32);
                append(&mut self.dictionary);
                self.last = Some((seen, place));
                self.page_places.push(place);
                if self.dictionary.len() > MAX_BYTES || self.keys.len() > MAX_VALUES {
                    self.give_up();
                }
            }
            Found::GaveUp => {
                self.give_up();
                append(&mut self.page_plain);
            }
        }
    }

    /// Another array comes: what was seen before means nothing in it.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }

    /// Gives the dictionary up where it has not paid. Called between batches.
    pub(super) fn review(&mut self) {
        if self.by_place && !self.needed && does_not_pay(self.places.len(), self.count) {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        for place in std::mem::take(&mut self.page_places) {
            let entry = entry(&self.dictionary, &self.starts, place as usize);
            self.page_plain.extend_from_slice(entry);
        }
        self.page_expanded = 0;
        self.by_place = false;
    }

    /// Whether there is a dictionary that was given up before any page needed it.
    pub(super) fn is_given_up(&self) -> bool {
        !self.by_place && !self.needed && !self.keys.is_empty()
    }

    /// Frees it.
    pub(super) fn release(&mut self) {
        if self.is_given_up() {
            (self.places, self.keys) = (Places::new(), Vec::new());
            (self.starts, self.dictionary) = (Vec::new(), Vec::new());
        }
    }

    /// Whether the open page should end.
    pub(super) fn page_is_full(&self) -> bool {
        self.page_plain.len() >= PAGE_BYTES || self.page_expanded >= MAX_EXPANDED
    }

    /// About how many bytes the chunk holds beyond its pages.
    pub(super) fn size(&self) -> usize {
        self.page_plain.len() + self.page_places.len() * 2 + self.dictionary.len() + self.keys.len() * Places::BYTES
    }

    /// Appends the open page, which is empty afterwards.
    pub(super) fn end_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        if self.by_place && !self.page_places.is_empty() {
            let width = hybrid::width(self.places.len().saturating_sub(1) as u32);
            out.push(width as u8);
            hybrid::encode(&self.page_places, width, out);
            self.page_places.clear();
            self.page_expanded = 0;
            self.needed = true;
            return Encoding::RLE_DICTIONARY;
        }
        out.extend_from_slice(&self.page_plain);
        self.page_plain.clear();
        self.page_plain.shrink_to(2 * PAGE_BYTES);
        Encoding::PLAIN
    }

    /// All values that have ever been in the dictionary, as Parquet writes them.
    pub(super) fn entries(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.starts.len()).map(|place| entry(&self.dictionary, &self.starts, place))
    }

    /// Ends the chunk: the dictionary, where pages need it, and how many values it has. The next chunk tries none where
    /// this one gave up.
    pub(super) fn end_chunk(&mut self) -> Option<(Vec<u8>, u32)> {
        let ended = std::mem::replace(self, Self::new(self.by_place));
        ended.needed.then_some((ended.dictionary, ended.keys.len() as u32))
    }
}

fn entry<'a>(dictionary: &'a [u8], starts: &[u32], place: usize) -> &'a [u8] {
    let end = starts.get(place + 1).map_or(dictionary.len(), |end| *end as usize);
    &dictionary[starts[place] as usize..end]
}

/// A text as Parquet writes it: its length and its bytes.
pub(super) fn append_text(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text);
}
