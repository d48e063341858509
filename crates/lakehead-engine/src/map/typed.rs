//! Typed columns, as Parquet has them, to the types of the table.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Decimal128Array, NullBufferBuilder, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType,
};
use lakehead_model::xdm::FieldType;
use lakehead_model::xdm::types::{Given, Stored};

use super::MapError;
use super::apply::{Findings, Names, incompatible};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Converts a column that is neither text nor nested.
pub(super) fn convert(
    array: &ArrayRef,
    ty: &FieldType,
    target: &DataType,
    names: Names<'_>,
    findings: &mut Findings<'_>,
) -> Result<ArrayRef, MapError> {
    let actual = array.data_type();
    let Some(given) = given(actual).filter(|given| ty.row().accepts.contains(given)) else {
        return Err(incompatible(actual, ty, names));
    };
    let (converted, failed): (ArrayRef, Vec<u32>) = match (ty.row().stored, given) {
        (Stored::Flag, _) => return Ok(Arc::clone(array)),
        (Stored::Text, _) | (Stored::Day, Given::Day) => return Ok(cast(array, target)?),
        (Stored::Whole32, _) if *ty == FieldType::Int && *actual == DataType::Int32 => return Ok(Arc::clone(array)),
        (Stored::Whole64, _) if *actual == DataType::Int64 => return Ok(Arc::clone(array)),
        (Stored::Whole32, _) => {
            let (least, most) = ty.row().range.unwrap_or_default();
            let fits = |value: i64| (least..=most).contains(&value);
            whole::<Int32Type>(array, |value| i32::try_from(value).ok().filter(|_| fits(value)))?
        }
        (Stored::Whole64, _) => whole::<Int64Type>(array, Some)?,
        (Stored::Floating, _) => {
            let numbers = floats(array)?;
            let failed = lost(array, &numbers);
            (numbers, failed)
        }
        (Stored::Day, _) => {
            let (days, failed) = whole::<Int32Type>(array, |ms| i32::try_from(ms.div_euclid(DAY_MS)).ok())?;
            (cast(&days, target)?, failed)
        }
        (Stored::Instant, given) => instants(array, given)?,
        (Stored::Nested, _) => return Err(incompatible(actual, ty, names)),
    };
    findings.failed(names, ty, &name(actual), failed);
    Ok(converted)
}

/// Numbers as floating point: of those that it cannot hold, the nearest.
fn floats(array: &ArrayRef) -> Result<ArrayRef, MapError> {
    /// So many digits are held exactly; a quotient of more would be rounded twice.
    const EXACT_DIGITS: u8 = 15;
    let digits = match array.data_type() {
        DataType::Decimal64(digits, _) | DataType::Decimal128(digits, _) | DataType::Decimal256(digits, _) => *digits,
        _ => 0,
    };
    if digits <= EXACT_DIGITS {
        return Ok(cast(array, &DataType::Float64)?);
    }
    let texts = cast(array, &DataType::Utf8View)?;
    let numbers = texts.as_string_view().iter().map(|text| text.and_then(|text| text.parse::<f64>().ok()));
    Ok(Arc::new(numbers.collect::<PrimitiveArray<Float64Type>>()))
}

/// Instants, or milliseconds since 1970, as instants with microseconds.
fn instants(array: &ArrayRef, given: Given) -> Result<(ArrayRef, Vec<u32>), MapError> {
    let times: ArrayRef = if given == Given::Instant {
        Arc::clone(array)
    } else {
        let millis = cast(array, &DataType::Int64)?;
        Arc::new(millis.as_primitive::<Int64Type>().reinterpret_cast::<TimestampMillisecondType>())
    };
    let micros = if let DataType::Timestamp(TimeUnit::Nanosecond, _) = times.data_type() {
        // Tables know microseconds; what is finer is cut off, before 1970 too.
        let nanos = times.as_primitive::<TimestampNanosecondType>();
        let micros: PrimitiveArray<TimestampMicrosecondType> = nanos.unary(|nanos| nanos.div_euclid(1000));
        Arc::new(micros)
    } else {
        cast(&times, &DataType::Timestamp(TimeUnit::Microsecond, None))?
    };
    let micros = micros.as_primitive::<TimestampMicrosecondType>().clone().with_timezone("+00:00");
    let failed = lost(array, &micros);
    Ok((Arc::new(micros), failed))
}

/// The kind of a column, as the table of types names it. Text is parsed elsewhere.
fn given(ty: &DataType) -> Option<Given> {
    Some(match ty {
        DataType::Boolean => Given::Flag,
        DataType::Date32 | DataType::Date64 => Given::Day,
        DataType::Timestamp(..) => Given::Instant,
        DataType::Int64 | DataType::UInt64 | DataType::UInt32 => Given::Long,
        ty if ty.is_integer() => Given::Whole,
        ty if ty.is_numeric() => Given::Floating,
        _ => return None,
    })
}

/// Whole numbers within a range; fractions are not cut off but count as not convertible.
fn whole<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    fit: impl Fn(i64) -> Option<T::Native>,
) -> Result<(ArrayRef, Vec<u32>), MapError> {
    let mut failed = Vec::new();
    let mut values = Vec::with_capacity(array.len());
    let mut nulls = NullBufferBuilder::new(array.len());
    let mut push = |row: usize, null: bool, value: Option<T::Native>| {
        if value.is_none() && !null {
            failed.push(row as u32);
        }
        nulls.append(value.is_some());
        values.push(value.unwrap_or_default());
    };
    if let Some(decimals) = decimals(array)? {
        // Never by way of a float: identifiers of more than 15 digits would become others.
        let unit = 10_i128.checked_pow(decimals.scale().max(0).unsigned_abs().into());
        for row in 0..decimals.len() {
            let exact = || i64::try_from(unit.map_or(0, |unit| decimals.value(row) / unit)).ok();
            let is_whole = || unit.map_or(decimals.value(row) == 0, |unit| decimals.value(row) % unit == 0);
            let value = (decimals.is_valid(row) && is_whole()).then(exact).flatten().and_then(&fit);
            push(row, array.is_null(row), value);
        }
    } else if array.data_type().is_integer() {
        let integers = cast(array, &DataType::Int64)?;
        let integers = integers.as_primitive::<Int64Type>();
        for row in 0..integers.len() {
            let value = integers.is_valid(row).then(|| integers.value(row)).and_then(&fit);
            push(row, array.is_null(row), value);
        }
    } else {
        let floats = cast(array, &DataType::Float64)?;
        let floats = floats.as_primitive::<Float64Type>();
        for row in 0..floats.len() {
            let value = floats.is_valid(row).then(|| floats.value(row)).and_then(exact).and_then(&fit);
            push(row, array.is_null(row), value);
        }
    }
    Ok((Arc::new(PrimitiveArray::<T>::new(values.into(), nulls.finish())), failed))
}

/// Decimals of whatever width as those of 128 bits; what does not fit is null. A negative scale is written out.
fn decimals(array: &ArrayRef) -> Result<Option<Decimal128Array>, MapError> {
    let scale = match array.data_type() {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => (*scale).max(0),
        _ => return Ok(None),
    };
    let wide = cast(array, &DataType::Decimal128(38, scale))?;
    Ok(Some(wide.as_primitive::<Decimal128Type>().clone()))
}

fn exact(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < 9.2e18).then_some(value as i64)
}

/// Rows that had a value before and have none after.
fn lost(before: &dyn Array, after: &dyn Array) -> Vec<u32> {
    if before.null_count() == after.null_count() {
        return Vec::new();
    }
    (0..before.len()).filter(|row| before.is_valid(*row) && after.is_null(*row)).map(|row| row as u32).collect()
}

/// The name of a source type in diagnostics.
pub(super) fn name(ty: &DataType) -> String {
    match ty {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "STRING",
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 => "BYTE",
        DataType::Int16 | DataType::UInt8 => "SHORT",
        DataType::Int32 | DataType::UInt16 => "INTEGER",
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "LONG",
        DataType::Date32 | DataType::Date64 => "DATE",
        DataType::Timestamp(..) => "DATETIME",
        DataType::Struct(_) => "OBJECT",
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => "ARRAY",
        DataType::Map(..) => "MAP",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => "BINARY",
        DataType::Interval(_) => "INTERVAL",
        other if other.is_numeric() => "DOUBLE",
        other => return other.to_string().to_uppercase(),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use arrow::array::Decimal256Array;
    use arrow::datatypes::i256;

    use super::*;

    #[test]
    fn decimals_become_whole_numbers_digit_by_digit() {
        const LARGE: i128 = 9_007_199_254_740_993;
        let rows = [Some(LARGE), None, Some(i128::MAX / 2), Some(-7)];
        let plain: ArrayRef = Arc::new(Decimal128Array::from(rows.to_vec()).with_precision_and_scale(38, 0).unwrap());
        let (values, failed) = whole::<Int64Type>(&plain, Some).unwrap();
        let values = values.as_primitive::<Int64Type>();
        assert_eq!(values.iter().collect::<Vec<_>>(), [Some(LARGE as i64), None, None, Some(-7)]);
        assert_eq!(failed, [2]);

        let scaled: ArrayRef =
            Arc::new(Decimal128Array::from(vec![200, 150, -300]).with_precision_and_scale(10, 2).unwrap());
        let (values, failed) = whole::<Int64Type>(&scaled, Some).unwrap();
        let values = values.as_primitive::<Int64Type>();
        assert_eq!((values.iter().collect::<Vec<_>>(), failed), (vec![Some(2), None, Some(-3)], vec![1]));

        let wide = vec![i256::from_i128(LARGE), i256::MAX / i256::from_i128(10)];
        let wide: ArrayRef = Arc::new(Decimal256Array::from(wide).with_precision_and_scale(76, 0).unwrap());
        let (values, failed) = whole::<Int64Type>(&wide, Some).unwrap();
        assert_eq!(values.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(LARGE as i64), None]);
        assert_eq!(failed, [1]);
    }
}
