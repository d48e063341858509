//! From a column of a batch to the Parquet columns below it, each with its levels.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, TimeUnit};
use parquet::errors::{ParquetError, Result};

/// The values of a column, and where they are.
pub(super) struct Leaf {
    /// A value or null for each row.
    pub(super) values: ArrayRef,
    pub(super) levels: Levels,
}

/// Definition levels: for each row, how many of the optional fields on the way to a value are there.
#[derive(Clone)]
pub(super) enum Levels {
    /// Every row has all of them.
    All,
    Each(Vec<u8>),
}

/// Whether this module can flatten the type: objects of plain values.
pub(super) fn flat(ty: &DataType) -> bool {
    match ty {
        DataType::Struct(fields) => fields.iter().all(|field| flat(field.data_type())),
        DataType::Utf8
        | DataType::Utf8View
        | DataType::Boolean
        | DataType::Int32
        | DataType::Int64
        | DataType::Float64
        | DataType::Date32
        | DataType::Timestamp(TimeUnit::Microsecond, _) => true,
        _ => false,
    }
}

/// How many Parquet columns the type has.
pub(super) fn count(ty: &DataType) -> usize {
    match ty {
        DataType::Struct(fields) => fields.iter().map(|field| count(field.data_type())).sum(),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => count(item.data_type()),
        DataType::Map(entries, _) => count(entries.data_type()),
        _ => 1,
    }
}

/// The columns below `array`, which is [`flat`], in the order of the schema.
pub(super) fn of(array: &ArrayRef, field: &Field) -> Result<Vec<Leaf>> {
    let mut leaves = Vec::new();
    collect(array, field, &Levels::All, 0, &mut leaves)?;
    Ok(leaves)
}

fn collect(array: &ArrayRef, field: &Field, above: &Levels, depth: u8, leaves: &mut Vec<Leaf>) -> Result<()> {
    // Only then it has a level of its own that says whether there is a value.
    let optional = field.is_nullable();
    let levels = if optional { deeper(array.as_ref(), above, depth) } else { above.clone() };
    let depth = depth + u8::from(optional);
    if let DataType::Struct(fields) = field.data_type() {
        for (member, field) in array.as_struct().columns().iter().zip(fields) {
            collect(member, field, &levels, depth, leaves)?;
        }
        return Ok(());
    }
    let values = match (array.data_type(), field.data_type()) {
        (DataType::Utf8, DataType::Utf8 | DataType::Utf8View) => cast(array, &DataType::Utf8View)?,
        (DataType::Utf8View, DataType::Utf8) => ArrayRef::clone(array),
        (given, expected) if given == expected => ArrayRef::clone(array),
        (given, expected) => {
            let text = format!("the column `{}` is {given} where the file has {expected}", field.name());
            return Err(ParquetError::General(text));
        }
    };
    leaves.push(Leaf { values, levels });
    Ok(())
}

/// The levels one optional field further down, `depth` being how many are above it.
fn deeper(array: &dyn Array, above: &Levels, depth: u8) -> Levels {
    let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
    match (above, nulls) {
        (Levels::All, None) => Levels::All,
        (Levels::All, Some(nulls)) => Levels::Each(nulls.iter().map(|valid| depth + u8::from(valid)).collect()),
        (Levels::Each(levels), nulls) => {
            let is_there = |index| nulls.is_none_or(|nulls| nulls.is_valid(index));
            let one = |(index, level): (usize, &u8)| level + u8::from(*level == depth && is_there(index));
            Levels::Each(levels.iter().enumerate().map(one).collect())
        }
    }
}
