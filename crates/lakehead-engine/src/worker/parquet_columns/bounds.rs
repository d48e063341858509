//! The smallest and the largest value of a column chunk.

use parquet::data_type::ByteArray;
use parquet::file::statistics::{Statistics, ValueStatistics};

/// Longer texts are cut: a bound is read more often than its file.
const MAX_TEXT_BYTES: usize = 64;

/// Bounds of texts, in the order of their bytes.
#[derive(Default)]
pub(super) struct TextBounds {
    bounds: Option<(Vec<u8>, Vec<u8>)>,
    /// The first four bytes of both, which decide for most texts.
    beginnings: (u32, u32),
}

impl TextBounds {
    pub(super) fn add(&mut self, text: &[u8]) {
        let Some((least, greatest)) = &mut self.bounds else {
            self.bounds = Some((text.to_vec(), text.to_vec()));
            self.beginnings = (beginning(text), beginning(text));
            return;
        };
        if text < least.as_slice() {
            *least = text.to_vec();
            self.beginnings.0 = beginning(text);
        } else if text > greatest.as_slice() {
            *greatest = text.to_vec();
            self.beginnings.1 = beginning(text);
        }
    }

    /// The same for a text whose view is at hand: mostly that is enough.
    pub(super) fn add_view<'a>(&mut self, view: u128, text: impl Fn() -> &'a [u8]) {
        let beginning = ((view >> 32) as u32).swap_bytes();
        let between = beginning > self.beginnings.0 && beginning < self.beginnings.1;
        if !between || self.bounds.is_none() {
            self.add(text());
        }
    }

    /// What Parquet says of them. Cut texts are still bounds, and said not to be exact.
    pub(super) fn statistics(self, nulls: u64) -> Statistics {
        let Some((least, greatest)) = self.bounds else {
            return Statistics::ByteArray(ValueStatistics::new(None, None, None, Some(nulls), false));
        };
        let (least, least_exact) = cut(least);
        let (greatest, greatest_exact) = cut(greatest);
        let greatest = if greatest_exact { Some(greatest) } else { above(greatest) };
        let array = |bytes: Vec<u8>| ByteArray::from(bytes);
        Statistics::ByteArray(
            ValueStatistics::new(Some(array(least)), greatest.map(array), None, Some(nulls), false)
                .with_min_is_exact(least_exact)
                .with_max_is_exact(greatest_exact),
        )
    }
}

fn beginning(text: &[u8]) -> u32 {
    let mut bytes = [0; 4];
    bytes.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
    u32::from_be_bytes(bytes)
}

/// The text up to the last whole character within the limit, and whether that is all of it.
fn cut(mut text: Vec<u8>) -> (Vec<u8>, bool) {
    if text.len() <= MAX_TEXT_BYTES {
        return (text, true);
    }
    let is_inside = |byte: u8| byte & 0xC0 == 0x80;
    let end = (0..=MAX_TEXT_BYTES).rev().find(|end| !is_inside(text[*end])).unwrap_or_default();
    text.truncate(end);
    (text, false)
}

/// The shortest text that is larger than all that begin with `text`; `None` where there is none.
fn above(text: Vec<u8>) -> Option<Vec<u8>> {
    let mut text: Vec<char> = String::from_utf8(text).ok()?.chars().collect();
    while let Some(last) = text.pop() {
        if let Some(next) = char::from_u32(last as u32 + 1) {
            text.push(next);
            return Some(text.into_iter().collect::<String>().into_bytes());
        }
    }
    None
}

/// Bounds of numbers.
#[derive(Clone, Copy, Default)]
pub(super) struct NumberBounds {
    whole: Option<(i64, i64)>,
    floating: Option<(f64, f64)>,
}

impl NumberBounds {
    pub(super) fn add_whole(&mut self, value: i64) {
        let (least, greatest) = self.whole.unwrap_or((value, value));
        self.whole = Some((least.min(value), greatest.max(value)));
    }

    /// What is not a number is between no bounds.
    pub(super) fn add_floating(&mut self, value: f64) {
        if !value.is_nan() {
            let (least, greatest) = self.floating.unwrap_or((value, value));
            self.floating = Some((least.min(value), greatest.max(value)));
        }
    }

    pub(super) fn statistics_32(self, nulls: u64) -> Statistics {
        let [least, greatest] = [self.whole.map(|w| w.0 as i32), self.whole.map(|w| w.1 as i32)];
        Statistics::Int32(ValueStatistics::new(least, greatest, None, Some(nulls), false))
    }

    pub(super) fn statistics_64(self, nulls: u64) -> Statistics {
        let [least, greatest] = [self.whole.map(|w| w.0), self.whole.map(|w| w.1)];
        Statistics::Int64(ValueStatistics::new(least, greatest, None, Some(nulls), false))
    }

    /// Zero has two signs, and readers compare them in different ways: the bounds hold both.
    pub(super) fn statistics_floating(self, nulls: u64) -> Statistics {
        let least = self.floating.map(|f| if f.0 == 0.0 { -0.0 } else { f.0 });
        let greatest = self.floating.map(|f| if f.1 == 0.0 { 0.0 } else { f.1 });
        Statistics::Double(ValueStatistics::new(least, greatest, None, Some(nulls), false))
    }
}

/// Bounds of flags, of which `seen` says whether there was a false, and a true.
pub(super) fn of_flags(seen: [bool; 2], nulls: u64) -> Statistics {
    let least = if seen[0] { Some(false) } else { seen[1].then_some(true) };
    let greatest = if seen[1] { Some(true) } else { seen[0].then_some(false) };
    Statistics::Boolean(ValueStatistics::new(least, greatest, None, Some(nulls), false))
}
