//! Mapping sets: both dialects, every member, versions, and what is refused.

use serde_json::{Value, json};

use super::*;
use crate::mapping::{RuleSource, parse_destination};
use crate::xdm::{Field, FieldType};

fn scope() -> Scope {
    Scope { org: "O@AdobeOrg".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() }
}

fn actor(user: &str) -> Actor {
    Actor { user: user.into(), client: "c".into() }
}

fn make(body: &Value) -> Result<MappingSet, Invalid> {
    Ok(MappingSet::new(Content::parse(body)?, &scope(), &actor("u"), 5))
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

fn leaf(name: &str, required: bool) -> Field {
    Field::new(name, FieldType::String, required)
}

fn object(name: &str, of: Vec<Field>) -> Field {
    Field::new(name, FieldType::Object(of), false)
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
        let again = Content::parse(&wire).unwrap();
        assert_eq!(again.to_wire(), set.content.to_wire());
        let stored = serde_json::to_value(&set).unwrap();
        assert_eq!(serde_json::from_value::<MappingSet>(stored).unwrap(), set);
    }
    let wire = make(&legacy()).unwrap().to_wire();
    assert_eq!((&wire["mappings"][1]["identity"], &wire["mappings"][0]["identityGroup"]), (&json!(true), &Value::Null));
    assert_eq!(make(&modern()).unwrap().content.rules().unwrap()[1].source, RuleSource::Static("42".into()));
}

#[test]
fn every_member_comes_back() {
    let mut body = modern();
    let more = json!({"name": "n", "status": "draft", "strictMapping": true, "allowNullValues": "true", "supportVersion": "1.0",
        "xdmVersion": "2.0", "tags": [{"name": "team", "values": ["a", "b"]}, {"name": "old", "value": ["c"]}],
        "inputSchema": {"id": "i", "version": 1, "sampleId": "x", "jsonSchema": {"type": "object"}}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body["outputSchema"]["id"] = json!("o");
    body["outputSchema"]["jsonSchema"] = json!({"type": "object"});
    let mapping = json!({"name": "m", "description": "d", "identity": true, "primaryIdentity": true, "identityGroup": "g",
        "namespaceCode": "Email", "matchScore": 0.5, "functionVersion": 2, "expressionAttributes": ["a.b"]});
    body["mappings"][0].as_object_mut().unwrap().extend(mapping.as_object().unwrap().clone());
    let wire = make(&body).unwrap().to_wire();
    for member in ["name", "strictMapping", "supportVersion", "xdmVersion", "inputSchema"] {
        assert_eq!(wire[member], body[member], "{member}");
    }
    assert_eq!((&wire["status"], &wire["allowNullValues"]), (&json!("DRAFT"), &json!(true)));
    assert_eq!(wire["tags"][1], json!({"name": "old", "values": ["c"]}));
    assert_eq!((&wire["outputSchema"]["id"], wire["outputSchema"].get("jsonSchema")), (&json!("o"), None));
    for (member, value) in mapping.as_object().unwrap() {
        assert_eq!(wire["mappings"][0][member], *value, "{member}");
    }
}

#[test]
fn what_was_stored_by_earlier_versions_is_still_read() {
    let stored = json!({"id": "a".repeat(32), "etag": "\"00000000-0000-0000-0000-000000000000\"", "version": 0,
        "imsOrgId": "O@AdobeOrg", "sandboxId": "s", "schemaRef": {"id": "x", "contentType": "y"}, "xdmVersion": "1.0",
        "mappings": [{"id": "b".repeat(32), "sourceType": "ATTRIBUTE", "source": "a", "destination": "b",
            "extra": {"identity": true}}],
        "createdDate": 3, "modifiedDate": 3, "createdBy": "u", "modifiedBy": "u"});
    let set: MappingSet = serde_json::from_value(stored).unwrap();
    let wire = set.to_wire();
    assert_eq!((&wire["status"], &wire["supportVersion"]), (&json!("PUBLISHED"), &json!("1.1")));
    assert_eq!((&wire["mappings"][0]["createdDate"], &wire["mappings"][0]["identity"]), (&json!(3), &json!(true)));
}

#[test]
fn calculated_fields_are_parsed_and_found_out() {
    let mut body = legacy();
    body["mappings"][0]["sourceAttribute"] = json!("concat(first, \" \", person.last)");
    body["mappings"][1]["sourceAttribute"] = json!("First Name");
    let set = make(&body).unwrap();
    let wire = set.to_wire();
    assert_eq!(wire["mappings"][0]["sourceType"], "text/x.aep-xl");
    assert_eq!(wire["mappings"][0]["expressionAttributes"], json!(["first", "person.last"]));
    assert_eq!(wire["mappings"][1]["sourceType"], "text/x.schema-path");
    assert!(matches!(&set.content.rules().unwrap()[0].source, RuleSource::Expression(_)));

    let mut body = modern();
    body["mappings"][0]["sourceType"] = json!("EXPRESSION");
    for (text, words) in [("concat(a", "position"), ("a = 1", "position"), (&*"a+".repeat(3000), "4096")] {
        body["mappings"][0]["source"] = json!(text);
        let error = make(&body).unwrap_err();
        assert!(error.code == BAD_SET && error.message.contains("`mappings[0].source`"), "{error}");
        assert!(error.message.contains(words), "{error}");
    }
}

#[test]
fn a_put_makes_the_next_version_and_keeps_the_mappings_it_names() {
    let set = make(&legacy()).unwrap();
    let next = set.replaced(Content::parse(&modern()).unwrap(), &actor("v"), 9).unwrap();
    assert_eq!((next.version, next.id == set.id, next.created_date, next.modified_date), (1, true, 5, 9));
    assert!(next.position(&set.content.mappings[0].id).is_none());

    let mut body = set.to_wire();
    body["mappings"][1]["source"] = json!("key");
    let twice = json!({"source": "x", "destination": "y", "id": body["mappings"][0]["id"]});
    body["mappings"].as_array_mut().unwrap().push(twice);
    let next = set.replaced(Content::parse(&body).unwrap(), &actor("v"), 9).unwrap().to_wire();
    let (before, after) = (&body["mappings"], &next["mappings"]);
    assert_eq!(
        (&after[0]["id"], &after[0]["version"], &after[0]["modifiedBy"]),
        (&before[0]["id"], &json!(0), &json!("u"))
    );
    assert_eq!(
        (&after[1]["id"], &after[1]["version"], &after[1]["modifiedBy"]),
        (&before[1]["id"], &json!(1), &json!("v"))
    );
    assert_eq!((&after[1]["createdDate"], &after[1]["modifiedDate"]), (&json!(5), &json!(9)));
    assert_ne!(after[2]["id"], before[0]["id"]);

    let last = MappingSet { version: MAX_VERSIONS - 1, ..set };
    assert!(last.replaced(Content::parse(&modern()).unwrap(), &actor("v"), 9).unwrap_err().message.contains("10000"));
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
    for (member, value) in [
        ("status", json!("DONE")),
        ("tags", json!([{"values": []}])),
        ("tags", json!([{"name": "x", "values": [1]}])),
        ("strictMapping", json!("maybe")),
        ("inputSchema", json!("x")),
        ("schemaRef", json!(7)),
    ] {
        let mut body = legacy();
        body[member] = value;
        let error = make(&body).unwrap_err();
        assert!(error.code == BAD_SET && error.message.contains(member), "{error}");
    }
    for (member, value) in [
        ("identity", json!("maybe")),
        ("matchScore", json!("x")),
        ("functionVersion", json!(1.5)),
        ("expressionAttributes", json!([1])),
        ("name", json!([])),
    ] {
        let mut body = modern();
        body["mappings"][1][member] = value;
        let error = make(&body).unwrap_err();
        assert!(error.message.contains(&format!("`mappings[1].{member}`")), "{error}");
    }
    assert_eq!(make(&json!([])).unwrap_err().code, BAD_SET);
}

#[test]
fn a_set_does_not_grow_without_end() {
    let big = "x".repeat(16_000);
    let mappings: Vec<Value> =
        (0..600).map(|n| json!({"sourceType": "STATIC", "source": big, "destination": format!("f{n}")})).collect();
    let body = json!({"xdmSchema": "s", "mappings": mappings});
    assert!(make(&body).unwrap_err().message.contains("4 MiB"));
    let mut content = Content::parse(&legacy()).unwrap();
    content.mappings.clear();
    assert!(content.check().unwrap_err().message.contains("at least one"));
}

#[test]
fn destinations_are_looked_up_in_the_schema() {
    let fields = [leaf("_id", false), object("person", vec![object("name", vec![leaf("firstName", false)])])];
    let set = make(&modern()).unwrap();
    assert_eq!(set.content.check_destinations(&fields), []);
    let missing = set.content.check_destinations(&fields[..1]);
    assert!(missing.len() == 1 && missing[0].message.contains("`person.name.firstName`"));
    let mut body = modern();
    body["mappings"][1]["destination"] = json!("person.name");
    assert!(make(&body).unwrap().content.check_destinations(&fields)[0].message.contains("`person.name`"));
}

#[test]
fn required_fields_that_nothing_feeds_are_found() {
    let fields = [
        leaf("_id", true),
        leaf("other", false),
        object("a", vec![leaf("must", true), leaf("may", false)]),
        object("b", vec![leaf("must", true)]),
    ];
    let missing = |paths: &[&str]| {
        let paths: Vec<_> = paths.iter().map(|path| parse_destination(path).unwrap()).collect();
        uncovered(&fields, &paths)
    };
    assert_eq!(missing(&["other"]), ["_id"]);
    assert_eq!(missing(&["_id", "a.may"]), ["a.must"]);
    assert_eq!(missing(&["_id", "a", "a.may", "b.must"]), Vec::<String>::new());
}
