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
    /// Between two operands: how tightly it binds, larger is tighter, and what it is to the tree.
    pub(super) binds: Option<(u8, BinaryOp)>,
}

/// An operator between two operands: what it binds as comes before what it says.
const fn between(
    symbol: &'static str,
    word: Option<&'static str>,
    method: &'static str,
    binds: (u8, BinaryOp),
    description: &'static str,
    example: &'static str,
) -> Operator {
    Operator { binds: Some(binds), ..other(symbol, word, method, 2, description, example) }
}

const fn other(
    symbol: &'static str,
    word: Option<&'static str>,
    method: &'static str,
    operands: u8,
    description: &'static str,
    example: &'static str,
) -> Operator {
    Operator { symbol, word, method, operands, description, example, binds: None }
}

/// Every operator of the language.
pub const OPERATORS: &[Operator] = &[
    between("+", None, "add", (9, BinaryOp::Add), "Adds numbers; joins texts.", "price + tax"),
    between(
        "-",
        None,
        "subtract",
        (9, BinaryOp::Subtract),
        "Subtracts the second number from the first.",
        "total - discount",
    ),
    between("*", None, "multiply", (10, BinaryOp::Multiply), "Multiplies numbers.", "price * quantity"),
    between(
        "/",
        Some("div"),
        "divide",
        (10, BinaryOp::Divide),
        "Divides numbers; of two whole numbers the result is whole.",
        "total / count",
    ),
    between("%", Some("mod"), "mod", (10, BinaryOp::Remainder), "The remainder of a division.", "number % 2"),
    other("-", None, "negate", 1, "Turns the sign of a number.", "-balance"),
    other("!", Some("not"), "not", 1, "True becomes false and false becomes true.", "!(age > 17)"),
    other("~", None, "complement", 1, "Turns every bit of a whole number.", "~flags"),
    between("&", None, "and", (6, BinaryOp::BitAnd), "The bits that both whole numbers have.", "flags & 4"),
    between("|", None, "or", (4, BinaryOp::BitOr), "The bits that either whole number has.", "flags | 4"),
    between("^", None, "xor", (5, BinaryOp::BitXor), "The bits that one of two whole numbers has.", "flags ^ 4"),
    between("&&", Some("and"), "logicalAnd", (3, BinaryOp::And), "True where both sides are.", "a > 1 && b > 1"),
    between("||", Some("or"), "logicalOr", (2, BinaryOp::Or), "True where one side is.", "a > 1 || b > 1"),
    between(
        "==",
        Some("eq"),
        "equals",
        (7, BinaryOp::Equal),
        "True where both sides are the same.",
        "country == \"CA\"",
    ),
    between(
        "!=",
        Some("ne"),
        "notEquals",
        (7, BinaryOp::NotEqual),
        "True where both sides differ.",
        "country != \"CA\"",
    ),
    between(
        "<",
        Some("lt"),
        "lessThan",
        (8, BinaryOp::Less),
        "True where the left side comes before the right one.",
        "age < 18",
    ),
    between(
        "<=",
        Some("le"),
        "lessThanOrEqual",
        (8, BinaryOp::LessOrEqual),
        "True where the left side does not come after the right one.",
        "age <= 18",
    ),
    between(
        ">",
        Some("gt"),
        "greaterThan",
        (8, BinaryOp::Greater),
        "True where the left side comes after the right one.",
        "age > 18",
    ),
    between(
        ">=",
        Some("ge"),
        "greaterThanOrEqual",
        (8, BinaryOp::GreaterOrEqual),
        "True where the left side does not come before the right one.",
        "age >= 18",
    ),
    between(
        "=~",
        None,
        "contains",
        (8, BinaryOp::In),
        "True where an array has the left side, or a pattern fits it.",
        "country =~ [\"CA\", \"US\"]",
    ),
    between("!~", None, "notContains", (8, BinaryOp::NotIn), "The contrary of `=~`.", "country !~ [\"CA\", \"US\"]"),
    between(
        "=^",
        None,
        "startsWith",
        (8, BinaryOp::StartsWith),
        "True where the left text begins with the right one.",
        "sku =^ \"AB\"",
    ),
    between("!^", None, "notStartsWith", (8, BinaryOp::NotStartsWith), "The contrary of `=^`.", "sku !^ \"AB\""),
    between(
        "=$",
        None,
        "endsWith",
        (8, BinaryOp::EndsWith),
        "True where the left text ends with the right one.",
        "file =$ \".csv\"",
    ),
    between("!$", None, "notEndsWith", (8, BinaryOp::NotEndsWith), "The contrary of `=$`.", "file !$ \".csv\""),
    between(
        "?:",
        None,
        "elvis",
        (1, BinaryOp::Elvis),
        "The left side unless it is null, false, zero or empty; then the right one.",
        "nickname ?: name",
    ),
    between(
        "??",
        None,
        "coalesce",
        (1, BinaryOp::Coalesce),
        "The left side unless it is null; then the right one.",
        "nickname ?? name",
    ),
    other(
        "? :",
        None,
        "conditional",
        3,
        "The second part where the first is true, else the third.",
        "age > 17 ? \"adult\" : \"minor\"",
    ),
    other(
        "empty",
        None,
        "empty",
        1,
        "True for null, empty text, and objects and arrays without members.",
        "empty email",
    ),
    other("size", None, "size", 1, "Characters of a text, members of an object, items of an array.", "size(phones)"),
    other(".", None, "propertyGet", 2, "A member of an object.", "address.city"),
    other("[]", None, "arrayGet", 2, "An item of an array, or a member of an object.", "emails[0]"),
];

/// How tightly a binary operator binds, and the operator, by its symbol or word.
pub(super) fn binary(symbol: &str) -> Option<(u8, BinaryOp)> {
    let same = |operator: &&Operator| operator.symbol == symbol || operator.word == Some(symbol);
    OPERATORS.iter().filter(|operator| operator.binds.is_some()).find(same)?.binds
}
