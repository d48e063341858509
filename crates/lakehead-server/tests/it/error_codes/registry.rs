//! Requests that the Schema Registry refuses.

use serde_json::{Value, json};

use super::bench::Bench;
use super::case::Case;
use crate::harness::client::SCHEMA_REGISTRY;

const ID: &str = "application/vnd.adobe.xed-id+json";
const LIST: &str = "application/vnd.adobe.xed+json";
const LOOKUP: &str = "application/vnd.adobe.xed+json;version=1";
const PROFILE: &str = "https://ns.adobe.com/xdm/context/profile";

pub(super) fn cases(bench: &Bench) -> Vec<Case> {
    let mut cases = lookups();
    cases.extend(schemas());
    cases.extend(field_groups(&bench.namespace));
    cases.extend(changes(bench));
    cases
}

fn lookups() -> Vec<Case> {
    let get =
        |code, path: &str, accept: &str| Case::get(code, format!("{SCHEMA_REGISTRY}/{path}")).header("accept", accept);
    vec![
        get("XDM-1006-400", "tenant/schemas", LOOKUP),
        get("XDM-1007-400", "global/classes/_xdm.context.profile", LIST),
        get("XDM-1012-404", "tenant/schemas/nowhere", LOOKUP),
        get("XDM-1012-404", "global/classes/_xdm.context.profile", "application/vnd.adobe.xed+json;version=2"),
        get("XDM-1012-404", "tenant/nonsense", ID),
        get("XDM-1012-404", "nonsense/schemas", ID),
        get("XDM-9100-406", "tenant/schemas", "text/html"),
        get("XDM-9101-400", "tenant/schemas?property=a..b==c", ID),
        get("XDM-9101-400", "tenant/schemas?property=title~(", ID),
        get("XDM-9101-400", "tenant/schemas?orderby=%25", ID),
        get("XDM-9101-400", "tenant/schemas?limit=-1", ID),
        get("XDM-9101-400", "tenant/schemas?start=Miller", ID),
        get("XDM-1006-400", "tenant/unions", LOOKUP),
        get("XDM-1007-400", "tenant/unions/_xdm.context.profile__union", LIST),
        get("XDM-1012-404", "tenant/unions/_xdm.context.experienceevent__union", LOOKUP),
        get("XDM-1012-404", "tenant/unions/nonsense", LOOKUP),
        get("XDM-1007-400", "rpc/sampledata/_xdm.context.profile", LIST),
        get("XDM-1012-404", "rpc/sampledata/nowhere", LOOKUP),
        get("XDM-1012-404", "rpc/export/_xdm.context.profile", LOOKUP),
        get("XDM-1012-404", "rpc/auditlog/nowhere", LOOKUP),
    ]
}

fn changes(bench: &Bench) -> Vec<Case> {
    let id = bench.pipeline.schema.replace(':', "%3A").replace('/', "%2F");
    let (own, descriptors) =
        (format!("{SCHEMA_REGISTRY}/tenant/schemas/{id}"), format!("{SCHEMA_REGISTRY}/tenant/descriptors"));
    let patch = |code, operations: Value| Case::patch(code, &own, "", operations);
    vec![
        patch("XDM-9104-400", json!([{"op": "move", "path": "/title"}])),
        patch("XDM-9105-400", json!([{"op": "remove", "path": "/allOf/1"}])),
        Case::delete("XDM-9106-400", &own),
        Case::post("XDM-9107-400", format!("{SCHEMA_REGISTRY}/rpc/import"), json!([])),
        Case::post("XDM-9107-400", format!("{SCHEMA_REGISTRY}/rpc/import"), json!({"title": "a"})),
        Case::post("XDM-9107-400", format!("{SCHEMA_REGISTRY}/rpc/import"), json!(vec![json!({"$id": "a"}); 201])),
        Case::post("XDM-9001-400", format!("{SCHEMA_REGISTRY}/rpc/import"), json!([{"$id": "https://ns.adobe.com/x"}])),
        Case::post("XDM-9200-400", &descriptors, json!({"@type": "xdm:nope"})),
        Case::get("XDM-1008-400", &descriptors).header("accept", LIST),
        Case::get("XDM-1009-400", format!("{descriptors}/nowhere")).header("accept", LIST),
    ]
}

fn schemas() -> Vec<Case> {
    let post = |code, kind: &str, body: Value| Case::post(code, format!("{SCHEMA_REGISTRY}/{kind}"), body);
    let schema = |title: &str, parts: &[&str]| {
        let parts: Vec<_> = parts.iter().map(|part| json!({"$ref": part})).collect();
        json!({"title": title, "type": "object", "allOf": parts})
    };
    let events = "https://ns.adobe.com/xdm/context/experienceevent";
    let group = "https://ns.adobe.com/xdm/context/profile-person-details";
    let behaviour = "https://ns.adobe.com/xdm/data/record";
    vec![
        // The bench has a schema of this title.
        post("XDM-3005-400", "tenant/schemas", schema("Others", &[PROFILE])),
        post("XDM-9000-400", "tenant/schemas", json!([1])),
        post("XDM-9001-400", "tenant/schemas", schema("", &[PROFILE])),
        post("XDM-9002-400", "tenant/schemas", schema("a", &[group])),
        post("XDM-9003-400", "tenant/schemas", schema("a", &[PROFILE, events])),
        post("XDM-9004-400", "tenant/classes", schema("a", &[])),
        post("XDM-9005-400", "tenant/schemas", schema("a", &[PROFILE, "https://ns.example.com/nowhere"])),
        post("XDM-9006-400", "tenant/schemas", schema("a", &[PROFILE, behaviour])),
        post("XDM-9102-400", "tenant/behaviors", schema("a", &[])),
        post("XDM-9103-403", "global/schemas", schema("a", &[PROFILE])),
    ]
}

fn field_groups(namespace: &str) -> Vec<Case> {
    let own = |fields: Value| json!({"properties": {namespace: {"type": "object", "properties": fields}}});
    let post = |code, definitions: Value| {
        let parts: Vec<_> =
            definitions.as_object().unwrap().keys().map(|name| format!("#/definitions/{name}")).collect();
        let parts: Vec<_> = parts.iter().map(|part| json!({"$ref": part})).collect();
        let body = json!({"title": "a", "type": "object", "meta:intendedToExtend": [PROFILE],
            "definitions": definitions, "allOf": parts});
        Case::post(code, format!("{SCHEMA_REGISTRY}/tenant/fieldgroups"), body)
    };
    let mut deep = json!({"type": "string"});
    for _ in 0..50 {
        deep = json!({"type": "object", "properties": {"a": deep}});
    }
    vec![
        post("XDM-9007-400", json!({"x": {"allOf": [{"$ref": "#/definitions/x"}], "properties": {}}})),
        post("XDM-9008-400", json!({"x": own(json!({"a": deep}))})),
        post(
            "XDM-9009-400",
            json!({"x": own(json!({"a": {"type": "string"}})), "y": own(json!({"a": {"type": "integer"}}))}),
        ),
        post("XDM-9010-400", json!({"x": {"properties": {"shoeSize": {"type": "string"}}}})),
        post("XDM-9011-400", json!({"x": own(json!({"a name": {"type": "string"}}))})),
        post("XDM-9012-400", json!({"x": own(json!({"a": {"title": "a"}}))})),
        post("XDM-9015-400", json!({"x": own(json!({"a": {"type": "string", "pattern": "("}}))})),
        post("XDM-9013-400", json!({"x": own(json!({"a": {"oneOf": [{"type": "string"}]}}))})),
    ]
}
