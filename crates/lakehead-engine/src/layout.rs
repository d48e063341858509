//! The table layout of a schema: XDM fields as nested Iceberg columns, and those as Arrow columns.
//!
//! Every column is optional: what a schema requires is checked row by row before anything is written, and a
//! field that becomes required later must not make old rows unreadable.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field as ArrowField, FieldRef, Fields, Schema as ArrowSchema};
use iceberg::arrow::schema_to_arrow_schema;
use iceberg::spec::{ListType, MapType, NestedField, NestedFieldRef, PrimitiveType, Schema, StructType, Type};
use lakehead_model::xdm::types::Stored;
use lakehead_model::xdm::{Field, FieldType};

/// Root column that says where a row comes from.
pub const SYSTEM_COLUMN: &str = "_acp_system_metadata";
/// Members of [`SYSTEM_COLUMN`], in order: batch id, time of ingestion, key of the source object, and the
/// 1-based number of the row within it.
pub const SYSTEM_MEMBERS: [&str; 4] = ["batchId", "ingestTime", "sourceObject", "sourceRow"];

/// The Iceberg schema of a dataset: its fields in order, then [`SYSTEM_COLUMN`].
///
/// Field ids count up in the order of the fields, parents before children: the same fields always give the
/// same schema. Objects without members have no column.
///
/// # Errors
/// Two fields of the same name.
pub fn iceberg_schema(fields: &[Field]) -> iceberg::Result<Schema> {
    let mut next_id = 0;
    let mut columns = struct_fields(fields, &mut next_id);
    let system_id = take(&mut next_id);
    let types = [PrimitiveType::String, PrimitiveType::Timestamptz, PrimitiveType::String, PrimitiveType::Long];
    let members = SYSTEM_MEMBERS
        .iter()
        .zip(types)
        .map(|(name, ty)| Arc::new(NestedField::optional(take(&mut next_id), name, Type::Primitive(ty))));
    let system = Type::Struct(StructType::new(members.collect()));
    columns.push(Arc::new(NestedField::optional(system_id, SYSTEM_COLUMN, system)));
    Schema::builder().with_fields(columns).build()
}

/// `schema` with a column for each field that it has none for, behind those that there are; `None` where it has them
/// all. Columns keep their ids, and new ones get ids after `last_id`.
///
/// # Errors
/// Two fields of the same name.
pub fn grown(schema: &Schema, fields: &[Field], last_id: i32) -> iceberg::Result<Option<Schema>> {
    let mut next_id = last_id;
    let columns = grown_fields(schema.as_struct().fields(), fields, &mut next_id);
    if next_id == last_id {
        return Ok(None);
    }
    Schema::builder().with_fields(columns).build().map(Some)
}

fn grown_fields(columns: &[NestedFieldRef], fields: &[Field], next_id: &mut i32) -> Vec<NestedFieldRef> {
    let of = |column: &NestedFieldRef| fields.iter().find(|field| field.name == column.name);
    let mut grown: Vec<NestedFieldRef> = columns
        .iter()
        .map(|column| match of(column) {
            Some(field) => with_type(column, grown_type(&column.field_type, &field.ty, next_id)),
            None => Arc::clone(column),
        })
        .collect();
    let new: Vec<Field> =
        fields.iter().filter(|field| !columns.iter().any(|c| c.name == field.name)).cloned().collect();
    grown.extend(struct_fields(&new, next_id));
    grown
}

fn grown_type(column: &Type, ty: &FieldType, next_id: &mut i32) -> Type {
    match (column, ty) {
        (Type::Struct(columns), FieldType::Object(fields)) => {
            Type::Struct(StructType::new(grown_fields(columns.fields(), fields, next_id)))
        }
        (Type::List(list), FieldType::Array(item)) => {
            let element = &list.element_field;
            Type::List(ListType::new(with_type(element, grown_type(&element.field_type, item, next_id))))
        }
        (Type::Map(map), FieldType::Map(value)) => {
            let grown = grown_type(&map.value_field.field_type, value, next_id);
            Type::Map(MapType::new(Arc::clone(&map.key_field), with_type(&map.value_field, grown)))
        }
        (column, _) => column.clone(),
    }
}

fn with_type(field: &NestedFieldRef, ty: Type) -> NestedFieldRef {
    Arc::new(NestedField { field_type: Box::new(ty), ..NestedField::clone(field) })
}

/// The Arrow schema data files are written with: field ids as metadata, text as views.
///
/// # Errors
/// A type that Arrow does not have.
pub fn arrow_schema(schema: &Schema) -> iceberg::Result<ArrowSchema> {
    let schema = schema_to_arrow_schema(schema)?;
    Ok(ArrowSchema::new(schema.fields().iter().map(with_views).collect::<Fields>()))
}

fn take(next_id: &mut i32) -> i32 {
    *next_id += 1;
    *next_id
}

fn struct_fields(fields: &[Field], next_id: &mut i32) -> Vec<NestedFieldRef> {
    let mut columns = Vec::with_capacity(fields.len());
    for field in fields.iter().filter(|field| has_column(&field.ty)) {
        let id = take(next_id);
        columns.push(Arc::new(NestedField::optional(id, &field.name, iceberg_type(&field.ty, next_id))));
    }
    columns
}

/// Parquet has no groups without members.
fn has_column(ty: &FieldType) -> bool {
    match ty {
        FieldType::Object(fields) => fields.iter().any(|field| has_column(&field.ty)),
        FieldType::Array(item) | FieldType::Map(item) => has_column(item),
        _ => true,
    }
}

fn iceberg_type(ty: &FieldType, next_id: &mut i32) -> Type {
    let primitive = match ty {
        FieldType::Object(fields) => return Type::Struct(StructType::new(struct_fields(fields, next_id))),
        FieldType::Array(item) => {
            let id = take(next_id);
            return Type::List(ListType::new(Arc::new(NestedField::list_element(
                id,
                iceberg_type(item, next_id),
                false,
            ))));
        }
        FieldType::Map(value) => {
            let key = NestedField::map_key_element(take(next_id), Type::Primitive(PrimitiveType::String));
            let id = take(next_id);
            let value = NestedField::map_value_element(id, iceberg_type(value, next_id), false);
            return Type::Map(MapType::new(Arc::new(key), Arc::new(value)));
        }
        scalar => match scalar.row().stored {
            Stored::Text | Stored::Nested => PrimitiveType::String,
            Stored::Flag => PrimitiveType::Boolean,
            Stored::Whole32 => PrimitiveType::Int,
            Stored::Whole64 => PrimitiveType::Long,
            Stored::Floating => PrimitiveType::Double,
            Stored::Day => PrimitiveType::Date,
            Stored::Instant => PrimitiveType::Timestamptz,
        },
    };
    Type::Primitive(primitive)
}

fn with_views(field: &FieldRef) -> FieldRef {
    let ty = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(with_views).collect()),
        DataType::List(item) => DataType::List(with_views(item)),
        DataType::Map(entries, sorted) => DataType::Map(with_views(entries), *sorted),
        other => other.clone(),
    };
    Arc::new(ArrowField::clone(field).with_data_type(ty))
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::TimeUnit;

    use super::*;

    fn field(name: &str, ty: FieldType) -> Field {
        Field::new(name, ty, true)
    }

    #[test]
    fn fields_become_columns_with_the_same_ids_every_time() {
        let fields = [
            field("_id", FieldType::String),
            field("empty", FieldType::Object(vec![])),
            field("person", FieldType::Object(vec![field("born", FieldType::Date), field("age", FieldType::Byte)])),
            field("tags", FieldType::Array(Box::new(FieldType::Object(vec![field("at", FieldType::DateTime)])))),
            field("extra", FieldType::Map(Box::new(FieldType::Long))),
        ];
        let schema = iceberg_schema(&fields).unwrap();
        assert_eq!(schema, iceberg_schema(&fields).unwrap());
        let names: Vec<_> = schema.as_struct().fields().iter().map(|f| (f.id, f.name.as_str(), f.required)).collect();
        let expected = [(1, "_id"), (2, "person"), (5, "tags"), (8, "extra"), (11, SYSTEM_COLUMN)];
        assert_eq!(names, expected.map(|(id, name)| (id, name, false)));
        assert_eq!(schema.field_by_name("tags.element.at").unwrap().id, 7);

        assert_eq!(grown(&schema, &fields, 16).unwrap(), None);

        let arrow = arrow_schema(&schema).unwrap();
        assert_eq!(arrow.field(0).data_type(), &DataType::Utf8View);
        assert_eq!(arrow.field(0).metadata()["PARQUET:field_id"], "1");
        let DataType::Struct(person) = arrow.field(1).data_type() else { panic!("person is a struct") };
        assert_eq!(person[0].data_type(), &DataType::Date32);
        assert_eq!(person[1].data_type(), &DataType::Int32);
        let DataType::Struct(system) = arrow.field(4).data_type() else { panic!("system metadata is a struct") };
        assert_eq!(system[1].data_type(), &DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())));
    }

    #[test]
    fn a_grown_schema_keeps_the_ids_of_its_columns() {
        let object =
            |members: &[&str]| FieldType::Object(members.iter().map(|name| field(name, FieldType::String)).collect());
        let was = [
            field("a", object(&["x"])),
            field("l", FieldType::Array(Box::new(object(&["x"])))),
            field("m", FieldType::Map(Box::new(object(&["x"])))),
            field("empty", object(&[])),
        ];
        let now = [
            field("first", FieldType::Long),
            field("a", object(&["y", "x"])),
            field("l", FieldType::Array(Box::new(object(&["x", "y"])))),
            field("m", FieldType::Map(Box::new(object(&["x", "y"])))),
            field("empty", object(&["x"])),
        ];
        let before = iceberg_schema(&was).unwrap();
        let last = before.highest_field_id();
        let after = grown(&before, &now, last).unwrap().unwrap();
        let id = |schema: &Schema, name: &str| schema.field_by_name(name).map(|field| field.id);
        for name in ["a", "a.x", "l", "l.element.x", "m.key", "m.value.x", SYSTEM_COLUMN] {
            assert_eq!(id(&after, name), id(&before, name), "{name}");
        }
        let mut new: Vec<_> = ["a.y", "l.element.y", "m.value.y", "first", "empty", "empty.x"]
            .iter()
            .map(|name| id(&after, name).unwrap_or_else(|| panic!("{name} has no column")))
            .collect();
        new.sort_unstable();
        assert_eq!(new, (last + 1..=last + 6).collect::<Vec<_>>());
        assert_eq!(grown(&after, &now, after.highest_field_id()).unwrap(), None);
        assert_eq!(grown(&after, &was, after.highest_field_id()).unwrap(), None, "an older reader takes nothing away");
    }
}
