//! Objects and maps at their edges.

use serde_json::{Value, json};

use crate::testing::evaluate;

const ROW: &str = r#"{
    "o": {"a": "x", "b": "y", "c": null}, "n": null, "k": "b", "blank": [],
    "list": [{"t": "p", "v": 1}, {"t": "q", "v": 2}, {"t": "p", "v": 3}, {"v": 4}]
}"#;

#[track_caller]
fn gives(text: &str, expected: Value) {
    let shown = evaluate(text, ROW);
    assert_eq!((shown.value, shown.failures), (expected, vec![]), "{text}");
}

#[track_caller]
fn fails(text: &str, reason: &str) {
    let shown = evaluate(text, ROW);
    assert!(shown.failures.len() == 1 && shown.failures[0].contains(reason), "{text}: {shown:?}");
}

#[test]
fn made() {
    gives("to_object(k, 1, 'z', 'two')", json!({"b": "1", "z": "two"}));
    gives("to_object()", json!({}));
    let error = crate::testing::try_evaluate("to_object('a')", "{}").unwrap_err();
    assert!(error.message.contains("one is missing"), "{error}");
    gives("to_map('a', 1, 'a', 2)", json!({"a": 2}));
    gives("str_to_object('a:1,b : 2,,c')", json!({"a": "1", "b": "2"}));
    gives("str_to_object('a=1;a=2', '=', ';').get('a')", json!("2"));
    gives("str_to_object(n)", json!(null));
    gives("get_values('a:1,b:2', 'b', null, null)", json!("2"));
    gives("get_values('a:1', 'z', ':')", json!(null));
    gives("object_to_map(o)", json!({"a": "x", "b": "y"}));
    gives("object_to_map(list, 't').q.v", json!(2));
    gives("object_to_map(n)", json!(null));
    gives("array_to_map(list, 't')", json!({"p": {"t": "p", "v": 3}, "q": {"t": "q", "v": 2}}));
    gives("array_to_map(n, 't')", json!(null));
    gives("array_to_map(blank, 't')", json!({}));
    gives("add_to_map(o, n, to_map('a', 'over', 'd', 4))", json!({"a": "x", "b": "y", "d": "4"}));
    gives("arrays_to_object('a', [1, 2], 'b', ['x'])", json!([{"a": 1, "b": "x"}, {"a": 2}]));
}

#[test]
fn asked() {
    gives("get_keys(o)", json!(["a", "b"]));
    gives("get_keys(n)", json!(null));
    gives("map_get_values(o, k)", json!("y"));
    gives("map_get_values(o, ['b', 'a', 'b', 'z'])", json!(["y", "x"]));
    gives("map_get_values(o, 'z')", json!(null));
    gives("map_has_keys(o, ['z', 'a']) && !map_has_keys(o, 'z') && !map_has_keys(n, 'a')", json!(true));
    gives("map_get_values(to_map(1, 'one'), 1)", json!("one"));
    gives("contains_key('o.a') && !contains_key('o.c') && !contains_key('nope.x') && is_set('list')", json!(true));
    fails("contains_key(k)", "same in every row");
    gives("is_empty(blank) && is_empty(n) && is_empty('') && !is_empty(o)", json!(true));
    gives("iif(k.equals('b'), nullify(), k)", json!(null));
}
