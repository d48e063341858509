//! Source connections: formats and selections as clients write them.

use super::*;
use crate::connection::NewConnection;
use crate::format::{Compression, Encoding};
use crate::specs::AMAZON_S3;
use crate::state::Mode;

fn scope() -> (Scope, Actor) {
    let scope = Scope { org: "O@AdobeOrg".into(), sandbox_id: "s".into(), sandbox_name: "prod".into() };
    (scope, Actor { user: "u".into(), client: "c".into() })
}

fn base() -> Connection {
    let (scope, actor) = scope();
    let body = json!({"name": "S3", "connectionSpec": {"id": AMAZON_S3},
        "auth": {"specName": "Access Key", "params": {"s3AccessKey": "a", "s3SecretKey": "b"}}});
    Connection::new(&NewConnection::parse(&body).unwrap(), Mode::Complete, &scope, &actor, 1).unwrap().0
}

fn tutorial(base: &Connection) -> Value {
    json!({
        "name": "files", "description": null, "baseConnectionId": base.id,
        "data": {"format": "delimited", "properties": {"columnDelimiter": ",", "encoding": "UTF-8"}},
        "params": {"path": "bucket/folder/file.csv", "type": "file"},
        "connectionSpec": {"id": AMAZON_S3, "version": "1.0"}
    })
}

fn make(body: &Value, base: &Connection) -> Result<SourceConnection, Invalid> {
    let (scope, actor) = scope();
    SourceConnection::new(&NewSourceConnection::parse(body, Mode::Complete)?, Mode::Complete, base, &scope, &actor, 5)
}

#[test]
fn the_tutorial_body_is_stored_as_sent() {
    let base = base();
    let source = make(&tutorial(&base), &base).unwrap();
    let shown = serde_json::to_value(&source).unwrap();
    assert_eq!(shown["data"], tutorial(&base)["data"]);
    assert_eq!(shown["inheritedAttributes"]["baseConnection"]["id"], json!(base.id));
    assert_eq!(serde_json::from_value::<SourceConnection>(shown).unwrap(), source);
    assert_eq!(source.format().unwrap(), DataFormat::new(FormatKind::Delimited));
    assert_eq!(source.selection().unwrap().kind, SelectionKind::File);
}

#[test]
fn formats() {
    let read = |data: Value| format(data.as_object().unwrap());
    assert_eq!(read(json!({"format": "JSON"})).unwrap().kind, FormatKind::Json);
    let legacy = read(json!({"format": "delimited", "columnDelimiter": "\\t"})).unwrap();
    assert_eq!(legacy.column_delimiter, b'\t');
    let full = json!({"format": "delimited",
        "properties": {"columnDelimiter": "|", "encoding": "iso-8859-1", "compressionType": "GZIP"}});
    let full = read(full).unwrap();
    assert_eq!((full.column_delimiter, full.encoding), (b'|', Encoding::Latin1));
    assert_eq!(full.compression, Some(Compression::Gzip));
    for (code, data) in [
        ("CONNECTOR-1396-400", json!({})),
        ("CONNECTOR-1327-400", json!({"format": "xml"})),
        ("CONNECTOR-1327-400", json!({"format": "tabular"})),
        ("CONNECTOR-1327-400", json!({"format": 7})),
        ("CONNECTOR-1312-400", json!({"format": []})),
        ("CONNECTOR-1331-400", json!({"format": "delimited", "properties": {"columnDelimiter": "||"}})),
        ("CONNECTOR-1312-400", json!({"format": "delimited", "properties": {"columnDelimiter": "é"}})),
        ("CONNECTOR-1312-400", json!({"format": "delimited", "properties": {"columnDelimiter": ""}})),
        ("CONNECTOR-1312-400", json!({"format": "delimited", "properties": []})),
        ("CONNECTOR-1312-400", json!({"format": "delimited", "properties": {"encoding": "EBCDIC"}})),
        ("CONNECTOR-1312-400", json!({"format": "json", "properties": {"compressionType": "lzma"}})),
        ("CONNECTOR-1312-400", json!({"format": "parquet", "properties": {"compressionType": "gzip"}})),
    ] {
        assert_eq!(read(data.clone()).unwrap_err().code, code, "{data}");
    }
}

#[test]
fn selections() {
    let read = |params: Value| selection(params.as_object().unwrap());
    for (params, kind, recursive) in [
        (json!({"path": "b/f.csv"}), SelectionKind::File, false),
        (json!({"path": "b/folder"}), SelectionKind::Folder, false),
        (json!({"path": "b/x.y/"}), SelectionKind::Folder, false),
        (json!({"path": "b/*.csv", "type": "folder", "recursive": "true"}), SelectionKind::Pattern, true),
        (json!({"path": "b/*.csv"}), SelectionKind::Pattern, false),
        (json!({"path": "b/a*b.csv", "type": "file"}), SelectionKind::File, false),
        (json!({"path": "/b/f.d", "type": "Folder", "recursive": true}), SelectionKind::Folder, true),
    ] {
        let selection = read(params.clone()).unwrap();
        assert_eq!((selection.kind, selection.recursive), (kind, recursive), "{params}");
    }
    for params in [
        json!({}),
        json!({"path": ""}),
        json!({"path": []}),
        json!({"path": "a/../b"}),
        json!({"path": "a\nb"}),
        json!({"path": "x".repeat(2000)}),
        json!({"path": "a", "type": "link"}),
        json!({"path": "a", "type": {}}),
        json!({"path": "a", "recursive": "maybe"}),
        json!({"path": "a", "recursive": 1}),
    ] {
        read(params).unwrap_err();
    }
}

#[test]
fn each_mistake_names_the_field() {
    let base = base();
    for (path, value, field) in [
        ("/name", json!(""), "`name`"),
        ("/baseConnectionId", json!(null), "`baseConnectionId`"),
        ("/baseConnectionId", json!("x"), "`baseConnectionId`"),
        ("/data", json!(null), "`data`"),
        ("/data", json!("csv"), "`data`"),
        ("/params", json!(null), "`params`"),
        ("/params/path", json!(null), "`params.path`"),
        ("/connectionSpec/id", json!(crate::specs::DATA_LAKE), "`connectionSpec.id`"),
    ] {
        let mut body = tutorial(&base);
        *body.pointer_mut(path).unwrap() = value;
        let error = make(&body, &base).unwrap_err();
        assert!(error.message.contains(field), "{error}");
    }
}

#[test]
fn a_patch_is_checked_like_a_new_one() {
    let base = base();
    let source = make(&tutorial(&base), &base).unwrap();
    let (_, actor) = scope();
    let run = |body: Value| source.patch(&patch::parse(&body).unwrap(), &actor, 9);
    let changed = run(json!([{"op": "add", "path": "/params/recursive", "value": true}])).unwrap();
    assert!(changed.selection().unwrap().recursive);
    assert_ne!(changed.etag, source.etag);
    assert_eq!(
        run(json!({"op": "replace", "path": "/data/format", "value": "xml"})).unwrap_err().code,
        "CONNECTOR-1327-400"
    );
    assert_eq!(
        run(json!({"op": "replace", "path": "/baseConnectionId", "value": "x"})).unwrap_err().code,
        "CONNECTOR-1365-400"
    );
}

#[test]
fn a_row_filter_is_read_and_refused_where_the_source_has_none() {
    let base = base();
    let with = |filters: Value| {
        let mut body = tutorial(&base);
        body["params"]["filters"] = filters;
        make(&body, &base)
    };
    let condition = json!({"nodeType": "fnApply", "fnName": "isNull", "params": [
        {"nodeType": "fieldLookup", "fieldName": "a"}]});
    let good = json!({"type": "PQL", "format": "pql/json", "value": condition});
    assert_eq!(with(good.clone()).unwrap_err().code, "CONNECTOR-1353-400");
    let mut bad = good;
    bad["type"] = "SQL".into();
    assert_eq!(with(bad).unwrap_err().code, "CONNECTOR-1355-400");
    assert_eq!(with(json!("x")).unwrap_err().code, "CONNECTOR-1349-400");
    assert_eq!(with(json!({})).unwrap_err().code, "CONNECTOR-1349-400");
    assert!(with(Value::Null).is_ok());
}

#[test]
fn what_cannot_be_read_or_is_too_much_is_refused_by_name() {
    let base = base();
    let with = |member: &str, value: Value| {
        let mut body = tutorial(&base);
        body["params"][member] = value;
        make(&body, &base).map(drop).map_err(|error| error.message)
    };
    with("cdcEnabled", json!("false")).unwrap();
    assert!(with("cdcEnabled", json!("True")).unwrap_err().contains("`params.cdcEnabled`"));
    with("note", json!("x".repeat(10_000))).unwrap();
    assert!(with("note", json!("x".repeat(300 * 1024))).unwrap_err().contains("`params`"));
    let many: serde_json::Map<_, _> = (0..40_000).map(|n| (format!("m{n}"), json!(n))).collect();
    let mut body = tutorial(&base);
    body["data"]["properties"].as_object_mut().unwrap().extend(many);
    assert!(make(&body, &base).unwrap_err().message.contains("`data`"));
}
