//! Parts of dates: read and replaced.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use chrono::{DateTime, Datelike as _, FixedOffset, Timelike as _};

use super::{DATE, RANGE, WHEN};
use crate::column::Kind;
use crate::function::{Call, Fault, Function, Kernel, Param};
use crate::zoned::{Zoned, ZonedBuilder};

const COMPONENT: Param = Param::new("component", Kind::Text, "The part, such as `year` or `MM`.");
const UNKNOWN: &str = "there is no such part of a date";

pub(super) const DATE_PART: Function = Function::new(
    "date_part",
    DATE,
    "A part of a date as a number.",
    &[COMPONENT, WHEN],
    Kind::Integer,
    (r#"date_part("MM", date("2019-10-17 11:55:12"))"#, "10"),
    Kernel::Eager(date_part),
);

pub(super) const SET_DATE_PART: Function = Function::new(
    "set_date_part",
    DATE,
    "A date with one of its parts replaced.",
    &[COMPONENT, Param::new("value", Kind::Integer, "The new value."), WHEN],
    Kind::Date,
    (r#"set_date_part("m", 4, date("2016-11-09T11:44:44Z"))"#, r#""2016-04-09T11:44:44Z""#),
    Kernel::Eager(set_date_part),
);

fn date_part(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (names, dates) = (call.text(0)?, call.date(1)?);
    let mut out = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        let date = call.noted(row, dates.get(row));
        let found =
            date.zip(names.get(row)).map(|(date, name)| part(name, &date.to_chrono().ok_or(RANGE)?).ok_or(UNKNOWN));
        out.push(call.noted(row, found.transpose()));
    }
    Ok(Arc::new(Int64Array::from(out)))
}

fn part(name: &str, time: &DateTime<FixedOffset>) -> Option<i64> {
    Some(match name.to_ascii_lowercase().as_str() {
        "year" | "yyyy" | "yy" => time.year().into(),
        "quarter" | "qq" | "q" => i64::from(time.month0() / 3 + 1),
        "month" | "mm" | "m" => time.month().into(),
        "dayofyear" | "dy" | "y" => time.ordinal().into(),
        "day" | "dd" | "d" => time.day().into(),
        "week" | "ww" | "w" => time.iso_week().week().into(),
        "weekday" | "dw" => time.weekday().number_from_monday().into(),
        "hour" | "hh" | "hh24" => time.hour().into(),
        "hh12" => i64::from((time.hour() + 11) % 12 + 1),
        "minute" | "mi" | "n" => time.minute().into(),
        "second" | "ss" | "s" => time.second().into(),
        "millisecond" | "sss" => i64::from(time.nanosecond() / 1_000_000),
        _ => return None,
    })
}

fn set_date_part(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let (names, values, dates) = (call.text(0)?, call.number(1)?, call.date(2)?);
    let mut out = ZonedBuilder::new(call.rows());
    for row in 0..call.rows() {
        let (date, value) = (call.noted(row, dates.get(row)), call.whole(&values, row));
        let changed = match (date, names.get(row), value) {
            (Some(date), Some(name), Some(value)) => with_part(name, value, date).map(Some),
            _ => Ok(None),
        };
        out.push(call.noted(row, changed));
    }
    Ok(out.finish())
}

fn with_part(name: &str, value: i64, date: Zoned) -> Result<Zoned, &'static str> {
    let time = date.to_chrono().ok_or(RANGE)?;
    let small = u32::try_from(value).map_err(|_| "there is no such date")?;
    let changed = match name.to_ascii_lowercase().as_str() {
        "year" | "yyyy" | "yy" => i32::try_from(value).ok().and_then(|year| time.with_year(year)),
        "month" | "mm" | "m" => time.with_month(small),
        "day" | "dd" | "d" => time.with_day(small),
        "hour" | "hh" => time.with_hour(small),
        "minute" | "mi" | "n" => time.with_minute(small),
        "second" | "ss" | "s" => time.with_second(small),
        _ => return Err(UNKNOWN),
    };
    changed.map(|time| Zoned::from_chrono(&time)).ok_or("there is no such date")
}
