//! The operators: one table for the parser and for what the API tells about them.

/// Operators before one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`.
    Negate,
    /// `!`, `not`.
    Not,
    /// `~`.
    Complement,
    /// `empty`.
    Empty,
    /// `size`.
    Size,
}

/// Operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`, `div`.
    Divide,
    /// `%`, `mod`.
    Remainder,
    /// `&`.
    BitAnd,
    /// `|`.
    BitOr,
    /// `^`.
    BitXor,
    /// `&&`, `and`.
    And,
    /// `||`, `or`.
    Or,
    /// `==`, `eq`.
    Equal,
    /// `!=`, `ne`.
    NotEqual,
    /// `<`, `lt`.
    Less,
    /// `<=`, `le`.
    LessOrEqual,
    /// `>`, `gt`.
    Greater,
    /// `>=`, `ge`.
    GreaterOrEqual,
    /// `=~`.
    In,
    /// `!~`.
    NotIn,
    /// `=^`.
    StartsWith,
    /// `!^`.
    NotStartsWith,
    /// `=$`.
    EndsWith,
    /// `!$`.
    NotEndsWith,
    /// `?:`.
    Elvis,
    /// `??`.
    Coalesce,
}

/// What the API tells about an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// How it is written.
    pub symbol: &'static str,
    /// Another spelling.
    pub word: Option<&'static str>,
    /// Its name for programs.
    pub method: &'static str,
    /// Number of operands.
    pub operands: u8,
    /// What it does.
    pub description: &'static str,
    /// An expression with it.
    pub example: &'static str,
}

const fn op(
    symbol: &'static str,
    word: Option<&'static str>,
    method: &'static str,
    operands: u8,
    description: &'static str,
    example: &'static str,
) -> Operator {
    Operator { symbol, word, method, operands, description, example }
}

/// Every operator of the language.
pub const OPERATORS: &[Operator] = &[
    op("+", None, "add", 2, "Adds numbers; joins texts.", "price + tax"),
    op("-", None, "subtract", 2, "Subtracts the second number from the first.", "total - discount"),
    op("*", None, "multiply", 2, "Multiplies numbers.", "price * quantity"),
    op("/", Some("div"), "divide", 2, "Divides numbers; of two whole numbers the result is whole.", "total / count"),
    op("%", Some("mod"), "mod", 2, "The remainder of a division.", "number % 2"),
    op("-", None, "negate", 1, "Turns the sign of a number.", "-balance"),
    op("!", Some("not"), "not", 1, "True becomes false and false becomes true.", "!(age > 17)"),
    op("~", None, "complement", 1, "Turns every bit of a whole number.", "~flags"),
    op("&", None, "and", 2, "The bits that both whole numbers have.", "flags & 4"),
    op("|", None, "or", 2, "The bits that either whole number has.", "flags | 4"),
    op("^", None, "xor", 2, "The bits that one of two whole numbers has.", "flags ^ 4"),
    op("&&", Some("and"), "logicalAnd", 2, "True where both sides are.", "a > 1 && b > 1"),
    op("||", Some("or"), "logicalOr", 2, "True where one side is.", "a > 1 || b > 1"),
    op("==", Some("eq"), "equals", 2, "True where both sides are the same.", "country == \"CA\""),
    op("!=", Some("ne"), "notEquals", 2, "True where both sides differ.", "country != \"CA\""),
    op("<", Some("lt"), "lessThan", 2, "True where the left side comes before the right one.", "age < 18"),
    op(
        "<=",
        Some("le"),
        "lessThanOrEqual",
        2,
        "True where the left side does not come after the right one.",
        "age <= 18",
    ),
    op(">", Some("gt"), "greaterThan", 2, "True where the left side comes after the right one.", "age > 18"),
    op(
        ">=",
        Some("ge"),
        "greaterThanOrEqual",
        2,
        "True where the left side does not come before the right one.",
        "age >= 18",
    ),
    op(
        "=~",
        None,
        "contains",
        2,
        "True where an array has the left side, or a pattern fits it.",
        "country =~ [\"CA\", \"US\"]",
    ),
    op("!~", None, "notContains", 2, "The contrary of `=~`.", "country !~ [\"CA\", \"US\"]"),
    op("=^", None, "startsWith", 2, "True where the left text begins with the right one.", "sku =^ \"AB\""),
    op("!^", None, "notStartsWith", 2, "The contrary of `=^`.", "sku !^ \"AB\""),
    op("=$", None, "endsWith", 2, "True where the left text ends with the right one.", "file =$ \".csv\""),
    op("!$", None, "notEndsWith", 2, "The contrary of `=$`.", "file !$ \".csv\""),
    op(
        "?:",
        None,
        "elvis",
        2,
        "The left side unless it is null, false, zero or empty; then the right one.",
        "nickname ?: name",
    ),
    op("??", None, "coalesce", 2, "The left side unless it is null; then the right one.", "nickname ?? name"),
    op(
        "? :",
        None,
        "conditional",
        3,
        "The second part where the first is true, else the third.",
        "age > 17 ? \"adult\" : \"minor\"",
    ),
    op("empty", None, "empty", 1, "True for null, empty text, and objects and arrays without members.", "empty email"),
    op("size", None, "size", 1, "Characters of a text, members of an object, items of an array.", "size(phones)"),
    op(".", None, "propertyGet", 2, "A member of an object.", "address.city"),
    op("[]", None, "arrayGet", 2, "An item of an array, or a member of an object.", "emails[0]"),
];

/// How tightly a binary operator binds, and the operator, by its symbol or word; larger binds tighter.
pub(super) fn binary(symbol: &str) -> Option<(u8, BinaryOp)> {
    Some(match symbol {
        "?:" => (1, BinaryOp::Elvis),
        "??" => (1, BinaryOp::Coalesce),
        "||" | "or" => (2, BinaryOp::Or),
        "&&" | "and" => (3, BinaryOp::And),
        "|" => (4, BinaryOp::BitOr),
        "^" => (5, BinaryOp::BitXor),
        "&" => (6, BinaryOp::BitAnd),
        "==" | "eq" => (7, BinaryOp::Equal),
        "!=" | "ne" => (7, BinaryOp::NotEqual),
        "<" | "lt" => (8, BinaryOp::Less),
        "<=" | "le" => (8, BinaryOp::LessOrEqual),
        ">" | "gt" => (8, BinaryOp::Greater),
        ">=" | "ge" => (8, BinaryOp::GreaterOrEqual),
        "=~" => (8, BinaryOp::In),
        "!~" => (8, BinaryOp::NotIn),
        "=^" => (8, BinaryOp::StartsWith),
        "!^" => (8, BinaryOp::NotStartsWith),
        "=$" => (8, BinaryOp::EndsWith),
        "!$" => (8, BinaryOp::NotEndsWith),
        "+" => (9, BinaryOp::Add),
        "-" => (9, BinaryOp::Subtract),
        "*" => (10, BinaryOp::Multiply),
        "/" | "div" => (10, BinaryOp::Divide),
        "%" | "mod" => (10, BinaryOp::Remainder),
        _ => return None,
    })
}
