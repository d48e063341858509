//! Choices.

use crate::column::Kind;
use crate::function::{Category, Function, Kernel, Param};
use crate::operators::logic;

/// The functions of this category.
pub(super) const FUNCTIONS: &[Function] = &[IIF];

const IIF: Function = Function {
    name: "iif",
    category: Category::Logical,
    summary: "One of two values, as a condition says. The other one is not computed, so it cannot fail.",
    params: &[
        Param::new("condition", Kind::Boolean, "What decides."),
        Param::new("then", Kind::Any, "The value where the condition is true."),
        Param::new("otherwise", Kind::Any, "The value where it is not."),
    ],
    returns: Kind::Any,
    example: (r#"iif("s".equalsIgnoreCase("S"), "True", "False")"#, r#""True""#),
    example_row: "",
    kernel: Kernel::Lazy(logic::conditional),
};
