//! Texts as expressions: a tree or a mistake with its position, never more work than the text is long.
#![no_main]

use lakehead_model::expression;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match expression::parse(text) {
        Ok(expr) => {
            expr.attributes();
        }
        Err(error) => {
            assert!(error.position <= text.chars().count());
            assert!(error.to_string().len() < 1000);
        }
    }
});
