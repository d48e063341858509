//! What an expression gives, as far as that is known without data.

use lakehead_model::expression::{BinaryOp, Expr, Literal, Node, UnaryOp};

use crate::column::Kind;
use crate::{functions, operators};

/// The kind of values of an expression.
pub(crate) fn of(expr: &Expr) -> Kind {
    match &expr.node {
        Node::Literal(Literal::Null) => Kind::Null,
        Node::Literal(Literal::Boolean(_)) => Kind::Boolean,
        Node::Literal(Literal::Integer(_)) => Kind::Integer,
        Node::Literal(Literal::Number(_)) => Kind::Number,
        Node::Literal(Literal::Text(_)) => Kind::Text,
        Node::Path(path) if path.is_wildcard() => Kind::Array,
        Node::Path(_) | Node::Member(..) | Node::Index(..) => Kind::Any,
        Node::Array(_) => Kind::Array,
        Node::Object(_) => Kind::Object,
        Node::Unary(op, _) => unary(*op),
        Node::Binary(op, left, right) => binary(*op, of(left), of(right)),
        Node::Conditional(parts) => both(of(&parts[1]), of(&parts[2])),
        Node::Method { name, .. } => operators::methods::find(name).map_or(Kind::Any, |method| method.returns),
        Node::Call { name, .. } => functions::find(name).map_or(Kind::Any, |function| function.returns),
    }
}

fn unary(op: UnaryOp) -> Kind {
    match op {
        UnaryOp::Negate => Kind::Any,
        UnaryOp::Not | UnaryOp::Empty => Kind::Boolean,
        UnaryOp::Complement | UnaryOp::Size => Kind::Integer,
    }
}

fn binary(op: BinaryOp, left: Kind, right: Kind) -> Kind {
    match op {
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => Kind::Any,
        BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor => Kind::Integer,
        BinaryOp::Elvis | BinaryOp::Coalesce => both(left, right),
        _ => Kind::Boolean,
    }
}

fn both(left: Kind, right: Kind) -> Kind {
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
