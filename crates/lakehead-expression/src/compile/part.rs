//! Parts of an expression, and which of them are computed for each item of the arrays of `[*]`.
//!
//! `upper(emails[*].name)` calls a function that takes one value with an array of them. It is computed for each item, and
//! so is everything around it that takes one value; what takes arrays gets an array of the results.

use lakehead_model::expression::SourcePath;

use super::Node;
use crate::column::Kind;
use crate::function::{Kernel, Param};

/// How an argument is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// One value: over `[*]` the call is made for each item.
    One,
    /// Whatever it is: an array of the items, or one item where the call is made for each.
    Any,
    /// All of it.
    Whole,
}

impl Takes {
    /// How the argument for a parameter is taken.
    pub(super) fn of(param: &Param) -> Self {
        match param.kind {
            Kind::Any if !param.single => Self::Any,
            Kind::Array => Self::Whole,
            _ => Self::One,
        }
    }
}

/// A compiled part of an expression.
pub(super) struct Part {
    pub(super) node: Node,
    /// What it gives; for each item where `each`.
    pub(super) kind: Kind,
    /// Whether it gives one value for each item of the attributes with `[*]` in it.
    pub(super) each: bool,
}

impl Part {
    /// One value per row.
    pub(super) fn row(node: Node, kind: Kind) -> Self {
        Self { node, kind, each: false }
    }

    /// An attribute.
    pub(super) fn attribute(path: &SourcePath) -> Self {
        if path.is_wildcard() {
            Self { node: Node::Item(path.clone()), kind: Kind::Any, each: true }
        } else {
            Self::row(Node::Path(path.clone()), Kind::Any)
        }
    }

    /// The same with one value per row: what is computed for each item as an array.
    pub(super) fn closed(self) -> Self {
        let node = match (self.each, self.node) {
            (false, node) => return Self::row(node, self.kind),
            (true, Node::Item(path)) => Node::Path(path),
            (true, body) => {
                let mut lists = Vec::new();
                collect(&body, &mut lists);
                Node::Each { lists, body: Box::new(body) }
            }
        };
        Self::row(node, Kind::Array)
    }

    /// The same as an argument of a call that is made for each item.
    fn outside(self) -> Self {
        let Self { node, kind, .. } = self.closed();
        match node {
            Node::Constant(_) => Self::row(node, kind),
            node => Self::row(Node::Outside(Box::new(node)), kind),
        }
    }
}

/// The attributes whose items a part is computed for.
fn collect(node: &Node, lists: &mut Vec<SourcePath>) {
    match node {
        Node::Item(path) if !lists.contains(path) => lists.push(path.clone()),
        Node::Call { arguments, .. } => arguments.iter().for_each(|argument| collect(argument, lists)),
        _ => {}
    }
}

/// Arguments as a call gets them, and whether it is made for each item.
pub(super) fn arguments(kernel: Kernel, parts: Vec<Part>, takes: impl Fn(usize) -> Takes) -> (Vec<Part>, bool) {
    let mut numbered = parts.iter().enumerate();
    let each = !matches!(kernel, Kernel::Source(_)) && numbered.any(|(n, part)| part.each && takes(n) == Takes::One);
    let placed = |(n, part): (usize, Part)| match (each, takes(n)) {
        (false, _) => part.closed(),
        (true, Takes::One | Takes::Any) if part.each => part,
        (true, _) => part.outside(),
    };
    (parts.into_iter().enumerate().map(placed).collect(), each)
}
