//! Tokens to a tree.

use super::lexer::{Lexer, Token, error};
use super::operators::{BinaryOp, UnaryOp, binary};
use super::path::{self, SourcePath, Step};
use super::{Expr, Literal, MAX_DEPTH, Node, RESERVED, SyntaxError};

/// Largest index of an array.
const MAX_INDEX: i64 = 100_000;
/// Binary operators that bind loosest are read by [`Parser::conditional`].
const LOOSEST_BINARY: u8 = 2;

/// Reads an expression.
///
/// # Errors
/// The text is not one; says where and why.
pub fn parse(text: &str) -> Result<Expr, SyntaxError> {
    let mut parser = Parser::new(text)?;
    let expr = parser.conditional()?;
    parser.end()?;
    Ok(expr)
}

/// A text being parsed, with the token that comes next.
pub(super) struct Parser {
    lexer: Lexer,
    token: Token,
    position: usize,
    depth: usize,
}

impl Parser {
    /// At the first token of `text`.
    pub(super) fn new(text: &str) -> Result<Self, SyntaxError> {
        let mut lexer = Lexer::new(text)?;
        let (token, position) = lexer.next()?;
        Ok(Self { lexer, token, position, depth: 0 })
    }

    /// A path and nothing else.
    pub(super) fn path_only(mut self) -> Result<SourcePath, SyntaxError> {
        let position = self.position;
        let expr = self.postfix()?;
        self.end()?;
        match expr.node {
            Node::Path(path) => Ok(path),
            _ => Err(error(position, "this is not the path of an attribute")),
        }
    }

    fn advance(&mut self) -> Result<Token, SyntaxError> {
        let (next, position) = self.lexer.next()?;
        self.position = position;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn at(&self, symbol: &str) -> bool {
        matches!(&self.token, Token::Symbol(found) if *found == symbol)
    }

    fn accept(&mut self, symbol: &str) -> Result<bool, SyntaxError> {
        let found = self.at(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, symbol: &str, why: &str) -> Result<(), SyntaxError> {
        if self.accept(symbol)? { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}` is expected {why}"))) }
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let found = match &self.token {
            Token::End => "the expression ends here".to_owned(),
            Token::Name(name) => format!("`{}` stands here", name.chars().take(50).collect::<String>()),
            Token::Symbol(symbol) => format!("`{symbol}` stands here"),
            Token::Text(_) => "a text stands here".to_owned(),
            Token::Integer(_) | Token::Number(_) => "a number stands here".to_owned(),
            Token::Braced(_) => "an attribute stands here".to_owned(),
        };
        error(self.position, format!("{expected}, but {found}"))
    }

    fn end(&self) -> Result<(), SyntaxError> {
        match &self.token {
            Token::End => Ok(()),
            Token::Symbol("=" | "+=" | "-=" | "*=" | "/=") => {
                Err(error(self.position, "nothing can be assigned; write `==` to compare"))
            }
            Token::Symbol(";") => Err(error(self.position, "one expression is expected; remove `;`")),
            _ => Err(self.unexpected("an operator or the end is expected")),
        }
    }

    /// `a ? b : c`, `a ?: b`, `a ?? b`, or anything that binds tighter.
    fn conditional(&mut self) -> Result<Expr, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("expressions are nested more than {MAX_DEPTH} deep; split the calculation");
            return Err(error(self.position, message));
        }
        let begin = self.position;
        let condition = self.binary(LOOSEST_BINARY)?;
        let expr = if self.accept("?")? {
            let then = self.conditional()?;
            self.expect(":", "between the two values of `? :`")?;
            let otherwise = self.conditional()?;
            Expr::new(Node::Conditional(Box::new([condition, then, otherwise])), begin)?
        } else if self.at("?:") || self.at("??") {
            let op = if self.at("?:") { BinaryOp::Elvis } else { BinaryOp::Coalesce };
            self.advance()?;
            let otherwise = self.conditional()?;
            Expr::new(Node::Binary(op, Box::new(condition), Box::new(otherwise)), begin)?
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    /// Operators between operands that bind at least as tightly as `loosest`.
    fn binary(&mut self, loosest: u8) -> Result<Expr, SyntaxError> {
        let begin = self.position;
        let mut left = self.unary()?;
        loop {
            let symbol = match &self.token {
                Token::Symbol(symbol) => symbol,
                Token::Name(word) if RESERVED.contains(&word.as_str()) => word.as_str(),
                _ => return Ok(left),
            };
            let Some((strength, op)) = binary(symbol).filter(|(strength, _)| *strength >= loosest) else {
                return Ok(left);
            };
            self.advance()?;
            let right = self.binary(strength + 1)?;
            left = Expr::new(Node::Binary(op, Box::new(left), Box::new(right)), begin)?;
        }
    }

    fn unary(&mut self) -> Result<Expr, SyntaxError> {
        let begin = self.position;
        let op = match &self.token {
            Token::Symbol("-") => UnaryOp::Negate,
            Token::Symbol("!") => UnaryOp::Not,
            Token::Symbol("~") => UnaryOp::Complement,
            Token::Name(word) => match word.as_str() {
                "not" => UnaryOp::Not,
                "empty" => UnaryOp::Empty,
                "size" => UnaryOp::Size,
                _ => return self.postfix(),
            },
            Token::Symbol("+") => {
                self.advance()?;
                return self.nested_unary();
            }
            _ => return self.postfix(),
        };
        self.advance()?;
        let operand = self.nested_unary()?;
        match (op, operand.node) {
            (UnaryOp::Negate, Node::Literal(Literal::Integer(value))) => {
                Expr::new(Node::Literal(Literal::Integer(value.wrapping_neg())), begin)
            }
            (UnaryOp::Negate, Node::Literal(Literal::Number(value))) => {
                Expr::new(Node::Literal(Literal::Number(-value)), begin)
            }
            (op, node) => {
                let operand = Expr { node, ..operand };
                Expr::new(Node::Unary(op, Box::new(operand)), begin)
            }
        }
    }

    fn nested_unary(&mut self) -> Result<Expr, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(error(self.position, "too many signs in a row; remove some"));
        }
        let operand = self.unary()?;
        self.depth -= 1;
        Ok(operand)
    }

    /// A value and what follows it directly: members, indexes, methods.
    fn postfix(&mut self) -> Result<Expr, SyntaxError> {
        let begin = self.position;
        let mut expr = self.primary()?;
        loop {
            expr = if self.accept(".")? {
                self.member(expr, begin)?
            } else if self.accept("[")? {
                self.index(expr, begin)?
            } else {
                return Ok(expr);
            };
        }
    }

    fn member(&mut self, of: Expr, begin: usize) -> Result<Expr, SyntaxError> {
        let position = self.position;
        let name = match self.advance()? {
            Token::Name(name) => name,
            token @ Token::Braced(_) => path::braced(&token, position)?.literal,
            Token::Symbol("*") => return Err(error(position, "every item of an array is written `[*]`")),
            _ => return Err(error(position, "the name of a member is expected after `.`")),
        };
        if self.accept("(")? {
            let arguments = self.list(")", "after the arguments")?;
            return Expr::new(Node::Method { receiver: Box::new(of), name, arguments }, begin);
        }
        Self::step(of, begin, Step::Name(name))
    }

    fn index(&mut self, of: Expr, begin: usize) -> Result<Expr, SyntaxError> {
        let position = self.position;
        let is_path = matches!(of.node, Node::Path(_));
        if self.at("*") {
            self.advance()?;
            self.expect("]", "after `[*`")?;
            if !is_path {
                return Err(error(position, "`[*]` goes with attributes of the source only"));
            }
            return Self::step(of, begin, Step::Each);
        }
        let index = self.conditional()?;
        self.expect("]", "after the index")?;
        match index.node {
            Node::Literal(Literal::Integer(value)) if !(0..=MAX_INDEX).contains(&value) => {
                Err(error(position, format!("an index is a number from 0 to {MAX_INDEX}")))
            }
            Node::Literal(Literal::Integer(value)) if is_path => Self::step(of, begin, Step::Index(value as usize)),
            Node::Literal(Literal::Text(name)) if is_path => Self::step(of, begin, Step::Name(name)),
            node => Expr::new(Node::Index(Box::new(of), Box::new(Expr { node, ..index })), begin),
        }
    }

    /// One step from an expression: a longer path, or a member of what is computed.
    fn step(of: Expr, begin: usize, step: Step) -> Result<Expr, SyntaxError> {
        match (of.node, step) {
            (Node::Path(mut path), step) => {
                if path.steps.len() >= MAX_DEPTH {
                    return Err(error(begin, format!("a path has at most {MAX_DEPTH} steps")));
                }
                path.push(step);
                Expr::new(Node::Path(path), begin)
            }
            (node, Step::Name(name)) => Expr::new(Node::Member(Box::new(Expr { node, ..of }), name), begin),
            _ => Err(error(begin, "this is not the path of an attribute")),
        }
    }

    fn primary(&mut self) -> Result<Expr, SyntaxError> {
        let begin = self.position;
        let literal = |literal| Expr::new(Node::Literal(literal), begin);
        match self.advance()? {
            Token::Integer(value) => literal(Literal::Integer(value)),
            Token::Number(value) => literal(Literal::Number(value)),
            Token::Text(text) => literal(Literal::Text(text)),
            token @ Token::Braced(_) => Expr::new(Node::Path(path::braced(&token, begin)?), begin),
            Token::Name(name) => self.named(name, begin),
            Token::Symbol("(") => {
                let inner = self.conditional()?;
                self.expect(")", "to close the bracket")?;
                Ok(inner)
            }
            Token::Symbol("[") => Expr::new(Node::Array(self.list("]", "to close the array")?), begin),
            Token::Symbol("{") => Expr::new(Node::Object(self.entries()?), begin),
            Token::End => Err(error(begin, "a value is expected, but the expression ends here")),
            Token::Symbol(symbol) => Err(error(begin, format!("a value is expected, but `{symbol}` stands here"))),
        }
    }

    fn named(&mut self, name: String, begin: usize) -> Result<Expr, SyntaxError> {
        if self.accept("(")? {
            let arguments = self.list(")", "after the arguments")?;
            return Expr::new(Node::Call { name, arguments }, begin);
        }
        let literal = match name.as_str() {
            "null" => Literal::Null,
            "true" => Literal::Boolean(true),
            "false" => Literal::Boolean(false),
            word if RESERVED.contains(&word) => {
                let message =
                    format!("`{word}` is a word of the language; write `${{{word}}}` for an attribute of that name");
                return Err(error(begin, message));
            }
            _ => return Expr::new(Node::Path(SourcePath::root(name)), begin),
        };
        Expr::new(Node::Literal(literal), begin)
    }

    /// Expressions with commas between them, and the bracket that closes them.
    fn list(&mut self, close: &str, why: &str) -> Result<Vec<Expr>, SyntaxError> {
        let mut items = Vec::new();
        while !self.accept(close)? {
            if !items.is_empty() {
                if !self.at(",") {
                    return Err(self.unexpected(&format!("`,` or `{close}` is expected {why}")));
                }
                self.advance()?;
            }
            items.push(self.conditional()?);
        }
        Ok(items)
    }

    fn entries(&mut self) -> Result<Vec<(Expr, Expr)>, SyntaxError> {
        let mut entries = Vec::new();
        // `{:}` is the empty map.
        if self.accept(":")? {
            self.expect("}", "to close the object")?;
            return Ok(entries);
        }
        while !self.accept("}")? {
            if !entries.is_empty() {
                self.expect(",", "between the members of an object")?;
            }
            let key = self.conditional()?;
            self.expect(":", "between the name and the value of a member")?;
            entries.push((key, self.conditional()?));
        }
        Ok(entries)
    }
}
