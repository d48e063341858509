//! Text to instants by a pattern.

use chrono::{Duration, NaiveDate, NaiveDateTime};

use super::names::{DAYS, MONTHS, Zone, instant_of_local, offset, zone};
use super::{Pattern, Piece, is_number};
use crate::zoned::Zoned;

/// What has been read so far.
#[derive(Debug, Default)]
struct Found {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    before_christ: bool,
    hour: Option<u32>,
    half_hour: Option<u32>,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    nanos: i64,
    zone: Option<Zone>,
}

impl Pattern {
    /// The instant that a text tells; UTC where it names no zone. `None` where the text does not fit.
    pub(crate) fn read(&self, text: &str) -> Option<Zoned> {
        let mut found = Found::default();
        let rest = self.pieces(0, self.0.len(), text, &mut found)?;
        if rest.is_empty() { found.instant() } else { None }
    }

    /// Reads by the pieces from `at` to `end`; answers what is left.
    fn pieces<'t>(&self, mut at: usize, end: usize, mut text: &'t str, found: &mut Found) -> Option<&'t str> {
        while at < end {
            match self.0[at] {
                Piece::Literal(c) => text = text.strip_prefix(c)?,
                Piece::Field(letter, count) => text = self.field(at, letter, count, text, found)?,
                Piece::End => {}
                Piece::Begin => {
                    let close = self.closing(at)?;
                    if let Some(rest) = self.pieces(at + 1, close, text, found) {
                        text = rest;
                    }
                    at = close;
                }
            }
            at += 1;
        }
        Some(text)
    }

    /// Where the brackets that open at `at` close.
    fn closing(&self, at: usize) -> Option<usize> {
        let mut depth = 0;
        for (place, piece) in self.0.iter().enumerate().skip(at) {
            match piece {
                Piece::Begin => depth += 1,
                Piece::End => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(place);
            }
        }
        None
    }

    fn field<'t>(&self, at: usize, letter: char, count: usize, text: &'t str, found: &mut Found) -> Option<&'t str> {
        if is_number(letter, count) {
            // Digits that run on into the next number are as many as there are letters.
            let (least, most) = match (letter, self.runs_on(at)) {
                ('S', _) => (1, 9),
                ('y' | 'u' | 'Y', false) => (if count == 2 { 2 } else { 1 }, if count == 2 { 2 } else { 9 }),
                (_, true) => (count, count),
                (_, false) => (1, count.max(2).max(if letter == 'D' { 3 } else { 0 })),
            };
            let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
            if length < least {
                return None;
            }
            let (digits, rest) = text.split_at(length);
            found.number(letter, count, digits)?;
            return Some(rest);
        }
        match letter {
            'M' | 'L' => {
                let (index, rest) = named(text, &MONTHS)?;
                found.month = Some(index as u32 + 1);
                Some(rest)
            }
            'E' => named(text, &DAYS).map(|(_, rest)| rest),
            'G' => {
                let (word, rest) = text.split_at_checked(2)?;
                found.before_christ = word.eq_ignore_ascii_case("BC");
                (found.before_christ || word.eq_ignore_ascii_case("AD")).then_some(rest)
            }
            'a' => {
                let (word, rest) = text.split_at_checked(2)?;
                let afternoon = word.eq_ignore_ascii_case("PM");
                found.afternoon = Some(afternoon);
                (afternoon || word.eq_ignore_ascii_case("AM")).then_some(rest)
            }
            _ => {
                let length =
                    text.find(|c: char| !(c.is_ascii_alphanumeric() || "+-:/_".contains(c))).unwrap_or(text.len());
                let (word, rest) = text.split_at(length);
                found.zone = Some(match letter {
                    'X' | 'x' => fixed(if word == "Z" && letter == 'X' { 0 } else { offset(word)? })?,
                    _ => zone(word)?,
                });
                Some(rest)
            }
        }
    }
}

fn fixed(seconds: i32) -> Option<Zone> {
    chrono::FixedOffset::east_opt(seconds).map(Zone::Fixed)
}

/// A name in full or its first three letters, whatever their case.
fn named<'t>(text: &'t str, names: &[&str]) -> Option<(usize, &'t str)> {
    let starts = |name: &&str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    if let Some(index) = names.iter().position(starts) {
        return Some((index, &text[names[index].len()..]));
    }
    let index = names.iter().position(|name| starts(&&name[..3]))?;
    Some((index, &text[3..]))
}

impl Found {
    fn number(&mut self, letter: char, count: usize, digits: &str) -> Option<()> {
        let value: i64 = digits.parse().ok()?;
        match letter {
            'y' | 'Y' if count == 2 => self.year = Some(two_digits(value)),
            'y' | 'Y' => self.year = i32::try_from(value).ok(),
            'u' if count >= 4 => self.year = i32::try_from(value).ok(),
            'M' | 'L' => self.month = u32::try_from(value).ok(),
            'd' => self.day = u32::try_from(value).ok(),
            'D' => self.day_of_year = u32::try_from(value).ok(),
            'H' => self.hour = Some(below(value, 24)?),
            'k' => self.hour = Some(below(value, 25)? % 24),
            'h' => self.half_hour = Some(below(value, 13)? % 12),
            'K' => self.half_hour = Some(below(value, 12)?),
            'm' => self.minute = below(value, 60)?,
            's' => self.second = below(value, 60)?,
            'S' => self.nanos = value * 10_i64.pow(9 - digits.len() as u32),
            'n' => self.nanos = value,
            // Weeks, quarters and days of weeks do not make a date by themselves.
            _ => {}
        }
        Some(())
    }

    fn instant(self) -> Option<Zoned> {
        let year = self.year.unwrap_or(1970);
        let year = if self.before_christ { 1 - year } else { year };
        let date = match self.day_of_year {
            Some(day) => NaiveDate::from_yo_opt(year, day)?,
            None => NaiveDate::from_ymd_opt(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?,
        };
        let hour = match (self.hour, self.half_hour, self.afternoon) {
            (Some(hour), ..) => hour,
            (None, Some(hour), afternoon) => hour + if afternoon == Some(true) { 12 } else { 0 },
            (None, None, afternoon) => {
                if afternoon == Some(true) {
                    12
                } else {
                    0
                }
            }
        };
        let local: NaiveDateTime = date.and_hms_opt(hour, self.minute, self.second)?;
        let local = local.checked_add_signed(Duration::nanoseconds(self.nanos))?;
        instant_of_local(self.zone.or_else(|| fixed(0))?, &local)
    }
}

fn below(value: i64, limit: u32) -> Option<u32> {
    u32::try_from(value).ok().filter(|value| *value < limit)
}

/// Years of two digits are those from 1970 to 2069.
fn two_digits(value: i64) -> i32 {
    value as i32 + if value < 70 { 2000 } else { 1900 }
}
