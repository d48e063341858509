//! Row filters: conditions on the columns of a table that the source itself applies, as JSON in the form of PQL.
//!
//! ```json
//! {"type": "PQL", "format": "pql/json", "value": {"nodeType": "fnApply", "fnName": "=", "params": [
//!     {"nodeType": "fieldLookup", "fieldName": "city"}, {"nodeType": "literal", "value": "Wien"}]}}
//! ```
//!
//! Codes: 1335 the text of a preview is no JSON or too long, 1349 what is no filter, or a node that is none, 1350 no
//! operator, 1351 and 1352 a logical operator and a comparison that do not exist or that the source does not have, 1353 a
//! source without filters, 1354 its query language, 1355 type, 1356 format, 1357 value missing, 1377 null with an
//! operator, 1378 unknown column, 1379 a value of another type than its column, 1389 no Base64, 1390 `not` with other
//! than one condition.

mod columns;
mod node;
mod support;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use crate::Invalid;
use crate::invalid::excerpt;

pub use support::Support;

/// Longest encoded filter.
const MAX_ENCODED_BYTES: usize = 64 * 1024;
/// Most nodes of a filter, operands included.
const MAX_NODES: usize = 1000;
/// Deepest nesting of conditions.
const MAX_DEPTH: usize = 32;
/// Most values behind `in`.
const MAX_VALUES: usize = 1000;
/// Longest text of a value or name, bytes.
const MAX_TEXT_BYTES: usize = 4096;

/// A filter that follows the grammar.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFilter {
    /// Which rows pass.
    pub condition: Condition,
}

/// What a row must be like.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of these hold; at least one is there.
    And(Vec<Condition>),
    /// One of these holds; at least one is there.
    Or(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// A column compared with a value.
    Compare {
        /// How.
        by: Comparison,
        /// Name of the column.
        column: String,
        /// A text, number or boolean.
        value: Value,
    },
    /// A column has one of these values.
    In {
        /// Name of the column.
        column: String,
        /// Texts, numbers or booleans; at least one.
        values: Vec<Value>,
    },
    /// A column has no value.
    IsNull {
        /// Name of the column.
        column: String,
    },
}

/// How a column is compared with one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`, also written `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `like`, with the wildcards of SQL
    Like,
}

impl Comparison {
    /// The operator as catalogue and messages write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Like => "like",
        }
    }
}

/// Decodes the query parameter `filters`: Base64 of JSON, standard or URL-safe, padded or not.
pub fn decode(text: &str) -> Result<Value, Invalid> {
    const ANY_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, ANY_PADDING);
    if text.len() > MAX_ENCODED_BYTES {
        let message = format!("`filters` is longer than {MAX_ENCODED_BYTES} bytes: give fewer conditions");
        return Err(Invalid::new("CONNECTOR-1335-400", message));
    }
    // A plus that nobody escaped arrives as a space.
    let standard: String = text
        .trim()
        .chars()
        .map(|c| match c {
            '-' | ' ' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let bytes = BASE64.decode(standard).map_err(|error| {
        Invalid::new(
            "CONNECTOR-1389-400",
            format!("`filters` is not Base64 ({error}): encode the filter's JSON as Base64"),
        )
    })?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let text = excerpt(&error.to_string());
        Invalid::new("CONNECTOR-1335-400", format!("`filters` is Base64 of something that is not JSON ({text})"))
    })
}

impl RowFilter {
    /// Reads a filter and checks its grammar. `field` is where it stands, such as `params.filters`.
    pub fn parse(value: &Value, field: &str) -> Result<Self, Invalid> {
        let Some(filter) = value.as_object().filter(|filter| !filter.is_empty()) else {
            let message = format!("`{field}` is not a filter: an object with `type`, `format` and `value` is expected");
            return Err(Invalid::new("CONNECTOR-1349-400", message));
        };
        expect(filter, field, "type", "PQL", "CONNECTOR-1355-400")?;
        expect(filter, field, "format", "pql/json", "CONNECTOR-1356-400")?;
        let Some(root) = filter.get("value").filter(|value| !value.is_null()) else {
            return Err(Invalid::new("CONNECTOR-1357-400", format!("`{field}.value` is missing: add the condition")));
        };
        Ok(Self { condition: node::Reader::new().condition(root, &format!("{field}.value"), 0)? })
    }

    /// Checks that the source can apply the filter. `attributes` are those of its connection spec.
    pub fn check_support(&self, attributes: &Value) -> Result<(), Invalid> {
        Support::of(attributes)?.check(&self.condition)
    }

    /// Checks names and values against the columns of the table: pairs of a name and an XDM type such as `long`.
    pub fn check_columns(&self, columns: &[(&str, &str)]) -> Result<(), Invalid> {
        columns::check(&self.condition, columns)
    }
}

/// `field.member` must be `wanted`, in any case.
fn expect(
    filter: &Map<String, Value>,
    field: &str,
    member: &str,
    wanted: &str,
    code: &'static str,
) -> Result<(), Invalid> {
    let found = filter.get(member).filter(|value| !value.is_null());
    match found {
        Some(Value::String(text)) if text.eq_ignore_ascii_case(wanted) => Ok(()),
        Some(Value::String(text)) => {
            Err(Invalid::new(code, format!("`{field}.{member}` `{}` is not supported: use `{wanted}`", excerpt(text))))
        }
        _ => Err(Invalid::new(code, format!("`{field}.{member}` is missing or no text: use `{wanted}`"))),
    }
}

fn too_large(what: &str) -> Invalid {
    Invalid::new("CONNECTOR-1349-400", format!("`filters` is too large: {what}"))
}
