//! The OpenAPI document, made from the table of routes, and a page that shows it.

pub(super) mod page;
pub(super) mod parameters;

use std::sync::Arc;

use axum::Extension;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use self::parameters::{Kind, Parameter};
use super::routes::{Access, Doc, Operation, Service};

/// Schemas of bodies and answers, by name.
const SCHEMAS: &[&str] = &[
    include_str!("schemas/shared.json"),
    include_str!("schemas/flow_service.json"),
    include_str!("schemas/companions.json"),
    include_str!("schemas/data_prep.json"),
    include_str!("schemas/access_control.json"),
    include_str!("schemas/connectors.json"),
    include_str!("schemas/governance.json"),
];

/// Document and page, rendered once at the start.
pub(super) struct Rendered {
    json: String,
    html: String,
}

/// The routes of the document and its page.
pub(super) fn routes() -> Service {
    Service::new("", "Server")
        .get("/openapi.json", json, Doc::new("getOpenApi", "This document").public())
        .get("/docs", html, Doc::new("getReference", "The reference as a page").public().answers(200, "Text"))
        .get("/docs/style.css", style, Doc::new("getReferenceStyle", "Style of the page").public().answers(200, "Text"))
}

/// Renders the document of `operations` for a server at `public_url`.
pub(super) fn render(operations: &[Operation], public_url: &str) -> Arc<Rendered> {
    let document = document(operations, public_url);
    Arc::new(Rendered { html: page::render(operations, &document), json: document.to_string() })
}

async fn json(Extension(rendered): Extension<Arc<Rendered>>) -> Response {
    typed(rendered.json.clone(), "application/json")
}

async fn html(Extension(rendered): Extension<Arc<Rendered>>) -> Response {
    typed(rendered.html.clone(), "text/html; charset=utf-8")
}

async fn style() -> Response {
    typed(page::STYLE.to_owned(), "text/css; charset=utf-8")
}

fn typed(text: String, media: &'static str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

fn document(operations: &[Operation], public_url: &str) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let path = if operation.path.is_empty() { "/" } else { &operation.path };
        let item = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
        item[operation.method] = describe(operation);
    }
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Lakehead",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "An open, self-hosted Flow Service and the companion services that a dataflow needs.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "servers": [{ "url": public_url }],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "apiKey": { "type": "apiKey", "in": "header", "name": "x-api-key" },
                "organisation": { "type": "apiKey", "in": "header", "name": "x-gw-ims-org-id" },
            },
        },
    })
}

/// Every schema of a body or an answer.
fn schemas() -> Map<String, Value> {
    SCHEMAS
        .iter()
        .flat_map(|text| {
            serde_json::from_str::<Map<String, Value>>(text).expect("built-in schemas are JSON, as a test proves")
        })
        .collect()
}

fn describe(operation: &Operation) -> Value {
    let Doc { id, summary, notes, access, query, headers, body, answer } = &operation.doc;
    let mut parameters: Vec<Value> = path_parameters(&operation.path).collect();
    parameters.extend(query.iter().map(|parameter| parameter.to_json("query")));
    parameters.extend(headers.iter().map(|header| header.to_json("header")));
    if *access != Access::Public {
        let about = "The sandbox; the default one of the organisation where nothing is said.";
        parameters.push(Parameter::new("x-sandbox-name", Kind::Text, about).to_json("header"));
    }
    let (status, schema) = answer;
    let mut shown = json!({
        "operationId": id,
        "tags": [operation.tag],
        "summary": summary,
        "parameters": parameters,
        "responses": { status.to_string(): success(*status, *schema) },
    });
    let mut words: Vec<String> = vec![(*notes).to_owned()];
    if let Access::Needs(permission) = access {
        words.push(format!("Needs the permission `{}`.", permission.as_str()));
    }
    words.retain(|text| !text.is_empty());
    if !words.is_empty() {
        shown["description"] = words.join(" ").into();
    }
    if let Some(body) = body {
        shown["requestBody"] =
            json!({ "required": body.required, "content": { body.media: { "schema": reference(body.schema) } } });
    }
    if *access != Access::Public {
        shown["security"] = json!([{ "token": [], "apiKey": [], "organisation": [] }]);
    }
    let failure = if operation.path.starts_with("/ims/") { "OAuthError" } else { "Problem" };
    shown["responses"]["default"] = json!({
        "description": "The request was not accepted; the body says why.",
        "content": {
            "application/json": { "schema": reference(failure) },
            "application/problem+json": { "schema": reference("Problem") },
        },
    });
    shown
}

fn success(status: u16, schema: Option<&str>) -> Value {
    let description = match status {
        201 => "Made",
        202 => "Accepted",
        204 => "Done; there is no body",
        _ => "Done",
    };
    match schema {
        None => json!({ "description": description }),
        Some("Text") => json!({ "description": description, "content": { "*/*": { "schema": { "type": "string" } } } }),
        Some(schema) => json!({
            "description": description,
            "content": { "application/json": { "schema": reference(schema) } },
        }),
    }
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn path_parameters(path: &str) -> impl Iterator<Item = Value> {
    path.split('/')
        .filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::api;

    #[test]
    fn every_schema_that_is_named_exists_and_every_operation_id_is_unique() {
        let (_, operations) = api::services();
        let document = document(&operations, "http://127.0.0.1");
        let known = schemas();
        let mut named = BTreeSet::new();
        collect_references(&document, &mut named);
        for name in named {
            assert!(known.contains_key(&name), "no schema `{name}`");
        }
        let ids: BTreeSet<&str> = operations.iter().map(|operation| operation.doc.id).collect();
        assert_eq!(ids.len(), operations.len(), "an operation id is used twice");
    }

    fn collect_references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(text)) = members.get("$ref") {
                    found.extend(text.strip_prefix("#/components/schemas/").map(str::to_owned));
                }
                members.values().for_each(|value| collect_references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| collect_references(value, found)),
            _ => {}
        }
    }

    /// A route that is added past the table would be without permission and description.
    #[test]
    fn no_route_is_added_past_the_table() {
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        // In two parts, so that this line does not find itself.
        let forbidden = [concat!(".rou", "te(\""), concat!(".ne", "st(")];
        // The files of the user interface are no API.
        let apart = |path: &std::path::Path| path.ends_with("api/routes.rs") || path.ends_with("ui/mod.rs");
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") && !apart(&path) {
                    let text = std::fs::read_to_string(&path).unwrap();
                    for word in forbidden {
                        assert!(!text.contains(word), "{} has `{word}`; use `Service`", path.display());
                    }
                }
            }
        }
    }
}
