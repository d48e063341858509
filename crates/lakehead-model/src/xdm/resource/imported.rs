//! Resources that come with an id: from an export.

use serde_json::Value;

use super::{Identity, NewResourceContext, Stamp, XdmResource, build};
use crate::xdm::{Lookup, ResourceType, XdmError};

impl XdmResource {
    /// The resource of an export, with the id and the version that it has there. The body names the caller's tenant
    /// already, see [`crate::xdm::transfer::imported`].
    ///
    /// # Errors
    /// When its type or its id is not one of the tenant's, and as the constructor of its kind.
    pub fn imported(body: Value, ctx: &NewResourceContext<'_>, lookup: Lookup<'_>) -> Result<Self, XdmError> {
        let kind = kind(&body)?;
        let id = body["$id"].as_str().unwrap_or_default().to_owned();
        let hash = hash(&id, kind, ctx.tenant_id).ok_or(XdmError::Member {
            kind: kind.noun(),
            member: "$id",
            cure: "an import has the ids of its export, with the placeholder of the tenant",
        })?;
        let version = body["version"].as_str().filter(|version| is_version(version)).unwrap_or("1.0").to_owned();
        build(body, Identity { kind, id, hash, version, created: Stamp::now(ctx) }, ctx, lookup)
    }
}

/// What a body of an export says that it is.
fn kind(body: &Value) -> Result<ResourceType, XdmError> {
    let kind = body["meta:resourceType"].as_str().and_then(ResourceType::from_path);
    kind.filter(|kind| *kind != ResourceType::Behaviors).ok_or(XdmError::Member {
        kind: "imported resource",
        member: "meta:resourceType",
        cure: "use `schemas`, `mixins`, `classes` or `datatypes`",
    })
}

/// The digits at the end of an id of the tenant.
fn hash(id: &str, kind: ResourceType, tenant: &str) -> Option<String> {
    let place = format!("https://ns.adobe.com/{tenant}/{}/", kind.as_str());
    let hash = id.strip_prefix(&place)?;
    let is_hash = (16..=64).contains(&hash.len()) && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_hash.then(|| hash.to_owned())
}

/// Only major version 1 exists.
fn is_version(text: &str) -> bool {
    text.strip_prefix("1.").is_some_and(|minor| minor.len() <= 6 && minor.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scope::{Actor, Scope};
    use crate::xdm::transfer;

    fn context(test: impl Fn(&NewResourceContext<'_>)) {
        let scope = Scope { org: "o".into(), sandbox_id: "s".into(), sandbox_name: "dev".into() };
        let actor = Actor { user: "u".into(), client: "c".into() };
        let (tenant_id, sandbox_type) = ("other", "development");
        test(&NewResourceContext { tenant_id, scope: &scope, sandbox_type, actor: &actor, now_ms: 7 });
    }

    fn import(body: &Value, ctx: &NewResourceContext<'_>) -> Result<XdmResource, XdmError> {
        XdmResource::imported(transfer::imported(body, ctx.tenant_id), ctx, &|_| None)
    }

    fn export() -> Value {
        let hash = "443fe51457047d958f4a97853e64e0eca93ef34d7990583b";
        json!({
            "$id": format!("https://ns.adobe.com/{}/mixins/{hash}", transfer::PLACEHOLDER),
            "meta:resourceType": "mixins", "version": "1.4", "title": "Points", "type": "object",
            "meta:intendedToExtend": [], "meta:sandboxId": "elsewhere",
            "definitions": {"own": {"properties": {
                format!("_{}", transfer::PLACEHOLDER): {"type": "object", "properties": {"points": {"type": "integer"}}}
            }}},
            "allOf": [{"$ref": "#/definitions/own"}],
        })
    }

    #[test]
    fn an_import_keeps_id_and_version_and_belongs_to_its_new_place() {
        context(|ctx| {
            let made = import(&export(), ctx).unwrap();
            assert_eq!(made.id, "https://ns.adobe.com/other/mixins/443fe51457047d958f4a97853e64e0eca93ef34d7990583b");
            assert_eq!((made.version.as_str(), made.created_at_ms), ("1.4", 7));
            assert_eq!(made.body["meta:sandboxId"], "s");
            assert!(made.body["definitions"]["own"]["properties"]["_other"]["properties"]["points"].is_object());
            assert_eq!(made.replaced(made.body.clone(), ctx, &|_| None).unwrap().version, "1.5");
        });
    }

    #[test]
    fn what_is_no_export_is_refused() {
        context(|ctx| {
            for (member, value) in [
                ("meta:resourceType", json!("behaviors")),
                ("meta:resourceType", json!("unions")),
                ("meta:resourceType", json!(null)),
                ("meta:resourceType", json!("schemas")),
                ("$id", json!("https://ns.adobe.com/acme/mixins/443fe51457047d958f4a97853e64e0ec")),
                ("$id", json!("https://ns.adobe.com/<XDM_TENANTID_PLACEHOLDER>/mixins/../../x")),
                ("$id", json!(null)),
                ("title", json!("")),
            ] {
                let mut body = export();
                body[member] = value;
                assert_eq!(import(&body, ctx).unwrap_err().code(), "XDM-9001-400", "{body}");
            }
            assert!(import(&json!(7), ctx).is_err());
            for version in ["2.0", "1.x", "1.99999999999", "x"] {
                let mut body = export();
                body["version"] = json!(version);
                assert_eq!(import(&body, ctx).unwrap().version, "1.0");
            }
        });
    }
}
