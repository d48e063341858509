//! The catalogue of specs in its compact form, `catalogue.json` and `flow_catalogue.json`, spread out into the documents
//! that the API shows.
//!
//! A parameter is `s` text, `s!` a secret, `i` a whole number, `b` a flag, or the list of its values.

use serde_json::{Map, Value, json};

use super::DATA_LAKE;

const BATCH_PROVIDER: &str = "0ed90a81-07f4-4586-8190-b40eccef1c5a";
const STREAMING_PROVIDER: &str = "521eee4d-8cbe-4906-bb48-fb6bd4450033";
const DRAFT_07: &str = "http://json-schema.org/draft-07/schema#";

/// The connection specs of the table; `file` is a complete spec of a store of files, whose selection others share.
pub(super) fn connection_specs(table: &Value, file: &Value) -> Vec<Value> {
    table.as_array().into_iter().flatten().map(|row| connection_spec(row, file)).collect()
}

fn connection_spec(row: &Value, file: &Value) -> Value {
    let streams = row["kind"] == "stream";
    let resource = if streams { "StreamingSource" } else { "EnterpriseSource" };
    let mut spec = json!({
        "id": row["id"], "name": row["name"], "version": "1.0",
        "providerId": if streams { STREAMING_PROVIDER } else { BATCH_PROVIDER },
        "authSpec": row["auth"].as_array().into_iter().flatten().map(auth_spec).collect::<Vec<_>>(),
        "sourceSpec": source_spec(row, file),
        "attributes": {
            "category": row["category"], "connectorName": row["label"], "isSource": true, "isDraftModeSupported": true,
            "availability": "notYetAvailable",
            "uiAttributes": { "apiFeatures": { "explorePaginationSupported": false } },
        },
        "permissionsInfo": {
            "view": [{ "@type": "lowLevel", "name": resource, "permissions": ["read"] }],
            "manage": [{ "@type": "lowLevel", "name": resource, "permissions": ["write"] }],
        },
    });
    match row["kind"].as_str() {
        Some("file") => spec["exploreSpec"] = file["exploreSpec"].clone(),
        Some("table") => spec["exploreSpec"] = json!({ "name": "Tabular", "type": "Tabular" }),
        _ => {}
    }
    if row["nameIsPublished"] == false {
        spec["attributes"]["nameIsPublished"] = json!(false);
    }
    if row["filterAtSource"] == true {
        spec["attributes"]["filterAtSource"] = json!({
            "enabled": true, "queryLanguage": "SQL", "logicalOperators": ["and", "or", "not"],
            "comparisonOperators": ["=", "!=", "<", "<=", ">", ">=", "like", "in"],
            "columnNameEscapeChar": "`", "valueEscapeChar": "'",
        });
    }
    spec
}

fn auth_spec(auth: &Value) -> Value {
    json!({ "name": auth["name"], "type": auth["type"], "spec": object_schema(&auth["params"], &auth["required"]) })
}

fn source_spec(row: &Value, file: &Value) -> Value {
    match row["kind"].as_str() {
        Some("file") => {
            let mut source = file["sourceSpec"].clone();
            source["attributes"]["uiAttributes"] = json!({ "isSource": true, "label": { "key": row["name"] } });
            source
        }
        Some("table") => json!({ "name": "Tabular", "type": "Tabular", "spec": {
            "$schema": DRAFT_07, "type": "object", "required": ["tableName", "columns"],
            "properties": {
                "tableName": { "type": "string", "description": "Name of the table, as explore lists it" },
                "columns": { "type": "array", "items": { "type": "object" } },
                "filters": { "type": "object" },
                "cdcEnabled": { "type": "boolean", "default": false },
            },
        }}),
        Some("stream") => json!({ "name": "Streaming", "type": "Streaming",
            "spec": object_schema(&row["params"], &row["requiredParams"]) }),
        _ => json!({ "name": "RestStorage", "type": "RestStorage", "spec": object_schema(&Value::Null, &Value::Null) }),
    }
}

fn object_schema(params: &Value, required: &Value) -> Value {
    let properties: Map<String, Value> =
        params.as_object().into_iter().flatten().map(|(name, short)| (name.clone(), parameter(short))).collect();
    let required = required.as_array().cloned().unwrap_or_default();
    json!({ "$schema": DRAFT_07, "type": "object", "properties": properties, "required": required })
}

fn parameter(short: &Value) -> Value {
    match short.as_str() {
        Some("s!") => json!({ "type": "string", "format": "password" }),
        Some("i") => json!({ "type": "integer", "minimum": 1 }),
        Some("b") => json!({ "type": "boolean" }),
        Some(_) => json!({ "type": "string" }),
        None => json!({ "type": "string", "enum": short }),
    }
}

/// The flow specs of the table; `files` is a complete flow spec, whose schedules and options others share.
pub(super) fn flow_specs(table: &Value, connections: &Value, files: &Value) -> Vec<Value> {
    table.as_array().into_iter().flatten().map(|row| flow_spec(row, connections, files)).collect()
}

fn flow_spec(row: &Value, connections: &Value, files: &Value) -> Value {
    let kinds = row["kinds"].as_array().cloned().unwrap_or_default();
    let of_kind = connections.as_array().into_iter().flatten().filter(|spec| kinds.contains(&spec["kind"]));
    let mut sources: Vec<Value> = of_kind.map(|spec| spec["id"].clone()).collect();
    sources.extend(row["sources"].as_array().cloned().unwrap_or_default());
    let batch = row["batch"] == true;
    let mut spec = files.clone();
    spec["id"] = row["id"].clone();
    spec["name"] = row["name"].clone();
    spec["sourceConnectionSpecIds"] = sources.into();
    spec["targetConnectionSpecIds"] = json!([DATA_LAKE]);
    if let (true, Some(transformations)) = (row["copy"] == true, spec["transformationSpecs"].as_array_mut()) {
        let column = json!({ "type": "object", "required": ["name"], "properties": {
            "name": { "type": "string" }, "dateFormat": { "type": "string" }, "timezone": { "type": "string" } } });
        transformations.push(json!({ "name": "Copy", "spec": { "$schema": DRAFT_07, "type": "object",
            "required": ["deltaColumn"], "properties": { "deltaColumn": column } } }));
    }
    if row["mapping"] == false {
        spec["transformationSpecs"] = json!([]);
    }
    if !batch {
        spec["providerId"] = STREAMING_PROVIDER.into();
        spec["attributes"]["frequency"] = "streaming".into();
        spec["attributes"]["uiAttributes"] = json!({ "apiFeatures": { "flowRunsSupported": false } });
        for batch_only in ["scheduleSpec", "runSpec", "optionSpec"] {
            spec.as_object_mut().map(|spec| spec.shift_remove(batch_only));
        }
    }
    spec
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{connection_specs, flow_specs};

    #[test]
    fn ids_and_names_are_unique_and_flow_specs_name_listed_sources() {
        let all = connection_specs();
        let ids: BTreeSet<_> = all.iter().map(|spec| spec["id"].as_str().unwrap()).collect();
        let names: BTreeSet<_> = all.iter().map(|spec| spec["name"].as_str().unwrap()).collect();
        assert_eq!((ids.len(), names.len()), (all.len(), all.len()));
        for flow in flow_specs() {
            for id in flow["sourceConnectionSpecIds"].as_array().unwrap() {
                assert!(ids.contains(id.as_str().unwrap()), "{}: {id}", flow["name"]);
            }
        }
        let count = |name: &str| {
            let flow = flow_specs().iter().find(|flow| flow["name"] == name).unwrap();
            flow["sourceConnectionSpecIds"].as_array().unwrap().len()
        };
        assert_eq!((count("CloudStorageToAEP"), count("RestStorageToAEP")), (12, 1));
    }

    #[test]
    fn every_spec_has_what_clients_read() {
        for spec in connection_specs() {
            for member in ["id", "name", "providerId", "version", "authSpec", "attributes", "permissionsInfo"] {
                assert!(!spec[member].is_null(), "{}: {member}", spec["name"]);
            }
            for auth in spec["authSpec"].as_array().unwrap() {
                for name in auth["spec"]["required"].as_array().unwrap() {
                    assert!(auth["spec"]["properties"][name.as_str().unwrap()].is_object(), "{auth}");
                }
            }
            assert!(["available", "notYetAvailable"].contains(&spec["attributes"]["availability"].as_str().unwrap()));
        }
    }
}
