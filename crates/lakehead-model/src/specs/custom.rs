//! Specs that an organisation makes for itself: read from a hostile body, limited, checked to be usable.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{NOT_YET_AVAILABLE, connection_specs, flow_specs};
use crate::body::{self, Object};
use crate::invalid::excerpt;
use crate::time::EpochMs;
use crate::{Etag, Invalid, json_schema};

/// Most specs of one kind that an organisation may have.
pub const MAX_SPECS: usize = 500;
/// Most bytes of JSON that all specs of one kind of an organisation may have: they are listed at once.
pub const MAX_TOTAL: usize = 16 * 1024 * 1024;
/// Largest spec, in bytes of JSON.
const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting of a spec.
const MAX_DEPTH: usize = 20;
/// Most JSON values in a spec, and most regular expressions: they bound the time that one check takes.
const MAX_VALUES: usize = 10_000;
const MAX_PATTERNS: usize = 16;

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
    /// The collection that the API lists it in.
    pub const fn collection(self) -> &'static str {
        match self {
            Self::Connection => "connectionSpecs",
            Self::Flow => "flowSpecs",
        }
    }

    /// The built-in specs of this kind.
    pub fn built_in(self) -> &'static [Value] {
        match self {
            Self::Connection => connection_specs(),
            Self::Flow => flow_specs(),
        }
    }

    /// Members that are kept as sent, and what each holds.
    const fn members(self) -> &'static [(&'static str, Shape)] {
        match self {
            Self::Connection => &[
                ("settings", Shape::Object),
                ("authSpec", Shape::Schemas),
                ("encryptionSpecs", Shape::Schemas),
                ("sourceSpec", Shape::Schema("spec")),
                ("targetSpec", Shape::Schema("spec")),
                ("exploreSpec", Shape::Schema("requestSpec")),
                ("attributes", Shape::Object),
                ("permissionsInfo", Shape::Object),
                ("entitlementInfo", Shape::List),
                ("policy", Shape::Object),
            ],
            Self::Flow => &[
                ("sourceConnectionSpecIds", Shape::Ids),
                ("targetConnectionSpecIds", Shape::Ids),
                ("optionSpec", Shape::Schema("spec")),
                (TRANSFORMATIONS[0], Shape::Schemas),
                ("scheduleSpec", Shape::Schema("spec")),
                ("runSpec", Shape::Schema("spec")),
                ("attributes", Shape::Object),
                ("permissionsInfo", Shape::Object),
                ("entitlementInfo", Shape::List),
                ("policy", Shape::Object),
            ],
        }
    }
}

/// Names under which clients send the list of transformations; answers use the first.
const TRANSFORMATIONS: [&str; 3] = ["transformationSpecs", "transformationSpec", "transformationSpecDTOS"];

/// What a member of a spec holds.
#[derive(Clone, Copy)]
enum Shape {
    Object,
    List,
    /// A list of ids of connection specs.
    Ids,
    /// An object whose member of this name is a JSON Schema.
    Schema(&'static str),
    /// A list of objects, each with a `name` of its own and a JSON Schema in `spec`.
    Schemas,
}

impl CustomSpec {
    /// Reads a request body. Codes: 1304 `name` or `providerId` is missing, 1312 a member that cannot be used,
    /// `FLOW-1100-400` a spec beyond the limits.
    pub fn parse(body: &Value, kind: SpecKind, id: &str, created_at: EpochMs) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        check_limits(body)?;
        let (name, provider) = (name(root)?, body::text(root, "providerId", "providerId")?);
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
            // Whatever it says of itself: connectors come with the server.
            attributes["availability"] = NOT_YET_AVAILABLE.into();
        }
        let etag = Etag::generate();
        Ok(Self { id: id.to_owned(), kind, name, created_at, etag, shown: Value::Object(shown) })
    }

    /// Checks it against what the organisation sees: `specs` are all specs of its kind, and `connection_specs` the
    /// connection specs that a flow spec may name. Codes: 1312 the name of another spec, `FLOW-1413-400` a connection
    /// spec that is unknown, `FLOW-1100-400` more than an organisation may have.
    pub fn check_among(&self, specs: &[Value], connection_specs: &[Value]) -> Result<(), Invalid> {
        let others = || specs.iter().filter(|spec| spec["id"] != self.id.as_str());
        if others().any(|spec| spec["name"] == self.name.as_str()) {
            let cure = format!("`{}` is the name of another spec: choose another name", excerpt(&self.name));
            return Err(Invalid::value("name", &cure));
        }
        let built_in = self.kind.built_in().len();
        let size = |spec: &Value| spec.to_string().len();
        let total = others().skip(built_in).map(size).sum::<usize>().saturating_add(size(&self.shown));
        let refuse = |why: String| {
            let kind = self.kind.collection();
            Err(Invalid::new("FLOW-1100-400", format!("the {kind} of the organisation {why}")))
        };
        if others().count() >= built_in + MAX_SPECS {
            return refuse(format!("are {MAX_SPECS} already: replace one"));
        }
        if total > MAX_TOTAL {
            return refuse("would be larger than 16 MiB together: describe less".to_owned());
        }
        self.check_references(connection_specs)
    }

    fn check_references(&self, connection_specs: &[Value]) -> Result<(), Invalid> {
        for field in ["sourceConnectionSpecIds", "targetConnectionSpecIds"] {
            for id in self.shown[field].as_array().into_iter().flatten() {
                if !connection_specs.iter().any(|spec| spec["id"] == *id) {
                    let id = excerpt(id.as_str().unwrap_or_default());
                    let message = format!("`{field}` `{id}` is unknown: `GET /connectionSpecs` lists the specs");
                    return Err(Invalid::new("FLOW-1413-400", message));
                }
            }
        }
        Ok(())
    }
}

/// Clients look specs up by name, so it is unmistakable.
fn name(root: &Object) -> Result<String, Invalid> {
    let name = body::name(root)?;
    if name.trim() != name || name.chars().any(char::is_control) {
        return Err(Invalid::value("name", "remove blanks around it and control characters"));
    }
    Ok(name)
}

/// The members that are kept as sent.
fn members(root: &Object, kind: SpecKind) -> Result<Vec<(&'static str, Value)>, Invalid> {
    let names = |field: &'static str| -> Vec<&'static str> {
        if field == TRANSFORMATIONS[0] { TRANSFORMATIONS.to_vec() } else { vec![field] }
    };
    let mut found = Vec::new();
    for (field, shape) in kind.members() {
        if let Some(value) = names(field).iter().find_map(|name| body::member(root, name)) {
            found.push((*field, shape.read(value, field)?));
        }
    }
    let known = |name: &str| {
        ["name", "providerId", "version", "type", "id", "etag"].contains(&name)
            || kind.members().iter().any(|(field, _)| names(field).contains(&name))
    };
    match root.keys().find(|name| !known(name)) {
        Some(odd) => Err(Invalid::value(&excerpt(odd), "a spec has no such member: remove it")),
        None => Ok(found),
    }
}

impl Shape {
    fn read(self, value: &Value, field: &str) -> Result<Value, Invalid> {
        let list = || value.as_array().ok_or_else(|| Invalid::value(field, "a list is expected"));
        let object = || value.as_object().ok_or_else(|| Invalid::value(field, "a JSON object is expected"));
        match self {
            Self::Object => {
                object()?;
            }
            Self::List => {
                list()?;
            }
            Self::Ids => return list()?.iter().map(|id| spec_id(id, field)).collect(),
            Self::Schema(member) => check_schema(object()?, member, field)?,
            Self::Schemas => check_named(list()?, field)?,
        }
        Ok(value.clone())
    }
}

fn spec_id(id: &Value, field: &str) -> Result<Value, Invalid> {
    let id = id.as_str().ok_or_else(|| Invalid::value(field, "the id of a connection spec is a text"))?;
    Ok(json!(id.trim().to_ascii_lowercase()))
}

fn check_named(items: &[Value], field: &str) -> Result<(), Invalid> {
    let mut names = Vec::new();
    for (n, item) in items.iter().enumerate() {
        let field = format!("{field}[{n}]");
        let item = item.as_object().ok_or_else(|| Invalid::value(&field, "a JSON object is expected"))?;
        let name = body::text(item, "name", &format!("{field}.name"))?;
        if names.contains(&name) {
            return Err(Invalid::value(&format!("{field}.name"), "the name is there twice: give each another"));
        }
        names.push(name);
        check_schema(item, "spec", &field)?;
    }
    Ok(())
}

fn check_schema(holder: &Object, member: &str, field: &str) -> Result<(), Invalid> {
    let Some(schema) = body::member(holder, member) else { return Ok(()) };
    let field = format!("{field}.{member}");
    if !schema.is_object() {
        return Err(Invalid::value(&field, "a JSON Schema is expected, which is a JSON object"));
    }
    json_schema::compile(schema)
        .map(drop)
        .map_err(|error| Invalid::value(&field, &format!("it is no JSON Schema of draft-07 ({error}): mend it")))
}

/// Bounds what one spec may cost. References are refused: they could lead anywhere, or in a circle.
fn check_limits(body: &Value) -> Result<(), Invalid> {
    let bad = |what: &str, cure: &str| Err(Invalid::new("FLOW-1100-400", format!("the spec {what}: {cure}")));
    if serde_json::to_string(body).map_or(usize::MAX, |text| text.len()) > MAX_BYTES {
        return bad("is larger than 256 KiB", "describe less");
    }
    body::check_extent(body, "the spec", MAX_DEPTH)?;
    let (mut values, mut patterns) = (0, 0);
    let mut open = vec![body];
    while let Some(value) = open.pop() {
        values += 1;
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                for (name, member) in members {
                    match (name.as_str(), member) {
                        ("$ref" | "$dynamicRef" | "$recursiveRef", _) => {
                            return bad("refers to a schema with `$ref`", "write that schema in its place");
                        }
                        ("$schema", Value::String(draft)) if !is_draft_7(draft) => {
                            return bad("has another `$schema` than draft-07", "write its schemas in draft-07");
                        }
                        ("pattern", Value::String(_)) => patterns += 1,
                        ("patternProperties", Value::Object(rules)) => patterns += rules.len(),
                        _ => {}
                    }
                    open.push(member);
                }
            }
            _ => {}
        }
    }
    if values > MAX_VALUES {
        return bad("has more than 10000 values", "describe less");
    }
    if patterns > MAX_PATTERNS {
        return bad("has more than 16 regular expressions", "use fewer");
    }
    Ok(())
}

fn is_draft_7(draft: &str) -> bool {
    let draft = draft.trim_end_matches('#');
    draft.strip_prefix("https").or(draft.strip_prefix("http")) == Some("://json-schema.org/draft-07/schema")
}

#[cfg(test)]
mod tests;
