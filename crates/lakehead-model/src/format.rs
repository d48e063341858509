//! What the files of a source connection look like.

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::invalid::excerpt;

/// The declared shape of source files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataFormat {
    /// Which decoder reads the files.
    pub kind: FormatKind,
    /// Separator of delimited files, one ASCII byte; `,` where nothing is said.
    pub column_delimiter: u8,
    /// Character encoding of delimited files.
    pub encoding: Encoding,
    /// Compression of delimited and JSON files.
    pub compression: Option<Compression>,
}

/// The decoder of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatKind {
    /// CSV, TSV and friends with a header row, RFC 4180 quoting.
    Delimited,
    /// One JSON object per line, or one array of objects.
    Json,
    /// Parquet whose columns are mapped.
    Parquet,
    /// Parquet that already has the fields of the target schema.
    ParquetXdm,
}

/// Character encoding of a delimited file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, the default; a byte order mark is skipped.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// ISO-8859-1.
    #[serde(rename = "ISO-8859-1")]
    Latin1,
}

/// Compression of a source file, by the names of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Compression {
    /// `gzip`
    Gzip,
    /// `deflate`
    Deflate,
    /// `bzip2`
    Bzip2,
    /// `zipDeflate`
    ZipDeflate,
    /// `tarGzip`
    TarGzip,
    /// `tar`
    Tar,
}

impl Compression {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "bzip2" => Self::Bzip2,
            "zipdeflate" => Self::ZipDeflate,
            "targzip" => Self::TarGzip,
            "tar" => Self::Tar,
            _ => return None,
        })
    }

    /// The name as the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Bzip2 => "bzip2",
            Self::ZipDeflate => "zipDeflate",
            Self::TarGzip => "tarGzip",
            Self::Tar => "tar",
        }
    }

    /// Whether several files are inside.
    pub const fn is_archive(self) -> bool {
        matches!(self, Self::ZipDeflate | Self::TarGzip | Self::Tar)
    }
}

impl FormatKind {
    /// The name as the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delimited => "delimited",
            Self::Json => "json",
            Self::Parquet => "parquet",
            Self::ParquetXdm => "parquet_xdm",
        }
    }
}

impl Encoding {
    fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_uppercase().as_str() {
            "UTF-8" | "UTF8" | "" => Some(Self::Utf8),
            "ISO-8859-1" => Some(Self::Latin1),
            _ => None,
        }
    }

    /// The name as the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Latin1 => "ISO-8859-1",
        }
    }
}

impl DataFormat {
    /// A format of `kind` with every option at its default.
    pub const fn new(kind: FormatKind) -> Self {
        Self { kind, column_delimiter: b',', encoding: Encoding::Utf8, compression: None }
    }
}

/// Reads a column delimiter as clients write it in `field`: one ASCII character, or `\t` for a tab. `CONNECTOR-1331-400`
/// for several characters.
pub fn parse_column_delimiter(text: &str, field: &str) -> Result<u8, Invalid> {
    match text.as_bytes() {
        _ if text == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n' | 0) => Ok(*byte),
        _ if text.chars().nth(1).is_some() => {
            let text = excerpt(text);
            let message = format!("`{field}` `{text}` is longer than one character: give one, or `\\t` for a tab");
            Err(Invalid::new("CONNECTOR-1331-400", message))
        }
        _ => Err(Invalid::value(field, "one ASCII character is expected that is no quote and no line break")),
    }
}

/// Reads an encoding as clients write it in `field`; empty is the default.
pub fn parse_encoding(text: &str, field: &str) -> Result<Encoding, Invalid> {
    Encoding::parse(text).ok_or_else(|| Invalid::value(field, "choose `UTF-8` or `ISO-8859-1`"))
}

/// Reads a compression as clients write it in `field`; empty and `none` are none.
pub fn parse_compression(text: &str, field: &str) -> Result<Option<Compression>, Invalid> {
    let name = text.trim();
    if name.is_empty() || name.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let cure = "choose `gzip`, `deflate`, `bzip2`, `zipDeflate`, `tarGzip` or `tar`, or leave it out";
    Compression::parse(name).map(Some).ok_or_else(|| Invalid::value(field, cure))
}

/// Writes a column delimiter as clients write it.
pub fn column_delimiter_text(delimiter: u8) -> String {
    if delimiter == b'\t' { "\\t".to_owned() } else { char::from(delimiter).to_string() }
}
