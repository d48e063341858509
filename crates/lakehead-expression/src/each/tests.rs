//! Calls over `[*]`.

use serde_json::{Value, json};

use crate::column::Kind;
use crate::compile::Expression;
use crate::testing::{evaluate, over_rows, try_evaluate};

const ROWS: [&str; 4] = [
    r#"{"p": ">", "e": [{"n": "ä", "q": 1, "t": ["x", "y"]}, {"n": "b", "q": 2}], "f": [{"m": "u"}, {"m": "v"}]}"#,
    r#"{"p": "-", "e": [], "f": []}"#,
    r#"{"e": [{"n": null, "q": 0}, {"q": 4}], "f": [{"m": "w"}]}"#,
    r#"{"p": "x"}"#,
];

fn all(text: &str) -> Vec<Value> {
    let shown = over_rows(&Expression::compile(text).unwrap(), &ROWS);
    shown.into_iter().map(|shown| if shown.failures.is_empty() { shown.value } else { json!(shown.failures) }).collect()
}

#[test]
fn what_takes_one_value_is_computed_for_each_item() {
    assert_eq!(all("upper(e[*].n)"), [json!(["Ä", "B"]), json!([]), json!([null, null]), json!(null)]);
    assert_eq!(all("concat(p, e[*].n, '!')")[..2], [json!([">ä!", ">b!"]), json!([])]);
    assert_eq!(all("e[*].n.toUpperCase().length()")[0], json!([1, 1]));
    assert_eq!(all("-e[*].q * 2 + 1"), [json!([-1, -3]), json!([]), json!([1, -7]), json!(null)]);
    assert_eq!(all("e[*].t[*].equals('x')")[0], json!([true, false]));
    assert_eq!(Expression::compile("upper(e[*].n)").unwrap().kind(), Kind::Array);
}

#[test]
fn conditions_choose_for_each_item() {
    let text = "iif(e[*].q == 1 || !e[*].n, upper(e[*].n), 10 / e[*].q)";
    assert_eq!(all(text)[0], json!(["Ä", "5"]));
    // What is not chosen for an item does not fail.
    assert_eq!(all("e[*].q == 0 ? 0 : 8 / e[*].q")[2], json!([0, 2]));
    assert_eq!(all("decode(e[*].q, 1, 'one', 'other')")[..2], [json!(["one", "other"]), json!([])]);
    // A condition about the row chooses between arrays.
    assert_eq!(all("p == '-' ? f[*].m : e[*].n")[..2], [json!(["ä", "b"]), json!([])]);
}

#[test]
fn what_takes_arrays_gets_an_array_of_the_results() {
    assert_eq!(all("join(',', upper(e[*].n))")[0], json!("Ä,B"));
    assert_eq!(all("size_of(trim(e[*].n))"), [json!(2), json!(0), json!(2), json!(0)]);
    assert_eq!(all("concat(e[*].n, size_of(f[*].m))")[0], json!(["ä2", "b2"]));
    assert_eq!(all("'B' =~ upper(e[*].n)")[..2], [json!(true), json!(false)]);
    assert_eq!(all("e[*].n =~ ['b', 'c']")[0], json!([false, true]));
    assert_eq!(all("e[*].n =~ lower(f[*].m)")[0], json!([false, false]));
    assert_eq!(all("first(upper(e[*].n))")[0], json!("Ä"));
    assert_eq!(all("is_empty(e[*].n)")[1], json!(true));
    assert_eq!(all("coalesce(e[*].nothing, f[*].m)")[0], json!([null, null]));
    assert_eq!(all("to_object('n', e[*].n)")[0], json!({"n": ["ä", "b"]}));
    assert_eq!(all("to_object(f[*].m, e[*].n)")[0], json!([{"u": "ä"}, {"v": "b"}]));
}

#[test]
fn arrays_side_by_side_are_equally_long() {
    let both = all("concat(e[*].n, f[*].m)");
    assert_eq!(both[..2], [json!(["äu", "bv"]), json!([])]);
    assert_eq!(both[2], json!(["`[*]`: the arrays of `[*]` have different lengths"]));
    // An array that is not there is as long as the other ones.
    assert_eq!(all("concat(f[*].m, nothing[*].n, '!')")[0], json!(["u!", "v!"]));
    assert_eq!(all("upper(nothing[*].n)"), [json!(null), json!(null), json!(null), json!(null)]);
    assert_eq!(all("upper(e[*].nothing)")[..2], [json!([null, null]), json!([])]);
}

#[test]
fn a_row_in_which_an_item_failed_has_failed() {
    let failed = all("8 / e[*].q");
    assert_eq!(failed[..2], [json!([8, 4]), json!([])]);
    assert_eq!(failed[2], json!(["`/`: a number is divided by zero"]));
    assert_eq!(failed[3], json!(null));
    // So has one whose value is the same for all items.
    assert_eq!(all("e[*].q + to_integer(p)")[0], json!(["`to_integer`: the text is not a number"]));
    assert_eq!(all("e[*].q + 1 / 0")[0], json!(["`/`: a number is divided by zero"]));
    // Where there are no items, nothing is computed.
    assert_eq!(all("e[*].q + 1 / size_of(f[*].m)")[1..3], [json!([]), json!([1, 5])]);
    assert!(evaluate("upper(a[*].b)", r#"{"a": "x"}"#).failures[0].contains("not an array"));
    let one = evaluate("upper(a[*].b.c)", r#"{"a": [{"b": [1]}]}"#);
    assert!(one.failures[0].contains("an array has no members"), "{one:?}");
}

#[test]
fn kinds_are_checked_for_items() {
    let error = try_evaluate("upper(to_object('a', 1))", "{}").unwrap_err();
    assert!(error.message.contains("kind text"), "{error}");
    let error = try_evaluate("upper(explode(a[*].b, ','))", "{}").unwrap_err();
    assert!(error.message.contains("kind array is given"), "{error}");
    let error = try_evaluate("get_keys(upper(a[*].b))", "{}").unwrap_err();
    assert!(error.message.contains("kind text is given"), "{error}");
    let error = try_evaluate("get_keys(size_of(a[*].b))", "{}").unwrap_err();
    assert!(error.message.contains("kind integer is given"), "{error}");
}

#[test]
fn arrays_in_every_item_have_an_end() {
    let items: Vec<Value> = (0..2100).map(|n| json!({"a": n, "b": n})).collect();
    let row = json!({ "e": items }).to_string();
    let shown = evaluate("e[*].a =~ e[*].b", &row);
    assert!(shown.failures[0].contains("too many items"), "{:?}", shown.failures);
    let items: Vec<Value> = (0..200).map(|n| json!({"a": n, "b": 200 - n})).collect();
    let row = json!({ "e": items }).to_string();
    assert_eq!(evaluate("e[*].a =~ e[*].b", &row).value[0], json!(false));
}
