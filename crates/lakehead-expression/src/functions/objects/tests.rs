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

/// Three rows: everything, nothing, and null or other things.
const ROWS: [&str; 3] = [
    r#"{"o": {"ä": "x", "n": {"m": 1}, "l": [1]}, "k": "ä", "ks": ["n", "ä", "ä", "z"], "t": "ä=1;b=2", "d": "="}"#,
    "{}",
    r#"{"o": {"l": []}, "k": "l", "ks": [], "t": "", "d": ""}"#,
];

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "expectations are written with `json!` in place")]
fn rows(text: &str, expected: Value) {
    let expression = crate::compile::Expression::compile(text).unwrap();
    let shown = crate::testing::over_rows(&expression, &ROWS);
    assert!(shown.iter().all(|shown| shown.failures.is_empty()), "{text}: {shown:?}");
    assert_eq!(shown.into_iter().map(|shown| shown.value).collect::<Value>(), expected, "{text}");
}

#[test]
fn members_of_many_types() {
    rows("get_keys(o)", json!([["ä", "n", "l"], null, ["l"]]));
    rows("get_keys(object_to_map(o))", json!([["ä", "n", "l"], null, ["l"]]));
    rows("get_keys({})", json!([[], [], []]));
    // One member keeps its type, several have one between them.
    rows("map_get_values(o, 'n').m + 1", json!([2, null, null]));
    rows("map_get_values(o, k)", json!(["x", null, "[]"]));
    rows("map_get_values(o, ks)", json!([["{\"m\":1}", "x"], null, []]));
    rows("map_get_values(object_to_map(o), ['ä', 'l'])", json!([["x", "[1]"], null, ["[]"]]));
    rows("map_get_values(o, null)", json!([null, null, null]));
    rows("map_has_keys(o, k)", json!([true, false, true]));
    rows("map_has_keys(o, ks)", json!([true, false, false]));
    rows("map_has_keys(o, ['1','2','3','4','5','6','7','8','l'])", json!([true, false, true]));
    rows("object_to_map(o).ä", json!(["x", null, null]));
    rows(
        "add_to_map(o, to_map(k, 1, 'z', [2]))",
        json!([
            {"ä": "x", "n": "{\"m\":1}", "l": "[1]", "z": "[2]"}, {"z": "[2]"}, {"l": "[]", "z": "[2]"}
        ]),
    );
    rows("add_to_map(o, null)", json!([{"ä": "x", "n": "{\"m\":1}", "l": "[1]"}, null, {"l": "[]"}]));
    rows("is_empty(o)", json!([false, true, false]));
    rows("is_empty(object_to_map(o))", json!([false, true, false]));
}

#[test]
fn made_in_each_row() {
    rows("str_to_object(t, d, ';').get(k)", json!(["1", null, null]));
    rows("str_to_object(t, d, ';')", json!([{"ä": "1", "b": "2"}, null, {}]));
    rows("str_to_object('a:1', null, null)", json!([{"a": "1"}, {"a": "1"}, {"a": "1"}]));
    rows("get_values(t, 'b', d, ';')", json!(["2", null, null]));
    rows("get_values('ä:1', k, '')", json!(["1", null, null]));
    rows("to_map(k, ks)", json!([{"ä": ["n", "ä", "ä", "z"]}, {}, {"l": []}]));
    rows("arrays_to_object('a', ks, 'b', o.l)[0]", json!([{"a": "n", "b": 1}, null, null]));
    rows("size_of(arrays_to_object('a', ks))", json!([4, 0, 0]));
    rows("arrays_to_object('a', [1], 'a', ['x', 'y'])[1].a", json!(["y", "y", "y"]));
    rows("contains_key('o.l')", json!([true, false, true]));
    rows("contains_key('o.l[0]')", json!([true, false, false]));
    rows("object_to_map(k, 1)", json!([{"ä": 1}, {}, {"l": 1}]));
    let many = (0..10_001).map(|n| format!("{n}:x")).collect::<Vec<_>>().join(",");
    let row = json!({ "t": many }).to_string();
    assert!(evaluate("str_to_object(t)", &row).failures[0].contains("too many members"));
    assert_eq!(evaluate("get_values(t, '10000', ':')", &row).value, json!("x"));
}

#[test]
fn what_is_no_object() {
    fails("get_keys(k)", "kind object is expected");
    fails("map_get_values(k, 'a')", "kind object is expected");
    fails("add_to_map(o, k)", "kind object is expected");
    fails("array_to_map(list[*].t, 't')", "kind object is expected");
    fails("array_to_map(o, 't')", "kind array is expected");
    fails("array_to_map(list, k) ", "same in every row");
    fails("object_to_map(k)", "kind object is expected");
    fails("object_to_map(k, 1, k)", "no value beside it");
    fails("arrays_to_object(k, list)", "same in every row");
    fails("arrays_to_object('a', k)", "kind array is expected");
}
