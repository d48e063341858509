//! What is read, and where mistakes are.

use super::*;

/// The tree as a text with a bracket around everything.
fn show(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(show).collect::<Vec<_>>().join(" ");
    match &expr.node {
        Node::Literal(Literal::Null) => "null".to_owned(),
        Node::Literal(Literal::Boolean(value)) => value.to_string(),
        Node::Literal(Literal::Integer(value)) => value.to_string(),
        Node::Literal(Literal::Number(value)) => format!("{value:?}"),
        Node::Literal(Literal::Text(text)) => format!("{text:?}"),
        Node::Path(path) => path.literal.clone(),
        Node::Array(items) => format!("[{}]", list(items)),
        Node::Object(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{}:{}", show(key), show(value))).collect();
            format!("{{{}}}", entries.join(" "))
        }
        Node::Unary(op, of) => format!("({op:?} {})", show(of)),
        Node::Binary(op, left, right) => format!("({op:?} {} {})", show(left), show(right)),
        Node::Conditional(parts) => format!("(? {})", list(&parts[..])),
        Node::Call { name, arguments } => format!("{name}({})", list(arguments)),
        Node::Method { receiver, name, arguments } => format!("({} .{name} {})", show(receiver), list(arguments)),
        Node::Member(of, name) => format!("(member {} {name})", show(of)),
        Node::Index(of, index) => format!("(index {} {})", show(of), show(index)),
    }
}

#[track_caller]
fn reads(text: &str, expected: &str) {
    assert_eq!(show(&parse(text).unwrap()), expected, "{text}");
}

#[track_caller]
fn refused(text: &str, position: usize, message: &str) {
    let error = parse(text).unwrap_err();
    assert!(error.position == position && error.message.contains(message), "{text}: {error:?}");
}

#[test]
fn literals() {
    reads("12", "12");
    reads("12l", "12");
    reads("0xFF", "255");
    reads("1.5", "1.5");
    reads(".5", "0.5");
    reads("2f", "2.0");
    reads("1e3", "1000.0");
    reads("-3", "-3");
    reads("99999999999999999999", "1e20");
    reads(r#""a \"b\" \\ \d \u00e9 \uD83D\uDE00""#, r#""a \"b\" \\ \\d é 😀""#);
    reads("[1, 'a', null]", "[1 \"a\" null]");
    reads("{'k': 1, 'l': [true]}", "{\"k\":1 \"l\":[true]}");
    reads("{:}", "{}");
}

#[test]
fn operators_bind_as_documented() {
    reads("1 + 2 * 3 - 4", "(Subtract (Add 1 (Multiply 2 3)) 4)");
    reads("a || b && c == d", "(Or a (And b (Equal c d)))");
    reads("a or b and not c eq d", "(Or a (And b (Equal (Not c) d)))");
    reads("a < b ? x : y ?: z", "(? (Less a b) x (Elvis y z))");
    reads("a ?? b ?? c", "(Coalesce a (Coalesce b c))");
    reads("-a + !b", "(Add (Negate a) (Not b))");
    reads("a mod 2 div 3", "(Divide (Remainder a 2) 3)");
    reads("a & b | c ^ d", "(BitOr (BitAnd a b) (BitXor c d))");
    reads(
        "a =~ ['x'] && b =^ 'y' && c !$ 'z'",
        "(And (And (In a [\"x\"]) (StartsWith b \"y\")) (NotEndsWith c \"z\"))",
    );
    reads("empty a && size(b) > 1", "(And (Empty a) (Greater (Size b) 1))");
    reads("(1 + 2) * 3", "(Multiply (Add 1 2) 3)");
}

#[test]
fn paths_calls_and_methods() {
    reads("a.b[0].c[*].d", "a.b[0].c[*].d");
    reads("${First Name}.x", "First Name.x");
    reads("${a}{}", "a");
    reads(r"street\.name.x", "street.name.x");
    reads("a['b c'].d", "a.b c.d");
    reads("concat(a, lower(b))", "concat(a lower(b))");
    reads("now()", "now()");
    reads("'a'.equals('b')", "(\"a\" .equals \"b\")");
    reads("str_to_object(a).get('k').x", "(member (str_to_object(a) .get \"k\") x)");
    reads("explode(a)[1]", "(index explode(a) 1)");
    reads("a[b]", "(index a b)");
    let path = SourcePath::parse(r"emails[*].first\.name").unwrap();
    assert_eq!(path.steps, [Step::Name("emails".into()), Step::Each, Step::Name("first.name".into())]);
    for text in [r"${a\.b}.c[0]", r"${x\}y z}[*].w\\v"] {
        let path = SourcePath::parse(text).unwrap();
        assert_eq!(SourcePath::parse(&path.to_expression()).unwrap(), path, "{text}");
    }
    assert!(SourcePath::parse("lower(a)").is_err() && SourcePath::parse("1").is_err());
}

#[test]
fn the_attributes_that_are_read() {
    let expr = parse("iif(contains_key('a.b'), concat(c.d, e), c.d)").unwrap();
    let read: Vec<_> = expr.attributes().into_iter().map(|path| path.literal).collect();
    assert_eq!(read.len(), 3);
    assert!(["a.b", "c.d", "e"].iter().all(|path| read.contains(&(*path).to_owned())));
}

#[test]
fn each_mistake_says_where_it_is() {
    refused("", 0, "ends here");
    refused("concat(a, ", 10, "ends here");
    refused("concat(a b)", 9, "`,` or `)`");
    refused("a = 1", 2, "`==`");
    refused("a; b", 1, "`;`");
    refused("new", 0, "`${new}`");
    refused("'abc", 0, "not closed");
    refused("a + ${b", 4, "not closed");
    refused("${}", 0, "empty name");
    refused("1abc", 0, "digit");
    refused("a.", 2, "after `.`");
    refused("a[-1]", 2, "index");
    refused("lower(a)[*]", 9, "attributes");
    refused("a ? b", 5, "`:`");
    refused("a \u{1}", 2, "means nothing");
    refused("'\\u12'", 2, "hexadecimal");
    refused("a b", 2, "operator");
    refused("var x", 0, "`${var}`");
    assert_eq!(parse("a +").unwrap_err().to_string(), "position 4: a value is expected, but the expression ends here");
}

#[test]
fn long_and_deep_texts_are_refused_and_do_not_overflow() {
    refused(&"(".repeat(4000), MAX_DEPTH, "deep");
    refused(&"[".repeat(4000), MAX_DEPTH, "deep");
    refused(&"-".repeat(4000), 100, "signs");
    refused(&"a".repeat(5000), MAX_CHARS, "characters");
    assert!(parse(&vec!["a"; 2000].join("+")).unwrap_err().message.contains("deep"));
    assert!(parse(&format!("f(){}", ".g()".repeat(900))).unwrap_err().message.contains("deep"));
    assert!(parse(&format!("a{}", ".b".repeat(900))).unwrap_err().message.contains("steps"));
    assert!(parse(&format!("f(){}", "[0]".repeat(900))).unwrap_err().message.contains("deep"));
}
