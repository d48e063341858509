//! Flows: from one source connection to one target connection, mapped, on a schedule.

mod change;
mod rules;
mod transformations;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body::{self, Object};
use crate::format::FormatKind;
use crate::id::{Id, Kind};
use crate::schedule::{ScheduleParams, ScheduleRules};
use crate::source_connection::SourceConnection;
use crate::specs::{self, SpecRef};
use crate::state::{Mode, State, last_operation};
use crate::target_connection::TargetConnection;
use crate::time::EpochMs;
use crate::{Actor, Audit, Etag, Invalid, Scope};
use rules::{check_against_spec, check_labels, check_policy};
use transformations::{mapping, parse_options, transformations};

/// Deepest nesting of the members that are kept as sent.
const MAX_DEPTH: usize = 16;

/// A stored flow, in the form `GET` shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// Identity.
    pub id: Id<Flow>,
    /// Who and when.
    #[serde(flatten)]
    pub audit: Audit,
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The kind of flow.
    pub flow_spec: SpecRef,
    /// Where it is in its life.
    pub state: State,
    /// Exactly one id.
    pub source_connection_ids: Vec<Id<SourceConnection>>,
    /// Exactly one id.
    pub target_connection_ids: Vec<Id<TargetConnection>>,
    /// Derived: both connections, and whether this is a source flow.
    pub inherited_attributes: Value,
    /// As sent; [`Flow::schedule`] reads it. Only a draft may have none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub schedule_params: Value,
    /// As sent, in the order sent; [`Flow::mapping`] reads it.
    pub transformations: Vec<Value>,
    /// As sent; [`Flow::options`] reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Object>,
    /// Link to the runs.
    pub runs: String,
    /// What was done to the flow last.
    pub last_operation: Value,
    /// The last run; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run_details: Option<LastRun>,
    /// Usage labels, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Value>,
    /// Policy, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Value>,
    /// The same as `etag`.
    pub version: Etag,
    /// Version for optimistic locking.
    pub etag: Etag,
}

impl Kind for Flow {
    const NAME: &'static str = "flow";
}

/// How the last run went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// Id of the run.
    pub id: String,
    /// State of the run, such as `success`.
    pub state: String,
    /// Start, epoch milliseconds.
    #[serde(rename = "startedAtUTC")]
    pub started_at_utc: EpochMs,
    /// End, epoch milliseconds; absent while it runs.
    #[serde(rename = "completedAtUTC", default, skip_serializing_if = "Option::is_none")]
    pub completed_at_utc: Option<EpochMs>,
    /// What is said beyond the documented members; absent where there is nothing to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<LastRunExtensions>,
}

/// What is said of a last run beyond the documented members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRunExtensions {
    /// Somebody called the run off; its state is `failed` then, as documented.
    pub cancelled: bool,
}

/// What a flow does with rows that fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowOptions {
    /// Share of failed rows, in percent (above 0, at most 100), up to which a run succeeds; none: no row may fail.
    pub partial_ingestion_percent: Option<f64>,
    /// Whether failed rows are kept with their reasons; always so under partial ingestion.
    pub error_diagnostics_enabled: bool,
}

/// The mapping set of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MappingRef {
    /// Id of the mapping set, 32 hexadecimal digits.
    pub id: String,
    /// Version of the mapping set.
    pub version: i64,
}

/// The keys of a flow that reads encrypted files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionRef {
    /// Id of the pair that the files are encrypted for.
    pub public_key_id: String,
    /// Id of the public key that must have signed them, where signatures are demanded.
    pub sign_verification_key_id: Option<String>,
}

/// A request to make a flow; the caller looks up both connections.
#[derive(Clone, Debug)]
pub struct NewFlow {
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    pub description: Option<String>,
    /// The kind of flow.
    pub flow_spec: SpecRef,
    /// The flow spec itself.
    pub spec: Value,
    /// Where the files are.
    pub source_connection_id: Id<SourceConnection>,
    /// Where the rows go.
    pub target_connection_id: Id<TargetConnection>,
    /// Transformations as sent.
    pub transformations: Vec<Value>,
    /// The mapping set among them.
    pub mapping: Option<MappingRef>,
    /// Schedule as sent.
    pub schedule_params: Value,
    /// Schedule as read; only a draft may have none, or part of one.
    pub schedule: Option<ScheduleParams>,
    /// Options as sent.
    pub options: Option<Object>,
    /// Usage labels.
    pub labels: Option<Value>,
    /// Policy.
    pub policy: Option<Value>,
}

impl NewFlow {
    /// Reads a request body and checks it against its flow spec, which is built in or among the `own` specs of the
    /// organisation; a draft may lack its schedule. Whether the start time has passed is checked by [`Flow::new`].
    pub fn parse(body: &Value, mode: Mode, rules: ScheduleRules, own: &[Value]) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        if body::member(root, "state").is_some() {
            return Err(Invalid::new("FLOW-1410-400", "`state` is not allowed in a new flow: remove it"));
        }
        if body::member(root, "mode").is_some() {
            let message = "`mode` is not allowed in the body of a flow: it is a query parameter";
            return Err(Invalid::new("CONNECTOR-1368-400", message));
        }
        let transformations = transformations(root)?;
        let schedule_params = root.get("scheduleParams").cloned().unwrap_or_default();
        let options = body::opt_object(root, "options", "options")?;
        for field in ["labels", "policy", "options", "scheduleParams"] {
            body::check_extent(root.get(field).unwrap_or(&Value::Null), field, MAX_DEPTH)?;
        }
        options.map(parse_options).transpose()?;
        let flow_spec = SpecRef::parse(root, "flowSpec")?;
        let spec = specs::flow_spec(&flow_spec, own)?;
        specs::check_draft_mode(spec, mode)?;
        transformations::check(&transformations, spec, mode)?;
        specs::require_source(spec)?;
        let schedule = match mode {
            Mode::Draft => {
                ScheduleParams::check_draft(&schedule_params)?;
                ScheduleParams::parse(&schedule_params, rules).ok()
            }
            Mode::Complete => Some(ScheduleParams::parse(&schedule_params, rules)?),
        };
        check_against_spec(spec, options, &schedule_params, schedule.as_ref(), mode)?;
        check_labels(root)?;
        check_policy(root)?;
        Ok(Self {
            name: body::name(root)?,
            description: body::opt_text(root, "description", "description")?,
            flow_spec,
            spec: spec.clone(),
            source_connection_id: body::single_id(root, "sourceConnectionIds")?,
            target_connection_id: body::single_id(root, "targetConnectionIds")?,
            mapping: mapping(&transformations)?,
            transformations,
            schedule,
            schedule_params,
            options: options.cloned(),
            labels: body::member(root, "labels").cloned(),
            policy: body::member(root, "policy").cloned(),
        })
    }

    /// What holds between a flow and its connections: specs fit, and unless it is a draft, both are no drafts and a
    /// mapping is there where one is needed.
    fn check_connections(
        &self,
        mode: Mode,
        source: &SourceConnection,
        target: &TargetConnection,
    ) -> Result<(), Invalid> {
        for (field, list, id) in [
            ("sourceConnectionIds", "sourceConnectionSpecIds", &source.connection_spec.id),
            ("targetConnectionIds", "targetConnectionSpecIds", &target.connection_spec.id),
        ] {
            if !self.spec[list].as_array().is_some_and(|ids| ids.iter().any(|known| known == id.as_str())) {
                return Err(Invalid::value(
                    field,
                    &format!("flow spec `{}` does not serve connection spec `{id}`", self.flow_spec.id),
                ));
            }
        }
        if mode == Mode::Draft {
            return Ok(());
        }
        source.state.check_not_draft("source connection", &source.id.to_string())?;
        target.state.check_not_draft("target connection", &target.id.to_string())?;
        check_mapping_needed(source, self.mapping.as_ref())
    }
}

fn check_mapping_needed(source: &SourceConnection, mapping: Option<&MappingRef>) -> Result<(), Invalid> {
    if mapping.is_none() && source.format()?.kind == FormatKind::Delimited {
        let message =
            "`transformations` has no `Mapping`: delimited files need one, because their columns have no schema";
        return Err(Invalid::new("CONNECTOR-1370-400", message));
    }
    Ok(())
}

impl Flow {
    /// A new flow between two connections: enabled, or a draft.
    #[expect(clippy::too_many_arguments, reason = "the parts of a flow are found by the caller")]
    pub fn new(
        input: &NewFlow,
        mode: Mode,
        source: &SourceConnection,
        target: &TargetConnection,
        rules: ScheduleRules,
        scope: &Scope,
        actor: &Actor,
        now_ms: EpochMs,
    ) -> Result<Self, Invalid> {
        if let Some(schedule) = &input.schedule {
            schedule.check_start(rules, now_ms)?;
        }
        input.check_connections(mode, source, target)?;
        let id = Id::generate();
        let etag = Etag::generate();
        Ok(Self {
            id,
            audit: Audit::created(scope, actor, now_ms),
            name: input.name.clone(),
            description: input.description.clone(),
            flow_spec: input.flow_spec.clone(),
            state: mode.state(),
            source_connection_ids: vec![input.source_connection_id],
            target_connection_ids: vec![input.target_connection_id],
            inherited_attributes: inherited(&input.spec, source, target),
            schedule_params: input.schedule_params.clone(),
            transformations: input.transformations.clone(),
            options: input.options.clone(),
            runs: format!("/runs?property=flowId=={id}"),
            last_operation: last_operation("create", &[], now_ms),
            last_run_details: None,
            labels: input.labels.clone(),
            policy: input.policy.clone(),
            version: etag.clone(),
            etag,
        })
    }

    /// The schedule. Limits were checked when it was stored and may have been raised since, so none is applied here.
    pub fn schedule(&self) -> Result<ScheduleParams, Invalid> {
        ScheduleParams::parse(&self.schedule_params, ScheduleRules { min_interval_minutes: 1, start_grace_s: 0 })
    }

    /// The mapping set, where there is one.
    pub fn mapping(&self) -> Result<Option<MappingRef>, Invalid> {
        mapping(&self.transformations)
    }

    /// The keys that its files are encrypted and signed with, where they are.
    pub fn encryption(&self) -> Result<Option<EncryptionRef>, Invalid> {
        transformations::encryption(&self.transformations)
    }

    /// What to do with rows that fail.
    pub fn options(&self) -> Result<FlowOptions, Invalid> {
        self.options.as_ref().map_or(Ok(FlowOptions::default()), parse_options)
    }

    /// The request that would make this flow.
    fn document(&self) -> Value {
        json!({
            "name": self.name, "description": self.description, "flowSpec": self.flow_spec,
            "sourceConnectionIds": self.source_connection_ids, "targetConnectionIds": self.target_connection_ids,
            "scheduleParams": self.schedule_params, "transformations": self.transformations,
            "options": self.options, "labels": self.labels, "policy": self.policy,
        })
    }
}

fn inherited(flow_spec: &Value, source: &SourceConnection, target: &TargetConnection) -> Value {
    let is_source = flow_spec["attributes"]["isSourceFlow"] == true;
    let mut source_part = json!({"id": source.id, "connectionSpec": source.connection_spec});
    source_part["baseConnection"] = source.inherited_attributes["baseConnection"].clone();
    let target_part = json!({"id": target.id, "connectionSpec": target.connection_spec});
    json!({
        "properties": {"isSourceFlow": is_source},
        "sourceConnections": [source_part],
        "targetConnections": [target_part],
    })
}

#[cfg(test)]
mod tests;
