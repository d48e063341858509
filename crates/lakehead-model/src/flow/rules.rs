//! Rules that a flow's members keep on their own: labels, policy, and what may change in its schedule.

use serde_json::Value;

use crate::Invalid;
use crate::body::{self, Object};
use crate::schedule::{Frequency, ScheduleParams, ScheduleRules};
use crate::time::EpochMs;

/// Most labels, and most names in a policy.
const MAX_NAMES: usize = 100;

/// Labels are a list of texts.
pub(super) fn check_labels(root: &Object) -> Result<(), Invalid> {
    body::member(root, "labels").map_or(Ok(()), |labels| check_names(labels, "labels"))
}

/// A policy that names fields or rules to enforce names at least one: `FLOW-1431-400`.
pub(super) fn check_policy(root: &Object) -> Result<(), Invalid> {
    let Some(policy) = body::opt_object(root, "policy", "policy")? else { return Ok(()) };
    for name in ["fields", "enforcementRefs"] {
        let Some(names) = body::member(policy, name) else { continue };
        let path = format!("policy.{name}");
        check_names(names, &path)?;
        if names.as_array().is_some_and(Vec::is_empty) {
            let message = format!("`{path}` is an empty list: name something, or leave it out");
            return Err(Invalid::new("FLOW-1431-400", message));
        }
    }
    Ok(())
}

fn check_names(value: &Value, path: &str) -> Result<(), Invalid> {
    match value {
        Value::Array(items) if items.len() <= MAX_NAMES && items.iter().all(Value::is_string) => Ok(()),
        _ => Err(Invalid::value(path, &format!("a list of at most {MAX_NAMES} texts is expected"))),
    }
}

/// After the first start time the schedule keeps its beginning.
pub(super) fn check_schedule_change(
    before: &ScheduleParams,
    after: &ScheduleParams,
    rules: ScheduleRules,
    now_ms: EpochMs,
) -> Result<(), Invalid> {
    if now_ms.div_euclid(1000) < before.start_time {
        return if after.start_time == before.start_time { Ok(()) } else { after.check_start(rules, now_ms) };
    }
    let refuse = |code, field: &str| {
        let message =
            format!("`scheduleParams.{field}` cannot be changed so after the first start time: make a new flow");
        Err(Invalid::new(code, message))
    };
    if after.start_time != before.start_time {
        return refuse("CONNECTOR-1366-400", "startTime");
    }
    if after.frequency == Frequency::Once && before.frequency != Frequency::Once {
        return refuse("CONNECTOR-1403-400", "frequency");
    }
    if after.backfill != before.backfill {
        return refuse("CONNECTOR-1404-400", "backfill");
    }
    Ok(())
}
