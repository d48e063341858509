//! JSON texts of many shapes, also such as do not go together.

use serde_json::{Value, json};

use crate::compile::Expression;
use crate::testing::{Shown, evaluate, over_rows};

/// What the texts say, read as one batch.
fn read(texts: &[&str]) -> Vec<Shown> {
    let rows: Vec<String> = texts.iter().map(|text| json!({ "t": text }).to_string()).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    over_rows(&Expression::compile("json_to_object(t)").unwrap(), &rows)
}

#[track_caller]
fn gives(texts: &[&str], expected: &[Value]) {
    let shown = read(texts);
    assert!(shown.iter().all(|shown| shown.failures.is_empty()), "{shown:?}");
    assert_eq!(shown.into_iter().map(|shown| shown.value).collect::<Vec<_>>(), expected);
}

#[test]
fn a_text_says_what_it_says() {
    gives(
        &[r#"{"a": {"b": [1, null, {"c": true}]}, "ä": "ö"}"#],
        &[json!({"a": {"b": ["1", null, "{\"c\":true}"]}, "ä": "ö"})],
    );
    gives(&["[1, 2]"], &[json!([1, 2])]);
    gives(&["null"], &[json!(null)]);
    gives(&["{}"], &[json!({})]);
    gives(&["[[], [{}]]"], &[json!([[], [{}]])]);
    gives(&["18446744073709551615"], &[json!(18_446_744_073_709_551_615_u64 as f64)]);
    gives(&[r#"{"a": 1, "a": 2}"#], &[json!({"a": 2})]);
    assert_eq!(evaluate("json_to_object('[1, 2]')[1]", "{}").value, json!(2));
    assert_eq!(evaluate("json_to_object('7') + 1", "{}").value, json!(8));
    assert_eq!(evaluate("json_to_object(n)", r#"{"n": null}"#).value, json!(null));
    assert_eq!(evaluate("json_to_object(o).a", r#"{"o": {"a": 1}}"#).value, json!(1));
    assert!(evaluate("json_to_object(l)", r#"{"l": ["{}"]}"#).failures[0].contains("kind array"));
    assert_eq!(evaluate("json_to_object(l[*])", r#"{"l": ["{\"a\": 1}", "{}"]}"#).value, json!([{"a": 1}, {}]));
    assert_eq!(
        evaluate(r#"json_to_object("{\"info\": {\"firstName\": \"John\"}}").info.firstName"#, "{}").value,
        json!("John")
    );
}

#[test]
fn the_texts_of_a_batch_go_together() {
    gives(
        &[r#"{"a": 1}"#, r#"{"b": [true]}"#, "null", r#"{"a": 2.5, "b": []}"#],
        &[json!({"a": 1.0}), json!({"b": [true]}), json!(null), json!({"a": 2.5, "b": []})],
    );
    gives(
        &[r#"{"a": 1}"#, r#"{"a": "x"}"#, r#"{"a": true}"#],
        &[json!({"a": "1"}), json!({"a": "x"}), json!({"a": "true"})],
    );
    gives(
        &[r#"{"a": 1.5}"#, r#"{"a": {"b": "c"}}"#, r#"{"a": [2]}"#, r#"{"a": null}"#],
        &[json!({"a": "1.5"}), json!({"a": "{\"b\":\"c\"}"}), json!({"a": "[2]"}), json!({})],
    );
    gives(&["1", "[1]", r#"{"a": 1}"#], &[json!("1"), json!("[1]"), json!("{\"a\":1}")]);
}

#[test]
fn a_text_that_is_not_json_fails_alone() {
    let deep = "[".repeat(5000);
    let long = format!("\"{}\"", "x".repeat(1 << 20));
    let shown = read(&[r#"{"a": 1}"#, "{", &deep, "", "{} x", "NaN", &long]);
    assert_eq!((&shown[0].value, shown[0].failures.len()), (&json!({"a": 1}), 0));
    for failed in &shown[1..6] {
        assert!(failed.failures.len() == 1 && failed.failures[0].contains("not JSON"), "{failed:?}");
    }
    assert!(shown[6].failures[0].contains("1 MiB"));
}

#[test]
fn members_without_end_fail() {
    let many = |letter: char| {
        let members: serde_json::Map<String, Value> = (0..1500).map(|n| (format!("{letter}{n}"), json!(n))).collect();
        Value::Object(members).to_string()
    };
    let shown = read(&[&many('a'), &many('b'), &many('a')]);
    let failed: Vec<usize> = shown.iter().map(|shown| shown.failures.len()).collect();
    assert_eq!(failed, [0, 1, 0]);
    assert!(shown[1].failures[0].contains("different members"));
    // Many items, each of which would have every member.
    let items = format!("[{}{}]", "{},".repeat(200_000), many('a'));
    assert_eq!(read(&[&items])[0].failures.len(), 1);
    let items = format!("[{}{{\"a\": 1}}]", "{},".repeat(200_000));
    assert_eq!(read(&[&items])[0].failures.len(), 0);
}
