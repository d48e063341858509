//! Patterns with Java's syntax, compiled once for all rows where they are constant.

use std::ops::Range;

use fancy_regex::{Regex, RegexBuilder};

use crate::coerce::Texts;

/// Steps back that one match may take: what needs more is refused, not waited for.
const MAX_BACKTRACKS: usize = 100_000;
/// Characters of a pattern.
const MAX_PATTERN: usize = 4096;
/// Matches within one text.
const MAX_MATCHES: usize = 100_000;
const NO_PATTERN: &str = "the pattern is not a valid one";
const TOO_HARD: &str = "the pattern takes too many steps on this text";
const TOO_MANY: &str = "the pattern fits too many times";

/// The patterns of an argument.
#[derive(Debug)]
pub(crate) struct Patterns {
    texts: Texts,
    /// The last one that was compiled, for rows that have the same.
    last: Option<(String, Option<Compiled>)>,
}

#[derive(Debug)]
struct Compiled {
    anywhere: Regex,
    whole: Regex,
}

impl Patterns {
    /// The patterns that are written in `texts`.
    pub(crate) fn new(texts: Texts) -> Self {
        Self { texts, last: None }
    }

    /// Whether the whole text fits the pattern of a row; `None` where that is null.
    pub(crate) fn fits(&mut self, row: usize, text: &str) -> Result<Option<bool>, &'static str> {
        match self.of(row)? {
            Some(pattern) => pattern.whole.is_match(text).map(Some).map_err(|_| TOO_HARD),
            None => Ok(None),
        }
    }

    /// Where the pattern of a row fits in a text; `None` where the pattern is null.
    pub(crate) fn ranges(&mut self, row: usize, text: &str) -> Result<Option<Vec<Range<usize>>>, &'static str> {
        let Some(pattern) = self.of(row)? else { return Ok(None) };
        let mut ranges = Vec::new();
        for found in pattern.anywhere.find_iter(text) {
            ranges.push(found.map_err(|_| TOO_HARD)?.range());
            if ranges.len() > MAX_MATCHES {
                return Err(TOO_MANY);
            }
        }
        Ok(Some(ranges))
    }

    /// What the groups of a pattern match, the whole match first; no groups where it does not fit.
    pub(crate) fn groups<'t>(
        &mut self,
        row: usize,
        text: &'t str,
    ) -> Result<Option<Vec<Option<&'t str>>>, &'static str> {
        let Some(pattern) = self.of(row)? else { return Ok(None) };
        let found = pattern.anywhere.captures(text).map_err(|_| TOO_HARD)?;
        let groups = found.map(|groups| groups.iter().map(|group| group.map(|group| group.as_str())).collect());
        Ok(Some(groups.unwrap_or_default()))
    }

    /// The pattern of a row.
    fn of(&mut self, row: usize) -> Result<Option<&Compiled>, &'static str> {
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

fn compile(text: &str) -> Option<Compiled> {
    if text.len() > MAX_PATTERN {
        return None;
    }
    let build = |text: &str| RegexBuilder::new(text).backtrack_limit(MAX_BACKTRACKS).build().ok();
    // A pattern that closes a group it has not opened is none, also between the brackets.
    Some(Compiled { anywhere: build(text)?, whole: build(&format!(r"\A(?:{text})\z"))? })
}
