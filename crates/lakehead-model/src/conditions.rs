//! The `property` parameters of the lists of registry and Catalog: those of [`Query::parse_any`], and patterns.

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::invalid::{Invalid, excerpt};
use crate::json_schema;
use crate::query::{self, Query};

/// Most patterns of one request: each runs over every resource.
const MAX_PATTERNS: usize = 10;
/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 512;

/// What a resource has to meet to be listed.
#[derive(Debug, Default)]
pub struct Conditions {
    query: Query,
    patterns: Vec<Pattern>,
}

/// A field and the regular expression that a part of one of its texts has to match.
#[derive(Debug)]
struct Pattern {
    path: Vec<String>,
    /// The expression as a schema of a text: its engine is linear in the length of the text.
    text: Validator,
}

impl Conditions {
    /// Parses all `property` parameters of one request; all of them have to hold.
    ///
    /// # Errors
    /// For a field, an operator, a value or a pattern that cannot be read, and for too many of them.
    pub fn parse<'a>(parameters: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let (patterns, others): (Vec<&str>, Vec<&str>) =
            parameters.into_iter().partition(|text| query::operator_of(text).is_some_and(|rest| rest.starts_with('~')));
        if patterns.len() > MAX_PATTERNS {
            return Err(unusable(format!("`property` has more than {MAX_PATTERNS} patterns; send fewer")));
        }
        Ok(Self {
            query: Query::parse_any(others)?,
            patterns: patterns.into_iter().map(parse_pattern).collect::<Result<_, _>>()?,
        })
    }

    /// Whether `resource` meets every condition.
    pub fn matches(&self, resource: &Value) -> bool {
        let matched = |pattern: &Pattern| {
            query::any(resource, &pattern.path, &|value| value.is_string() && pattern.text.is_valid(value))
        };
        self.query.matches(resource) && self.patterns.iter().all(matched)
    }
}

fn parse_pattern(text: &str) -> Result<Pattern, Invalid> {
    let (path, pattern) = text.split_once('~').unwrap_or((text, ""));
    if pattern.is_empty() || pattern.len() > MAX_PATTERN {
        return Err(unusable(format!("`{}` has no pattern of 1 to {MAX_PATTERN} bytes after `~`", excerpt(text))));
    }
    let compiled = json_schema::compile(&json!({ "type": "string", "pattern": pattern }));
    let text = compiled.map_err(|_| {
        let pattern = excerpt(pattern);
        unusable(format!("`{pattern}` is not a regular expression that can be used; correct or shorten it"))
    })?;
    Ok(Pattern { path: query::steps(path)?, text })
}

fn unusable(message: String) -> Invalid {
    Invalid::new("FLOW-1453-400", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(parameters: &[&str]) -> bool {
        let body = json!({
            "title": "Loyalty members", "version": "1.4",
            "meta:extends": ["https://ns.adobe.com/xdm/context/profile", "https://ns.adobe.com/xdm/data/record"],
            "meta:registryMetadata": { "repo:createdDate": 1_500 },
        });
        Conditions::parse(parameters.iter().copied()).unwrap().matches(&body)
    }

    #[test]
    fn every_operator_looks_into_lists_and_objects() {
        for (parameter, expected) in [
            ("title", true),
            ("description", false),
            ("meta:extends==https://ns.adobe.com/xdm/data/record", true),
            ("meta:extends!=https://ns.adobe.com/xdm/data/adhoc", true),
            ("meta:extends!=https://ns.adobe.com/xdm/data/record", false),
            ("meta:registryMetadata.repo:createdDate>1499", true),
            ("meta:registryMetadata.repo:createdDate<=1499", false),
            ("meta:registryMetadata.repo:createdDate<1501", true),
            ("version>=1.5", false),
            ("title~^Loyal", true),
            ("title~^members", false),
            ("title~M|r", true),
            ("title~a==b", false),
            ("meta:extends~/data/[a-z]+$", true),
            ("meta:registryMetadata.repo:createdDate~1", false),
        ] {
            assert_eq!(matches(&[parameter]), expected, "{parameter}");
        }
        assert!(matches(&["title~mem", "version==1.4"]) && !matches(&["title~mem", "version==1.3"]));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let huge = format!("title~{}", "a{1000}".repeat(60));
        for text in ["title~", "title~(", "~a", "a..b~c", "title=~a", &huge] {
            assert!(Conditions::parse([text]).is_err(), "{text}");
        }
        assert!(Conditions::parse(["title~a"; 11]).is_err());
    }
}
