//! JSON: one object per line, one array of objects, or objects one after another.
//!
//! Records are found first, then decoded together. Where that fails, halves are tried until the bad records
//! are alone, so that only they are lost. Attributes that are wanted as whatever they are get the type that their values
//! have in one piece of the file, see [`seen`].

mod columns;
mod pairs;
mod quick;
mod seen;

use std::{ops::Range, sync::Arc};

use arrow::{
    array::RecordBatch, compute::concat_batches, datatypes::SchemaRef, error::ArrowError, json::ReaderBuilder,
};

use super::{BadRow, FileError, MAX_RECORD_BYTES, Projection, RowNumbers, SourceBatch, plain::Plain, split};
use columns::Columns;

/// Bytes looked at in one go.
const BLOCK_BYTES: usize = 4 << 20;
/// Deepest accepted nesting.
const MAX_DEPTH: usize = 128;
/// Cells a decoder makes room for ahead of time, null or not.
const MAX_CELLS: usize = 1 << 20;
/// Records of a piece, however many columns they have.
const MIN_RECORDS: usize = 512;
/// Columns up to which a block is read whole: with more, fewer of its records fit into a piece.
const FEW_COLUMNS: usize = 64;

/// A JSON object file being read.
pub struct Json {
    bytes: Plain,
    columns: Columns,
    /// Most records of a piece. A wide table needs room for each column of each record, and records may be short.
    room: usize,
    block_bytes: usize,
    text: Vec<u8>,
    at_end: bool,
    layout: Option<Layout>,
    next_row: u64,
    /// Inside a line that is too long.
    skipping: bool,
}

/// How records stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// One per line.
    Lines,
    /// In one array.
    Array,
    /// One after another, over several lines each.
    Values,
}

/// Text with the records found in it.
pub(super) struct Records {
    pub(super) text: Vec<u8>,
    pub(super) found: Vec<Range<usize>>,
}

/// Records that have been found and not yet decoded.
pub struct Piece {
    columns: Columns,
    records: Records,
    first_row: u64,
    bad_rows: Vec<BadRow>,
    bytes_read: u64,
}

impl Piece {
    /// The rows; records that cannot be decoded are left out.
    pub(super) fn decode(self) -> Result<SourceBatch, FileError> {
        let Self { columns, records, first_row, mut bad_rows, bytes_read } = self;
        let schema = columns.schema(&records);
        if bad_rows.is_empty()
            && !records.found.is_empty()
            && let Ok(batch) = decode(&schema, &records.text, &records.found)
        {
            return Ok(SourceBatch { batch, rows: RowNumbers::From(first_row), bad_rows, bytes_read });
        }
        let mut good = Vec::new();
        sift(&schema, &records, 0..records.found.len(), first_row, &mut good, &mut bad_rows);
        bad_rows.sort_by_key(|row| row.row);
        let found: Vec<_> = good.iter().map(|index| records.found[*index].clone()).collect();
        let batch = decode(&schema, &records.text, &found).map_err(|e| FileError::corrupt(plain_message(&e)))?;
        let rows = RowNumbers::Each(good.iter().map(|index| first_row + *index as u64).collect());
        Ok(SourceBatch { batch, rows, bad_rows, bytes_read })
    }
}

impl Json {
    pub(super) fn open(bytes: Plain, projection: &Projection) -> Self {
        let columns = Columns::of(projection);
        let width = columns.width().max(1);
        let room = (MAX_CELLS / width).max(MIN_RECORDS);
        let block_bytes = BLOCK_BYTES / width.div_ceil(FEW_COLUMNS).min(16);
        Self {
            bytes,
            columns,
            room,
            block_bytes,
            text: Vec::new(),
            at_end: false,
            layout: None,
            next_row: 1,
            skipping: false,
        }
    }

    /// Finds the next records.
    pub(super) async fn next(&mut self) -> Result<Option<Piece>, FileError> {
        let mut bad_rows = Vec::new();
        let Some(records) = self.next_records(&mut bad_rows).await? else { return Ok(None) };
        let first_row = self.next_row;
        self.next_row += records.found.len() as u64;
        for row in &mut bad_rows {
            // A record that never became one stands behind those that did.
            row.row = self.next_row;
            self.next_row += 1;
        }
        let bytes_read = self.bytes.stored_bytes;
        Ok(Some(Piece { columns: self.columns.clone(), records, first_row, bad_rows, bytes_read }))
    }

    /// The next complete records; `None` at the end. A record that is too long goes to `bad`, as row 0.
    pub(super) async fn next_records(&mut self, bad: &mut Vec<BadRow>) -> Result<Option<Records>, FileError> {
        self.find_records(bad).await.map_err(|error| self.bytes.locate(error))
    }

    async fn find_records(&mut self, bad: &mut Vec<BadRow>) -> Result<Option<Records>, FileError> {
        loop {
            while !self.at_end && self.text.len() < self.block_bytes {
                self.fill_once().await?;
            }
            if self.skipping {
                match memchr::memchr(b'\n', &self.text) {
                    Some(at) => {
                        self.text.drain(..=at);
                        self.skipping = false;
                    }
                    None => self.text.clear(),
                }
            }
            if self.text.is_empty() {
                if self.at_end && !self.next_file() {
                    return Ok(None);
                }
                continue;
            }
            let layout = self.layout();
            let mut found = Vec::new();
            let used = match layout {
                Layout::Lines => lines(&self.text, self.at_end, self.room, &mut found),
                Layout::Array | Layout::Values => self.values(layout, &mut found)?,
            };
            if found.is_empty() && used == 0 {
                if self.text.len() > MAX_RECORD_BYTES {
                    self.too_long(layout, bad)?;
                    return Ok(Some(Records { text: Vec::new(), found }));
                }
                self.fill_once().await?;
                continue;
            }
            let rest = self.text.split_off(used);
            let text = std::mem::replace(&mut self.text, rest);
            if !found.is_empty() {
                return Ok(Some(Records { text, found }));
            }
        }
    }

    fn too_long(&mut self, layout: Layout, bad: &mut Vec<BadRow>) -> Result<(), FileError> {
        let message = format!("the record is longer than {MAX_RECORD_BYTES} bytes");
        if layout != Layout::Lines {
            return Err(FileError::corrupt(format!("{message}, at row {}", self.next_row)));
        }
        bad.push(BadRow::new(0, message, &self.text));
        self.text.clear();
        self.skipping = true;
        Ok(())
    }

    /// Once the text has ended: goes on to the next file of an archive. Answers whether there is one.
    fn next_file(&mut self) -> bool {
        let goes_on = self.bytes.next_file();
        if goes_on {
            (self.at_end, self.layout, self.skipping) = (false, None, false);
        }
        goes_on
    }

    async fn fill_once(&mut self) -> Result<(), FileError> {
        match self.bytes.next().await? {
            None => self.at_end = true,
            Some(bytes) => self.text.extend_from_slice(&bytes),
        }
        Ok(())
    }

    /// Looks at the beginning of the file, once.
    fn layout(&mut self) -> Layout {
        if let Some(layout) = self.layout {
            return layout;
        }
        if self.text.starts_with(&[0xEF, 0xBB, 0xBF]) {
            self.text.drain(..3);
        }
        let start = skip_space(&self.text, 0);
        let layout = match self.text.get(start) {
            Some(b'[') => {
                self.text.drain(..=start);
                Layout::Array
            }
            Some(b'{') => object_layout(&self.text[start..]),
            _ => Layout::Lines,
        };
        self.layout = Some(layout);
        layout
    }

    /// Finds records by their braces; answers how far the text was used.
    fn values(&self, layout: Layout, found: &mut Vec<Range<usize>>) -> Result<usize, FileError> {
        let mut at = 0;
        loop {
            if found.len() == self.room {
                return Ok(at);
            }
            let mut start = skip_space(&self.text, at);
            while layout == Layout::Array && self.text.get(start) == Some(&b',') {
                start = skip_space(&self.text, start + 1);
            }
            let row = self.next_row + found.len() as u64;
            match self.text.get(start) {
                None => {
                    if self.at_end && layout == Layout::Array {
                        return Err(FileError::corrupt(format!("the array is not closed, after row {row}")));
                    }
                    return Ok(start);
                }
                Some(b']') if layout == Layout::Array && !found.is_empty() => return Ok(at),
                Some(b']') if layout == Layout::Array => return self.end_of_array(start, row),
                Some(b'{') => {}
                Some(_) => return Err(FileError::corrupt(format!("row {row} is not a JSON object"))),
            }
            match split::json_value_end(&self.text[start..], MAX_DEPTH) {
                Ok(Some(len)) => {
                    found.push(start..start + len);
                    at = start + len;
                }
                Ok(None) if self.at_end => {
                    return Err(FileError::corrupt(format!("the file ends inside row {row}")));
                }
                Ok(None) => return Ok(at),
                Err(split::TooDeep) => {
                    return Err(FileError::corrupt(format!("row {row} is nested deeper than {MAX_DEPTH} levels")));
                }
            }
        }
    }

    /// What follows an array, once the records in it have been handed out: another one, or nothing.
    fn end_of_array(&self, bracket: usize, row: u64) -> Result<usize, FileError> {
        let next = skip_space(&self.text, bracket + 1);
        match self.text.get(next) {
            Some(b'[') => Ok(next + 1),
            Some(_) => {
                Err(FileError::corrupt(format!("something follows the array that is no array, before row {row}")))
            }
            None if self.at_end => Ok(self.text.len()),
            None => Ok(bracket),
        }
    }
}

/// Whether objects stand one per line or over several lines.
fn object_layout(text: &[u8]) -> Layout {
    let line_len = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let second = skip_space(text, line_len);
    let complete = |len: usize| skip_space(&text[..line_len], len) == line_len;
    match split::json_value_end(&text[..line_len], MAX_DEPTH) {
        Ok(Some(len)) if complete(len) => Layout::Lines,
        // A damaged first line among healthy ones.
        Ok(None) if line_len < text.len() && text.get(second) == Some(&b'{') => Layout::Lines,
        Ok(_) => Layout::Values,
        Err(split::TooDeep) => Layout::Lines,
    }
}

/// Finds complete lines that are not blank; answers how far the text was used.
fn lines(text: &[u8], at_end: bool, room: usize, found: &mut Vec<Range<usize>>) -> usize {
    let mut at = 0;
    for end in memchr::memchr_iter(b'\n', text) {
        if found.len() == room {
            return at;
        }
        if skip_space(&text[..end], at) < end {
            found.push(at..end);
        }
        at = end + 1;
    }
    if at_end && found.len() < room {
        if skip_space(text, at) < text.len() {
            found.push(at..text.len());
        }
        at = text.len();
    }
    at
}

fn skip_space(text: &[u8], from: usize) -> usize {
    let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    text[from..].iter().position(|byte| !space(byte)).map_or(text.len(), |at| from + at)
}

/// Decodes records to exactly one row each.
fn decode(schema: &SchemaRef, text: &[u8], records: &[Range<usize>]) -> Result<RecordBatch, ArrowError> {
    quick::decode(schema, text, records).map_or_else(|| decode_any(schema, text, records), Ok)
}

/// The same for records of every kind.
fn decode_any(schema: &SchemaRef, text: &[u8], records: &[Range<usize>]) -> Result<RecordBatch, ArrowError> {
    let room = MAX_CELLS / schema.flattened_fields().len().max(1);
    let batch_size = records.len().clamp(1, room.max(64));
    let mut decoder = ReaderBuilder::new(Arc::clone(schema))
        .with_coerce_primitive(true)
        .with_batch_size(batch_size)
        .build_decoder()?;
    let mut batches = Vec::new();
    for record in records {
        let text = &text[record.clone()];
        check_depth(text)?;
        if decoder.len() == batch_size {
            batches.extend(decoder.flush()?);
        }
        let before = decoder.len();
        let text = &*pairs::as_characters(text);
        let used = decoder.decode(text)?;
        if used != text.len() || decoder.has_partial_record() || decoder.len() != before + 1 {
            return Err(ArrowError::JsonError("the record is not exactly one JSON object".to_owned()));
        }
    }
    batches.extend(decoder.flush()?);
    if batches.len() == 1
        && let Some(batch) = batches.pop()
    {
        return Ok(batch);
    }
    concat_batches(schema, &batches)
}

/// Only long records can be deep enough to cost memory.
fn check_depth(text: &[u8]) -> Result<(), ArrowError> {
    const HARMLESS_BYTES: usize = 16 << 10;
    if text.len() > MAX_RECORD_BYTES {
        return Err(ArrowError::JsonError(format!("the record is longer than {MAX_RECORD_BYTES} bytes")));
    }
    if text.len() > HARMLESS_BYTES && split::json_value_end(text, MAX_DEPTH).is_err() {
        return Err(ArrowError::JsonError(format!("the record is nested deeper than {MAX_DEPTH} levels")));
    }
    Ok(())
}

/// Finds the good records of `range` by halving.
fn sift(
    schema: &SchemaRef,
    records: &Records,
    range: Range<usize>,
    first_row: u64,
    good: &mut Vec<usize>,
    bad: &mut Vec<BadRow>,
) {
    if range.is_empty() {
        return;
    }
    match decode(schema, &records.text, &records.found[range.clone()]) {
        Ok(_) => good.extend(range),
        Err(error) if range.len() == 1 => {
            let raw = &records.text[records.found[range.start].clone()];
            bad.push(BadRow::new(first_row + range.start as u64, plain_message(&error), raw));
        }
        Err(_) => {
            let middle = range.start + range.len() / 2;
            sift(schema, records, range.start..middle, first_row, good, bad);
            sift(schema, records, middle..range.end, first_row, good, bad);
        }
    }
}

fn plain_message(error: &ArrowError) -> String {
    let text = match error {
        ArrowError::JsonError(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().take(300).collect()
}
