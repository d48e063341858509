//! The parts of a flow that are kept as sent and read when needed: transformations and options.

use serde_json::Value;

use super::{FlowOptions, MAX_DEPTH, MappingRef};
use crate::Invalid;
use crate::body::{self, Object, as_flag, as_number};
use crate::invalid::excerpt;

pub(super) fn transformations(root: &Object) -> Result<Vec<Value>, Invalid> {
    let unreadable = || {
        let message = "`transformations` cannot be read: give a list of `{\"name\", \"params\"}`";
        Invalid::new("CONNECTOR-1392-400", message)
    };
    let Some(value) = body::member(root, "transformations") else { return Ok(Vec::new()) };
    body::check_depth(value, "transformations", MAX_DEPTH)?;
    value.as_array().cloned().ok_or_else(unreadable)
}

/// The mapping set among `transformations`. Codes: 1392 unreadable, 1328 no params, 1329 an empty param.
pub(super) fn mapping(transformations: &[Value]) -> Result<Option<MappingRef>, Invalid> {
    let unreadable = |why: String| Invalid::new("CONNECTOR-1392-400", format!("`transformations` {why}"));
    let mut found = None;
    for item in transformations {
        let name = item.get("name").and_then(Value::as_str);
        match name {
            Some("Mapping") if found.is_none() => found = Some(mapping_ref(item)?),
            Some("Mapping") => return Err(unreadable("holds `Mapping` twice: give one".into())),
            Some(other) => {
                let why = format!("holds `{}`, which this flow spec does not have: use `Mapping`", excerpt(other));
                return Err(unreadable(why));
            }
            None => return Err(unreadable("holds an item without a `name`: use `Mapping`".into())),
        }
    }
    Ok(found)
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
