//! Mapping rules as data: which source attribute goes to which field of the target schema.
//!
//! Expressions and wildcards are not here yet; [`Rule::parse`] refuses them by name.

use serde::{Deserialize, Serialize};

/// One rule of a mapping set, ready to be compiled against a source and a target schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Where the value comes from.
    pub source: RuleSource,
    /// Names from the root of the target schema to the field, such as `["person", "name", "firstName"]`.
    pub destination: Vec<String>,
}

/// Where the value of a [`Rule`] comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuleSource {
    /// An attribute of the source row.
    Attribute(AttributePath),
    /// The same text in every row, converted to the type of the target.
    Static(String),
}

/// The address of an attribute in a source row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AttributePath {
    /// The text as written: delimited files look for a header of this name first.
    pub literal: String,
    /// The names on the way for nested sources, with escapes resolved.
    pub steps: Vec<String>,
}

/// A rule that cannot be used, and why.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RuleError {
    /// The text is empty.
    #[error("the {what} of a mapping is empty")]
    Empty {
        /// `source` or `destination`.
        what: &'static str,
    },
    /// The text is not a plain path.
    #[error("`{text}` is not an attribute path: {why}")]
    NotAPath {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl AttributePath {
    /// Reads `a.b.c`, `${First Name}` and `a.b\.c` (an escaped dot belongs to the name).
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(RuleError::Empty { what: "source" });
        }
        let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
        let steps = split_path(inner, text)?;
        Ok(Self { literal: unescape(inner), steps })
    }
}

/// Reads a destination such as `person.name.firstName` (a leading `/` and `/` as separator are accepted too).
pub fn parse_destination(text: &str) -> Result<Vec<String>, RuleError> {
    let trimmed = text.trim().trim_start_matches('/');
    if trimmed.is_empty() {
        return Err(RuleError::Empty { what: "destination" });
    }
    if trimmed.contains('/') && !trimmed.contains('.') {
        return Ok(trimmed.split('/').map(str::to_owned).collect());
    }
    split_path(trimmed, text)
}

fn split_path(inner: &str, whole: &str) -> Result<Vec<String>, RuleError> {
    let not_a_path = |why| RuleError::NotAPath { text: whole.chars().take(200).collect(), why };
    if inner.contains(['(', ')', '"', '\'']) && !whole.starts_with("${") {
        return Err(not_a_path("expressions are not supported in a plain attribute mapping"));
    }
    if inner.contains('[') || inner.contains('*') {
        return Err(not_a_path("array positions and wildcards are not supported yet"));
    }
    let mut steps = vec![String::new()];
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => steps.last_mut().expect("never empty").push(chars.next().unwrap_or('\\')),
            '.' => steps.push(String::new()),
            _ => steps.last_mut().expect("never empty").push(c),
        }
    }
    if steps.iter().any(String::is_empty) {
        return Err(not_a_path("a name between two dots is empty"));
    }
    Ok(steps)
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, literal: &str, steps: &[&str]) {
        let path = AttributePath::parse(text).unwrap();
        assert_eq!(path.literal, literal);
        assert_eq!(path.steps, steps);
    }

    #[test]
    fn attribute_paths() {
        check("email", "email", &["email"]);
        check("a.b.c", "a.b.c", &["a", "b", "c"]);
        check("${First Name}", "First Name", &["First Name"]);
        check(r"${First\.Name}", "First.Name", &["First.Name"]);
        check(r"address.street\.name", "address.street.name", &["address", "street.name"]);
    }

    #[test]
    fn what_is_not_a_path_is_refused_with_its_reason() {
        for (text, why) in [("concat(a, b)", "expressions"), ("emails[0].x", "array positions"), ("a..b", "empty")] {
            let error = AttributePath::parse(text).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains(why), "{error}");
        }
        assert_eq!(AttributePath::parse("  "), Err(RuleError::Empty { what: "source" }));
    }

    #[test]
    fn destinations() {
        assert_eq!(parse_destination("person.name.firstName").unwrap(), ["person", "name", "firstName"]);
        assert_eq!(parse_destination("/person/name").unwrap(), ["person", "name"]);
        assert!(parse_destination("").is_err());
    }
}
