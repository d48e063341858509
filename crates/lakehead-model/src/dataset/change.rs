//! Changes of a dataset: what a client may set, by replacing, merging or patching.

use serde_json::{Value, json};

use super::{Dataset, NewDataset, in_catalog};
use crate::body::{self, Object};
use crate::{Invalid, patch};

/// Paths that a JSON Patch may change.
const PATCHABLE: &[&str] = &["/name", "/description", "/tags/**", "/enableErrorDiagnostics", "/extensions/**"];
/// Most values of a change.
const MAX_VALUES: usize = 10_000;
/// Tags that begin so are ours.
const RESERVED_TAGS: &str = "adobe";

impl Dataset {
    /// This dataset with the body of a `PUT` in place of what clients may set. Members that the server keeps are read
    /// over: clients send back what they were shown.
    pub fn replaced(&self, body: &Value) -> Result<Self, Invalid> {
        self.with(body).map_err(in_catalog)
    }

    /// This dataset with the members of `change` merged into it (RFC 7396).
    pub fn merged(&self, change: &Value) -> Result<Self, Invalid> {
        let changes = body::root(change).map_err(in_catalog)?;
        body::check_extent(change, "body", MAX_VALUES).map_err(in_catalog)?;
        let mut body = self.editable();
        for (name, value) in changes {
            merge(&mut body[name.as_str()], value);
        }
        self.with(&body).map_err(in_catalog)
    }

    /// This dataset with the operations of a JSON Patch applied.
    pub fn patched(&self, operations: &Value) -> Result<Self, Invalid> {
        let operations = patch::parse(operations).map_err(in_catalog)?;
        let body = patch::apply(&self.editable(), &operations, PATCHABLE).map_err(in_catalog)?;
        self.with(&body).map_err(in_catalog)
    }

    fn editable(&self) -> Value {
        let mut body = json!({ "schemaRef": self.schema_ref, "name": self.name, "tags": self.tags,
            "enableErrorDiagnostics": self.enable_error_diagnostics, "extensions": self.extensions });
        if let Some(description) = &self.description {
            body["description"] = json!(description);
        }
        body
    }

    fn with(&self, body: &Value) -> Result<Self, Invalid> {
        let input = NewDataset::read(body)?;
        if input.schema_ref.id != self.schema_ref.id {
            let cure = "a dataset keeps its schema; make another dataset for another one";
            return Err(Invalid::value("schemaRef.id", cure));
        }
        let ours = self.tags.iter().filter(|(key, _)| key.starts_with(RESERVED_TAGS));
        let mut tags: Object = ours.map(|(key, value)| (key.clone(), value.clone())).collect();
        tags.extend(input.tags);
        Ok(Self {
            name: input.name,
            description: input.description,
            tags,
            enable_error_diagnostics: input.enable_error_diagnostics,
            extensions: extensions(body::root(body)?)?,
            schema_ref: input.schema_ref,
            ..self.clone()
        })
    }
}

/// The part of `extensions` that clients set; what is measured is ours.
fn extensions(root: &Object) -> Result<Object, Invalid> {
    let mut kept = Object::new();
    let Some(given) = body::opt_object(root, "extensions", "extensions")? else { return Ok(kept) };
    body::check_size(given, "extensions")?;
    if let Some(house) = body::opt_object(given, "adobe_lakeHouse", "extensions.adobe_lakeHouse")?
        && let Some(expiration) = body::member(house, "rowExpiration")
    {
        kept.insert("adobe_lakeHouse".to_owned(), json!({ "rowExpiration": expiration }));
    }
    Ok(kept)
}

/// RFC 7396: objects are merged, `null` removes, anything else replaces.
fn merge(target: &mut Value, change: &Value) {
    let Value::Object(changes) = change else {
        *target = change.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in changes {
        if value.is_null() {
            if let Some(members) = target.as_object_mut() {
                members.shift_remove(name);
            }
        } else {
            merge(&mut target[name.as_str()], value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, Scope};

    fn dataset() -> Dataset {
        let body = json!({"name": "People", "description": "old", "schemaRef": {"id": "s"}, "tags": {"a": ["1"]}});
        let scope = Scope { org: "o".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
        Dataset::new(&NewDataset::parse(&body).unwrap(), &scope, &Actor { user: "u".into(), client: "c".into() }, 7)
    }

    #[test]
    fn a_merge_changes_what_it_names_and_null_removes() {
        let change = json!({"description": null, "tags": {"b": ["2"], "unifiedProfile": ["enabled:true"]},
            "extensions": {"adobe_lakeHouse": {"rowExpiration": {"ttlValue": "P3Y"}, "metrics": {"rowCount": 9}}}});
        let changed = dataset().merged(&change).unwrap();
        assert_eq!((changed.name.as_str(), changed.description), ("People", None));
        assert_eq!((&changed.tags["a"], &changed.tags["b"]), (&json!(["1"]), &json!(["2"])));
        assert_eq!(changed.tags["adobe/pqs/table"], json!(["people"]), "ours stay");
        assert_eq!(json!(changed.extensions), json!({"adobe_lakeHouse": {"rowExpiration": {"ttlValue": "P3Y"}}}));
        let removed = dataset().merged(&json!({"tags": {"a": null, "adobe/pqs/table": ["x"]}})).unwrap();
        assert!(!removed.tags.contains_key("a"));
        assert_eq!(removed.tags["adobe/pqs/table"], json!(["people"]));
    }

    #[test]
    fn a_patch_adds_a_tag() {
        let operations = json!([{"op": "add", "path": "/tags/unifiedProfile", "value": ["enabled:true"]}]);
        assert_eq!(dataset().patched(&operations).unwrap().tags["unifiedProfile"], json!(["enabled:true"]));
    }

    #[test]
    fn what_was_shown_may_be_sent_back_and_what_is_fixed_stays() {
        let before = dataset();
        let mut shown = before.to_wire();
        shown["name"] = json!("Humans");
        shown["created"] = json!(99);
        let after = before.replaced(&shown).unwrap();
        assert_eq!((after.name.as_str(), after.created, after.tags), ("Humans", 7, before.tags.clone()));
        for change in [
            json!({"schemaRef": {"id": "other"}}),
            json!({"name": ""}),
            json!({"name": null}),
            json!({"tags": {"x": 5}}),
            json!([]),
            json!({}),
        ] {
            assert_eq!(before.merged(&change).unwrap_err().code, "CATALOG-1001-400", "{change}");
        }
        for operations in [json!([{"op": "replace", "path": "/created", "value": 1}]), json!([]), json!("x")] {
            assert_eq!(before.patched(&operations).unwrap_err().code, "CATALOG-1001-400", "{operations}");
        }
    }
}
