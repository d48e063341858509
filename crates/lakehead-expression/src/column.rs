//! A column of the language: one value per row, or one value for all rows.
//!
//! Whatever a source has is brought to few types first: [`normal`]. Text is `Utf8View`, whole numbers `Int64`, others
//! `Float64`, instants [`crate::zoned`], days `Date32`, arrays `List`, objects `Struct`, maps `Map` with text keys.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, MapArray, StructArray, UInt32Array, new_null_array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};

use crate::function::Fault;
use crate::zoned;

/// Values of an expression.
#[derive(Clone, Debug)]
pub struct Column {
    array: ArrayRef,
    constant: bool,
}

/// What a value is, for checks and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing but null.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A day or an instant.
    Date,
    /// An array.
    Array,
    /// An object or a map.
    Object,
    /// Known only when the data is.
    Any,
}

impl Kind {
    /// The name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Text => "text",
            Self::Date => "date",
            Self::Array => "array",
            Self::Object => "object",
            Self::Any => "any",
        }
    }

    /// What an array of this normal type holds.
    pub fn of(ty: &DataType) -> Self {
        match ty {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean,
            DataType::Int64 => Self::Integer,
            DataType::Float64 => Self::Number,
            DataType::Utf8View => Self::Text,
            DataType::Date32 => Self::Date,
            ty if zoned::is_zoned(ty) => Self::Date,
            DataType::List(_) => Self::Array,
            DataType::Struct(_) | DataType::Map(..) => Self::Object,
            _ => Self::Any,
        }
    }
}

impl Column {
    /// One value per row. `array` has a [`normal`] type.
    pub fn rows(array: ArrayRef) -> Self {
        Self { array, constant: false }
    }

    /// The same value in every row. `array` has one value of a [`normal`] type.
    pub fn constant(array: ArrayRef) -> Self {
        debug_assert_eq!(array.len(), 1);
        Self { array, constant: true }
    }

    /// Null in every row.
    pub fn null() -> Self {
        Self::constant(new_null_array(&DataType::Null, 1))
    }

    /// The values: one, where the column is constant.
    pub fn array(&self) -> &ArrayRef {
        &self.array
    }

    /// Whether there is one value for all rows.
    pub fn is_constant(&self) -> bool {
        self.constant
    }

    /// Where the value of `row` is in [`Column::array`].
    pub fn at(&self, row: usize) -> usize {
        if self.constant { 0 } else { row }
    }

    /// What the values are.
    pub fn kind(&self) -> Kind {
        Kind::of(self.array.data_type())
    }

    /// Whether the value of `row` is null.
    pub fn is_null(&self, row: usize) -> bool {
        self.array.data_type() == &DataType::Null || self.array.is_null(self.at(row))
    }

    /// One value for each of `rows` rows.
    pub fn expanded(&self, rows: usize) -> ArrayRef {
        if !self.constant {
            return Arc::clone(&self.array);
        }
        if self.array.is_null(0) || self.array.data_type() == &DataType::Null {
            return new_null_array(self.array.data_type(), rows);
        }
        let zeros = UInt32Array::from(vec![0_u32; rows]);
        take(&self.array, &zeros, None).unwrap_or_else(|_| new_null_array(self.array.data_type(), rows))
    }

    /// The same values in another array of the same length.
    #[must_use]
    pub fn with(&self, array: ArrayRef) -> Self {
        Self { array, constant: self.constant }
    }
}

/// Brings an array to the types of the language.
///
/// # Errors
/// The type has no counterpart, such as bytes that are not text.
pub fn normal(array: &ArrayRef) -> Result<ArrayRef, Fault> {
    let ty = array.data_type();
    Ok(match ty {
        DataType::Null
        | DataType::Boolean
        | DataType::Int64
        | DataType::Float64
        | DataType::Utf8View
        | DataType::Date32 => Arc::clone(array),
        DataType::Utf8 | DataType::LargeUtf8 => cast(array, &DataType::Utf8View)?,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            let text = cast(array, &DataType::Utf8View)?;
            if text.null_count() != array.null_count() {
                return Err(Fault::new("bytes that are not UTF-8 text cannot be used in an expression"));
            }
            text
        }
        DataType::Dictionary(_, values) => normal(&cast(array, values)?)?,
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) if *scale <= 0 => {
            cast(array, &DataType::Int64)?
        }
        DataType::UInt64 => {
            let whole = cast(array, &DataType::Int64)?;
            if whole.null_count() == array.null_count() { whole } else { cast(array, &DataType::Float64)? }
        }
        ty if ty.is_integer() => cast(array, &DataType::Int64)?,
        ty if ty.is_numeric() => cast(array, &DataType::Float64)?,
        DataType::Date64 => cast(array, &DataType::Date32)?,
        DataType::Timestamp(..) => {
            zoned::from_timestamps(&cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?)
        }
        ty if zoned::is_zoned(ty) => Arc::clone(array),
        DataType::Struct(_) => structure(array.as_struct())?,
        DataType::List(_) => list(array)?,
        DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            list(&cast(array, &DataType::List(Arc::clone(item)))?)?
        }
        DataType::Map(..) => map(array.as_map())?,
        other => return Err(Fault::new(format!("values of type {other} cannot be used in an expression"))),
    })
}

fn structure(array: &StructArray) -> Result<ArrayRef, Fault> {
    let members = array.columns().iter().map(normal).collect::<Result<Vec<_>, _>>()?;
    let field = |(name, member): (&str, &ArrayRef)| Field::new(name, member.data_type().clone(), true);
    let fields = array.column_names().into_iter().zip(&members).map(field).collect();
    Ok(Arc::new(StructArray::try_new_with_length(fields, members, array.nulls().cloned(), array.len())?))
}

fn list(array: &ArrayRef) -> Result<ArrayRef, Fault> {
    let array = array.as_list::<i32>();
    let values = normal(array.values())?;
    Ok(Arc::new(list_of(array.offsets().clone(), values, array.nulls().cloned())?))
}

/// A list array of normal values; what items of all lists are called is the same.
pub fn list_of(
    offsets: arrow::buffer::OffsetBuffer<i32>,
    values: ArrayRef,
    nulls: Option<arrow::buffer::NullBuffer>,
) -> Result<arrow::array::ListArray, Fault> {
    Ok(arrow::array::ListArray::try_new(item_field(values.data_type()), offsets, values, nulls)?)
}

/// The field of the items of a list.
pub fn item_field(ty: &DataType) -> FieldRef {
    Arc::new(Field::new("item", ty.clone(), true))
}

fn map(array: &MapArray) -> Result<ArrayRef, Fault> {
    let (keys, values) = (cast(array.keys(), &DataType::Utf8View)?, normal(array.values())?);
    Ok(Arc::new(map_of(array.offsets().clone(), keys, values, array.nulls().cloned())?))
}

/// A map array of text keys and normal values.
pub fn map_of(
    offsets: arrow::buffer::OffsetBuffer<i32>,
    keys: ArrayRef,
    values: ArrayRef,
    nulls: Option<arrow::buffer::NullBuffer>,
) -> Result<MapArray, Fault> {
    let DataType::Map(entries, _) = map_type(values.data_type()) else { return Err(Fault::new("this is no map")) };
    let DataType::Struct(fields) = entries.data_type().clone() else { return Err(Fault::new("this is no map")) };
    let structure = StructArray::try_new(fields, vec![keys, values], None)?;
    Ok(MapArray::try_new(entries, offsets, structure, nulls, false)?)
}

/// The type of maps with values of this type.
pub fn map_type(value: &DataType) -> DataType {
    let fields = vec![Field::new("key", DataType::Utf8View, false), Field::new("value", value.clone(), true)];
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields.into()), false)), false)
}
