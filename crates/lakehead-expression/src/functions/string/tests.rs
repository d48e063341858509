//! Texts at their edges: null, empty, beyond ASCII, out of range.

use serde_json::{Value, json};

use crate::testing::evaluate;

#[track_caller]
fn gives(text: &str, expected: Value) {
    let shown = evaluate(text, r#"{"s": "äöü", "n": null, "l": ["a", null, "b"]}"#);
    assert_eq!((shown.value, shown.failures), (expected, vec![]), "{text}");
}

#[track_caller]
fn fails(text: &str, reason: &str) {
    let shown = evaluate(text, "{}");
    assert!(
        shown.value.is_null() && shown.failures.len() == 1 && shown.failures[0].contains(reason),
        "{text}: {shown:?}"
    );
}

#[test]
fn null_and_empty() {
    gives("concat('a', n, 1, true)", json!("a1true"));
    gives("concat()", json!(""));
    gives("lower(n)", json!(null));
    gives("lpad(n, 3, '')", json!("   "));
    gives("split(n, ' ')", json!(null));
    gives("split('', ' ')", json!([]));
    gives("explode('a,b,,')", json!(["a", "b", "", ""]));
    gives("explode('a1b22c', '\\d+')", json!(["a", "b", "c"]));
    gives("explode('abc', '')", json!(["a", "b", "c", ""]));
    gives("join(',', l)", json!("a,b"));
    gives("join(',', n)", json!(null));
    gives("replacestr('aaa', '', 'x')", json!("aaa"));
}

#[test]
fn positions_count_characters() {
    gives("upper(s)", json!("ÄÖÜ"));
    gives("substr(s, 1, 5)", json!("öü"));
    gives("substr('abc', 9, 1)", json!(""));
    gives("left(s, 2)", json!("äö"));
    gives("right(s, 2)", json!("öü"));
    gives("right(s, 9) == s && left(s, -1) == ''", json!(true));
    gives("instr(s, 'ü')", json!(2));
    gives("instr('a.b.c', '.', 2)", json!(3));
    gives("instr('a.b.c', '.', 0, 2)", json!(3));
    gives("instr('abc', 'x')", json!(-1));
    gives("split('a;b,c', ',;')", json!(["a", "b", "c"]));
    gives("rpad(s, 4, 'xy')", json!("äöüx"));
    gives("lpad('abcdef', 3, 'x')", json!("abcdef"));
}

#[test]
fn what_cannot_be() {
    fails("substr('abc', -1, 2)", "negative");
    fails("lpad('a', 99999999, 'x')", "1 MiB");
    fails("left('a', 'b')", "not a number");
    fails("explode('a', '(')", "pattern");
}
