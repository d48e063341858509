//! Names of months, days and zones, in English.

use chrono::{Duration, FixedOffset, LocalResult, NaiveDateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;

use crate::zoned::Zoned;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Short names of zones that stand for one offset, in seconds east of UTC.
const SHORT: [(&str, i32); 22] = [
    ("UTC", 0),
    ("GMT", 0),
    ("UT", 0),
    ("Z", 0),
    ("EST", -5 * 3600),
    ("EDT", -4 * 3600),
    ("CST", -6 * 3600),
    ("CDT", -5 * 3600),
    ("MST", -7 * 3600),
    ("MDT", -6 * 3600),
    ("PST", -8 * 3600),
    ("PDT", -7 * 3600),
    ("AKST", -9 * 3600),
    ("HST", -10 * 3600),
    ("WET", 0),
    ("WEST", 3600),
    ("BST", 3600),
    ("CET", 3600),
    ("CEST", 7200),
    ("EET", 7200),
    ("IST", 19_800),
    ("JST", 9 * 3600),
];

/// A zone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Zone {
    /// Always the same offset.
    Fixed(FixedOffset),
    /// The rules of a region.
    Region(Tz),
}

/// A zone by its name or offset: `Europe/Paris`, `PST`, `+02:00`, `GMT+2`.
pub(crate) fn zone(text: &str) -> Option<Zone> {
    let text = text.trim();
    if let Some((_, seconds)) = SHORT.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return FixedOffset::east_opt(*seconds).map(Zone::Fixed);
    }
    let bare = ["GMT", "UTC", "UT"].iter().find_map(|name| text.strip_prefix(name)).unwrap_or(text);
    if let Some(seconds) = offset(bare) {
        return FixedOffset::east_opt(seconds).map(Zone::Fixed);
    }
    text.parse().ok().map(Zone::Region)
}

/// `+2`, `+02`, `+0200`, `+02:00`, `+02:00:00`, as seconds.
pub(super) fn offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range).map_or(Some(0), |part| part.parse::<i32>().ok());
    let (hours, minutes, seconds) = match digits.len() {
        1 => (part(0..1)?, 0, 0),
        2 => (part(0..2)?, 0, 0),
        4 => (part(0..2)?, part(2..4)?, 0),
        6 => (part(0..2)?, part(2..4)?, part(4..6)?),
        _ => return None,
    };
    (hours <= 18 && minutes < 60 && seconds < 60).then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

/// The offset of a zone at an instant, seconds east of UTC.
pub(crate) fn offset_at(zone: Zone, utc: &NaiveDateTime) -> i32 {
    match zone {
        Zone::Fixed(offset) => offset.local_minus_utc(),
        Zone::Region(region) => region.offset_from_utc_datetime(utc).fix().local_minus_utc(),
    }
}

/// The instant of a local time in a zone.
pub(crate) fn instant_of_local(zone: Zone, local: &NaiveDateTime) -> Option<Zoned> {
    let utc = local.checked_sub_signed(Duration::seconds(offset_of_local(zone, local)?.into()))?;
    Some(Zoned { micros: utc.and_utc().timestamp_micros(), offset: offset_at(zone, &utc) })
}

/// The offset of a zone at a local time: the earlier one where clocks show it twice, the one before where they skip it.
fn offset_of_local(zone: Zone, local: &NaiveDateTime) -> Option<i32> {
    Some(match zone {
        Zone::Fixed(offset) => offset.local_minus_utc(),
        Zone::Region(region) => match region.offset_from_local_datetime(local) {
            LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset.fix().local_minus_utc(),
            // No zone is a day away from UTC, so that the change lies ahead of this.
            LocalResult::None => offset_at(zone, &local.checked_sub_signed(Duration::days(1))?),
        },
    })
}
