//! Arrays.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::interleave;

use crate::column::{Column, Kind, list_of};
use crate::function::{Call, Category, Fault, Function, Kernel, Param};
use crate::operators::{access, logic};
use crate::{coerce, unify};

const ARRAYS: Category = Category::Arrays;
const VALUES: Param = Param::repeated("values", Kind::Any, "The values.");
const ARRAY: Param = Param::new("array", Kind::Array, "The array.");
/// Most items of one array that is made here.
const MAX_ITEMS: usize = 100_000;
/// Most items of all arrays that are made in one call.
pub(super) const MAX_ITEMS_OF_BATCH: usize = 10_000_000;
pub(super) const TOO_MANY: &str = "the arrays would have too many items";

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "coalesce",
        ARRAYS,
        "The first value that is not null. Later ones are not computed, so they cannot fail.",
        &[VALUES],
        Kind::Any,
        (r#"coalesce(null, null, null, "first", null, "second")"#, r#""first""#),
        Kernel::Lazy(logic::coalesce),
    ),
    Function::new(
        "first",
        ARRAYS,
        "The first of some values, or of the items of one array.",
        &[VALUES],
        Kind::Any,
        (r#"first("1", "2", "3")"#, r#""1""#),
        Kernel::Eager(|call| end(call, true)),
    ),
    Function::new(
        "last",
        ARRAYS,
        "The last of some values, or of the items of one array.",
        &[VALUES],
        Kind::Any,
        (r#"last("1", "2", "3")"#, r#""3""#),
        Kernel::Eager(|call| end(call, false)),
    ),
    Function::new(
        "add_to_array",
        ARRAYS,
        "An array with values behind its items.",
        &[ARRAY, VALUES],
        Kind::Array,
        ("add_to_array(['a', 'b'], 'c', 'd')", r#"["a", "b", "c", "d"]"#),
        Kernel::Eager(add_to_array),
    ),
    Function::new(
        "join_arrays",
        ARRAYS,
        "The items of several arrays as one array.",
        &[ARRAY, Param::repeated("arrays", Kind::Array, "More arrays.")],
        Kind::Array,
        ("join_arrays(['a', 'b'], ['c'], ['d', 'e'])", r#"["a", "b", "c", "d", "e"]"#),
        Kernel::Eager(|call| joined(call, call.columns())),
    ),
    Function::new(
        "to_array",
        ARRAYS,
        "An array of some values, with or without those that are null.",
        &[Param::new("include_nulls", Kind::Boolean, "Whether nulls are kept."), VALUES],
        Kind::Array,
        ("to_array(false, 1, null, 2, 3)", "[1, 2, 3]"),
        Kernel::Eager(to_array),
    ),
    Function::new(
        "size_of",
        ARRAYS,
        "The number of items of an array.",
        &[ARRAY],
        Kind::Integer,
        ("size_of([1, 2, 3, 4])", "4"),
        Kernel::Eager(size_of),
    ),
    Function::new(
        "upsert_array_append",
        ARRAYS,
        "The array as it is: appending concerns profiles, not the lake.",
        &[ARRAY],
        Kind::Array,
        ("upsert_array_append([123, 456])", "[123, 456]"),
        Kernel::Eager(same),
    ),
    Function::new(
        "upsert_array_replace",
        ARRAYS,
        "The array as it is: replacing concerns profiles, not the lake.",
        &[ARRAY, Param::optional("index", Kind::Integer, "Where profiles replace from.")],
        Kind::Array,
        ("upsert_array_replace([123, 456], 1)", "[123, 456]"),
        Kernel::Eager(same),
    ),
];

fn end(call: &mut Call<'_>, first: bool) -> Result<ArrayRef, Fault> {
    let n = if first { 0 } else { call.count().saturating_sub(1) };
    if call.count() != 1 || call.column(0).kind() != Kind::Array {
        return Ok(call.column(n).expanded(call.rows()));
    }
    let lists = call.list(0)?;
    let place = |row: usize| {
        let range = lists.range(row).filter(|range| !range.is_empty())?;
        Some(if first { range.start } else { range.end - 1 } as u32)
    };
    unify::taken(lists.values(), &(0..call.rows()).map(place).collect::<UInt32Array>())
}

fn add_to_array(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let added = access::items(&call.columns()[1..], call.rows(), true)?;
    joined(call, &[call.column(0), Column::rows(added)])
}

/// The items of the columns behind one another; a row in which they are too many has failed.
fn joined(call: &mut Call<'_>, columns: &[Column]) -> Result<ArrayRef, Fault> {
    let lists = columns.iter().map(coerce::lists).collect::<Result<Vec<_>, _>>()?;
    let values: Vec<Column> = lists.iter().map(|list| Column::rows(Arc::clone(list.values()))).collect();
    let (values, ty) = unify::unified(&values)?;
    let (mut places, mut offsets, mut valid) = (Vec::new(), vec![0_i32], Vec::with_capacity(call.rows()));
    for row in 0..call.rows() {
        let ranges = || lists.iter().enumerate().filter_map(|(n, list)| Some((n, list.range(row)?)));
        let count: usize = ranges().map(|(_, range)| range.len()).sum();
        if count > MAX_ITEMS || places.len() + count > MAX_ITEMS_OF_BATCH {
            call.fail(row, TOO_MANY);
            valid.push(false);
        } else {
            places.extend(ranges().flat_map(|(n, range)| range.map(move |item| (n, item))));
            valid.push(ranges().next().is_some());
        }
        offsets.push(places.len() as i32);
    }
    let items = unify::gathered(&values, &ty, &places)?;
    Ok(Arc::new(list_of(OffsetBuffer::new(offsets.into()), items, Some(valid.into()))?))
}

fn to_array(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let values = call.columns()[1..].to_vec();
    let with_nulls = call.truth(0)?;
    for all in [true, false] {
        if (0..call.rows()).all(|row| with_nulls.get(row) == all) {
            return access::items(&values, call.rows(), all);
        }
    }
    let (with, without) = (access::items(&values, call.rows(), true)?, access::items(&values, call.rows(), false)?);
    let places: Vec<(usize, usize)> = (0..call.rows()).map(|row| (usize::from(!with_nulls.get(row)), row)).collect();
    Ok(interleave(&[with.as_ref(), without.as_ref()], &places)?)
}

fn size_of(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let lists = call.list(0)?;
    let size = |row| Some(lists.range(row).map_or(0, |range| range.len() as i64));
    Ok(Arc::new((0..call.rows()).map(size).collect::<Int64Array>()))
}

fn same(call: &mut Call<'_>) -> Result<ArrayRef, Fault> {
    let column = call.column(0);
    match column.kind() {
        Kind::Array | Kind::Null => Ok(column.expanded(call.rows())),
        kind => Err(coerce::mismatch(Kind::Array, kind)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::compile::Expression;
    use crate::testing::{evaluate, over_rows};

    #[track_caller]
    fn gives(text: &str, expected: Value) {
        let shown = evaluate(text, r#"{"l": [1, null], "n": null, "y": true, "o": {"p": [{"q": 1}]}}"#);
        assert_eq!((shown.value, shown.failures), (expected, vec![]), "{text}");
    }

    #[test]
    fn arrays_at_their_edges() {
        gives("first(l) + 1", json!(2));
        gives("last(l)", json!(null));
        gives("first([])", json!(null));
        gives("first(n)", json!(null));
        gives("first()", json!(null));
        gives("add_to_array(n, 'a')", json!(["a"]));
        gives("add_to_array(l, 'a', null)", json!(["1", null, "a", null]));
        gives("join_arrays(n, n)", json!(null));
        gives("join_arrays(l, [2.5])", json!([1.0, null, 2.5]));
        gives("join_arrays(o.p, [{'q': 2, 'r': 'x'}])", json!([{"q": 1}, {"q": 2, "r": "x"}]));
        gives("to_array(true, 1, n)", json!([1, null]));
        gives("to_array(!y, n, 'a')", json!(["a"]));
        gives("size_of(l) + size_of(n) + size_of([])", json!(2));
        gives("coalesce(n, l)", json!([1, null]));
        gives("coalesce()", json!(null));
        assert!(evaluate("size_of(l)", r#"{"l": "x"}"#).failures[0].contains("kind array"));
    }

    /// Three rows: arrays, nothing, and empty ones.
    const ROWS: [&str; 3] =
        [r#"{"l": ["ä", null], "m": [{"a": 1}], "v": "x", "y": true}"#, "{}", r#"{"l": [], "m": [], "v": null}"#];

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "expectations are written with `json!` in place")]
    fn rows(text: &str, expected: Value) {
        let shown = over_rows(&Expression::compile(text).unwrap(), &ROWS);
        assert!(shown.iter().all(|shown| shown.failures.is_empty()), "{text}: {shown:?}");
        assert_eq!(shown.into_iter().map(|shown| shown.value).collect::<Value>(), expected, "{text}");
    }

    #[test]
    fn each_row_has_its_array() {
        rows("first(l)", json!(["ä", null, null]));
        rows("last(v, l)", json!([["ä", null], null, []]));
        rows("first(m).a", json!([1, null, null]));
        rows("add_to_array(l, v)", json!([["ä", null, "x"], [null], [null]]));
        rows("add_to_array(['c'], v, 'd')", json!([["c", "x", "d"], ["c", null, "d"], ["c", null, "d"]]));
        rows("join_arrays(l, ['z'])", json!([["ä", null, "z"], ["z"], ["z"]]));
        rows("join_arrays(l)", json!([["ä", null], null, []]));
        rows("to_array(y, v, 1)", json!([["x", "1"], ["1"], ["1"]]));
        rows("to_array(true)", json!([[], [], []]));
        rows("size_of(l)", json!([2, 0, 0]));
        rows("coalesce(v, first(l), 'd')", json!(["x", "d", "d"]));
        rows("upsert_array_append(m)", json!([[{"a": 1}], null, []]));
        rows("upsert_array_replace(m, 0)", json!([[{"a": 1}], null, []]));
    }

    #[test]
    fn arrays_have_an_end() {
        let row = json!({ "l": vec![1; 60_000] }).to_string();
        assert_eq!(evaluate("size_of(add_to_array(l, 1))", &row).value, json!(60_001));
        assert!(evaluate("join_arrays(l, l)", &row).failures[0].contains("too many items"));
        let shown = over_rows(&Expression::compile("join_arrays(l, l)").unwrap(), &[&row, r#"{"l": [1]}"#]);
        assert_eq!((&shown[1].value, shown[1].failures.len()), (&json!([1, 1]), 0));
    }

    #[test]
    fn what_is_no_array() {
        for text in ["size_of(v)", "add_to_array(v, 1)", "join_arrays(l, v)", "upsert_array_append(v)"] {
            let shown = evaluate(text, ROWS[0]);
            assert!(shown.failures.len() == 1 && shown.failures[0].contains("kind array"), "{text}: {shown:?}");
        }
        assert!(evaluate("to_array(true, l, v)", ROWS[0]).failures[0].contains("do not go together"));
    }
}
