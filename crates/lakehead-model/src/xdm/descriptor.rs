//! Descriptors: what is said of a field of a schema beside its type. Identities, labels, relationships, display texts.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::id::random_hex;
use crate::invalid::excerpt;
use crate::labels::{MAX_LABELS, canonical};
use crate::{Actor, Etag, Invalid, Scope};

/// Code of every broken rule of a descriptor.
const BAD: &str = "XDM-9200-400";
/// Most bytes of a descriptor as JSON.
const MAX_BYTES: usize = 64 << 10;

/// The kind that gives data usage labels.
const LABEL: &str = "xdm:descriptorLabel";

/// The kinds of descriptor, as `@type` writes them, and the members that each needs.
const TYPES: [(&str, &[&str]); 8] = [
    ("xdm:descriptorIdentity", &["xdm:namespace"]),
    ("xdm:alternateDisplayInfo", &[]),
    ("xdm:descriptorOneToOne", &["xdm:destinationSchema"]),
    ("xdm:descriptorRelationship", &["xdm:destinationSchema"]),
    ("xdm:descriptorReferenceIdentity", &["xdm:identityNamespace"]),
    ("xdm:descriptorDeprecated", &[]),
    ("xdm:descriptorTimeSeriesGranularity", &[]),
    (LABEL, &["xdm:labels"]),
];

/// A stored descriptor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// 48 hexadecimal digits.
    pub id: String,
    /// Lock value of the metastore.
    pub etag: Etag,
    /// `@type`.
    pub kind: String,
    /// `$id` of the schema or field group.
    pub source_schema: String,
    /// What it is about, such as `/person/name`; several for deprecations.
    pub source_properties: Vec<String>,
    /// What the client sent, in its canonical form.
    pub body: Map<String, Value>,
    /// When it was made, epoch milliseconds.
    pub created_at_ms: i64,
    /// When it was last changed, epoch milliseconds.
    pub updated_at_ms: i64,
    /// Who made it.
    pub created_by: Actor,
    /// Who changed it last.
    pub updated_by: Actor,
}

/// A request to make or replace a descriptor; the caller checks that schema, fields and custom labels exist.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDescriptor {
    /// `@type`.
    pub kind: String,
    /// `$id` of the schema or field group.
    pub source_schema: String,
    /// What it is about.
    pub source_properties: Vec<String>,
    /// The members to keep.
    pub body: Map<String, Value>,
}

impl NewDescriptor {
    /// Reads a request body. Every broken rule is `XDM-9200-400`.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        let Value::Object(members) = body else { return Err(bad("the body of a descriptor is an object")) };
        if body.to_string().len() > MAX_BYTES {
            return Err(bad("a descriptor has at most 64 KiB"));
        }
        let kind = text(members, "@type")?;
        let Some((_, needed)) = TYPES.iter().find(|(name, _)| *name == kind) else {
            let known = TYPES.map(|(name, _)| name).join("`, `");
            return Err(bad(&format!("`@type` `{}` is not known: choose `{known}`", excerpt(&kind))));
        };
        let mut members = members.clone();
        members.retain(|name, _| !name.starts_with("meta:") || name == "meta:enum");
        for computed in ["@id", "imsOrg", "version", "createdUser", "createdClient", "created", "updated"] {
            members.shift_remove(computed);
        }
        if let Some(single) = members.shift_remove("xdm:label") {
            members.entry("xdm:labels").or_insert(single);
        }
        for name in *needed {
            if members.get(*name).is_none_or(Value::is_null) {
                return Err(bad(&format!("`{name}` is missing: a `{kind}` needs it")));
            }
        }
        if kind == LABEL {
            members.insert("xdm:labels".to_owned(), json!(labels(&members["xdm:labels"])?));
        }
        if kind == "xdm:descriptorIdentity" {
            identity(&mut members)?;
        }
        let version = members.entry("xdm:sourceVersion").or_insert(json!(1));
        if version.as_f64() != Some(1.0) && version.as_str() != Some("1") {
            return Err(bad("`xdm:sourceVersion` is 1: there is no other version of a schema"));
        }
        *version = json!(1);
        let source_schema = text(&members, "xdm:sourceSchema")?;
        let source_properties = properties(members.get("xdm:sourceProperty"))?;
        Ok(Self { kind, source_schema, source_properties, body: members })
    }

    /// Whether it makes a field the primary identity.
    pub fn is_primary_identity(&self) -> bool {
        is_primary(&self.kind, &self.body)
    }

    /// The data usage labels that it gives.
    pub fn labels(&self) -> Vec<String> {
        given_labels(&self.kind, &self.body)
    }
}

fn given_labels(kind: &str, body: &Map<String, Value>) -> Vec<String> {
    let labels = body.get("xdm:labels").filter(|_| kind == LABEL).and_then(Value::as_array);
    labels.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn is_primary(kind: &str, body: &Map<String, Value>) -> bool {
    kind == "xdm:descriptorIdentity" && body.get("xdm:isPrimary") == Some(&Value::Bool(true))
}

fn bad(message: &str) -> Invalid {
    Invalid::new(BAD, message.to_owned())
}

fn text(members: &Map<String, Value>, name: &str) -> Result<String, Invalid> {
    match members.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() && text.len() <= 1000 => Ok(text.trim().to_owned()),
        _ => Err(bad(&format!("`{name}` is missing or no text"))),
    }
}

fn identity(members: &mut Map<String, Value>) -> Result<(), Invalid> {
    match &members["xdm:namespace"] {
        Value::String(text) if !text.trim().is_empty() && text.len() <= 100 => {}
        Value::Number(_) => {}
        _ => return Err(bad("`xdm:namespace` is the code of a namespace, such as `Email`, or its number")),
    }
    match members.entry("xdm:property").or_insert(json!("xdm:code")).as_str() {
        Some("xdm:code" | "xdm:id") => {}
        _ => return Err(bad("`xdm:property` is `xdm:code` or `xdm:id`")),
    }
    if !members.entry("xdm:isPrimary").or_insert(json!(false)).is_boolean() {
        return Err(bad("`xdm:isPrimary` is `true` or `false`"));
    }
    Ok(())
}

/// Labels are `core/C1` or `custom/NAME`, each once.
fn labels(value: &Value) -> Result<Vec<String>, Invalid> {
    let items = match value {
        Value::String(_) => std::slice::from_ref(value),
        Value::Array(items) if !items.is_empty() && items.len() <= MAX_LABELS => items.as_slice(),
        _ => return Err(bad("`xdm:labels` is a list of labels such as `core/C1` or `custom/X`")),
    };
    let mut labels = Vec::new();
    for item in items {
        let label = item.as_str().unwrap_or_default();
        if canonical(label).as_deref() != Some(label) {
            let message = format!(
                "`xdm:labels` has `{}`: a label is `core/` and a core label, or `custom/` and a name",
                excerpt(label)
            );
            return Err(bad(&message));
        }
        if !labels.iter().any(|seen| seen == label) {
            labels.push(label.to_owned());
        }
    }
    Ok(labels)
}

fn properties(value: Option<&Value>) -> Result<Vec<String>, Invalid> {
    let wrong = || bad("`xdm:sourceProperty` is a path such as `/personalEmail/address`");
    let items = match value {
        Some(text @ Value::String(_)) => std::slice::from_ref(text),
        Some(Value::Array(items)) if !items.is_empty() && items.len() <= MAX_LABELS => items.as_slice(),
        None => return Ok(Vec::new()),
        _ => return Err(wrong()),
    };
    let path = |item: &Value| {
        let text = item.as_str().unwrap_or_default();
        let plain = text.starts_with('/') && (text == "/" || !text.ends_with('/')) && text.len() <= 1000;
        if plain { Ok(text.to_owned()) } else { Err(wrong()) }
    };
    items.iter().map(path).collect()
}

impl Descriptor {
    /// A new descriptor.
    pub fn new(input: NewDescriptor, actor: &Actor, now_ms: i64) -> Self {
        let NewDescriptor { kind, source_schema, source_properties, body } = input;
        Self {
            id: random_hex(24),
            etag: Etag::generate(),
            kind,
            source_schema,
            source_properties,
            body,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            created_by: actor.clone(),
            updated_by: actor.clone(),
        }
    }

    /// The same descriptor with another content.
    #[must_use]
    pub fn replaced(&self, input: NewDescriptor, actor: &Actor, now_ms: i64) -> Self {
        let made = Self::new(input, actor, now_ms);
        Self { id: self.id.clone(), created_at_ms: self.created_at_ms, created_by: self.created_by.clone(), ..made }
    }

    /// Whether it makes a field the primary identity.
    pub fn is_primary_identity(&self) -> bool {
        is_primary(&self.kind, &self.body)
    }

    /// The data usage labels that it gives; none where it is of another kind.
    pub fn labels(&self) -> Vec<String> {
        given_labels(&self.kind, &self.body)
    }

    /// The form of the API.
    pub fn to_wire(&self, scope: &Scope, sandbox_type: &str) -> Value {
        let mut wire = self.body.clone();
        let mut put = |name: &str, value: Value| wire.insert(name.to_owned(), value);
        put("@id", self.id.as_str().into());
        put("imsOrg", scope.org.as_str().into());
        put("version", "1".into());
        put("createdUser", self.created_by.user.as_str().into());
        put("createdClient", self.created_by.client.as_str().into());
        put("updatedUser", self.updated_by.user.as_str().into());
        put("created", self.created_at_ms.into());
        put("updated", self.updated_at_ms.into());
        put("meta:containerId", "tenant".into());
        put("meta:sandboxId", scope.sandbox_id.as_str().into());
        put("meta:sandboxType", sandbox_type.into());
        Value::Object(wire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Value {
        json!({"@type": "xdm:descriptorIdentity", "xdm:sourceSchema": "https://ns.adobe.com/acme/schemas/a",
               "xdm:sourceVersion": 1, "xdm:sourceProperty": "/personalEmail/address", "xdm:namespace": "Email",
               "xdm:isPrimary": true})
    }

    #[test]
    fn identities_and_labels_are_read() {
        let read = NewDescriptor::parse(&identity()).unwrap();
        assert!(read.is_primary_identity() && read.body["xdm:property"] == "xdm:code");
        let mut label = identity();
        label["@type"] = json!("xdm:descriptorLabel");
        label["xdm:label"] = json!(["core/C1", "custom/X", "core/C1"]);
        let read = NewDescriptor::parse(&label).unwrap();
        assert_eq!(read.body["xdm:labels"], json!(["core/C1", "custom/X"]));
        assert!(!read.body.contains_key("xdm:label"));
    }

    #[test]
    fn each_mistake_names_the_member() {
        for (name, value, words) in [
            ("@type", json!("xdm:nope"), "`@type` `xdm:nope`"),
            ("xdm:sourceSchema", json!(7), "`xdm:sourceSchema`"),
            ("xdm:sourceProperty", json!("person"), "`xdm:sourceProperty`"),
            ("xdm:sourceProperty", json!("/person/"), "`xdm:sourceProperty`"),
            ("xdm:sourceVersion", json!(2), "`xdm:sourceVersion`"),
            ("xdm:namespace", json!(null), "`xdm:namespace`"),
            ("xdm:property", json!("x"), "`xdm:property`"),
            ("xdm:isPrimary", json!("yes"), "`xdm:isPrimary`"),
        ] {
            let mut body = identity();
            body[name] = value;
            let error = NewDescriptor::parse(&body).unwrap_err();
            assert!(error.code == BAD && error.message.contains(words), "{error}");
        }
        for label in [json!("core/C99"), json!([]), json!(["C1"]), json!([7])] {
            let mut body = identity();
            body["@type"] = json!("xdm:descriptorLabel");
            body["xdm:labels"] = label;
            assert!(NewDescriptor::parse(&body).unwrap_err().message.contains("xdm:labels"));
        }
    }
}
