//! The table of XDM types: what each is called, how JSON Schema writes it, how tables store it, what it is made from.
//!
//! Inference of types, tables, conversions and diagnostics read it here. A new type is a variant of [`FieldType`] and a row.

use super::field::FieldType;

/// One XDM type.
#[derive(Debug)]
pub struct XdmType {
    /// `meta:xdmType`.
    pub name: &'static str,
    /// Name in diagnostics.
    pub label: &'static str,
    /// `type` of JSON Schema.
    pub json: &'static str,
    /// `format` of JSON Schema that makes it this type.
    pub format: Option<&'static str>,
    /// Whole numbers that it holds. Published bounds end one above.
    pub range: Option<(i64, i64)>,
    /// How tables store it.
    pub stored: Stored,
    /// What its values are made from.
    pub accepts: &'static [Given],
}

/// How tables store a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// UTF-8.
    Text,
    /// True or false.
    Flag,
    /// 32 bits, signed.
    Whole32,
    /// 64 bits, signed.
    Whole64,
    /// 64 bits, floating point.
    Floating,
    /// Days since 1970.
    Day,
    /// Microseconds since 1970, UTC.
    Instant,
    /// A group of columns, or a repeated one.
    Nested,
}

/// Kinds of columns that come in. Nested ones are taken apart before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Text, which is parsed.
    Text,
    /// True or false.
    Flag,
    /// Whole numbers of up to 32 bits.
    Whole,
    /// Whole numbers that 32 bits with a sign do not hold.
    Long,
    /// Floating point or decimal.
    Floating,
    /// Days.
    Day,
    /// Instants.
    Instant,
}

use Given::{Day, Flag, Floating, Instant, Long, Text, Whole};

const NUMBERS: &[Given] = &[Text, Whole, Long, Floating];
const BYTE: Option<(i64, i64)> = Some((i8::MIN as i64, i8::MAX as i64));
const SHORT: Option<(i64, i64)> = Some((i16::MIN as i64, i16::MAX as i64));
const INT: Option<(i64, i64)> = Some((i32::MIN as i64, i32::MAX as i64));
const LONG: Option<(i64, i64)> = Some((i64::MIN, i64::MAX));

/// Every type, integers from the smallest to the largest.
#[rustfmt::skip]
pub const TYPES: [XdmType; 12] = [
    row("string",    "STRING",   "string",  None,              None,  Stored::Text,     &[Text, Flag, Whole, Long, Floating]),
    row("boolean",   "BOOLEAN",  "boolean", None,              None,  Stored::Flag,     &[Text, Flag]),
    row("byte",      "BYTE",     "integer", None,              BYTE,  Stored::Whole32,  NUMBERS),
    row("short",     "SHORT",    "integer", None,              SHORT, Stored::Whole32,  NUMBERS),
    row("int",       "INTEGER",  "integer", None,              INT,   Stored::Whole32,  NUMBERS),
    row("long",      "LONG",     "integer", None,              LONG,  Stored::Whole64,  NUMBERS),
    row("number",    "DOUBLE",   "number",  None,              None,  Stored::Floating, NUMBERS),
    row("date",      "DATE",     "string",  Some("date"),      None,  Stored::Day,      &[Text, Long, Day]),
    row("date-time", "DATETIME", "string",  Some("date-time"), None,  Stored::Instant,  &[Text, Long, Instant]),
    row("object",    "OBJECT",   "object",  None,              None,  Stored::Nested,   &[]),
    row("array",     "ARRAY",    "array",   None,              None,  Stored::Nested,   &[]),
    row("map",       "MAP",      "object",  None,              None,  Stored::Nested,   &[]),
];

const fn row(
    name: &'static str,
    label: &'static str,
    json: &'static str,
    format: Option<&'static str>,
    range: Option<(i64, i64)>,
    stored: Stored,
    accepts: &'static [Given],
) -> XdmType {
    XdmType { name, label, json, format, range, stored, accepts }
}

/// The types that JSON Schema calls `integer`, from the smallest to the largest, with their limits.
pub(super) fn integers() -> impl Iterator<Item = (&'static XdmType, (i64, i64))> {
    TYPES.iter().filter_map(|row| Some((row, row.range?)))
}

/// The type of a text in this format, if that is one of its own.
pub(super) fn by_format(format: &str) -> Option<&'static XdmType> {
    TYPES.iter().find(|row| row.format == Some(format))
}

/// The row of a name.
pub fn named(name: &str) -> Option<&'static XdmType> {
    TYPES.iter().find(|row| row.name == name)
}

impl FieldType {
    /// The row of the type.
    pub const fn row(&self) -> &'static XdmType {
        const ROWS: &[XdmType; 12] = &TYPES;
        match self {
            Self::String => &ROWS[0],
            Self::Boolean => &ROWS[1],
            Self::Byte => &ROWS[2],
            Self::Short => &ROWS[3],
            Self::Int => &ROWS[4],
            Self::Long => &ROWS[5],
            Self::Number => &ROWS[6],
            Self::Date => &ROWS[7],
            Self::DateTime => &ROWS[8],
            Self::Object(_) => &ROWS[9],
            Self::Array(_) => &ROWS[10],
            Self::Map(_) => &ROWS[11],
        }
    }

    /// The type without members that has this name.
    pub(super) fn scalar(name: &str) -> Option<Self> {
        const ALL: [FieldType; 9] = [
            FieldType::String,
            FieldType::Boolean,
            FieldType::Byte,
            FieldType::Short,
            FieldType::Int,
            FieldType::Long,
            FieldType::Number,
            FieldType::Date,
            FieldType::DateTime,
        ];
        ALL.into_iter().find(|ty| ty.row().name == name)
    }

    /// The name the API uses for this type.
    pub const fn name(&self) -> &'static str {
        self.row().name
    }

    /// Whether values are numbers, whole or not.
    pub const fn is_number(&self) -> bool {
        matches!(self.row().stored, Stored::Whole32 | Stored::Whole64 | Stored::Floating)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::xdm::tree;

    #[test]
    fn every_type_has_its_row_and_its_schema_leads_back_to_it() {
        for row in &TYPES {
            let mut node = json!({"type": row.json, "meta:xdmType": row.name});
            match (row.name, row.format, row.range) {
                ("array", ..) => node["items"] = json!({"type": "string"}),
                ("object", ..) => node["properties"] = json!({"a": {"type": "string"}}),
                (_, Some(format), _) => node["format"] = json!(format),
                (_, _, Some((low, high))) => (node["minimum"], node["maximum"]) = (json!(low), json!(high)),
                _ => {}
            }
            let fields = tree::fields(&json!({ "properties": { "a": node } })).unwrap();
            assert_eq!(fields[0].ty.row().name, row.name);
            let nested = row.stored == Stored::Nested;
            assert_eq!(FieldType::scalar(row.name).is_none(), nested, "{}", row.name);
            assert_eq!(row.accepts.is_empty(), nested, "{}", row.name);
            assert!(serde_json::to_string(&fields[0].ty).unwrap().contains(row.name), "stored plans have its name");
        }
    }
}
