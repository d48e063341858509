//! Puts columns together.

use std::sync::Arc;

use arrow::array::{ArrayRef, LargeStringArray, NullBufferBuilder, StringViewArray, new_null_array};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::column::{item_field, list_of};
use crate::function::Fault;

/// A column of text: all values one behind the other, so that none is copied twice.
#[derive(Debug)]
pub(crate) struct TextColumn {
    /// The values; a new one is written at its end, and then marked by [`Self::end_value`].
    pub(crate) text: String,
    ends: Vec<i64>,
    nulls: NullBufferBuilder,
}

impl TextColumn {
    /// For so many rows.
    pub(crate) fn new(rows: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Self { text: String::new(), ends, nulls: NullBufferBuilder::new(rows) }
    }

    /// Ends the value that was written to the text.
    pub(crate) fn end_value(&mut self) {
        self.ends.push(self.text.len() as i64);
        self.nulls.append_non_null();
    }

    /// Adds null, without what was written since the last value.
    pub(crate) fn null(&mut self) {
        let end = self.ends.last().copied().unwrap_or_default();
        self.text.truncate(end as usize);
        self.ends.push(end);
        self.nulls.append_null();
    }

    fn option(&mut self, value: Option<&str>) {
        match value {
            Some(value) => {
                self.text.push_str(value);
                self.end_value();
            }
            None => self.null(),
        }
    }

    /// The column.
    pub(crate) fn finish(mut self) -> Result<StringViewArray, ArrowError> {
        let (ends, text) = (OffsetBuffer::new(self.ends.into()), Buffer::from(self.text.into_bytes()));
        LargeStringArray::try_new(ends, text, self.nulls.finish()).map(|column| StringViewArray::from(&column))
    }
}

/// A column of arrays of text.
#[derive(Debug)]
pub(crate) struct TextLists {
    values: TextColumn,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
    count: i32,
}

impl TextLists {
    /// For so many rows.
    pub(crate) fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { values: TextColumn::new(rows), offsets, nulls: NullBufferBuilder::new(rows), count: 0 }
    }

    /// Adds an array.
    pub(crate) fn items<'a>(&mut self, items: impl Iterator<Item = &'a str>) {
        self.options(items.map(Some));
    }

    /// Adds an array that may have nulls.
    pub(crate) fn options<'a>(&mut self, items: impl Iterator<Item = Option<&'a str>>) {
        for item in items {
            self.values.option(item);
            self.count += 1;
        }
        self.offsets.push(self.count);
        self.nulls.append_non_null();
    }

    /// Adds null.
    pub(crate) fn null(&mut self) {
        self.offsets.push(self.count);
        self.nulls.append_null();
    }

    /// The column.
    pub(crate) fn finish(mut self) -> ArrayRef {
        let rows = self.offsets.len() - 1;
        let offsets = OffsetBuffer::new(self.offsets.into());
        let values = self.values.finish().map_err(Fault::from);
        let lists = values.and_then(|values| list_of(offsets, Arc::new(values), self.nulls.finish()));
        match lists {
            Ok(lists) => Arc::new(lists),
            Err(_) => new_null_array(&DataType::List(item_field(&DataType::Utf8View)), rows),
        }
    }
}
