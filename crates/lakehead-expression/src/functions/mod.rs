//! The functions, one file per category: to add one, add an entry to the list of its file.
//!
//! A function is a constant of type [`Function`]: name, parameters, documentation, an example that is a test, and the
//! kernel, which computes whole columns. See `string.rs` for the simplest ones.

mod analytics;
mod arrays;
mod date;
mod hashing;
mod json_text;
mod logical;
mod numbers;
mod objects;
mod regex;
mod special;
mod string;
mod url;
mod user_agent;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::function::Function;

/// Every function, by category.
pub const ALL: &[&[Function]] = &[
    string::FUNCTIONS,
    regex::FUNCTIONS,
    hashing::FUNCTIONS,
    url::FUNCTIONS,
    date::FUNCTIONS,
    logical::FUNCTIONS,
    numbers::FUNCTIONS,
    special::FUNCTIONS,
    objects::FUNCTIONS,
    arrays::FUNCTIONS,
    json_text::FUNCTIONS,
    analytics::FUNCTIONS,
    user_agent::FUNCTIONS,
];

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

    /// The functions as they are documented, by category.
    const DOCUMENTED: &str = "concat explode instr replacestr substr lower lcase upper ucase split join lpad rpad left \
        right ltrim rtrim trim extract_regex matches_regex sha1 sha256 sha512 md5 crc32 get_url_protocol get_url_host \
        get_url_port get_url_path get_url_query_str get_url_encoded get_url_decoded now timestamp format dformat date \
        date_part set_date_part make_date_time make_timestamp zone_date_to_utc zone_date_to_zone is_empty \
        arrays_to_object to_object str_to_object contains_key nullify get_keys get_values map_get_values map_has_keys \
        add_to_map object_to_map coalesce first last add_to_array join_arrays to_array size_of upsert_array_append \
        upsert_array_replace array_to_map to_map decode iif min max to_bigint to_decimal to_float to_integer \
        json_to_object uuid guid fpid_to_ecid ua_os_name ua_os_version_major ua_os_version ua_os_name_version \
        ua_agent_version ua_agent_version_major ua_agent_name ua_device_class aa_get_event_id aa_get_event_value \
        aa_get_product_categories aa_get_product_names aa_get_product_quantities aa_get_product_prices \
        aa_get_product_event_values aa_get_product_evars";

    #[test]
    fn every_documented_function_is_there() {
        let missing: Vec<_> = DOCUMENTED.split_whitespace().filter(|name| find(name).is_none()).collect();
        assert_eq!(missing, Vec::<&str>::new());
        assert_eq!(DOCUMENTED.split_whitespace().count(), 94);
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
                    "object",
                    "list",
                    "list[*].a",
                ] {
                    let arguments = vec![argument; count].join(", ");
                    let call = format!("{}({arguments})", function.name);
                    let row = r#"{"now": 1571829875000, "text": "2019-10-23T11:24:35Z",
                        "object": {"x": 1, "y": {"z": null}}, "list": [{"a": "x"}, {"a": null}]}"#;
                    let _ = testing::try_evaluate(&call, row);
                    if let Ok(expression) = crate::Expression::compile(&call) {
                        testing::over_nothing(&expression, row);
                    }
                }
            }
        }
    }
}
