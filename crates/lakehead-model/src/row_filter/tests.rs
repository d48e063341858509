//! The grammar of filters, and the code of every way to miss it.
#![expect(clippy::needless_pass_by_value, reason = "conditions are written with `json!` in place")]

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use super::*;

fn apply(name: &str, params: Value) -> Value {
    json!({"nodeType": "fnApply", "fnName": name, "params": params})
}

fn column(name: &str) -> Value {
    json!({"nodeType": "fieldLookup", "fieldName": name})
}

fn literal(value: Value) -> Value {
    json!({"nodeType": "literal", "value": value})
}

fn compare(name: &str, value: Value) -> Value {
    apply(name, json!([column("city"), literal(value)]))
}

fn filter(value: Value) -> Value {
    json!({"type": "PQL", "format": "pql/json", "value": value})
}

fn parse(value: Value) -> Result<RowFilter, Invalid> {
    RowFilter::parse(&filter(value), "filters")
}

#[track_caller]
fn refused(value: Value, code: &str, says: &str) {
    let error = parse(value).unwrap_err();
    assert_eq!(error.code, format!("CONNECTOR-{code}-400"), "{error}");
    assert!(error.message.contains(says), "{error}");
}

fn sql() -> Value {
    json!({"filterAtSource": {"enabled": true, "queryLanguage": "SQL", "logicalOperators": ["and", "or", "not"],
        "comparisonOperators": ["=", "!=", "<", "<=", ">", ">=", "like", "in"]}})
}

#[test]
fn the_documented_filters_are_read() {
    let all = apply(
        "and",
        json!([
            compare("like", json!("%s")),
            apply("or", json!([compare("=", json!("Wien")), compare("==", json!(1)), compare("!=", json!(true))])),
            apply("NOT", json!([compare("in", json!(["a", "b"]))])),
            apply("isNull", json!([column("gone")])),
        ]),
    );
    let read = parse(all).unwrap();
    let city = || "city".to_owned();
    let equal = |value| Condition::Compare { by: Comparison::Equal, column: city(), value };
    assert_eq!(
        read.condition,
        Condition::And(vec![
            Condition::Compare { by: Comparison::Like, column: city(), value: json!("%s") },
            Condition::Or(vec![
                equal(json!("Wien")),
                equal(json!(1)),
                Condition::Compare { by: Comparison::NotEqual, column: city(), value: json!(true) },
            ]),
            Condition::Not(Box::new(Condition::In { column: city(), values: vec![json!("a"), json!("b")] })),
            Condition::IsNull { column: "gone".to_owned() },
        ])
    );
    read.check_support(&sql()).unwrap();
    for name in ["<", "<=", ">", ">="] {
        assert_eq!(name_of(&parse(compare(name, json!(1.5))).unwrap()), name);
    }
}

fn name_of(filter: &RowFilter) -> &'static str {
    match &filter.condition {
        Condition::Compare { by, .. } => by.name(),
        _ => "",
    }
}

#[test]
fn both_alphabets_of_base64_are_read_padded_or_not() {
    let value = filter(compare("=", json!("ü?>~ü?>~")));
    let text = value.to_string();
    let standard = BASE64_STANDARD.encode(&text);
    let padded_later = BASE64_STANDARD.encode(format!("{text} "));
    for encoded in [
        standard.clone(),
        padded_later.clone(),
        padded_later.trim_end_matches('=').to_owned(),
        standard.replace('+', " "),
        BASE64_URL_SAFE_NO_PAD.encode(&text),
    ] {
        assert_eq!(decode(&encoded).unwrap(), value, "{encoded}");
    }
    for (encoded, code) in [
        ("%%%", "CONNECTOR-1389-400"),
        ("a", "CONNECTOR-1389-400"),
        ("{\"type\":\"PQL\"}", "CONNECTOR-1389-400"),
        ("", "CONNECTOR-1335-400"),
        (&BASE64_STANDARD.encode("not json"), "CONNECTOR-1335-400"),
        (&BASE64_STANDARD.encode([0xff, 0xfe]), "CONNECTOR-1335-400"),
        (&"A".repeat(MAX_ENCODED_BYTES + 4), "CONNECTOR-1335-400"),
        (&BASE64_STANDARD.encode("[".repeat(10_000)), "CONNECTOR-1335-400"),
    ] {
        assert_eq!(decode(encoded).unwrap_err().code, code, "{encoded:.50}");
    }
}

#[test]
fn the_envelope_is_checked() {
    let good = filter(compare("=", json!(1)));
    for (member, value, code) in [
        ("type", json!("SQL"), "CONNECTOR-1355-400"),
        ("type", Value::Null, "CONNECTOR-1355-400"),
        ("type", json!(5), "CONNECTOR-1355-400"),
        ("format", json!("pql/text"), "CONNECTOR-1356-400"),
        ("format", Value::Null, "CONNECTOR-1356-400"),
        ("value", Value::Null, "CONNECTOR-1357-400"),
        ("value", json!("city = 1"), "CONNECTOR-1349-400"),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        let error = RowFilter::parse(&bad, "params.filters").unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(&format!("`params.filters.{member}")), "{error}");
    }
    for value in [json!({}), json!([]), json!("x"), json!(1), Value::Null] {
        assert_eq!(RowFilter::parse(&value, "filters").unwrap_err().code, "CONNECTOR-1349-400");
    }
}

#[test]
fn nodes_are_checked() {
    refused(json!({"nodeType": "fnApply", "params": []}), "1350", "fnName");
    refused(json!({"nodeType": "fnApply", "fnName": " "}), "1350", "fnName");
    refused(apply("matches", json!([column("a"), literal(json!("x"))])), "1352", "`matches`");
    refused(apply("xor", json!([compare("=", json!(1)), compare("=", json!(2))])), "1351", "`xor`");
    refused(apply("not", json!([])), "1390", "exactly one");
    refused(apply("NOT", json!([compare("=", json!(1)), compare("=", json!(2))])), "1390", "2 conditions");
    refused(compare("=", Value::Null), "1377", "isNull");
    refused(compare("in", json!(["a", null])), "1377", "isNull");
    refused(apply("=", json!([column("a"), {"nodeType": "literal"}])), "1357", "params[1].value");
    for bad in [
        literal(json!(1)),
        json!({}),
        apply("and", json!([])),
        apply("and", json!({})),
        apply("and", json!([1])),
        apply("=", json!([column("a")])),
        apply("=", json!([literal(json!(1)), column("a")])),
        apply("=", json!([column("a"), column("b")])),
        apply("=", json!([column(""), literal(json!(1))])),
        apply("=", json!([{"nodeType": "fieldLookup"}, literal(json!(1))])),
        apply("=", json!([column("a"), compare("=", json!(1))])),
        apply("isNull", json!([])),
        apply("isNull", json!([literal(json!(1))])),
        apply("isNull", json!([column("a"), column("b")])),
        compare("=", json!({"a": 1})),
        compare("=", json!([1])),
        compare("in", json!("a")),
        compare("in", json!([])),
        compare("in", json!([[1]])),
        compare("like", json!(1)),
    ] {
        refused(bad, "1349", "`filters.value");
    }
}

#[test]
fn filters_have_limits() {
    let mut deep = compare("=", json!(1));
    for _ in 1..MAX_DEPTH {
        deep = apply("not", json!([deep]));
    }
    parse(deep.clone()).unwrap();
    refused(apply("not", json!([deep])), "1349", "nested deeper");
    let wide = |conditions| apply("or", json!(vec![compare("=", json!(1)); conditions]));
    parse(wide(300)).unwrap();
    refused(wide(400), "1349", "nodes");
    refused(compare("in", json!(vec![1; MAX_VALUES + 1])), "1349", "1 to 1000");
    refused(compare("=", json!("x".repeat(5000))), "1349", "4096");
}

#[test]
fn a_source_has_the_operators_that_its_spec_announces() {
    let check = |value: Value, attributes: &Value| parse(value).unwrap().check_support(attributes).map_err(|e| e.code);
    let plain = compare("=", json!(1));
    for none in [json!({}), json!({"filterAtSource": {"enabled": false}}), Value::Null] {
        assert_eq!(check(plain.clone(), &none), Err("CONNECTOR-1353-400"));
    }
    let soql = json!({"filterAtSource": {"enabled": true, "queryLanguage": "SOQL"}});
    assert_eq!(check(plain.clone(), &soql), Err("CONNECTOR-1354-400"));
    let little =
        json!({"filterAtSource": {"enabled": true, "logicalOperators": ["AND"], "comparisonOperators": ["="]}});
    assert_eq!(check(apply("and", json!([plain])), &little), Ok(()));
    assert_eq!(check(apply("or", json!([plain])), &little), Err("CONNECTOR-1351-400"));
    assert_eq!(check(apply("and", json!([apply("not", json!([plain]))])), &little), Err("CONNECTOR-1351-400"));
    assert_eq!(check(compare("<", json!(1)), &little), Err("CONNECTOR-1352-400"));
    assert_eq!(check(compare("in", json!([1])), &little), Err("CONNECTOR-1352-400"));
}

#[test]
fn names_and_values_fit_the_columns() {
    let columns = [("city", "string"), ("zip", "long"), ("lat", "number"), ("main", "boolean"), ("at", "date-time")];
    let check = |name: &str, by: &str, value: Value| {
        let filter = parse(apply("not", json!([apply(by, json!([column(name), literal(value)]))]))).unwrap();
        filter.check_columns(&columns).map_err(|error| error.code)
    };
    for (name, by, value, expected) in [
        ("city", "=", json!("Wien"), Ok(())),
        ("zip", "in", json!([1, 2]), Ok(())),
        ("lat", ">", json!(1), Ok(())),
        ("lat", ">", json!(1.5), Ok(())),
        ("main", "=", json!(true), Ok(())),
        ("at", "<", json!("2024-01-01"), Ok(())),
        ("town", "=", json!("Wien"), Err("CONNECTOR-1378-400")),
        ("city", "=", json!(1), Err("CONNECTOR-1379-400")),
        ("zip", "=", json!(1.5), Err("CONNECTOR-1379-400")),
        ("zip", "in", json!([1, "2"]), Err("CONNECTOR-1379-400")),
        ("main", "=", json!("true"), Err("CONNECTOR-1379-400")),
    ] {
        assert_eq!(check(name, by, value.clone()), expected, "{name} {by} {value}");
    }
    let null = parse(apply("isNull", json!([column("town")]))).unwrap();
    assert_eq!(null.check_columns(&columns).unwrap_err().code, "CONNECTOR-1378-400");
}
