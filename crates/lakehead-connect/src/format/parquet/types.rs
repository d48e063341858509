//! The types that Parquet columns are read as, where the annotations of the file say more than the reader takes from them.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};
use parquet::{
    basic::{ConvertedType, LogicalType, Type as Physical},
    schema::types::{ColumnDescriptor, SchemaDescriptor},
};

use crate::format::normal;

/// What the reader is told to read columns as. Views refer to the pages instead of copying out of them; timestamps of 96
/// bits reach further than nanoseconds in 64 do; symbols of enumerations are text.
pub(super) fn hints(fields: &Fields, parquet: &SchemaDescriptor) -> Fields {
    with_leaves(fields, parquet, &|field, column| {
        let ty = match field.data_type() {
            DataType::Utf8 => DataType::Utf8View,
            DataType::Binary if is_enum(column) => DataType::Utf8View,
            DataType::Timestamp(..) if column.physical_type() == Physical::INT96 => {
                DataType::Timestamp(TimeUnit::Microsecond, None)
            }
            other => other.clone(),
        };
        field.clone().with_data_type(ty)
    })
}

/// The columns with marks for [`normal`].
pub(super) fn marked(fields: &Fields, parquet: &SchemaDescriptor) -> Fields {
    with_leaves(fields, parquet, &|field, column| match column.logical_type_ref() {
        Some(LogicalType::Uuid) => field.clone().with_metadata([(normal::UUID.to_owned(), String::new())].into()),
        _ => field.clone(),
    })
}

fn is_enum(column: &ColumnDescriptor) -> bool {
    matches!(column.logical_type_ref(), Some(LogicalType::Enum)) || column.converted_type() == ConvertedType::ENUM
}

/// The fields with other leaves. Leaves of both schemas have the same order.
fn with_leaves(
    fields: &Fields,
    parquet: &SchemaDescriptor,
    leaf: &dyn Fn(&Field, &ColumnDescriptor) -> Field,
) -> Fields {
    let mut next = 0;
    fields.iter().map(|field| visit(field, parquet, &mut next, leaf)).collect()
}

fn visit(
    field: &FieldRef,
    parquet: &SchemaDescriptor,
    next: &mut usize,
    leaf: &dyn Fn(&Field, &ColumnDescriptor) -> Field,
) -> FieldRef {
    let ty = match field.data_type() {
        DataType::Struct(members) => {
            DataType::Struct(members.iter().map(|member| visit(member, parquet, next, leaf)).collect())
        }
        DataType::List(item) => DataType::List(visit(item, parquet, next, leaf)),
        DataType::Map(entries, sorted) => DataType::Map(visit(entries, parquet, next, leaf), *sorted),
        _ => {
            let column = parquet.columns().get(*next);
            *next += 1;
            return column.map_or_else(|| Arc::clone(field), |column| Arc::new(leaf(field, column)));
        }
    };
    Arc::new(Field::clone(field).with_data_type(ty))
}
