//! Text.

mod edges;
mod parts;

use arrow::array::ArrayRef;

use crate::column::Kind;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};

const INPUT: Param = Param::new("input", Kind::Text, "The text.");
const TEXT: Category = Category::String;
/// Longest text that is made of a short one, in bytes.
const MAX_BYTES: usize = 1 << 20;
const TOO_LONG: &str = "the result would be longer than 1 MiB";

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[
    CONCAT,
    parts::EXPLODE,
    parts::INSTR,
    REPLACESTR,
    parts::SUBSTR,
    LOWER,
    LOWER.alias("lcase", (r#"lcase("HeLLo")"#, r#""hello""#)),
    UPPER,
    UPPER.alias("ucase", (r#"ucase("HeLLo")"#, r#""HELLO""#)),
    parts::SPLIT,
    parts::JOIN,
    edges::LPAD,
    edges::RPAD,
    edges::LEFT,
    edges::RIGHT,
    edges::LTRIM,
    edges::RTRIM,
    edges::TRIM,
];

const CONCAT: Function = Function::new(
    "concat",
    TEXT,
    "Joins texts. What is null is left out.",
    &[Param::repeated("text", Kind::Text, "A text to join.")],
    Kind::Text,
    (r#"concat("Hi, ", "there", "!")"#, r#""Hi, there!""#),
    Kernel::Eager(concat),
);

const REPLACESTR: Function = Function::new(
    "replacestr",
    TEXT,
    "Puts a text in the place of every occurrence of another.",
    &[
        INPUT,
        Param::new("find", Kind::Text, "What is replaced."),
        Param::new("replace", Kind::Text, "What is put in its place."),
    ],
    Kind::Text,
    (r#"replacestr("This is a string re test", "re", "replace")"#, r#""This is a string replace test""#),
    Kernel::Eager(replacestr),
);

const LOWER: Function = Function::new(
    "lower",
    TEXT,
    "The text in lower-case letters.",
    &[INPUT],
    Kind::Text,
    (r#"lower("HeLLo")"#, r#""hello""#),
    Kernel::Eager(lower),
);

const UPPER: Function = Function::new(
    "upper",
    TEXT,
    "The text in upper-case letters.",
    &[INPUT],
    Kind::Text,
    (r#"upper("HeLLo")"#, r#""HELLO""#),
    Kernel::Eager(upper),
);

fn concat(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let parts = (0..call.count()).map(|n| call.text(n)).collect::<Result<Vec<_>, _>>()?;
    call.write_texts(|_, row, out| {
        parts.iter().filter_map(|part| part.get(row)).for_each(|part| out.push_str(part));
        true
    })
}

fn replacestr(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, find, put) = (call.text(0)?, call.text(1)?, call.text(2)?);
    call.write_texts(|call, row, out| {
        let (Some(text), Some(find), Some(put)) = (texts.get(row), find.get(row), put.get(row)) else { return false };
        if find.is_empty() {
            out.push_str(text);
            return true;
        }
        let (begin, mut rest) = (out.len(), text);
        while let Some(at) = rest.find(find) {
            out.push_str(&rest[..at]);
            out.push_str(put);
            rest = &rest[at + find.len()..];
            if out.len() - begin > MAX_BYTES.max(text.len()) {
                call.fail(row, TOO_LONG);
                return false;
            }
        }
        out.push_str(rest);
        true
    })
}

fn lower(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    each(call, |text, out| {
        if text.is_ascii() {
            let begin = out.len();
            out.push_str(text);
            out[begin..].make_ascii_lowercase();
        } else {
            out.push_str(&text.to_lowercase());
        }
    })
}

fn upper(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    each(call, |text, out| {
        if text.is_ascii() {
            let begin = out.len();
            out.push_str(text);
            out[begin..].make_ascii_uppercase();
        } else {
            out.push_str(&text.to_uppercase());
        }
    })
}

/// A text from each text; null stays null.
pub(super) fn each(call: &mut Call<'_>, write: impl Fn(&str, &mut String)) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    call.write_texts(|_, row, out| texts.get(row).map(|text| write(text, out)).is_some())
}

#[cfg(test)]
mod tests;
