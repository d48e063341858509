//! Patterns.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};

use crate::build::TextLists;
use crate::column::Kind;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};
use crate::patterns::Patterns;

const PARAMS: &[Param] = &[
    Param::new("input", Kind::Text, "The text."),
    Param::new("regex", Kind::Text, "The pattern, with Java's syntax."),
];

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[EXTRACT, MATCHES];

const EXTRACT: Function = Function::new(
    "extract_regex",
    Category::RegularExpressions,
    "What a pattern and its groups match in a text; an empty array where it does not fit.",
    PARAMS,
    Kind::Array,
    (r#"extract_regex("E259,E259B_009,1_1", "([^,]+),[^,]*,([^,]+)")"#, r#"["E259,E259B_009,1_1", "E259", "1_1"]"#),
    Kernel::Eager(extract),
);

const MATCHES: Function = Function::new(
    "matches_regex",
    Category::RegularExpressions,
    "Whether a pattern fits a text as a whole.",
    PARAMS,
    Kind::Boolean,
    (r#"matches_regex("E259,E259B_009,1_1", "([^,]+),[^,]*,([^,]+)")"#, "true"),
    Kernel::Eager(matches),
);

fn extract(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    let mut patterns = Patterns::new(call.text(1)?);
    let mut out = TextLists::new(call.rows());
    for row in 0..call.rows() {
        let groups = texts.get(row).map_or(Ok(None), |text| patterns.groups(row, text));
        match call.noted(row, groups) {
            Some(groups) => out.options(groups.into_iter()),
            None => out.null(),
        }
    }
    Ok(out.finish())
}

fn matches(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let texts = call.text(0)?;
    let mut patterns = Patterns::new(call.text(1)?);
    let mut out = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        let fits = texts.get(row).map_or(Ok(None), |text| patterns.fits(row, text));
        out.push(call.noted(row, fits));
    }
    Ok(Arc::new(BooleanArray::from(out)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::evaluate;

    #[test]
    fn patterns_are_those_of_java_within_limits() {
        let value = |text: &str| evaluate(text, "{}").value;
        assert_eq!(value("matches_regex('abab', '(ab)\\1')"), json!(true));
        assert_eq!(value("matches_regex('foobar', 'foo(?=bar).*')"), json!(true));
        assert_eq!(value("matches_regex('xab', 'ab')"), json!(false));
        assert_eq!(value("matches_regex(null, 'ab')"), json!(null));
        assert_eq!(value("extract_regex('abc', 'x')"), json!([]));
        assert_eq!(value("extract_regex('ac', 'a(b)?c')"), json!(["ac", null]));
        let hard =
            evaluate("matches_regex('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', '(?:(a|aa)+)+(?=[^b])\\1c')", "{}");
        assert!(hard.value.is_null() && hard.failures[0].contains("too many steps"), "{hard:?}");
    }
}
