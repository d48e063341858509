//! The parts of a flow that are kept as sent and read when needed: transformations and options.

use serde_json::Value;

use super::{FlowOptions, MAX_DEPTH, MappingRef};
use crate::body::{self, Object, as_flag, as_number};
use crate::invalid::excerpt;
use crate::state::Mode;
use crate::{Invalid, specs};

pub(super) fn transformations(root: &Object) -> Result<Vec<Value>, Invalid> {
    let unreadable = || {
        let message = "`transformations` cannot be read: give a list of `{\"name\", \"params\"}`";
        Invalid::new("CONNECTOR-1392-400", message)
    };
    let Some(value) = body::member(root, "transformations") else { return Ok(Vec::new()) };
    body::check_extent(value, "transformations", MAX_DEPTH)?;
    value.as_array().cloned().ok_or_else(unreadable)
}

/// Checks every transformation against the flow spec. Codes: 1392 unreadable or unknown, 1328 and 1329 for `Mapping`,
/// 1202, 1203 and 1309 for `Encryption`, 1304 and 1312 for parameters.
pub(super) fn check(transformations: &[Value], flow_spec: &Value, mode: Mode) -> Result<(), Invalid> {
    let mut names = Vec::new();
    for (n, item) in transformations.iter().enumerate() {
        let Some(name) = item.get("name").and_then(Value::as_str) else {
            return Err(unusable(&format!("holds an item without a `name`: use {}", offered(flow_spec))));
        };
        if names.contains(&name) {
            return Err(unusable(&format!("holds `{}` twice: give one", excerpt(name))));
        }
        names.push(name);
        let params = item.get("params").and_then(Value::as_object);
        let Some(spec) = listed(flow_spec).find(|spec| spec["name"] == name) else {
            return Err(not_offered(name, params, flow_spec));
        };
        match name {
            "Mapping" => drop(mapping_ref(item)?),
            "Copy" if flow_spec["id"] == specs::TABLES_TO_LAKE => {}
            _ => return Err(unusable(&format!("holds `{}`, which this server cannot carry out yet", excerpt(name)))),
        }
        let params = params.ok_or_else(|| Invalid::missing(&format!("transformations[{n}].params")))?;
        specs::check_flow_member(spec.get("spec"), params, &format!("transformations[{n}].params"), mode)?;
    }
    Ok(())
}

fn unusable(why: &str) -> Invalid {
    Invalid::new("CONNECTOR-1392-400", format!("`transformations` {why}"))
}

fn listed(flow_spec: &Value) -> impl Iterator<Item = &Value> {
    flow_spec["transformationSpecs"].as_array().into_iter().flatten()
}

fn offered(flow_spec: &Value) -> String {
    let names: Vec<_> = listed(flow_spec).filter_map(|spec| spec["name"].as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { format!("`{}`", names.join("` or `")) }
}

fn not_offered(name: &str, params: Option<&Object>, flow_spec: &Value) -> Invalid {
    if name == "Encryption" && flow_spec["id"] == specs::CLOUD_STORAGE_TO_LAKE {
        return encryption(params);
    }
    let name = excerpt(name);
    unusable(&format!("holds `{name}`, which this flow spec does not have: use {}", offered(flow_spec)))
}

/// Encrypted files are documented for this flow spec, and nothing here can decrypt them: no key is known.
fn encryption(params: Option<&Object>) -> Invalid {
    let Some(params) = params else {
        let message = "`params` of the transformation `Encryption` is missing: give `publicKeyId`";
        return Invalid::new("CONNECTOR-1309-400", message);
    };
    match body::opt_text(params, "publicKeyId", "publicKeyId") {
        Err(error) => error,
        Ok(Some(id)) if !id.trim().is_empty() => Invalid::new(
            "CONNECTOR-1203-400",
            "`publicKeyId` of the transformation `Encryption` is no key of this server, which cannot decrypt files yet: remove the transformation and ingest files that are not encrypted",
        ),
        Ok(_) => Invalid::new(
            "CONNECTOR-1202-400",
            "`publicKeyId` of the transformation `Encryption` is missing: give the id of a key",
        ),
    }
}

/// The mapping set among checked `transformations`. Codes: 1328 no params, 1329 an empty param.
pub(super) fn mapping(transformations: &[Value]) -> Result<Option<MappingRef>, Invalid> {
    let mapping = transformations.iter().find(|item| item.get("name").is_some_and(|name| name == "Mapping"));
    mapping.map(mapping_ref).transpose()
}

pub(super) fn mapping_ref(item: &Value) -> Result<MappingRef, Invalid> {
    let params =
        item.get("params").and_then(Value::as_object).filter(|params| !params.is_empty()).ok_or_else(|| {
            let message = "`params` of the transformation `Mapping` is missing: give `mappingId` and `mappingVersion`";
            Invalid::new("CONNECTOR-1328-400", message)
        })?;
    let id = body::opt_text(params, "mappingId", "mappingId")?.unwrap_or_default();
    if id.trim().is_empty() {
        let message = "`mappingId` of the transformation `Mapping` is empty: give the id of a mapping set";
        return Err(Invalid::new("CONNECTOR-1329-400", message));
    }
    let version = match body::member(params, "mappingVersion") {
        None => 0,
        Some(value) => body::as_integer(value).filter(|version| *version >= 0).ok_or_else(|| {
            let message = "`mappingVersion` is not a version of a mapping set: give a whole number from 0 on";
            Invalid::new("FLOW-1412-400", message)
        })?,
    };
    Ok(MappingRef { id: id.trim().to_owned(), version })
}

pub(super) fn parse_options(options: &Object) -> Result<FlowOptions, Invalid> {
    let percent = match body::member(options, "partialIngestionPercent") {
        None => None,
        Some(value) => {
            Some(as_number(value).filter(|percent| *percent > 0.0 && *percent <= 100.0).ok_or_else(|| {
                Invalid::value("options.partialIngestionPercent", "a number above 0 and at most 100 is expected")
            })?)
        }
    };
    let diagnostics = match body::member(options, "errorDiagnosticsEnabled") {
        None => false,
        Some(value) => as_flag(value)
            .ok_or_else(|| Invalid::value("options.errorDiagnosticsEnabled", "`true` or `false` is expected"))?,
    };
    Ok(FlowOptions { partial_ingestion_percent: percent, error_diagnostics_enabled: diagnostics || percent.is_some() })
}
