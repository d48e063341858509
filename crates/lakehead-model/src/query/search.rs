//! The `search` parameter of lists: a part of a name, or a whole id. Names are compared without regard to case, in every
//! script: the index of the metastore holds them folded, so that both databases find the same.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::encode::escaped;
use crate::invalid::{Invalid, excerpt};

/// Where the index of values holds the folded name. No filter can name it: brackets are no part of a path.
pub const SEARCH_PATH: &str = "[search]";
/// Longest text that is looked for, in characters: the longest name.
const MAX_SEARCH: usize = 255;
/// What is kept of a folded name, in bytes. Only letters that fold to several make a name longer than that.
const KEPT: usize = 2000;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// A part of the folded name.
    pub part: String,
    /// The id that is found, too.
    pub id: String,
}

impl Search {
    /// Reads the parameter. An empty one and one longer than a name are `FLOW-1452-400`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wanted = text.trim();
        if wanted.is_empty() {
            let message = "`search` is empty: give a part of a name or an id, or leave it out";
            return Err(Invalid::new("FLOW-1452-400", message));
        }
        if wanted.chars().nth(MAX_SEARCH).is_some() {
            let message = format!(
                "`search` `{}` is too long: names have at most {MAX_SEARCH} characters, give a part of one",
                excerpt(wanted)
            );
            return Err(Invalid::new("FLOW-1452-400", message));
        }
        let part: String = fold(wanted).collect();
        Ok(Self { part: escaped(&part), id: escaped(&wanted.to_ascii_lowercase()) })
    }

    /// Whether a resource has the name or the id.
    pub fn finds(&self, resource: &Value) -> bool {
        let named = |name: &Value| name.as_str().is_some_and(|name| searched(name).contains(&self.part));
        resource.get("name").is_some_and(named) || resource.get("id").is_some_and(|id| *id == self.id)
    }
}

/// The text under which a name is looked for, as [`Search::part`] is written.
pub fn searched(name: &str) -> String {
    let mut folded = escaped(&fold(name).collect::<String>());
    folded.truncate(folded.floor_char_boundary(KEPT));
    folded
}

/// Letters whose case and way of writing do not matter any more. By way of upper case: `ß` and `SS`, `ς` and `Σ` are the same;
/// and before that lower case, for the capital `ẞ`.
fn fold(text: &str) -> impl Iterator<Item = char> {
    text.nfc().flat_map(char::to_lowercase).flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str, name: &str) -> bool {
        searched(name).contains(&Search::parse(text).unwrap().part)
    }

    #[test]
    fn parts_of_names_are_found_in_any_case_and_script() {
        for (text, name) in [
            ("ORD", "Daily orders"),
            ("  orders ", "Daily ORDERS"),
            ("über", "GROẞE ÜBERSICHT"),
            ("GROSSE", "große Übersicht"),
            ("grosse", "GROẞE ÜBERSICHT"),
            ("ΟΔΟΣ", "οδός οδος"),
            ("οδοσ", "ΟΔΟΣ"),
            ("заказы", "ЗАКАЗЫ 2026"),
            ("e\u{301}te\u{301}", "ÉTÉ"),
            ("100%_\\", "rate 100%_\\ done"),
            ("\u{1}", "a\u{1}b"),
            ("受注", "日次受注"),
        ] {
            assert!(finds(text, name), "{text} in {name}");
        }
        for (text, name) in [("resume", "Résumé"), ("a%b", "axxb"), ("a_b", "axb"), ("orders daily", "Daily orders")]
        {
            assert!(!finds(text, name), "{text} in {name}");
        }
    }

    #[test]
    fn hostile_texts_stay_within_the_limits() {
        for bad in ["", "  \t", "x".repeat(256).as_str(), "\u{390}".repeat(100_000).as_str()] {
            assert_eq!(Search::parse(bad).unwrap_err().code, "FLOW-1452-400");
        }
        let long = "\u{390}".repeat(255);
        assert!(Search::parse(&long).is_ok() && searched(&long).len() <= KEPT);
        let nul = Search::parse("a\0b").unwrap();
        assert!([&searched("a\0b"), &nul.part, &nul.id].into_iter().all(|text| !text.contains('\0')));
    }
}
