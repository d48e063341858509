//! Days and instants in text: ISO forms by a fast path, then the other documented patterns in their order.

use chrono::NaiveDate;

/// The documented patterns that the ISO reader does not cover, in their order.
const PATTERNS: [&str; 12] = [
    "yyyy/MM/dd",
    "yyyy.MM.dd",
    "yyyy-MMM-dd",
    "yyyyMMdd",
    "MM-dd-yyyy",
    "MMddyyyy",
    "M/dd/yyyy",
    "dd.M.yyyy",
    "M/dd/yyyy hh:mm:ss a",
    "dd.M.yyyy hh:mm:ss a",
    "dd.MMM.yyyy",
    "dd-MMM-yyyy",
];
const MONTHS: [&[u8]; 12] =
    [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
const DAY_SECONDS: i64 = 86_400;
/// Names of zones that may stand after a time, and the hours that they are east of UTC.
const ZONES: [(&[u8], i64); 12] = [
    (b"UTC", 0),
    (b"GMT", 0),
    (b"EST", -5),
    (b"EDT", -4),
    (b"CST", -6),
    (b"CDT", -5),
    (b"MST", -7),
    (b"MDT", -6),
    (b"PST", -8),
    (b"PDT", -7),
    (b"CET", 1),
    (b"CEST", 2),
];

/// Days since 1970-01-01; of an instant, its day in UTC.
pub fn day(text: &str) -> Option<i32> {
    i32::try_from(micros(text)?.div_euclid(DAY_SECONDS * 1_000_000)).ok()
}

/// Microseconds since 1970-01-01T00:00:00Z. Without an offset the time is taken as UTC.
pub fn micros(text: &str) -> Option<i64> {
    instant(text).map(|(micros, _)| micros)
}

/// As [`micros`], with the seconds east of UTC that the text is written with.
pub fn instant(text: &str) -> Option<(i64, i32)> {
    let text = text.trim().as_bytes();
    iso(text).or_else(|| {
        let micros = PATTERNS.iter().find_map(|pattern| by_pattern(text, pattern)).or_else(|| epoch_millis(text));
        micros.map(|micros| (micros, 0))
    })
}

/// `yyyy-MM-dd`, then optionally `T` or a space, the time, a fraction and an offset.
fn iso(text: &[u8]) -> Option<(i64, i32)> {
    if text.len() < 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(&text[0..4])?, digits(&text[5..7])?, digits(&text[8..10])?);
    let days = days(year, month, day)?;
    if text.len() == 10 {
        return Some((days * DAY_SECONDS * 1_000_000, 0));
    }
    let time = &text[11..];
    if !matches!(text[10], b'T' | b' ') || time.len() < 5 || time[2] != b':' {
        return None;
    }
    let (hour, minute) = (digits(&time[0..2])?, digits(&time[3..5])?);
    let mut rest = &time[5..];
    let mut second = 0;
    if let [b':', a, b, after @ ..] = rest {
        second = digits(&[*a, *b])?;
        rest = after;
    }
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        let len = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&len) {
            return None;
        }
        let kept = digits(&after[..len.min(6)])?;
        fraction = kept * 10_i64.pow(6 - len.min(6) as u32);
        rest = &after[len..];
    }
    let offset = if let Some(offset) = named_zone(rest) {
        // The documented service loses the fraction before the name of a zone.
        fraction = 0;
        offset
    } else {
        offset_seconds(rest)?
    };
    let seconds = clock(hour, minute, second)?;
    Some(((days * DAY_SECONDS + seconds - offset) * 1_000_000 + fraction, offset as i32))
}

/// Seconds east of UTC of a zone that is named after a space.
fn named_zone(text: &[u8]) -> Option<i64> {
    let name = text.strip_prefix(b" ")?;
    ZONES.iter().find(|(zone, _)| *zone == name).map(|(_, hours)| hours * 3600)
}

fn offset_seconds(text: &[u8]) -> Option<i64> {
    let spaces = text.iter().take_while(|byte| **byte == b' ').count();
    let (sign, rest) = match &text[spaces..] {
        [] if spaces > 0 => return None,
        [] | [b'Z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [a, b] => (digits(&[*a, *b])?, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (digits(&[*a, *b])?, digits(&[*c, *d])?),
        _ => return None,
    };
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Reads `text` by a pattern of the letters `y M d h m s a`; everything else stands for itself.
fn by_pattern(text: &[u8], pattern: &str) -> Option<i64> {
    let (mut year, mut month, mut day, mut hour, mut minute, mut second) = (1970, 1, 1, 0, 0, 0);
    let mut afternoon = None;
    let mut rest = text;
    let mut pattern = pattern.as_bytes();
    while let Some(&letter) = pattern.first() {
        let run = pattern.iter().take_while(|byte| **byte == letter).count();
        pattern = &pattern[run..];
        match letter {
            b'M' if run == 3 => {
                let name = rest.get(..3)?.to_ascii_lowercase();
                month = 1 + MONTHS.iter().position(|known| **known == name[..])? as i64;
                rest = &rest[3..];
            }
            b'y' => year = number(&mut rest, run)?,
            b'M' => month = number(&mut rest, run)?,
            b'd' => day = number(&mut rest, run)?,
            b'h' => hour = number(&mut rest, run)?,
            b'm' => minute = number(&mut rest, run)?,
            b's' => second = number(&mut rest, run)?,
            b'a' => {
                afternoon = Some(match rest.get(..2)?.to_ascii_lowercase().as_slice() {
                    b"am" => false,
                    b"pm" => true,
                    _ => return None,
                });
                rest = &rest[2..];
            }
            literal => {
                rest = rest.strip_prefix(&[literal])?;
            }
        }
    }
    if !rest.is_empty() {
        return None;
    }
    if let Some(afternoon) = afternoon {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    Some((days(year, month, day)? * DAY_SECONDS + clock(hour, minute, second)?) * 1_000_000)
}

/// Takes `run` digits; one or two where the pattern has a single letter.
fn number(rest: &mut &[u8], run: usize) -> Option<i64> {
    let len = if run == 1 { rest.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count() } else { run };
    let value = digits(rest.get(..len)?)?;
    *rest = &rest[len..];
    Some(value)
}

fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32)?;
    Some(i64::from(date.to_epoch_days()))
}

fn clock(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

/// Epoch milliseconds as JSON numbers come: 11 to 14 digits, years 1973 to 5138, so that no day is mistaken for one.
fn epoch_millis(text: &[u8]) -> Option<i64> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    if !(11..=14).contains(&unsigned.len()) {
        return None;
    }
    let millis = digits(unsigned)?;
    Some(if unsigned.len() == text.len() { millis * 1000 } else { -millis * 1000 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let expected = expected.map(|text| chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros());
        assert_eq!(micros(text), expected, "{text}");
    }

    #[test]
    fn documented_patterns() {
        for (text, expected) in [
            ("2024-02-29 10:11:12+0100", "2024-02-29T09:11:12Z"),
            ("2024-02-29 10:11:12.5-0100", "2024-02-29T11:11:12.5Z"),
            ("2024-02-29 10:11:12.345", "2024-02-29T10:11:12.345Z"),
            ("2024-02-29T10:11:12.345+01", "2024-02-29T09:11:12.345Z"),
            ("2024-02-29T10:11:12Z", "2024-02-29T10:11:12Z"),
            ("2024-02-29T10:11:12.123456789+05:30", "2024-02-29T04:41:12.123456Z"),
            ("2024-02-29 10:11:12.005 PST", "2024-02-29T18:11:12Z"),
            ("2024-02-29T10:11:12 CEST", "2024-02-29T08:11:12Z"),
            ("2024-02-29 10:11:12.005 -0800", "2024-02-29T18:11:12.005Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("2024/02/29", "2024-02-29T00:00:00Z"),
            ("2024.02.29", "2024-02-29T00:00:00Z"),
            ("2024-Feb-29", "2024-02-29T00:00:00Z"),
            ("20240229", "2024-02-29T00:00:00Z"),
            ("02-29-2024", "2024-02-29T00:00:00Z"),
            ("12112020", "2020-12-11T00:00:00Z"),
            ("2/29/2024", "2024-02-29T00:00:00Z"),
            ("29.2.2024", "2024-02-29T00:00:00Z"),
            ("2/29/2024 12:01:02 AM", "2024-02-29T00:01:02Z"),
            ("29.2.2024 01:01:02 pm", "2024-02-29T13:01:02Z"),
            ("29.Feb.2024", "2024-02-29T00:00:00Z"),
            ("29-FEB-2024", "2024-02-29T00:00:00Z"),
            ("1709164800000", "2024-02-29T00:00:00Z"),
            ("1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.9Z"),
        ] {
            check(text, Some(expected));
        }
    }

    #[test]
    fn what_is_not_a_date() {
        for text in [
            "",
            "x",
            "2024-02-30",
            "2024-02-29T10:00:00 XST",
            "2024-02-29T10:00:00PST",
            "2024-02-29 PST",
            "2024-13-01",
            "2024-02-29T25:00:00Z",
            "2024-02-29T10:00:00+99:00",
            "29/29/2024",
            "2024-02-29Tzz",
            "2024-02-29 10",
            "2024-02-29T10:11:12.Z",
            "31.Foo.2024",
            "2024-02-29x",
            "ääääääääää",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn spaces_before_an_offset_may_be_any_number() {
        let text = format!("2024-02-29T10:11:12{}Z", " ".repeat(5_000_000));
        check(&text, Some("2024-02-29T10:11:12Z"));
        check("2024-02-29T10:11:12 +01:00", Some("2024-02-29T09:11:12Z"));
    }

    #[test]
    fn days_before_the_epoch() {
        assert_eq!(day("1969-12-31"), Some(-1));
        assert_eq!(day("1969-12-31T23:00:00-02:00"), Some(0));
    }
}
