//! Nasty values at every position of every request body: an answer, never a panic.

use serde_json::json;

use super::*;
use crate::connection::NewConnection;
use crate::dataset::NewDataset;
use crate::flow::NewFlow;
use crate::mapping_set::Content;
use crate::run::NewRun;
use crate::schedule::{ScheduleParams, ScheduleRules};
use crate::source_connection::NewSourceConnection;
use crate::specs::{AMAZON_S3, CLOUD_STORAGE_TO_LAKE, DATA_LAKE};
use crate::state::Mode;
use crate::target_connection::NewTargetConnection;
use crate::{Invalid, patch};

#[test]
fn numbers_flags_and_versions_are_read_from_text_too() {
    for value in [json!(15), json!("15"), json!(15.0), json!(" 15 ")] {
        assert_eq!(as_integer(&value), Some(15));
    }
    for value in [json!(1.5), json!("x"), json!(1e300), json!("NaN"), json!([15]), json!(null), json!(u64::MAX)] {
        assert_eq!(as_integer(&value), None, "{value}");
    }
    assert_eq!(as_number(&json!("inf")), None);
    assert_eq!(as_flag(&json!("TRUE")), Some(true));
    assert_eq!(as_flag(&json!(1)), None);
    for value in [json!(1), json!("1"), json!("1.0"), json!(1.0)] {
        assert_eq!(version(Some(&value), "v").unwrap(), "1.0");
    }
    assert!(version(Some(&json!("latest")), "v").is_err());
    assert!(version(Some(&json!({})), "v").is_err());
}

#[test]
fn deep_nesting_is_refused() {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    assert!(check_extent(&deep, "params", 32).unwrap_err().message.contains("`params`"));
    assert!(check_extent(&json!({"a": [1, {"b": 2}]}), "params", 32).is_ok());
    let wide = json!({"a": "x".repeat(256 * 1024)});
    assert!(check_extent(&wide, "params", 32).unwrap_err().message.contains("256 KiB"));
}

#[test]
fn an_empty_body_has_the_documented_code() {
    for body in [json!(null), json!([]), json!({}), json!("x"), json!(3)] {
        assert_eq!(root(&body).unwrap_err().code, "FLOW-1405-400");
    }
}

/// Values that have broken parsers before: wrong types, extremes, odd text, depth.
fn nasty() -> Vec<Value> {
    let mut values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e308),
        json!(-0.0),
        json!(1.5),
        json!(""),
        json!(" "),
        json!("\0"),
        json!("\u{feff}é\u{202e}"),
        json!("1e999"),
        json!("99999999999999999999999999"),
        json!("-9223372036854775809"),
        json!("x".repeat(100_000)),
        json!([]),
        json!([[]]),
        json!([null]),
        json!({}),
        json!({"": null}),
        json!({"id": {"id": []}}),
        json!("../../etc"),
        json!("${"),
        json!("\\"),
        json!("a[*].b"),
        json!("nan"),
    ];
    values.push((0..120).fold(json!(1), |inner, n| if n % 2 == 0 { json!([inner]) } else { json!({"k": inner}) }));
    values
}

/// Calls `visit` with `body` where one member after the other, at every depth, is each nasty value in turn.
fn for_every_mutation(body: &Value, visit: &dyn Fn(&Value)) {
    let mut pointers = vec![String::new()];
    let mut at = 0;
    while let Some(pointer) = pointers.get(at).cloned() {
        match body.pointer(&pointer) {
            Some(Value::Object(members)) => pointers.extend(members.keys().map(|key| format!("{pointer}/{key}"))),
            Some(Value::Array(items)) => pointers.extend((0..items.len()).map(|n| format!("{pointer}/{n}"))),
            _ => {}
        }
        at += 1;
    }
    for pointer in pointers {
        for value in nasty() {
            let mut mutated = body.clone();
            *mutated.pointer_mut(&pointer).unwrap() = value;
            visit(&mutated);
        }
    }
}

/// Every answer must be a value or an error with a code of the known shape and a readable, short message.
fn total<T>(parse: impl Fn(&Value) -> Result<T, Invalid>, body: &Value) {
    assert!(parse(body).is_ok(), "the body that is mutated must be good: {body}");
    for_every_mutation(body, &|mutated| {
        if let Err(error) = parse(mutated) {
            assert_eq!(error.code.rsplit('-').next(), Some("400"), "{error}");
            assert!(
                error.message.contains('`') || error.message.contains("patch") || error.message.contains("body"),
                "{error}"
            );
            assert!(error.message.len() < 2000 && !error.message.contains("hunter2"), "{error}");
        }
    });
}

#[test]
fn any_json_is_a_value_or_an_error() {
    let id = "9b8d2f40-5c1e-4a57-a1de-7f0f3f3c2a11";
    let rules = ScheduleRules::default();
    let schedule = json!({"startTime": "1718000100", "frequency": "day", "interval": "1", "backfill": "true"});
    total(
        |body| NewConnection::parse(body).and_then(|input| input.check(Mode::Complete)),
        &json!({"name": "n", "description": "d", "providerId": "p", "connectionSpec": {"id": AMAZON_S3, "version": "1.0"},
            "auth": {"specName": "Access Key", "params": {"s3AccessKey": "a", "s3SecretKey": "hunter2",
                "bucketName": "bucket", "serviceUrl": "http://x"}}}),
    );
    total(
        |body| NewSourceConnection::parse(body, Mode::Complete),
        &json!({"name": "n", "baseConnectionId": id, "connectionSpec": {"id": AMAZON_S3, "version": 1},
            "data": {"format": "delimited", "properties": {"columnDelimiter": ";", "encoding": "UTF-8"}},
            "params": {"path": "b/f", "type": "folder", "recursive": "true"}}),
    );
    total(
        |body| NewTargetConnection::parse(body, Mode::Complete),
        &json!({"name": "n", "connectionSpec": {"id": DATA_LAKE, "version": "1.0"}, "params": {"dataSetId": "d"},
            "data": {"format": "parquet_xdm", "schema": {"id": "s", "version": "v"}}}),
    );
    total(
        |body| NewFlow::parse(body, Mode::Complete, rules, &[]),
        &json!({"name": "n", "flowSpec": {"id": CLOUD_STORAGE_TO_LAKE, "version": "1.0"},
            "sourceConnectionIds": [id], "targetConnectionIds": [id], "scheduleParams": schedule,
            "transformations": [{"name": "Mapping", "params": {"mappingId": "m", "mappingVersion": 0}}],
            "options": {"partialIngestionPercent": 5, "errorDiagnosticsEnabled": true}, "labels": ["l"]}),
    );
    total(|body| ScheduleParams::parse(body, rules), &schedule);
    total(NewRun::parse, &json!({"flowId": id, "params": {"startTime": 1, "windowStartTime": 1, "windowEndTime": 2}}));
    total(
        NewDataset::parse,
        &json!({"name": "n", "schemaRef": {"id": "s", "contentType": "c"}, "tags": {"a": ["b"]},
            "fileDescription": {"format": "parquet"}, "enableErrorDiagnostics": true}),
    );
    total(
        Content::parse,
        &json!({"outputSchema": {"schemaRef": {"id": "s"}}, "xdmVersion": "1.0",
            "mappings": [{"sourceType": "ATTRIBUTE", "source": "a", "destination": "b.c", "identity": true}]}),
    );
    let document = json!({"name": "n", "params": {"a": [1, {"b": 2}]}});
    total(
        |body| patch::apply(&document, &patch::parse(body)?, &["/name", "/params/**"]),
        &json!([{"op": "replace", "path": "/name", "value": "x"}, {"op": "remove", "path": "/params/a/1/b"}]),
    );
}
