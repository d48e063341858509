//! Instants as text by a pattern.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, FixedOffset, Timelike as _};

use super::names::{DAYS, MONTHS};
use super::{Pattern, Piece};

impl Pattern {
    /// Appends the text of an instant.
    pub(crate) fn write(&self, time: &DateTime<FixedOffset>, out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Literal(c) => out.push(*c),
                Piece::Field(letter, count) => field(*letter, *count, time, out),
                Piece::Begin | Piece::End => {}
            }
        }
    }
}

fn field(letter: char, count: usize, time: &DateTime<FixedOffset>, out: &mut String) {
    let hour = time.hour();
    let number = |value: i64, out: &mut String| {
        let _ = write!(out, "{value:0count$}");
    };
    match letter {
        'G' => out.push_str(if time.year() > 0 { "AD" } else { "BC" }),
        'y' | 'Y' => {
            let year = if letter == 'Y' { time.iso_week().year() } else { time.year() };
            if count == 2 { number(i64::from(year.rem_euclid(100)), out) } else { number(year.into(), out) }
        }
        // Of four letters it is a year; alone it is the number of the day in the week.
        'u' if count >= 4 => number(time.year().into(), out),
        'u' | 'e' => number(time.weekday().number_from_monday().into(), out),
        'M' | 'L' => name(count, &MONTHS, time.month0() as usize, out),
        'Q' | 'q' => {
            let quarter = time.month0() / 3 + 1;
            let _ = if count <= 2 { write!(out, "{quarter:0count$}") } else { write!(out, "Q{quarter}") };
        }
        'w' => number(time.iso_week().week().into(), out),
        'W' | 'F' => number(i64::from((time.day() - 1) / 7 + 1), out),
        'D' => number(time.ordinal().into(), out),
        'd' => number(time.day().into(), out),
        'E' => name(count.max(3), &DAYS, time.weekday().num_days_from_monday() as usize, out),
        'a' => out.push_str(if hour < 12 { "AM" } else { "PM" }),
        'H' => number(hour.into(), out),
        'k' => number(if hour == 0 { 24 } else { hour.into() }, out),
        'K' => number(i64::from(hour % 12), out),
        'h' => number(if hour.is_multiple_of(12) { 12 } else { i64::from(hour % 12) }, out),
        'm' => number(time.minute().into(), out),
        's' => number(time.second().into(), out),
        'S' => {
            let digits = format!("{:09}", time.nanosecond() % 1_000_000_000);
            out.extend(digits.chars().chain(std::iter::repeat('0')).take(count));
        }
        'n' => number(i64::from(time.nanosecond() % 1_000_000_000), out),
        'N' => number(i64::from(time.num_seconds_from_midnight()) * 1_000_000_000 + i64::from(time.nanosecond()), out),
        _ => zone(letter, count, time.offset().local_minus_utc(), out),
    }
}

fn name(count: usize, names: &[&str], index: usize, out: &mut String) {
    let full = names[index];
    match count {
        1 | 2 => {
            let _ = write!(out, "{:0count$}", index + 1);
        }
        3 => out.push_str(&full[..3]),
        4 => out.push_str(full),
        _ => out.push_str(&full[..1]),
    }
}

fn zone(letter: char, count: usize, offset: i32, out: &mut String) {
    let (sign, hours, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 3600, offset.abs() / 60 % 60);
    let _ = match (letter, count, offset) {
        ('X', _, 0) | ('Z', 5, 0) => write!(out, "Z"),
        ('X' | 'x', 1, _) if minutes == 0 => write!(out, "{sign}{hours:02}"),
        ('X' | 'x', 1 | 2 | 4, _) | ('Z', 1..=3, _) => write!(out, "{sign}{hours:02}{minutes:02}"),
        ('X' | 'x' | 'Z', 3 | 5, _) => write!(out, "{sign}{hours:02}:{minutes:02}"),
        ('z' | 'V', _, 0) => write!(out, "UTC"),
        ('O' | 'Z', _, 0) => write!(out, "GMT"),
        ('O', 1, _) if minutes == 0 => write!(out, "GMT{sign}{hours}"),
        ('O' | 'Z', ..) => write!(out, "GMT{sign}{hours:02}:{minutes:02}"),
        _ => write!(out, "{sign}{hours:02}:{minutes:02}"),
    };
}
