//! Days and times.

mod fields;

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use chrono::{DateTime, NaiveDate};
use lakehead_model::dates as texts;

use crate::column::Kind;
use crate::dates::{Patterns, instant_of_local, offset_at, zone};
use crate::function::{Call, Category, Fault, Function, Kernel, Param};
use crate::zoned::{Zoned, ZonedBuilder};

const DATE: Category = Category::DateTime;
const WHEN: Param = Param::new("date", Kind::Date, "The instant.");
const FORMAT: Param = Param::new("format", Kind::Text, "The pattern, with the letters of Java's date patterns.");
const NO_DATE: &str = "the text is not a date of this pattern";
const RANGE: &str = "the date is out of range";

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("now", DATE, "The time at which the run began.", &[], Kind::Date, ("now()", ""), Kernel::Source(now)),
    Function::new(
        "timestamp",
        DATE,
        "The time at which the run began, in milliseconds since 1970.",
        &[],
        Kind::Integer,
        ("timestamp()", ""),
        Kernel::Source(timestamp),
    ),
    Function::new(
        "format",
        DATE,
        "A date as text.",
        &[WHEN, FORMAT],
        Kind::Text,
        (r#"format(date("2019-10-23T11:24:00+00:00"), "yyyy-MM-dd HH:mm:ss")"#, r#""2019-10-23 11:24:00""#),
        Kernel::Eager(format),
    ),
    Function::new(
        "dformat",
        DATE,
        "Milliseconds since 1970 as text.",
        &[Param::new("timestamp", Kind::Integer, "The milliseconds."), FORMAT],
        Kind::Text,
        (r#"dformat(1571829875000, "yyyy-MM-dd'T'HH:mm:ss.SSSX")"#, r#""2019-10-23T11:24:35.000Z""#),
        Kernel::Eager(format),
    ),
    Function::new(
        "date",
        DATE,
        "A text as a date.",
        &[
            Param::new("date", Kind::Date, "The text."),
            Param::optional(
                "format",
                Kind::Text,
                "The pattern that it is written in; the common ones are tried where it is not given.",
            ),
            Param::optional("default", Kind::Date, "The date where the text is null."),
        ],
        Kind::Date,
        (r#"date("2019-10-23 11:24", "yyyy-MM-dd HH:mm")"#, r#""2019-10-23T11:24:00Z""#),
        Kernel::Eager(date),
    ),
    fields::DATE_PART,
    fields::SET_DATE_PART,
    MAKE,
    MAKE.alias(
        "make_timestamp",
        (r#"make_timestamp(2019, 10, 17, 11, 55, 12, 0, "UTC")"#, r#""2019-10-17T11:55:12Z""#),
    ),
    Function::new(
        "zone_date_to_utc",
        DATE,
        "The same instant in UTC.",
        &[WHEN],
        Kind::Date,
        (
            r#"zone_date_to_utc(date("2019-10-17T11:55:12 PST", "yyyy-MM-dd'T'HH:mm:ss z"))"#,
            r#""2019-10-17T19:55:12Z""#,
        ),
        Kernel::Eager(to_utc),
    ),
    Function::new(
        "zone_date_to_zone",
        DATE,
        "The same instant in another zone.",
        &[WHEN, Param::new("zone", Kind::Text, "The zone, such as `Europe/Paris`.")],
        Kind::Date,
        (r#"zone_date_to_zone(date("2021-10-26T13:43:59Z"), "Europe/Paris")"#, r#""2021-10-26T15:43:59+02:00""#),
        Kernel::Eager(to_zone),
    ),
];

const MAKE: Function = Function::new(
    "make_date_time",
    DATE,
    "A date from its parts.",
    &[
        Param::new("year", Kind::Integer, "The year."),
        Param::new("month", Kind::Integer, "The month, from 1."),
        Param::new("day", Kind::Integer, "The day, from 1."),
        Param::new("hour", Kind::Integer, "The hour."),
        Param::new("minute", Kind::Integer, "The minute."),
        Param::new("second", Kind::Integer, "The second."),
        Param::new("nanosecond", Kind::Integer, "The nanosecond."),
        Param::new("zone", Kind::Text, "The zone, such as `America/Los_Angeles`."),
    ],
    Kind::Date,
    (r#"make_date_time(2019, 10, 17, 11, 55, 12, 999, "America/Los_Angeles")"#, r#""2019-10-17T11:55:12-07:00""#),
    Kernel::Eager(make),
);

fn now(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let now = Zoned::utc(call.source().now_ms.saturating_mul(1000));
    let mut out = ZonedBuilder::new(call.rows());
    (0..call.rows()).for_each(|_| out.push(Some(now)));
    Ok(out.finish())
}

fn timestamp(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    Ok(Arc::new(Int64Array::from_value(call.source().now_ms, call.rows())))
}

fn format(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (dates, formats) = (call.date(0)?, call.text(1)?);
    let mut patterns = Patterns::default();
    call.write_texts(|call, row, out| {
        let date = call.noted(row, dates.get(row));
        let (Some(date), Some(format)) = (date, formats.get(row)) else { return false };
        match (patterns.of(format), date.to_chrono()) {
            (Ok(pattern), Some(time)) => {
                pattern.write(&time, out);
                true
            }
            (Err(reason), _) => {
                call.fail(row, reason);
                false
            }
            (_, None) => {
                call.fail(row, RANGE);
                false
            }
        }
    })
}

fn date(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (given, defaults) = (call.date(0)?, call.date(2)?);
    let (column, formats) = (call.column(0), call.text(1)?);
    let written = column.kind() == Kind::Text;
    let words = call.text(0)?;
    let mut patterns = Patterns::default();
    let mut out = ZonedBuilder::new(call.rows());
    for row in 0..call.rows() {
        let text = words.get(row).filter(|text| written && !text.trim().is_empty());
        let found = match (text, formats.get(row)) {
            (Some(text), Some(format)) => {
                patterns.of(format).and_then(|pattern| pattern.read(text.trim()).map(Some).ok_or(NO_DATE))
            }
            (Some(text), None) => {
                let found = texts::instant(text).map(|(micros, offset)| Zoned { micros, offset });
                found.map(Some).ok_or("the text is not a date")
            }
            (None, _) if written => Ok(None),
            (None, _) => given.get(row),
        };
        let found = match found {
            Ok(None) => defaults.get(row),
            found => found,
        };
        out.push(call.noted(row, found));
    }
    Ok(out.finish())
}

fn make(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let numbers = (0..7).map(|n| call.number(n)).collect::<Result<Vec<_>, _>>()?;
    let zones = call.text(7)?;
    let mut out = ZonedBuilder::new(call.rows());
    for row in 0..call.rows() {
        let mut parts = Vec::with_capacity(7);
        for number in &numbers {
            parts.extend(call.whole(number, row));
        }
        let made = match (parts.as_slice(), zones.get(row)) {
            (&[year, month, day, hour, minute, second, nano], Some(name)) => {
                made([year, month, day, hour, minute, second, nano], name).map(Some)
            }
            _ => Ok(None),
        };
        out.push(call.noted(row, made));
    }
    Ok(out.finish())
}

fn made(parts: [i64; 7], zone_name: &str) -> Result<Zoned, &'static str> {
    const NO_SUCH: &str = "there is no such date";
    let small = |n: usize| u32::try_from(parts[n]).map_err(|_| NO_SUCH);
    let year = i32::try_from(parts[0]).map_err(|_| NO_SUCH)?;
    let date = NaiveDate::from_ymd_opt(year, small(1)?, small(2)?).ok_or(NO_SUCH)?;
    let local = date.and_hms_nano_opt(small(3)?, small(4)?, small(5)?, small(6)?).ok_or(NO_SUCH)?;
    let zone = zone(zone_name).ok_or("there is no such zone")?;
    instant_of_local(zone, &local).ok_or(RANGE)
}

fn to_utc(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let dates = call.date(0)?;
    let mut out = ZonedBuilder::new(call.rows());
    for row in 0..call.rows() {
        let date = call.noted(row, dates.get(row));
        out.push(date.map(|date| Zoned::utc(date.micros)));
    }
    Ok(out.finish())
}

fn to_zone(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (dates, zones) = (call.date(0)?, call.text(1)?);
    let mut out = ZonedBuilder::new(call.rows());
    for row in 0..call.rows() {
        let date = call.noted(row, dates.get(row));
        let moved = date.zip(zones.get(row)).map(|(date, name)| {
            let zone = zone(name).ok_or("there is no such zone")?;
            let utc = DateTime::from_timestamp_micros(date.micros).ok_or(RANGE)?.naive_utc();
            Ok(Zoned { offset: offset_at(zone, &utc), ..date })
        });
        out.push(call.noted(row, moved.transpose()));
    }
    Ok(out.finish())
}

#[cfg(test)]
mod tests;
