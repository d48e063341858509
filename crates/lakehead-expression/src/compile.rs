//! From a parsed expression to one whose functions are found and whose arguments fit as far as that can be known.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringViewArray};
use lakehead_model::expression::{self, Expr, Literal, Node as Parsed, SourcePath, SyntaxError};

use crate::column::{Column, Kind};
use crate::function::{Function, Kernel, Times};
use crate::{functions, kinds, operators};

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
}

impl Expression {
    /// Reads and compiles a text.
    ///
    /// # Errors
    /// The text is not an expression, names a function that does not exist, or gives it what it cannot take.
    pub fn compile(text: &str) -> Result<Self, CompileError> {
        let parsed = expression::parse(text)?;
        Ok(Self { root: node(&parsed)?, kind: kinds::of(&parsed), attributes: parsed.attributes() })
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

fn node(expr: &Expr) -> Result<Node, CompileError> {
    let position = expr.position;
    let call = |(name, kernel): (&'static str, Kernel), arguments: Vec<Node>| {
        Ok(Node::Call { name, kernel, arguments, position })
    };
    match &expr.node {
        Parsed::Literal(literal) => Ok(Node::Constant(constant(literal))),
        Parsed::Path(path) => Ok(Node::Path(path.clone())),
        Parsed::Array(items) => call(operators::ARRAY, nodes(items)?),
        Parsed::Object(entries) => {
            let mut arguments = Vec::with_capacity(entries.len() * 2);
            for (key, value) in entries {
                arguments.extend([node(key)?, node(value)?]);
            }
            call(operators::OBJECT, arguments)
        }
        Parsed::Unary(op, of) => call(operators::unary(*op), vec![node(of)?]),
        Parsed::Binary(op, left, right) => call(operators::binary(*op), vec![node(left)?, node(right)?]),
        Parsed::Conditional(parts) => call(operators::CONDITIONAL, nodes(&parts[..])?),
        Parsed::Member(of, name) => call(operators::INDEX, vec![node(of)?, Node::Constant(constant_text(name))]),
        Parsed::Index(of, index) => call(operators::INDEX, vec![node(of)?, node(index)?]),
        Parsed::Method { receiver, name, arguments } => {
            let Some(method) = operators::methods::find(name) else {
                let known = operators::methods::names().collect::<Vec<_>>().join("`, `");
                let message = format!("there is no method `{}`; there are `{known}`", short(name));
                return Err(CompileError { position, message });
            };
            if arguments.len() != method.arguments {
                let message =
                    format!("`{name}` takes {} arguments, but {} are given", method.arguments, arguments.len());
                return Err(CompileError { position, message });
            }
            let mut all = vec![node(receiver)?];
            all.extend(nodes(arguments)?);
            call((method.name, method.kernel), all)
        }
        Parsed::Call { name, arguments } => {
            let function = functions::find(name).ok_or_else(|| unknown(name, position))?;
            check_count(function, arguments.len(), position)?;
            check_kinds(function, arguments)?;
            call((function.name, function.kernel), nodes(arguments)?)
        }
    }
}

fn nodes(exprs: &[Expr]) -> Result<Vec<Node>, CompileError> {
    exprs.iter().map(node).collect()
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

fn unknown(name: &str, position: usize) -> CompileError {
    let lower = name.to_ascii_lowercase();
    let near = functions::all().find(|function| function.name == lower || close(function.name, &lower));
    let cure = match near {
        Some(function) => format!("did you mean `{}`?", function.name),
        None => "see `GET /languages/el/functions` for those there are".to_owned(),
    };
    CompileError { position, message: format!("there is no function `{}`; {cure}", short(name)) }
}

/// Whether two names differ by one character, left out, put in or changed.
fn close(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    let skip = |rest: &[u8]| rest.get(1..).unwrap_or_default().to_vec();
    skip(rest_a) == skip(rest_b) || skip(rest_a) == rest_b || rest_a == skip(rest_b)
}

fn short(name: &str) -> String {
    name.chars().take(50).collect()
}

fn check_count(function: &Function, given: usize, position: usize) -> Result<(), CompileError> {
    let count = |times: &[Times]| function.params.iter().filter(|param| times.contains(&param.times)).count();
    let least = count(&[Times::Once]);
    let most = if count(&[Times::Repeated]) > 0 { usize::MAX } else { function.params.len() };
    if (least..=most).contains(&given) {
        return Ok(());
    }
    let expected = match most {
        usize::MAX => format!("at least {least}"),
        most if most == least => least.to_string(),
        most => format!("{least} to {most}"),
    };
    let message =
        format!("`{}` takes {expected} arguments, but {given} are given: {}", function.name, function.syntax());
    Err(CompileError { position, message })
}

fn check_kinds(function: &Function, arguments: &[Expr]) -> Result<(), CompileError> {
    for (n, argument) in arguments.iter().enumerate() {
        let Some(param) = function.param(n) else { continue };
        let given = kinds::of(argument);
        if !kinds::fits(given, param.kind) {
            let message = format!(
                "`{}` of `{}` takes a value of kind {}, but one of kind {} is given",
                param.name,
                function.name,
                param.kind.name(),
                given.name()
            );
            return Err(CompileError { position: argument.position, message });
        }
    }
    Ok(())
}
