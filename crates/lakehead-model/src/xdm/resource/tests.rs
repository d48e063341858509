//! Making and changing resources: what the registry computes, and what it refuses.

use std::collections::HashMap;

use super::*;
use crate::mapping::{parse_destination, target_type};
use crate::xdm::{FieldType, resolve, tree};

const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";
const EVENT: &str = "https://ns.adobe.com/xdm/context/experienceevent";

fn with<T>(act: impl FnOnce(&NewResourceContext<'_>) -> T) -> T {
    let scope = Scope { org: "ORG@AdobeOrg".into(), sandbox_id: "s-1".into(), sandbox_name: "prod".into() };
    let actor = Actor { user: "u@techacct.adobe.com".into(), client: "c".into() };
    let ctx =
        NewResourceContext { tenant_id: "acme", scope: &scope, sandbox_type: "production", actor: &actor, now_ms: 7 };
    act(&ctx)
}

fn make(kind: ResourceType, body: Value, known: &[XdmResource]) -> Result<XdmResource, XdmError> {
    let known: HashMap<&str, &Value> = known.iter().map(|resource| (resource.id.as_str(), &resource.body)).collect();
    with(|ctx| XdmResource::new(kind, body, ctx, &|id| known.get(id).map(|&body| body.clone())))
}

fn schema(refs: &[&str]) -> Value {
    let parts: Vec<Value> = refs.iter().map(|reference| json!({ "$ref": reference })).collect();
    json!({ "title": "Loyalty", "allOf": parts })
}

fn group(properties: Value) -> Value {
    let own = Map::from_iter([("properties".to_owned(), properties)]);
    json!({ "title": "Points", "type": "object", "meta:intendedToExtend": [PROFILE],
        "definitions": { "own": own }, "allOf": [{ "$ref": "#/definitions/own" }] })
}

fn points() -> Value {
    group(json!({ "_acme": { "type": "object", "required": ["level"], "properties": {
        "points": { "type": "integer", "title": "Points" }, "level": { "type": "string" },
        "home": { "$ref": "https://ns.adobe.com/xdm/common/address" } } } }))
}

#[test]
fn a_schema_gets_everything_that_the_registry_computes() {
    let schema = make(ResourceType::Schemas, schema(&[PROFILE]), &[]).unwrap();
    let hash = schema.id.strip_prefix("https://ns.adobe.com/acme/schemas/").unwrap();
    assert!(hash.len() == 48 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(schema.alt_id, format!("_acme.schemas.{hash}"));
    let body = &schema.body;
    assert_eq!(body["$id"], schema.id);
    assert_eq!(body["version"], "1.0");
    assert_eq!(body["type"], "object");
    assert_eq!(body["meta:class"], PROFILE);
    assert_eq!(body["allOf"], json!([{ "$ref": PROFILE, "type": "object", "meta:xdmType": "object" }]));
    assert_eq!(
        body["meta:extends"],
        json!(["https://ns.adobe.com/xdm/common/auditable", "https://ns.adobe.com/xdm/data/record", PROFILE])
    );
    assert_eq!(body["refs"], json!([PROFILE]));
    assert_eq!(body["meta:registryMetadata"]["repo:createdDate"], 7);
    assert_eq!(body["meta:registryMetadata"]["eTag"].as_str().unwrap(), schema.etag.as_str().trim_matches('"'));
    assert_eq!(body["meta:tenantNamespace"], "_acme");
    assert_eq!(body["meta:sandboxType"], "production");
}

#[test]
fn a_resource_survives_being_stored() {
    let schema = make(ResourceType::Schemas, schema(&[EVENT]), &[]).unwrap();
    let stored = serde_json::to_string(&schema).unwrap();
    assert_eq!(serde_json::from_str::<XdmResource>(&stored).unwrap(), schema);
}

#[test]
fn a_tenant_field_group_becomes_part_of_the_tree() {
    let points = make(ResourceType::Mixins, points(), &[]).unwrap();
    assert!(points.id.contains("/acme/mixins/"));
    let own = &points.body["definitions"]["own"]["properties"]["_acme"]["properties"];
    assert_eq!(own["points"]["meta:xdmType"], "int");
    assert_eq!(own["home"]["type"], "object");
    let known = [points.clone()];
    let schema = make(ResourceType::Schemas, schema(&[PROFILE, &points.id]), &known).unwrap();
    let full = resolve::resolve(&schema.body, &|_| Some(points.body.clone())).unwrap();
    let tree = tree::fields(&full).unwrap();
    let at = |path: &[&str]| target_type(&tree, &parse_destination(&path.join(".")).unwrap());
    assert_eq!(at(&["_acme", "points"]), Some(&FieldType::Int));
    assert_eq!(at(&["_acme", "home", "_schema", "latitude"]), Some(&FieldType::Number));
    let Some(FieldType::Object(members)) = at(&["_acme"]) else { panic!("not an object") };
    assert!(members.iter().any(|field| field.name == "level" && field.required));
    assert!(schema.body["meta:extends"].as_array().unwrap().contains(&points.id.as_str().into()));
}

#[test]
fn a_field_group_in_a_list_of_itself_is_accepted() {
    let points = make(ResourceType::Mixins, points(), &[]).unwrap();
    let list = json!({ "$ref": points.id, "type": "array", "items": { "$ref": points.id } });
    let body = json!({ "title": "S", "allOf": [{ "$ref": PROFILE }, list] });
    make(ResourceType::Schemas, body, &[points]).unwrap();
}

#[test]
fn schemas_that_cannot_be_are_refused_with_the_cure() {
    let error = |body: Value| make(ResourceType::Schemas, body, &[]).unwrap_err();
    assert_eq!(error(schema(&[])), XdmError::NoClass);
    assert_eq!(
        error(schema(&[PROFILE, EVENT])).to_string(),
        format!("the schema has two classes, `{PROFILE}` and `{EVENT}`: keep one of them in `allOf`")
    );
    assert!(matches!(error(schema(&["https://ns.adobe.com/acme/mixins/0"])), XdmError::UnknownReference(_)));
    assert!(matches!(error(schema(&[PROFILE, "https://ns.adobe.com/xdm/context/person"])), XdmError::WrongPart { .. }));
    let untitled = error(json!({ "allOf": [{ "$ref": PROFILE }] })).to_string();
    assert!(untitled.starts_with("`title` of the schema is missing"), "{untitled}");
    assert!(error(json!({ "title": "x" })).to_string().starts_with("`allOf` of the schema"));
    assert!(error(json!({ "title": "x", "allOf": "y" })).to_string().starts_with("`allOf` of the schema"));
    assert_eq!(error(json!("x")), XdmError::NotAnObject("schema"));
    let mut inline = schema(&[PROFILE]);
    inline["properties"] = json!({ "extra": { "type": "string" } });
    assert!(matches!(error(inline), XdmError::Namespace { .. }));
}

#[test]
fn custom_fields_live_below_the_tenants_namespace() {
    let error = |properties: Value| make(ResourceType::Mixins, group(properties), &[]).unwrap_err();
    let outside = error(json!({ "points": { "type": "integer" } }));
    assert_eq!(outside, XdmError::Namespace { field: "points".to_owned(), namespace: "_acme".to_owned() });
    assert!(matches!(error(json!({ "_acme": { "type": "string" } })), XdmError::Namespace { .. }));
    assert!(matches!(error(json!({ "_other": { "type": "object", "properties": {} } })), XdmError::Name(_)));
    let inside =
        |name: &str| error(json!({ "_acme": { "type": "object", "properties": { name: { "type": "string" } } } }));
    for name in ["", "a b", "_x", "a.b", "ü", &"x".repeat(129)] {
        assert!(matches!(inside(name), XdmError::Name(_)), "{name}");
    }
    let untyped = error(json!({ "_acme": { "type": "object", "properties": { "a": {} } } }));
    assert_eq!(untyped, XdmError::Untyped("_acme.a".to_owned()));
    let mut no_classes = points();
    no_classes.as_object_mut().unwrap().shift_remove("meta:intendedToExtend");
    let error = make(ResourceType::Mixins, no_classes, &[]).unwrap_err().to_string();
    assert!(error.contains("`meta:intendedToExtend`"), "{error}");
}

#[test]
fn classes_need_one_behaviour_and_ad_hoc_ones_get_a_namespace() {
    let class = |refs: &[&str]| {
        let mut body = schema(refs);
        body["properties"] = json!({ "_adhoc": { "type": "object", "properties": { "a": { "type": "string" } } } });
        body
    };
    let adhoc = make(ResourceType::Classes, class(&["https://ns.adobe.com/xdm/data/adhoc"]), &[]).unwrap();
    let namespace = format!("_{}", adhoc.id.rsplit('/').next().unwrap());
    assert_eq!(adhoc.body["meta:datasetNamespace"], namespace);
    assert!(adhoc.body["properties"][&namespace]["properties"]["a"].is_object());
    let schema = make(ResourceType::Schemas, schema(&[&adhoc.id]), std::slice::from_ref(&adhoc)).unwrap();
    assert_eq!(schema.body["meta:datasetNamespace"], namespace);
    assert_eq!(schema.body["meta:class"], adhoc.id);

    let record = "https://ns.adobe.com/xdm/data/record";
    assert!(matches!(make(ResourceType::Classes, class(&[record]), &[]), Err(XdmError::Name(_))));
    assert_eq!(make(ResourceType::Classes, class(&[]), &[]), Err(XdmError::Behaviors(0)));
    let two = [record, "https://ns.adobe.com/xdm/data/time-series"];
    assert_eq!(make(ResourceType::Classes, class(&two), &[]), Err(XdmError::Behaviors(2)));
}

#[test]
fn data_types_are_objects_or_arrays_without_a_namespace() {
    let make = |body: Value| make(ResourceType::DataTypes, body, &[]);
    make(json!({ "title": "A", "properties": { "a": { "type": "number" } } })).unwrap();
    make(json!({ "title": "B", "type": "array", "items": { "type": "string" } })).unwrap();
    assert!(make(json!({ "title": "C", "type": "object" })).is_err());
    assert!(make(json!({ "title": "D", "type": "string" })).is_err());
}

#[test]
fn a_change_keeps_the_id_and_the_maker_and_counts_the_version_up() {
    let mut first = make(ResourceType::Schemas, schema(&[PROFILE]), &[]).unwrap();
    first.body["meta:immutableTags"] = json!(["union"]);
    let second = with(|ctx| {
        let actor = Actor { user: "other".into(), client: "d".into() };
        let later = NewResourceContext { now_ms: 99, actor: &actor, ..ctx.clone() };
        first.replaced(schema(&[PROFILE, "https://ns.adobe.com/xdm/context/identitymap"]), &later, &|_| None)
    })
    .unwrap();
    assert_eq!((second.id.as_str(), second.version.as_str()), (first.id.as_str(), "1.1"));
    assert_ne!(second.etag, first.etag);
    let metadata = &second.body["meta:registryMetadata"];
    assert_eq!((&metadata["repo:createdDate"], &metadata["repo:lastModifiedDate"]), (&json!(7), &json!(99)));
    assert_eq!(metadata["xdm:createdUserId"], "u@techacct.adobe.com");
    assert_eq!(metadata["xdm:lastModifiedUserId"], "other");
    assert_eq!(second.body["meta:immutableTags"], json!(["union"]));
    assert_eq!(next_minor("1.9"), "1.10");
}

#[test]
fn the_namespace_cannot_be_left_through_a_reference_to_oneself() {
    let hidden = json!({ "properties": { "a.b": { "type": "string" } } });
    let mut body = points();
    body["aside"] = hidden.clone();
    body["allOf"] = json!([{ "$ref": "#/aside" }]);
    let error = make(ResourceType::Mixins, body, &[]).unwrap_err();
    assert_eq!(error, XdmError::UnknownReference("#/aside".to_owned()));

    let first = make(ResourceType::Mixins, points(), &[]).unwrap();
    let mut body = points();
    body["definitions"]["own"] = json!({ "properties": { "outside": { "type": "string" } } });
    body["allOf"] = json!([{ "$ref": format!("{}#/definitions/own", first.id) }]);
    let error = with(|ctx| first.replaced(body, ctx, &|_| None)).unwrap_err();
    assert_eq!(error, XdmError::Namespace { field: "outside".to_owned(), namespace: "_acme".to_owned() });
}

#[test]
fn messages_stay_short_whatever_a_client_sends() {
    let error = make(ResourceType::Schemas, schema(&[&"x".repeat(100_000)]), &[]).unwrap_err();
    assert!(error.to_string().len() < 400);
}

#[test]
fn a_resource_ends_at_two_mebibytes() {
    let mut body = schema(&[PROFILE]);
    body["meta:examples"] = json!("x".repeat(2 << 20));
    assert_eq!(make(ResourceType::Schemas, body.clone(), &[]), Err(XdmError::TooLong));
    body["meta:examples"] = json!("x".repeat(1 << 20));
    assert!(make(ResourceType::Schemas, body, &[]).is_ok());
}
