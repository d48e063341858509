//! Actions on resources (`POST …/{id}/action`): what is asked for, and the rules between `op`, `subOp` and the body.
//!
//! Actions are done when they are answered. `FINALIZE` and `FINALIZE_UPDATE` belong to providers that report back later:
//! nothing here waits for them, so only their reports of progress are taken, as a note in `lastOperation`.

use serde_json::{Value, json};

use crate::body::{self, Object, as_number};
use crate::invalid::{Invalid, excerpt};
use crate::state::State;
use crate::time::EpochMs;

/// Most errors or record types in one report.
const MAX_ITEMS: usize = 100;
/// What a provider may report: on the wire, and as it is shown.
const STATUSES: [(&str, &str); 8] = [
    ("IN_PROGRESS", "inProgress"),
    ("COMPLETED", "completed"),
    ("SUCCESS", "success"),
    ("PARTIAL_SUCCESS", "partialSuccess"),
    ("FAILED", "failed"),
    ("PARTIAL_FAILURE", "partialFailure"),
    ("QUEUED", "queued"),
    ("SCHEDULED", "scheduled"),
];

/// What is to be done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A flow follows its schedule again.
    Enable,
    /// A flow rests.
    Disable,
    /// A draft becomes what is used.
    Publish,
    /// A provider has done what was asked for.
    Finalize,
    /// A provider has changed what was asked for.
    FinalizeUpdate,
    /// A finished run is run again.
    ReTrigger,
    /// What a run brought is taken out of the table. An extension.
    Undo,
    /// What a run brought is read again and put in place of what is there. An extension.
    Redo,
    /// A run that has not ended ends now, and nothing of it lands. Not among the documented actions.
    Cancel,
}

/// An action with the report that came with it.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionRequest {
    /// What to do.
    pub action: Action,
    /// Whether it is only said how far a provider is.
    pub progress: bool,
    /// What a provider says.
    pub report: Report,
}

/// What a provider says of an operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// How far it is, 0 to 100.
    pub percent: Option<f64>,
    /// How it goes, as it is shown.
    pub status: Option<&'static str>,
    /// More about it, as sent.
    pub properties: Value,
    /// What went wrong, as sent.
    pub errors: Vec<Value>,
}

impl Action {
    const ALL: [Self; 9] = [
        Self::Enable,
        Self::Disable,
        Self::Publish,
        Self::Finalize,
        Self::FinalizeUpdate,
        Self::ReTrigger,
        Self::Undo,
        Self::Redo,
        Self::Cancel,
    ];

    /// The name in requests, which is taken in any case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Publish => "publish",
            Self::Finalize => "finalize",
            Self::FinalizeUpdate => "finalize_update",
            Self::ReTrigger => "re_trigger",
            Self::Undo => "undo",
            Self::Redo => "redo",
            Self::Cancel => "cancel",
        }
    }

    /// Whether it is for providers only.
    pub const fn is_of_provider(self) -> bool {
        matches!(self, Self::Finalize | Self::FinalizeUpdate)
    }

    fn parse(op: Option<&str>, allowed: &[Self]) -> Result<Self, Invalid> {
        let names = allowed.iter().map(|action| format!("`{}`", action.as_str())).collect::<Vec<_>>().join(", ");
        let Some(text) = op.map(str::trim).filter(|text| !text.is_empty()) else {
            return Err(Invalid::new("FLOW-1451-400", format!("query parameter `op` is missing: use {names}")));
        };
        let known = Self::ALL.into_iter().find(|action| action.as_str().eq_ignore_ascii_case(text));
        known.filter(|action| allowed.contains(action)).ok_or_else(|| {
            let code = if allowed.contains(&Self::ReTrigger) { "CONNECTOR-1401-400" } else { "FLOW-1422-400" };
            Invalid::new(code, format!("`op` `{}` is not applicable here: use {names}", excerpt(text)))
        })
    }
}

impl ActionRequest {
    /// Reads `op`, all values of `subOp`, and the body, which is `Null` where there is none.
    ///
    /// Codes: `FLOW-1451-400` no `op`; `FLOW-1422-400` an `op` that this kind of resource does not have (for runs
    /// `CONNECTOR-1401-400`); 1435 an unknown sub-operation; 1406 `PROGRESS` with others; 1436 a sub-operation that the
    /// `op` does not have; those of [`Report`]; 1407 `FAILED` with `PROGRESS`.
    pub fn parse<'a>(
        op: Option<&str>,
        sub_ops: impl Iterator<Item = &'a str>,
        body: &Value,
        allowed: &[Action],
    ) -> Result<Self, Invalid> {
        let action = Action::parse(op, allowed)?;
        let progress = is_progress(action, sub_ops)?;
        let report = Report::parse(body)?;
        if progress && report.status == Some("failed") {
            let message = "`status.value` FAILED is no progress: leave out `subOp` PROGRESS";
            return Err(Invalid::new("FLOW-1407-400", message));
        }
        Ok(Self { action, progress, report })
    }

    /// Whether a provider may report on a resource in `state`: only its progress, for nothing here waits to be
    /// finalized. Codes: `FLOW-1422-400` a draft, `FLOW-1409-400` anything but progress.
    pub fn check_provider(&self, state: State) -> Result<(), Invalid> {
        let (code, why) = match state {
            State::Draft => ("FLOW-1422-400", "it is no draft that providers work on"),
            State::Enabled | State::Disabled if self.progress => return Ok(()),
            State::Enabled | State::Disabled => ("FLOW-1409-400", "nothing is pending"),
        };
        let message = format!("`{}` is not applicable in state `{}`: {why}", self.action.as_str(), state.as_str());
        Err(Invalid::new(code, message))
    }
}

/// Whether the one sub-operation is `PROGRESS`. `APPLY` is what every action does anyway.
fn is_progress<'a>(action: Action, sub_ops: impl Iterator<Item = &'a str>) -> Result<bool, Invalid> {
    let subs: Vec<String> = sub_ops
        .flat_map(|text| text.split(','))
        .map(|text| text.trim().to_ascii_uppercase())
        .filter(|text| !text.is_empty())
        .collect();
    if let Some(odd) = subs.iter().find(|sub| !matches!(sub.as_str(), "APPLY" | "ROLLBACK" | "PROGRESS")) {
        let message = format!("`subOp` `{}` is unknown: use APPLY, ROLLBACK or PROGRESS", excerpt(odd));
        return Err(Invalid::new("FLOW-1435-400", message));
    }
    let progress = subs.iter().any(|sub| sub == "PROGRESS");
    if progress && subs.len() > 1 {
        let message = "`subOp` PROGRESS cannot be combined with others: send it alone";
        return Err(Invalid::new("FLOW-1406-400", message));
    }
    if let Some(sub) = subs.iter().find(|sub| *sub != "APPLY" && !action.is_of_provider()) {
        let message = format!("`subOp` {sub} is not for `op` {}: leave it out", action.as_str());
        return Err(Invalid::new("FLOW-1436-400", message));
    }
    Ok(progress)
}

impl Report {
    /// Reads the body of an action. Codes: `FLOW-1100-400` not an object, `FLOW-1437-400` an unknown status, 1408 an end
    /// below 100 %, `CONNECTOR-1312-400` a member of another shape.
    fn parse(body: &Value) -> Result<Self, Invalid> {
        let root = match body {
            Value::Null => return Ok(Self::default()),
            Value::Object(root) => root,
            _ => {
                let message = "the body of an action must be a JSON object: send one, or none";
                return Err(Invalid::new("FLOW-1100-400", message));
            }
        };
        body::check_extent(body, "the body", 16)?;
        list(root, "recordTypes", "recordTypes")?;
        let percent = body::member(root, "percentCompleted").map(percent).transpose()?;
        let Some(status) = body::opt_object(root, "status", "status")? else {
            return Ok(Self { percent, ..Self::default() });
        };
        let properties = body::opt_object(status, "properties", "status.properties")?;
        let report = Self {
            percent,
            status: body::member(status, "value").map(status_value).transpose()?,
            properties: properties.map_or(Value::Null, |members| json!(members)),
            errors: list(status, "errors", "status.errors")?,
        };
        if matches!(report.status, Some("completed" | "failed")) && report.percent != Some(100.0) {
            let message = "`percentCompleted` must be 100 where `status.value` is COMPLETED or FAILED";
            return Err(Invalid::new("FLOW-1408-400", message));
        }
        Ok(report)
    }

    /// `last_operation` with what a provider says of it.
    pub fn noted(&self, last_operation: &Value, now_ms: EpochMs) -> Value {
        let mut noted = last_operation.clone();
        noted["updated"] = json!(now_ms);
        if let Some(percent) = self.percent {
            noted["percentCompleted"] = json!(percent);
        }
        if let Some(status) = self.status {
            noted["status"] = json!({"value": status, "properties": self.properties, "errors": self.errors});
        }
        noted
    }
}

fn percent(value: &Value) -> Result<f64, Invalid> {
    as_number(value)
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| Invalid::value("percentCompleted", "a number from 0 to 100 is expected"))
}

fn status_value(value: &Value) -> Result<&'static str, Invalid> {
    let text = value.as_str().unwrap_or_default().trim();
    let known = STATUSES.iter().find(|(wire, _)| wire.eq_ignore_ascii_case(text));
    known.map(|(_, shown)| *shown).ok_or_else(|| {
        let names = STATUSES.map(|(wire, _)| wire).join(", ");
        Invalid::new("FLOW-1437-400", format!("`status.value` `{}` is unknown: use {names}", excerpt(text)))
    })
}

fn list(parent: &Object, field: &str, path: &str) -> Result<Vec<Value>, Invalid> {
    match body::member(parent, field) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) if items.len() <= MAX_ITEMS && items.iter().all(Value::is_object) => {
            Ok(items.clone())
        }
        Some(_) => Err(Invalid::value(path, &format!("a list of at most {MAX_ITEMS} objects is expected"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_FLOW: &[Action] =
        &[Action::Enable, Action::Disable, Action::Publish, Action::Finalize, Action::FinalizeUpdate];

    fn read(op: &str, subs: &[&str], body: &Value) -> Result<ActionRequest, Invalid> {
        ActionRequest::parse(Some(op), subs.iter().copied(), body, OF_FLOW)
    }

    #[test]
    fn names_are_taken_in_any_case_and_a_body_is_optional() {
        let plain = read("publish", &[], &Value::Null).unwrap();
        assert_eq!((plain.action, plain.progress, plain.report), (Action::Publish, false, Report::default()));
        assert_eq!(read(" Enable", &["apply", ""], &json!({})).unwrap().action, Action::Enable);
        let update = read("FINALIZE_UPDATE", &["progress"], &json!({"percentCompleted": "40"})).unwrap();
        assert!(update.progress && update.report.percent == Some(40.0));
        assert_eq!(read("finalize", &["APPLY,ROLLBACK"], &Value::Null).unwrap().action, Action::Finalize);
    }

    #[test]
    fn each_mistake_has_its_code() {
        let status = |value: &str, percent: i32| json!({"status": {"value": value}, "percentCompleted": percent});
        for (op, subs, body, code) in [
            ("", &[][..], Value::Null, "FLOW-1451-400"),
            ("explode", &[], Value::Null, "FLOW-1422-400"),
            ("RE_TRIGGER", &[], Value::Null, "FLOW-1422-400"),
            ("enable", &["jump"], Value::Null, "FLOW-1435-400"),
            ("finalize", &["PROGRESS", "APPLY"], Value::Null, "FLOW-1406-400"),
            ("enable", &["PROGRESS"], Value::Null, "FLOW-1436-400"),
            ("disable", &["progress"], Value::Null, "FLOW-1436-400"),
            ("publish", &["ROLLBACK"], Value::Null, "FLOW-1436-400"),
            ("enable", &[], json!([1]), "FLOW-1100-400"),
            ("enable", &[], json!("x"), "FLOW-1100-400"),
            ("finalize", &[], status("EXPLODED", 1), "FLOW-1437-400"),
            ("finalize", &[], json!({"status": {"value": 7}}), "FLOW-1437-400"),
            ("finalize", &["PROGRESS"], status("failed", 100), "FLOW-1407-400"),
            ("finalize", &[], status("COMPLETED", 99), "FLOW-1408-400"),
            ("finalize", &[], json!({"status": {"value": "FAILED"}}), "FLOW-1408-400"),
            ("finalize", &[], json!({"percentCompleted": 101}), "CONNECTOR-1312-400"),
            ("finalize", &[], json!({"percentCompleted": {}}), "CONNECTOR-1312-400"),
            ("finalize", &[], json!({"status": []}), "CONNECTOR-1312-400"),
            ("finalize", &[], json!({"status": {"errors": [1]}}), "CONNECTOR-1312-400"),
            ("finalize", &[], json!({"recordTypes": {}}), "CONNECTOR-1312-400"),
            ("finalize", &[], (0..50).fold(json!(1), |inner, _| json!({"a": inner})), "CONNECTOR-1312-400"),
        ] {
            assert_eq!(read(op, subs, &body).unwrap_err().code, code, "{op} {subs:?} {body}");
        }
        let of_run = ActionRequest::parse(Some("stop"), std::iter::empty(), &Value::Null, &[Action::ReTrigger]);
        assert_eq!(of_run.unwrap_err().code, "CONNECTOR-1401-400");
    }

    #[test]
    fn providers_report_progress_and_nothing_waits_for_them() {
        let body = json!({"percentCompleted": 40, "status": {"value": "IN_PROGRESS", "errors": [{"code": "x"}]}});
        let progress = read("FINALIZE", &["PROGRESS"], &body).unwrap();
        progress.check_provider(State::Disabled).unwrap();
        assert_eq!(progress.check_provider(State::Draft).unwrap_err().code, "FLOW-1422-400");
        let end = read("FINALIZE", &[], &Value::Null).unwrap();
        assert_eq!(end.check_provider(State::Enabled).unwrap_err().code, "FLOW-1409-400");
        let noted = progress.report.noted(&json!({"operation": "create", "started": 1, "updated": 1}), 9);
        assert_eq!(
            (&noted["started"], &noted["updated"], &noted["percentCompleted"]),
            (&json!(1), &json!(9), &json!(40.0))
        );
        assert_eq!(noted["status"], json!({"value": "inProgress", "properties": null, "errors": [{"code": "x"}]}));
        assert_eq!(noted["operation"], "create");
    }
}
