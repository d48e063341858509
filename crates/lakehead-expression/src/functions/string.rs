//! Text.

use arrow::array::ArrayRef;

use crate::column::Kind;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};

const INPUT: Param = Param::new("input", Kind::Text, "The text.");

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[CONCAT, LOWER, LCASE, UPPER, UCASE];

const CONCAT: Function = Function {
    name: "concat",
    category: Category::String,
    summary: "Joins texts. What is null is left out.",
    params: &[Param::repeated("text", Kind::Text, "A text to join.")],
    returns: Kind::Text,
    example: (r#"concat("Hi, ", "there", "!")"#, r#""Hi, there!""#),
    example_row: "",
    kernel: Kernel::Eager(concat),
};

const LOWER: Function = Function {
    name: "lower",
    category: Category::String,
    summary: "The text in lower-case letters.",
    params: &[INPUT],
    returns: Kind::Text,
    example: (r#"lower("HeLLo")"#, r#""hello""#),
    example_row: "",
    kernel: Kernel::Eager(lower),
};

const LCASE: Function = Function { name: "lcase", example: (r#"lcase("HeLLo")"#, r#""hello""#), ..LOWER };

const UPPER: Function = Function {
    name: "upper",
    summary: "The text in upper-case letters.",
    example: (r#"upper("HeLLo")"#, r#""HELLO""#),
    kernel: Kernel::Eager(upper),
    ..LOWER
};

const UCASE: Function = Function { name: "ucase", example: (r#"ucase("HeLLo")"#, r#""HELLO""#), ..UPPER };

fn concat(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let parts = (0..call.count()).map(|n| call.text(n)).collect::<Result<Vec<_>, _>>()?;
    call.write_texts(|_, row, out| {
        parts.iter().filter_map(|part| part.get(row)).for_each(|part| out.push_str(part));
        true
    })
}

fn lower(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    each(call, |text, out| {
        if text.is_ascii() {
            out.push_str(text);
            out.make_ascii_lowercase();
        } else {
            out.push_str(&text.to_lowercase());
        }
    })
}

fn upper(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    each(call, |text, out| {
        if text.is_ascii() {
            out.push_str(text);
            out.make_ascii_uppercase();
        } else {
            out.push_str(&text.to_uppercase());
        }
    })
}

/// A text from each text; null stays null.
fn each(call: &mut Call<'_>, write: impl Fn(&str, &mut String)) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    call.write_texts(|_, row, out| texts.get(row).map(|text| write(text, out)).is_some())
}
