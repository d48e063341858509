//! Rules that a flow's members keep on their own: its policy, and what may change in its schedule.

use serde_json::Value;

use crate::Invalid;
use crate::body::{self, Object};
use crate::schedule::{Frequency, ScheduleParams, ScheduleRules};
use crate::time::EpochMs;

/// A policy that names fields names at least one: `FLOW-1431-400`.
pub(super) fn check_policy(root: &Object) -> Result<(), Invalid> {
    let Some(policy) = body::opt_object(root, "policy", "policy")? else { return Ok(()) };
    if policy.get("fields").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        let message = "`policy.fields` is an empty list: name a field, or leave it out";
        return Err(Invalid::new("FLOW-1431-400", message));
    }
    Ok(())
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
