//! Patterns of dates, with the letters of Java's `DateTimeFormatter` and `SimpleDateFormat`: compiled once, then used to
//! write and to read.

mod names;
mod read;
mod write;

pub(crate) use names::{instant_of_local, offset_at, zone};

/// Longest pattern, in characters.
const MAX_PATTERN: usize = 200;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Piece>);

/// One piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// A character that stands for itself.
    Literal(char),
    /// A letter, and how often it stands there.
    Field(char, usize),
    /// What follows, up to the other one, may be missing.
    Begin,
    /// End of what may be missing.
    End,
}

impl Pattern {
    /// Compiles a pattern.
    pub(crate) fn compile(text: &str) -> Result<Self, &'static str> {
        const LETTERS: &str = "GuyYMLwWDdFEeaHkKhmsSnNzZXxVOQq";
        if text.chars().count() > MAX_PATTERN {
            return Err("the date pattern is longer than 200 characters");
        }
        let mut pieces = Vec::new();
        let mut depth = 0_i32;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\'' if chars.next_if_eq(&'\'').is_some() => pieces.push(Piece::Literal('\'')),
                '\'' => loop {
                    match chars.next() {
                        None => return Err("a quote in the date pattern is not closed"),
                        Some('\'') if chars.next_if_eq(&'\'').is_none() => break,
                        Some(c) => pieces.push(Piece::Literal(c)),
                    }
                },
                '[' => {
                    depth += 1;
                    pieces.push(Piece::Begin);
                }
                ']' => {
                    depth -= 1;
                    if depth < 0 {
                        return Err("a bracket in the date pattern is not opened");
                    }
                    pieces.push(Piece::End);
                }
                c if c.is_ascii_alphabetic() => {
                    if !LETTERS.contains(c) {
                        return Err("the date pattern has a letter that means nothing");
                    }
                    let mut count = 1;
                    while chars.next_if_eq(&c).is_some() {
                        count += 1;
                    }
                    pieces.push(Piece::Field(c, count));
                }
                c => pieces.push(Piece::Literal(c)),
            }
        }
        if depth != 0 {
            return Err("a bracket in the date pattern is not closed");
        }
        Ok(Self(pieces))
    }

    /// Whether the piece at `at` is a number that the next one continues without anything between.
    fn runs_on(&self, at: usize) -> bool {
        matches!(self.0.get(at + 1), Some(Piece::Field(letter, count)) if is_number(*letter, *count))
    }
}

/// Whether a field is written in digits.
fn is_number(letter: char, count: usize) -> bool {
    match letter {
        'M' | 'L' | 'Q' | 'q' | 'e' => count <= 2,
        'y' | 'u' | 'Y' | 'w' | 'W' | 'D' | 'd' | 'F' | 'H' | 'k' | 'K' | 'h' | 'm' | 's' | 'S' | 'n' | 'N' => true,
        _ => false,
    }
}

/// Patterns of an argument, compiled once for rows that have the same.
#[derive(Debug, Default)]
pub(crate) struct Patterns(Option<(String, Result<Pattern, &'static str>)>);

impl Patterns {
    /// The compiled form of a text.
    pub(crate) fn of(&mut self, text: &str) -> Result<&Pattern, &'static str> {
        if self.0.as_ref().is_none_or(|(known, _)| known != text) {
            self.0 = Some((text.to_owned(), Pattern::compile(text)));
        }
        match &self.0 {
            Some((_, Ok(pattern))) => Ok(pattern),
            Some((_, Err(reason))) => Err(reason),
            None => Err("there is no date pattern"),
        }
    }
}

#[cfg(test)]
mod tests;
