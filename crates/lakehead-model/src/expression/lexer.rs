//! Text to tokens.

use super::{MAX_CHARS, SyntaxError};

/// A piece of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, escapes resolved.
    Name(String),
    /// `${a.b}`: the names between the dots.
    Braced(Vec<String>),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// Text.
    Text(String),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// After the last token.
    End,
}

/// Symbols; longer ones first, so that the longest fits.
const SYMBOLS: [&str; 39] = [
    "&&", "||", "==", "!=", "<=", ">=", "=~", "!~", "=^", "!^", "=$", "!$", "?:", "??", "->", "=>", "+=", "-=", "*=",
    "/=", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~", "<", ">", "?", ":", ",", ".", "(", ")", "=",
];
const BRACKETS: [&str; 5] = ["[", "]", "{", "}", ";"];

/// A text being read.
pub(super) struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    /// At the beginning of `text`.
    ///
    /// # Errors
    /// The text is longer than an expression may be.
    pub(super) fn new(text: &str) -> Result<Self, SyntaxError> {
        if text.chars().nth(MAX_CHARS).is_some() {
            let message = format!("an expression has at most {MAX_CHARS} characters; split the calculation");
            return Err(SyntaxError { position: MAX_CHARS, message });
        }
        Ok(Self { chars: text.chars().collect(), at: 0 })
    }

    /// The next token and where it begins.
    pub(super) fn next(&mut self) -> Result<(Token, usize), SyntaxError> {
        while self.peek(0).is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let begin = self.at;
        let Some(first) = self.peek(0) else { return Ok((Token::End, begin)) };
        let token = match first {
            '\'' | '"' => self.text(first)?,
            '$' if self.peek(1) == Some('{') => self.braced()?,
            '0'..='9' => self.number()?,
            '.' if self.peek(1).is_some_and(|next| next.is_ascii_digit()) && !self.follows_value(begin) => {
                self.number()?
            }
            _ if begins_name(first) => self.name()?,
            _ => self.symbol(first)?,
        };
        Ok((token, begin))
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Whether what stands directly before is part of a value, so that a dot goes to a member.
    fn follows_value(&self, begin: usize) -> bool {
        begin.checked_sub(1).is_some_and(|before| {
            let before = self.chars[before];
            before.is_alphanumeric() || matches!(before, ')' | ']' | '}' | '_' | '$' | '\'' | '"')
        })
    }

    fn symbol(&mut self, first: char) -> Result<Token, SyntaxError> {
        let fits = |symbol: &&&str| symbol.chars().enumerate().all(|(n, c)| self.peek(n) == Some(c));
        let Some(symbol) = SYMBOLS.iter().chain(&BRACKETS).find(fits) else {
            return Err(error(self.at, format!("`{}` means nothing here", first.escape_default())));
        };
        self.at += symbol.len();
        Ok(Token::Symbol(symbol))
    }

    fn name(&mut self) -> Result<Token, SyntaxError> {
        let mut name = String::new();
        while let Some(c) = self.peek(0) {
            if c == '\\' {
                name.push(self.escaped()?);
            } else if begins_name(c) || c.is_numeric() {
                name.push(c);
                self.at += 1;
            } else {
                break;
            }
        }
        Ok(Token::Name(name))
    }

    /// The character after a backslash, which stands for itself.
    fn escaped(&mut self) -> Result<char, SyntaxError> {
        let begin = self.at;
        self.at += 2;
        let next = self.chars.get(begin + 1).copied();
        next.ok_or_else(|| error(begin, "nothing follows the backslash; write `\\\\` for a backslash"))
    }

    fn braced(&mut self) -> Result<Token, SyntaxError> {
        let begin = self.at;
        self.at += 2;
        let mut names = vec![String::new()];
        loop {
            let Some(c) = self.peek(0) else {
                return Err(error(begin, "`${` is not closed; write `}` after the name"));
            };
            match c {
                '}' => break,
                '\\' => {
                    let c = self.escaped()?;
                    names.last_mut().expect("never empty").push(c);
                    continue;
                }
                '.' => names.push(String::new()),
                c => names.last_mut().expect("never empty").push(c),
            }
            self.at += 1;
        }
        self.at += 1;
        // The newer spelling has another pair of braces behind.
        if self.peek(0) == Some('{') && self.peek(1) == Some('}') {
            self.at += 2;
        }
        Ok(Token::Braced(names))
    }

    fn text(&mut self, quote: char) -> Result<Token, SyntaxError> {
        let begin = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.peek(0) else {
                return Err(error(begin, format!("the text is not closed; write `{quote}` at its end")));
            };
            self.at += 1;
            if c == quote {
                return Ok(Token::Text(text));
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            match self.peek(0) {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('u') => {
                    text.push(self.code_point()?);
                    continue;
                }
                Some(c @ ('\\' | '\'' | '"' | '`')) => text.push(c),
                // Patterns are written as they are: "\d" has both characters.
                _ => {
                    text.push('\\');
                    continue;
                }
            }
            self.at += 1;
        }
    }

    /// The character of `uXXXX`; a pair of them for characters beyond the first plane.
    fn code_point(&mut self) -> Result<char, SyntaxError> {
        let begin = self.at;
        let unit = |lexer: &mut Self| {
            let digits: String = lexer.chars.get(lexer.at + 1..lexer.at + 5)?.iter().collect();
            let unit =
                u16::from_str_radix(&digits, 16).ok().filter(|_| digits.chars().all(|c| c.is_ascii_hexdigit()))?;
            lexer.at += 5;
            Some(unit)
        };
        let mut units = Vec::new();
        units.extend(unit(self));
        if units.first().is_some_and(|first| (0xd800..0xdc00).contains(first))
            && self.peek(0) == Some('\\')
            && self.peek(1) == Some('u')
        {
            self.at += 1;
            units.extend(unit(self));
        }
        let mut decoded = char::decode_utf16(units);
        match (decoded.next(), decoded.next()) {
            (Some(Ok(c)), None) => Ok(c),
            _ => Err(error(begin, "`\\u` needs four hexadecimal digits of a character")),
        }
    }

    fn number(&mut self) -> Result<Token, SyntaxError> {
        let begin = self.at;
        if self.peek(0) == Some('0') && matches!(self.peek(1), Some('x' | 'X')) {
            self.at += 2;
            let digits = self.take(|c| c.is_ascii_hexdigit());
            self.suffix(&['l', 'L', 'h', 'H']);
            self.ends_number(begin)?;
            let value = i64::from_str_radix(&digits, 16);
            return value.map(Token::Integer).map_err(|_| error(begin, "the number is not a 64-bit whole number"));
        }
        let mut digits = self.take(|c| c.is_ascii_digit());
        let mut whole = true;
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            whole = false;
            self.at += 1;
            digits = format!("{digits}.{}", self.take(|c| c.is_ascii_digit()));
        }
        if matches!(self.peek(0), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.peek(1), Some('+' | '-')));
            if self.peek(1 + sign).is_some_and(|c| c.is_ascii_digit()) {
                whole = false;
                digits.extend(&self.chars[self.at..=self.at + sign]);
                self.at += 1 + sign;
                digits.push_str(&self.take(|c| c.is_ascii_digit()));
            }
        }
        whole &= !self.suffix(&['f', 'F', 'd', 'D', 'b', 'B']);
        if whole {
            self.suffix(&['l', 'L', 'h', 'H']);
        }
        self.ends_number(begin)?;
        if whole && let Ok(value) = digits.parse() {
            return Ok(Token::Integer(value));
        }
        let value: f64 = digits.parse().map_err(|_| error(begin, "this is not a number"))?;
        if value.is_finite() { Ok(Token::Number(value)) } else { Err(error(begin, "the number is too large")) }
    }

    fn take(&mut self, of: impl Fn(char) -> bool) -> String {
        let begin = self.at;
        while self.peek(0).is_some_and(&of) {
            self.at += 1;
        }
        self.chars[begin..self.at].iter().collect()
    }

    fn suffix(&mut self, of: &[char]) -> bool {
        let found = self.peek(0).is_some_and(|c| of.contains(&c));
        self.at += usize::from(found);
        found
    }

    fn ends_number(&self, begin: usize) -> Result<(), SyntaxError> {
        match self.peek(0) {
            Some(c) if begins_name(c) || c.is_numeric() => {
                Err(error(begin, "a name cannot begin with a digit; write it as `${...}`"))
            }
            _ => Ok(()),
        }
    }
}

/// A mistake at a position.
pub(super) fn error(position: usize, message: impl Into<String>) -> SyntaxError {
    SyntaxError { position, message: message.into() }
}

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '$' | '\\' | '@' | '#')
}
