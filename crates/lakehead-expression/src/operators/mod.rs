//! What the operators and methods of the language compute.

pub(crate) mod access;
mod arithmetic;
mod bits;
pub(crate) mod compare;
pub(crate) mod logic;
pub(crate) mod methods;
#[cfg(test)]
mod tests;
mod texts;

use lakehead_model::expression::{BinaryOp, UnaryOp};

use crate::compile::part::Takes;
use crate::function::Kernel;

/// `[a, b]`.
pub(crate) const ARRAY: (&str, Kernel) = ("[]", Kernel::Eager(access::array));
/// `{"key": value}`.
pub(crate) const OBJECT: (&str, Kernel) = ("{}", Kernel::Eager(access::object));
/// `a ? b : c`.
pub(crate) const CONDITIONAL: (&str, Kernel) = ("? :", Kernel::Lazy(logic::conditional));
/// `a[b]`, `a.b`.
pub(crate) const INDEX: (&str, Kernel) = ("[]", Kernel::Eager(access::index));

/// The operator before one operand.
pub(crate) fn unary(op: UnaryOp) -> (&'static str, Kernel) {
    match op {
        UnaryOp::Negate => ("-", Kernel::Eager(arithmetic::negate)),
        UnaryOp::Not => ("!", Kernel::Eager(logic::not)),
        UnaryOp::Complement => ("~", Kernel::Eager(bits::complement)),
        UnaryOp::Empty => ("empty", Kernel::Eager(logic::empty)),
        UnaryOp::Size => ("size", Kernel::Eager(logic::size)),
    }
}

/// The operator between two operands.
pub(crate) fn binary(op: BinaryOp) -> (&'static str, Kernel) {
    match op {
        BinaryOp::Add => ("+", Kernel::Eager(arithmetic::add)),
        BinaryOp::Subtract => ("-", Kernel::Eager(arithmetic::subtract)),
        BinaryOp::Multiply => ("*", Kernel::Eager(arithmetic::multiply)),
        BinaryOp::Divide => ("/", Kernel::Eager(arithmetic::divide)),
        BinaryOp::Remainder => ("%", Kernel::Eager(arithmetic::remainder)),
        BinaryOp::BitAnd => ("&", Kernel::Eager(bits::and)),
        BinaryOp::BitOr => ("|", Kernel::Eager(bits::or)),
        BinaryOp::BitXor => ("^", Kernel::Eager(bits::xor)),
        BinaryOp::And => ("&&", Kernel::Lazy(logic::and)),
        BinaryOp::Or => ("||", Kernel::Lazy(logic::or)),
        BinaryOp::Equal => ("==", Kernel::Eager(compare::equal)),
        BinaryOp::NotEqual => ("!=", Kernel::Eager(compare::not_equal)),
        BinaryOp::Less => ("<", Kernel::Eager(compare::less)),
        BinaryOp::LessOrEqual => ("<=", Kernel::Eager(compare::less_or_equal)),
        BinaryOp::Greater => (">", Kernel::Eager(compare::greater)),
        BinaryOp::GreaterOrEqual => (">=", Kernel::Eager(compare::greater_or_equal)),
        BinaryOp::In => ("=~", Kernel::Eager(texts::contained)),
        BinaryOp::NotIn => ("!~", Kernel::Eager(texts::not_contained)),
        BinaryOp::StartsWith => ("=^", Kernel::Eager(texts::starts_with)),
        BinaryOp::NotStartsWith => ("!^", Kernel::Eager(texts::not_starts_with)),
        BinaryOp::EndsWith => ("=$", Kernel::Eager(texts::ends_with)),
        BinaryOp::NotEndsWith => ("!$", Kernel::Eager(texts::not_ends_with)),
        BinaryOp::Elvis => ("?:", Kernel::Lazy(logic::elvis)),
        BinaryOp::Coalesce => ("??", Kernel::Lazy(logic::coalesce)),
    }
}

/// How an operator takes the operand that it stands before.
pub(crate) fn takes_one(op: UnaryOp) -> Takes {
    match op {
        UnaryOp::Negate | UnaryOp::Not | UnaryOp::Complement => Takes::One,
        UnaryOp::Empty | UnaryOp::Size => Takes::Any,
    }
}

/// How an operator takes the `n`th of its two operands.
pub(crate) fn takes(op: BinaryOp, n: usize) -> Takes {
    match op {
        BinaryOp::Elvis | BinaryOp::Coalesce => Takes::Any,
        // The right side may be the array that the left one is looked for in.
        BinaryOp::In | BinaryOp::NotIn if n == 1 => Takes::Whole,
        _ => Takes::One,
    }
}
