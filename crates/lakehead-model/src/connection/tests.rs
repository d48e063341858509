//! Connections: what is kept, what is secret, what may be changed.

use super::*;
use crate::specs::{AMAZON_S3, DATA_LAKE};
use crate::state::Mode;

fn scope() -> (Scope, Actor) {
    let scope = Scope { org: "O@AdobeOrg".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
    (scope, Actor { user: "u@techacct.adobe.com".into(), client: "c".into() })
}

fn make(body: &Value) -> Result<(Connection, Secrets), Invalid> {
    let (scope, actor) = scope();
    Connection::new(&NewConnection::parse(body)?, Mode::Complete, &scope, &actor, 5)
}

fn tutorial() -> Value {
    json!({
        "name": "S3", "description": "d",
        "auth": {"specName": "Access Key", "type": "KeyBased",
                 "params": {"s3AccessKey": "AK", "s3SecretKey": "hunter2", "bucketName": "bucket", "extra": "x"}},
        "connectionSpec": {"id": AMAZON_S3, "version": 1}
    })
}

#[test]
fn secrets_and_whatever_is_unknown_leave_the_document() {
    let (connection, secrets) = make(&tutorial()).unwrap();
    let shown = serde_json::to_value(&connection).unwrap();
    assert_eq!(shown["auth"]["params"], json!({"s3AccessKey": "AK", "bucketName": "bucket"}));
    assert_eq!(secrets.keys().collect::<Vec<_>>(), ["extra", "s3SecretKey"]);
    assert!(!format!("{connection:?}{secrets:?}").contains("hunter2"));
    assert!(!format!("{:?}", NewConnection::parse(&tutorial()).unwrap()).contains("hunter2"));
    assert_eq!(shown["state"], "enabled");
    assert_eq!(shown["version"], shown["etag"]);
    assert_eq!(shown["connectionSpec"]["version"], "1.0");
    assert_eq!(shown["createdAt"], 5);
    assert_eq!(serde_json::from_value::<Connection>(shown).unwrap(), connection);
}

#[test]
fn a_dataset_connection_has_no_credentials() {
    let (connection, secrets) = make(&json!({"name": "lake", "connectionSpec": {"id": DATA_LAKE}})).unwrap();
    assert!(connection.auth.is_none() && secrets.is_empty());
}

#[test]
fn each_mistake_has_its_code_and_names_the_field() {
    let broken = |path: &str, value: Value| {
        let mut body = tutorial();
        *body.pointer_mut(path).unwrap() = value;
        make(&body).unwrap_err()
    };
    for (path, value, code, field) in [
        ("/name", json!(null), "CONNECTOR-1304-400", "`name`"),
        ("/name", json!({}), "CONNECTOR-1312-400", "`name`"),
        ("/name", json!("x".repeat(300)), "CONNECTOR-1312-400", "`name`"),
        ("/auth", json!(null), "CONNECTOR-1304-400", "`auth`"),
        ("/auth", json!([1]), "CONNECTOR-1312-400", "`auth`"),
        ("/auth/specName", json!("Other"), "FLOW-1415-400", "`auth.specName`"),
        ("/auth/params", json!({}), "CONNECTOR-1304-400", "`auth.params.s3AccessKey`"),
        ("/auth/params/s3SecretKey", json!({"k": 1}), "CONNECTOR-1312-400", "`auth.params.s3SecretKey`"),
        ("/auth/params/bucketName", json!("A_B"), "CONNECTOR-1312-400", "`auth.params.bucketName`"),
        ("/connectionSpec/id", json!("nope"), "FLOW-1413-400", "`connectionSpec.id`"),
        ("/connectionSpec", json!("nope"), "CONNECTOR-1312-400", "`connectionSpec`"),
        ("/connectionSpec/version", json!(1e300), "CONNECTOR-1312-400", "`connectionSpec.version`"),
    ] {
        let error = broken(path, value);
        assert_eq!(error.code, code, "{path}: {error}");
        assert!(error.message.contains(field), "{error}");
    }
    let deep = (0..90).fold(json!(1), |inner, _| json!({"a": inner}));
    broken("/auth/params/extra", deep);
}

#[test]
fn a_draft_says_later_how_it_authenticates() {
    let (scope, actor) = scope();
    let body = json!({"name": "S3", "connectionSpec": {"id": AMAZON_S3}});
    assert_eq!(make(&body).unwrap_err().code, "CONNECTOR-1304-400");
    let input = NewConnection::parse(&body).unwrap();
    let (draft, secrets) = Connection::new(&input, Mode::Draft, &scope, &actor, 5).unwrap();
    assert_eq!(
        (draft.state, draft.publish(&secrets, &actor, 6).unwrap_err().code),
        (State::Draft, "CONNECTOR-1304-400")
    );
    let auth = |value: Value| patch::parse(&json!({"op": "add", "path": "/auth", "value": value})).unwrap();
    let half = json!({"specName": "Access Key", "params": {"s3SecretKey": "hunter2"}});
    let (draft, secrets) = draft.patch(&auth(half), &secrets, &actor, 6).unwrap();
    assert!(!serde_json::to_string(&draft).unwrap().contains("hunter2"));
    assert_eq!(draft.publish(&secrets, &actor, 6).unwrap_err().code, "CONNECTOR-1304-400");
    for (value, code) in [
        (json!({"specName": "Other"}), "FLOW-1415-400"),
        (json!({"specName": "Access Key", "params": {"bucketName": "A_B"}}), "CONNECTOR-1312-400"),
    ] {
        assert_eq!(draft.patch(&auth(value), &secrets, &actor, 6).unwrap_err().code, code);
    }
    let key = patch::parse(&json!({"op": "add", "path": "/auth/params/s3AccessKey", "value": "AK"})).unwrap();
    let (draft, secrets) = draft.patch(&key, &secrets, &actor, 7).unwrap();
    let published = draft.publish(&secrets, &actor, 8).unwrap();
    assert_eq!(
        (published.state, published.publish(&secrets, &actor, 9).unwrap_err().code),
        (State::Enabled, "FLOW-1422-400")
    );
    assert_eq!(published.patch(&auth(json!({})), &secrets, &actor, 9).unwrap_err().code, "CONNECTOR-1365-400");
}

#[test]
fn a_patch_can_renew_a_token_and_replaces_all_parameters_when_asked() {
    let (_, actor) = scope();
    let (connection, secrets) = make(&tutorial()).unwrap();
    let run = |body: Value| connection.patch(&patch::parse(&body).unwrap(), &secrets, &actor, 9);
    let (renewed, all) = run(json!([{"op": "add", "path": "/auth/params/s3SessionToken", "value": "t"}])).unwrap();
    assert_eq!(all.keys().collect::<Vec<_>>(), ["extra", "s3SecretKey", "s3SessionToken"]);
    assert_ne!(renewed.etag, connection.etag);
    assert_eq!((renewed.audit.updated_at, renewed.audit.created_at), (9, 5));
    let (replaced, all) = run(json!([{"op": "replace", "path": "/auth/params",
        "value": {"s3AccessKey": "B", "s3SecretKey": "new"}}]))
    .unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(replaced.auth.unwrap().params.len(), 1);
    let refused = |body: Value| run(body).unwrap_err().code;
    assert_eq!(refused(json!({"op": "remove", "path": "/auth/params/s3SecretKey"})), "CONNECTOR-1304-400");
    assert_eq!(refused(json!({"op": "replace", "path": "/auth/specName", "value": "x"})), "CONNECTOR-1365-400");
    assert_eq!(refused(json!({"op": "remove", "path": "/connectionSpec"})), "FLOW-1414-400");
    let (named, _) = run(json!({"op": "replace", "path": "/name", "value": "new"})).unwrap();
    assert!(named.same_access(&connection) && named.name == "new");
}
