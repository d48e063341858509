//! Calculated fields, arrays that are filled item by item, and maps.

use std::sync::Arc;

use arrow::json::ReaderBuilder;
use arrow::json::reader::infer_json_schema_from_iterator;
use arrow::json::writer::{JsonArray, WriterBuilder};
use serde_json::{Value, json};

use super::*;

fn expression(text: &str, destination: &str) -> Rule {
    Rule { source: RuleSource::Expression(text.into()), destination: parse_destination(destination).unwrap() }
}

fn fixed(text: &str, destination: &str) -> Rule {
    Rule { source: RuleSource::Static(text.into()), destination: parse_destination(destination).unwrap() }
}

fn object(members: Vec<Field>) -> FieldType {
    FieldType::Object(members)
}

fn target() -> Vec<Field> {
    let item = object(vec![field("sku", FieldType::String), field("price", FieldType::Number)]);
    let named = object(vec![field("name", FieldType::String)]);
    let identity = object(vec![field("id", FieldType::String), field("primary", FieldType::Boolean)]);
    vec![
        field("text", FieldType::String),
        field("number", FieldType::Number),
        field("int", FieldType::Int),
        field("yes", FieldType::Boolean),
        field("day", FieldType::Date),
        field("at", FieldType::DateTime),
        field("names", FieldType::Array(Box::new(FieldType::String))),
        field("items", FieldType::Array(Box::new(item.clone()))),
        field("wrapped", FieldType::Array(Box::new(object(vec![field("names", named)])))),
        field("item", item),
        field("labels", FieldType::Map(Box::new(FieldType::String))),
        field("identityMap", FieldType::Map(Box::new(FieldType::Array(Box::new(identity))))),
    ]
}

fn source(rows: &Value) -> RecordBatch {
    let rows = rows.as_array().unwrap();
    let schema = infer_json_schema_from_iterator(rows.iter().map(Ok)).unwrap();
    let mut decoder = ReaderBuilder::new(Arc::new(schema)).build_decoder().unwrap();
    decoder.serialize(rows).unwrap();
    decoder.flush().unwrap().unwrap()
}

/// The mapped rows without the system column, nulls left out, and the texts of warnings.
#[track_caller]
fn mapped(rules: &[Rule], rows: &Value) -> (Value, Vec<String>) {
    let mapping = compile(Some(rules), &target(), false).unwrap();
    let (mapped, warnings) = apply(&mapping, &source(rows));
    let mut batch = mapped.batch;
    batch.remove_column(batch.schema().index_of(layout::SYSTEM_COLUMN).unwrap());
    let mut writer = WriterBuilder::new().build::<_, JsonArray>(Vec::new());
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    (serde_json::from_slice(&writer.into_inner()).unwrap(), warnings.into_keys().collect())
}

#[test]
fn calculated_fields_become_the_types_of_their_fields() {
    let rules = [
        expression("concat(a, '-', b)", "text"),
        expression("b * 1.5", "number"),
        expression("iif(b > 1, b, '7')", "int"),
        expression("b == 2", "yes"),
        expression("date('29/02/2024', 'dd/MM/yyyy')", "day"),
        expression("b == 1 ? '2024-02-29T10:00:00+01:00' : null", "at"),
        expression("[a, b, null]", "names"),
        expression("{'sku': a, 'price': '2.5', 'other': 1}", "item"),
        expression("{'k': b}", "labels"),
    ];
    let (rows, warnings) = mapped(&rules, &json!([{"a": "x", "b": 1}, {"a": "y", "b": 2}]));
    assert_eq!(
        rows,
        json!([
            {"text": "x-1", "number": 1.5, "int": 7, "yes": false, "day": "2024-02-29", "at": "2024-02-29T09:00:00Z",
             "names": ["x", "1", null], "item": {"sku": "x", "price": 2.5}, "labels": {"k": "1"}},
            {"text": "y-2", "number": 3.0, "int": 2, "yes": true, "day": "2024-02-29",
             "names": ["y", "2", null], "item": {"sku": "y", "price": 2.5}, "labels": {"k": "2"}},
        ])
    );
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn a_failed_calculation_is_null_and_says_why() {
    let rules = [expression("10 / b", "int"), expression("a", "yes")];
    let (rows, warnings) = mapped(&rules, &json!([{"a": [1], "b": 0}, {"a": [2], "b": 5}]));
    assert_eq!(rows, json!([{}, {"int": 2}]));
    assert_eq!(
        warnings,
        [
            "Failed to set destination path int. `/`: a number is divided by zero. sourceField: 10 / b destinationField: int",
            "Failed to set destination path yes. the result is an array or an object where a single value is expected. \
             sourceField: a destinationField: yes",
        ]
    );
}

#[test]
fn a_required_field_that_is_lost_for_one_reason_or_another_says_so() {
    let fields = [required("n", FieldType::Int)];
    let rules = [expression("iif(b == 0, 1 / b, a)", "n")];
    let mapping = compile(Some(&rules), &fields, false).unwrap();
    let rows = json!([{"a": "x", "b": 1}, {"a": "1", "b": 0}, {"a": null, "b": 1}, {"a": "7", "b": 1}]);
    let (mapped, _) = apply(&mapping, &source(&rows));
    let codes: Vec<_> = mapped.rejected.iter().map(|row| (row.index, row.issues[0].code)).collect();
    assert_eq!(codes, [(0, CODE_CONVERSION), (1, CODE_CONVERSION), (2, CODE_REQUIRED)]);
}

#[test]
fn items_of_arrays_are_read_and_filled() {
    let rules = [
        rule("emails[*].name", "names"),
        rule("emails[1].name", "text"),
        rule("a", "items[0].sku"),
        rule("b", "items[2].price"),
        rule("emails[*].name", "wrapped[*].names"),
    ];
    let rows = json!([
        {"a": "x", "b": 1, "emails": [{"name": "p"}, {"name": "q"}]},
        {"a": null, "b": null, "emails": []},
        {"a": "y", "b": null, "emails": null},
    ]);
    let (rows, _) = mapped(&rules, &rows);
    assert_eq!(
        rows,
        json!([
            {"names": ["p", "q"], "text": "q", "items": [{"sku": "x"}, null, {"price": 1.0}],
             "wrapped": [{"names": {"name": "p"}}, {"names": {"name": "q"}}]},
            {"names": [], "wrapped": []},
            {"items": [{"sku": "y"}]},
        ])
    );
}

#[test]
fn arrays_are_zipped_and_what_is_single_is_repeated() {
    let rules = [
        rule("skus[*]", "items[*].sku"),
        expression("prices[*]", "items[*].price"),
        fixed("n", "labels.fixed"),
        rule("a", "labels.own"),
    ];
    let (rows, _) =
        mapped(&rules, &json!([{"a": "x", "skus": ["s", "t"], "prices": [1]}, {"skus": [], "prices": [2, 3]}]));
    assert_eq!(
        rows,
        json!([
            {"items": [{"sku": "s", "price": 1.0}, {"sku": "t"}], "labels": {"fixed": "n", "own": "x"}},
            {"items": [{"price": 2.0}, {"price": 3.0}], "labels": {"fixed": "n"}},
        ])
    );
}

#[test]
fn objects_and_arrays_are_copied_and_deeper_rules_come_on_top() {
    let rules = [
        rule("item", "item"),
        rule("a", "item.sku"),
        rule("items", "items"),
        rule("b", "items[0].price"),
        rule("item", "labels"),
        rule("a", "labels.sku"),
    ];
    let rows = json!([{"a": "over", "b": 9, "item": {"sku": "s", "price": 1, "x": true}, "items": [{"sku": "t", "price": 2}]}]);
    let (rows, _) = mapped(&rules, &rows);
    assert_eq!(
        rows,
        json!([{"item": {"sku": "over", "price": 1.0}, "items": [{"price": 9.0}],
                "labels": {"sku": "over", "price": "1", "x": "true"}}])
    );
}

#[test]
fn what_does_not_fit_is_refused_before_there_is_data() {
    for (rule, message) in [
        (expression("nope(a)", "text"), "no function"),
        (expression("concat(a", "text"), "position 9"),
        (expression("[1]", "text"), "kind array"),
        (expression("1", "names"), "type array"),
        (rule("a[*].b", "text"), "single value"),
        (fixed("x", "items"), "single value"),
        (rule("a", "items[0].nope"), "does not exist"),
        (rule("a", "text[0]"), "does not exist"),
    ] {
        let error = compile(Some(&[rule]), &target(), false).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}
