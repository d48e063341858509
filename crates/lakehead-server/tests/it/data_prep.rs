//! Data Prep: mapping sets from their first version to their end, tried before use, and what helps to make them.

mod checks;
mod samples;
mod sets;

use serde_json::{Value, json};

/// A mapping as the newer dialect writes it.
fn rule(kind: &str, source: &str, destination: &str) -> Value {
    json!({"sourceType": kind, "source": source, "destination": destination})
}

/// The body of a mapping set for a schema.
fn set(schema: &str, mappings: &[Value]) -> Value {
    let reference = json!({"id": schema, "contentType": "application/vnd.adobe.xed-full+json;version=1"});
    json!({"outputSchema": {"schemaRef": reference}, "mappings": mappings})
}
