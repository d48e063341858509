//! Choices.

use std::sync::Arc;

use arrow::array::ArrayRef;

use crate::column::{Column, Kind};
use crate::failures::Failures;
use crate::function::{Call, Category, Fault, Function, Kernel, Param};
use crate::operators::{compare, logic};
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
    let (wanted, rest) = (call.column(0), call.columns().get(1..).unwrap_or_default());
    if rest.len() <= 2 && rest.first().is_some_and(|entries| entries.kind() == Kind::Array) {
        return decode_array(call, failures);
    }
    let keys = rest.chunks_exact(2).map(|pair| compare::sameness(&wanted, &pair[0])).collect::<Result<Vec<_>, _>>()?;
    let mut values: Vec<Column> = rest.chunks_exact(2).map(|pair| pair[1].clone()).collect();
    values.extend(rest.chunks_exact(2).remainder().iter().cloned());
    let (values, ty) = unify::unified(&values)?;
    let chosen: Vec<usize> =
        (0..call.rows()).map(|row| keys.iter().position(|equal| equal(row)).unwrap_or(keys.len())).collect();
    call.adopt(&failures[0], |_| true);
    for (n, failures) in failures[1..].iter().enumerate() {
        // Keys up to the one that fits are looked at, and the value beside it.
        let (pair, is_value) = (n / 2, n % 2 == 1 || n / 2 == keys.len());
        call.adopt(failures, |row| if is_value { chosen[row] == pair } else { pair <= chosen[row] });
    }
    unify::choose(&values, &ty, call.rows(), |row| Some(chosen[row]).filter(|n| *n < values.len()))
}

/// Keys and values come from an array, and so may the default, as its last item; else it is the argument behind.
fn decode_array(call: &mut Call<'_>, failures: &[Failures]) -> Result<ArrayRef, Fault> {
    for failures in &failures[..2] {
        call.adopt(failures, |_| true);
    }
    let lists = call.list(1)?;
    let items = Column::rows(Arc::clone(lists.values()));
    let (columns, ty) = unify::unified(&[items, call.column(2)])?;
    let (wanted, keys) = (call.text(0)?, coerce::texts(&columns[0])?);
    let place = |row: usize| {
        let range = lists.range(row)?;
        let default = (range.len() % 2 == 1 && call.count() == 2).then(|| range.end - 1);
        let mut pairs = range.clone().step_by(2).filter(|at| at + 1 < range.end);
        pairs.find(|at| keys.get(*at) == wanted.get(row)).map(|at| at + 1).or(default)
    };
    let chosen: Vec<Option<usize>> = (0..call.rows()).map(place).collect();
    if let Some(of_default) = failures.get(2) {
        call.adopt(of_default, |row| chosen[row].is_none());
    }
    let place = |(row, chosen): (usize, &Option<usize>)| chosen.map_or((1, columns[1].at(row)), |at| (0, at));
    let places: Vec<(usize, usize)> = chosen.iter().enumerate().map(place).collect();
    unify::gathered(&columns, &ty, &places)
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
        assert_eq!(value("decode('x', pairs)"), json!(null));
        assert_eq!(value("decode('x', ['a', 1, 'other'])"), json!("other"));
        assert_eq!(value("decode('x', ['a', 1, 'other'], 'd')"), json!("d"));
        assert_eq!(value("decode('a', n, 'd')"), json!(null));
        // Arrays may be values, and numbers are equal as numbers.
        assert_eq!(value("decode(s, 'ca', [1], 'pa', [2, 3])"), json!([2, 3]));
        assert_eq!(value("decode(1.0, 1, 'one')"), json!("one"));
        assert_eq!(value("decode(s)"), json!(null));
        assert!(evaluate("decode('a', ['a', 1], 1 / 0)", "{}").failures.is_empty());
        assert!(evaluate("decode('a', 'b', 1 / 0, 'ok')", "{}").failures.is_empty());
        assert_eq!(evaluate("decode('b', 'b', 1 / 0, 'ok')", "{}").failures.len(), 1);
    }
}
