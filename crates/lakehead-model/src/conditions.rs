//! The `property` parameters of the lists of registry and Catalog: those of [`Query::parse_any`], and patterns.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use crate::invalid::{Invalid, excerpt};
use crate::query::{self, Query};
use crate::xdm::pattern::with_ascii_classes;

/// Most patterns of one request: each runs over every resource.
const MAX_PATTERNS: usize = 10;
/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 512;
/// What the compiled patterns of one request may have together, in bytes: each of their states may take a step for each
/// character of a text. The longest one has room for a name in whichever case of its letters.
const MAX_SIZE: usize = 64 * 1024;
/// What running one may take to be faster than that, in bytes.
const MAX_DFA: usize = 256 * 1024;

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
    /// Its engine is linear in the length of the text: there is no look-around and no back-reference.
    regex: Regex,
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
        let size = MAX_SIZE / patterns.len().max(1);
        let patterns = patterns.into_iter().map(|text| parse_pattern(text, size)).collect::<Result<_, _>>()?;
        Ok(Self { query: Query::parse_any(others)?, patterns })
    }

    /// Whether `resource` meets every condition.
    pub fn matches(&self, resource: &Value) -> bool {
        let matched = |pattern: &Pattern| {
            query::any(resource, &pattern.path, &|value| {
                value.as_str().is_some_and(|text| pattern.regex.is_match(text))
            })
        };
        self.query.matches(resource) && self.patterns.iter().all(matched)
    }
}

fn parse_pattern(text: &str, size: usize) -> Result<Pattern, Invalid> {
    let (path, pattern) = text.split_once('~').unwrap_or((text, ""));
    if pattern.is_empty() || pattern.len() > MAX_PATTERN {
        let text = excerpt(text);
        return Err(unusable(format!("`property` `{text}` has no pattern of 1 to {MAX_PATTERN} bytes after `~`")));
    }
    let compiled = RegexBuilder::new(&with_ascii_classes(pattern)).size_limit(size).dfa_size_limit(MAX_DFA).build();
    let regex = compiled.map_err(|_| {
        let text = excerpt(text);
        unusable(format!(
            "`property` `{text}` has no regular expression that can be used after `~`: correct or shorten it"
        ))
    })?;
    Ok(Pattern { path: query::steps(path)?, regex })
}

fn unusable(message: String) -> Invalid {
    Invalid::new("FLOW-1453-400", message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
            ("title~loyal", false),
            ("title~(?i)loyal", true),
            ("title~LOYAL|\\w{3} ?mem", true),
            ("title~^\\S+\\s\\S+$", true),
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
        for text in ["title~", "title~(", "title~(?=a)", "title~\\p{L}{99}", "~a", "a..b~c", "title=~a", &huge] {
            assert!(Conditions::parse([text]).is_err(), "{text}");
        }
        assert!(Conditions::parse(["title~a"; 10]).is_ok() && Conditions::parse(["title~a"; 11]).is_err());
        let large = format!("title~{}", "[a-z]{9}".repeat(50));
        assert!(Conditions::parse([large.as_str()]).is_ok() && Conditions::parse([large.as_str(); 9]).is_err());
        let said = Conditions::parse(["title~("]).unwrap_err().message;
        assert!(said.contains("`property` `title~(`") && said.contains("correct or shorten it"), "{said}");
    }

    #[test]
    fn a_name_of_any_script_can_be_looked_for_whatever_its_case() {
        for letter in ["k", "é", "ж", "ẞ", "漢"] {
            let fits = (MAX_PATTERN - "(?i)".len()) / letter.len();
            let name = letter.repeat(fits.min(255));
            assert!(Conditions::parse([format!("title~(?i){name}").as_str()]).is_ok(), "{letter}");
        }
    }
}
