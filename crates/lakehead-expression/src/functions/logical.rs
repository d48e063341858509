//! Choices.

use arrow::array::ArrayRef;

use crate::column::{Column, Kind};
use crate::failures::Failures;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};
use crate::operators::logic;
use crate::{coerce, unify};

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "iif",
        Category::Logical,
        "One of two values, as a condition says. The other one is not computed, so it cannot fail.",
        &[
            Param::new("condition", Kind::Boolean, "What decides."),
            Param::new("then", Kind::Any, "The value where the condition is true."),
            Param::new("otherwise", Kind::Any, "The value where it is not."),
        ],
        Kind::Any,
        (r#"iif("s".equalsIgnoreCase("S"), "True", "False")"#, r#""True""#),
        Kernel::Lazy(logic::conditional),
    ),
    Function::new(
        "decode",
        Category::Logical,
        "The value beside the first key that equals what is looked up; the last argument where none does.",
        &[
            Param::new("key", Kind::Any, "What is looked up.").single(),
            Param::repeated("entries", Kind::Any, "Keys and values in turn, or an array of them; last, the default."),
        ],
        Kind::Any,
        (r#"decode(stateCode, "ca", "California", "pa", "Pennsylvania", "N/A")"#, r#""California""#),
        Kernel::Lazy(decode),
    )
    .reading(r#"{"stateCode": "ca"}"#),
];

fn decode(call: &mut Call<'_>, failures: &[Failures]) -> Result<ArrayRef, Fault> {
    if call.columns()[1..].iter().any(|column| column.kind() == Kind::Array) {
        return decode_array(call, failures);
    }
    let (wanted, rest) = (call.column(0), &call.columns()[1..]);
    let keys: Vec<Column> = rest.chunks_exact(2).map(|pair| pair[0].clone()).collect();
    let mut values: Vec<Column> = rest.chunks_exact(2).map(|pair| pair[1].clone()).collect();
    values.extend(rest.chunks_exact(2).remainder().iter().cloned());
    let wanted = coerce::texts(&wanted)?;
    let keys = keys.iter().map(coerce::texts).collect::<Result<Vec<_>, _>>()?;
    let (values, ty) = unify::unified(&values)?;
    let chosen: Vec<usize> = (0..call.rows())
        .map(|row| keys.iter().position(|key| key.get(row) == wanted.get(row)).unwrap_or(keys.len()))
        .collect();
    call.adopt(&failures[0], |_| true);
    for (n, failures) in failures[1..].iter().enumerate() {
        // Keys up to the one that fits are looked at, and the value beside it.
        let (pair, is_value) = (n / 2, n % 2 == 1 || n / 2 == keys.len());
        call.adopt(failures, |row| if is_value { chosen[row] == pair } else { pair <= chosen[row] });
    }
    unify::choose(&values, &ty, call.rows(), |row| Some(chosen[row]).filter(|n| *n < values.len()))
}

/// Keys and values come from an array; a second argument is the default.
fn decode_array(call: &mut Call<'_>, failures: &[Failures]) -> Result<ArrayRef, Fault> {
    for failures in failures {
        call.adopt(failures, |_| true);
    }
    let lists = call.list(1)?;
    let items = Column::rows(std::sync::Arc::clone(lists.values()));
    let (columns, ty) = unify::unified(&[items, call.column(2)])?;
    let (wanted, keys) = (call.text(0)?, coerce::texts(&columns[0])?);
    let place = |row: usize| {
        let range = lists.range(row)?;
        let mut pairs = range.clone().step_by(2).filter(|at| at + 1 < range.end);
        pairs.find(|at| keys.get(*at) == wanted.get(row)).map(|at| at + 1)
    };
    let places: Vec<(usize, usize)> =
        (0..call.rows()).map(|row| place(row).map_or((1, columns[1].at(row)), |at| (0, at))).collect();
    if ty == arrow::datatypes::DataType::Null {
        return Ok(arrow::array::new_null_array(&ty, call.rows()));
    }
    let parts: Vec<&dyn arrow::array::Array> = columns.iter().map(|column| column.array().as_ref()).collect();
    Ok(arrow::compute::interleave(&parts, &places)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::evaluate;

    #[test]
    fn the_value_beside_the_key() {
        let value = |text: &str| evaluate(text, r#"{"s": "pa", "n": null, "pairs": ["pa", "P", "ca", "C"]}"#).value;
        assert_eq!(value("decode(s, 'ca', 1, 'pa', 2, 3)"), json!(2));
        assert_eq!(value("decode('x', 'ca', 1, 'pa', 2, 3)"), json!(3));
        assert_eq!(value("decode('x', 'ca', 1)"), json!(null));
        assert_eq!(value("decode(2, 1, 'one', 2, 'two')"), json!("two"));
        assert_eq!(value("decode(n, null, 'none', 'd')"), json!("none"));
        assert_eq!(value("decode('ca', pairs, 'd')"), json!("C"));
        assert_eq!(value("decode('x', pairs, 'd')"), json!("d"));
        assert!(evaluate("decode('a', 'b', 1 / 0, 'ok')", "{}").failures.is_empty());
        assert_eq!(evaluate("decode('b', 'b', 1 / 0, 'ok')", "{}").failures.len(), 1);
    }
}
