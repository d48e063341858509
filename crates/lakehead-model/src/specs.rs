//! Connection specs and flow specs: what may be connected to, and what a request must hold for it.
//!
//! The built-in ones are rows of `specs/catalogue.json` and `specs/flow_specs.json`, written out once; every
//! organisation may add its own ([`custom`]). They are shown by the API and used to check what clients send.

mod catalogue;
pub mod custom;
mod flow_catalogue;
mod spelling;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body::{self, Object};
use crate::invalid::{Invalid, excerpt};
use crate::json_schema;
use crate::state::Mode;

pub use spelling::declared_names;

/// Connection spec of Amazon S3 and compatible stores.
pub const AMAZON_S3: &str = "ecadc60c-7455-4d87-84dc-2a0e293d997b";
/// Connection spec of the data lake, the target of every flow.
pub const DATA_LAKE: &str = "c604ff05-7f1a-43c0-8e18-33bf874cb11c";
/// Flow spec that brings files into the data lake.
pub const CLOUD_STORAGE_TO_LAKE: &str = "9753525b-82c7-4dce-8a9b-5ccfce2b9876";
/// Flow spec that brings tables into the data lake.
pub const TABLES_TO_LAKE: &str = "14518937-270c-4525-bdec-c2ba7cce3860";

/// `attributes.availability` of a spec that this server can work with.
pub const AVAILABLE: &str = "available";
/// `attributes.availability` of a spec that is listed only: nothing can be made with it.
pub const NOT_YET_AVAILABLE: &str = "notYetAvailable";

/// Largest member of a flow or run that is checked against a spec, in bytes of JSON: the schema may be a client's own, with
/// regular expressions whose time grows with the text.
const MAX_CHECKED: usize = 1024;

struct BuiltIn {
    connection: Vec<Value>,
    flow: Vec<Value>,
}

static BUILT_IN: LazyLock<BuiltIn> = LazyLock::new(|| {
    let connection = catalogue::connection_specs();
    let flow = flow_catalogue::flow_specs(&connection);
    BuiltIn { connection: connection.into_iter().map(|spec| spec.document).collect(), flow }
});

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

/// The built-in connection specs, as the API lists them.
pub fn connection_specs() -> &'static [Value] {
    &BUILT_IN.connection
}

/// The built-in flow specs, as the API lists them.
pub fn flow_specs() -> &'static [Value] {
    &BUILT_IN.flow
}

/// The built-in connection spec a client names, or `FLOW-1413-400`.
pub fn connection_spec(reference: &SpecRef) -> Result<&'static Value, Invalid> {
    find(connection_specs(), &[], reference, "connectionSpec")
}

/// The name for people of the connector behind a connection spec, such as `Amazon S3`.
pub fn connector_name(id: &str) -> Option<&'static str> {
    connection_specs().iter().find(|spec| spec["id"] == id)?["attributes"]["connectorName"].as_str()
}

/// The flow spec a client names, built in or among the client's `own`, or `FLOW-1413-400`.
pub fn flow_spec<'a>(reference: &SpecRef, own: &'a [Value]) -> Result<&'a Value, Invalid> {
    find(flow_specs(), own, reference, "flowSpec")
}

fn find<'a>(
    built_in: &'static [Value],
    own: &'a [Value],
    reference: &SpecRef,
    field: &str,
) -> Result<&'a Value, Invalid> {
    let bad = |what: String| Invalid::new("FLOW-1413-400", format!("{what}: `GET /{field}s` lists the specs"));
    let spec = built_in
        .iter()
        .chain(own)
        .find(|spec| spec["id"] == reference.id.as_str())
        .ok_or_else(|| bad(format!("`{field}.id` `{}` is unknown", excerpt(&reference.id))))?;
    if spec["version"] == reference.version.as_str() {
        Ok(spec)
    } else {
        Err(bad(format!("`{field}.version` `{}` is unknown for this spec", excerpt(&reference.version))))
    }
}

/// Whether this server can work with a spec.
pub fn is_available(spec: &Value) -> bool {
    spec["attributes"]["availability"] == AVAILABLE
}

/// Refuses a connection spec that no connector serves (`CONNECTOR-1305-400`), so that nothing pretends to work.
pub fn require_connector(spec: &Value) -> Result<(), Invalid> {
    if is_available(spec) {
        return Ok(());
    }
    let name = spec["attributes"]["connectorName"].as_str().or(spec["name"].as_str()).unwrap_or_default();
    let message = format!(
        "`connectionSpec.id`: this server has no connector for `{}` yet: {}",
        excerpt(name),
        available_sources()
    );
    Err(Invalid::new("CONNECTOR-1305-400", message))
}

/// Refuses a flow spec none of whose sources has a connector (`CONNECTOR-1305-400`).
pub fn require_source(flow_spec: &Value) -> Result<(), Invalid> {
    let serves = |id: &Value| connection_specs().iter().any(|spec| spec["id"] == *id && is_available(spec));
    if flow_spec["sourceConnectionSpecIds"].as_array().is_some_and(|ids| ids.iter().any(serves)) {
        return Ok(());
    }
    let message = format!(
        "`flowSpec.id`: this server has no connector for any source of `{}` yet: {}",
        excerpt(flow_spec["name"].as_str().unwrap_or_default()),
        available_sources()
    );
    Err(Invalid::new("CONNECTOR-1305-400", message))
}

/// What a user can do instead.
fn available_sources() -> String {
    let sources = connection_specs().iter().filter(|spec| is_available(spec) && spec.get("sourceSpec").is_some());
    let names: Vec<_> = sources
        .filter_map(|spec| spec["attributes"]["connectorName"].as_str())
        .map(|name| format!("`{name}`"))
        .collect();
    format!("use one that is available: {}", names.join(", "))
}

/// Refuses drafts of a spec that does not have them: `FLOW-1452-400`.
pub fn check_draft_mode(spec: &Value, mode: Mode) -> Result<(), Invalid> {
    if mode == Mode::Complete || spec["attributes"]["isDraftModeSupported"] == true {
        return Ok(());
    }
    let name = excerpt(spec["name"].as_str().unwrap_or_default());
    Err(Invalid::new("FLOW-1452-400", format!("`mode` `draft` is not supported by spec `{name}`: leave it out")))
}

/// The JSON Schema of the parameters of one way to authenticate. Codes: `FLOW-1415-400` the connection spec has no such
/// way, 1302 its connector does not go it yet.
pub fn auth_schema<'a>(connection_spec: &'a Value, spec_name: &str) -> Result<&'a Value, Invalid> {
    let ways = connection_spec["authSpec"].as_array().map(Vec::as_slice).unwrap_or_default();
    let works = |way: &&Value| way["availability"] != NOT_YET_AVAILABLE;
    let refuse = |code, why| {
        let names = ways.iter().filter(works).filter_map(|way| way["name"].as_str());
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        let cure = if names.is_empty() { "leave out `auth`".into() } else { format!("choose {}", names.join(" or ")) };
        Err(Invalid::new(code, format!("`auth.specName` `{}` {why}: {cure}", excerpt(spec_name))))
    };
    match ways.iter().find(|way| way["name"] == spec_name) {
        Some(way) if works(&way) => Ok(&way["spec"]),
        Some(_) => refuse("CONNECTOR-1302-400", "is not supported by this server yet"),
        None => refuse("FLOW-1415-400", "does not belong to this connection spec"),
    }
}

/// Checks the parameters of a source connection against the `sourceSpec` of its connection spec.
pub fn check_source_params(connection_spec: &Value, params: &Object, mode: Mode) -> Result<(), Invalid> {
    require_connector(connection_spec)?;
    match connection_spec.get("sourceSpec") {
        Some(source) => json_schema::check(&source["spec"], params, "params", mode),
        None => Err(Invalid::value("connectionSpec.id", "this connection spec is no source: choose one that is")),
    }
}

/// Checks the parameters of a target connection against the `targetSpec` of the data lake.
pub fn check_target_params(params: &Object, mode: Mode) -> Result<(), Invalid> {
    let lake = connection_spec(&SpecRef::built_in(DATA_LAKE))?;
    json_schema::check(&lake["targetSpec"]["spec"], params, "params", mode)
}

/// Checks a member of a flow or run, such as `options`, against `schema` of its flow spec, if there is one.
pub fn check_flow_member(schema: Option<&Value>, member: &Object, path: &str, mode: Mode) -> Result<(), Invalid> {
    let Some(schema) = schema else { return Ok(()) };
    if serde_json::to_string(member).map_or(usize::MAX, |text| text.len()) > MAX_CHECKED {
        return Err(Invalid::value(path, &format!("at most {} KiB are allowed", MAX_CHECKED / 1024)));
    }
    json_schema::check(schema, member, path, mode)
}

/// Checks the `params` of a run on demand against the `runSpec` of its flow spec. Like a draft, they may lack what is
/// required there: a run without a window takes everything new.
pub fn check_run_params(flow_spec: &Value, params: &Object) -> Result<(), Invalid> {
    check_flow_member(flow_spec["runSpec"].get("spec"), params, "params", Mode::Draft)
}
