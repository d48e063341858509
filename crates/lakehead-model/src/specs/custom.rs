//! Specs that an organisation makes for itself: `POST` and `PUT` of `/connectionSpecs` and `/flowSpecs`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::body::{self, Object};
use crate::invalid::excerpt;
use crate::time::EpochMs;
use crate::{Etag, Invalid};

/// Largest spec, as JSON text.
const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting.
const MAX_DEPTH: usize = 64;
/// Names under which clients send the transformations of a flow spec.
const TRANSFORMATIONS: [&str; 3] = ["transformationSpecs", "transformationSpec", "transformationSpecDTOS"];

/// Which kind of spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SpecKind {
    /// Of a store.
    Connection,
    /// Of flows.
    Flow,
}

/// A spec of an organisation's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomSpec {
    /// UUID.
    pub id: String,
    /// Which kind.
    pub kind: SpecKind,
    /// Unique among what the organisation sees.
    pub name: String,
    /// When it was made.
    pub created_at: EpochMs,
    /// Version for locking.
    pub etag: Etag,
    /// What the API shows.
    pub shown: Value,
}

impl SpecKind {
    /// Lists that a spec of this kind may have.
    const fn lists(self) -> &'static [&'static str] {
        match self {
            Self::Connection => &["authSpec", "encryptionSpecs", "entitlementInfo"],
            Self::Flow => {
                &["sourceConnectionSpecIds", "targetConnectionSpecIds", "transformationSpecs", "entitlementInfo"]
            }
        }
    }

    /// Objects that a spec of this kind may have.
    const fn objects(self) -> &'static [&'static str] {
        match self {
            Self::Connection => {
                &["settings", "attributes", "sourceSpec", "targetSpec", "exploreSpec", "permissionsInfo", "policy"]
            }
            Self::Flow => &["attributes", "optionSpec", "scheduleSpec", "runSpec", "permissionsInfo", "policy"],
        }
    }
}

impl CustomSpec {
    /// Reads a request body. Codes: 1304 `name` or `providerId` is missing, 1312 a member of another shape.
    pub fn parse(body: &Value, kind: SpecKind, id: &str, now_ms: EpochMs) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        body::check_depth(body, "the spec", MAX_DEPTH)?;
        if body.to_string().len() > MAX_BYTES {
            return Err(Invalid::value("the spec", &format!("at most {MAX_BYTES} bytes are allowed")));
        }
        let (name, provider) = (body::name(root)?, body::text(root, "providerId", "providerId")?);
        let mut shown = Map::new();
        shown.insert("id".to_owned(), json!(id));
        shown.insert("name".to_owned(), json!(name));
        shown.insert("providerId".to_owned(), json!(provider));
        shown.insert("version".to_owned(), json!(body::version(root.get("version"), "version")?));
        if let Some(text) = body::opt_text(root, "type", "type")? {
            shown.insert("type".to_owned(), json!(text));
        }
        for (field, value) in members(root, kind)? {
            shown.insert(field.to_owned(), value);
        }
        if kind == SpecKind::Connection {
            shown.entry("authSpec").or_insert_with(|| json!([]));
            let attributes = shown.entry("attributes").or_insert_with(|| json!({}));
            // Whatever it says of itself: there is no connector for it.
            attributes["availability"] = "notYetAvailable".into();
        }
        let etag = Etag::generate();
        Ok(Self { id: id.to_owned(), kind, name, created_at: now_ms, etag, shown: Value::Object(shown) })
    }
}

fn members(root: &Object, kind: SpecKind) -> Result<Vec<(&'static str, Value)>, Invalid> {
    let mut found = Vec::new();
    for field in kind.lists() {
        let names: &[&str] =
            if *field == "transformationSpecs" { &TRANSFORMATIONS } else { std::slice::from_ref(field) };
        if let Some(value) = names.iter().find_map(|name| body::member(root, name)) {
            if !value.is_array() {
                return Err(Invalid::value(field, "a list is expected"));
            }
            found.push((*field, value.clone()));
        }
    }
    for field in kind.objects() {
        if let Some(object) = body::opt_object(root, field, field)? {
            found.push((*field, Value::Object(object.clone())));
        }
    }
    let known = |name: &str| {
        ["name", "providerId", "version", "type", "id", "etag"].contains(&name)
            || kind.lists().contains(&name)
            || kind.objects().contains(&name)
            || kind == SpecKind::Flow && TRANSFORMATIONS.contains(&name)
    };
    match root.keys().find(|name| !known(name)) {
        Some(odd) => Err(Invalid::value(&excerpt(odd), "a spec has no such member: remove it")),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_is_read_and_cannot_claim_a_connector() {
        let body =
            json!({"name": "mine", "providerId": "p", "version": 1, "attributes": {"availability": "available"}});
        let spec = CustomSpec::parse(&body, SpecKind::Connection, "id", 1).unwrap();
        assert_eq!(spec.shown["attributes"]["availability"], "notYetAvailable");
        assert_eq!((&spec.shown["version"], &spec.shown["authSpec"]), (&json!("1.0"), &json!([])));
        let body = json!({"name": "mine", "providerId": "p", "transformationSpec": [{"name": "Mapping"}]});
        let spec = CustomSpec::parse(&body, SpecKind::Flow, "id", 1).unwrap();
        assert_eq!(spec.shown["transformationSpecs"][0]["name"], "Mapping");
        for (code, body) in [
            ("FLOW-1405-400", json!({})),
            ("CONNECTOR-1304-400", json!({"name": "x"})),
            ("CONNECTOR-1312-400", json!({"name": "x", "providerId": "p", "attributes": 1})),
            ("CONNECTOR-1312-400", json!({"name": "x", "providerId": "p", "runSpec": []})),
            ("CONNECTOR-1312-400", json!({"name": "x", "providerId": "p", "color": "red"})),
        ] {
            assert_eq!(CustomSpec::parse(&body, SpecKind::Flow, "id", 1).unwrap_err().code, code, "{body}");
        }
    }
}
