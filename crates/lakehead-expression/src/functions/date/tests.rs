//! Dates at their edges.

use serde_json::{Value, json};

use crate::testing::evaluate;

const ROW: &str = r#"{"n": null, "t": "2019-10-17T11:55:12.345+02:00", "ms": 1571829875000, "e": ""}"#;

#[track_caller]
fn gives(text: &str, expected: Value) {
    let shown = evaluate(text, ROW);
    assert_eq!((shown.value, shown.failures), (expected, vec![]), "{text}");
}

#[track_caller]
fn fails(text: &str, reason: &str) {
    let shown = evaluate(text, ROW);
    assert!(
        shown.value.is_null() && shown.failures.len() == 1 && shown.failures[0].contains(reason),
        "{text}: {shown:?}"
    );
}

#[test]
fn the_time_of_the_run() {
    gives("now()", json!("2021-10-26T10:10:24Z"));
    gives("timestamp()", json!(1_635_243_024_000_i64));
}

#[test]
fn texts_become_dates_and_keep_their_offset() {
    gives("date(t)", json!("2019-10-17T11:55:12.345+02:00"));
    gives("date(ms)", json!("2019-10-23T11:24:35Z"));
    gives("date('12112020')", json!("2020-12-11T00:00:00Z"));
    gives("date(n, 'yyyy', date('2020-01-01'))", json!("2020-01-01T00:00:00Z"));
    gives("date(e)", json!(null));
    gives("date(n)", json!(null));
    fails("date('never')", "not a date");
    fails("date('2019', 'yyyy-MM')", "of this pattern");
    fails("date('2019', 'b')", "letter");
}

#[test]
fn parts() {
    gives("date_part('hour', t)", json!(9));
    gives("date_part('hour', date(t))", json!(11));
    gives("date_part('SSS', t) + date_part('qq', t)", json!(349));
    gives("date_part('hh12', '2020-01-01T00:00:00Z')", json!(12));
    gives("date_part('ww', '2020-01-01') + date_part('dw', '2020-01-01')", json!(4));
    gives("date_part('year', n)", json!(null));
    fails("date_part('era', t)", "no such part");
    gives("set_date_part('hour', 0, date(t))", json!("2019-10-17T00:55:12.345+02:00"));
    fails("set_date_part('dd', 31, date('2019-09-01'))", "no such date");
    fails("make_date_time(2019, 13, 1, 0, 0, 0, 0, 'UTC')", "no such date");
    fails("make_date_time(2019, 12, 1, 0, 0, 0, 0, 'Moon')", "no such zone");
}

#[test]
fn zones() {
    gives("zone_date_to_utc(date(t))", json!("2019-10-17T09:55:12.345Z"));
    gives("zone_date_to_zone(t, 'Asia/Kolkata')", json!("2019-10-17T15:25:12.345+05:30"));
    gives("format(zone_date_to_zone(ms, 'PST'), 'HH:mm z')", json!("03:24 -08:00"));
    gives("dformat(n, 'yyyy')", json!(null));
    // Twice on the clock: the earlier one. Never on it: as if it had not been put forward.
    for (parts, zone, expected) in [
        ("2019, 10, 27, 2, 30, 0", "Europe/Paris", "2019-10-27T02:30:00+02:00"),
        ("2019, 3, 31, 2, 30, 0", "Europe/Paris", "2019-03-31T03:30:00+02:00"),
        ("2019, 11, 3, 1, 30, 0", "America/Los_Angeles", "2019-11-03T01:30:00-07:00"),
        ("2019, 3, 10, 2, 30, 0", "America/Los_Angeles", "2019-03-10T03:30:00-07:00"),
    ] {
        gives(&format!("make_date_time({parts}, 0, '{zone}')"), json!(expected));
        gives(&format!("date(replacestr('{parts}', ', ', ' ') + ' {zone}', 'yyyy M d H m s VV')"), json!(expected));
    }
    fails("zone_date_to_zone(t, 'Moon')", "no such zone");
    fails("dformat(9223372036854775807, 'yyyy')", "out of range");
}
