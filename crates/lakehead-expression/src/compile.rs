//! From a parsed expression to one whose functions are found and whose arguments fit as far as that can be known.

mod check;
pub(crate) mod part;

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringViewArray};
use lakehead_model::expression::{self, Expr, Literal, Node as Parsed, SourcePath, SyntaxError};

use self::part::{Part, Takes};
use crate::column::{Column, Kind};
use crate::function::Kernel;
use crate::{kinds, operators};

/// An expression that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("position {}: {message}", .position + 1)]
pub struct CompileError {
    /// Where, in characters from the beginning, 0-based. Shown 1-based.
    pub position: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl From<SyntaxError> for CompileError {
    fn from(error: SyntaxError) -> Self {
        Self { position: error.position, message: error.message }
    }
}

/// An expression ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Expression {
    pub(crate) root: Node,
    kind: Kind,
    attributes: Vec<SourcePath>,
}

/// A node of it.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// The same in every row.
    Constant(Column),
    /// An attribute of the source.
    Path(SourcePath),
    /// A function, method or operator.
    Call {
        /// Its name in messages.
        name: &'static str,
        /// What computes it.
        kernel: Kernel,
        /// Its arguments.
        arguments: Vec<Node>,
        /// Where it stands.
        position: usize,
    },
    /// `body` computed for each item of the arrays of some attributes with `[*]`; an array of the results.
    Each {
        /// The attributes.
        lists: Vec<SourcePath>,
        /// What is computed.
        body: Box<Node>,
    },
    /// Within [`Node::Each`]: an item of one of its attributes.
    Item(SourcePath),
    /// Within [`Node::Each`]: what is the same for all items of a row.
    Outside(Box<Node>),
}

impl Expression {
    /// Reads and compiles a text.
    ///
    /// # Errors
    /// The text is not an expression, names a function that does not exist, or gives it what it cannot take.
    pub fn compile(text: &str) -> Result<Self, CompileError> {
        let parsed = expression::parse(text)?;
        let Part { node: root, kind, .. } = part(&parsed)?.closed();
        Ok(Self { root, kind, attributes: parsed.attributes() })
    }

    /// What it gives, as far as that is known without data.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The attributes of the source that it reads.
    pub fn attributes(&self) -> &[SourcePath] {
        &self.attributes
    }
}

fn part(expr: &Expr) -> Result<Part, CompileError> {
    let position = expr.position;
    match &expr.node {
        Parsed::Literal(literal) => Ok(Part::row(Node::Constant(constant(literal)), kinds::literal(literal))),
        Parsed::Path(path) => Ok(Part::attribute(path)),
        Parsed::Array(items) => call(operators::ARRAY, parts(items)?, position, |_| Takes::Any, |_| Kind::Array),
        Parsed::Object(entries) => {
            let mut arguments = Vec::with_capacity(entries.len() * 2);
            for (key, value) in entries {
                arguments.extend([part(key)?, part(value)?]);
            }
            call(operators::OBJECT, arguments, position, |_| Takes::Any, |_| Kind::Object)
        }
        Parsed::Unary(op, of) => {
            call(operators::unary(*op), vec![part(of)?], position, |_| operators::takes_one(*op), |_| kinds::unary(*op))
        }
        Parsed::Binary(op, left, right) => {
            let takes = |n| operators::takes(*op, n);
            let returns = |sides: &[Part]| kinds::binary(*op, sides[0].kind, sides[1].kind);
            call(operators::binary(*op), vec![part(left)?, part(right)?], position, takes, returns)
        }
        Parsed::Conditional(of) => {
            let takes = |n| if n == 0 { Takes::One } else { Takes::Any };
            let returns = |of: &[Part]| kinds::both(of[1].kind, of[2].kind);
            call(operators::CONDITIONAL, parts(&of[..])?, position, takes, returns)
        }
        Parsed::Member(of, name) => {
            let name = Part::row(Node::Constant(constant_text(name)), Kind::Text);
            call(operators::INDEX, vec![part(of)?, name], position, |_| Takes::Any, |_| Kind::Any)
        }
        Parsed::Index(of, index) => {
            call(operators::INDEX, vec![part(of)?, part(index)?], position, |_| Takes::Any, |_| Kind::Any)
        }
        Parsed::Method { receiver, name, arguments } => {
            let method = check::method(name, arguments.len(), position)?;
            let mut all = vec![part(receiver)?];
            all.extend(parts(arguments)?);
            call((method.name, method.kernel), all, position, |_| method.takes, |_| method.returns)
        }
        Parsed::Call { name, arguments: given } => {
            let function = check::function(name, given.len(), position)?;
            let takes = |n| function.param(n).map_or(Takes::Any, Takes::of);
            let (arguments, each) = part::arguments(function.kernel, parts(given)?, takes);
            check::kinds(function, given, &arguments)?;
            Ok(made((function.name, function.kernel), arguments, position, function.returns, each))
        }
    }
}

fn parts(exprs: &[Expr]) -> Result<Vec<Part>, CompileError> {
    exprs.iter().map(part).collect()
}

fn call(
    (name, kernel): (&'static str, Kernel),
    parts: Vec<Part>,
    position: usize,
    takes: impl Fn(usize) -> Takes,
    returns: impl Fn(&[Part]) -> Kind,
) -> Result<Part, CompileError> {
    let (arguments, each) = part::arguments(kernel, parts, takes);
    let kind = returns(&arguments);
    Ok(made((name, kernel), arguments, position, kind, each))
}

fn made((name, kernel): (&'static str, Kernel), arguments: Vec<Part>, position: usize, kind: Kind, each: bool) -> Part {
    let arguments = arguments.into_iter().map(|part| part.node).collect();
    Part { node: Node::Call { name, kernel, arguments, position }, kind, each }
}

fn constant(literal: &Literal) -> Column {
    let array: ArrayRef = match literal {
        Literal::Null => return Column::null(),
        Literal::Boolean(value) => Arc::new(BooleanArray::from(vec![*value])),
        Literal::Integer(value) => Arc::new(Int64Array::from(vec![*value])),
        Literal::Number(value) => Arc::new(Float64Array::from(vec![*value])),
        Literal::Text(text) => return constant_text(text),
    };
    Column::constant(array)
}

fn constant_text(text: &str) -> Column {
    Column::constant(Arc::new(StringViewArray::from_iter_values([text])))
}
