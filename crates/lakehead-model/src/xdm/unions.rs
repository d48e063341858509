//! Unions: for each class, one schema of everything that the schemas enabled for it know of a profile.
//!
//! Nobody stores a union. It is put together from the schemas that carry the tag `union` whenever it is asked for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ResourceType;
use super::resource_type::alt_id;
use super::standard::LIBRARY_VERSION;
use crate::scope::Scope;

/// What the id of a union adds to that of its class.
pub const SUFFIX: &str = "__union";
/// The word in `meta:resourceType` and in paths.
pub const RESOURCE_TYPE: &str = "unions";
/// The class of events, which unions of records point to.
pub const EVENTS: &str = "https://ns.adobe.com/xdm/context/experienceevent";
/// What every union has beside the parts of its schemas.
const IDENTITIES: &str = "https://ns.adobe.com/xdm/context/identitymap";
const SEGMENTS: &str = "https://ns.adobe.com/xdm/context/profile-segmentation";
const RECORD: &str = "https://ns.adobe.com/xdm/data/record";
/// The tag of a schema that takes part.
const TAG: &str = "union";

/// What a union takes from one schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `$id` of the schema.
    pub id: String,
    /// `$id` of its class.
    pub class: String,
    /// The resources that it refers to as a whole.
    parts: Vec<String>,
    /// Everything that it extends.
    extends: Vec<String>,
    created_ms: i64,
    modified_ms: i64,
}

/// Where a union is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Organisation and sandbox.
    pub scope: &'a Scope,
    /// `production` or `development`.
    pub sandbox_type: &'a str,
    /// The organisation's tenant word, without the underscore.
    pub tenant_id: &'a str,
}

impl Member {
    /// What `body` gives to a union; `None` where it is no schema or does not carry the tag.
    pub fn of(body: &Value) -> Option<Self> {
        let tagged = body["meta:immutableTags"].as_array().is_some_and(|tags| tags.iter().any(|tag| tag == TAG));
        if !tagged || body["meta:resourceType"] != ResourceType::Schemas.as_str() {
            return None;
        }
        let metadata = &body["meta:registryMetadata"];
        let id = body["$id"].as_str()?;
        let all_of = || body["allOf"].as_array().into_iter().flatten();
        let foreign = |part: &Value| part["$ref"].as_str().filter(|part| !part.contains('#')).map(str::to_owned);
        let mut parts: Vec<String> = all_of().filter_map(foreign).collect();
        // Fields of the schema's own are in no other resource.
        if body["properties"].is_object() || all_of().any(|part| foreign(part).is_none()) {
            parts.push(id.to_owned());
        }
        Some(Self {
            id: id.to_owned(),
            class: body["meta:class"].as_str()?.to_owned(),
            parts,
            extends: body["meta:extends"].as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            created_ms: metadata["repo:createdDate"].as_i64().unwrap_or_default(),
            modified_ms: metadata["repo:lastModifiedDate"].as_i64().unwrap_or_default(),
        })
    }
}

/// Members by their class.
pub fn by_class(members: Vec<Member>) -> BTreeMap<String, Vec<Member>> {
    let mut classes: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    for member in members {
        classes.entry(member.class.clone()).or_default().push(member);
    }
    classes
}

/// The class that a union's `$id` or `meta:altId` names; `None` where it names no union.
pub fn class_of(id: &str) -> Option<&str> {
    id.strip_suffix(SUFFIX).filter(|class| !class.is_empty())
}

/// The raw body of the union of `class` and of the schemas `members`, of which there is at least one. With `events` the
/// sandbox has a union of events, which a union of records points to.
pub fn body(class: &Value, members: &[Member], events: bool, place: Place<'_>) -> Value {
    let class_id = class["$id"].as_str().unwrap_or_default();
    let is_record = class["meta:extends"].as_array().is_some_and(|all| all.iter().any(|one| one == RECORD));
    let mut parts = vec![class_id, IDENTITIES];
    parts.extend(is_record.then_some(SEGMENTS));
    parts.extend(members.iter().flat_map(|member| member.parts.iter().map(String::as_str)));
    let mut all_of: Vec<Value> = distinct(parts.iter().copied()).into_iter().map(reference).collect();
    let extends = members.iter().flat_map(|member| member.extends.iter().chain([&member.id]).map(String::as_str));
    let id = format!("{class_id}{SUFFIX}");
    let title = class["title"].as_str().unwrap_or(class_id);
    let mut out = json!({
        "$id": id, "meta:altId": alt_id(&id), "meta:resourceType": RESOURCE_TYPE, "version": "1.0",
        "title": format!("Union object for {title}"), "type": "object", "description": class["description"],
        "imsOrg": place.scope.org, "meta:extensible": false, "meta:abstract": false,
        "meta:extends": distinct(extends.chain(parts)), "meta:xdmType": "object",
        "meta:registryMetadata": {
            "repo:createdDate": members.iter().map(|member| member.created_ms).min(),
            "repo:lastModifiedDate": members.iter().map(|member| member.modified_ms).max(),
            "meta:globalLibVersion": LIBRARY_VERSION,
        },
        "meta:class": class_id, "meta:containerId": "tenant", "meta:sandboxId": place.scope.sandbox_id,
        "meta:sandboxType": place.sandbox_type, "meta:tenantNamespace": format!("_{}", place.tenant_id),
    });
    if is_record {
        let of = if events { format!("{EVENTS}{SUFFIX}") } else { EVENTS.to_owned() };
        let field = json!({ "title": "Events", "type": "array", "items": reference(&of) });
        out["definitions"] = json!({ "events": { "properties": { "timeSeriesEvents": field } } });
        all_of.push(reference("#/definitions/events"));
    }
    out["allOf"] = Value::Array(all_of);
    out
}

fn reference(id: &str) -> Value {
    json!({ "$ref": id, "type": "object", "meta:xdmType": "object" })
}

/// Each text once, in the order of their first places.
fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = std::collections::HashSet::new();
    texts.filter(|text| seen.insert(*text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xdm::{resolve, standard};

    const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";

    fn schema(id: &str, class: &str, groups: &[&str], tags: &Value) -> Value {
        let parts: Vec<Value> = std::iter::once(class).chain(groups.iter().copied()).map(reference).collect();
        json!({ "$id": id, "meta:resourceType": "schemas", "meta:class": class, "meta:immutableTags": tags,
                "meta:extends": [class], "allOf": parts,
                "meta:registryMetadata": { "repo:createdDate": 5, "repo:lastModifiedDate": 9 } })
    }

    fn union(class: &str, members: &[Member], events: bool) -> Value {
        let scope = Scope { org: "o".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
        let place = Place { scope: &scope, sandbox_type: "production", tenant_id: "acme" };
        body(&standard::by_id(class).unwrap().body, members, events, place)
    }

    #[test]
    fn only_tagged_schemas_take_part() {
        let tags = [json!(["union"]), json!([]), json!(null), json!("union"), json!([["union"]])];
        let found: Vec<bool> = tags.iter().map(|tags| Member::of(&schema("a", PROFILE, &[], tags)).is_some()).collect();
        assert_eq!(found, [true, false, false, false, false]);
        let mut class = schema("a", PROFILE, &[], &tags[0]);
        class["meta:resourceType"] = json!("classes");
        assert_eq!(Member::of(&class), None);
    }

    #[test]
    fn a_union_has_the_fields_of_all_its_schemas_and_of_every_profile() {
        let group = |name: &str| format!("https://ns.adobe.com/xdm/context/{name}");
        let (person, work) = (group("profile-person-details"), group("profile-work-details"));
        let tags = json!(["union"]);
        let schemas = [schema("a", PROFILE, &[&person], &tags), schema("b", PROFILE, &[&person, &work], &tags)];
        let members: Vec<Member> = schemas.iter().filter_map(Member::of).collect();
        let raw = union(PROFILE, &members, false);
        assert_eq!(
            (&raw["$id"], &raw["meta:altId"]),
            (&json!(format!("{PROFILE}__union")), &json!("_xdm.context.profile__union"))
        );
        assert_eq!(raw["title"], "Union object for XDM Individual Profile");
        let full = resolve::resolve(&raw, &|_| None).unwrap();
        for field in ["person", "workEmail", "identityMap", "segmentMembership", "timeSeriesEvents", "_id"] {
            assert!(full["properties"][field].is_object(), "{field}");
        }
        let events = &full["properties"]["timeSeriesEvents"]["items"]["properties"];
        assert_eq!(events["timestamp"]["meta:xdmType"], "date-time");
        let extends = raw["meta:extends"].as_array().unwrap();
        assert!(["a", "b", &work].iter().all(|id| extends.contains(&json!(id))), "{extends:?}");
    }

    #[test]
    fn a_union_of_records_points_to_the_union_of_events_where_there_is_one() {
        let tags = json!(["union"]);
        let web = "https://ns.adobe.com/xdm/context/experienceevent-web";
        let events = union(EVENTS, &[Member::of(&schema("e", EVENTS, &[web], &tags)).unwrap()], true);
        assert!(events.get("definitions").is_none());
        let profiles = union(PROFILE, &[Member::of(&schema("p", PROFILE, &[], &tags)).unwrap()], true);
        let full = resolve::resolve(&profiles, &|id| (id == events["$id"]).then(|| events.clone())).unwrap();
        assert!(full["properties"]["timeSeriesEvents"]["items"]["properties"]["web"].is_object());
    }

    #[test]
    fn ids_of_unions_name_their_class() {
        assert_eq!(class_of("_xdm.context.profile__union"), Some("_xdm.context.profile"));
        assert_eq!((class_of("__union"), class_of("_xdm.context.profile")), (None, None));
    }
}
