//! The functions, one file per category: to add one, add an entry to the list of its file.
//!
//! A function is a constant of type [`Function`]: name, parameters, documentation, an example that is a test, and the
//! kernel, which computes whole columns. See `string.rs` for the simplest ones.

mod logical;
mod string;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::function::Function;

/// Every function, by category.
pub const ALL: &[&[Function]] = &[string::FUNCTIONS, logical::FUNCTIONS];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> =
    LazyLock::new(|| all().map(|function| (function.name, function)).collect());

/// Every function.
pub fn all() -> impl Iterator<Item = &'static Function> {
    ALL.iter().copied().flatten()
}

/// A function by its name.
pub fn find(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn names_are_unique() {
        assert_eq!(BY_NAME.len(), all().count());
    }

    #[test]
    fn every_example_gives_what_it_says() {
        for function in all() {
            let (call, expected) = function.example;
            assert!(call.contains(function.name), "`{}` has no example of its own", function.name);
            let shown = testing::evaluate(call, function.example_row);
            assert_eq!(shown.failures, Vec::<String>::new(), "{call}");
            if !expected.is_empty() {
                let expected: serde_json::Value = serde_json::from_str(expected).expect(call);
                assert_eq!(shown.value, expected, "{call}");
            }
        }
    }

    #[test]
    fn every_function_is_null_or_fails_on_nulls_and_never_breaks_off() {
        for function in all() {
            let most = function.params.len().max(3);
            for count in 0..=most {
                for argument in [
                    "null",
                    "missing",
                    "''",
                    "'x'",
                    "-1",
                    "1.5",
                    "true",
                    "[]",
                    "[1, null, 'a']",
                    "{'a': 1}",
                    "now",
                    "text",
                ] {
                    let arguments = vec![argument; count].join(", ");
                    let call = format!("{}({arguments})", function.name);
                    let row = r#"{"now": 1571829875000, "text": "2019-10-23T11:24:35Z"}"#;
                    let _ = testing::try_evaluate(&call, row);
                }
            }
        }
    }
}
