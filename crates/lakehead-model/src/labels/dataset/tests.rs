//! Labels of datasets: what a client may say of them, and what is kept.

use super::*;
use crate::Actor;
use crate::dataset::NewDataset;

const SCHEMA: &str = "https://ns.adobe.com/acme/schemas/abc";

fn dataset() -> Dataset {
    let body = json!({"name": "n", "schemaRef": {"id": SCHEMA}});
    let scope = Scope { org: "O".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
    let actor = Actor { user: "u".into(), client: "c".into() };
    Dataset { id: "d".into(), ..Dataset::new(&NewDataset::parse(&body).unwrap(), &scope, &actor, 5) }
}

fn parse(body: &Value) -> Result<NewDatasetLabels, Invalid> {
    NewDatasetLabels::parse(body, &dataset())
}

fn field(path: &str, labels: &[&str]) -> Value {
    json!({"option": {"id": SCHEMA, "contentType": "x", "schemaPath": path}, "labels": labels})
}

#[test]
fn the_documented_body_is_read_and_shown() {
    let body = json!({"entityId": {"namespace": "AEP", "id": "d", "type": "dataset"}, "labels": ["C2", "core/C2", "L1"],
        "parents": [{"id": "_acme.schemas.abc", "type": "schema", "namespace": "AEP"}], "optionalLabels": []});
    let input = parse(&body).unwrap();
    assert_eq!(input.named().collect::<Vec<_>>(), ["core/C2", "custom/L1"]);
    let scope = Scope { org: "O".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
    let made = input.create("d", 5).unwrap();
    assert_eq!(
        made.to_wire(&scope),
        json!({"AEP:dataset:d": {"imsOrg": "O", "labels": ["C2", "L1"], "optionalLabels": []}})
    );
}

#[test]
fn labels_of_single_fields_only_stay_or_become_fewer() {
    let one = parse(&json!({"labels": [], "optionalLabels": [field("/properties/a", &["C1", "S2"])]})).unwrap();
    assert!(one.clone().create("d", 1).unwrap_err().message.contains("`optionalLabels`"));
    let legacy = DatasetLabels {
        dataset_id: "d".into(),
        etag: Etag::generate(),
        labels: vec![],
        optional_labels: one.optional_labels.clone(),
        created: 1,
    };
    let put = |fields: &[Value]| parse(&json!({"labels": ["C1"], "optionalLabels": fields})).unwrap().replace(&legacy);
    let kept = put(&[field("/properties/a", &["C1", "S2"])]).unwrap();
    assert!(kept.optional_labels == legacy.optional_labels && kept.labels == ["C1"] && kept.etag != legacy.etag);
    assert_eq!(put(&[field("/properties/a", &["core/C1"])]).unwrap().optional_labels[0].labels, ["core/C1"]);
    assert!(put(&[]).unwrap().optional_labels.is_empty());
    for more in [field("/properties/a", &["C2"]), field("/properties/b", &["C1"])] {
        assert_eq!(put(&[more]).unwrap_err().code, BAD);
    }
}

#[test]
fn each_mistake_names_the_member() {
    let many: Vec<String> = (0..101).map(|number| format!("L{number}")).collect();
    for (name, value, word) in [
        ("labels", json!(null), "`labels`"),
        ("labels", json!("C1"), "`labels`"),
        ("labels", json!(["core/C99"]), "`core/C99`"),
        ("labels", json!([7]), "`labels`"),
        ("labels", json!(many), "`labels`"),
        ("entityId", json!({"id": "other"}), "`entityId.id`"),
        ("entityId", json!({"type": "schema"}), "`entityId.type`"),
        ("entityId", json!([]), "`entityId`"),
        ("parents", json!([{"id": "_acme.schemas.other", "type": "schema"}]), "`parents`"),
        ("parents", json!({}), "`parents`"),
        ("optionalLabels", json!([1]), "`optionalLabels`"),
        ("optionalLabels", json!([{"labels": ["C1"]}]), "`optionalLabels.option`"),
        ("optionalLabels", json!([{"option": {"id": SCHEMA}, "labels": []}]), "`optionalLabels.option.schemaPath`"),
        ("optionalLabels", json!([{"option": {"id": SCHEMA, "schemaPath": "/a"}}]), "`optionalLabels.labels`"),
    ] {
        let mut body = json!({"labels": ["C1"]});
        body[name] = value;
        let error = parse(&body).unwrap_err();
        assert!(error.code == BAD && error.message.contains(word), "{error}");
    }
}
