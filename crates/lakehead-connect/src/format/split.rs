//! Finds records and fields in text: RFC 4180 for delimited files, braces and strings for JSON.

/// The characters that a delimited text is cut by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    pub(super) delimiter: u8,
    /// What stands around fields.
    pub(super) quote: Option<u8>,
    /// What takes the meaning from a mark behind it. A quote written twice is one in any case.
    pub(super) escape: Option<u8>,
}

impl Marks {
    /// Fields quoted as RFC 4180 says.
    pub(super) fn usual(delimiter: u8) -> Self {
        Self { delimiter, quote: Some(b'"'), escape: None }
    }

    /// Whether the character means something, so that an escape before it does too. Others keep what looks like one:
    /// paths of Windows are full of them.
    fn has(self, byte: u8) -> bool {
        byte == self.delimiter || Some(byte) == self.quote || Some(byte) == self.escape || matches!(byte, b'\r' | b'\n')
    }
}

/// Where a field's content stands, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldSpan {
    pub(super) start: usize,
    pub(super) len: usize,
    /// In the side buffer instead of the text, because something had to be taken out.
    pub(super) in_side: bool,
    pub(super) quoted: bool,
}

impl FieldSpan {
    pub(super) fn bytes<'a>(&self, text: &'a [u8], side: &'a [u8]) -> &'a [u8] {
        let from = if self.in_side { side } else { text };
        &from[self.start..self.start + self.len]
    }

    /// An unquoted field of no characters.
    pub(super) fn is_blank(&self) -> bool {
        self.len == 0 && !self.quoted
    }
}

/// The outcome of looking for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// A record that ends before `next`; broken when a quote in it is never closed.
    Record { next: usize, broken: bool },
    /// The text ends before the record does.
    Incomplete,
}

/// Scans one delimited record that begins at `at`. Fields go to `spans`, content that is not as it stands to `side`.
pub(super) fn record(
    text: &[u8],
    mut at: usize,
    marks: Marks,
    at_end: bool,
    spans: &mut Vec<FieldSpan>,
    side: &mut Vec<u8>,
) -> Scan {
    loop {
        let quoted = marks.quote.is_some() && text.get(at).copied() == marks.quote;
        let field = match marks.quote {
            Some(quote) if quoted => quoted_field(text, at, quote, marks, at_end, side),
            _ => plain_field(text, at, marks, at_end, side),
        };
        let (mut span, end) = match field {
            Field::Ends(span, end) => (span, end),
            Field::Open => return Scan::Incomplete,
            Field::Broken => return Scan::Record { next: text.len(), broken: true },
        };
        match text.get(end) {
            Some(byte) if *byte == marks.delimiter => {
                spans.push(span);
                at = end + 1;
            }
            None if !at_end => return Scan::Incomplete,
            found => {
                // CRLF: the carriage return belongs to the line break.
                if !span.quoted && span.len > 0 && text[end - 1] == b'\r' {
                    span.len -= 1;
                }
                spans.push(span);
                return Scan::Record { next: end + usize::from(found.is_some()), broken: false };
            }
        }
    }
}

enum Field {
    /// The content, and the place of the delimiter or line break behind it (or the end of the text).
    Ends(FieldSpan, usize),
    Open,
    Broken,
}

fn plain_field(text: &[u8], at: usize, marks: Marks, at_end: bool, side: &mut Vec<u8>) -> Field {
    let Some(escape) = marks.escape else {
        let len = find_either(marks.delimiter, b'\n', &text[at..]).unwrap_or(text.len() - at);
        return Field::Ends(FieldSpan { start: at, len, in_side: false, quoted: false }, at + len);
    };
    let (mut from, mut escaped) = (at, false);
    let end = loop {
        match memchr::memchr3(marks.delimiter, b'\n', escape, &text[from..]) {
            None => break text.len(),
            Some(found) if text[from + found] != escape => break from + found,
            Some(found) => match text.get(from + found + 1) {
                None if at_end => break text.len(),
                None => return Field::Open,
                Some(byte) => {
                    escaped |= marks.has(*byte);
                    from += found + 2;
                }
            },
        }
    };
    if !escaped {
        return Field::Ends(FieldSpan { start: at, len: end - at, in_side: false, quoted: false }, end);
    }
    let start = side.len();
    without_escapes(&text[at..end], escape, escape, marks, side);
    Field::Ends(FieldSpan { start, len: side.len() - start, in_side: true, quoted: false }, end)
}

/// Where the first of two bytes is. Most fields are short, so the first bytes are looked at here, eight at a time, and only the
/// rest is worth a call.
pub(super) fn find_either(one: u8, other: u8, text: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // A high bit for each byte that is zero, and never one below the first of them.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (ones, others) = (ONES * u64::from(one), ONES * u64::from(other));
    let mut at = 0;
    for word in text.as_chunks::<8>().0.iter().take(3) {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ ones) | zeros(word ^ others);
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    memchr::memchr2(one, other, &text[at..]).map(|found| at + found)
}

fn quoted_field(text: &[u8], at: usize, quote: u8, marks: Marks, at_end: bool, side: &mut Vec<u8>) -> Field {
    let content = at + 1;
    let mut from = content;
    let mut escaped = false;
    let close = loop {
        let rest = &text[from.min(text.len())..];
        let found = match marks.escape {
            None => memchr::memchr(quote, rest),
            Some(escape) => memchr::memchr2(quote, escape, rest),
        };
        let Some(found) = found else {
            return if at_end { Field::Broken } else { Field::Open };
        };
        let found = from + found;
        match text.get(found + 1) {
            None if !at_end => return Field::Open,
            Some(byte) if text[found] != quote => {
                escaped |= marks.has(*byte);
                from = found + 2;
            }
            None if text[found] != quote => return Field::Broken,
            Some(byte) if *byte == quote => {
                escaped = true;
                from = found + 2;
            }
            _ => break found,
        }
    };
    let mut end = close + 1;
    let tail_len = find_either(marks.delimiter, b'\n', &text[end..]).unwrap_or(text.len() - end);
    let tail = &text[end..end + tail_len];
    let last = text.get(end + tail_len) != Some(&marks.delimiter);
    let tail = tail.strip_suffix(b"\r").filter(|_| last).unwrap_or(tail);
    end += tail_len;
    if !escaped && tail.is_empty() {
        return Field::Ends(FieldSpan { start: content, len: close - content, in_side: false, quoted: true }, end);
    }
    let start = side.len();
    without_escapes(&text[content..close], marks.escape.unwrap_or(quote), quote, marks, side);
    side.extend_from_slice(tail);
    Field::Ends(FieldSpan { start, len: side.len() - start, in_side: true, quoted: true }, end)
}

/// Copies the content of a field without the characters that take the meaning from those behind them: the escape, and in a
/// quoted field the first of two quotes. In a field that is not quoted, `quote` is the escape.
fn without_escapes(mut rest: &[u8], escape: u8, quote: u8, marks: Marks, side: &mut Vec<u8>) {
    while let Some(found) = memchr::memchr2(escape, quote, rest) {
        let is_escape = Some(rest[found]) == marks.escape;
        let taken = rest.get(found + 1).is_some_and(|byte| if is_escape { marks.has(*byte) } else { *byte == quote });
        let end = (found + 2).min(rest.len());
        side.extend_from_slice(&rest[..found]);
        side.extend_from_slice(&rest[found + usize::from(taken)..end]);
        rest = &rest[end..];
    }
    side.extend_from_slice(rest);
}

/// The end of the JSON value that begins at the start of `text` with `{` or `[`.
///
/// # Errors
/// Nested deeper than `max_depth`.
pub(super) fn json_value_end(text: &[u8], max_depth: usize) -> Result<Option<usize>, TooDeep> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => match json_string_end(text, at + 1) {
                Some(end) => at = end,
                None => return Ok(None),
            },
            b'{' | b'[' => {
                depth += 1;
                if depth > max_depth {
                    return Err(TooDeep);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Ok(Some(at + 1));
                }
            }
            _ => {}
        }
        at += 1;
    }
    Ok(None)
}

/// Too many levels of nesting.
#[derive(Debug)]
pub(super) struct TooDeep;

/// The place of the quote that closes a string whose content begins at `from`.
pub(super) fn json_string_end(text: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let found = from + memchr::memchr2(b'"', b'\\', text.get(from..)?)?;
        if text[found] == b'"' {
            return Some(found);
        }
        from = found + 2;
    }
}
