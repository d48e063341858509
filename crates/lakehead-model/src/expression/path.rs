//! Paths into the source row: `a.b`, `${First Name}`, `emails[0].email`, `emails[*].name`.

use serde::{Deserialize, Serialize};

use super::SyntaxError;
use super::lexer::{Token, error};
use super::parser::Parser;

/// An attribute of the source row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourcePath {
    /// The text as written, escapes resolved: delimited files look for a header of this name first.
    pub literal: String,
    /// The way from the row to the value; the first is a name.
    pub steps: Vec<Step>,
}

/// One step of a [`SourcePath`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Step {
    /// A member of an object.
    Name(String),
    /// An item of an array, 0-based.
    Index(usize),
    /// Every item of an array.
    Each,
}

impl SourcePath {
    /// Reads a text that is a path and nothing else.
    ///
    /// # Errors
    /// The text is something else.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Parser::new(text)?.path_only()
    }

    /// A path of one name.
    pub(super) fn root(name: String) -> Self {
        Self { literal: name.clone(), steps: vec![Step::Name(name)] }
    }

    /// Goes one step further.
    pub(super) fn push(&mut self, step: Step) {
        let literal = &self.literal;
        self.literal = match &step {
            Step::Name(name) => format!("{literal}.{name}"),
            Step::Index(index) => format!("{literal}[{index}]"),
            Step::Each => format!("{literal}[*]"),
        };
        self.steps.push(step);
    }

    /// The path as expressions write it.
    pub fn to_expression(&self) -> String {
        let name = |name: &str| format!("${{{}}}", name.replace('\\', "\\\\").replace('.', "\\.").replace('}', "\\}"));
        let mut text = String::new();
        for step in &self.steps {
            text = match step {
                Step::Name(step) if text.is_empty() => name(step),
                Step::Name(step) => format!("{text}.{}", name(step)),
                Step::Index(index) => format!("{text}[{index}]"),
                Step::Each => format!("{text}[*]"),
            };
        }
        text
    }

    /// Whether the path has a step [`Step::Each`].
    pub fn is_wildcard(&self) -> bool {
        self.steps.contains(&Step::Each)
    }
}

/// The names in `${...}`: an unescaped dot goes from an object to its member.
pub(super) fn braced(token: &Token, position: usize) -> Result<SourcePath, SyntaxError> {
    let Token::Braced(names) = token else { return Err(error(position, "a name is expected")) };
    let mut names = names.iter().cloned();
    let first = names.next().unwrap_or_default();
    let mut path = SourcePath::root(first);
    names.for_each(|name| path.push(Step::Name(name)));
    if path.steps.iter().any(|step| matches!(step, Step::Name(name) if name.is_empty())) {
        return Err(error(position, "`${...}` has an empty name; write the name of the attribute between the braces"));
    }
    Ok(path)
}
