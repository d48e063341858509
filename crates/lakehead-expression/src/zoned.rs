//! Instants that remember the offset they were written with: a struct of microseconds since the epoch and seconds
//! east of UTC. Calendar fields and formats follow the offset, comparisons and tables the instant.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Int32Array, Int64Array, NullBufferBuilder, StructArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Int64Type, TimestampMicrosecondType};
use chrono::{DateTime, FixedOffset, TimeZone as _};

static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    Fields::from(vec![
        Field::new("\u{1}micros", DataType::Int64, true),
        Field::new("\u{1}offset", DataType::Int32, true),
    ])
});
static TYPE: LazyLock<DataType> = LazyLock::new(|| DataType::Struct(FIELDS.clone()));

/// One instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zoned {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub micros: i64,
    /// Seconds east of UTC.
    pub offset: i32,
}

impl Zoned {
    /// An instant in UTC.
    pub const fn utc(micros: i64) -> Self {
        Self { micros, offset: 0 }
    }

    /// With calendar fields; `None` far outside of calendars.
    pub fn to_chrono(self) -> Option<DateTime<FixedOffset>> {
        let offset = FixedOffset::east_opt(self.offset)?;
        Some(offset.from_utc_datetime(&DateTime::from_timestamp_micros(self.micros)?.naive_utc()))
    }

    /// From calendar fields.
    pub fn from_chrono(time: &DateTime<FixedOffset>) -> Self {
        Self { micros: time.timestamp_micros(), offset: time.offset().local_minus_utc() }
    }

    /// `2019-10-17T11:55:12Z`, with a fraction only where there is one.
    pub fn to_text(self) -> Option<String> {
        let time = self.to_chrono()?;
        Some(time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }
}

/// The type of columns of instants.
pub fn zoned_type() -> DataType {
    TYPE.clone()
}

/// Whether a column of this type holds instants.
pub fn is_zoned(ty: &DataType) -> bool {
    *ty == *TYPE
}

/// Instants in UTC from a column of timestamps in microseconds.
pub(crate) fn from_timestamps(array: &ArrayRef) -> ArrayRef {
    let micros: Int64Array = array.as_primitive::<TimestampMicrosecondType>().reinterpret_cast::<Int64Type>();
    let offsets = Int32Array::from_value(0, array.len());
    Arc::new(StructArray::new(FIELDS.clone(), vec![Arc::new(micros), Arc::new(offsets)], array.nulls().cloned()))
}

/// A column of instants as timestamps in UTC.
pub fn to_timestamps(array: &ArrayRef) -> ArrayRef {
    let parts = array.as_struct();
    let values = parts.column(0).as_primitive::<Int64Type>();
    let nulls = NullBuffer::union(values.nulls(), parts.nulls());
    Arc::new(TimestampMicrosecondArray::new(values.values().clone(), nulls).with_timezone("+00:00"))
}

/// A column of instants as their days in UTC.
pub fn to_days(array: &ArrayRef) -> ArrayRef {
    const DAY_MICROS: i64 = 86_400_000_000;
    let parts = array.as_struct();
    let values = parts.column(0).as_primitive::<Int64Type>();
    let day = |at: usize| (parts.is_valid(at)).then(|| values.value(at).div_euclid(DAY_MICROS) as i32);
    Arc::new((0..array.len()).map(day).collect::<Date32Array>())
}

/// The instant at a position.
pub fn value(array: &ArrayRef, at: usize) -> Option<Zoned> {
    let parts = array.as_struct();
    parts.is_valid(at).then(|| Zoned {
        micros: parts.column(0).as_primitive::<Int64Type>().value(at),
        offset: parts.column(1).as_primitive::<Int32Type>().value(at),
    })
}

/// Puts a column of instants together.
#[derive(Debug)]
pub struct ZonedBuilder {
    micros: Vec<i64>,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl ZonedBuilder {
    /// For so many rows.
    pub fn new(rows: usize) -> Self {
        Self {
            micros: Vec::with_capacity(rows),
            offsets: Vec::with_capacity(rows),
            nulls: NullBufferBuilder::new(rows),
        }
    }

    /// Adds an instant, or null.
    pub fn push(&mut self, value: Option<Zoned>) {
        self.nulls.append(value.is_some());
        let value = value.unwrap_or(Zoned::utc(0));
        self.micros.push(value.micros);
        self.offsets.push(value.offset);
    }

    /// The column.
    pub fn finish(mut self) -> ArrayRef {
        let parts: Vec<ArrayRef> =
            vec![Arc::new(Int64Array::from(self.micros)), Arc::new(Int32Array::from(self.offsets))];
        Arc::new(StructArray::new(FIELDS.clone(), parts, self.nulls.finish()))
    }
}
