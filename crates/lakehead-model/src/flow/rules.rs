//! Rules that a flow's members keep on their own: what its spec says, labels, policy, and what may change in its schedule.

use serde_json::Value;

use crate::body::{self, Object};
use crate::schedule::{Frequency, ScheduleParams, ScheduleRules};
use crate::state::Mode;
use crate::time::EpochMs;
use crate::{Invalid, specs};

/// Most labels, and most names in a policy.
const MAX_NAMES: usize = 100;
/// Smallest interval of a `minute` schedule that the built-in flow specs show.
const USUAL_MIN_MINUTES: i64 = 15;

/// Checks options and schedule against the schemas of the flow spec, after their own rules. `schedule` is none where a
/// draft has not said enough.
pub(super) fn check_against_spec(
    spec: &Value,
    options: Option<&Object>,
    schedule_params: &Value,
    schedule: Option<&ScheduleParams>,
    mode: Mode,
) -> Result<(), Invalid> {
    if let Some(options) = options {
        specs::check_flow_member(spec["optionSpec"].get("spec"), options, "options", mode)?;
    }
    let Some(schedule) = schedule else { return Ok(()) };
    let mut params = schedule_params.as_object().cloned().unwrap_or_default();
    if schedule.frequency == Frequency::Minute {
        // Specs show the usual limit; a lower one that the operator has set was applied by the rules.
        params.insert("interval".to_owned(), schedule.interval.max(USUAL_MIN_MINUTES).into());
    }
    specs::check_flow_member(spec["scheduleSpec"].get("spec"), &params, "scheduleParams", mode)
}

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
