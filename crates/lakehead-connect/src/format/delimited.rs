//! Delimited text: a scanner that works in place on large blocks, which are checked to be UTF-8 as a whole.
//!
//! An unquoted field of no characters is null, a quoted one is empty text.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, RecordBatch, RecordBatchOptions, StringViewBuilder},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use lakehead_model::format::{DataFormat, Dialect, Encoding};

use super::{
    BadRow, FileError, MAX_COLUMNS, MAX_RECORD_BYTES, Projection, RowNumbers, SourceBatch,
    plain::Plain,
    recode::Recode,
    split::{self, FieldSpan, Marks, Scan},
    text_block,
};

/// Bytes scanned in one go.
const BLOCK_BYTES: usize = 4 << 20;
/// Most rows of a batch, so that a block of tiny rows does not become many columns times many rows.
const MAX_ROWS: usize = 64 << 10;

/// A delimited object being read.
pub struct Delimited {
    bytes: Plain,
    marks: Marks,
    dialect: Dialect,
    encoding: Encoding,
    recode: Recode,
    projection: Projection,
    schema: SchemaRef,
    /// For each column of the file, its place in `schema`.
    wanted: Vec<Option<usize>>,
    block: Block,
    next_row: u64,
    /// Inside a record that is too long: everything up to the next line break is dropped.
    skipping: bool,
}

/// Code of a header row that cannot be used.
const CODE_HEADER: &str = "118";

/// Text that has been read and not yet scanned.
#[derive(Default)]
struct Block {
    text: Vec<u8>,
    at_end: bool,
}

impl Delimited {
    /// Reads the header.
    pub(super) async fn open(bytes: Plain, format: &DataFormat, projection: &Projection) -> Result<Self, FileError> {
        let mut this = Self {
            bytes,
            marks: Marks {
                delimiter: format.column_delimiter,
                quote: format.dialect.quote,
                escape: format.dialect.escape,
            },
            dialect: format.dialect.clone(),
            encoding: format.encoding,
            recode: Recode::new(format.encoding),
            projection: projection.clone(),
            schema: Arc::new(Schema::empty()),
            wanted: Vec::new(),
            block: Block::default(),
            next_row: 1,
            skipping: false,
        };
        this.begin_file().await?;
        Ok(this)
    }

    /// Once the text has ended: goes on to the next file of an archive, which has a header of its own. Answers whether
    /// there is one.
    async fn next_file(&mut self) -> Result<bool, FileError> {
        if !self.bytes.next_file() {
            return Ok(false);
        }
        (self.block, self.skipping) = (Block::default(), false);
        self.recode = Recode::new(self.encoding);
        self.begin_file().await.map(|()| true)
    }

    async fn begin_file(&mut self) -> Result<(), FileError> {
        let columns = match self.read_header().await {
            Ok(Some(header)) => self.choose_columns(&header),
            // A file without any text has no rows.
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        columns.map_err(|error| self.bytes.locate(error))
    }

    fn choose_columns(&mut self, header: &[String]) -> Result<(), FileError> {
        let projection = &self.projection;
        let mut fields = Vec::new();
        self.wanted.clear();
        for name in header {
            let wanted = projection.all || projection.literals.iter().any(|literal| literal == name);
            self.wanted.push(wanted.then_some(fields.len()));
            if wanted {
                fields.push(Field::new(name, DataType::Utf8View, true));
            }
        }
        if fields.is_empty()
            && let Some(first) = projection.literals.first()
        {
            let what = if self.dialect.header { "header row" } else { "first row, whose columns are `_c0` and on," };
            return Err(FileError::new(
                CODE_HEADER,
                format!(
                    "the {what} has none of the mapped columns, such as `{first}`; check the format and the column delimiter"
                ),
            ));
        }
        self.schema = Arc::new(Schema::new(fields));
        Ok(())
    }

    /// The wanted columns.
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The names of the columns; `None` for a file without any text.
    async fn read_header(&mut self) -> Result<Option<Vec<String>>, FileError> {
        self.fill().await?;
        if self.block.text.starts_with(&[0xEF, 0xBB, 0xBF]) {
            self.block.text.drain(..3);
        }
        if self.block.text.is_empty() {
            return Ok(None);
        }
        let mut spans = Vec::new();
        let mut side = Vec::new();
        let scan = split::record(&self.block.text, 0, self.marks, self.block.at_end, &mut spans, &mut side);
        let Scan::Record { next, broken: false } = scan else {
            let row = if self.dialect.header { "header row" } else { "first row" };
            return Err(FileError::corrupt(format!("the {row} does not end; check quotes and the column delimiter")));
        };
        if spans.len() > MAX_COLUMNS {
            let message = format!("the file has {} columns; at most {MAX_COLUMNS} are accepted", spans.len());
            return Err(FileError::corrupt(message));
        }
        if !self.dialect.header {
            return Ok(Some((0..spans.len()).map(unnamed).collect()));
        }
        let text = |span: &FieldSpan| String::from_utf8(span.bytes(&self.block.text, &side).to_vec());
        let names: Vec<String> = spans
            .iter()
            .map(text)
            .collect::<Result<_, _>>()
            .map_err(|_| FileError::corrupt("the header row is not UTF-8; set the encoding of the file"))?;
        let names = distinct(names)?;
        self.block.text.drain(..next);
        Ok(Some(names))
    }

    /// Reads until a block is full or the file ends.
    async fn fill(&mut self) -> Result<(), FileError> {
        while !self.block.at_end && self.block.text.len() < BLOCK_BYTES {
            self.fill_once().await?;
        }
        Ok(())
    }

    async fn fill_once(&mut self) -> Result<(), FileError> {
        match self.bytes.next().await? {
            None => {
                self.block.at_end = true;
                self.recode.finish(&mut self.block.text);
            }
            Some(bytes) => self.recode.push(&bytes, &mut self.block.text),
        }
        Ok(())
    }

    /// The next rows.
    pub(super) async fn next(&mut self) -> Result<Option<SourceBatch>, FileError> {
        loop {
            self.fill().await?;
            if self.skipping && !self.skip_line() && !self.block.at_end {
                continue;
            }
            if self.block.text.is_empty() && self.block.at_end {
                if self.next_file().await? {
                    continue;
                }
                return Ok(None);
            }
            let mut rows = Rows::new(self.schema.fields().len(), self.next_row, self.block.text.len());
            let used = self.scan(&mut rows);
            if used == 0 && !self.block.at_end {
                if self.block.text.len() <= MAX_RECORD_BYTES {
                    self.fill_once().await?;
                    continue;
                }
                let message = format!("the record is longer than {MAX_RECORD_BYTES} bytes");
                rows.bad(BadRow::new(self.next_row, message, &self.block.text));
                self.block.text.clear();
                self.skipping = true;
            }
            self.next_row = rows.next_row;
            if rows.count == 0 && rows.bad.is_empty() {
                self.block.text.drain(..used);
                continue;
            }
            self.block.text.drain(..used.min(self.block.text.len()));
            return Ok(Some(rows.finish(&self.schema, self.bytes.stored_bytes)?));
        }
    }

    /// Drops text up to and including the next line break; whether one was found.
    fn skip_line(&mut self) -> bool {
        match memchr::memchr(b'\n', &self.block.text) {
            Some(at) => {
                self.block.text.drain(..=at);
                self.skipping = false;
            }
            None => self.block.text.clear(),
        }
        !self.skipping
    }

    /// Scans complete records of the block into `rows`; answers how many bytes were used.
    fn scan(&self, rows: &mut Rows) -> usize {
        let text = &self.block.text;
        // Its fields are not looked at again one by one.
        let whole = match std::str::from_utf8(text) {
            Ok(whole) => Some(whole),
            // A block may end inside a character.
            Err(error) if error.error_len().is_none() => std::str::from_utf8(&text[..error.valid_up_to()]).ok(),
            Err(_) => None,
        };
        let mut spans = Vec::with_capacity(self.wanted.len());
        let mut side = Vec::new();
        let mut at = 0;
        while at < text.len() && rows.count + rows.bad.len() < MAX_ROWS {
            spans.clear();
            side.clear();
            let Scan::Record { next, broken } =
                split::record(text, at, self.marks, self.block.at_end, &mut spans, &mut side)
            else {
                break;
            };
            let raw = &text[at..next];
            at = next;
            // A blank line is not a record.
            if self.wanted.len() > 1 && spans.len() == 1 && spans[0].is_blank() {
                continue;
            }
            let (found, expected) = (spans.len(), self.wanted.len());
            if broken {
                rows.bad(BadRow::new(rows.next_row, "a quoted field does not end", raw));
            } else if found != expected {
                let message = format!("the row has {found} fields where the header has {expected}");
                rows.bad(BadRow::new(rows.next_row, message, raw));
            } else if whole.is_none_or(|whole| at > whole.len()) && std::str::from_utf8(raw).is_err() {
                rows.bad(BadRow::new(
                    rows.next_row,
                    "the row is not valid UTF-8, or not in the declared encoding",
                    raw,
                ));
            } else if raw.len() > MAX_RECORD_BYTES {
                let message = format!("the record is longer than {MAX_RECORD_BYTES} bytes");
                rows.bad(BadRow::new(rows.next_row, message, raw));
            } else {
                let fields = Fields { whole, text, side: &side, spans: &spans };
                rows.push(&fields, &self.wanted, &self.dialect.null_markers);
            }
        }
        at
    }
}

/// The name of a column that has none.
fn unnamed(index: usize) -> String {
    format!("_c{index}")
}

/// The names of a header, each once: those that are missing are made up from their place, and one that has been there before
/// gets a number. The same header gives the same names.
fn distinct(mut names: Vec<String>) -> Result<Vec<String>, FileError> {
    if names.iter().all(|name| name.trim().is_empty()) {
        return Err(FileError::new(CODE_HEADER, "the header row is empty"));
    }
    // A name that the file gives is never taken by one that is made up.
    let given: HashSet<String> = names.iter().cloned().collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, name) in names.iter_mut().enumerate() {
        if name.trim().is_empty() {
            *name = unnamed(index);
        }
        let before = seen.entry(name.clone()).or_default();
        *before += 1;
        if *before == 1 {
            continue;
        }
        let mut number = *before;
        while given.contains(&format!("{name}_{number}")) || seen.contains_key(&format!("{name}_{number}")) {
            number += 1;
        }
        seen.insert(name.clone(), number);
        *name = format!("{name}_{number}");
        seen.insert(name.clone(), 1);
    }
    Ok(names)
}

/// The fields of a record.
struct Fields<'a> {
    /// The text, as far as all of it is UTF-8.
    whole: Option<&'a str>,
    text: &'a [u8],
    /// Content of fields that is not as it stands in the text.
    side: &'a [u8],
    spans: &'a [FieldSpan],
}

impl<'a> Fields<'a> {
    /// The content of a field; `None` where it is cut inside a character.
    fn content(&self, span: &FieldSpan) -> Option<&'a str> {
        let known = self.whole.filter(|_| !span.in_side).and_then(|whole| whole.get(span.start..span.start + span.len));
        known.or_else(|| std::str::from_utf8(span.bytes(self.text, self.side)).ok())
    }
}

/// The rows of one batch while they are collected.
struct Rows {
    columns: Vec<StringViewBuilder>,
    count: usize,
    first_row: u64,
    next_row: u64,
    /// Row numbers, once a bad row has made them uneven.
    numbers: Option<Vec<u64>>,
    bad: Vec<BadRow>,
    /// A field is cut inside a character.
    cut: bool,
}

impl Rows {
    fn new(columns: usize, first_row: u64, text_bytes: usize) -> Self {
        let block = text_block(text_bytes, columns);
        let column = || StringViewBuilder::with_capacity(0).with_fixed_block_size(block);
        Self {
            columns: (0..columns).map(|_| column()).collect(),
            count: 0,
            first_row,
            next_row: first_row,
            numbers: None,
            bad: Vec::new(),
            cut: false,
        }
    }

    fn push(&mut self, fields: &Fields<'_>, wanted: &[Option<usize>], null_markers: &[String]) {
        for (span, wanted) in fields.spans.iter().zip(wanted) {
            let Some(column) = *wanted else { continue };
            let content = fields.content(span);
            self.cut |= content.is_none();
            let is_null = |text: &str| text.is_empty() || null_markers.iter().any(|marker| marker == text);
            self.columns[column].append_option(content.filter(|text| span.quoted || !is_null(text)));
        }
        if let Some(numbers) = &mut self.numbers {
            numbers.push(self.next_row);
        }
        self.count += 1;
        self.next_row += 1;
    }

    fn bad(&mut self, row: BadRow) {
        if self.numbers.is_none() {
            self.numbers = Some((self.first_row..self.next_row).collect());
        }
        self.bad.push(row);
        self.next_row += 1;
    }

    fn finish(mut self, schema: &SchemaRef, bytes_read: u64) -> Result<SourceBatch, FileError> {
        if self.cut {
            return Err(FileError::corrupt("a field is cut inside a character"));
        }
        let columns = self.columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.count));
        let batch = RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
            .map_err(|error| FileError::corrupt(error.to_string()))?;
        let rows = self.numbers.map_or(RowNumbers::From(self.first_row), RowNumbers::Each);
        Ok(SourceBatch { batch, rows, bad_rows: self.bad, bytes_read })
    }
}

#[cfg(test)]
mod tests;
