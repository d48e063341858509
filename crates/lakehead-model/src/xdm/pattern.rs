//! Regular expressions of schemas: searched for anywhere in a text, within bounds of memory and of steps. `\w`, `\d` and
//! `\s` mean ASCII, as in Java: schemas are written for it, and the classes of Unicode are large when they are repeated.

use fancy_regex::{Regex, RegexBuilder};

use super::limits::MAX_PATTERN;

/// Bytes of a compiled pattern.
const MAX_SIZE: usize = 1024 * 1024;
/// What running one may take to be faster, in bytes.
const MAX_DFA: usize = 512 * 1024;
/// Steps of a compiled pattern that looks around or back.
const MAX_STEPS: usize = 20_000;
/// Steps back that one search may take: what needs more is told, not waited for.
const MAX_BACKTRACKS: usize = 100_000;

/// Longest text, in bytes, that a pattern which looks around or back is searched for in: each of its steps may look at
/// the whole rest of it.
const MAX_LOOKED_AROUND: usize = 64 * 1024;

/// A pattern that can be searched for.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// Whether a search takes no more steps than the text has bytes.
    linear: bool,
}

/// The search of a text was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooHard;

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn compile(text: &str) -> Result<Self, &'static str> {
        if text.len() > MAX_PATTERN {
            return Err("it is longer than 4096 bytes");
        }
        RegexBuilder::new(&with_ascii_classes(text))
            .backtrack_limit(MAX_BACKTRACKS)
            .delegate_size_limit(MAX_SIZE)
            .delegate_dfa_size_limit(MAX_DFA)
            .max_prog_size(MAX_STEPS)
            .build()
            .map(|regex| Self { regex, linear: is_linear(text) })
            .map_err(|_| "it is no regular expression that can be compiled, or too large a one")
    }

    /// Whether the pattern is somewhere in the text.
    ///
    /// # Errors
    /// The search takes too many steps.
    pub fn is_in(&self, text: &str) -> Result<bool, TooHard> {
        if !self.linear && text.len() > MAX_LOOKED_AROUND {
            return Err(TooHard);
        }
        self.regex.is_match(text).map_err(|_| TooHard)
    }
}

/// Whether the pattern has nothing that only a search with steps back can find. Rather too few are called so.
fn is_linear(text: &str) -> bool {
    let special = ["(?=", "(?!", "(?<=", "(?<!", "(?>", "(?(", "(?P=", "\\k", "\\K", "\\G", "*+", "++", "?+", "}+"];
    let back = text.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && pair[1].is_ascii_digit());
    !back && !special.iter().any(|part| text.contains(part))
}

/// Writes out the classes that Java takes from ASCII.
pub(crate) fn with_ascii_classes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let next = if c == '\\' { rest.next() } else { None };
        match next {
            Some('w') => out.push_str("[A-Za-z0-9_]"),
            Some('W') => out.push_str("[^A-Za-z0-9_]"),
            Some('d') => out.push_str("[0-9]"),
            Some('D') => out.push_str("[^0-9]"),
            Some('s') => out.push_str(r"[ \t\n\x0B\f\r]"),
            Some('S') => out.push_str(r"[^ \t\n\x0B\f\r]"),
            next => {
                out.push(c);
                out.extend(next);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_searched_for_anywhere() {
        let found = |pattern: &str, text: &str| Pattern::compile(pattern).unwrap().is_in(text);
        assert_eq!(found("([A-Z]{2}-[A-Z0-9]{1,3}|)", "Alabama"), Ok(true));
        assert_eq!(found("^[A-Z]{2}$", "Alabama"), Ok(false));
        assert_eq!(found("b(?=c)", "abc"), Ok(true));
        assert_eq!(found("(?=(a|aa)+$)(a|aa)+\\1b", &"a".repeat(60)), Err(TooHard));
        assert_eq!(found("(?=[^b]*b)a", &"a".repeat(1 << 20)), Err(TooHard));
        assert_eq!(found("[^b]*b$", &format!("{}b", "a".repeat(1 << 20))), Ok(true), "this one is linear");
    }

    #[test]
    fn classes_are_those_of_java() {
        let found = |pattern: &str, text: &str| Pattern::compile(pattern).unwrap().is_in(text).unwrap();
        assert!(found(r"^[\w.-]{1,200}@\w{2,100}$", "a.b-c@example") && !found(r"^\w+$", "ü"));
        assert!(found(r"^[^\d\s]\S\D\W$", "aüü-") && !found(r"^[^\d]$", "1") && !found(r"[\s\S]", ""));
        assert!(found(r"^\\w$", r"\w"), "an escaped backslash is one");
    }

    #[test]
    fn what_cannot_be_compiled_is_refused() {
        for text in ["(", "[", "a**(", "(?:(?:\\w{1000}){1000}){1000}", &"x".repeat(5000)] {
            assert!(Pattern::compile(text).is_err(), "{}", &text[..text.len().min(30)]);
        }
    }
}
