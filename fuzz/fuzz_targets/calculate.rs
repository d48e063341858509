//! Expressions over three rows: a column of three values, whatever the functions make of their arguments.
#![no_main]

use std::sync::{Arc, LazyLock};

use arrow::array::RecordBatch;
use arrow::json::ReaderBuilder;
use arrow::json::reader::infer_json_schema_from_iterator;
use lakehead_expression::{Expression, Row, json};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static BATCH: LazyLock<RecordBatch> = LazyLock::new(|| {
    let rows: [Value; 3] = [
        json!({"a": 1, "b": "x", "c": 1.5, "d": true, "e": [1, 2], "f": {"g": "h", "i": [{"j": 1}, {"j": null}]},
               "t": "2019-10-23T11:24:35Z", "u": "https://user@example.com:80/a/b?c=d#e"}),
        json!({"a": -9_223_372_036_854_775_807_i64, "b": "äöü😀", "e": [], "f": {"i": []}, "t": "x", "u": ""}),
        json!({"b": null, "c": 1e300, "d": false}),
    ];
    let schema = infer_json_schema_from_iterator(rows.iter().map(Ok)).expect("one shape");
    let mut decoder = ReaderBuilder::new(Arc::new(schema)).build_decoder().expect("a schema");
    decoder.serialize(&rows).expect("rows");
    decoder.flush().expect("a batch").expect("rows")
});

fuzz_target!(|text: &str| {
    let Ok(expression) = Expression::compile(text) else { return };
    let row = Row { batch: &BATCH, now_ms: 1_571_829_875_000, seed: "seed", number: &|row| row as u64 };
    let evaluated = expression.evaluate(&row);
    for at in 0..BATCH.num_rows() {
        json::value(evaluated.column.array(), evaluated.column.at(at));
    }
    assert!(evaluated.failures.iter().all(|(row, _)| row < BATCH.num_rows()));
});
