//! Mappings compiled and applied: conversions, nesting, warnings and rejected rows.

use arrow::array::{
    Array, BooleanArray, Float64Array, Int32Array, Int64Array, ListArray, StringArray, StringViewArray, StructArray,
    TimestampMillisecondArray,
};
use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field as ArrowField, Fields, Int32Type, Int64Type};
use lakehead_model::mapping::{Rule, RuleSource, parse_attribute, parse_destination};
use lakehead_model::xdm::{Field, FieldType};

use super::*;
use crate::layout;

mod calculated;
mod constraints;

fn field(name: &str, ty: FieldType) -> Field {
    Field::new(name, ty, false)
}

fn required(name: &str, ty: FieldType) -> Field {
    Field::new(name, ty, true)
}

fn person() -> Vec<Field> {
    vec![
        required("_id", FieldType::String),
        field(
            "person",
            FieldType::Object(vec![
                field(
                    "name",
                    FieldType::Object(vec![field("first", FieldType::String), field("last", FieldType::String)]),
                ),
                field("age", FieldType::Byte),
                field("active", FieldType::Boolean),
            ]),
        ),
        field("joined", FieldType::DateTime),
        field("emails", FieldType::Array(Box::new(FieldType::Object(vec![required("address", FieldType::String)])))),
        field("score", FieldType::Number),
    ]
}

fn rule(source: &str, destination: &str) -> Rule {
    Rule {
        source: RuleSource::Attribute(parse_attribute(source).unwrap()),
        destination: parse_destination(destination).unwrap(),
    }
}

fn compile(rules: Option<&[Rule]>, fields: &[Field], flat: bool) -> Result<Mapping, MapError> {
    let schema = layout::arrow_schema(&layout::iceberg_schema(fields).unwrap()).unwrap();
    Mapping::compile(rules, fields, Arc::new(schema), flat)
}

fn apply(mapping: &Mapping, source: &RecordBatch) -> (Mapped, Warnings) {
    let mut warnings = Warnings::new();
    let rows = RowNumbers::From(11);
    let stamp = Stamp { batch_id: "B1", ingest_time_ms: 5, source_object: "a/b.csv", rows: &rows };
    (mapping.apply(source, &stamp, &mut warnings).unwrap(), warnings)
}

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringViewArray::from(values.to_vec()))
}

#[test]
fn columns_that_nothing_feeds_are_left_out_unless_they_are_required() {
    let mapping = compile(Some(&[rule("first", "person.name.first")]), &person(), true).unwrap();
    let names = |fields: &Fields| fields.iter().map(|field| field.name().clone()).collect::<Vec<_>>();
    let roots = mapping.output().fields();
    assert_eq!(names(roots), ["_id", "person", layout::SYSTEM_COLUMN]);
    let DataType::Struct(person) = roots[1].data_type() else { panic!("person is a struct") };
    assert_eq!(names(person), ["name"]);
    let DataType::Struct(name) = person[0].data_type() else { panic!("name is a struct") };
    assert_eq!(names(name), ["first"]);
    assert_eq!(name[0].metadata()["PARQUET:field_id"], "4", "ids are those of the table");
    let source = RecordBatch::try_from_iter([("first", text(&[Some("Ada")]))]).unwrap();
    let (mapped, _) = apply(&mapping, &source);
    assert_eq!(mapped.rejected[0].issues[0].code, CODE_REQUIRED, "nothing feeds `_id`, which is required");
}

#[test]
fn text_lands_in_nested_typed_columns() {
    let rules = [
        rule("id", "_id"),
        rule("First Name", "person.name.first"),
        rule("age", "person.age"),
        rule("on", "person.active"),
        rule("at", "joined"),
        rule("nowhere", "score"),
        Rule { source: RuleSource::Static("x".into()), destination: parse_destination("person.name.last").unwrap() },
    ];
    let mapping = compile(Some(&rules), &person(), true).unwrap();
    let source = RecordBatch::try_from_iter([
        ("id", text(&[Some("1"), Some("2"), None])),
        ("First Name", text(&[Some("Ada"), None, Some("Bob")])),
        ("age", text(&[Some("36"), Some("128"), Some("x")])),
        ("on", text(&[Some("yes"), Some("Yes"), None])),
        ("at", text(&[Some("2024-01-02"), Some("never"), None])),
    ])
    .unwrap();
    let (mapped, warnings) = apply(&mapping, &source);
    assert_eq!(mapped.rejected.len(), 1);
    assert_eq!((mapped.rejected[0].index, mapped.rejected[0].issues[0].code), (2, CODE_REQUIRED));
    let batch = mapped.batch;
    assert_eq!(batch.num_rows(), 2);
    let person = batch.column(1).as_struct();
    assert_eq!(person.column_by_name("name").unwrap().as_struct().column(0).as_string_view().value(0), "Ada");
    assert_eq!(person.column_by_name("name").unwrap().as_struct().column(1).as_string_view().value(1), "x");
    let age = person.column_by_name("age").unwrap().as_primitive::<Int32Type>();
    assert_eq!((age.value(0), age.is_null(1)), (36, true));
    assert_eq!(batch.column_by_name("score").unwrap().null_count(), 2);
    let system = batch.column_by_name(layout::SYSTEM_COLUMN).unwrap().as_struct();
    assert_eq!(system.column(2).as_string_view().value(1), "a/b.csv");
    assert_eq!(system.column(3).as_primitive::<Int64Type>().values(), &[11, 12]);
    let counts: Vec<u64> = warnings.values().copied().collect();
    assert_eq!(counts.iter().sum::<u64>(), 4, "{warnings:?}");
    let age = warnings.iter().find(|(text, _)| text.contains("person.age")).unwrap();
    assert_eq!(*age.1, 2);
    assert_eq!(
        age.0,
        "Failed to set destination path person.age. The expected data type was: BYTE, actual data type was: STRING. \
         sourceField: age destinationField: person.age"
    );
}

#[test]
fn an_object_without_values_is_null() {
    let mapping = compile(Some(&[rule("id", "_id"), rule("f", "person.name.first")]), &person(), true).unwrap();
    let source =
        RecordBatch::try_from_iter([("id", text(&[Some("1"), Some("2")])), ("f", text(&[None, Some("x")]))]).unwrap();
    let (mapped, _) = apply(&mapping, &source);
    let person = mapped.batch.column(1).as_struct();
    assert!(person.is_null(0) && person.is_valid(1));
    assert!(person.column(0).is_null(0) && person.column(0).is_valid(1));
}

#[test]
fn a_required_field_lost_by_conversion_says_so() {
    let fields = [required("n", FieldType::Int), field("s", FieldType::String)];
    let mapping = compile(None, &fields, true).unwrap();
    let source =
        RecordBatch::try_from_iter([("n", text(&[Some("1"), Some("x"), None])), ("s", text(&[None; 3]))]).unwrap();
    let (mapped, _) = apply(&mapping, &source);
    let codes: Vec<_> = mapped.rejected.iter().map(|row| (row.index, row.issues[0].code)).collect();
    assert_eq!(codes, [(1, CODE_CONVERSION), (2, CODE_REQUIRED)]);
    assert_eq!(mapped.batch.num_rows(), 1);
}

fn nested_source() -> RecordBatch {
    let addresses: ArrayRef = Arc::new(StringArray::from(vec![Some("a@x"), None, Some("c@x")]));
    let member = Fields::from(vec![ArrowField::new("address", DataType::Utf8, true)]);
    let items = StructArray::new(member.clone(), vec![addresses], None);
    let element = Arc::new(ArrowField::new("item", DataType::Struct(member), true));
    let offsets = arrow::buffer::OffsetBuffer::from_lengths([1, 1, 1]);
    let emails = ListArray::new(element, offsets, Arc::new(items), None);
    let first: ArrayRef = Arc::new(StringArray::from(vec![Some("Ada"), Some("Bob"), None]));
    let extra: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3]));
    let name = StructArray::try_from(vec![("first", first), ("extra", extra)]).unwrap();
    let person = StructArray::try_from(vec![
        ("name", Arc::new(name) as ArrayRef),
        ("age", Arc::new(Int64Array::from(vec![1, 2, 300])) as ArrayRef),
        ("active", Arc::new(BooleanArray::from(vec![true, false, true])) as ArrayRef),
    ])
    .unwrap();
    RecordBatch::try_from_iter([
        ("_id", Arc::new(Int64Array::from(vec![7, 8, 9])) as ArrayRef),
        ("person", Arc::new(person) as ArrayRef),
        ("joined", Arc::new(TimestampMillisecondArray::from(vec![1000, 2000, 3000])) as ArrayRef),
        ("emails", Arc::new(emails) as ArrayRef),
        ("score", Arc::new(Float64Array::from(vec![1.5, 2.5, 3.5])) as ArrayRef),
        ("nick", Arc::new(StringArray::from(vec!["A", "B", "C"])) as ArrayRef),
    ])
    .unwrap()
}

#[test]
fn typed_columns_are_copied_by_name_with_their_members() {
    let (mapped, warnings) = apply(&compile(None, &person(), false).unwrap(), &nested_source());
    assert_eq!(mapped.rejected.len(), 1, "an e-mail without address");
    assert_eq!((mapped.rejected[0].index, &*mapped.rejected[0].issues[0].column), (1, "emails.address"));
    let batch = mapped.batch;
    assert_eq!(batch.column(0).as_string_view().value(1), "9", "numbers become text");
    let person = batch.column(1).as_struct();
    assert!(person.column_by_name("age").unwrap().is_null(1), "300 is no byte");
    assert_eq!(warnings.values().sum::<u64>(), 1);
    assert_eq!(batch.column(3).as_list::<i32>().value(0).as_struct().column(0).as_string_view().value(0), "a@x");
}

#[test]
fn a_deeper_rule_overrides_the_copied_member() {
    let rules = [rule("_id", "_id"), rule("person", "person"), rule("nick", "person.name.first")];
    let mapping = compile(Some(&rules), &person(), false).unwrap();
    let (mapped, _) = apply(&mapping, &nested_source());
    let person = mapped.batch.column(1).as_struct();
    assert_eq!(person.column(0).as_struct().column(0).as_string_view().value(2), "C");
    assert!(person.column_by_name("active").unwrap().as_boolean().value(2));
}

#[test]
fn mappings_that_cannot_work_name_the_field() {
    for (rules, flat, text) in [
        (vec![rule("a", "person.nope")], true, "`person.nope`"),
        (vec![rule("a", "_id"), rule("b", "_id")], true, "`_id`"),
        (vec![rule("a", "person")], true, "`person`"),
        (vec![rule("a", "_id"), rule("a.b", "joined")], false, "`a"),
        (
            vec![Rule { source: RuleSource::Static("x".into()), destination: parse_destination("score").unwrap() }],
            true,
            "`x`",
        ),
    ] {
        let error = compile(Some(&rules), &person(), flat).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn types_that_are_never_converted_fail_the_file() {
    let mapping = compile(Some(&[rule("b", "score")]), &person(), false).unwrap();
    let source = RecordBatch::try_from_iter([("b", Arc::new(BooleanArray::from(vec![true])) as ArrayRef)]).unwrap();
    let rows = RowNumbers::From(1);
    let stamp = Stamp { batch_id: "", ingest_time_ms: 0, source_object: "", rows: &rows };
    let error = mapping.apply(&source, &stamp, &mut Warnings::new()).unwrap_err();
    assert!(error.to_string().contains("`b` of type BOOLEAN"), "{error}");
}
