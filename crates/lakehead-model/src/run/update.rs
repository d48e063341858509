//! The body of `PUT /runs/{id}`: what another system knows of a run.
//!
//! What is measured here is nobody else's to change. It may be repeated as it was read, so that a client can send back a
//! run with what it adds; a different value is refused.

use serde_json::{Value, json};

use super::noted::{LINKS, MAX_LINKS, MEMBERS, TIMES};
use crate::body::{self, Object, as_integer};
use crate::invalid::{Invalid, excerpt};

/// What is known here and only repeated.
const OURS: &[&str] = &["id", "state", "flowSpec", "providerRefId", "activities"];
/// What says who and when; a new version of it is made with every change.
const IGNORED: &[&str] = &[
    "etag",
    "eTag",
    "version",
    "createdAt",
    "updatedAt",
    "createdBy",
    "updatedBy",
    "createdClient",
    "updatedClient",
    "sandboxId",
    "sandboxName",
    "imsOrgId",
];
/// Summaries that take `extensions`.
const SUMMARIES: &[&str] =
    &["durationSummary", "latencySummary", "sizeSummary", "recordSummary", "fileSummary", "statusSummary"];
/// Most bytes of everything that is noted of one run.
const MAX_BYTES: usize = 64 * 1024;

/// A request to note something of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunUpdate {
    /// The flow, where it is repeated.
    pub flow_id: Option<String>,
    /// Flow id and run id of each predecessor.
    pub predecessors: Vec<(Option<String>, Option<String>)>,
    /// Parent and children.
    pub relatives: Vec<String>,
    body: Object,
}

impl RunUpdate {
    /// Reads a request body. Codes: `FLOW-1405-400` empty, `CONNECTOR-1312-400` a member of another shape or name.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        for (name, value) in root.iter().filter(|(_, value)| !value.is_null()) {
            body::check_extent(value, &excerpt(name), 16)?;
            check_shape(name, value)?;
        }
        let predecessors = root.get("predecessors").and_then(Value::as_array).into_iter().flatten();
        let text = |item: &Value, name: &str| item[name].as_str().map(str::to_ascii_lowercase);
        let predecessors = predecessors.map(|item| (text(item, "flowId"), text(item, "flowRunId"))).collect();
        let children = root.get("childFlowRunIds").and_then(Value::as_array).into_iter().flatten();
        let relatives = root.get("parentFlowRunId").into_iter().chain(children);
        Ok(Self {
            flow_id: body::opt_text(root, "flowId", "flowId")?,
            predecessors,
            relatives: relatives.filter_map(Value::as_str).map(str::to_ascii_lowercase).collect(),
            body: root.clone(),
        })
    }

    /// A run stays with its flow: `CONNECTOR-1312-400`.
    pub fn check_flow(&self, flow_id: &str) -> Result<(), Invalid> {
        match &self.flow_id {
            Some(given) if !given.eq_ignore_ascii_case(flow_id) => {
                Err(Invalid::value("flowId", &format!("the run is one of flow `{flow_id}`")))
            }
            _ => Ok(()),
        }
    }

    /// The stored parameters with what is noted. `doc` is the run as it was measured. Members that are not sent stay as
    /// they are, and `null` takes one away. Codes: `FLOW-1457-400` another value of something that is measured here,
    /// `CONNECTOR-1312-400` more than can be kept.
    pub fn apply(&self, doc: &Value, stored: &Value) -> Result<Value, Invalid> {
        let changed = |name: &&&str| body::member(&self.body, name).is_some_and(|sent| *sent != doc[**name]);
        if let Some(name) = OURS.iter().find(changed) {
            return Err(measured(name));
        }
        let mut after = stored.clone();
        let members = &mut after[MEMBERS];
        for name in LINKS {
            match self.body.get(*name) {
                None => {}
                Some(Value::Null) => drop(members.as_object_mut().and_then(|members| members.shift_remove(*name))),
                Some(value) => members[*name] = value.clone(),
            }
        }
        if let Some(params) = self.body.get("params") {
            members["params"] = params_noted(params, stored)?;
        }
        if let Some(metrics) = self.body.get("metrics") {
            members["metrics"] = metrics_noted(metrics, doc)?;
        }
        if members.to_string().len() > MAX_BYTES {
            let message = format!("at most {MAX_BYTES} bytes are kept of what others note of a run");
            return Err(Invalid::value("the request body", &message));
        }
        Ok(after)
    }
}

fn measured(path: &str) -> Invalid {
    let message = format!("`{path}` of a run is measured by this server and cannot be changed: leave it out");
    Invalid::new("FLOW-1457-400", message)
}

/// Parameters beside those that the run was asked for.
fn params_noted(params: &Value, stored: &Value) -> Result<Value, Invalid> {
    let mut noted = params.as_object().cloned().unwrap_or_default();
    for name in TIMES {
        if let Some(sent) = noted.shift_remove(*name)
            && as_integer(&sent) != stored[*name].as_i64()
        {
            return Err(measured(&format!("params.{name}")));
        }
    }
    Ok(json!(noted))
}

/// The `extensions` of each summary that are not measured here.
fn metrics_noted(metrics: &Value, doc: &Value) -> Result<Value, Invalid> {
    let mut noted = Object::new();
    for (summary, sent) in metrics.as_object().into_iter().flatten() {
        let ours = &doc["metrics"][summary.as_str()];
        for (name, value) in sent.as_object().into_iter().flatten() {
            if name != "extensions" && *value != ours[name.as_str()] {
                return Err(measured(&format!("metrics.{summary}.{}", excerpt(name))));
            }
        }
        let mut extensions = sent["extensions"].as_object().cloned().unwrap_or_default();
        for (name, value) in ours["extensions"].as_object().into_iter().flatten() {
            if extensions.shift_remove(name).is_some_and(|sent| sent != *value) {
                return Err(measured(&format!("metrics.{summary}.extensions.{name}")));
            }
        }
        if !extensions.is_empty() {
            noted.insert(summary.clone(), json!(extensions));
        }
    }
    Ok(json!(noted))
}

fn check_shape(name: &str, value: &Value) -> Result<(), Invalid> {
    let bad = |cure: &str| Err(Invalid::value(&excerpt(name), cure));
    match (name, value) {
        ("parentFlowRunId" | "flowId", Value::String(_)) | ("params", Value::Object(_)) => Ok(()),
        ("childFlowRunIds", Value::Array(items)) if items.len() <= MAX_LINKS && items.iter().all(Value::is_string) => {
            Ok(())
        }
        ("predecessors", Value::Array(items)) if items.len() <= MAX_LINKS && items.iter().all(Value::is_object) => {
            Ok(())
        }
        // Documented as texts in one place and as objects in another.
        ("recordTypes", Value::Array(items))
            if items.len() <= MAX_LINKS && items.iter().all(|item| item.is_object() || item.is_string()) =>
        {
            Ok(())
        }
        ("metrics", Value::Object(summaries)) => check_metrics(summaries),
        ("parentFlowRunId" | "flowId", _) => bad("an id is expected"),
        ("params" | "metrics", _) => bad("a JSON object is expected"),
        ("childFlowRunIds", _) => bad(&format!("a list of at most {MAX_LINKS} ids is expected")),
        ("predecessors", _) => bad(&format!("a list of at most {MAX_LINKS} objects is expected")),
        ("recordTypes", _) => bad(&format!("a list of at most {MAX_LINKS} texts or objects is expected")),
        _ if OURS.contains(&name) || IGNORED.contains(&name) => Ok(()),
        _ => bad(&format!("choose {}, params or metrics", LINKS.join(", "))),
    }
}

fn check_metrics(summaries: &Object) -> Result<(), Invalid> {
    for (name, summary) in summaries {
        let path = format!("metrics.{}", excerpt(name));
        if !SUMMARIES.contains(&name.as_str()) {
            return Err(Invalid::value(&path, &format!("choose {}", SUMMARIES.join(", "))));
        }
        let summary = summary.as_object().ok_or_else(|| Invalid::value(&path, "a JSON object is expected"))?;
        body::opt_object(summary, "extensions", &format!("{path}.extensions"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc() -> Value {
        json!({"id": "r", "state": "success", "activities": [{"id": "copyActivity"}], "metrics": {
            "recordSummary": {"outputRecordCount": 5}, "durationSummary": {"extensions": {"windowStart": 1}}}})
    }

    fn apply(body: &Value) -> Result<Value, Invalid> {
        RunUpdate::parse(body)?.apply(&doc(), &json!({"windowStartTime": 7, "members": {"parentFlowRunId": "old"}}))
    }

    #[test]
    fn links_parameters_and_extensions_are_noted() {
        let update = RunUpdate::parse(&json!({"flowId": "F", "parentFlowRunId": "P", "childFlowRunIds": ["C"],
            "predecessors": [{"flowId": "A", "flowRunId": "B"}, {}]}));
        let update = update.unwrap();
        assert_eq!(update.predecessors, [(Some("a".into()), Some("b".into())), (None, None)]);
        assert_eq!(update.relatives, ["p", "c"]);
        update.check_flow("f").unwrap();
        assert_eq!(update.check_flow("g").unwrap_err().code, "CONNECTOR-1312-400");
        let after = apply(
            &json!({"eTag": "y", "recordTypes": [{"type": "x"}, "y"], "params": {"windowStartTime": "7", "team": "a"},
            "metrics": {"recordSummary": {"outputRecordCount": 5, "extensions": {"checked": 5}}}}),
        );
        let members = json!({"parentFlowRunId": "old", "recordTypes": [{"type": "x"}, "y"], "params": {"team": "a"},
            "metrics": {"recordSummary": {"checked": 5}}});
        assert_eq!(after.unwrap(), json!({"windowStartTime": 7, "members": members}));
        let taken_away = apply(&json!({"parentFlowRunId": null, "recordTypes": null})).unwrap();
        assert_eq!(taken_away["members"], json!({}));
    }

    #[test]
    fn a_run_may_be_sent_back_as_it_was_read() {
        let mut body = doc();
        body["etag"] = json!("x");
        assert_eq!(apply(&body).unwrap()["members"]["metrics"], json!({}));
    }

    #[test]
    fn each_mistake_has_its_code() {
        for (code, body) in [
            ("FLOW-1405-400", json!({})),
            ("FLOW-1405-400", json!([])),
            ("FLOW-1457-400", json!({"metrics": {"recordSummary": {"outputRecordCount": 6}}})),
            ("FLOW-1457-400", json!({"metrics": {"sizeSummary": {"inputBytes": 6}}})),
            ("FLOW-1457-400", json!({"metrics": {"durationSummary": {"extensions": {"windowStart": 2}}}})),
            ("FLOW-1457-400", json!({"activities": []})),
            ("FLOW-1457-400", json!({"state": "failed"})),
            ("FLOW-1457-400", json!({"params": {"windowStartTime": 8}})),
            ("FLOW-1457-400", json!({"params": {"windowEndTime": 8}})),
            ("CONNECTOR-1312-400", json!({"metrics": {"customSummary": {}}})),
            ("CONNECTOR-1312-400", json!({"metrics": {"sizeSummary": 5}})),
            ("CONNECTOR-1312-400", json!({"metrics": {"sizeSummary": {"extensions": 5}}})),
            ("CONNECTOR-1312-400", json!({"owner": "me"})),
            ("CONNECTOR-1312-400", json!({"params": []})),
            ("CONNECTOR-1312-400", json!({"parentFlowRunId": 5})),
            ("CONNECTOR-1312-400", json!({"predecessors": [1]})),
            ("CONNECTOR-1312-400", json!({"childFlowRunIds": vec!["x"; 101]})),
            ("CONNECTOR-1312-400", json!({"recordTypes": [{"type": "x".repeat(70_000)}]})),
            ("CONNECTOR-1312-400", json!({"recordTypes": (0..50).fold(json!(1), |inner, _| json!([inner]))})),
        ] {
            assert_eq!(apply(&body).unwrap_err().code, code, "{body}");
        }
    }
}
