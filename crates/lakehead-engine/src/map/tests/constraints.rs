//! Demands of the schema on values: every rule, in every place, and what is set where nothing is.

use arrow::array::{Int8Array, Int16Array, MapBuilder, StringBuilder};
use lakehead_model::xdm::{field::relax, tree};
use serde_json::{Value, json};

use super::*;

fn schema(properties: &Value) -> Vec<Field> {
    tree::checked_fields(&json!({ "properties": properties })).unwrap()
}

/// Rows that were rejected, with the codes of their issues.
fn rejected(mapped: &Mapped) -> Vec<(usize, Vec<&'static str>)> {
    let codes = |row: &Rejected| row.issues.iter().map(|issue| issue.code).collect();
    mapped.rejected.iter().map(|row| (row.index, codes(row))).collect()
}

/// Lands one column of texts in a field of its own.
fn land(node: &Value, values: &[Option<&str>]) -> Mapped {
    let mapping = compile(None, &schema(&json!({ "a": node })), true).unwrap();
    apply(&mapping, &RecordBatch::try_from_iter([("a", text(values))]).unwrap()).0
}

#[test]
fn every_rule_rejects_what_breaks_it_and_nothing_else() {
    let (enum_, format, range) = ("DCVS-1106-400", "DCVS-1105-400", "DCVS-1104-400");
    for (node, good, bad, code, words) in [
        (
            json!({"type": "string", "enum": ["x", "y"]}),
            "x",
            "z",
            enum_,
            "is not a valid enum value; allowed are `x`, `y`",
        ),
        (json!({"type": "integer", "enum": [1, 2.0]}), "2", "3", enum_, "allowed are `1`, `2.0`"),
        (json!({"type": "number", "enum": [0, 0.5]}), "-0", "1", enum_, "enum value"),
        (json!({"type": "boolean", "enum": [true]}), "yes", "no", enum_, "allowed are `true`"),
        (json!({"type": "string", "pattern": "^[A-Z]{2}$"}), "AB", "ABC", format, "does not match pattern ^[A-Z]{2}$"),
        (json!({"type": "string", "pattern": "[A-Z]"}), "aBc", "abc", format, "pattern [A-Z]"),
        (json!({"type": "string", "format": "email"}), "a@b.c", "a", format, "is not a valid email"),
        (json!({"type": "string", "format": "uri"}), "urn:a", "a b", format, "is not a valid uri"),
        (json!({"type": "string", "format": "ipv4"}), "1.2.3.4", "1.2", format, "is not a valid ipv4"),
        (json!({"type": "string", "format": "ipv6"}), "::1", "1.2", format, "is not a valid ipv6"),
        (json!({"type": "string", "minLength": 2}), "üü", "ü", range, "expected minLength: 2"),
        (json!({"type": "string", "maxLength": 2}), "üü", "üüü", range, "expected maxLength: 2"),
        (json!({"type": "integer", "minimum": 5}), "5", "4", range, "is not greater or equal to 5"),
        (json!({"type": "integer", "exclusiveMinimum": 5}), "6", "5", range, "is not greater than 5"),
        (json!({"type": "integer", "maximum": 5.5}), "5", "6", range, "is not less or equal to 5.5"),
        (json!({"type": "integer", "exclusiveMaximum": 5}), "4", "5", range, "is not less than 5"),
        (json!({"type": "integer", "maximum": 5_000_000_000_i64}), "5000000000", "5000000001", range, "5000000000"),
        (json!({"type": "number", "minimum": 0.5}), "0.5", "0.4", range, "is not greater or equal to 0.5"),
        (json!({"type": "number", "exclusiveMinimum": 0.5}), "0.6", "0.5", range, "is not greater than 0.5"),
        (json!({"type": "number", "maximum": 1}), "1", "1.1", range, "is not less or equal to 1"),
        (json!({"type": "number", "exclusiveMaximum": 1}), "0.9", "1", range, "is not less than 1"),
    ] {
        // Without nulls columns are checked another way.
        let mapped = land(&node, &[Some(good), Some(bad)]);
        assert_eq!(rejected(&mapped), [(1, vec![code])], "{node}");
        let mapped = land(&node, &[None, Some(good), Some(bad), None]);
        assert_eq!(rejected(&mapped), [(2, vec![code])], "{node}");
        assert_eq!(mapped.batch.num_rows(), 3);
        let message = &mapped.rejected[0].issues[0].message;
        assert!(message.starts_with("the value of the field `a` ") && message.contains(words), "{message}");
        assert_eq!(&*mapped.rejected[0].issues[0].column, "a");
    }
}

#[test]
fn a_row_has_an_issue_for_each_rule_and_no_data_in_them() {
    let node = json!({"type": "string", "enum": ["a"], "pattern": "^a", "maxLength": 3});
    let mapped = land(&node, &[Some("secret"), Some("a")]);
    assert_eq!(rejected(&mapped), [(0, vec![CODE_ENUM, CODE_FORMAT, CODE_CONVERSION])]);
    assert!(mapped.rejected[0].issues.iter().all(|issue| !issue.message.contains("secret")));
}

#[test]
fn names_for_people_and_unknown_formats_demand_nothing() {
    let mapped = land(&json!({"type": "string", "meta:enum": {"x": "X"}, "format": "colour"}), &[Some("z"), Some("")]);
    assert_eq!(rejected(&mapped), []);
}

#[test]
fn a_search_that_takes_too_long_rejects_its_row_alone() {
    let hard = "a".repeat(60);
    let mapped = land(&json!({"type": "string", "pattern": "(?=(a|aa)+$)(a|aa)+\\1b"}), &[Some(&hard), Some("aab")]);
    assert_eq!(rejected(&mapped)[0], (0, vec![CODE_FORMAT]));
}

/// Lists of `values`, one for each length.
fn lists(values: ArrayRef, lengths: &[usize]) -> ListArray {
    let element = Arc::new(ArrowField::new("item", values.data_type().clone(), true));
    ListArray::new(element, arrow::buffer::OffsetBuffer::from_lengths(lengths.iter().copied()), values, None)
}

#[test]
fn items_members_and_values_of_maps_reject_their_row_once() {
    let size = json!({"type": "string", "enum": ["s", "m"]});
    let fields = schema(&json!({
        "tags": {"type": "array", "items": size},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"size": size}}},
        "box": {"type": "object", "properties": {"size": size}},
        "sizes": {"type": "object", "additionalProperties": size},
        "grid": {"type": "array", "items": {"type": "array", "items": size}},
    }));
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for row in [&[("k", "s")][..], &[("k", "m"), ("l", "xl")], &[], &[], &[], &[]] {
        for (key, value) in row {
            map.keys().append_value(key);
            map.values().append_value(value);
        }
        map.append(true).unwrap();
    }
    let object = |values: ArrayRef| StructArray::try_from(vec![("size", values)]).unwrap();
    let sizes = || text(&[Some("s"), Some("xl"), Some("xl"), None, Some("m"), Some("s")]);
    let pairs = lists(text(&[Some("s"), Some("m"), Some("xl")]), &[1, 2]);
    let columns: [(&str, ArrayRef); 5] = [
        // Rows 1 and 3 have a bad tag, the first of them two.
        ("tags", Arc::new(lists(text(&[Some("xl"), Some("xl"), None, Some("s"), Some("xl")]), &[0, 3, 1, 1, 0, 0]))),
        ("lines", Arc::new(lists(Arc::new(object(sizes())), &[1, 0, 2, 3, 0, 0]))),
        ("box", Arc::new(object(text(&[None, Some("s"), None, None, Some("xl"), None])))),
        ("sizes", Arc::new(map.finish())),
        ("grid", Arc::new(lists(Arc::new(pairs), &[0, 0, 0, 1, 0, 1]))),
    ];
    let source = RecordBatch::try_from_iter(columns).unwrap();
    let mapping = compile(None, &fields, false).unwrap();
    let (mapped, _) = apply(&mapping, &source);
    let found: Vec<(usize, Vec<&str>)> = mapped
        .rejected
        .iter()
        .map(|row| (row.index, row.issues.iter().map(|issue| &*issue.column).collect()))
        .collect();
    let expected = [
        (1, vec!["tags", "sizes"]),
        (2, vec!["lines.size"]),
        (3, vec!["tags"]),
        (4, vec!["box.size"]),
        (5, vec!["grid"]),
    ];
    assert_eq!(found, expected);

    // A part of a batch shares the items of the whole.
    let (mapped, _) = apply(&mapping, &source.slice(3, 2));
    let rows: Vec<_> = mapped.rejected.iter().map(|row| row.index).collect();
    assert_eq!(rows, [0, 1]);
    let (mapped, _) = apply(&mapping, &source.slice(0, 1));
    assert_eq!(mapped.rejected, []);
}

fn with_defaults() -> Vec<Field> {
    let members = json!({
        "kind": {"type": "string", "enum": ["a", "b"], "default": "a"},
        "on": {"type": "boolean", "default": false},
        "name": {"type": "string"},
    });
    let root = json!({"properties": {
        "o": {"type": "object", "required": ["kind", "on"], "properties": members},
        "state": {"type": "string", "default": "new"},
        "other": {"type": "string", "default": "unused"},
    }, "required": ["state"]});
    tree::checked_fields(&root).unwrap()
}

#[test]
fn a_required_field_without_a_value_gets_its_default() {
    let rules = [rule("kind", "o.kind"), rule("on", "o.on"), rule("name", "o.name"), rule("other", "other")];
    let mapping = compile(Some(&rules), &with_defaults(), true).unwrap();
    let source = RecordBatch::try_from_iter([
        ("kind", text(&[None, Some("b"), None, None, Some("c")])),
        ("on", text(&[None, Some("on"), None, Some("maybe"), None])),
        ("name", text(&[Some("x"), None, None, Some("y"), None])),
        ("other", text(&[None; 5])),
    ])
    .unwrap();
    let (mapped, _) = apply(&mapping, &source);
    let expected = [(3, vec![CODE_CONVERSION]), (4, vec![CODE_ENUM])];
    assert_eq!(rejected(&mapped), expected, "what is lost is not made up for");
    let column = |name: &str| mapped.batch.column_by_name(name).unwrap();
    let state: Vec<_> = column("state").as_string_view().iter().collect();
    assert_eq!(state, [Some("new"); 3], "nothing feeds it");
    assert_eq!(column("other").null_count(), 3, "it is not required");
    let object = column("o").as_struct();
    let kinds: Vec<_> = object.column_by_name("kind").unwrap().as_string_view().iter().collect();
    assert_eq!(kinds, [Some("a"), Some("b"), None]);
    assert!(object.is_null(2), "an object that is not there has no members");
    assert!(!object.column_by_name("on").unwrap().as_boolean().value(0));
}

#[test]
fn relaxed_fields_take_any_value_of_their_type() {
    let mut fields = schema(&json!({"a": {"type": "string", "enum": ["x"]}}));
    relax(&mut fields);
    let mapping = compile(None, &fields, true).unwrap();
    let (mapped, _) = apply(&mapping, &RecordBatch::try_from_iter([("a", text(&[Some("z")]))]).unwrap());
    assert_eq!(rejected(&mapped), []);
}

#[test]
fn only_long_numbers_become_times() {
    let convert = |column: ArrayRef, ty: FieldType| {
        let mapping = compile(None, &[field("a", ty)], false).unwrap();
        let source = RecordBatch::try_from_iter([("a", column)]).unwrap();
        let rows = RowNumbers::From(1);
        let stamp = Stamp { batch_id: "", ingest_time_ms: 0, source_object: "", rows: &rows };
        mapping.apply(&source, &stamp, &mut Warnings::new())
    };
    for ty in [FieldType::Date, FieldType::DateTime] {
        let mapped = convert(Arc::new(Int64Array::from(vec![86_400_000])), ty.clone()).unwrap();
        assert_eq!(mapped.batch.column(0).null_count(), 0);
        let smaller: [ArrayRef; 4] = [
            Arc::new(Int8Array::from(vec![1])),
            Arc::new(Int16Array::from(vec![1])),
            Arc::new(Int32Array::from(vec![1])),
            Arc::new(Float64Array::from(vec![1.0])),
        ];
        for column in smaller {
            assert!(matches!(convert(column, ty.clone()), Err(MapError::Types { .. })), "{ty:?}");
        }
    }
}
