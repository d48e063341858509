//! The connection spec of Amazon S3: identifiers and JSON schemas.

use serde_json::{Value, json};

use crate::spec::{AuthSpec, ConnectorSpec};

/// Name of the one way to log in.
pub(super) const ACCESS_KEY: &str = "Access Key";

pub(super) static SPEC: ConnectorSpec = ConnectorSpec {
    id: "ecadc60c-7455-4d87-84dc-2a0e293d997b",
    name: "amazon-s3",
    display: "Amazon S3",
    category: "Cloud Storage",
    auth: &[AuthSpec { name: ACCESS_KEY, kind: "KeyBased", schema: access_key }],
    source_schema,
    explore_spec,
};

fn access_key() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "description": "Access key of a user who may list and read the files",
        "properties": {
            "s3AccessKey": {"type": "string", "description": "Access key id"},
            "s3SecretKey": {"type": "string", "format": "password", "description": "Secret access key"},
            "s3SessionToken": {
                "type": "string", "format": "password", "description": "Session token of temporary keys"
            },
            "serviceUrl": {
                "type": "string",
                "description": "Endpoint, such as https://s3.eu-west-1.amazonaws.com; needed for other S3 services",
            },
            "bucketName": {
                "type": "string",
                "pattern": "^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$",
                "description": "The one bucket to read; needed where the keys may not list buckets",
            },
            "folderPath": {"type": "string", "description": "Folder in the bucket where browsing begins"},
        },
        "required": ["s3AccessKey", "s3SecretKey"],
    })
}

fn source_schema() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "File, folder or pattern with * and ?"},
            "recursive": {"type": "boolean", "description": "Read sub-folders too", "default": false},
            "type": {"enum": ["file", "folder"]},
            "cdcEnabled": {"type": "boolean"},
        },
        "required": ["path"],
    })
}

fn explore_spec() -> Value {
    let entries = json!({
        "type": "array",
        "items": {"type": "object", "properties": {
            "type": {"type": "string"},
            "name": {"type": "string"},
            "path": {"type": "string"},
            "canPreview": {"type": "boolean", "default": false},
            "canFetchSchema": {"type": "boolean", "default": false},
        }},
    });
    json!({
        "name": "FileSystem",
        "type": "FileSystem",
        "requestSpec": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": {"objectType": {"type": "string", "enum": ["file", "folder", "root"]}},
            "allOf": [
                {"if": {"properties": {"objectType": {"enum": ["file"]}}}, "then": {
                    "properties": {
                        "object": {"type": "string"},
                        "fileType": {"type": "string", "enum": ["delimited", "json", "parquet"]},
                        "preview": {"type": "boolean"},
                    },
                    "required": ["object", "fileType"],
                }},
                {"if": {"properties": {"objectType": {"enum": ["folder"]}}}, "then": {
                    "properties": {"object": {"type": "string"}}, "required": ["object"],
                }},
            ],
            "required": ["objectType"],
        },
        "responseSpec": {
            "root": entries,
            "folder": entries,
            "file": {"type": "object", "properties": {
                "format": {"type": "string"},
                "schema": {"type": "object", "properties": {"columns": {"type": "array", "items": {
                    "type": "object", "properties": {"name": {"type": "string"}, "type": {"type": "string"}},
                }}}},
                "data": {"type": "array", "items": {"type": "object"}},
            }},
        },
    })
}
