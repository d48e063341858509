//! Parts of texts: where they are, cut apart, put together.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};

use super::{INPUT, MAX_BYTES, TEXT, TOO_LONG};
use crate::build::TextLists;
use crate::coerce;
use crate::column::{Column, Kind};
use crate::function::{Call, Fault, Function, Kernel, Param};
use crate::patterns::Patterns;

pub(super) const EXPLODE: Function = Function::new(
    "explode",
    TEXT,
    "The parts of a text between the places that a pattern fits, empty ones too.",
    &[INPUT, Param::optional("regex", Kind::Text, "The pattern; a comma where it is not given.")],
    Kind::Array,
    (r#"explode("Hi, there!", " ")"#, r#"["Hi,", "there!"]"#),
    Kernel::Eager(explode),
);

pub(super) const INSTR: Function = Function::new(
    "instr",
    TEXT,
    "Where a text is in another, counted from 0; -1 where it is not.",
    &[
        INPUT,
        Param::new("substring", Kind::Text, "What is looked for."),
        Param::optional("start", Kind::Integer, "Where the search begins; 0 where it is not given."),
        Param::optional("occurrence", Kind::Integer, "Which occurrence is meant; the first where it is not given."),
    ],
    Kind::Integer,
    (r#"instr("adobe.com", "com")"#, "6"),
    Kernel::Eager(instr),
);

pub(super) const SUBSTR: Function = Function::new(
    "substr",
    TEXT,
    "A part of a text.",
    &[
        INPUT,
        Param::new("start", Kind::Integer, "Its first character, counted from 0."),
        Param::new("length", Kind::Integer, "The number of its characters."),
    ],
    Kind::Text,
    (r#"substr("This is a substring test", 7, 8)"#, r#"" a subst""#),
    Kernel::Eager(substr),
);

pub(super) const SPLIT: Function = Function::new(
    "split",
    TEXT,
    "The parts of a text between any of some characters, without empty ones.",
    &[INPUT, Param::new("separators", Kind::Text, "Characters that separate.")],
    Kind::Array,
    (r#"split("Hello world", " ")"#, r#"["Hello", "world"]"#),
    Kernel::Eager(split),
);

pub(super) const JOIN: Function = Function::new(
    "join",
    TEXT,
    "The items of an array as one text. What is null is left out.",
    &[
        Param::new("separator", Kind::Text, "What is put between the items."),
        Param::new("objects", Kind::Array, "The items."),
    ],
    Kind::Text,
    (r#"join(" ", to_array(true, "Hello", "world"))"#, r#""Hello world""#),
    Kernel::Eager(join),
);

fn explode(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    let given = call.count() > 1;
    let mut patterns = Patterns::new(call.text(1)?);
    let mut out = TextLists::new(call.rows());
    for row in 0..call.rows() {
        let Some(text) = texts.get(row) else {
            out.null();
            continue;
        };
        if !given {
            out.items(text.split(','));
            continue;
        }
        let found = patterns.ranges(row, text);
        let Some(ranges) = call.noted(row, found) else {
            out.null();
            continue;
        };
        let mut at = 0;
        let mut parts = Vec::with_capacity(ranges.len() + 1);
        for range in ranges {
            // An empty match at the very beginning separates nothing.
            if range.end > 0 {
                parts.push(&text[at..range.start]);
                at = range.end;
            }
        }
        parts.push(&text[at..]);
        out.items(parts.into_iter());
    }
    Ok(out.finish())
}

fn instr(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, parts, starts, occurrences) = (call.text(0)?, call.text(1)?, call.number(2)?, call.number(3)?);
    let mut out = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        let start = call.whole(&starts, row).unwrap_or(0);
        let occurrence = call.whole(&occurrences, row).unwrap_or(1);
        let found = texts.get(row).zip(parts.get(row)).map(|(text, part)| position(text, part, start, occurrence));
        out.push(found.map(|at| at.unwrap_or(-1)));
    }
    Ok(Arc::new(Int64Array::from(out)))
}

/// In characters, from 0.
fn position(text: &str, part: &str, start: i64, occurrence: i64) -> Option<i64> {
    let start = usize::try_from(start).ok()?;
    let mut from = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(start)?;
    for left in (0..usize::try_from(occurrence).ok()?.min(text.len() + 1)).rev() {
        let at = from + text[from..].find(part)?;
        if left == 0 {
            return Some(text[..at].chars().count() as i64);
        }
        from = at + text[at..].chars().next()?.len_utf8();
    }
    None
}

fn substr(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, starts, lengths) = (call.text(0)?, call.number(1)?, call.number(2)?);
    call.write_texts(|call, row, out| {
        let (Some(start), Some(length)) = (call.whole(&starts, row), call.whole(&lengths, row)) else { return false };
        let Some(text) = texts.get(row) else { return false };
        let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length)) else {
            call.fail(row, "start and length are not negative");
            return false;
        };
        if text.is_ascii() {
            let from = start.min(text.len());
            out.push_str(&text[from..from.saturating_add(length).min(text.len())]);
        } else {
            out.extend(text.chars().skip(start).take(length));
        }
        true
    })
}

fn split(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, separators) = (call.text(0)?, call.text(1)?);
    let mut out = TextLists::new(call.rows());
    for row in 0..call.rows() {
        let Some(text) = texts.get(row) else {
            out.null();
            continue;
        };
        // Without separators, white space separates.
        match separators.get(row) {
            None | Some("") => out.items(text.split_whitespace()),
            Some(any) => {
                let mut chars = any.chars();
                if let (Some(one), None) = (chars.next(), chars.next()) {
                    out.items(text.split(one).filter(|part| !part.is_empty()));
                } else {
                    out.items(text.split(|c| any.contains(c)).filter(|part| !part.is_empty()));
                }
            }
        }
    }
    Ok(out.finish())
}

fn join(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (separators, lists) = (call.text(0)?, call.list(1)?);
    let items = coerce::texts(&Column::rows(Arc::clone(lists.values())))?;
    let valid = items.array();
    call.write_texts(|call, row, out| {
        let Some(range) = lists.range(row) else { return false };
        let separator = separators.get(row).unwrap_or_default();
        let (begin, mut first) = (out.len(), true);
        for item in range.filter(|item| valid.is_valid(*item)) {
            if !first {
                out.push_str(separator);
            }
            first = false;
            out.push_str(items.get(item).unwrap_or_default());
            if out.len() - begin > MAX_BYTES * 16 {
                call.fail(row, TOO_LONG);
                return false;
            }
        }
        true
    })
}
