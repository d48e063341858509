//! Evaluates expressions over one row of JSON, for tests.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;
use arrow::json::ReaderBuilder;
use arrow::json::reader::infer_json_schema_from_iterator;
use serde_json::Value;

use crate::compile::{CompileError, Expression};
use crate::evaluate::Row;
use crate::json;

/// What an expression gives for a row.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) value: Value,
    pub(crate) failures: Vec<String>,
}

/// Evaluates `text` over the JSON object `row`; an empty text is an empty row.
#[track_caller]
pub(crate) fn evaluate(text: &str, row: &str) -> Shown {
    try_evaluate(text, row).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// As [`evaluate`], or why the text cannot be compiled.
pub(crate) fn try_evaluate(text: &str, row: &str) -> Result<Shown, CompileError> {
    Ok(over_rows(&Expression::compile(text)?, &[row]).remove(0))
}

/// Evaluates an expression over several rows at once.
pub(crate) fn over_rows(expression: &Expression, rows: &[&str]) -> Vec<Shown> {
    let batch = batch(rows);
    let row = Row { batch: &batch, now_ms: 1_635_243_024_000, seed: "batch/object", number: &|row| row as u64 + 1 };
    let evaluated = expression.evaluate(&row);
    let failure = |row| evaluated.failures.iter().filter(move |(failed, _)| *failed == row);
    let shown = |row: usize| Shown {
        value: json::value(evaluated.column.array(), evaluated.column.at(row)),
        failures: failure(row).map(|(_, reason)| reason.to_string()).collect(),
    };
    (0..rows.len()).map(shown).collect()
}

/// Evaluates an expression over a batch without rows that has the columns of `row`.
pub(crate) fn over_nothing(expression: &Expression, row: &str) {
    let batch = batch(&[row]).slice(0, 0);
    let row = Row { batch: &batch, now_ms: 0, seed: "", number: &|row| row as u64 };
    let evaluated = expression.evaluate(&row);
    assert!(evaluated.column.expanded(0).is_empty() && evaluated.failures.is_empty());
}

/// A batch of JSON objects.
pub(crate) fn batch(rows: &[&str]) -> RecordBatch {
    let parsed: Vec<Value> =
        rows.iter().map(|row| serde_json::from_str(if row.is_empty() { "{}" } else { row }).expect(row)).collect();
    let schema = infer_json_schema_from_iterator(parsed.iter().map(Ok)).expect("rows of one shape");
    if schema.fields().is_empty() {
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        return RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options).expect("no columns");
    }
    let mut decoder = ReaderBuilder::new(Arc::new(schema)).build_decoder().expect("a usable schema");
    decoder.serialize(&parsed).expect("rows that fit");
    decoder.flush().expect("a batch").expect("rows")
}
