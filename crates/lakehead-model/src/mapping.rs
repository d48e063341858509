//! Mapping rules as data: which source attribute or calculation goes to which field of the target schema.

use serde::{Deserialize, Serialize};

use crate::expression::{SourcePath, Step};
use crate::xdm::{Field, FieldType};

/// Largest index of an array that a rule reads or writes.
const MAX_INDEX: usize = 1000;
/// Most steps of a path.
const MAX_STEPS: usize = 100;

/// One rule of a mapping set, ready to be compiled against a source and a target schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Where the value comes from.
    pub source: RuleSource,
    /// The way from the root of the target schema to the field, such as `person`, `name`, `firstName`.
    pub destination: Vec<Step>,
}

/// Where the value of a [`Rule`] comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuleSource {
    /// An attribute of the source row.
    Attribute(SourcePath),
    /// The same text in every row, converted to the type of the target.
    Static(String),
    /// An expression over the source row.
    Expression(String),
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

/// Reads the path of a source attribute: `a.b.c`, `${First Name}`, `a.b\.c` (an escaped dot belongs to the name),
/// `emails[0].email`, `emails[*].name`. Names may have any characters but brackets and quotes, as headers do.
pub fn parse_attribute(text: &str) -> Result<SourcePath, RuleError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(RuleError::Empty { what: "source" });
    }
    if text.starts_with("${") {
        // Beyond its braces such a path is written as expressions write it.
        return SourcePath::parse(text).map_err(|_| not_a_path(text, "close `${` with `}` after the name"));
    }
    if text.contains(['(', ')', '"', '\'']) {
        return Err(not_a_path(text, "expressions are not supported in a plain attribute mapping"));
    }
    Ok(SourcePath { literal: unescape(text), steps: steps(text, text)? })
}

/// Reads a destination such as `person.name.firstName`, `emails[0].address` or `items[*].sku` (a leading `/` and `/` as
/// separator are accepted too).
pub fn parse_destination(text: &str) -> Result<Vec<Step>, RuleError> {
    let trimmed = text.trim().trim_start_matches('/');
    if trimmed.is_empty() {
        return Err(RuleError::Empty { what: "destination" });
    }
    let steps = if trimmed.contains('/') && !trimmed.contains('.') {
        steps(&trimmed.replace('/', "."), text)?
    } else {
        steps(trimmed, text)?
    };
    if steps.iter().filter(|step| **step == Step::Each).count() > 1 {
        return Err(not_a_path(text, "at most one `[*]` can be filled"));
    }
    Ok(steps)
}

/// A path as messages and diagnostics write it.
pub fn path_text(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Name(name) if text.is_empty() => text.push_str(name),
            Step::Name(name) => text = format!("{text}.{name}"),
            Step::Index(index) => text = format!("{text}[{index}]"),
            Step::Each => text.push_str("[*]"),
        }
    }
    text
}

/// The type at a destination below `fields`, or `None` where something on the way does not exist.
pub fn target_type<'a>(fields: &'a [Field], path: &[Step]) -> Option<&'a FieldType> {
    let (Step::Name(first), rest) = path.split_first()? else { return None };
    let mut ty = &fields.iter().find(|field| field.name == *first)?.ty;
    for step in rest {
        ty = match (ty, step) {
            (FieldType::Object(members), Step::Name(name)) => &members.iter().find(|field| field.name == *name)?.ty,
            (FieldType::Map(value), Step::Name(_)) => value,
            (FieldType::Array(item), Step::Index(_) | Step::Each) => item,
            _ => return None,
        };
    }
    Some(ty)
}

fn not_a_path(text: &str, why: &'static str) -> RuleError {
    RuleError::NotAPath { text: text.chars().take(200).collect(), why }
}

fn steps(inner: &str, whole: &str) -> Result<Vec<Step>, RuleError> {
    let mut steps = Vec::new();
    let mut name = String::new();
    // Behind an index only a dot or another index may follow.
    let mut closed = false;
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '.' => {
                if !closed {
                    steps.push(Step::Name(std::mem::take(&mut name)));
                }
                closed = false;
            }
            '[' => {
                if !closed {
                    steps.push(Step::Name(std::mem::take(&mut name)));
                }
                let index: String = chars.by_ref().take_while(|c| *c != ']').collect();
                steps.push(index_step(&index, whole)?);
                closed = true;
            }
            _ if closed => return Err(not_a_path(whole, "a dot is missing behind `]`")),
            '\\' => name.push(chars.next().unwrap_or('\\')),
            c => name.push(c),
        }
    }
    if !closed {
        steps.push(Step::Name(name));
    }
    if steps.iter().any(|step| matches!(step, Step::Name(name) if name.is_empty())) {
        return Err(not_a_path(whole, "a name between two dots is empty"));
    }
    if steps.len() > MAX_STEPS {
        return Err(not_a_path(whole, "it has more than 100 steps"));
    }
    Ok(steps)
}

fn index_step(text: &str, whole: &str) -> Result<Step, RuleError> {
    match text.trim() {
        "*" => Ok(Step::Each),
        text => match text.parse() {
            Ok(index) if index <= MAX_INDEX => Ok(Step::Index(index)),
            _ => Err(not_a_path(whole, "between the brackets stands a number from 0 to 1000, or `*`")),
        },
    }
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
        let path = parse_attribute(text).unwrap();
        assert_eq!(path.literal, literal);
        let names: Vec<_> = steps.iter().map(|name| Step::Name((*name).to_owned())).collect();
        assert_eq!(path.steps, names);
    }

    #[test]
    fn attribute_paths() {
        check("email", "email", &["email"]);
        check("a.b.c", "a.b.c", &["a", "b", "c"]);
        check("First Name-2", "First Name-2", &["First Name-2"]);
        check("${First Name}", "First Name", &["First Name"]);
        check(r"${First\.Name}", "First.Name", &["First.Name"]);
        check(r"address.street\.name", "address.street.name", &["address", "street.name"]);
        let path = parse_attribute("emails[*].tags[0]").unwrap();
        let (emails, tags) = (Step::Name("emails".into()), Step::Name("tags".into()));
        assert_eq!(path.steps, [emails, Step::Each, tags, Step::Index(0)]);
        assert_eq!(path_text(&path.steps), "emails[*].tags[0]");
    }

    #[test]
    fn what_is_not_a_path_is_refused_with_its_reason() {
        for (text, why) in [
            ("concat(a, b)", "expressions"),
            ("emails[x].y", "number"),
            ("emails[0]y", "dot"),
            ("emails[1001]", "number"),
            ("a..b", "empty"),
            ("[0]", "empty"),
            ("${a", "`}`"),
        ] {
            let error = parse_attribute(text).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains(why), "{error}");
        }
        assert_eq!(parse_attribute("  "), Err(RuleError::Empty { what: "source" }));
    }

    #[test]
    fn destinations() {
        let text = |text: &str| parse_destination(text).map(|steps| path_text(&steps));
        assert_eq!(text("person.name.firstName").unwrap(), "person.name.firstName");
        assert_eq!(text("/person/name").unwrap(), "person.name");
        assert_eq!(text("identityMap.Email[0].id").unwrap(), "identityMap.Email[0].id");
        assert!(text("").is_err() && text("a[*].b[*]").is_err());
    }

    #[test]
    fn types_are_found_through_arrays_and_maps() {
        let leaf = Field::new("id", FieldType::String, false);
        let items = FieldType::Array(Box::new(FieldType::Object(vec![leaf])));
        let fields = [Field::new("m", FieldType::Map(Box::new(items)), false)];
        let ty = |text: &str| target_type(&fields, &parse_destination(text).unwrap()).map(FieldType::name);
        assert_eq!(ty("m.Email[0].id"), Some("string"));
        assert_eq!(ty("m.Email[*]"), Some("object"));
        assert_eq!(ty("m.Email.id"), None);
        assert_eq!(ty("m[0]"), None);
    }
}
