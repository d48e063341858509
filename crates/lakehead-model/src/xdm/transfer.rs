//! Export and import: resources that leave one organisation or sandbox for another.
//!
//! In an export the tenant's word is written as [`PLACEHOLDER`] wherever a resource names its tenant: in ids, and in the
//! namespace that custom fields live in. An import writes the new tenant's word there.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::XdmError;
use super::resource_type::alt_id;

/// What stands for the tenant.
pub const PLACEHOLDER: &str = "<XDM_TENANTID_PLACEHOLDER>";
/// Most resources of one import.
pub const MAX_RESOURCES: usize = 200;
/// Members that tell of the place that a resource comes from, and that an import computes anew.
const LOCAL: [&str; 7] = [
    "imsOrg",
    "refs",
    "meta:registryMetadata",
    "meta:containerId",
    "meta:tenantNamespace",
    "meta:sandboxId",
    "meta:sandboxType",
];

/// A raw body as an export has it.
pub fn exported(body: &Value, tenant: &str) -> Value {
    let mut out = renamed(body, false, &Words::new(tenant, PLACEHOLDER));
    if let Value::Object(members) = &mut out {
        members.retain(|name, _| !LOCAL.contains(&name.as_str()));
    }
    out
}

/// A body of an export as the tenant's own.
pub fn imported(body: &Value, tenant: &str) -> Value {
    renamed(body, false, &Words::new(PLACEHOLDER, tenant))
}

/// What is replaced by what.
struct Words {
    uri: [String; 2],
    namespace: [String; 2],
}

impl Words {
    fn new(from: &str, to: &str) -> Self {
        let both = |form: fn(&str) -> String| [form(from), form(to)];
        Self {
            uri: both(|tenant| format!("https://ns.adobe.com/{tenant}/")),
            namespace: both(|tenant| format!("_{tenant}")),
        }
    }

    fn name(&self, name: &str) -> String {
        let [from, to] = &self.namespace;
        if name == from { to.clone() } else { name.to_owned() }
    }

    /// An id in either form, a namespace, or any other text.
    fn text(&self, text: &str) -> String {
        if let Some(rest) = text.strip_prefix(&self.uri[0]) {
            return format!("{}{rest}", self.uri[1]);
        }
        match text.strip_prefix(&self.namespace[0]) {
            Some(rest) if rest.is_empty() || rest.starts_with('.') => format!("{}{rest}", self.namespace[1]),
            _ => text.to_owned(),
        }
    }
}

/// `fields` says that the members of `value` are fields, whose names may be the namespace.
fn renamed(value: &Value, fields: bool, words: &Words) -> Value {
    match value {
        Value::String(text) => words.text(text).into(),
        Value::Array(items) => items.iter().map(|item| renamed(item, false, words)).collect(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                let name = if fields { words.name(name) } else { name.clone() };
                let holds_fields = !fields && name == "properties";
                // Words for people are no ids, whatever they begin with.
                let is_text = !fields && matches!(name.as_str(), "title" | "description");
                let value = if is_text { value.clone() } else { renamed(value, holds_fields, words) };
                (name, value)
            };
            Value::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// The bodies such that what another one refers to comes before it. `references` names what a body refers to, by `$id`
/// or `meta:altId`.
///
/// # Errors
/// When one of them refers to itself, directly or through others.
pub fn in_order(bodies: Vec<Value>, references: impl Fn(&Value) -> Vec<String>) -> Result<Vec<Value>, XdmError> {
    let ids: Vec<String> = bodies.iter().map(|body| alt_id(body["$id"].as_str().unwrap_or_default())).collect();
    let places: HashMap<&str, usize> = ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    let wanted = |body: &Value| -> HashSet<usize> {
        let key = |id: &String| if id.starts_with('_') { id.clone() } else { alt_id(id) };
        references(body).iter().filter_map(|id| places.get(key(id).as_str()).copied()).collect()
    };
    let needs: Vec<HashSet<usize>> = bodies.iter().map(wanted).collect();
    let (mut done, mut order) = (HashSet::new(), Vec::new());
    while order.len() < bodies.len() {
        let ready: Vec<usize> =
            (0..bodies.len()).filter(|place| !done.contains(place) && needs[*place].is_subset(&done)).collect();
        if ready.is_empty() {
            let stuck = (0..bodies.len()).find(|place| !done.contains(place)).unwrap_or_default();
            return Err(XdmError::cycle(bodies[stuck]["$id"].as_str().unwrap_or_default()));
        }
        done.extend(&ready);
        order.extend(ready);
    }
    let mut bodies: Vec<Option<Value>> = bodies.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|place| bodies[place].take()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_tenant_is_taken_out_and_put_in_wherever_it_is_meant() {
        let body = json!({
            "$id": "https://ns.adobe.com/acme/mixins/1", "meta:altId": "_acme.mixins.1", "imsOrg": "o",
            "title": "_acme", "description": "https://ns.adobe.com/acme/ is ours", "meta:registryMetadata": {"eTag": "x"},
            "definitions": { "_acme": { "required": ["_acme"], "properties": {
                "_acme": { "type": "object", "properties": {
                    "title": { "type": "string", "title": "_acme" }, "_acmes": { "type": "string" },
                    "address": { "$ref": "https://ns.adobe.com/acme/datatypes/2" },
                    "other": { "$ref": "_acme.datatypes.2" } } } } } },
            "allOf": [{ "$ref": "#/definitions/_acme" }],
        });
        let export = exported(&body, "acme");
        let text = export.to_string();
        assert_eq!(export["$id"], "https://ns.adobe.com/<XDM_TENANTID_PLACEHOLDER>/mixins/1");
        assert_eq!(export["meta:altId"], "_<XDM_TENANTID_PLACEHOLDER>.mixins.1");
        assert_eq!(text.matches(PLACEHOLDER).count(), 6, "{text}");
        assert!(export.get("imsOrg").is_none() && export.get("meta:registryMetadata").is_none());
        let mut back = imported(&export, "acme");
        back["imsOrg"] = json!("o");
        back["meta:registryMetadata"] = json!({"eTag": "x"});
        assert_eq!(back, body);
        let other = imported(&export, "other");
        let fields = &other["definitions"]["_acme"]["properties"]["_other"]["properties"];
        assert_eq!(fields["address"]["$ref"], "https://ns.adobe.com/other/datatypes/2");
        assert_eq!((&fields["other"]["$ref"], &other["title"]), (&json!("_other.datatypes.2"), &json!("_acme")));
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        let body = |n: u32, refs: &[&str]| json!({ "$id": format!("https://ns.adobe.com/a/mixins/{n}"), "refs": refs });
        let refs = |body: &Value| {
            body["refs"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (one, two) = ("https://ns.adobe.com/a/mixins/1", "_a.mixins.2");
        let bodies = vec![body(3, &[one, two]), body(1, &[two, "https://elsewhere"]), body(2, &[])];
        let ordered = in_order(bodies, refs).unwrap();
        let ids: Vec<&str> = ordered.iter().filter_map(|body| body["$id"].as_str()?.rsplit('/').next()).collect();
        assert_eq!(ids, ["2", "1", "3"]);
        assert!(in_order(vec![body(1, &[two]), body(2, &[one])], refs).is_err());
        assert!(in_order(vec![body(1, &[one])], refs).is_err());
    }
}
