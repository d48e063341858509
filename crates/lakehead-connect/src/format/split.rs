//! Finds records and fields in text: RFC 4180 for delimited files, braces and strings for JSON.

/// Where a field's content stands, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldSpan {
    pub(super) start: usize,
    pub(super) len: usize,
    /// In the side buffer instead of the text, because quotes had to be taken out.
    pub(super) in_side: bool,
    quoted: bool,
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

/// Scans one delimited record that begins at `at`. Fields go to `spans`, unescaped content to `side`.
pub(super) fn record(
    text: &[u8],
    mut at: usize,
    delimiter: u8,
    at_end: bool,
    spans: &mut Vec<FieldSpan>,
    side: &mut Vec<u8>,
) -> Scan {
    loop {
        let quoted = text.get(at) == Some(&b'"');
        let field =
            if quoted { quoted_field(text, at, delimiter, at_end, side) } else { plain_field(text, at, delimiter) };
        let (mut span, end) = match field {
            Field::Ends(span, end) => (span, end),
            Field::Open => return Scan::Incomplete,
            Field::Broken => return Scan::Record { next: text.len(), broken: true },
        };
        match text.get(end) {
            Some(byte) if *byte == delimiter => {
                spans.push(span);
                at = end + 1;
            }
            None if !at_end => return Scan::Incomplete,
            found => {
                // CRLF: the carriage return belongs to the line break.
                if !span.in_side && !span.quoted && span.len > 0 && text[end - 1] == b'\r' {
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

fn plain_field(text: &[u8], at: usize, delimiter: u8) -> Field {
    let len = memchr::memchr2(delimiter, b'\n', &text[at..]).unwrap_or(text.len() - at);
    Field::Ends(FieldSpan { start: at, len, in_side: false, quoted: false }, at + len)
}

fn quoted_field(text: &[u8], at: usize, delimiter: u8, at_end: bool, side: &mut Vec<u8>) -> Field {
    let content = at + 1;
    let mut from = content;
    let mut escaped = false;
    let close = loop {
        let Some(found) = memchr::memchr(b'"', &text[from..]) else {
            return if at_end { Field::Broken } else { Field::Open };
        };
        let quote = from + found;
        match text.get(quote + 1) {
            Some(b'"') => {
                escaped = true;
                from = quote + 2;
            }
            None if !at_end => return Field::Open,
            _ => break quote,
        }
    };
    let mut end = close + 1;
    let tail_len = memchr::memchr2(delimiter, b'\n', &text[end..]).unwrap_or(text.len() - end);
    let tail = &text[end..end + tail_len];
    let last = text.get(end + tail_len) != Some(&delimiter);
    let tail = tail.strip_suffix(b"\r").filter(|_| last).unwrap_or(tail);
    end += tail_len;
    if !escaped && tail.is_empty() {
        return Field::Ends(FieldSpan { start: content, len: close - content, in_side: false, quoted: true }, end);
    }
    let start = side.len();
    let mut rest = &text[content..close];
    while let Some(quote) = memchr::memchr(b'"', rest) {
        side.extend_from_slice(&rest[..=quote]);
        rest = &rest[(quote + 2).min(rest.len())..];
    }
    side.extend_from_slice(rest);
    side.extend_from_slice(tail);
    Field::Ends(FieldSpan { start, len: side.len() - start, in_side: true, quoted: true }, end)
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
fn json_string_end(text: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let found = from + memchr::memchr2(b'"', b'\\', text.get(from..)?)?;
        if text[found] == b'"' {
            return Some(found);
        }
        from = found + 2;
    }
}
