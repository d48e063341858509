//! The parts of a flow that are kept as sent and read when needed: transformations and options.

use serde_json::Value;

use super::{EncryptionRef, FlowOptions, MAX_DEPTH, MappingRef};
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
/// 1202 and 1309 for `Encryption`, 1304 and 1312 for parameters.
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
            return Err(not_offered(name, flow_spec));
        };
        match name {
            "Mapping" => drop(mapping_ref(item)?),
            "Encryption" => drop(encryption_ref(item)?),
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

fn not_offered(name: &str, flow_spec: &Value) -> Invalid {
    let name = excerpt(name);
    unusable(&format!("holds `{name}`, which this flow spec does not have: use {}", offered(flow_spec)))
}

/// The keys of a flow that reads encrypted files, where it does. Codes: 1309 no params, 1202 no id, 1312 an id that is no text.
pub(super) fn encryption(transformations: &[Value]) -> Result<Option<EncryptionRef>, Invalid> {
    let encryption = transformations.iter().find(|item| item.get("name").is_some_and(|name| name == "Encryption"));
    encryption.map(encryption_ref).transpose()
}

fn encryption_ref(item: &Value) -> Result<EncryptionRef, Invalid> {
    let params = item.get("params").and_then(Value::as_object).ok_or_else(|| {
        let message = "`params` of the transformation `Encryption` is missing: give `publicKeyId`";
        Invalid::new("CONNECTOR-1309-400", message)
    })?;
    let id = |field: &str| -> Result<Option<String>, Invalid> {
        let id = body::opt_text(params, field, field)?.map(|id| id.trim().to_owned());
        Ok(id.filter(|id| !id.is_empty()))
    };
    let public_key_id = id("publicKeyId")?.ok_or_else(|| {
        let message = "`publicKeyId` of the transformation `Encryption` is missing: give the id of a key";
        Invalid::new("CONNECTOR-1202-400", message)
    })?;
    Ok(EncryptionRef { public_key_id, sign_verification_key_id: id("signVerificationKeyId")? })
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
