//! Resources that an organisation makes itself: schemas, field groups, classes and data types.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::XdmError;
use super::limits::{MAX_RESOURCE, MAX_TITLE};
use super::resource_type::{ResourceType, alt_id};
use super::{Lookup, standard};
use crate::id::random_hex;
use crate::scope::{Actor, Scope};
use crate::{Etag, xdm};

mod annotate;
mod imported;
mod parts;
mod rules;

/// Members that the registry computes: what a client sends for them is ignored.
const COMPUTED: [&str; 17] = [
    "$id",
    "meta:altId",
    "meta:resourceType",
    "version",
    "refs",
    "imsOrg",
    "meta:extensible",
    "meta:abstract",
    "meta:extends",
    "meta:xdmType",
    "meta:registryMetadata",
    "meta:class",
    "meta:containerId",
    "meta:sandboxId",
    "meta:sandboxType",
    "meta:tenantNamespace",
    "meta:datasetNamespace",
];

/// A resource as it is stored. `body` holds what a raw lookup returns; the other members repeat what is searched for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct XdmResource {
    /// `$id`, such as `https://ns.adobe.com/acme/schemas/` and 48 hexadecimal digits.
    pub id: String,
    /// `meta:altId`, such as `_acme.schemas.` and the same digits.
    pub alt_id: String,
    /// What it is.
    pub resource_type: ResourceType,
    /// Title for people; unique in a sandbox, which the caller has to check.
    pub title: String,
    /// `1.0`, then `1.1` and so on with every change.
    pub version: String,
    /// The organisation's tenant word, without the underscore.
    pub tenant_id: String,
    /// New with every change; also in the body.
    pub etag: Etag,
    /// When it was made, epoch milliseconds.
    pub created_at_ms: i64,
    /// When it was last changed, epoch milliseconds.
    pub updated_at_ms: i64,
    /// The raw body.
    pub body: Value,
}

/// Where and by whom a resource is made or changed.
#[derive(Clone, Debug)]
pub struct NewResourceContext<'a> {
    /// The organisation's tenant word, without the underscore.
    pub tenant_id: &'a str,
    /// Organisation and sandbox.
    pub scope: &'a Scope,
    /// `production` or `development`.
    pub sandbox_type: &'a str,
    /// Who does it.
    pub actor: &'a Actor,
    /// Now, epoch milliseconds.
    pub now_ms: i64,
}

impl XdmResource {
    /// A schema: a title, and `allOf` with exactly one class and any number of field groups.
    ///
    /// # Errors
    /// When a rule of the registry is broken, or the schema cannot be resolved.
    pub fn new_schema(body: Value, ctx: &NewResourceContext<'_>, lookup: Lookup<'_>) -> Result<Self, XdmError> {
        Self::new(ResourceType::Schemas, body, ctx, lookup)
    }

    /// A field group: a title, `meta:intendedToExtend`, and fields below the tenant's namespace.
    ///
    /// # Errors
    /// When a rule of the registry is broken, or the field group cannot be resolved.
    pub fn new_field_group(body: Value, ctx: &NewResourceContext<'_>, lookup: Lookup<'_>) -> Result<Self, XdmError> {
        Self::new(ResourceType::Mixins, body, ctx, lookup)
    }

    /// A class: a title, a description, and `allOf` with exactly one behaviour.
    ///
    /// # Errors
    /// When a rule of the registry is broken, or the class cannot be resolved.
    pub fn new_class(body: Value, ctx: &NewResourceContext<'_>, lookup: Lookup<'_>) -> Result<Self, XdmError> {
        Self::new(ResourceType::Classes, body, ctx, lookup)
    }

    /// A data type: a title, and `properties` or `items`.
    ///
    /// # Errors
    /// When a rule of the registry is broken, or the data type cannot be resolved.
    pub fn new_data_type(body: Value, ctx: &NewResourceContext<'_>, lookup: Lookup<'_>) -> Result<Self, XdmError> {
        Self::new(ResourceType::DataTypes, body, ctx, lookup)
    }

    /// A resource of the given kind. Behaviours cannot be made.
    ///
    /// # Errors
    /// As the constructor of the kind.
    pub fn new(
        kind: ResourceType,
        body: Value,
        ctx: &NewResourceContext<'_>,
        lookup: Lookup<'_>,
    ) -> Result<Self, XdmError> {
        let hash = random_hex(24);
        let id = format!("https://ns.adobe.com/{}/{}/{hash}", ctx.tenant_id, kind.as_str());
        let identity = Identity { kind, id, hash, version: "1.0".to_owned(), created: Stamp::now(ctx) };
        build(body, identity, ctx, lookup)
    }

    /// The resource with another body (PUT, or the outcome of a PATCH): same id, next minor version.
    ///
    /// Tags that were set cannot be removed, so they are carried over.
    ///
    /// # Errors
    /// As the constructor of the kind.
    pub fn replaced(
        &self,
        mut body: Value,
        ctx: &NewResourceContext<'_>,
        lookup: Lookup<'_>,
    ) -> Result<Self, XdmError> {
        carry_tags(&self.body, &mut body);
        let identity = Identity {
            kind: self.resource_type,
            id: self.id.clone(),
            hash: self.id.rsplit('/').next().unwrap_or_default().to_owned(),
            version: next_minor(&self.version),
            created: Stamp::of(self, ctx),
        };
        build(body, identity, ctx, lookup)
    }

    /// The short form of a list with `xed-id`.
    pub fn summary(&self) -> Value {
        json!({ "$id": self.id, "meta:altId": self.alt_id, "version": self.version, "title": self.title })
    }
}

/// Finds a raw body, standard ones first; fragments of `id` do not matter.
fn find(id: &str, lookup: Lookup<'_>) -> Option<Value> {
    let base = id.split('#').next().unwrap_or_default();
    standard::by_id(base).map(|resource| resource.body.clone()).or_else(|| lookup(base))
}

struct Identity {
    kind: ResourceType,
    id: String,
    hash: String,
    version: String,
    created: Stamp,
}

/// Who made a resource and when.
struct Stamp {
    at_ms: i64,
    user: String,
    client: String,
}

impl Stamp {
    fn now(ctx: &NewResourceContext<'_>) -> Self {
        Self { at_ms: ctx.now_ms, user: ctx.actor.user.clone(), client: ctx.actor.client.clone() }
    }

    fn of(resource: &XdmResource, ctx: &NewResourceContext<'_>) -> Self {
        let stored = &resource.body["meta:registryMetadata"];
        let text = |key: &str, otherwise: &str| stored[key].as_str().unwrap_or(otherwise).to_owned();
        Self {
            at_ms: resource.created_at_ms,
            user: text("xdm:createdUserId", &ctx.actor.user),
            client: text("xdm:createdClientId", &ctx.actor.client),
        }
    }
}

fn build(
    body: Value,
    identity: Identity,
    ctx: &NewResourceContext<'_>,
    lookup: Lookup<'_>,
) -> Result<XdmResource, XdmError> {
    let kind = identity.kind;
    let Value::Object(mut members) = body else { return Err(XdmError::NotAnObject(kind.noun())) };
    for key in COMPUTED {
        members.shift_remove(key);
    }
    if serde_json::to_vec(&members).map_or(usize::MAX, |text| text.len()) > MAX_RESOURCE {
        return Err(XdmError::TooLong);
    }
    let title = title(&members, kind)?;
    rules::set_type(&mut members, kind)?;
    members.insert("$id".to_owned(), identity.id.as_str().into());
    let parts = parts::direct(&members, kind, lookup)?;
    let data_namespace = rules::data_namespace(&mut members, kind, &parts, &identity.hash);
    rules::check(&members, kind, ctx.tenant_id, data_namespace.as_deref())?;
    annotate::annotate(&mut members, lookup);
    let body = Value::Object(members);
    let resolved = xdm::resolve::resolve(&body, lookup)?;
    if kind != ResourceType::DataTypes || resolved["type"] == "object" {
        xdm::tree::checked_fields(&resolved)?;
    }
    let mut computed = computed_members(&identity, &parts, ctx, lookup);
    if let Some(namespace) = data_namespace {
        computed.insert("meta:datasetNamespace".to_owned(), namespace.into());
    }
    let etag = random_hex(32);
    let metadata = registry_metadata(&identity.created, ctx, &etag);
    computed.insert("meta:registryMetadata".to_owned(), metadata);
    Ok(XdmResource {
        alt_id: alt_id(&identity.id),
        resource_type: kind,
        title,
        version: identity.version.clone(),
        tenant_id: ctx.tenant_id.to_owned(),
        etag: Etag::from_text(&etag),
        created_at_ms: identity.created.at_ms,
        updated_at_ms: ctx.now_ms,
        body: assemble(body, computed, &identity),
        id: identity.id,
    })
}

fn title(members: &Map<String, Value>, kind: ResourceType) -> Result<String, XdmError> {
    let text = members.get("title").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if text.is_empty() || text.chars().count() > MAX_TITLE {
        let cure = "give it a title of 1 to 255 characters";
        return Err(XdmError::Member { kind: kind.noun(), member: "title", cure });
    }
    Ok(text.to_owned())
}

fn computed_members(
    identity: &Identity,
    parts: &[parts::Part],
    ctx: &NewResourceContext<'_>,
    lookup: Lookup<'_>,
) -> Map<String, Value> {
    let reusable = identity.kind != ResourceType::Schemas;
    let refs: Vec<&str> = parts.iter().map(|part| part.reference.as_str()).collect();
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("refs", json!(refs));
    put("imsOrg", ctx.scope.org.as_str().into());
    put("meta:extensible", reusable.into());
    put("meta:abstract", reusable.into());
    put("meta:extends", json!(parts::extends(parts, lookup)));
    if let Some(class) = parts.iter().find(|part| part.kind == "classes")
        && identity.kind == ResourceType::Schemas
    {
        put("meta:class", class.id.as_str().into());
        if let Some(namespace) = class.body.get("meta:datasetNamespace") {
            put("meta:datasetNamespace", namespace.clone());
        }
    }
    put("meta:containerId", "tenant".into());
    put("meta:sandboxId", ctx.scope.sandbox_id.as_str().into());
    put("meta:sandboxType", ctx.sandbox_type.into());
    put("meta:tenantNamespace", format!("_{}", ctx.tenant_id).into());
    out
}

fn registry_metadata(created: &Stamp, ctx: &NewResourceContext<'_>, etag: &str) -> Value {
    json!({
        "repo:createdDate": created.at_ms,
        "repo:lastModifiedDate": ctx.now_ms,
        "xdm:createdClientId": created.client,
        "xdm:lastModifiedClientId": ctx.actor.client,
        "xdm:createdUserId": created.user,
        "xdm:lastModifiedUserId": ctx.actor.user,
        "eTag": etag,
        "meta:globalLibVersion": standard::LIBRARY_VERSION,
    })
}

/// The stored body: identity first, then what the client sent, then what was computed.
fn assemble(body: Value, computed: Map<String, Value>, identity: &Identity) -> Value {
    let mut out = Map::new();
    out.insert("$id".to_owned(), identity.id.as_str().into());
    out.insert("meta:altId".to_owned(), alt_id(&identity.id).into());
    out.insert("meta:resourceType".to_owned(), identity.kind.as_str().into());
    out.insert("version".to_owned(), identity.version.as_str().into());
    if let Value::Object(members) = body {
        let kind = members.get("type").cloned().unwrap_or_else(|| "object".into());
        out.extend(members.into_iter().filter(|(key, _)| key != "$id"));
        out.insert("meta:xdmType".to_owned(), kind);
    }
    out.extend(computed);
    Value::Object(out)
}

/// A schema that was enabled for a union stays enabled.
fn carry_tags(old: &Value, new: &mut Value) {
    const TAGS: &str = "meta:immutableTags";
    let (Some(old), Value::Object(members)) = (old.get(TAGS).and_then(Value::as_array), new) else { return };
    let mut tags = members.get(TAGS).and_then(Value::as_array).cloned().unwrap_or_default();
    tags.extend(old.iter().filter(|tag| !tags.contains(tag)).cloned().collect::<Vec<_>>());
    members.insert(TAGS.to_owned(), Value::Array(tags));
}

fn next_minor(version: &str) -> String {
    let minor = version.split_once('.').and_then(|(_, minor)| minor.parse::<u32>().ok()).unwrap_or(0);
    format!("1.{}", minor.saturating_add(1))
}

#[cfg(test)]
mod tests;
