//! One column chunk after the other: levels and values become pages.

use std::mem;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask, PageType, ZstdLevel};
use parquet::column::page::Page;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::TrackedWrite;
use parquet::schema::types::ColumnDescPtr;

use super::bounds::{NumberBounds, of_flags};
use super::leaves::{Leaf, Levels};
use super::numbers::{Even, Flags, Numbers};
use super::texts::Texts;
use super::{PAGE_BYTES, Room, hybrid};

/// Rows that are encoded before it is seen whether the page is full, unless their texts are long.
const STEP_ROWS: usize = 8192;
/// Rows of a page.
const PAGE_ROWS: usize = 64 << 10;

/// A column and its open chunk.
pub(super) struct Column {
    about: ColumnDescPtr,
    /// Level of a value that is there.
    top: u8,
    even: bool,
    values: Option<Values>,
    page: OpenPage,
    chunk: Chunk,
}

enum Values {
    Texts(Box<Texts>),
    Numbers(Kind, Box<Numbers>),
    Even(Even),
    Flags(Flags),
}

#[derive(Clone, Copy)]
enum Kind {
    Whole32,
    Whole64,
    Floating,
}

/// Levels of the open page.
#[derive(Default)]
struct OpenPage {
    rows: usize,
    /// Empty as long as every row has a value.
    levels: Vec<u8>,
}

/// The pages so far.
struct Chunk {
    pages: TrackedWrite<Vec<u8>>,
    rows: u64,
    nulls: u64,
    uncompressed: usize,
    /// How many data pages have which encoding.
    encodings: Vec<(Encoding, i32)>,
}

impl Chunk {
    fn new() -> Self {
        Self { pages: TrackedWrite::new(Vec::new()), rows: 0, nulls: 0, uncompressed: 0, encodings: Vec::new() }
    }
}

impl Column {
    /// `even`: numbers that rise evenly.
    pub(super) fn new(about: ColumnDescPtr, even: bool) -> Self {
        Self {
            top: about.max_def_level() as u8,
            about,
            even,
            values: None,
            page: OpenPage::default(),
            chunk: Chunk::new(),
        }
    }

    /// Adds rows.
    pub(super) fn write(&mut self, leaf: &Leaf, room: &mut Room) -> Result<()> {
        let rows = leaf.values.len();
        let mut next = 0;
        while next < rows {
            let (start, end) = (next, step(&leaf.values, next));
            next = end;
            let values = self.values.get_or_insert_with(|| Values::new(leaf.values.data_type(), self.even));
            match &leaf.levels {
                Levels::All => {
                    values.write(leaf.values.as_ref(), start..end)?;
                    if !self.page.levels.is_empty() {
                        self.page.levels.resize(self.page.levels.len() + end - start, self.top);
                    }
                }
                Levels::Each(levels) => {
                    let (levels, top) = (&levels[start..end], self.top);
                    values.write(leaf.values.as_ref(), (start..end).filter(|row| levels[row - start] == top))?;
                    self.page.levels.resize(self.page.rows, top);
                    self.page.levels.extend_from_slice(levels);
                    self.chunk.nulls += levels.iter().filter(|level| **level != top).count() as u64;
                }
            }
            self.page.rows += end - start;
            if self.page.rows >= PAGE_ROWS || values.page_is_full() {
                self.end_page(room)?;
            }
        }
        Ok(())
    }

    /// About how many bytes the open chunk has.
    pub(super) fn size(&self) -> usize {
        self.chunk.pages.bytes_written() + self.page.levels.len() / 8 + self.values.as_ref().map_or(0, Values::size)
    }

    fn end_page(&mut self, room: &mut Room) -> Result<()> {
        let rows = mem::take(&mut self.page.rows);
        room.plain.clear();
        if self.top > 0 {
            room.plain.extend_from_slice(&[0; 4]);
            let width = hybrid::width(self.top.into());
            if self.page.levels.is_empty() {
                hybrid::run(self.top.into(), rows, width, &mut room.plain);
            } else {
                hybrid::encode(&self.page.levels, width, &mut room.plain);
            }
            let length = (room.plain.len() - 4) as u32;
            room.plain[..4].copy_from_slice(&length.to_le_bytes());
            self.page.levels.clear();
        }
        let encoding = self.values.as_mut().map_or(Encoding::PLAIN, |values| values.end_page(&mut room.plain));
        let spec = room.write_page(&mut self.chunk.pages, |buf| Page::DataPage {
            buf,
            num_values: rows as u32,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        })?;
        self.chunk.rows += rows as u64;
        self.chunk.uncompressed += spec.uncompressed_size;
        match self.chunk.encodings.iter_mut().find(|(known, _)| *known == encoding) {
            Some((_, count)) => *count += 1,
            None => self.chunk.encodings.push((encoding, 1)),
        }
        Ok(())
    }

    /// Ends the chunk: its bytes, and what the footer says of it.
    pub(super) fn finish(&mut self, room: &mut Room) -> Result<(Bytes, ColumnCloseResult)> {
        if self.page.rows > 0 {
            self.end_page(room)?;
        }
        let mut chunk = mem::replace(&mut self.chunk, Chunk::new());
        let mut encodings = vec![Encoding::RLE];
        encodings.extend(chunk.encodings.iter().map(|(encoding, _)| *encoding));
        let page_counts =
            chunk.encodings.iter().map(|(encoding, count)| of_pages(PageType::DATA_PAGE, *encoding, *count));
        let mut counts: Vec<PageEncodingStats> = page_counts.collect();
        let (statistics, dictionary) = match self.values.as_mut().map(|values| values.end_chunk(chunk.nulls)) {
            Some((statistics, dictionary)) => (Some(statistics), dictionary),
            None => (None, None),
        };
        let mut bytes = Vec::new();
        if let Some((values, count)) = dictionary {
            let mut out = TrackedWrite::new(Vec::new());
            room.plain.clear();
            room.plain.extend_from_slice(&values);
            let spec = room.write_page(&mut out, |buf| Page::DictionaryPage {
                buf,
                num_values: count,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            })?;
            chunk.uncompressed += spec.uncompressed_size;
            encodings.push(Encoding::PLAIN);
            counts.insert(0, of_pages(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1));
            bytes = out.into_inner()?;
        }
        let dictionary_bytes = bytes.len();
        bytes.extend_from_slice(&chunk.pages.into_inner()?);
        let mut about = ColumnChunkMetaData::builder(self.about.clone())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
            .set_page_encoding_stats(counts)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(chunk.uncompressed as i64)
            .set_num_values(chunk.rows as i64)
            .set_data_page_offset(dictionary_bytes as i64)
            .set_dictionary_page_offset((dictionary_bytes > 0).then_some(0));
        if let Some(statistics) = statistics {
            about = about.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: chunk.rows,
            metadata: about.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok((bytes.into(), close))
    }
}

impl Values {
    fn new(ty: &DataType, even: bool) -> Self {
        match ty {
            DataType::Boolean => Self::Flags(Flags::default()),
            DataType::Int64 if even => Self::Even(Even::default()),
            DataType::Int32 | DataType::Date32 => Self::Numbers(Kind::Whole32, Box::new(Numbers::new())),
            DataType::Float64 => Self::Numbers(Kind::Floating, Box::new(Numbers::new())),
            DataType::Utf8View => Self::Texts(Box::new(Texts::new())),
            _ => Self::Numbers(Kind::Whole64, Box::new(Numbers::new())),
        }
    }

    fn write(&mut self, array: &dyn Array, rows: impl Iterator<Item = usize>) -> Result<()> {
        let other = || ParquetError::General(format!("a column became {}", array.data_type()));
        match self {
            Self::Texts(texts) => texts.write(array.as_string_view_opt().ok_or_else(other)?, rows),
            Self::Flags(flags) => {
                let array = array.as_boolean_opt().ok_or_else(other)?;
                flags.write(rows.map(|row| array.value(row)));
            }
            Self::Even(even) => even.write(array.as_primitive_opt::<Int64Type>().ok_or_else(other)?.values(), rows),
            Self::Numbers(_, numbers) => match array.data_type() {
                DataType::Int32 => write_32(numbers, array.as_primitive::<Int32Type>().values(), rows),
                DataType::Date32 => write_32(numbers, array.as_primitive::<Date32Type>().values(), rows),
                DataType::Int64 => write_64(numbers, array.as_primitive::<Int64Type>().values(), rows),
                DataType::Float64 => {
                    let values = array.as_primitive::<Float64Type>().values();
                    numbers.write(values, rows, f64::to_le_bytes, NumberBounds::add_floating);
                }
                _ => {
                    let instants = array.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(other)?;
                    write_64(numbers, instants.values(), rows);
                }
            },
        }
        Ok(())
    }

    fn page_is_full(&self) -> bool {
        match self {
            Self::Texts(texts) => texts.coder.page_is_full(),
            Self::Numbers(_, numbers) => numbers.coder.page_is_full(),
            // Rows fill their pages.
            Self::Even(_) | Self::Flags(_) => false,
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.coder.size(),
            Self::Numbers(_, numbers) => numbers.coder.size(),
            Self::Even(even) => even.page_bytes(),
            Self::Flags(flags) => flags.page_bytes(),
        }
    }

    fn end_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        match self {
            Self::Texts(texts) => texts.coder.end_page(out),
            Self::Numbers(_, numbers) => numbers.coder.end_page(out),
            Self::Even(even) => even.end_page(out),
            Self::Flags(flags) => flags.end_page(out),
        }
    }

    /// Statistics of the chunk, and its dictionary with the number of its values.
    fn end_chunk(&mut self, nulls: u64) -> (Statistics, Option<(Vec<u8>, u32)>) {
        match self {
            Self::Texts(texts) => (texts.end_chunk().statistics(nulls), texts.coder.end_chunk()),
            Self::Numbers(kind, numbers) => {
                let bounds = mem::take(&mut numbers.bounds);
                let statistics = match kind {
                    Kind::Whole32 => bounds.statistics_32(nulls),
                    Kind::Whole64 => bounds.statistics_64(nulls),
                    Kind::Floating => bounds.statistics_floating(nulls),
                };
                (statistics, numbers.coder.end_chunk())
            }
            Self::Even(even) => (mem::take(&mut even.bounds).statistics_64(nulls), None),
            Self::Flags(flags) => (of_flags(mem::take(&mut flags.seen), nulls), None),
        }
    }
}

fn write_32(numbers: &mut Numbers, values: &[i32], rows: impl Iterator<Item = usize>) {
    numbers.write(values, rows, i32::to_le_bytes, |bounds, value| bounds.add_whole(value.into()));
}

fn write_64(numbers: &mut Numbers, values: &[i64], rows: impl Iterator<Item = usize>) {
    numbers.write(values, rows, i64::to_le_bytes, NumberBounds::add_whole);
}

fn of_pages(page_type: PageType, encoding: Encoding, count: i32) -> PageEncodingStats {
    PageEncodingStats { page_type, encoding, count }
}

/// Where a step that begins at `start` ends: after so many rows, or where its texts fill a page. Views may share their
/// text, so that much comes out of little.
fn step(array: &dyn Array, start: usize) -> usize {
    let end = array.len().min(start + STEP_ROWS);
    let Some(texts) = array.as_string_view_opt() else { return end };
    let mut bytes = 0;
    for row in start..end {
        bytes += (texts.views()[row] as u32) as usize;
        if bytes >= PAGE_BYTES {
            return row + 1;
        }
    }
    end
}
