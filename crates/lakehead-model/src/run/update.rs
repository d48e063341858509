//! The body of `PUT /runs/{id}`: what another system knows of a run.

use serde_json::Value;

use crate::body::{self, Object};
use crate::invalid::{Invalid, excerpt};

/// What may be noted.
const MEMBERS: &[&str] = &["parentFlowRunId", "childFlowRunIds", "predecessors", "recordTypes"];
/// What is measured here.
const MEASURED: &[&str] = &["metrics", "activities", "state"];
/// What is known from the run and only repeated.
const REPEATED: &[&str] = &["flowId", "flowSpec", "providerRefId", "id", "etag", "version", "params"];
/// Most predecessors or children.
const MAX_LINKS: usize = 100;

/// A request to note something of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunUpdate {
    /// The flow, where it is repeated.
    pub flow_id: Option<String>,
    /// Flow id and run id of each predecessor.
    pub predecessors: Vec<(Option<String>, Option<String>)>,
    /// Members to be shown with the run.
    pub members: Object,
}

impl RunUpdate {
    /// Reads a request body. Codes: `FLOW-1405-400` empty, `FLOW-1457-400` a member that is measured here,
    /// `CONNECTOR-1312-400` a member of another shape or name.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let mut members = Object::new();
        for (name, value) in root.iter().filter(|(_, value)| !value.is_null()) {
            if MEASURED.contains(&name.as_str()) {
                let message =
                    format!("`{name}` of a run is measured by this server and cannot be changed: leave it out");
                return Err(Invalid::new("FLOW-1457-400", message));
            }
            if MEMBERS.contains(&name.as_str()) {
                body::check_depth(value, name, 16)?;
                check_shape(name, value)?;
                members.insert(name.clone(), value.clone());
            } else if !REPEATED.contains(&name.as_str()) {
                return Err(Invalid::value(&excerpt(name), &format!("choose {}", MEMBERS.join(", "))));
            }
        }
        let predecessors = members.get("predecessors").and_then(Value::as_array).into_iter().flatten();
        let text = |item: &Value, name: &str| item[name].as_str().map(str::to_lowercase);
        let predecessors = predecessors.map(|item| (text(item, "flowId"), text(item, "flowRunId"))).collect();
        Ok(Self { flow_id: body::opt_text(root, "flowId", "flowId")?, predecessors, members })
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
}

fn check_shape(name: &str, value: &Value) -> Result<(), Invalid> {
    let fits = match (name, value) {
        ("parentFlowRunId", Value::String(_)) => true,
        ("childFlowRunIds", Value::Array(items)) => items.len() <= MAX_LINKS && items.iter().all(Value::is_string),
        ("predecessors" | "recordTypes", Value::Array(items)) => {
            items.len() <= MAX_LINKS && items.iter().all(Value::is_object)
        }
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(Invalid::value(name, &format!("another shape is expected, with at most {MAX_LINKS} items")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn links_are_taken_and_measurements_refused() {
        let update = RunUpdate::parse(&json!({"flowId": "F", "parentFlowRunId": "p", "metrics": null,
            "predecessors": [{"flowId": "A", "flowRunId": "B"}, {}]}));
        let update = update.unwrap();
        assert_eq!(update.predecessors, [(Some("a".into()), Some("b".into())), (None, None)]);
        assert_eq!(update.members.len(), 2);
        update.check_flow("f").unwrap();
        assert_eq!(update.check_flow("g").unwrap_err().code, "CONNECTOR-1312-400");
        for (code, body) in [
            ("FLOW-1405-400", json!({})),
            ("FLOW-1457-400", json!({"metrics": {}})),
            ("CONNECTOR-1312-400", json!({"owner": "me"})),
            ("CONNECTOR-1312-400", json!({"predecessors": [1]})),
            ("CONNECTOR-1312-400", json!({"childFlowRunIds": vec!["x"; 101]})),
        ] {
            assert_eq!(RunUpdate::parse(&body).unwrap_err().code, code, "{body}");
        }
    }
}
