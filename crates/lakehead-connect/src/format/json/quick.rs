//! Decodes the usual records in one pass: texts, numbers and flags in objects, straight into columns of text.
//!
//! Anything else (lists that are wanted, an attribute twice in an object, what is no JSON) is left to the decoder of Arrow,
//! which also says what is wrong. Both give the same rows.

use std::{borrow::Cow, collections::HashMap, ops::Range, sync::Arc};

use arrow::{
    array::{ArrayRef, NullBufferBuilder, RecordBatch, RecordBatchOptions, StringViewBuilder, StructArray},
    datatypes::{DataType, Fields, SchemaRef},
};
use serde::de::IgnoredAny;

use super::check_depth;
use crate::format::{
    split::{find_either, json_string_end},
    text_block,
};

/// Attributes whose order is remembered, and the length of their names.
const MAX_ORDER: usize = 4096;
const MAX_NAME: usize = 256;

/// The rows of `records`; `None` where the other decoder has to look at them.
pub(super) fn decode(schema: &SchemaRef, text: &[u8], records: &[Range<usize>]) -> Option<RecordBatch> {
    let mut rows = Object::of(schema.fields(), text_block(text.len(), schema.flattened_fields().len()))?;
    for record in records {
        check_depth(&text[record.clone()]).ok()?;
        let mut scan = Scan { text: std::str::from_utf8(&text[record.clone()]).ok()?, at: 0 };
        scan.space();
        scan.object(&mut rows)?;
        scan.space();
        if scan.at != scan.text.len() {
            return None;
        }
    }
    let options = RecordBatchOptions::new().with_row_count(Some(records.len()));
    RecordBatch::try_new_with_options(Arc::clone(schema), rows.columns(), &options).ok()
}

/// A column while it is filled.
enum Column {
    Text(StringViewBuilder),
    Object(Box<Object>, NullBufferBuilder),
}

/// The attributes of an object, row by row.
struct Object {
    fields: Fields,
    members: Vec<Column>,
    places: HashMap<String, usize>,
    /// The attributes of the last object in their order, and where they went: mostly the next one has the same.
    order: Vec<(String, Option<usize>)>,
    /// Rows so far.
    rows: usize,
    /// How many rows each member has.
    filled: Vec<usize>,
}

impl Object {
    /// `None` where something in it is neither text nor an object.
    fn of(fields: &Fields, block: u32) -> Option<Self> {
        let column = |ty: &DataType| match ty {
            DataType::Utf8View => Some(Column::Text(StringViewBuilder::with_capacity(0).with_fixed_block_size(block))),
            DataType::Struct(fields) => {
                Some(Column::Object(Box::new(Self::of(fields, block)?), NullBufferBuilder::new(0)))
            }
            _ => None,
        };
        Some(Self {
            members: fields.iter().map(|field| column(field.data_type())).collect::<Option<_>>()?,
            places: fields.iter().enumerate().map(|(place, field)| (field.name().clone(), place)).collect(),
            order: Vec::new(),
            rows: 0,
            filled: vec![0; fields.len()],
            fields: fields.clone(),
        })
    }

    /// Where the attribute that is the `nth` of its object goes.
    fn place(&mut self, nth: usize, name: &str) -> Option<usize> {
        if let Some((known, place)) = self.order.get(nth)
            && known == name
        {
            return *place;
        }
        let place = self.places.get(name).copied();
        if name.len() > MAX_NAME || nth >= MAX_ORDER {
            return place;
        }
        let entry = (name.to_owned(), place);
        if let Some(known) = self.order.get_mut(nth) {
            *known = entry;
        } else if self.order.len() == nth {
            self.order.push(entry);
        }
        place
    }

    /// Ends a row: what was not in it is null.
    fn end_row(&mut self) {
        self.rows += 1;
        for (member, filled) in self.members.iter_mut().zip(&mut self.filled) {
            if *filled < self.rows {
                *filled = self.rows;
                member.null();
            }
        }
    }

    fn columns(self) -> Vec<ArrayRef> {
        self.members.into_iter().map(Column::finish).collect()
    }
}

impl Column {
    fn null(&mut self) {
        match self {
            Self::Text(texts) => texts.append_null(),
            Self::Object(object, nulls) => {
                nulls.append_null();
                object.end_row();
            }
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut texts) => Arc::new(texts.finish()),
            Self::Object(object, mut nulls) => {
                let (fields, rows) = (object.fields.clone(), object.rows);
                match StructArray::try_new_with_length(fields.clone(), object.columns(), nulls.finish(), rows) {
                    Ok(array) => Arc::new(array),
                    Err(_) => Arc::new(StructArray::new_null(fields, rows)),
                }
            }
        }
    }
}

/// A record being read.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// An object, which becomes a row of `row`.
    fn object(&mut self, row: &mut Object) -> Option<()> {
        self.take(b'{')?;
        self.space();
        let mut nth = 0;
        if self.peek() != Some(b'}') {
            loop {
                self.space();
                let name = self.string()?;
                let place = row.place(nth, &name);
                nth += 1;
                self.space();
                self.take(b':')?;
                self.space();
                match place {
                    None => self.skip()?,
                    // Twice: which one counts is not decided here.
                    Some(place) if row.filled[place] > row.rows => return None,
                    Some(place) => {
                        row.filled[place] += 1;
                        self.value(&mut row.members[place])?;
                    }
                }
                self.space();
                if self.peek() != Some(b',') {
                    break;
                }
                self.at += 1;
            }
        }
        self.take(b'}')?;
        row.end_row();
        Some(())
    }

    fn value(&mut self, column: &mut Column) -> Option<()> {
        if self.literal("null").is_some() {
            column.null();
            return Some(());
        }
        let texts = match column {
            Column::Text(texts) => texts,
            Column::Object(object, nulls) => {
                self.object(object)?;
                nulls.append_non_null();
                return Some(());
            }
        };
        match self.peek()? {
            b'"' => texts.append_value(self.string()?),
            b't' => texts.append_value(self.literal("true")?),
            b'f' => texts.append_value(self.literal("false")?),
            b'-' | b'0'..=b'9' => texts.append_value(self.number()),
            _ => return None,
        }
        Some(())
    }

    fn literal(&mut self, word: &'static str) -> Option<&'static str> {
        self.text.get(self.at..)?.starts_with(word).then(|| {
            self.at += word.len();
            word
        })
    }

    /// As it is written.
    fn number(&mut self) -> &'a str {
        let rest = &self.text.as_bytes()[self.at..];
        let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let start = self.at;
        self.at += rest.iter().position(|byte| !part(byte)).unwrap_or(rest.len());
        &self.text[start..self.at]
    }

    /// The content of a string.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.take(b'"')?;
        let (start, bytes) = (self.at, self.text.as_bytes());
        let found = start + find_either(b'"', b'\\', &bytes[start..])?;
        if bytes[found] == b'"' {
            self.at = found + 1;
            return Some(Cow::Borrowed(&self.text[start..found]));
        }
        let end = json_string_end(bytes, found)?;
        self.at = end + 1;
        serde_json::from_str(&self.text[start - 1..=end]).ok().map(Cow::Owned)
    }

    /// Any value that nobody wants.
    fn skip(&mut self) -> Option<()> {
        if self.peek() == Some(b'"') {
            return self.string().map(drop);
        }
        let rest = &self.text[self.at..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        let end = values.byte_offset();
        self.at += end;
        // Characters in two halves are not looked at here.
        (!rest[..end].contains("\\u")).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{columns, decode_any};
    use super::*;
    use crate::format::{Shape, Wanted};

    fn schema() -> SchemaRef {
        let wanted = |name: &str, shape| Wanted { name: name.to_owned(), shape };
        let inner = Shape::Object(vec![
            wanted("c", Shape::Scalar),
            wanted("d", Shape::Object(vec![wanted("e", Shape::Scalar)])),
        ]);
        let all = [wanted("a", Shape::Scalar), wanted("b", inner), wanted("f", Shape::Scalar)];
        Arc::new(arrow::datatypes::Schema::new(columns::fields_of(&all)))
    }

    /// Both decoders, where this one has an answer.
    fn agree(records: &[&[u8]]) -> bool {
        let text = records.concat();
        let mut at = 0;
        let mut found = Vec::new();
        for record in records {
            found.push(at..at + record.len());
            at += record.len();
        }
        let Some(quick) = decode(&schema(), &text, &found) else { return false };
        let other = decode_any(&schema(), &text, &found);
        let shown = String::from_utf8_lossy(&text);
        assert_eq!(quick, other.unwrap_or_else(|error| panic!("{shown}: {error}")), "{shown}");
        true
    }

    const RECORDS: [&str; 12] = [
        r#"{"a":"x","b":{"c":1,"d":{"e":true}},"f":null}"#,
        r#"{ "f" : -1.5e+3 , "a" : "Z\u00fcrich \"here\" \\ \n" , "x" : [1, {"y": "]"}], "b" : null }"#,
        "{}",
        r#"{"b":{}}"#,
        r#"{"b":{"d":{}, "c":""},"zz":{"a":{"a":1}}}"#,
        r#"{"a":"a text that is longer than twelve bytes","f":12345678901234567890.123}"#,
        "  {\"a\"\t:\tfalse}\r",
        r#"{"\u0061":"x"}"#,
        r#"{"a":"日本語","b":{"c":"é"}}"#,
        r#"{"x":1e5,"y":"\"","w":[[],{}],"a":"last"}"#,
        r#"{"a":0,"f":"0"}"#,
        r#"{"f":"\ud83d\ude00"}"#,
    ];

    #[test]
    fn usual_records_are_decoded_as_by_the_other_decoder() {
        let all: Vec<&[u8]> = RECORDS.iter().map(|record| record.as_bytes()).collect();
        assert!(agree(&all));
        for record in all {
            assert!(agree(&[record]), "{}", String::from_utf8_lossy(record));
        }
    }

    #[test]
    fn what_is_unusual_is_left_to_the_other_decoder() {
        for record in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":[1]}"#,
            r#"{"a":{"c":1}}"#,
            r#"{"b":"text"}"#,
            r#"{"a":1"#,
            r#"{"a":1}}"#,
            r#"{"a":nul}"#,
            r#"{"a":"\q"}"#,
            r#"{"a":1,}"#,
            r#"{"x":[1,}"#,
            "[]",
            "",
        ] {
            assert!(!agree(&[record.as_bytes()]), "{record}");
        }
        assert!(!agree(&[b"{\"a\":\"\xFF\"}"]));
    }

    #[test]
    fn damaged_records_are_never_read_in_another_way() {
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut answered = 0;
        for _ in 0..30_000 {
            let mut record = RECORDS[random(RECORDS.len())].as_bytes().to_vec();
            for _ in 0..=random(2) {
                let at = random(record.len());
                let other = br#"{}[]",:\ 0-eau"#[random(14)];
                match random(3) {
                    0 => record[at] = other,
                    1 => record.insert(at, other),
                    _ => drop(record.remove(at)),
                }
                if record.is_empty() {
                    break;
                }
            }
            answered += usize::from(agree(&[&record]));
        }
        assert!(answered > 1000, "{answered}");
    }
}
