//! Characters that are written as two escapes, `\ud840\udc00`.
//!
//! The decoder of `arrow-json` 58.4 makes other characters of every second plane from U+20000 on; here they are written as
//! themselves before it sees them.

use std::borrow::Cow;

use memchr::memmem;

/// The record with such characters as UTF-8. Halves without their other half stay, and are refused later.
pub(super) fn as_characters(text: &[u8]) -> Cow<'_, [u8]> {
    if memmem::find(text, b"\\ud").or_else(|| memmem::find(text, b"\\uD")).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        // An escape that is escaped itself is two characters that mean one.
        let taken = if let Some(character) = pair(rest) {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            12
        } else {
            out.extend_from_slice(&rest[..rest.len().min(2)]);
            2
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// The character of two escapes at the start of `text`.
fn pair(text: &[u8]) -> Option<char> {
    let [high, low] = [half(text.get(..6)?)?, half(text.get(6..12)?)?];
    char::decode_utf16([high, low]).next()?.ok().filter(|character| *character as u32 > 0xFFFF)
}

fn half(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?;
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_characters_and_everything_else_stays() {
        let text = |text: &str| String::from_utf8(as_characters(text.as_bytes()).into_owned()).unwrap();
        assert_eq!(text(r#"{"a":"\ud840\udc00 \uD83D\uDE00"}"#), "{\"a\":\"\u{20000} \u{1F600}\"}");
        for same in [
            r"\ud840",
            r"\ud840\u0041",
            r"\\ud840\\udc00",
            r"\udc00\ud840",
            r"\ud84",
            r"\ud840\udc0g",
            r"\u00e9\n",
            "\\",
        ] {
            assert_eq!(text(same), same);
        }
    }
}
