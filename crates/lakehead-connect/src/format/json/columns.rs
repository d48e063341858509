//! Which columns records are decoded to.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

use super::{Records, seen::Seen};
use crate::format::{Projection, Shape, Wanted};

/// What is decoded of records.
#[derive(Clone)]
pub(super) enum Columns {
    /// Columns of known types.
    Known(SchemaRef),
    /// Columns whose types follow from what is in them.
    Any(Arc<Shape>),
}

impl Columns {
    /// What `projection` wants.
    pub(super) fn of(projection: &Projection) -> Self {
        let wanted = Shape::Object(projection.roots.clone());
        if wanted.has_any() {
            return Self::Any(Arc::new(wanted));
        }
        Self::Known(schema(fields_of(&projection.roots)))
    }

    /// How many columns there are at least, those inside others included.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Known(schema) => schema.flattened_fields().len(),
            Self::Any(_) => 1,
        }
    }

    /// The schema for these records.
    pub(super) fn schema(&self, records: &Records) -> SchemaRef {
        match self {
            Self::Known(schema) => Arc::clone(schema),
            Self::Any(wanted) => {
                let mut seen = Seen::default();
                for record in &records.found {
                    // What cannot be read is found again when it is decoded.
                    let _ = seen.note(&records.text[record.clone()], wanted);
                }
                match seen.type_of(wanted) {
                    DataType::Struct(fields) => schema(fields),
                    _ => schema(Fields::empty()),
                }
            }
        }
    }
}

fn schema(mut fields: Fields) -> SchemaRef {
    if fields.is_empty() {
        // Rows are counted by a column; this one is in no file.
        fields = Fields::from(vec![Field::new("_", DataType::Utf8View, true)]);
    }
    Arc::new(Schema::new(fields))
}

pub(super) fn fields_of(wanted: &[Wanted]) -> Fields {
    wanted.iter().map(|wanted| Field::new(&wanted.name, type_of(&wanted.shape), true)).collect()
}

/// The type a shape is decoded to: every scalar as text, so that conversions are counted where they fail.
pub(super) fn type_of(shape: &Shape) -> DataType {
    match shape {
        Shape::Scalar | Shape::Any => DataType::Utf8View,
        Shape::Object(members) => DataType::Struct(fields_of(members)),
        Shape::List(item) => DataType::List(Arc::new(Field::new("element", type_of(item), true))),
        Shape::Map(value) => {
            let entries =
                Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", type_of(value), true)]);
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
        }
    }
}
