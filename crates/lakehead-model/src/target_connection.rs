//! Target connections: the dataset that receives the rows of a flow.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body::{self, Object};
use crate::connection::Connection;
use crate::dataset::Dataset;
use crate::id::{Id, Kind};
use crate::patch::{self, Operation};
use crate::specs::{self, SpecRef};
use crate::state::{Mode, State};
use crate::time::EpochMs;
use crate::{Actor, Audit, Etag, Invalid, Scope};

/// What a client may change.
const PATCHABLE: &[&str] = &["/name", "/description", "/params/**", "/data/**"];

/// A stored target connection, in the form `GET` shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetConnection {
    /// Identity.
    pub id: Id<TargetConnection>,
    /// Who and when.
    #[serde(flatten)]
    pub audit: Audit,
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A dataset base connection, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_connection_id: Option<Id<Connection>>,
    /// Where it is in its life.
    pub state: State,
    /// Format and schema, as sent.
    pub data: Object,
    /// Always the data lake.
    pub connection_spec: SpecRef,
    /// `dataSetId`, as sent.
    pub params: Object,
    /// Derived: `baseConnection`, where there is one.
    pub inherited_attributes: Value,
    /// The same as `etag`.
    pub version: Etag,
    /// Version for optimistic locking.
    pub etag: Etag,
}

impl Kind for TargetConnection {
    const NAME: &'static str = "target connection";
}

/// A request to make a target connection; the caller looks up the dataset.
#[derive(Clone, Debug)]
pub struct NewTargetConnection {
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    pub description: Option<String>,
    /// A dataset base connection.
    pub base_connection_id: Option<Id<Connection>>,
    /// Format and schema.
    pub data: Object,
    /// `dataSetId`.
    pub params: Object,
    /// The dataset, read from `params`.
    pub data_set_id: String,
    /// `data.schema.id`, where it was sent.
    pub schema_id: Option<String>,
    /// The spec, always the data lake.
    pub connection_spec: SpecRef,
}

impl NewTargetConnection {
    /// Reads a request body. Codes: 1307 another spec than the data lake, 1325 no dataset.
    pub fn parse(body: &Value, mode: Mode) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let connection_spec = SpecRef::parse(root, "connectionSpec")?;
        if connection_spec.id != specs::DATA_LAKE {
            let message = format!("`connectionSpec.id` must be the data lake: give `{}`", specs::DATA_LAKE);
            return Err(Invalid::new("CONNECTOR-1307-400", message));
        }
        specs::check_draft_mode(specs::connection_spec(&connection_spec)?, mode)?;
        let data = body::opt_object(root, "data", "data")?.cloned();
        let data = match data {
            None if mode == Mode::Complete => return Err(Invalid::missing("data")),
            data => data.unwrap_or_default(),
        };
        body::check_extent(&json!(data), "data", 16)?;
        let schema = body::opt_object(&data, "schema", "data.schema")?;
        let no_dataset =
            || Invalid::new("CONNECTOR-1325-400", "`params.dataSetId` is missing: give the id of a dataset");
        let params = body::opt_object(root, "params", "params")?.cloned().unwrap_or_default();
        body::check_extent(&json!(params), "params", 16)?;
        let data_set_id = body::opt_text(&params, "dataSetId", "params.dataSetId")?.unwrap_or_default();
        if data_set_id.trim().is_empty() && mode == Mode::Complete {
            return Err(no_dataset());
        }
        specs::check_target_params(&params, mode)?;
        Ok(Self {
            name: body::name_or(root, "Target connection")?,
            description: body::opt_text(root, "description", "description")?,
            base_connection_id: body::opt_id(root, "baseConnectionId")?,
            schema_id: schema.map(|schema| body::text(schema, "id", "data.schema.id")).transpose()?,
            data,
            params,
            data_set_id: data_set_id.trim().to_owned(),
            connection_spec,
        })
    }

    /// The error for a dataset that does not exist in this sandbox.
    pub fn unknown_dataset(&self) -> Invalid {
        Invalid::value("params.dataSetId", "no dataset has this id: create one first")
    }

    /// The dataset's schema is the one that was named; a draft may have no dataset yet.
    fn check_schema(&self, dataset: Option<&Dataset>) -> Result<(), Invalid> {
        match (&self.schema_id, dataset) {
            (Some(id), Some(dataset)) if *id != dataset.schema_ref.id => {
                let cure = format!("the dataset has schema `{}`: give that one", dataset.schema_ref.id);
                Err(Invalid::value("data.schema.id", &cure))
            }
            _ => Ok(()),
        }
    }
}

impl TargetConnection {
    /// A new target connection into `dataset`; only a draft may have none.
    pub fn new(
        input: &NewTargetConnection,
        mode: Mode,
        dataset: Option<&Dataset>,
        scope: &Scope,
        actor: &Actor,
        now_ms: EpochMs,
    ) -> Result<Self, Invalid> {
        input.check_schema(dataset)?;
        let etag = Etag::generate();
        let base = input
            .base_connection_id
            .map(|id| json!({"baseConnection": {"id": id, "connectionSpec": input.connection_spec}}));
        Ok(Self {
            id: Id::generate(),
            audit: Audit::created(scope, actor, now_ms),
            name: input.name.clone(),
            description: input.description.clone(),
            base_connection_id: input.base_connection_id,
            state: mode.state(),
            data: input.data.clone(),
            connection_spec: input.connection_spec.clone(),
            params: input.params.clone(),
            inherited_attributes: base.unwrap_or_else(|| json!({})),
            version: etag.clone(),
            etag,
        })
    }

    /// The dataset that receives the rows.
    pub fn data_set_id(&self) -> &str {
        self.params.get("dataSetId").and_then(Value::as_str).unwrap_or_default().trim()
    }

    /// Id of the schema, where the client named it; otherwise the one of the dataset counts.
    pub fn schema_id(&self) -> Option<&str> {
        self.data.get("schema")?.get("id")?.as_str()
    }

    /// The request that `operations` would turn this into: look up its dataset, then call [`Self::patched`].
    pub fn patch(&self, operations: &[Operation]) -> Result<NewTargetConnection, Invalid> {
        NewTargetConnection::parse(&patch::apply(&self.document(), operations, PATCHABLE)?, self.state.mode())
    }

    /// The request that would make this target connection complete: look up its dataset, then call
    /// [`Self::published`]. Code: `FLOW-1422-400` no draft.
    pub fn publish(&self) -> Result<NewTargetConnection, Invalid> {
        self.state.check_publishable()?;
        NewTargetConnection::parse(&self.document(), Mode::Complete)
    }

    /// The enabled target connection, from what [`Self::publish`] gave.
    pub fn published(
        &self,
        input: NewTargetConnection,
        dataset: &Dataset,
        actor: &Actor,
        now_ms: EpochMs,
    ) -> Result<Self, Invalid> {
        let published = Self { state: State::Enabled, ..self.clone() };
        published.patched(input, Some(dataset), actor, now_ms)
    }

    /// The request that would make this target connection.
    fn document(&self) -> Value {
        json!({
            "name": self.name, "description": self.description, "baseConnectionId": self.base_connection_id,
            "data": self.data, "params": self.params, "connectionSpec": self.connection_spec,
        })
    }

    /// The changed target connection, from what [`Self::patch`] gave.
    pub fn patched(
        &self,
        input: NewTargetConnection,
        dataset: Option<&Dataset>,
        actor: &Actor,
        now_ms: EpochMs,
    ) -> Result<Self, Invalid> {
        input.check_schema(dataset)?;
        let mut changed = Self {
            name: input.name,
            description: input.description,
            data: input.data,
            params: input.params,
            ..self.clone()
        };
        changed.audit.touch(actor, now_ms);
        changed.etag = Etag::generate();
        changed.version = changed.etag.clone();
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::NewDataset;

    const SCHEMA: &str = "https://ns.adobe.com/acme/schemas/abc";

    fn scope() -> (Scope, Actor) {
        let scope = Scope { org: "O@AdobeOrg".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
        (scope, Actor { user: "u".into(), client: "c".into() })
    }

    fn dataset() -> Dataset {
        let (scope, actor) = scope();
        let body = json!({"name": "People", "schemaRef": {"id": SCHEMA}});
        Dataset::new(&NewDataset::parse(&body).unwrap(), &scope, &actor, 1)
    }

    fn tutorial(dataset: &Dataset) -> Value {
        json!({
            "name": "lake", "description": "d",
            "data": {"schema": {"id": SCHEMA, "version": "application/vnd.adobe.xed-full+json;version=1"}},
            "params": {"dataSetId": dataset.id},
            "connectionSpec": {"id": specs::DATA_LAKE, "version": "1.0"}
        })
    }

    fn make(body: &Value, dataset: &Dataset) -> Result<TargetConnection, Invalid> {
        let (scope, actor) = scope();
        let input = NewTargetConnection::parse(body, Mode::Complete)?;
        TargetConnection::new(&input, Mode::Complete, Some(dataset), &scope, &actor, 5)
    }

    #[test]
    fn the_tutorial_body_round_trips() {
        let dataset = dataset();
        let target = make(&tutorial(&dataset), &dataset).unwrap();
        assert_eq!(target.data_set_id(), dataset.id);
        assert_eq!(target.schema_id(), Some(SCHEMA));
        let shown = serde_json::to_value(&target).unwrap();
        assert_eq!(serde_json::from_value::<TargetConnection>(shown).unwrap(), target);
    }

    #[test]
    fn each_mistake_has_its_code() {
        let dataset = dataset();
        for (path, value, code) in [
            ("/connectionSpec/id", json!(specs::AMAZON_S3), "CONNECTOR-1307-400"),
            ("/params", json!(null), "CONNECTOR-1325-400"),
            ("/params/dataSetId", json!(" "), "CONNECTOR-1325-400"),
            ("/params/dataSetId", json!([1]), "CONNECTOR-1312-400"),
            ("/params", json!("x"), "CONNECTOR-1312-400"),
            ("/data", json!(null), "CONNECTOR-1304-400"),
            ("/data/schema/id", json!("other"), "CONNECTOR-1312-400"),
            ("/data/schema", json!(3), "CONNECTOR-1312-400"),
            ("/name", json!(" "), "CONNECTOR-1304-400"),
        ] {
            let mut body = tutorial(&dataset);
            *body.pointer_mut(path).unwrap() = value;
            assert_eq!(make(&body, &dataset).unwrap_err().code, code, "{path}");
        }
    }

    #[test]
    fn a_patch_is_checked_like_a_new_one() {
        let (dataset, (_, actor)) = (dataset(), scope());
        let target = make(&tutorial(&dataset), &dataset).unwrap();
        let operations = patch::parse(&json!({"op": "replace", "path": "/name", "value": "n"})).unwrap();
        let changed = target.patched(target.patch(&operations).unwrap(), Some(&dataset), &actor, 9).unwrap();
        assert_eq!((changed.name.as_str(), changed.audit.updated_at), ("n", 9));
        let operations = patch::parse(&json!({"op": "remove", "path": "/params/dataSetId"})).unwrap();
        assert_eq!(target.patch(&operations).unwrap_err().code, "CONNECTOR-1325-400");
    }
}
