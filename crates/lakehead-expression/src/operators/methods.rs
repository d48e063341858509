//! Methods: `"a".equals(b)`. Null has none: what is asked of it is null.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};

use super::{access, texts};
use crate::column::Kind;
use crate::compile::part::Takes;
use crate::function::{Call, Fault, Kernel};

/// A method; its receiver is the first argument of the kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    /// Arguments in the brackets.
    pub(crate) arguments: usize,
    pub(crate) returns: Kind,
    /// How the receiver and the arguments are taken.
    pub(crate) takes: Takes,
    pub(crate) kernel: Kernel,
}

type Compute = fn(&mut Call<'_>) -> Result<ArrayRef, Fault>;

const fn method(name: &'static str, arguments: usize, returns: Kind, compute: Compute) -> Method {
    Method { name, arguments, returns, takes: Takes::One, kernel: Kernel::Eager(compute) }
}

/// Every method.
const METHODS: &[Method] = &[
    method("equals", 1, Kind::Boolean, |call| texts::pairs(call, |a, b| a == b)),
    method("equalsIgnoreCase", 1, Kind::Boolean, |call| texts::pairs(call, same_letters)),
    Method { takes: Takes::Any, ..method("get", 1, Kind::Any, access::index) },
    method("contains", 1, Kind::Boolean, |call| texts::pairs(call, |text, part| text.contains(part))),
    method("startsWith", 1, Kind::Boolean, |call| texts::pairs(call, |text, part| text.starts_with(part))),
    method("endsWith", 1, Kind::Boolean, |call| texts::pairs(call, |text, part| text.ends_with(part))),
    method("length", 0, Kind::Integer, length),
    method("replace", 2, Kind::Text, replace),
    method("toLowerCase", 0, Kind::Text, |call| each(call, |text, out| out.push_str(&text.to_lowercase()))),
    method("toUpperCase", 0, Kind::Text, |call| each(call, |text, out| out.push_str(&text.to_uppercase()))),
    method("trim", 0, Kind::Text, |call| each(call, |text, out| out.push_str(text.trim()))),
    method("substring", 2, Kind::Text, substring),
    method("indexOf", 1, Kind::Integer, index_of),
];

/// A method by its name.
pub(crate) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// The names of all methods.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|method| method.name)
}

fn same_letters(left: &str, right: &str) -> bool {
    left.chars().flat_map(char::to_lowercase).eq(right.chars().flat_map(char::to_lowercase))
}

fn each(call: &mut Call<'_>, write: fn(&str, &mut String)) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    call.write_texts(|_, row, out| texts.get(row).map(|text| write(text, out)).is_some())
}

fn length(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    let length = |row| Some(texts.get(row)?.chars().count() as i64);
    Ok(Arc::new((0..call.rows()).map(length).collect::<Int64Array>()))
}

fn replace(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, find, put) = (call.text(0)?, call.text(1)?, call.text(2)?);
    call.write_texts(|_, row, out| match (texts.get(row), find.get(row), put.get(row)) {
        (Some(text), Some(find), Some(put)) => {
            out.push_str(&text.replace(find, put));
            true
        }
        _ => false,
    })
}

/// Characters from begin to end, which is not included.
fn substring(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, begin, end) = (call.text(0)?, call.number(1)?, call.number(2)?);
    call.write_texts(|call, row, out| {
        let (Some(begin), Some(end)) = (call.whole(&begin, row), call.whole(&end, row)) else { return false };
        let Some(text) = texts.get(row) else { return false };
        if begin < 0 || end < begin || end > text.chars().count() as i64 {
            call.fail(row, "the positions are not within the text");
            return false;
        }
        out.extend(text.chars().skip(begin as usize).take((end - begin) as usize));
        true
    })
}

fn index_of(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (texts, parts) = (call.text(0)?, call.text(1)?);
    let index = |row| {
        let (text, part) = (texts.get(row)?, parts.get(row)?);
        Some(text.find(part).map_or(-1, |at| text[..at].chars().count() as i64))
    };
    Ok(Arc::new((0..call.rows()).map(index).collect::<Int64Array>()))
}
