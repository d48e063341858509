//! What stands at the beginning and the end of texts.

use arrow::array::ArrayRef;

use super::{INPUT, MAX_BYTES, TEXT, TOO_LONG, each};
use crate::column::Kind;
use crate::function::{Call, Fault, Function, Kernel, Param};

const COUNT: Param = Param::new("count", Kind::Integer, "A number of characters.");
const PAD: Param =
    Param::new("pad", Kind::Text, "What is put beside the text, as often as needed; a space where it is empty.");

pub(super) const LPAD: Function = Function::new(
    "lpad",
    TEXT,
    "The text, with another one put before it until it has a number of characters.",
    &[INPUT, COUNT, PAD],
    Kind::Text,
    (r#"lpad("bat", 8, "yz")"#, r#""yzyzybat""#),
    Kernel::Eager(|call| pad(call, true)),
);

pub(super) const RPAD: Function = Function::new(
    "rpad",
    TEXT,
    "The text, with another one put behind it until it has a number of characters.",
    &[INPUT, COUNT, PAD],
    Kind::Text,
    (r#"rpad("bat", 8, "yz")"#, r#""batyzyzy""#),
    Kernel::Eager(|call| pad(call, false)),
);

pub(super) const LEFT: Function = Function::new(
    "left",
    TEXT,
    "The first characters of a text.",
    &[INPUT, COUNT],
    Kind::Text,
    (r#"left("abcde", 2)"#, r#""ab""#),
    Kernel::Eager(|call| end(call, |text, count| text.char_indices().nth(count).map_or(text, |(at, _)| &text[..at]))),
);

pub(super) const RIGHT: Function = Function::new(
    "right",
    TEXT,
    "The last characters of a text.",
    &[INPUT, COUNT],
    Kind::Text,
    (r#"right("abcde", 2)"#, r#""de""#),
    Kernel::Eager(|call| {
        end(call, |text, count| match count.checked_sub(1) {
            None => "",
            Some(last) => text.char_indices().nth_back(last).map_or(text, |(at, _)| &text[at..]),
        })
    }),
);

pub(super) const LTRIM: Function = Function::new(
    "ltrim",
    TEXT,
    "The text without white space at its beginning.",
    &[INPUT],
    Kind::Text,
    (r#"ltrim(" hello")"#, r#""hello""#),
    Kernel::Eager(|call| each(call, |text, out| out.push_str(text.trim_start()))),
);

pub(super) const RTRIM: Function = Function::new(
    "rtrim",
    TEXT,
    "The text without white space at its end.",
    &[INPUT],
    Kind::Text,
    (r#"rtrim("hello ")"#, r#""hello""#),
    Kernel::Eager(|call| each(call, |text, out| out.push_str(text.trim_end()))),
);

pub(super) const TRIM: Function = Function::new(
    "trim",
    TEXT,
    "The text without white space at its beginning and its end.",
    &[INPUT],
    Kind::Text,
    (r#"trim(" hello ")"#, r#""hello""#),
    Kernel::Eager(|call| each(call, |text, out| out.push_str(text.trim()))),
);

fn pad(call: &mut Call<'_>, before: bool) -> Result<ArrayRef, Fault> {
    let (texts, counts, pads) = (call.text(0)?, call.number(1)?, call.text(2)?);
    call.write_texts(|call, row, out| {
        let Some(count) = call.whole(&counts, row) else { return false };
        // Null is padded as an empty text is.
        let text = texts.get(row).unwrap_or_default();
        let pad = pads.get(row).filter(|pad| !pad.is_empty()).unwrap_or(" ");
        let missing = usize::try_from(count).unwrap_or(0).saturating_sub(text.chars().count());
        if missing > MAX_BYTES {
            call.fail(row, TOO_LONG);
            return false;
        }
        let filling = pad.chars().cycle().take(missing);
        if before {
            out.extend(filling);
            out.push_str(text);
        } else {
            out.push_str(text);
            out.extend(filling);
        }
        true
    })
}

fn end(call: &mut Call<'_>, part: fn(&str, usize) -> &str) -> Result<ArrayRef, Fault> {
    let (texts, counts) = (call.text(0)?, call.number(1)?);
    call.write_texts(|call, row, out| {
        let (Some(count), Some(text)) = (call.whole(&counts, row), texts.get(row)) else { return false };
        out.push_str(part(text, usize::try_from(count).unwrap_or(0)));
        true
    })
}
