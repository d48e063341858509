//! Patterns with Java's syntax, compiled once for all rows where they are constant.

use fancy_regex::{Regex, RegexBuilder};

use crate::coerce::Texts;

/// Steps back that one match may take: what needs more is refused, not waited for.
const MAX_BACKTRACKS: usize = 100_000;
/// Characters of a pattern.
const MAX_PATTERN: usize = 4096;
const NO_PATTERN: &str = "the pattern is not a valid one";
const TOO_HARD: &str = "the pattern takes too many steps on this text";

/// The patterns of an argument.
#[derive(Debug)]
pub(crate) struct Patterns {
    texts: Texts,
    /// The last one that was compiled, for rows that have the same.
    last: Option<(String, Option<Regex>)>,
}

impl Patterns {
    /// The patterns that are written in `texts`.
    pub(crate) fn new(texts: Texts) -> Self {
        Self { texts, last: None }
    }

    /// Whether the whole text fits the pattern of a row; `None` where that is null.
    pub(crate) fn fits(&mut self, row: usize, text: &str) -> Result<Option<bool>, &'static str> {
        match self.whole(row)? {
            Some(pattern) => pattern.is_match(text).map(Some).map_err(|_| TOO_HARD),
            None => Ok(None),
        }
    }

    /// The pattern of a row, which has to match a whole text; `None` where it is null.
    fn whole(&mut self, row: usize) -> Result<Option<&Regex>, &'static str> {
        let Some(text) = self.texts.get(row) else { return Ok(None) };
        if self.last.as_ref().is_none_or(|(known, _)| known != text) {
            self.last = Some((text.to_owned(), compile(text)));
        }
        match &self.last {
            Some((_, Some(compiled))) => Ok(Some(compiled)),
            _ => Err(NO_PATTERN),
        }
    }
}

fn compile(text: &str) -> Option<Regex> {
    if text.len() > MAX_PATTERN {
        return None;
    }
    // A pattern that closes a group it has not opened is none, also between the brackets.
    Regex::new(text).ok()?;
    RegexBuilder::new(&format!(r"\A(?:{text})\z")).backtrack_limit(MAX_BACKTRACKS).build().ok()
}
