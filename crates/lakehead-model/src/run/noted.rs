//! What is kept beside the document of a run: what was asked of it, and what other systems noted of it.
//!
//! The engine writes the document anew as the run goes on, so these live in the stored parameters of the run, under
//! `members`, and are laid over the document.

use serde_json::{Map, Value, json};

/// Where the stored parameters hold what others noted.
pub const MEMBERS: &str = "members";
/// Top-level members that others may note.
pub const LINKS: &[&str] = &["parentFlowRunId", "childFlowRunIds", "predecessors", "recordTypes"];
/// Most predecessors, children or record types.
pub const MAX_LINKS: usize = 100;
/// What a run is asked for, epoch seconds.
pub const TIMES: &[&str] = &["startTime", "windowStartTime", "windowEndTime"];

/// Puts links and parameters into `doc`, in place of those that it has.
pub fn put_links(doc: &mut Value, stored: &Value) {
    let Some(doc) = doc.as_object_mut() else { return };
    for name in LINKS {
        doc.shift_remove(*name);
    }
    for (name, value) in members(stored).filter(|(name, _)| LINKS.contains(&name.as_str())) {
        doc.insert(name.clone(), value.clone());
    }
    let asked = TIMES.iter().filter_map(|name| Some(((*name).to_owned(), stored.get(name)?.clone())));
    let noted = stored[MEMBERS]["params"].as_object().into_iter().flatten();
    let params: Map<_, _> = asked.chain(noted.map(|(name, value)| (name.clone(), value.clone()))).collect();
    doc.shift_remove("params");
    if !params.is_empty() {
        doc.insert("params".to_owned(), Value::Object(params));
    }
}

/// Adds the `extensions` that others noted to the summaries of `doc`; what was measured here stays as it is.
pub fn put_extensions(doc: &mut Value, stored: &Value) {
    for (summary, noted) in stored[MEMBERS]["metrics"].as_object().into_iter().flatten() {
        let metrics = &mut doc["metrics"];
        if !metrics[summary.as_str()].is_object() {
            metrics[summary.as_str()] = json!({});
        }
        let extensions = &mut metrics[summary.as_str()]["extensions"];
        let mut all = noted.as_object().cloned().unwrap_or_default();
        all.extend(extensions.as_object().cloned().unwrap_or_default());
        *extensions = Value::Object(all);
    }
}

fn members(stored: &Value) -> impl Iterator<Item = (&String, &Value)> {
    stored[MEMBERS].as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_laid_over_the_document_and_never_over_what_was_measured() {
        let stored = json!({"windowStartTime": 1, "windowEndTime": 2, "members": {
            "parentFlowRunId": "p", "params": {"x": 3}, "metrics": {"sizeSummary": {"seen": 1, "own": 2}, "other": {"a": 1}}}});
        let mut doc = json!({"id": "r", "childFlowRunIds": ["gone"], "params": {"old": 1},
            "metrics": {"sizeSummary": {"inputBytes": 5, "extensions": {"own": 7}}}});
        put_links(&mut doc, &stored);
        put_extensions(&mut doc, &stored);
        assert_eq!(
            doc,
            json!({"id": "r", "parentFlowRunId": "p", "params": {"windowStartTime": 1, "windowEndTime": 2, "x": 3},
                "metrics": {"sizeSummary": {"inputBytes": 5, "extensions": {"seen": 1, "own": 7}},
                    "other": {"extensions": {"a": 1}}}})
        );
        let mut plain = json!({"id": "r", "metrics": {}});
        put_links(&mut plain, &json!({}));
        put_extensions(&mut plain, &json!({}));
        assert_eq!(plain, json!({"id": "r", "metrics": {}}));
    }
}
