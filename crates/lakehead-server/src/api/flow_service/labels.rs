//! Data usage labels of flows: who lacks one of them neither sees the flow and its runs nor changes them.

use lakehead_engine::schemas;
use lakehead_model::expression::Step;
use lakehead_model::flow::Flow;
use lakehead_model::mapping::Rule;
use lakehead_model::mapping_set::Content;
use lakehead_store::{DocumentKind, Listed, Shown, Tx};
use serde_json::Value;

use crate::api::caller::Caller;
use crate::api::problem::{Answer, Problem, shorten};
use crate::app::App;

const FLOWS: Listed = Listed::Documents(DocumentKind::Flow);

/// Whether the caller may see a flow, or a run by the labels of its flow. Everything else has no labels.
pub(super) async fn may_see(app: &App, caller: &Caller, of: Listed, shown: &Shown) -> Answer<bool> {
    if caller.labels.is_none() || !matches!(of, FLOWS | Listed::Runs) {
        return Ok(true);
    }
    let read = |text: &str| serde_json::from_str::<Value>(text).map_err(|error| Problem::internal(&error));
    let resource = read(&shown.json)?;
    if of == FLOWS {
        return Ok(holds(caller, resource.get("labels")));
    }
    let flow_id = resource["flowId"].as_str().unwrap_or_default();
    Ok(!lacks_one_of(&mut app.store.read().await?, caller, flow_id).await?)
}

/// Whether the caller lacks a label of a flow, which may be gone.
async fn lacks_one_of(tx: &mut Tx, caller: &Caller, flow_id: &str) -> Answer<bool> {
    let Some(held) = &caller.labels else { return Ok(false) };
    Ok(tx.lacks_label(&caller.scope, flow_id, held).await?)
}

/// Refuses a change of a flow by a caller who lacks one of its labels: `FLOW-2120-403`.
pub(super) fn require(caller: &Caller, flow: &Flow) -> Answer<()> {
    if holds(caller, flow.labels.as_ref()) { Ok(()) } else { Err(refusal(&flow.id.to_string())) }
}

fn refusal(flow_id: &str) -> Problem {
    let message = format!(
        "flow `{flow_id}` has a data usage label that none of your roles has; ask an administrator for one that does"
    );
    Problem::new("FLOW-2120-403", message)
}

/// The same for a change of one of its runs.
pub(super) async fn require_of_run(tx: &mut Tx, caller: &Caller, flow_id: &str) -> Answer<()> {
    if lacks_one_of(tx, caller, flow_id).await? { Err(refusal(flow_id)) } else { Ok(()) }
}

/// Refuses to write into a field of the schema with a label that the caller does not hold: `FLOW-1419-400`. Without a
/// mapping every field is written. Labels of the dataset restrict nobody.
pub(in crate::api) async fn check_written(
    tx: &mut Tx,
    caller: &Caller,
    schema_id: &str,
    mapping: Option<&Content>,
) -> Answer<()> {
    let Some(held) = &caller.labels else { return Ok(()) };
    let labels = lakehead_engine::labels::counting(tx, &caller.scope, schema_id, None).await?;
    let fields = schemas::fields(tx, &caller.scope, schema_id).await?.unwrap_or_default();
    let (paths, what) = match mapping {
        Some(content) => (content.rules_for(&fields)?.iter().map(destination).collect::<Vec<_>>(), "the mapping"),
        None => (fields.iter().map(|field| format!("/{}", field.name)).collect(), "without a mapping it"),
    };
    for path in paths {
        if let Some(label) = labels.inside(&fields, &path).into_iter().find(|label| !held.contains(*label)) {
            let path = shorten(&path);
            let message = format!(
                "{what} writes `{path}`, which has the label `{label}` that none of your roles has; map other fields only \
                 or ask an administrator for a role that has the label"
            );
            return Err(Problem::new("FLOW-1419-400", message));
        }
    }
    Ok(())
}

fn destination(rule: &Rule) -> String {
    let names = rule.destination.iter().filter_map(|step| match step {
        Step::Name(name) => Some(name.as_str()),
        _ => None,
    });
    format!("/{}", names.collect::<Vec<_>>().join("/"))
}

/// Refuses labels that the caller does not hold: the flow would be out of reach for who labelled it.
pub(super) fn check_given(caller: &Caller, flow: &Flow) -> Answer<()> {
    let Some(label) = lacking(caller, flow.labels.as_ref()) else { return Ok(()) };
    let message = format!("`labels` `{}` is in none of your roles; give labels that you have", shorten(&label));
    Err(Problem::new("FLOW-2120-403", message))
}

pub(super) fn holds(caller: &Caller, labels: Option<&Value>) -> bool {
    lacking(caller, labels).is_none()
}

/// The first label that the caller does not have.
fn lacking(caller: &Caller, labels: Option<&Value>) -> Option<String> {
    let held = caller.labels.as_ref()?;
    let mut labels = labels.and_then(Value::as_array)?.iter().filter_map(Value::as_str);
    labels.find(|label| !held.contains(*label)).map(str::to_owned)
}
