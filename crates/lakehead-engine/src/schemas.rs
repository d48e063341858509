//! Schemas of the registry as the data plane needs them: resolved, as typed trees.

use std::collections::HashMap;

use lakehead_model::Scope;
use lakehead_model::xdm::resource::XdmResource;
use lakehead_model::xdm::{Field, XdmError, resolve, standard, tree};
use lakehead_store::{StoreError, Tx};
use serde_json::Value;

/// Resources that one schema may be composed of.
const MAX_RESOURCES: usize = 500;

/// A schema that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The schema, or something it is composed of, is not as it should be.
    #[error(transparent)]
    Xdm(#[from] XdmError),
}

/// The raw body of a resource by `$id` or `meta:altId`: the caller's own or a standard one.
pub async fn raw(tx: &mut Tx, scope: &Scope, id: &str) -> Result<Option<Value>, SchemaError> {
    if let Some(resource) = standard::by_id(id) {
        return Ok(Some(resource.body.clone()));
    }
    Ok(tx.xdm_resource(scope, id).await?.map(|resource: XdmResource| resource.body))
}

/// The resolved form of a resource, or `None` where it does not exist.
pub async fn resolved(tx: &mut Tx, scope: &Scope, id: &str) -> Result<Option<Value>, SchemaError> {
    let Some(body) = raw(tx, scope, id).await? else { return Ok(None) };
    let parts = closure(tx, scope, &body).await?;
    Ok(Some(resolve::resolve(&body, &|id| parts.get(id).cloned())?))
}

/// The typed tree of a schema, or `None` where it does not exist.
pub async fn fields(tx: &mut Tx, scope: &Scope, id: &str) -> Result<Option<Vec<Field>>, SchemaError> {
    match resolved(tx, scope, id).await? {
        Some(resolved) => Ok(Some(tree::fields(&resolved)?)),
        None => Ok(None),
    }
}

/// `record`, `time-series` or `adhoc`: what kind of rows a resolved schema describes.
pub fn behaviour(resolved: &Value) -> &'static str {
    let extends = |behaviour: &str| {
        resolved["meta:extends"].as_array().is_some_and(|parents| {
            parents.iter().any(|parent| parent.as_str().is_some_and(|parent| parent.ends_with(behaviour)))
        })
    };
    if extends("xdm/data/time-series") {
        "time-series"
    } else if extends("xdm/data/adhoc") {
        "adhoc"
    } else {
        "record"
    }
}

/// Every resource that `body` refers to, directly or not, by the reference's text.
pub async fn closure(tx: &mut Tx, scope: &Scope, body: &Value) -> Result<HashMap<String, Value>, SchemaError> {
    let mut parts = HashMap::new();
    let mut open = references(body);
    while let Some(reference) = open.pop() {
        if parts.contains_key(&reference) || parts.len() >= MAX_RESOURCES {
            continue;
        }
        if let Some(part) = raw(tx, scope, &reference).await? {
            open.extend(references(&part));
            parts.insert(reference, part);
        }
    }
    Ok(parts)
}

/// The texts of all `$ref` members that point outside the document.
pub fn references(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref")
                    && !reference.starts_with('#')
                {
                    // Only the document is loaded; the resolver follows the fragment.
                    found.push(reference.split('#').next().unwrap_or_default().to_owned());
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}
