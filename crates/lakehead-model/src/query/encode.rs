//! One text for every scalar, such that texts compare by their bytes as the scalars do. The index of the metastore
//! holds these texts, and filters are evaluated on nothing else, in the database and in memory.
//!
//! Order: [`ABSENT`], null, false, true, numbers (also those written as text: clients send `"15"`), other text.
//! Names and ids are always text. No encoding holds a NUL character, which PostgreSQL cannot store.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Operator;

/// A member that a document lacks, where the index notes that it does.
pub const ABSENT: &str = "";
const NULL: &str = "0";
const FALSE: &str = "b0";
const TRUE: &str = "b1";
/// Longest text kept as it is, in bytes. A longer one keeps its beginning; a hash stands for the rest.
const MAX_TEXT: usize = 255;
/// What is kept of a longer text, in bytes.
const KEPT: usize = 192;
/// Members whose values are names from a fixed set, compared without regard to case.
const ENUMS: &[&str] = &["state", "status", "frequency", "operation", "op", "format", "type"];

/// How the values of one member are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A text that is a number has the order of the number.
    Plain,
    /// A name or an id: text, whatever it looks like.
    Name,
    /// A name from a fixed set: case does not matter.
    Choice,
}

/// Encodings that meet a condition: those in `low..below`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first one.
    pub low: String,
    /// The first one after the last one.
    pub below: String,
}

impl Rule {
    /// The rule for the member at the end of a path.
    pub fn of(member: &str) -> Self {
        if ENUMS.contains(&member) {
            Self::Choice
        } else if member == "id" || member == "name" || member.ends_with("Id") || member.ends_with("Ids") {
            Self::Name
        } else {
            Self::Plain
        }
    }
}

/// The encoding of a scalar; `None` for lists and objects.
pub fn scalar(value: &Value, rule: Rule) -> Option<String> {
    Some(match value {
        Value::Null => NULL.to_owned(),
        Value::Bool(flag) => if *flag { TRUE } else { FALSE }.to_owned(),
        Value::Number(number) => {
            let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
            match whole {
                Some(whole) => integer(whole),
                None => float(number.as_f64().filter(|number| number.is_finite())?),
            }
        }
        Value::String(written) => text(written, rule),
        Value::Array(_) | Value::Object(_) => return None,
    })
}

/// The encodings of all values that `==` finds for a wanted text.
pub fn equal_to(wanted: &str, rule: Rule) -> Vec<String> {
    let mut found = vec![text(wanted, rule)];
    found.extend(number(wanted));
    for (word, encoding) in [("true", TRUE), ("false", FALSE), ("null", NULL)] {
        if wanted.eq_ignore_ascii_case(word) {
            found.push(encoding.to_owned());
        }
    }
    found
}

/// The encodings that an ordering operator finds for a wanted text: numbers are compared with numbers, text with text.
/// `None` for operators that do not order.
pub fn ordered(operator: Operator, wanted: &str, rule: Rule) -> Option<Stretch> {
    let wanted_number = if rule == Rule::Plain { number(wanted) } else { None };
    // After the wanted value comes what has it as its beginning: numbers written as text for numbers, nothing for text.
    let (first, at, after, end) = if let Some(at) = wanted_number {
        ("n", at.clone(), format!("{at}\""), "o")
    } else {
        let at = text(wanted, rule);
        ("t", at.clone(), format!("{at}\u{1}"), "u")
    };
    let (low, below) = match operator {
        Operator::Greater => (after, end.to_owned()),
        Operator::GreaterOrEqual => (at, end.to_owned()),
        Operator::Less => (first.to_owned(), at),
        Operator::LessOrEqual => (first.to_owned(), after),
        Operator::Equal | Operator::NotEqual | Operator::Exists => return None,
    };
    Some(Stretch { low, below })
}

/// A text without NUL and of bounded length that is as good as the given one for equality, and for order up to
/// the length kept.
pub(super) fn bounded(text: &str) -> String {
    let text = escaped(text);
    if text.len() <= MAX_TEXT {
        return text;
    }
    let hash = hex::encode(Sha256::digest(text.as_bytes()));
    // No escape looks like this, so no short text equals a long one.
    format!("{}\u{1}\u{3}{}", &text[..text.floor_char_boundary(KEPT)], &hash[..32])
}

fn text(written: &str, rule: Rule) -> String {
    let number = if rule == Rule::Plain { number(written) } else { None };
    match number {
        // `!` sorts before the digits that follow a number.
        Some(number) => format!("{number}!{}", bounded(written)),
        None if rule == Rule::Choice => format!("t{}", bounded(&written.to_ascii_lowercase())),
        None => format!("t{}", bounded(written)),
    }
}

/// The text as a finite number.
fn number(text: &str) -> Option<String> {
    let text = text.trim();
    match text.parse::<i128>() {
        Ok(whole) if whole.unsigned_abs() <= u128::from(u64::MAX) => Some(integer(whole)),
        _ => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(float),
    }
}

/// The largest float that is not above the number, and how far the number is above it, if it is.
fn integer(whole: i128) -> String {
    let mut below = whole as f64;
    if below as i128 > whole {
        below = below.next_down();
    }
    match whole - below as i128 {
        0 => float(below),
        above => format!("{}{above:04x}", float(below)),
    }
}

fn float(number: f64) -> String {
    // -0 is 0.
    let bits = (number + 0.0).to_bits();
    let ordered = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    format!("n{ordered:016x}")
}

/// NUL and the character that escapes it, in the order of the originals.
pub(super) fn escaped(text: &str) -> String {
    if text.contains(['\0', '\u{1}']) {
        text.replace('\u{1}', "\u{1}\u{2}").replace('\0', "\u{1}\u{1}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(value: &Value) -> String {
        scalar(value, Rule::Plain).unwrap()
    }

    #[test]
    fn encodings_have_the_order_of_the_values() {
        let sorted = [
            json!(null),
            json!(false),
            json!(true),
            json!(f64::MIN),
            json!(i64::MIN),
            json!(i64::MIN + 1),
            json!(-9_007_199_254_740_993_i64),
            json!(-9_007_199_254_740_992_i64),
            json!(-2.5),
            json!(-1),
            json!(0),
            json!(5e-324),
            json!(0.5),
            json!(9),
            json!("9"),
            json!("10"),
            json!(10.5),
            json!(1_718_000_100_000_i64),
            json!(9_007_199_254_740_992_i64),
            json!("9007199254740992"),
            json!(9_007_199_254_740_993_i64),
            json!(9_007_199_254_740_994_i64),
            json!(i64::MAX - 1),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(1e300),
            json!(""),
            json!("\0"),
            json!("\u{1}"),
            json!("A"),
            json!("NaN"),
            json!("a"),
            json!("a\0"),
            json!("ab"),
            json!("é"),
            json!("\u{1f600}"),
        ];
        for pair in sorted.windows(2) {
            assert!(plain(&pair[0]) < plain(&pair[1]), "{} before {}", pair[0], pair[1]);
        }
        assert!(sorted.iter().all(|value| plain(value).as_str() > ABSENT && !plain(value).contains('\0')));
        assert_eq!(plain(&json!(-0.0)), plain(&json!(0)));
        assert_eq!(plain(&json!(15.0)), plain(&json!(15)));
        assert_eq!(scalar(&json!([]), Rule::Plain), None);
    }

    #[test]
    fn names_are_text_and_choices_have_no_case() {
        assert!(scalar(&json!("10"), Rule::Name) < scalar(&json!("9"), Rule::Name));
        assert_eq!(scalar(&json!("Failed"), Rule::Choice), scalar(&json!("fAILED"), Rule::Choice));
        for (member, rule) in [("flowId", Rule::Name), ("sourceConnectionIds", Rule::Name), ("op", Rule::Choice)] {
            assert_eq!(Rule::of(member), rule);
        }
        assert_eq!(Rule::of("interval"), Rule::Plain);
    }

    #[test]
    fn long_texts_stay_apart_and_in_order() {
        let long = |end: &str| plain(&json!(format!("{}{end}", "é".repeat(5000))));
        assert_ne!(long("a"), long("b"));
        assert!(long("a").len() < 300 && long("a") < plain(&json!("êa")));
        assert!(equal_to(&format!("{}a", "é".repeat(5000)), Rule::Plain).contains(&long("a")));
    }

    #[test]
    fn stretches_keep_numbers_and_text_apart() {
        let holds = |operator, wanted: &str, value: Value| {
            let Stretch { low, below } = ordered(operator, wanted, Rule::Plain).unwrap();
            (low..below).contains(&plain(&value))
        };
        for value in [json!(15), json!("15"), json!(15.0), json!(" 15 ")] {
            assert!(holds(Operator::GreaterOrEqual, "15", value.clone()), "{value}");
            assert!(holds(Operator::LessOrEqual, "15", value.clone()), "{value}");
            assert!(!holds(Operator::Greater, "15", value.clone()), "{value}");
            assert!(!holds(Operator::Less, "15", value.clone()), "{value}");
        }
        assert!(!holds(Operator::Less, "zzz", json!("15")), "a number has no order among text");
        assert!(!holds(Operator::Greater, "1", json!("abc")));
        assert!(!holds(Operator::Greater, "1", json!(true)));
        assert!(holds(Operator::Greater, "abc", json!("abca")) && !holds(Operator::Greater, "abc", json!("abc")));
        assert!(holds(Operator::Greater, "9007199254740992", json!(9_007_199_254_740_993_i64)));
        assert_eq!(ordered(Operator::Equal, "1", Rule::Plain), None);
    }
}
