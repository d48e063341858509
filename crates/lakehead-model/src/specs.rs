//! The catalogue of connection specs and flow specs, kept as the JSON documents the API shows.

mod catalogue;
pub mod custom;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body::{self, Object};
use crate::invalid::{Invalid, excerpt};
use crate::json_schema;
use crate::state::Mode;

/// Connection spec of Amazon S3 and compatible stores.
pub const AMAZON_S3: &str = "ecadc60c-7455-4d87-84dc-2a0e293d997b";
/// Connection spec of the data lake, the target of every flow.
pub const DATA_LAKE: &str = "c604ff05-7f1a-43c0-8e18-33bf874cb11c";
/// Flow spec that brings files into the data lake.
pub const CLOUD_STORAGE_TO_LAKE: &str = "9753525b-82c7-4dce-8a9b-5ccfce2b9876";

static CONNECTION_SPECS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let s3 = document(include_str!("specs/amazon_s3.json"));
    let others = catalogue::connection_specs(&document(include_str!("specs/catalogue.json")), &s3);
    [s3, document(include_str!("specs/data_lake.json"))].into_iter().chain(others).collect()
});

static FLOW_SPECS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let files = document(include_str!("specs/cloud_storage_to_aep.json"));
    let table = document(include_str!("specs/flow_catalogue.json"));
    let others = catalogue::flow_specs(&table, &document(include_str!("specs/catalogue.json")), &files);
    std::iter::once(files).chain(others).collect()
});

fn document(text: &str) -> Value {
    serde_json::from_str(text).expect("a built-in spec is JSON, as the tests prove")
}

/// A reference to a connection spec or flow spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecRef {
    /// UUID of the spec, lower case.
    pub id: String,
    /// Version of the spec, such as `1.0`.
    pub version: String,
}

impl SpecRef {
    /// A reference to version 1.0 of a built-in spec.
    pub fn built_in(id: &str) -> Self {
        Self { id: id.to_owned(), version: "1.0".to_owned() }
    }

    /// Reads `{"id", "version"?}` from the member `field`. The spec may still be unknown.
    pub fn parse(parent: &Object, field: &str) -> Result<Self, Invalid> {
        let reference = body::object(parent, field, field)?;
        Ok(Self {
            id: body::text(reference, "id", &format!("{field}.id"))?.trim().to_ascii_lowercase(),
            version: body::version(reference.get("version"), &format!("{field}.version"))?,
        })
    }
}

/// All connection specs, as the API lists them.
pub fn connection_specs() -> &'static [Value] {
    &CONNECTION_SPECS
}

/// All flow specs, as the API lists them.
pub fn flow_specs() -> &'static [Value] {
    &FLOW_SPECS
}

/// The connection spec a client names, or `FLOW-1413-400`.
pub fn connection_spec(reference: &SpecRef) -> Result<&'static Value, Invalid> {
    find(&CONNECTION_SPECS, reference, "connectionSpec", "connectionSpecs")
}

/// The name for people of the connector behind a connection spec, such as `Amazon S3`.
pub fn connector_name(id: &str) -> Option<&'static str> {
    CONNECTION_SPECS.iter().find(|spec| spec["id"] == id)?["attributes"]["connectorName"].as_str()
}

/// The flow spec a client names, or `FLOW-1413-400`.
pub fn flow_spec(reference: &SpecRef) -> Result<&'static Value, Invalid> {
    find(&FLOW_SPECS, reference, "flowSpec", "flowSpecs")
}

fn find(
    specs: &'static [Value],
    reference: &SpecRef,
    field: &str,
    collection: &str,
) -> Result<&'static Value, Invalid> {
    let bad = |what: String| Invalid::new("FLOW-1413-400", format!("{what}: `GET /{collection}` lists the specs"));
    let spec = specs
        .iter()
        .find(|spec| spec["id"] == reference.id.as_str())
        .ok_or_else(|| bad(format!("`{field}.id` `{}` is unknown", excerpt(&reference.id))))?;
    if spec["version"] == reference.version.as_str() {
        Ok(spec)
    } else {
        Err(bad(format!("`{field}.version` `{}` is unknown for this spec", excerpt(&reference.version))))
    }
}

/// Refuses a spec whose connector does not exist here: `CONNECTOR-1305-400`.
pub fn require_connector(spec: &Value) -> Result<(), Invalid> {
    if spec["attributes"]["availability"] == "available" {
        return Ok(());
    }
    let name = spec["attributes"]["connectorName"].as_str().or(spec["name"].as_str()).unwrap_or_default();
    let message =
        format!("there is no connector for `{name}` yet: `GET /connectionSpecs` shows which specs are available");
    Err(Invalid::new("CONNECTOR-1305-400", message))
}

/// Refuses drafts of a spec that does not have them: `FLOW-1452-400`.
pub fn check_draft_mode(spec: &Value, mode: Mode) -> Result<(), Invalid> {
    if mode == Mode::Complete || spec["attributes"]["isDraftModeSupported"] == true {
        return Ok(());
    }
    let name = spec["name"].as_str().unwrap_or_default();
    Err(Invalid::new("FLOW-1452-400", format!("`mode` `draft` is not supported by spec `{name}`: leave it out")))
}

/// The JSON Schema of the parameters of one way to authenticate, or `FLOW-1415-400`.
pub fn auth_schema<'a>(connection_spec: &'a Value, spec_name: &str) -> Result<&'a Value, Invalid> {
    let specs = connection_spec["authSpec"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(spec) = specs.iter().find(|spec| spec["name"] == spec_name) {
        return Ok(&spec["spec"]);
    }
    let names: Vec<_> = specs.iter().filter_map(|spec| spec["name"].as_str()).map(|name| format!("`{name}`")).collect();
    let cure = if names.is_empty() { "leave out `auth`".into() } else { format!("choose {}", names.join(" or ")) };
    let message = format!("`auth.specName` `{}` does not belong to this connection spec: {cure}", excerpt(spec_name));
    Err(Invalid::new("FLOW-1415-400", message))
}

/// Checks the parameters of a source connection against the `sourceSpec` of its connection spec.
pub fn check_source_params(connection_spec: &Value, params: &Object, mode: Mode) -> Result<(), Invalid> {
    match connection_spec.get("sourceSpec") {
        Some(source) => json_schema::check(&source["spec"], params, "params", mode),
        None => Err(Invalid::value("connectionSpec.id", "this connection spec is no source: choose one that is")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_built_in_specs_are_found_by_id() {
        for id in [AMAZON_S3, DATA_LAKE] {
            assert_eq!(connection_spec(&SpecRef::built_in(id)).unwrap()["id"], id);
        }
        let flow = flow_spec(&SpecRef::built_in(CLOUD_STORAGE_TO_LAKE)).unwrap();
        assert_eq!(flow["name"], "CloudStorageToAEP");
        let known = |id: &Value| connection_specs().iter().any(|spec| spec["id"] == *id);
        assert!(flow["sourceConnectionSpecIds"].as_array().unwrap().iter().all(known));
        assert!(flow["targetConnectionSpecIds"].as_array().unwrap().iter().all(known));
    }

    #[test]
    fn unknown_specs_versions_and_ways_to_authenticate_have_their_codes() {
        let parse = |value: Value| SpecRef::parse(value.as_object().unwrap(), "connectionSpec");
        let unknown = parse(json!({"connectionSpec": {"id": "nope"}})).unwrap();
        assert_eq!(connection_spec(&unknown).unwrap_err().code, "FLOW-1413-400");
        let newer = parse(json!({"connectionSpec": {"id": AMAZON_S3, "version": 2}})).unwrap();
        assert_eq!(connection_spec(&newer).unwrap_err().code, "FLOW-1413-400");
        let upper = parse(json!({"connectionSpec": {"id": AMAZON_S3.to_uppercase(), "version": 1}})).unwrap();
        let s3 = connection_spec(&upper).unwrap();
        assert!(auth_schema(s3, "Access Key").is_ok());
        let error = auth_schema(s3, "Password").unwrap_err();
        assert_eq!(error.code, "FLOW-1415-400");
        assert!(error.message.contains("`Access Key`"));
        assert!(parse(json!({})).unwrap_err().message.contains("`connectionSpec`"));
        assert!(parse(json!({"connectionSpec": []})).is_err());
        assert!(parse(json!({"connectionSpec": {"id": {}, "version": []}})).is_err());
    }
}
