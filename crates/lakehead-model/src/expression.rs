//! The language of calculated fields: from text to a tree, with the position of every mistake.
//!
//! It is the expression part of Apache Commons JEXL 3: literals, operators, paths into the source row, calls of
//! functions and of methods. Statements, assignments and lambdas are refused: a mapping computes, it does not run
//! programs. What functions exist is not known here; see the crate `lakehead-expression`.

mod lexer;
mod operators;
mod parser;
mod path;
#[cfg(test)]
mod tests;

pub use operators::{BinaryOp, OPERATORS, Operator, UnaryOp};
pub use parser::parse;
pub use path::{SourcePath, Step};

/// Most characters of one expression.
pub const MAX_CHARS: usize = 4096;
/// Most expressions inside one another.
pub const MAX_DEPTH: usize = 100;
/// Words that mean something to the language; an attribute of such a name is written `${name}`.
pub const RESERVED: [&str; 28] = [
    "new", "mod", "break", "var", "lt", "for", "false", "while", "eq", "gt", "div", "not", "null", "continue", "else",
    "and", "ne", "true", "le", "if", "ge", "return", "_errors", "do", "function", "empty", "size", "or",
];

/// A text that is not an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("position {}: {message}", .position + 1)]
pub struct SyntaxError {
    /// Where, in characters from the beginning, 0-based. Shown 1-based.
    pub position: usize,
    /// What is wrong and what to do.
    pub message: String,
}

/// An expression, and where it begins in its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub node: Node,
    /// Its first character, 0-based.
    pub position: usize,
    /// Expressions inside one another, itself included.
    depth: usize,
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A constant.
    Literal(Literal),
    /// An attribute of the source row.
    Path(SourcePath),
    /// `[a, b]`.
    Array(Vec<Expr>),
    /// `{"key": value}`.
    Object(Vec<(Expr, Expr)>),
    /// `-a`, `!a`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a ? b : c`.
    Conditional(Box<[Expr; 3]>),
    /// `name(arguments)`.
    Call {
        /// Name of the function.
        name: String,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// `receiver.name(arguments)`.
    Method {
        /// What the method is asked of.
        receiver: Box<Expr>,
        /// Name of the method.
        name: String,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// `object.name` of something computed.
    Member(Box<Expr>, String),
    /// `array[index]` or `object["name"]` of something computed, or by a computed index.
    Index(Box<Expr>, Box<Expr>),
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true`, `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// Text.
    Text(String),
}

impl Expr {
    /// A node at a position.
    ///
    /// # Errors
    /// Its parts are nested too deeply.
    fn new(node: Node, position: usize) -> Result<Self, SyntaxError> {
        let mut depth = 1;
        visit_children(&node, &mut |child| depth = depth.max(child.depth + 1));
        if depth > MAX_DEPTH {
            let message = format!("expressions are nested more than {MAX_DEPTH} deep; split the calculation");
            return Err(SyntaxError { position, message });
        }
        Ok(Self { node, position, depth })
    }

    /// Calls `visit` for this expression and every one inside it.
    pub fn visit<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            visit(expr);
            visit_children(&expr.node, &mut |child| open.push(child));
        }
    }

    /// The attributes of the source row that the expression reads, each once.
    pub fn attributes(&self) -> Vec<SourcePath> {
        let mut found: Vec<SourcePath> = Vec::new();
        self.visit(&mut |expr| {
            let path = match &expr.node {
                Node::Path(path) => Some(path.clone()),
                Node::Call { name, arguments } if matches!(name.as_str(), "contains_key" | "is_set") => {
                    named(arguments)
                }
                _ => None,
            };
            if let Some(path) = path
                && !found.contains(&path)
            {
                found.push(path);
            }
        });
        found
    }
}

/// The path that `contains_key("path")` asks for.
fn named(arguments: &[Expr]) -> Option<SourcePath> {
    match arguments {
        [Expr { node: Node::Literal(Literal::Text(text)), .. }] => SourcePath::parse(text).ok(),
        _ => None,
    }
}

fn visit_children<'a>(node: &'a Node, visit: &mut impl FnMut(&'a Expr)) {
    match node {
        Node::Literal(_) | Node::Path(_) => {}
        Node::Array(items) | Node::Call { arguments: items, .. } => items.iter().for_each(visit),
        Node::Object(entries) => entries.iter().for_each(|(key, value)| {
            visit(key);
            visit(value);
        }),
        Node::Unary(_, of) | Node::Member(of, _) => visit(of),
        Node::Binary(_, left, right) | Node::Index(left, right) => {
            visit(left);
            visit(right);
        }
        Node::Conditional(parts) => parts.iter().for_each(visit),
        Node::Method { receiver, arguments, .. } => {
            visit(receiver);
            arguments.iter().for_each(visit);
        }
    }
}
