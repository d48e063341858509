//! The query parameters of an exploration. Those that nobody knows are left alone: clients send more than is documented.

use lakehead_connect::connector::{MAX_ENTRIES, Part, Place};
use lakehead_model::Invalid;
use lakehead_model::format::{DataFormat, FormatKind, parse_column_delimiter, parse_compression, parse_encoding};
use lakehead_model::invalid::excerpt;
use lakehead_model::row_filter::{self, RowFilter};
use serde_json::{Value, json};

use crate::api::body::{QueryPairs, flag};

/// Longest mark in a token, in bytes: the longest key of S3 and some more.
const MAX_MARK: usize = 1100;
/// What is either declared or found out.
const DECLARED: [&str; 4] = ["fileType", "compressionType", "columnDelimiter", "encoding"];

/// How else delimited files are declared.
const DIALECT: [&str; 4] = ["header", "quote", "escape", "nullMarker"];

/// What is to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// The entries of a folder.
    Level { place: Place, part: Part },
    /// The beginning of a file.
    File(File),
}

/// A file to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Its path as the caller wrote it.
    pub(super) path: String,
    /// How to read it; to be found out where nothing is said.
    pub(super) format: Option<DataFormat>,
    /// Whether rows are asked for, beside the columns.
    pub(super) rows: bool,
    /// Whether it is asked how many rows the whole file has.
    pub(super) counts: bool,
}

impl Request {
    /// Reads and checks the parameters. `attributes` are those of the connection spec. Codes: 1358 and 1359 `objectType`,
    /// 1337 `object`, those of [`format`] and of row filters, `FLOW-1452-400` the page.
    pub(super) fn parse(query: &QueryPairs, attributes: &Value) -> Result<Self, Invalid> {
        let kind = text(query, "objectType").ok_or_else(|| {
            Invalid::new("CONNECTOR-1359-400", "`objectType` is missing: use `root`, `folder` or `file`")
        })?;
        match kind.to_ascii_lowercase().as_str() {
            "root" => Ok(Self::Level { place: Place::Root, part: part(query)? }),
            "folder" => {
                let object = object(query)?;
                let is_root = matches!(object, "/" | "root");
                let place = if is_root { Place::Root } else { Place::Folder(object.to_owned()) };
                Ok(Self::Level { place, part: part(query)? })
            }
            "file" => {
                let path = object(query)?.to_owned();
                let (format, rows) = (format(query)?, flag("preview", text(query, "preview"))?);
                if let Some(filters) = text(query, "filters") {
                    RowFilter::parse(&row_filter::decode(filters)?, "filters")?.check_support(attributes)?;
                }
                let counts = flag("rowCount", text(query, "rowCount"))?;
                Ok(Self::File(File { path, format, rows, counts }))
            }
            other => {
                let message = format!("`objectType` `{}` is not one of root, folder, file", excerpt(other));
                Err(Invalid::new("CONNECTOR-1358-400", message))
            }
        }
    }
}

/// The declared format; `None` where it is to be found out. Codes: 1374 both, 1399 neither, 1396 a type that does not exist,
/// 1331 several characters as delimiter, 1312 other values that cannot be used.
fn format(query: &QueryPairs) -> Result<Option<DataFormat>, Invalid> {
    if flag("determineProperties", text(query, "determineProperties"))? {
        return match DECLARED.iter().chain(&DIALECT).find(|name| query.get(name).is_some_and(|value| !value.is_empty()))
        {
            None => Ok(None),
            Some(name) => {
                let message = format!("`determineProperties` and `{name}` exclude each other: leave one out");
                Err(Invalid::new("CONNECTOR-1374-400", message))
            }
        };
    }
    let name = text(query, "fileType").ok_or_else(|| {
        let message =
            "`fileType` is missing: use `delimited`, `json`, `parquet` or `avro`, or find it out by `determineProperties=true`";
        Invalid::new("CONNECTOR-1399-400", message)
    })?;
    let kind = match FormatKind::parse(name) {
        Some(FormatKind::ParquetXdm) => FormatKind::Parquet,
        Some(kind) => kind,
        None => {
            let name = excerpt(&name.to_ascii_lowercase());
            let message = format!("`fileType` `{name}` is not one of delimited, json, parquet, avro");
            return Err(Invalid::new("CONNECTOR-1396-400", message));
        }
    };
    let mut format = DataFormat::new(kind);
    if let Some(delimiter) = query.get("columnDelimiter").filter(|value| !value.is_empty()) {
        format.column_delimiter = parse_column_delimiter(without_stray(delimiter), "columnDelimiter")?;
    }
    if let Some(name) = text(query, "compressionType") {
        format.compression = parse_compression(name, "compressionType")?;
    }
    if format.compression.is_some() && format.kind == FormatKind::Parquet {
        return Err(Invalid::value("compressionType", "Parquet files are compressed inside: leave it out"));
    }
    if let Some(name) = text(query, "encoding") {
        format.encoding = parse_encoding(name, "encoding")?;
    }
    // Several texts may mean null; of the others the first counts, as everywhere.
    let given = |name: &'static str| {
        let mut values = query.all(name).filter(|value| !value.is_empty());
        let value = if name == "nullMarker" { json!(values.collect::<Vec<_>>()) } else { json!(values.next()?) };
        Some((name.to_owned(), value))
    };
    let declared = DIALECT.into_iter().filter_map(given);
    format.declare_dialect(&declared.collect(), "")?;
    Ok(Some(format))
}

fn part(query: &QueryPairs) -> Result<Part, Invalid> {
    let bad = |message: String| Invalid::new("FLOW-1452-400", message);
    let limit = match text(query, "limit") {
        None => MAX_ENTRIES,
        Some(text) => match text.parse::<u64>() {
            Ok(limit) if limit > 0 => limit.min(MAX_ENTRIES as u64) as usize,
            _ => return Err(bad(format!("`limit` `{}` is not a whole number from 1 on", excerpt(text)))),
        },
    };
    let after = match text(query, "continuationToken") {
        None => None,
        Some(token) => Some(mark_of(token).ok_or_else(|| {
            let token = excerpt(token);
            bad(format!("`continuationToken` `{token}` is not one of ours: take it from the header `Link`"))
        })?),
    };
    Ok(Part { limit, after })
}

fn mark_of(token: &str) -> Option<String> {
    if token.len() > 2 * MAX_MARK {
        return None;
    }
    let mark = String::from_utf8(hex::decode(token).ok()?).ok()?;
    (!mark.is_empty()).then_some(mark)
}

/// The query of the page that begins behind `mark`.
pub(super) fn following(query: &QueryPairs, mark: &str) -> String {
    let mut next = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.but("continuationToken") {
        next.append_pair(name, value);
    }
    next.append_pair("continuationToken", &hex::encode(mark)).finish()
}

fn object(query: &QueryPairs) -> Result<&str, Invalid> {
    query.get("object").filter(|object| !object.is_empty()).ok_or_else(|| {
        let message = "`object` is missing: give the path of the folder or file, as explore lists it";
        Invalid::new("CONNECTOR-1337-400", message)
    })
}

/// A value that is not empty. Documented sample URLs have a stray semicolon at the end of values.
fn text<'a>(query: &'a QueryPairs, name: &str) -> Option<&'a str> {
    let value = query.get(name)?.trim().trim_end_matches(';').trim_end();
    (!value.is_empty()).then_some(value)
}

/// A delimiter without the stray semicolon; a semicolon alone is meant.
fn without_stray(delimiter: &str) -> &str {
    delimiter.strip_suffix(';').filter(|rest| !rest.is_empty()).unwrap_or(delimiter)
}

#[cfg(test)]
mod tests;
