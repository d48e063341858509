//! Everything a run needs to know, read at its start: flow, source, target, mapping, credentials.

mod keys;
mod uploaded;

pub use keys::{PASS_PHRASE, PRIVATE_KEY};
pub(crate) use uploaded::planned;

use lakehead_connect::connector::{EntryKind, Selection};
use lakehead_connect::connectors;
use lakehead_connect::pgp::Keys;
use lakehead_model::batch::of_run_owner;
use lakehead_model::connection::Connection;
use lakehead_model::dataset::Dataset;
use lakehead_model::flow::{Flow, MappingRef};
use lakehead_model::format::DataFormat;
use lakehead_model::mapping::Rule;
use lakehead_model::run::change::Change;
use lakehead_model::source_connection::{SelectionKind, SourceConnection};
use lakehead_model::target_connection::TargetConnection;
use lakehead_model::xdm::Field;
use lakehead_model::xdm::field::relax;
use lakehead_model::{Invalid, Scope};
use lakehead_store::{Document, DocumentKind, RunRow, SecretUse, Store, Tx};
use serde_json::Value;

use crate::run_error::RunError;
use crate::settle::Tolerance;
use crate::source::{Origin, Source};
use crate::{Engine, access, schemas};

/// Files of an uploaded batch that are read.
const MAX_OBJECTS: usize = 25_000;

/// What a run works with.
pub(crate) struct RunContext {
    pub(crate) origin: Origin,
    pub(crate) source: Source,
    pub(crate) format: DataFormat,
    /// What opens the files, where they are encrypted.
    pub(crate) keys: Option<Keys>,
    pub(crate) dataset_id: String,
    pub(crate) mapping_ref: Option<MappingRef>,
    pub(crate) mapping: Option<Vec<Rule>>,
    pub(crate) fields: Vec<Field>,
    pub(crate) tolerance: Tolerance,
    /// Batches whose rows go when those of this run come.
    pub(crate) replaces: Vec<String>,
    /// Rows that this run reads again, to put in place of those that are there.
    pub(crate) change: Option<Change>,
}

/// Reads what a run refers to.
pub(crate) async fn load(engine: &Engine, run: &RunRow) -> Result<RunContext, RunError> {
    match of_run_owner(&run.flow_id) {
        Some(batch_id) => uploaded::load(engine, run, batch_id).await,
        None => load_flow(&engine.store, run).await,
    }
}

/// Reads what the flow of `run` refers to.
async fn load_flow(store: &Store, run: &RunRow) -> Result<RunContext, RunError> {
    let mut tx = store.read().await?;
    let scope = &run.scope;
    let flow: Flow = find(&mut tx, scope, "flow", &run.flow_id).await?;
    let source_id = flow.source_connection_ids.first().map(ToString::to_string).unwrap_or_default();
    let target_id = flow.target_connection_ids.first().map(ToString::to_string).unwrap_or_default();
    let source: SourceConnection = find(&mut tx, scope, "source connection", &source_id).await?;
    let target: TargetConnection = find(&mut tx, scope, "target connection", &target_id).await?;
    let dataset: Dataset = find(&mut tx, scope, "dataset", target.data_set_id()).await?;
    let fields = fields_of(&mut tx, scope, &dataset).await?;
    let change = Change::of(&run.slot, &run.params);
    let mut mapping_ref = flow.mapping().map_err(unusable)?;
    if let (Some(mapping), Some(version)) =
        (&mut mapping_ref, change.as_ref().and_then(|change| change.mapping_version))
    {
        mapping.version = version;
    }
    let mapping = rules(&mut tx, scope, mapping_ref.as_ref(), &fields).await?;
    let options = flow.options().map_err(unusable)?;
    drop(tx);
    let selection = selection(&flow, &source, &run.params)?;
    Ok(RunContext {
        source: open(store, scope, &source, selection, SecretUse::Run(&run.run_id)).await?,
        format: source.format().map_err(unusable)?,
        keys: keys::load(store, run, &flow).await?,
        dataset_id: dataset.id,
        mapping_ref,
        mapping,
        fields,
        tolerance: Tolerance {
            partial_ingestion_percent: options.partial_ingestion_percent,
            diagnostics: options.error_diagnostics_enabled,
            // What cannot be read again stays as it is.
            whole_files: change.is_some(),
        },
        replaces: Vec::new(),
        change,
        origin: Origin::Flow(Box::new(flow)),
    })
}

/// What a selection of a source connection is read with. That its credentials are used is noted before they are known here.
pub(crate) async fn open(
    store: &Store,
    scope: &Scope,
    source: &SourceConnection,
    selection: Selection,
    purpose: SecretUse<'_>,
) -> Result<Source, RunError> {
    // The connection together with its secrets: both may be changed at any time.
    let mut tx = store.write().await?;
    let connection: Connection = find(&mut tx, scope, "connection", &source.base_connection_id.to_string()).await?;
    let connector = connectors::by_spec_id(&connection.connection_spec.id)
        .ok_or_else(|| gone("connector", &connection.connection_spec.id))?;
    let owner = (DocumentKind::Connection, &*connection.id.to_string());
    let secrets = tx.use_secrets(scope, owner, purpose).await?;
    Ok(Source::Connector { connector, login: access::login(&connection, &secrets), selection })
}

/// The fields of a dataset's rows, without demands where its tags switch them off.
async fn fields_of(tx: &mut Tx, scope: &Scope, dataset: &Dataset) -> Result<Vec<Field>, RunError> {
    let mut fields = schemas::fields(tx, scope, &dataset.schema_ref.id)
        .await
        .map_err(|error| RunError::Unusable(error.to_string()))?
        .ok_or_else(|| gone("schema", &dataset.schema_ref.id))?;
    if !dataset.is_validated() {
        relax(&mut fields);
    }
    Ok(fields)
}

async fn rules(
    tx: &mut Tx,
    scope: &Scope,
    mapping: Option<&MappingRef>,
    fields: &[Field],
) -> Result<Option<Vec<Rule>>, RunError> {
    let Some(mapping) = mapping else { return Ok(None) };
    let set = tx.mapping_set(scope, &mapping.id, Some(mapping.version)).await?;
    let set = set.ok_or_else(|| gone("mapping set", &mapping.id))?;
    Ok(Some(set.content.rules_for(fields).map_err(unusable)?))
}

/// The selection of the source connection, narrowed to the window that `params` of a run ask for.
pub(crate) fn selection(flow: &Flow, source: &SourceConnection, params: &Value) -> Result<Selection, RunError> {
    let selected = source.selection().map_err(unusable)?;
    let schedule = flow.schedule().map_err(unusable)?;
    let param = |name: &str| params.get(name).and_then(Value::as_i64);
    let (mut after_ms, mut until_ms) = (None, None);
    if let (Some(start_s), Some(end_s)) = (param("windowStartTime"), param("windowEndTime")) {
        // The documented window includes both ends; the listing's lower end is exclusive.
        after_ms = Some(start_s.saturating_mul(1000) - 1);
        until_ms = Some(end_s.saturating_mul(1000).saturating_add(999));
    } else if !schedule.backfill && schedule.period_s() > 0 {
        after_ms = Some(schedule.start_time.saturating_mul(1000) - 1);
    }
    Ok(Selection {
        path: selected.path,
        kind: match selected.kind {
            SelectionKind::File => Some(EntryKind::File),
            SelectionKind::Folder => Some(EntryKind::Folder),
            SelectionKind::Pattern => None,
        },
        recursive: selected.recursive,
        modified_after_ms: after_ms,
        modified_until_ms: until_ms,
    })
}

pub(crate) async fn find<D: Document>(tx: &mut Tx, scope: &Scope, what: &str, id: &str) -> Result<D, RunError> {
    tx.get(scope, id).await?.ok_or_else(|| gone(what, id))
}

fn gone(what: &str, id: &str) -> RunError {
    RunError::Unusable(format!("{what} `{id}` that the run refers to does not exist any more"))
}

fn unusable(invalid: Invalid) -> RunError {
    RunError::Unusable(invalid.message)
}
