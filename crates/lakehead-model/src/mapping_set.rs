//! Mapping sets of Data Prep: both dialects in, one canonical form stored, both shown again.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body::{self, Object};
use crate::dataset::SchemaRef;
use crate::expression;
use crate::id::random_hex;
use crate::invalid::excerpt;
use crate::mapping::{Rule, RuleError, RuleSource, parse_attribute, parse_destination, target_type};
use crate::time::EpochMs;
use crate::xdm::{Field, FieldType};
use crate::{Actor, Etag, Invalid, Scope};

/// Code of every broken rule of a mapping set.
const BAD_SET: &str = "MAPPER-1001-400";
/// Most mappings in one set.
const MAX_MAPPINGS: usize = 5000;

/// A stored mapping set. [`MappingSet::to_wire`] is the form the API shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MappingSet {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Lock value of the metastore.
    pub etag: Etag,
    /// Number of changes so far; flows pin one.
    pub version: i64,
    /// Organisation.
    pub ims_org_id: String,
    /// Sandbox.
    pub sandbox_id: String,
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The schema the rows are mapped to.
    pub schema_ref: SchemaRef,
    /// Schema version of the legacy dialect.
    pub xdm_version: String,
    /// The rules.
    pub mappings: Vec<Mapping>,
    /// When it was made, epoch milliseconds.
    pub created_date: EpochMs,
    /// When it was last changed, epoch milliseconds.
    pub modified_date: EpochMs,
    /// Who made it.
    pub created_by: String,
    /// Who changed it last.
    pub modified_by: String,
}

/// One rule as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Kind of the source.
    pub source_type: SourceType,
    /// Attribute path, text or expression.
    pub source: String,
    /// Field of the target schema.
    pub destination: String,
    /// Members that mean nothing to the mapping itself, as sent.
    #[serde(default)]
    pub extra: Object,
}

/// Kind of the source of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SourceType {
    /// A source attribute.
    Attribute,
    /// The same text in every row.
    Static,
    /// A calculated field.
    Expression,
}

/// A request to make or replace a mapping set; the caller checks that the schema exists.
#[derive(Clone, Debug)]
pub struct NewMappingSet {
    /// Name for people.
    pub name: Option<String>,
    /// The schema the rows are mapped to.
    pub schema_ref: SchemaRef,
    /// Schema version of the legacy dialect.
    pub xdm_version: String,
    /// The rules.
    pub mappings: Vec<Mapping>,
}

fn in_mapper(error: Invalid) -> Invalid {
    Invalid { code: BAD_SET, ..error }
}

impl SourceType {
    fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "attribute" | "text/x.schema-path" => Some(Self::Attribute),
            "static" => Some(Self::Static),
            "expression" | "text/x.aep-xl" => Some(Self::Expression),
            _ => None,
        }
    }

    /// The long name that `GET` shows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attribute => "text/x.schema-path",
            Self::Static => "STATIC",
            Self::Expression => "text/x.aep-xl",
        }
    }
}

impl NewMappingSet {
    /// Reads a request body of either dialect. Every broken rule is `MAPPER-1001-400`.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        Self::read(body).map_err(in_mapper)
    }

    fn read(body: &Value) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let mappings = match body::member(root, "mappings") {
            None => return Err(Invalid::missing("mappings")),
            Some(Value::Array(items)) if items.is_empty() => {
                return Err(Invalid::value("mappings", "at least one mapping is expected"));
            }
            Some(Value::Array(items)) if items.len() <= MAX_MAPPINGS => items,
            Some(_) => {
                return Err(Invalid::value("mappings", &format!("a list of at most {MAX_MAPPINGS} is expected")));
            }
        };
        let set = Self {
            name: body::opt_text(root, "name", "name")?,
            schema_ref: schema_ref(root)?,
            xdm_version: body::version(root.get("xdmVersion"), "xdmVersion")?,
            mappings: mappings.iter().enumerate().map(|(n, item)| parse_mapping(n, item)).collect::<Result<_, _>>()?,
        };
        rules(&set.mappings)?;
        Ok(set)
    }
}

fn schema_ref(root: &Object) -> Result<SchemaRef, Invalid> {
    if let Some(output) = body::opt_object(root, "outputSchema", "outputSchema")?
        && let Some(reference) = body::opt_object(output, "schemaRef", "outputSchema.schemaRef")?
    {
        return SchemaRef::parse(reference, "outputSchema.schemaRef");
    }
    match body::opt_text(root, "xdmSchema", "xdmSchema")? {
        Some(id) if !id.trim().is_empty() => Ok(SchemaRef {
            id: id.trim().to_owned(),
            content_type: "application/vnd.adobe.xed-full+json;version=1".to_owned(),
        }),
        _ => Err(Invalid::new(
            BAD_SET,
            "`outputSchema.schemaRef.id` (or `xdmSchema`) is missing: name the target schema",
        )),
    }
}

fn parse_mapping(n: usize, item: &Value) -> Result<Mapping, Invalid> {
    let at = |field: &str| format!("mappings[{n}].{field}");
    let item = item.as_object().ok_or_else(|| Invalid::value(&format!("mappings[{n}]"), "an object is expected"))?;
    let either = |new: &str, legacy: &str| -> Result<String, Invalid> {
        match body::opt_text(item, new, &at(new))? {
            Some(text) => Ok(text),
            None => body::opt_text(item, legacy, &at(legacy))?.ok_or_else(|| Invalid::missing(&at(new))),
        }
    };
    let source_type = match body::opt_text(item, "sourceType", &at("sourceType"))? {
        None => SourceType::Attribute,
        Some(text) => SourceType::parse(&text)
            .ok_or_else(|| Invalid::value(&at("sourceType"), "choose `ATTRIBUTE`, `STATIC` or `EXPRESSION`"))?,
    };
    let mut extra = Object::new();
    for field in ["name", "description", "identity", "primaryIdentity", "identityGroup", "namespaceCode"] {
        if let Some(value) = item.get(field).filter(|value| !value.is_array() && !value.is_object()) {
            extra.insert(field.to_owned(), value.clone());
        }
    }
    Ok(Mapping {
        id: random_hex(16),
        source_type,
        source: either("source", "sourceAttribute")?,
        destination: either("destination", "destinationXdmPath")?,
        extra,
    })
}

/// The rules for the compiler. A destination that occurs twice is refused.
fn rules(mappings: &[Mapping]) -> Result<Vec<Rule>, Invalid> {
    let mut seen = HashSet::new();
    mappings
        .iter()
        .enumerate()
        .map(|(n, mapping)| {
            let bad =
                |field: &str, error: &RuleError| Invalid::new(BAD_SET, format!("`mappings[{n}].{field}`: {error}"));
            let source = match mapping.source_type {
                SourceType::Static => RuleSource::Static(mapping.source.clone()),
                SourceType::Attribute => {
                    RuleSource::Attribute(parse_attribute(&mapping.source).map_err(|e| bad("source", &e))?)
                }
                SourceType::Expression => {
                    let text = &mapping.source;
                    expression::parse(text).map_err(|error| {
                        let name = excerpt(text);
                        Invalid::new(BAD_SET, format!("`mappings[{n}].source` `{name}` is not an expression: {error}"))
                    })?;
                    RuleSource::Expression(text.clone())
                }
            };
            let destination = parse_destination(&mapping.destination).map_err(|e| bad("destination", &e))?;
            if !seen.insert(destination.clone()) {
                let message = format!(
                    "`mappings[{n}].destination` `{}` occurs twice: map each field once",
                    excerpt(&mapping.destination)
                );
                return Err(Invalid::new(BAD_SET, message));
            }
            Ok(Rule { source, destination })
        })
        .collect()
}

impl MappingSet {
    /// A new mapping set, version 0.
    pub fn new(input: &NewMappingSet, scope: &Scope, actor: &Actor, now_ms: EpochMs) -> Self {
        Self {
            id: random_hex(16),
            etag: Etag::generate(),
            version: 0,
            ims_org_id: scope.org.clone(),
            sandbox_id: scope.sandbox_id.clone(),
            name: input.name.clone(),
            schema_ref: input.schema_ref.clone(),
            xdm_version: input.xdm_version.clone(),
            mappings: input.mappings.clone(),
            created_date: now_ms,
            modified_date: now_ms,
            created_by: actor.user.clone(),
            modified_by: actor.user.clone(),
        }
    }

    /// The next version, with the content of `input`. Keep the one before: flows pin versions.
    #[must_use]
    pub fn replaced(&self, input: NewMappingSet, actor: &Actor, now_ms: EpochMs) -> Self {
        Self {
            etag: Etag::generate(),
            version: self.version.saturating_add(1),
            name: input.name,
            schema_ref: input.schema_ref,
            xdm_version: input.xdm_version,
            mappings: input.mappings,
            modified_date: now_ms,
            modified_by: actor.user.clone(),
            ..self.clone()
        }
    }

    /// The rules for the compiler.
    pub fn rules(&self) -> Result<Vec<Rule>, Invalid> {
        rules(&self.mappings)
    }

    /// Checks the destinations against the fields of the target schema; one list entry per broken mapping.
    pub fn check_destinations(&self, fields: &[Field]) -> Vec<Invalid> {
        check_destinations(&self.mappings, fields)
    }

    /// What `POST` answers.
    pub fn summary(&self) -> Value {
        json!({
            "id": self.id, "version": self.version, "createdDate": self.created_date,
            "modifiedDate": self.modified_date, "createdBy": self.created_by, "modifiedBy": self.modified_by,
        })
    }

    /// The form `GET` shows, in both dialects at once.
    pub fn to_wire(&self) -> Value {
        let mut wire = self.summary();
        let mappings: Vec<_> = self.mappings.iter().map(|mapping| self.mapping_to_wire(mapping)).collect();
        if let (Some(members), Value::Object(more)) = (
            wire.as_object_mut(),
            json!({
                "supportVersion": "1.1", "imsOrgId": self.ims_org_id, "sandboxId": self.sandbox_id,
                "xdmSchema": self.schema_ref.id, "xdmVersion": self.xdm_version, "schemaRef": self.schema_ref,
                "inputSchema": {}, "outputSchema": {"schemaRef": self.schema_ref},
                "status": "PUBLISHED", "strictMapping": false, "allowNullValues": false, "mappings": mappings,
            }),
        ) {
            members.extend(more);
            members.extend(self.name.clone().map(|name| ("name".to_owned(), Value::String(name))));
        }
        wire
    }

    fn mapping_to_wire(&self, mapping: &Mapping) -> Value {
        let mut wire = json!({
            "id": mapping.id, "version": self.version, "sourceType": mapping.source_type.as_str(),
            "source": mapping.source, "destination": mapping.destination,
            "sourceAttribute": mapping.source, "destinationXdmPath": mapping.destination,
            "identity": false, "primaryIdentity": false, "matchScore": 0.0, "functionVersion": 1,
            "createdDate": self.created_date, "modifiedDate": self.modified_date,
            "createdBy": self.created_by, "modifiedBy": self.modified_by,
        });
        if let Some(members) = wire.as_object_mut() {
            members.extend(mapping.extra.clone());
        }
        wire
    }
}

impl NewMappingSet {
    /// Checks the destinations against the fields of the target schema before anything is stored.
    pub fn check_destinations(&self, fields: &[Field]) -> Vec<Invalid> {
        check_destinations(&self.mappings, fields)
    }
}

fn check_destinations(mappings: &[Mapping], fields: &[Field]) -> Vec<Invalid> {
    let check = |(n, mapping): (usize, &Mapping)| {
        let destination = parse_destination(&mapping.destination).ok()?;
        let name = excerpt(&mapping.destination);
        let message = match (target_type(fields, &destination), mapping.source_type) {
            (None, _) => {
                format!("`mappings[{n}].destination` `{name}` is not a field of the target schema: correct the path")
            }
            (Some(FieldType::Object(_) | FieldType::Array(_) | FieldType::Map(_)), SourceType::Static) => {
                format!(
                    "`mappings[{n}].destination` `{name}` holds more than one value: a static text needs a simple field"
                )
            }
            _ => return None,
        };
        Some(Invalid::new(BAD_SET, message))
    };
    mappings.iter().enumerate().filter_map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(body: &Value) -> Result<MappingSet, Invalid> {
        let scope = Scope { org: "O@AdobeOrg".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
        let actor = Actor { user: "u".into(), client: "c".into() };
        Ok(MappingSet::new(&NewMappingSet::parse(body)?, &scope, &actor, 5))
    }

    fn legacy() -> Value {
        json!({"version": 0, "xdmSchema": "https://ns.adobe.com/acme/schemas/abc", "xdmVersion": "1.0", "id": null,
            "mappings": [
                {"destinationXdmPath": "person.name.firstName", "sourceAttribute": "FirstName", "identity": false,
                 "identityGroup": null, "namespaceCode": null, "version": 0},
                {"destinationXdmPath": "_id", "sourceAttribute": "id", "identity": true, "version": 0}]})
    }

    fn modern() -> Value {
        json!({"outputSchema": {"schemaRef": {"id": "https://ns.adobe.com/acme/schemas/abc", "contentType": "x"}},
            "mappings": [
                {"sourceType": "text/x.schema-path", "source": "FirstName", "destination": "person.name.firstName"},
                {"sourceType": "STATIC", "source": "42", "destination": "_id"}]})
    }

    #[test]
    fn either_dialect_comes_back_in_both() {
        for body in [legacy(), modern()] {
            let set = make(&body).unwrap();
            let wire = set.to_wire();
            assert_eq!(wire["xdmSchema"], "https://ns.adobe.com/acme/schemas/abc");
            assert_eq!(wire["outputSchema"]["schemaRef"]["id"], wire["xdmSchema"]);
            let first = &wire["mappings"][0];
            assert_eq!((&first["source"], &first["sourceAttribute"]), (&json!("FirstName"), &json!("FirstName")));
            assert_eq!(first["destination"], first["destinationXdmPath"]);
            assert_eq!(first["sourceType"], "text/x.schema-path");
            assert_eq!(set.id.len(), 32);
            NewMappingSet::parse(&wire).unwrap();
            let stored = serde_json::to_value(&set).unwrap();
            assert_eq!(serde_json::from_value::<MappingSet>(stored).unwrap(), set);
        }
        assert_eq!(make(&legacy()).unwrap().to_wire()["mappings"][1]["identity"], true);
        assert_eq!(make(&modern()).unwrap().rules().unwrap()[1].source, RuleSource::Static("42".into()));
    }

    #[test]
    fn a_put_makes_the_next_version() {
        let set = make(&legacy()).unwrap();
        let actor = Actor { user: "v".into(), client: "c".into() };
        let next = set.replaced(NewMappingSet::parse(&modern()).unwrap(), &actor, 9);
        assert_eq!((next.version, next.id == set.id, next.created_date, next.modified_date), (1, true, 5, 9));
    }

    #[test]
    fn each_mistake_names_the_mapping() {
        for (path, value, text) in [
            ("/mappings", json!(null), "`mappings`"),
            ("/mappings", json!("x"), "`mappings`"),
            ("/mappings/0", json!(3), "`mappings[0]`"),
            ("/mappings/0/source", json!({}), "`mappings[0].source`"),
            ("/mappings/0/source", json!(""), "`mappings[0].source`"),
            ("/mappings/0/destination", json!("_id"), "occurs twice"),
            ("/mappings/1/destination", json!("a[x]"), "`mappings[1].destination`"),
            ("/mappings/0/sourceType", json!(1), "`mappings[0].sourceType`"),
            ("/outputSchema", json!(null), "`outputSchema.schemaRef.id`"),
            ("/outputSchema", json!([]), "`outputSchema`"),
        ] {
            let mut body = modern();
            *body.pointer_mut(path).unwrap() = value;
            let error = make(&body).unwrap_err();
            assert!(error.code == BAD_SET && error.message.contains(text), "{error}");
        }
        assert_eq!(make(&json!([])).unwrap_err().code, BAD_SET);
    }

    #[test]
    fn destinations_are_looked_up_in_the_schema() {
        let leaf = |name: &str| Field { name: name.into(), ty: FieldType::String, required: false };
        let object = |name: &str, of| Field { name: name.into(), ty: FieldType::Object(of), required: false };
        let fields = [leaf("_id"), object("person", vec![object("name", vec![leaf("firstName")])])];
        let set = make(&modern()).unwrap();
        assert_eq!(set.check_destinations(&fields), []);
        let missing = set.check_destinations(&fields[..1]);
        assert!(missing.len() == 1 && missing[0].message.contains("`person.name.firstName`"));
        let mut body = modern();
        body["mappings"][1]["destination"] = json!("person.name");
        assert!(make(&body).unwrap().check_destinations(&fields)[0].message.contains("`person.name`"));
    }
}
