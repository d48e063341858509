//! What an expression gives, as far as that is known without data.

use lakehead_model::expression::{BinaryOp, Literal, UnaryOp};

use crate::column::Kind;

/// The kind of a literal.
pub(crate) fn literal(literal: &Literal) -> Kind {
    match literal {
        Literal::Null => Kind::Null,
        Literal::Boolean(_) => Kind::Boolean,
        Literal::Integer(_) => Kind::Integer,
        Literal::Number(_) => Kind::Number,
        Literal::Text(_) => Kind::Text,
    }
}

/// What an operator before one operand gives.
pub(crate) fn unary(op: UnaryOp) -> Kind {
    match op {
        UnaryOp::Negate => Kind::Any,
        UnaryOp::Not | UnaryOp::Empty => Kind::Boolean,
        UnaryOp::Complement | UnaryOp::Size => Kind::Integer,
    }
}

/// What an operator between two operands gives.
pub(crate) fn binary(op: BinaryOp, left: Kind, right: Kind) -> Kind {
    match op {
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => Kind::Any,
        BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor => Kind::Integer,
        BinaryOp::Elvis | BinaryOp::Coalesce => both(left, right),
        _ => Kind::Boolean,
    }
}

/// The kind of what is one of two values.
pub(crate) fn both(left: Kind, right: Kind) -> Kind {
    match (left, right) {
        (Kind::Null, kind) | (kind, Kind::Null) => kind,
        (left, right) if left == right => left,
        _ => Kind::Any,
    }
}

/// Whether a value of kind `given` may stand where `wanted` is taken.
pub(crate) fn fits(given: Kind, wanted: Kind) -> bool {
    if given == wanted || matches!(given, Kind::Any | Kind::Null) {
        return true;
    }
    match wanted {
        Kind::Any | Kind::Boolean => true,
        Kind::Text => !matches!(given, Kind::Array | Kind::Object),
        Kind::Integer | Kind::Number => matches!(given, Kind::Integer | Kind::Number | Kind::Text),
        Kind::Date => matches!(given, Kind::Text | Kind::Integer),
        Kind::Null | Kind::Array | Kind::Object => false,
    }
}
