//! When a flow runs: the `scheduleParams` of a flow and the slots they make.
//!
//! A slot is computed from stored integers, `start + n * interval`, never by adding to the last run: a late
//! run does not move the ones after it, and the same slot always has the same number.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body::{self, Object, as_flag, as_integer};
use crate::invalid::{Invalid, MISSING, excerpt};

/// Last second that has a four-digit year; a larger number is milliseconds by mistake.
const MAX_EPOCH_S: i64 = 253_402_300_799;
/// Largest interval, in units of the frequency.
const MAX_INTERVAL: i64 = 1_000_000;

/// Limits an operator may lower for tests and demonstrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleRules {
    /// Smallest `interval` of a `minute` schedule.
    pub min_interval_minutes: i64,
    /// How far in the past `startTime` may lie when a flow is made, in seconds: requests take time to arrive.
    pub start_grace_s: i64,
}

impl Default for ScheduleRules {
    fn default() -> Self {
        Self { min_interval_minutes: 15, start_grace_s: 60 }
    }
}

/// How often a flow runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Frequency {
    /// One run at the start time.
    Once,
    /// Every `interval` minutes.
    Minute,
    /// Every `interval` hours.
    Hour,
    /// Every `interval` days of 24 hours.
    Day,
    /// Every `interval` weeks.
    Week,
}

/// The schedule of a flow, read from what the client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleParams {
    /// First slot, epoch seconds.
    pub start_time: i64,
    /// Unit of `interval`.
    pub frequency: Frequency,
    /// Units between two slots; 0 for `once`.
    pub interval: i64,
    /// Whether the first run takes everything that is there, or only what arrived after the start time.
    pub backfill: bool,
}

/// One planned moment of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Number of the slot, from 0.
    pub n: i64,
    /// When it is due, epoch seconds.
    pub at_s: i64,
}

impl Frequency {
    /// Reads the name in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Once, Self::Minute, Self::Hour, Self::Day, Self::Week]
            .into_iter()
            .find(|frequency| frequency.as_str().eq_ignore_ascii_case(text.trim()))
    }

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    const fn seconds(self) -> i64 {
        match self {
            Self::Once => 0,
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
            Self::Week => 604_800,
        }
    }
}

impl ScheduleParams {
    /// Reads `scheduleParams`. Codes: 1317 empty, 1397 frequency, 1361 to 1364 interval and backfill.
    pub fn parse(value: &Value, rules: ScheduleRules) -> Result<Self, Invalid> {
        let params = match value {
            Value::Object(params) if !params.is_empty() => params,
            Value::Object(_) | Value::Null => return Err(Self::empty()),
            _ => return Err(Invalid::value("scheduleParams", "a JSON object is expected")),
        };
        let frequency = frequency(params)?;
        Ok(Self {
            start_time: start_time(params)?,
            frequency,
            interval: interval(params, frequency, rules)?,
            backfill: backfill(params, frequency)?,
        })
    }

    /// Checks the `scheduleParams` of a draft, which may lack some or all: what is there must be of the right kind.
    pub fn check_draft(value: &Value) -> Result<(), Invalid> {
        let params = match value {
            Value::Object(params) => params,
            Value::Null => return Ok(()),
            _ => return Err(Invalid::value("scheduleParams", "a JSON object is expected")),
        };
        if body::member(params, "frequency").is_some() {
            frequency(params)?;
        }
        if body::member(params, "startTime").is_some() {
            start_time(params)?;
        }
        if let Some(interval) = body::member(params, "interval") {
            as_integer(interval)
                .ok_or_else(|| Invalid::value("scheduleParams.interval", "a whole number is expected"))?;
        }
        body::opt_flag(params, "backfill", "scheduleParams.backfill").map(drop)
    }

    /// The error for a flow without a schedule.
    pub fn empty() -> Invalid {
        Invalid::new(
            "CONNECTOR-1317-400",
            "`scheduleParams` is empty: give `startTime` (epoch seconds) and `frequency`, and `interval` unless it is `once`",
        )
    }

    /// Refuses a start time in the past (`CONNECTOR-1360-400`); for the moment of creation only.
    pub fn check_start(&self, rules: ScheduleRules, now_ms: i64) -> Result<(), Invalid> {
        let earliest = now_ms.div_euclid(1000).saturating_sub(rules.start_grace_s.max(0));
        if self.start_time < earliest {
            let message = format!(
                "`scheduleParams.startTime` {} is in the past: give epoch seconds from {} on",
                self.start_time,
                now_ms.div_euclid(1000)
            );
            return Err(Invalid::new("CONNECTOR-1360-400", message));
        }
        Ok(())
    }

    /// Seconds between two slots; 0 for `once`.
    pub const fn period_s(&self) -> i64 {
        self.frequency.seconds().saturating_mul(self.interval)
    }

    /// Slot number `n`; `None` below 0, beyond the only slot of `once`, and beyond the range of time.
    pub fn slot(&self, n: i64) -> Option<Slot> {
        let period = self.period_s();
        if n < 0 || (n > 0 && period <= 0) {
            return None;
        }
        Some(Slot { n, at_s: period.checked_mul(n)?.checked_add(self.start_time)? })
    }

    /// The first slot that is due later than `after_s` (epoch seconds).
    pub fn next_slot(&self, after_s: i64) -> Option<Slot> {
        if after_s < self.start_time {
            return self.slot(0);
        }
        let period = self.period_s();
        if period <= 0 {
            return None;
        }
        self.slot((after_s.checked_sub(self.start_time)? / period).checked_add(1)?)
    }

    /// The last slot that is due at `now_s` or earlier.
    pub fn latest_slot(&self, now_s: i64) -> Option<Slot> {
        let since = now_s.checked_sub(self.start_time).filter(|since| *since >= 0)?;
        let period = self.period_s();
        self.slot(if period <= 0 { 0 } else { since / period })
    }
}

/// Reads epoch seconds from `value`; `path` names the field.
pub(crate) fn epoch_seconds(value: &Value, path: &str) -> Result<i64, Invalid> {
    let seconds =
        as_integer(value).ok_or_else(|| Invalid::value(path, "epoch seconds are expected, such as `1718000100`"))?;
    if seconds > MAX_EPOCH_S {
        return Err(Invalid::value(path, "the number is too large: seconds are expected, not milliseconds"));
    }
    if seconds < 0 {
        return Err(Invalid::value(path, "a negative number is not a time"));
    }
    Ok(seconds)
}

fn frequency(params: &Object) -> Result<Frequency, Invalid> {
    const CHOICE: &str = "choose `once`, `minute`, `hour`, `day` or `week`";
    let bad = |text: &str| Invalid::new("CONNECTOR-1397-400", format!("`scheduleParams.frequency` {text}: {CHOICE}"));
    match body::member(params, "frequency") {
        None => Err(bad("is missing")),
        Some(Value::String(text)) => {
            Frequency::parse(text).ok_or_else(|| bad(&format!("`{}` is unknown", excerpt(text))))
        }
        Some(_) => Err(bad("is not a text")),
    }
}

fn start_time(params: &Object) -> Result<i64, Invalid> {
    const PATH: &str = "scheduleParams.startTime";
    epoch_seconds(body::member(params, "startTime").ok_or_else(|| Invalid::missing(PATH))?, PATH)
}

fn interval(params: &Object, frequency: Frequency, rules: ScheduleRules) -> Result<i64, Invalid> {
    const PATH: &str = "scheduleParams.interval";
    let value = body::member(params, "interval");
    if frequency == Frequency::Once {
        return match value {
            None => Ok(0),
            Some(_) => Err(Invalid::new(
                "CONNECTOR-1361-400",
                format!("`{PATH}` is not allowed with frequency `once`: remove it"),
            )),
        };
    }
    let Some(value) = value else {
        let message = format!("`{PATH}` is missing: frequency `{}` needs one", frequency.as_str());
        return Err(Invalid::new(MISSING, message));
    };
    let interval = as_integer(value).ok_or_else(|| Invalid::value(PATH, "a whole number is expected"))?;
    let (code, min) = if frequency == Frequency::Minute {
        ("CONNECTOR-1362-400", rules.min_interval_minutes.max(1))
    } else {
        ("CONNECTOR-1363-400", 1)
    };
    if interval < min {
        let message = format!("`{PATH}` is {interval}: frequency `{}` needs at least {min}", frequency.as_str());
        return Err(Invalid::new(code, message));
    }
    if interval > MAX_INTERVAL {
        return Err(Invalid::value(PATH, &format!("at most {MAX_INTERVAL} is allowed")));
    }
    Ok(interval)
}

fn backfill(params: &Object, frequency: Frequency) -> Result<bool, Invalid> {
    const PATH: &str = "scheduleParams.backfill";
    let Some(value) = body::member(params, "backfill") else { return Ok(true) };
    if frequency == Frequency::Once {
        let message = format!("`{PATH}` is not allowed with frequency `once`: remove it");
        return Err(Invalid::new("CONNECTOR-1364-400", message));
    }
    as_flag(value).ok_or_else(|| Invalid::value(PATH, "`true` or `false` is expected"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: &Value) -> Result<ScheduleParams, Invalid> {
        ScheduleParams::parse(value, ScheduleRules::default())
    }

    #[track_caller]
    fn refused(code: &str, value: &Value) {
        assert_eq!(parse(value).unwrap_err().code, code, "{value}");
    }

    #[test]
    fn text_and_numbers_mean_the_same() {
        let text = json!({"startTime": "1597784298", "frequency": "minute", "interval": "30", "backfill": "true"});
        let numbers = json!({"startTime": 1_597_784_298, "frequency": "MINUTE", "interval": 30, "backfill": true});
        assert_eq!(parse(&text).unwrap(), parse(&numbers).unwrap());
    }

    #[test]
    fn each_broken_rule_has_its_code() {
        refused("CONNECTOR-1317-400", &json!({}));
        refused("CONNECTOR-1317-400", &json!(null));
        refused("CONNECTOR-1312-400", &json!("daily"));
        refused("CONNECTOR-1397-400", &json!({"startTime": 1}));
        refused("CONNECTOR-1397-400", &json!({"startTime": 1, "frequency": "monthly"}));
        refused("CONNECTOR-1304-400", &json!({"frequency": "once"}));
        refused("CONNECTOR-1304-400", &json!({"startTime": 1, "frequency": "day"}));
        refused("CONNECTOR-1361-400", &json!({"startTime": 1, "frequency": "once", "interval": 1}));
        refused("CONNECTOR-1364-400", &json!({"startTime": 1, "frequency": "once", "backfill": false}));
        refused("CONNECTOR-1362-400", &json!({"startTime": 1, "frequency": "minute", "interval": 14}));
        refused("CONNECTOR-1363-400", &json!({"startTime": 1, "frequency": "hour", "interval": 0}));
        refused("CONNECTOR-1312-400", &json!({"startTime": 1_597_784_298_000_i64, "frequency": "once"}));
    }

    #[test]
    fn a_draft_may_lack_what_it_likes_but_not_hold_what_it_likes() {
        for draft in [json!(null), json!({}), json!({"startTime": "5"}), json!({"interval": 1, "backfill": "true"})] {
            ScheduleParams::check_draft(&draft).unwrap();
        }
        for (code, draft) in [
            ("CONNECTOR-1312-400", json!("daily")),
            ("CONNECTOR-1397-400", json!({"frequency": "monthly"})),
            ("CONNECTOR-1312-400", json!({"startTime": "soon"})),
            ("CONNECTOR-1312-400", json!({"interval": []})),
            ("CONNECTOR-1312-400", json!({"backfill": 7})),
        ] {
            assert_eq!(ScheduleParams::check_draft(&draft).unwrap_err().code, code, "{draft}");
        }
    }

    #[test]
    fn nasty_values_are_errors() {
        for bad in [json!([]), json!({}), json!(-1), json!(1e300), json!(1.5), json!("NaN"), json!(i64::MIN)] {
            parse(&json!({"startTime": bad, "frequency": "once"})).unwrap_err();
            parse(&json!({"startTime": 1, "frequency": "day", "interval": bad})).unwrap_err();
            parse(&json!({"startTime": 1, "frequency": "day", "interval": 1, "backfill": bad})).unwrap_err();
            parse(&json!({"startTime": 1, "frequency": bad})).unwrap_err();
        }
        parse(&json!({"startTime": 1, "frequency": "week", "interval": i64::MAX})).unwrap_err();
    }

    #[test]
    fn the_smallest_interval_is_configurable_and_the_past_is_refused_at_creation() {
        let value = json!({"startTime": 1000, "frequency": "minute", "interval": 1});
        let rules = ScheduleRules { min_interval_minutes: 1, start_grace_s: 60 };
        let schedule = ScheduleParams::parse(&value, rules).unwrap();
        assert!(schedule.check_start(rules, 1_060_999).is_ok());
        assert_eq!(schedule.check_start(rules, 1_061_000).unwrap_err().code, "CONNECTOR-1360-400");
    }

    #[test]
    fn slots_come_from_stored_integers() {
        let schedule = parse(&json!({"startTime": 1000, "frequency": "minute", "interval": 15})).unwrap();
        assert_eq!(schedule.next_slot(i64::MIN), Some(Slot { n: 0, at_s: 1000 }));
        assert_eq!(schedule.next_slot(999), Some(Slot { n: 0, at_s: 1000 }));
        assert_eq!(schedule.next_slot(1000), Some(Slot { n: 1, at_s: 1900 }));
        assert_eq!(schedule.next_slot(1899), Some(Slot { n: 1, at_s: 1900 }));
        assert_eq!(schedule.latest_slot(1899), Some(Slot { n: 0, at_s: 1000 }));
        assert_eq!(schedule.latest_slot(1900), Some(Slot { n: 1, at_s: 1900 }));
        assert_eq!(schedule.latest_slot(999), None);
        assert_eq!(schedule.slot(-1), None);
        assert_eq!(schedule.slot(i64::MAX), None);
        assert_eq!(schedule.next_slot(i64::MAX), None);
    }

    #[test]
    fn once_has_one_slot() {
        let once = parse(&json!({"startTime": 1000, "frequency": "once"})).unwrap();
        assert_eq!(once.next_slot(999), Some(Slot { n: 0, at_s: 1000 }));
        assert_eq!(once.next_slot(1000), None);
        assert_eq!(once.latest_slot(5000), Some(Slot { n: 0, at_s: 1000 }));
        assert_eq!(once.slot(1), None);
    }

    #[test]
    fn slots_are_counted_in_utc_whatever_clocks_on_walls_do() {
        // 08:00 in Berlin on 28 March 2026, a day before summer time begins; the same on 24 October, before it ends.
        for start in [1_774_681_200, 1_792_821_600] {
            for (frequency, interval, period) in
                [("hour", 6, 21_600), ("day", 1, 86_400), ("day", 15, 1_296_000), ("week", 2, 1_209_600)]
            {
                let schedule =
                    parse(&json!({"startTime": start, "frequency": frequency, "interval": interval})).unwrap();
                for n in 0..60 {
                    let slot = Slot { n, at_s: start + n * period };
                    assert_eq!(schedule.slot(n), Some(slot));
                    assert_eq!(schedule.next_slot(slot.at_s - 1), Some(slot), "{frequency} {n}");
                    assert_eq!(schedule.latest_slot(slot.at_s), Some(slot), "{frequency} {n}");
                }
            }
        }
    }
}
