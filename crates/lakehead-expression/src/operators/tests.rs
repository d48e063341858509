//! What operators, methods and paths give.

use serde_json::{Value, json};

use crate::compile::Expression;
use crate::testing::{evaluate, over_rows, try_evaluate};

const ROW: &str = r#"{
    "a": 5, "b": 2, "t": "5", "u": "x", "f": 1.5, "yes": true, "none": null,
    "o": {"k": "v", "n": {"m": 7}}, "list": [1, 2, 3], "First Name": "Ann", "x.y": "header",
    "emails": [{"name": "p", "tags": ["q", "r"]}, {"name": null, "tags": []}]
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

#[track_caller]
fn refused(text: &str, position: usize, message: &str) {
    let error = try_evaluate(text, ROW).unwrap_err();
    assert!(error.position == position && error.message.contains(message), "{text}: {error:?}");
}

#[test]
fn arithmetic() {
    gives("a + b * 3", json!(11));
    gives("a / b", json!(2));
    gives("a / 2.0", json!(2.5));
    gives("a % b - f", json!(-0.5));
    gives("t + u", json!("5x"));
    gives("t + 1", json!("6"));
    gives("u + 1", json!("x1"));
    gives("t * '1.5'", json!("7.5"));
    gives("t * 2", json!("10"));
    gives("-t", json!("-5"));
    gives("none + 1", json!(null));
    gives("a & 4 | 2 ^ 1", json!(7));
    gives("~a", json!(-6));
    fails("a / 0", "`/`: a number is divided by zero");
    fails("u * 2", "not a number");
    fails("9223372036854775807 + 1", "out of range");
    fails("list * 2", "kind number");
}

#[test]
fn comparisons() {
    gives("a == t && a == 5.0 && t == '5'", json!(true));
    gives("u == 1 || u != 'x'", json!(false));
    gives("t > 10", json!(false));
    gives("'10' < '9'", json!(true));
    gives("none == null && missing == null", json!(true));
    gives("none < 1 || none >= 1", json!(false));
    gives("yes == true", json!(true));
    gives("u =~ ['x', 'y'] && a !~ ['1']", json!(true));
    gives("'2020' =~ '\\d+' && 'a2020' !~ '\\d+'", json!(true));
    gives("'abc' =^ 'ab' && 'abc' =$ 'bc' && 'abc' !^ 'b' && 'abc' !$ 'b'", json!(true));
    fails("'a' =~ '('", "pattern");
}

#[test]
fn choices_do_not_fail_in_branches_that_are_not_taken() {
    gives("yes ? 1 : 1 / 0", json!(1));
    gives("iif(false, u * 2, 'ok')", json!("ok"));
    gives("yes || (1 / 0 > 1)", json!(true));
    gives("!yes && (1 / 0 > 1)", json!(false));
    gives("none ?? 'd'", json!("d"));
    gives("'' ?: 'd'", json!("d"));
    gives("0 ?: false", json!("false"));
    gives("'x' ?? 1 / 0", json!("x"));
    fails("yes ? 1 / 0 : 1", "zero");
    fails("1 / 0 ?? 2", "zero");
    gives("yes ? 1 : 'a'", json!("1"));
    gives("yes ? 1 : 2.5", json!(1.0));
    gives("empty none && empty '' && empty missing && not empty list", json!(true));
    gives("size(list) + size('ab') + size(o)", json!(7));
}

#[test]
fn attributes_and_members() {
    gives("o.n.m + list[1]", json!(9));
    gives("o['k']", json!("v"));
    gives("${First Name}", json!("Ann"));
    gives("x.y", json!("header"));
    gives("emails[0].name", json!("p"));
    gives("emails[7].name", json!(null));
    gives("emails[*].name", json!(["p", null]));
    gives("emails[*].tags[*]", json!(["q", "r"]));
    gives("o.k.z", json!(null));
    gives("missing.a[0]", json!(null));
    gives("[1, 'a', null]", json!(["1", "a", null]));
    gives("{'k': a, 'l': {'m': u}}.l.m", json!("x"));
    gives("{u: a}.get('x')", json!(5));
    gives("{'k': 1}[u == 'x' ? 'k' : 'l']", json!(1));
    gives("[1, 2][b - 1]", json!(2));
    fails("emails.name", "`[*]`");
    fails("a[0]", "not an array");
}

#[test]
fn methods() {
    gives("u.equals('x') && !u.equals('X') && u.equalsIgnoreCase('X')", json!(true));
    gives("'aXbX'.replace('X', '-').toUpperCase().substring(1, 3)", json!("-B"));
    gives("' ab '.trim().length() + 'abc'.indexOf('c')", json!(4));
    gives("none.equals('x')", json!(null));
    fails("'abc'.substring(2, 9)", "positions");
    refused("u.nope()", 0, "no method `nope`");
    refused("a + u.equals()", 4, "takes 1 arguments");
}

#[test]
fn functions_are_checked_before_there_is_data() {
    refused("concat('a', lowerr(u))", 12, "did you mean `lower`?");
    refused("frobnicate(1)", 0, "no function");
    refused("lower()", 0, "takes 1 arguments, but 0");
    refused("a + lower([1])", 10, "kind array");
    refused("1 +", 3, "expected");
}

#[test]
fn each_row_has_its_own_result_and_failure() {
    let expression = Expression::compile("iif(n > 2, 10 / (n - 3), null)").unwrap();
    let rows = over_rows(&expression, &[r#"{"n": 1}"#, r#"{"n": 3}"#, r#"{"n": 5}"#, "{}"]);
    let values: Vec<_> = rows.iter().map(|row| row.value.clone()).collect();
    assert_eq!(values[0], json!(null));
    assert_eq!(values[2], json!(5));
    assert_eq!(rows.iter().map(|row| row.failures.len()).collect::<Vec<_>>(), [0, 1, 0, 0]);
}
