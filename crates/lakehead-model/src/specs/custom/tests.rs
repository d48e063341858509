//! What an organisation may make a spec of, and what not.

use super::*;
use crate::flow::NewFlow;
use crate::schedule::ScheduleRules;
use crate::specs::{AMAZON_S3, DATA_LAKE, SpecRef, flow_spec};
use crate::state::Mode;

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

const ID: &str = "11111111-1111-4111-8111-111111111111";

fn make(kind: SpecKind, body: &Value) -> Result<CustomSpec, Invalid> {
    CustomSpec::parse(body, kind, ID, 5)
}

fn connection() -> Value {
    json!({
        "name": "acme-rest", "providerId": "0ed90a81-07f4-4586-8190-b40eccef1c5a", "version": 1, "type": "generic-rest",
        "id": "made-up", "authSpec": [{"name": "Basic Authentication", "type": "BasicAuthentication",
            "spec": {"$schema": DRAFT, "type": "object", "properties": {"host": {"type": "string", "pattern": "^[a-z.]+$"}}}}],
        "sourceSpec": {"spec": {"$schema": DRAFT, "type": "object"}, "attributes": {"uiAttributes": {"isSource": true}}},
        "attributes": {"category": "Protocols", "availability": "available"},
        "permissionsInfo": {"view": {"@type": "lowLevel", "name": "EnterpriseSource", "permissions": ["read"]}},
    })
}

fn flow(extra: &Value) -> Value {
    let mut body = json!({
        "name": "AcmeToLake", "providerId": "p",
        "sourceConnectionSpecIds": [AMAZON_S3.to_uppercase()], "targetConnectionSpecIds": [DATA_LAKE],
        "transformationSpecDTOS": [{"name": "Mapping", "spec": {"type": "object"}}],
        "attributes": {"isSourceFlow": true},
    });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[test]
fn a_spec_is_kept_as_sent_with_what_the_server_adds() {
    let spec = make(SpecKind::Connection, &connection()).unwrap();
    assert_eq!((&spec.shown["id"], &spec.shown["version"]), (&json!(ID), &json!("1.0")));
    assert_eq!(spec.shown["sourceSpec"], connection()["sourceSpec"]);
    assert_eq!(spec.shown["attributes"], json!({"category": "Protocols", "availability": "notYetAvailable"}));
    assert_eq!(make(SpecKind::Connection, &spec.shown).unwrap().shown, spec.shown, "what is shown can be sent");
    let least = make(SpecKind::Connection, &json!({"name": "mine", "providerId": "p"})).unwrap();
    assert_eq!(
        (&least.shown["authSpec"], &least.shown["attributes"]["availability"]),
        (&json!([]), &json!(NOT_YET_AVAILABLE))
    );
    for name in TRANSFORMATIONS {
        let mut body = flow(&json!({}));
        let list = body.as_object_mut().unwrap().remove("transformationSpecDTOS").unwrap();
        body[name] = list.clone();
        assert_eq!(make(SpecKind::Flow, &body).unwrap().shown["transformationSpecs"], list, "{name}");
    }
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    let nested = (0..40).fold(json!(1), |inner, _| json!({"a": inner}));
    let schema = |schema: Value| json!({"spec": schema});
    let patterns: Vec<_> = (0..100).map(|_| json!({"pattern": "a"})).collect();
    for (field, value, word) in [
        ("name", json!(null), "`name`"),
        ("name", json!(" a"), "`name`"),
        ("colour", json!("red"), "`colour`"),
        ("providerId", json!([]), "`providerId`"),
        ("version", json!("new"), "`version`"),
        ("authSpec", json!({}), "`authSpec`"),
        ("authSpec", json!([{"name": "a"}, {"name": "a"}]), "`authSpec[1].name`"),
        ("authSpec", json!([{"name": "a", "spec": {"type": "x"}}]), "`authSpec[0].spec`"),
        ("sourceSpec", schema(json!(true)), "`sourceSpec.spec`"),
        ("sourceSpec", schema(json!({"properties": []})), "`sourceSpec.spec`"),
        ("sourceSpec", schema(json!({"pattern": "("})), "`sourceSpec.spec`"),
        ("sourceSpec", schema(json!({"pattern": "((a{99}){99}){99}"})), "`sourceSpec.spec`"),
        ("sourceSpec", schema(json!({"anyOf": patterns})), "regular expressions"),
        ("sourceSpec", schema(json!({"$ref": "http://169.254.169.254/"})), "`$ref`"),
        ("sourceSpec", schema(json!({"allOf": [{"$ref": "#"}]})), "`$ref`"),
        ("sourceSpec", schema(json!({"$schema": "https://json-schema.org/draft/2020-12/schema"})), "draft-07"),
        ("settings", nested, "nesting"),
        ("settings", json!({"a": "x".repeat(300_000)}), "256 KiB"),
        ("settings", json!({"a": vec![0; 20_000]}), "10000 values"),
        ("entitlementInfo", json!({}), "`entitlementInfo`"),
    ] {
        let mut body = connection();
        body[field] = value;
        let error = make(SpecKind::Connection, &body).unwrap_err();
        assert!(error.code.ends_with("-400") && error.message.contains(word), "{field}: {error}");
    }
    for body in [json!([]), json!(null), json!({})] {
        assert_eq!(make(SpecKind::Flow, &body).unwrap_err().code, "FLOW-1405-400");
    }
}

#[test]
fn a_spec_fits_among_what_the_organisation_sees() {
    let built_in = connection_specs();
    let flow_spec = |extra: Value| make(SpecKind::Flow, &flow(&extra)).unwrap();
    flow_spec(json!({})).check_among(flow_specs(), built_in).unwrap();
    let own = flow_spec(json!({"sourceConnectionSpecIds": [ID]}));
    assert_eq!(own.check_among(flow_specs(), built_in).unwrap_err().code, "FLOW-1413-400");
    let known = [built_in, &[make(SpecKind::Connection, &connection()).unwrap().shown]].concat();
    own.check_among(flow_specs(), &known).unwrap();
    assert!(make(SpecKind::Flow, &flow(&json!({"targetConnectionSpecIds": [5]}))).is_err());

    let spec = make(SpecKind::Connection, &connection()).unwrap();
    spec.check_among(&known, &known).unwrap();
    let mut other = spec.shown.clone();
    other["id"] = json!("other");
    let error = spec.check_among(&[built_in, &[other.clone()]].concat(), &known).unwrap_err();
    assert!(error.message.contains("another spec"), "{error}");
    other["name"] = json!("other");
    let many = vec![other.clone(); MAX_SPECS];
    let error = spec.check_among(&[built_in, &many].concat(), &known).unwrap_err();
    assert!(error.message.contains("500"), "{error}");
    other["settings"] = json!("x".repeat(MAX_TOTAL));
    let error = spec.check_among(&[built_in, &[other]].concat(), &known).unwrap_err();
    assert!(error.message.contains("16 MiB"), "{error}");
}

#[test]
fn a_flow_is_checked_against_the_spec_of_its_organisation() {
    let schedule = json!({"spec": {"properties": {"interval": {"type": "integer", "minimum": 60}}}});
    let extra = json!({"scheduleSpec": schedule, "optionSpec": {"spec": {"required": ["note"]}}});
    let own = make(SpecKind::Flow, &flow(&extra)).unwrap();
    let reference = SpecRef::built_in(&own.id);
    assert_eq!(flow_spec(&reference, &[]).unwrap_err().code, "FLOW-1413-400");
    let parse = |interval: i64, options: Value| {
        let body = json!({"name": "f", "flowSpec": {"id": own.id}, "options": options,
            "sourceConnectionIds": [own.id], "targetConnectionIds": [own.id],
            "scheduleParams": {"startTime": 1, "frequency": "minute", "interval": interval}});
        NewFlow::parse(&body, Mode::Complete, ScheduleRules::default(), std::slice::from_ref(&own.shown))
    };
    parse(60, json!({"note": "n"})).unwrap();
    assert_eq!(parse(60, json!({})).unwrap_err().code, "CONNECTOR-1304-400");
    let error = parse(30, json!({"note": "n"})).unwrap_err();
    assert!(error.message.contains("`scheduleParams.interval`"), "{error}");
}
