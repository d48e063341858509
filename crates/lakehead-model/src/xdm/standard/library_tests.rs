//! Every field group of the library, in a schema of each class that it is meant for.

use serde_json::{Map, Value, json};

use super::{FILES, all, by_id, of_type};
use crate::xdm::{ResourceType, names, resolve};

/// The tree of a schema made of these resources.
fn composed(parts: &[&str]) -> Value {
    let parts: Vec<Value> = parts.iter().map(|id| json!({ "$ref": id })).collect();
    let schema = json!({ "$id": "https://ns.adobe.com/acme/schemas/1", "type": "object", "allOf": parts });
    resolve::resolve(&schema, &|_| None).unwrap()
}

/// The node at a path of field names; the items of an array are meant by the array.
fn at<'a>(tree: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(tree, |node, step| {
        let node = if node["items"].is_object() { &node["items"] } else { node };
        &node["properties"][step]
    })
}

const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";
const EVENT: &str = "https://ns.adobe.com/xdm/context/experienceevent";

/// A class, a field group that is meant for it, and fields that both have together, with their types.
#[rustfmt::skip]
const EXPECTED: &[(&str, &str, &str)] = &[
    (PROFILE, "mixins/profile/profile-loyalty-details", "loyalty.points:number loyalty.tier:string loyalty.joinDate:date-time"),
    (PROFILE, "mixins/profile-consents", "consents.marketing.email.val:string consents.collect.val:string consents.marketing.preferred:string"),
    (PROFILE, "context/profile-segmentation", "segmentMembership:map"),
    (PROFILE, "context/profile-preferences-details", "preferredLanguage:string timeZone:string"),
    (PROFILE, "mixins/profile-person-details-v2", "person.name.firstName:string"),
    (PROFILE, "context/profile-phones", "faxPhone.number:string"),
    (PROFILE, "context/profile-test-profile", "testProfile:boolean"),
    (PROFILE, "context/profile-push-notification-details", "pushNotificationDetails.token:string"),
    (PROFILE, "context/profile-privacy", "optOutConsentLevel.privacyOptOuts.optOutType:string"),
    (PROFILE, "context/profile-other-work-details", "extendedWorkDetails.jobTitle:string"),
    (EVENT, "context/experienceevent-commerce", "commerce.order.priceTotal:number commerce.purchases.value:number productListItems.SKU:string productListItems.quantity:int"),
    (EVENT, "context/experienceevent-web", "web.webPageDetails.URL:string web.webReferrer.URL:string web.webInteraction.linkClicks.value:number"),
    (EVENT, "context/experienceevent-environment-details", "device.type:string environment.browserDetails.userAgent:string placeContext.geo.countryCode:string"),
    (EVENT, "context/experienceevent-channel", "channel._id:string channel._type:string"),
    (EVENT, "context/experienceevent-marketing", "marketing.trackingCode:string marketing.campaignName:string"),
    (EVENT, "context/experienceevent-directmarketing", "directMarketing.opens.value:number"),
    (EVENT, "context/experienceevent-enduserids", "endUserIDs._experience.mcid.id:string"),
    (EVENT, "context/experienceevent-application", "application.name:string application.launches.value:number"),
    (EVENT, "context/experienceevent-segmentmembership", "segmentMemberships:array"),
    (EVENT, "context/experienceevent-loyalty-details", "loyalty.pointsGained.value:number"),
    (EVENT, "mixins/experienceevent-site-search", "siteSearch:object"),
    (EVENT, "mixins/experienceevent-user-login-details", "userAccount.login:int"),
    (EVENT, "context/experienceevent-order-details", "store.storeID:string billing.address.city:string"),
    (EVENT, "context/experienceevent-privacy", "consentStrings:array"),
    (PROFILE, "common/external-source-system-audit-details", "extSourceSystemAudit.createdDate:date-time"),
];

#[test]
fn field_groups_compose_with_the_classes_that_they_are_meant_for() {
    let mut wrong = Vec::new();
    for (class, group, paths) in EXPECTED {
        let id = format!("https://ns.adobe.com/xdm/{group}");
        let meant_for = &by_id(&id).unwrap().body["meta:intendedToExtend"];
        assert!(*meant_for == json!([]) || meant_for.as_array().unwrap().contains(&json!(class)), "{id}");
        let tree = composed(&[class, &id]);
        for path in paths.split(' ') {
            let (path, kind) = path.split_once(':').unwrap();
            let found = at(&tree, path)["meta:xdmType"].as_str().unwrap_or("none");
            wrong.extend((found != kind).then(|| format!("{id} {path} is {found}")));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn all_field_groups_of_a_class_fit_into_one_schema() {
    for class in [PROFILE, EVENT] {
        let meant = |body: &Value| {
            let classes = body["meta:intendedToExtend"].as_array().unwrap();
            classes.is_empty() || classes.contains(&json!(class))
        };
        let groups = of_type(ResourceType::Mixins).filter(|group| meant(&group.body));
        let parts: Vec<&str> = std::iter::once(class).chain(groups.map(|group| group.id.as_str())).collect();
        assert!(parts.len() > 12, "{parts:?}");
        composed(&parts);
    }
}

#[test]
fn nothing_refers_to_what_the_library_does_not_have() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    for resource in all() {
        let mut found = Vec::new();
        references(&resource.body, &mut found);
        for reference in found.into_iter().filter(|reference| !reference.starts_with('#')) {
            assert!(by_id(reference).is_some(), "{} refers to {reference}", resource.id);
        }
    }
}

#[test]
fn every_name_can_be_had_back() {
    /// Without the notes of names, and without requirements of fields that another resource defines.
    fn plain(value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let has_fields = members.contains_key("properties");
                let kept =
                    members.into_iter().filter(|(key, _)| key != names::ORIGINAL && (key != "required" || has_fields));
                Value::Object(kept.map(|(key, value)| (key, plain(value))).collect::<Map<_, _>>())
            }
            Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
            other => other,
        }
    }
    for (_, text) in FILES {
        let original: Value = serde_json::from_str(text).unwrap();
        let back = plain(names::to_json_ld(names::to_compatible(original.clone())));
        assert_eq!(back, plain(original.clone()), "{}", original["$id"]);
    }
}
