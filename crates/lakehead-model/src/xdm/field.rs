//! A resolved schema as a typed tree: what the data plane and the table layout are made from.

use serde::{Deserialize, Serialize};

use super::constraints::Constraints;

/// One field of a resolved XDM schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Name in compatibility form, such as `firstName` or `_id`.
    pub name: String,
    /// Type of the values.
    pub ty: FieldType,
    /// A row whose value is missing or null here is rejected (if the enclosing object is present).
    #[serde(default)]
    pub required: bool,
    /// What is demanded of the values beyond their type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Box<Constraints>>,
}

impl Field {
    /// A field of which nothing is demanded but its type.
    pub fn new(name: &str, ty: FieldType, required: bool) -> Self {
        Self { name: name.to_owned(), ty, required, constraints: None }
    }
}

/// Takes out what is demanded of values; defaults stay, and so does what is required.
pub fn relax(fields: &mut [Field]) {
    for field in fields {
        let default = field.constraints.take().and_then(|constraints| constraints.default);
        field.constraints =
            default.map(|default| Box::new(Constraints { default: Some(default), ..Default::default() }));
        relax_inside(&mut field.ty);
    }
}

fn relax_inside(ty: &mut FieldType) {
    match ty {
        FieldType::Object(fields) => relax(fields),
        FieldType::Array(item) | FieldType::Map(item) => relax_inside(item),
        _ => {}
    }
}

/// The type of a [`Field`], named as `meta:xdmType` names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
