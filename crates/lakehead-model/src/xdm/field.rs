//! A resolved schema as a typed tree: what the data plane and the table layout are made from.

use serde::{Deserialize, Serialize};

/// One field of a resolved XDM schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Name in compatibility form, such as `firstName` or `_id`.
    pub name: String,
    /// Type of the values.
    pub ty: FieldType,
    /// A row whose value is missing or null here is rejected (if the enclosing object is present).
    #[serde(default)]
    pub required: bool,
}

/// The type of a [`Field`], named as `meta:xdmType` names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldType {
    /// UTF-8 text.
    String,
    /// `true` or `false`.
    Boolean,
    /// Signed 8-bit integer, stored as 32 bits.
    Byte,
    /// Signed 16-bit integer, stored as 32 bits.
    Short,
    /// Signed 32-bit integer.
    Int,
    /// Signed 64-bit integer.
    Long,
    /// 64-bit floating point.
    Number,
    /// Calendar day.
    Date,
    /// Instant, UTC. Stored with microseconds, written by clients with milliseconds.
    DateTime,
    /// Nested object with fixed members.
    Object(Vec<Field>),
    /// List of values of one type.
    Array(Box<FieldType>),
    /// Text keys to values of one type.
    Map(Box<FieldType>),
}

impl FieldType {
    /// The name the API uses for this type.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Byte => "byte",
            Self::Short => "short",
            Self::Int => "int",
            Self::Long => "long",
            Self::Number => "number",
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Object(_) => "object",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
        }
    }
}
