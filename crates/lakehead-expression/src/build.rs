//! Puts columns together.

use std::sync::Arc;

use arrow::array::{ArrayRef, NullBufferBuilder, StringViewBuilder, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;

use crate::column::{item_field, list_of};

/// A column of arrays of text.
#[derive(Debug)]
pub(crate) struct TextLists {
    values: StringViewBuilder,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
    count: i32,
}

impl TextLists {
    /// For so many rows.
    pub(crate) fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { values: StringViewBuilder::with_capacity(rows), offsets, nulls: NullBufferBuilder::new(rows), count: 0 }
    }

    /// Adds an array.
    pub(crate) fn items<'a>(&mut self, items: impl Iterator<Item = &'a str>) {
        self.options(items.map(Some));
    }

    /// Adds an array that may have nulls.
    pub(crate) fn options<'a>(&mut self, items: impl Iterator<Item = Option<&'a str>>) {
        for item in items {
            self.values.append_option(item);
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
        match list_of(offsets, Arc::new(self.values.finish()), self.nulls.finish()) {
            Ok(lists) => Arc::new(lists),
            Err(_) => new_null_array(&DataType::List(item_field(&DataType::Utf8View)), rows),
        }
    }
}
