//! Patterns written and read.

use super::*;
use crate::zoned::Zoned;

fn pattern(text: &str) -> Pattern {
    Pattern::compile(text).unwrap()
}

#[track_caller]
fn reads(text: &str, by: &str, expected: &str) {
    let read = pattern(by).read(text).and_then(Zoned::to_text);
    assert_eq!(read.as_deref(), Some(expected), "{text} by {by}");
}

#[track_caller]
fn writes(by: &str, expected: &str) {
    let time = Zoned { micros: 1_571_829_875_045_000, offset: 7200 }.to_chrono().unwrap();
    let mut out = String::new();
    pattern(by).write(&time, &mut out);
    assert_eq!(out, expected, "{by}");
}

#[test]
fn instants_are_written() {
    writes("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2019-10-23T13:24:35.045+02");
    writes("yy/M/d h:m a", "19/10/23 1:24 PM");
    writes("EEE, d MMM uuuu", "Wed, 23 Oct 2019");
    writes("EEEE MMMM DDD w Q QQQ u", "Wednesday October 296 43 4 Q4 3");
    writes("XXX xx Z ZZZZ O z ''", "+02:00 +0200 +0200 GMT+02:00 GMT+2 +02:00 '");
    writes("kk KK SSSSSS n[ G]", "13 01 045000 45000000 AD");
}

#[test]
fn texts_are_read() {
    reads("2019-10-23 11:24", "yyyy-MM-dd HH:mm", "2019-10-23T11:24:00Z");
    reads("20191023112435", "yyyyMMddHHmmss", "2019-10-23T11:24:35Z");
    reads("23 oct 2019 1:05 pm", "d MMM yyyy h:mm a", "2019-10-23T13:05:00Z");
    reads("October 3, 19", "MMMM d, yy", "2019-10-03T00:00:00Z");
    reads("Wed, 23 Oct 2019 11:24:35 PST", "EEE, d MMM yyyy HH:mm:ss z", "2019-10-23T11:24:35-08:00");
    reads("2019-07-01T00:00 Europe/Paris", "yyyy-MM-dd'T'HH:mm VV", "2019-07-01T00:00:00+02:00");
    reads("2019-10-23T11:24:35.5Z", "yyyy-MM-dd'T'HH:mm:ss.SX", "2019-10-23T11:24:35.500Z");
    reads("2019-10-23", "yyyy-MM-dd[ HH:mm]", "2019-10-23T00:00:00Z");
    reads("2019-10-23 07:08", "yyyy-MM-dd[ HH:mm]", "2019-10-23T07:08:00Z");
    reads("296/2019", "D/yyyy", "2019-10-23T00:00:00Z");
    for (text, by) in [
        ("2019-13-01", "yyyy-MM-dd"),
        ("2019-02-30", "yyyy-MM-dd"),
        ("2019-10-23x", "yyyy-MM-dd"),
        ("", "yyyy"),
        ("25:00", "HH:mm"),
        ("x", "MMM"),
        ("23 Okt 2019", "d MMM yyyy"),
        ("11 Nowhere/Land", "H VV"),
        ("ä", "d"),
    ] {
        assert_eq!(pattern(by).read(text), None, "{text} by {by}");
    }
}

#[test]
fn broken_patterns_are_refused() {
    for text in ["yyyy'", "b", "[yyyy", "yyyy]", &"y".repeat(300)] {
        assert!(Pattern::compile(text).is_err(), "{text}");
    }
}
