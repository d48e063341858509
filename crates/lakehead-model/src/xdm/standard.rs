//! The standard resources: behaviours, classes, field groups and data types that every organisation has.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::names;
use super::resource_type::{ResourceType, alt_id};

/// The version that every standard resource carries.
pub const LIBRARY_VERSION: &str = "1.0.0";

/// One standard resource. Read-only, in the container `global`.
#[derive(Clone, Debug)]
pub struct StandardResource {
    /// `$id`, a URI.
    pub id: String,
    /// `meta:altId`, such as `_xdm.context.profile`.
    pub alt_id: String,
    /// What it is.
    pub resource_type: ResourceType,
    /// Title for people.
    pub title: String,
    /// The raw body, as a lookup returns it: names in compatibility form, `$ref` and `allOf` kept.
    pub body: Value,
}

macro_rules! files {
    ($($kind:ident $folder:literal: $($name:literal)*;)*) => {
        &[$($((ResourceType::$kind, include_str!(concat!("standard/", $folder, "/", $name, ".schema.json"))),)*)*]
    };
}

const FILES: &[(ResourceType, &str)] = files! {
    Behaviors "behaviors": "record" "time-series" "adhoc";
    Classes "classes": "profile" "experienceevent";
    Mixins "fieldgroups": "identitymap" "segmentation" "external-source-system-audit-details" "product-measurement"
        "profile-person-details" "profile-person-details-v2" "profile-personal-details" "profile-work-details"
        "profile-other-work-details" "profile-phones" "profile-subscriptions" "profile-preferences-details"
        "profile-consents" "profile-privacy" "profile-loyalty-details" "profile-push-notification-details"
        "profile-test-profile" "experienceevent-application" "experienceevent-channel" "experienceevent-commerce"
        "experienceevent-directmarketing" "experienceevent-enduserids" "experienceevent-environment-details"
        "experienceevent-loyalty-details" "experienceevent-marketing" "experienceevent-order-details"
        "experienceevent-privacy" "experienceevent-segmentmembership" "experienceevent-site-search"
        "experienceevent-user-login-details" "experienceevent-web";
    DataTypes "datatypes": "person" "person-name" "address" "emailaddress" "phonenumber" "geo" "identityitem"
        "subscription" "device" "environment" "browserdetails" "auditable" "geocoordinates" "common" "extensible"
        "application" "b2b-source" "billing" "cart" "categorydata" "channel" "commerce" "commercescope"
        "consent-preferences" "consentstring" "direct-marketing" "enduserids" "external-source-system-audit"
        "geocircle" "geoshape" "identity" "keyedlist" "keyvalue" "marketing" "measure" "namespace" "order"
        "paymentitem" "placecontext" "poi-detail" "productlistitem" "profilestitchidentity" "refunditem"
        "requisitionlist" "return" "returnitem" "segmentidentity" "segmentmembership" "segmentmembershipitem"
        "shipping" "sitesearch" "store-web-order" "webinfo";
};

static RESOURCES: LazyLock<Vec<StandardResource>> =
    LazyLock::new(|| FILES.iter().filter_map(|(kind, text)| load(*kind, text)).collect());

/// All standard resources, in a fixed order.
pub fn all() -> &'static [StandardResource] {
    &RESOURCES
}

/// The standard resource with this `$id` or `meta:altId`; a fragment (`#/definitions/x`) is ignored.
pub fn by_id(id_or_alt_id: &str) -> Option<&'static StandardResource> {
    let id = id_or_alt_id.split('#').next().unwrap_or_default();
    all().iter().find(|resource| resource.id == id || resource.alt_id == id)
}

/// The standard resources of one kind.
pub fn of_type(kind: ResourceType) -> impl Iterator<Item = &'static StandardResource> {
    all().iter().filter(move |resource| resource.resource_type == kind)
}

/// `None` for a file that is no schema; a test makes sure that there is no such file.
fn load(kind: ResourceType, text: &str) -> Option<StandardResource> {
    let mut body = names::to_compatible(serde_json::from_str(text).ok()?);
    let id = body["$id"].as_str()?.to_owned();
    let title = body["title"].as_str()?.to_owned();
    let alt_id = alt_id(&id);
    let refs = json!(external_refs(&body));
    let members = body.as_object_mut()?;
    members.insert("meta:altId".to_owned(), alt_id.as_str().into());
    members.insert("meta:resourceType".to_owned(), kind.as_str().into());
    members.insert("version".to_owned(), LIBRARY_VERSION.into());
    members.insert("refs".to_owned(), refs);
    members.insert("meta:xdmType".to_owned(), "object".into());
    members.insert("meta:containerId".to_owned(), "global".into());
    if matches!(kind, ResourceType::Classes | ResourceType::Mixins) {
        members.entry("meta:extends").or_insert_with(|| json!([]));
    }
    Some(StandardResource { id, alt_id, resource_type: kind, title, body })
}

fn external_refs(body: &Value) -> Vec<&str> {
    let parts = body["allOf"].as_array().into_iter().flatten();
    parts.filter_map(|part| part["$ref"].as_str()).filter(|reference| !reference.starts_with('#')).collect()
}

#[cfg(test)]
mod library_tests;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::xdm::{resolve, tree};

    #[test]
    fn every_file_loads_under_its_own_id_and_resolves() {
        assert_eq!(all().len(), FILES.len());
        let ids: HashSet<_> = all().iter().map(|resource| &resource.id).collect();
        assert_eq!(ids.len(), all().len());
        for resource in all() {
            assert!(by_id(&resource.id).is_some() && by_id(&resource.alt_id).is_some(), "{}", resource.id);
            let resolved = resolve::resolve(&resource.body, &|_| None).unwrap();
            tree::checked_fields(&resolved).unwrap();
        }
    }

    #[test]
    fn resources_are_found_by_either_id_and_listed_by_kind() {
        assert_eq!(by_id("_xdm.context.profile").unwrap().title, "XDM Individual Profile");
        assert_eq!(of_type(ResourceType::Behaviors).count(), 3);
        assert_eq!(of_type(ResourceType::Classes).count(), 2);
        assert_eq!(of_type(ResourceType::Schemas).count(), 0);
        assert!(by_id("https://ns.adobe.com/xdm/context/unheard-of").is_none());
    }

    #[test]
    fn every_file_keeps_its_notice() {
        for resource in all() {
            assert!(resource.body["meta:license"].to_string().contains("CC BY 4.0"), "{}", resource.id);
        }
    }
}
