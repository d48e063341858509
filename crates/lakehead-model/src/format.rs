//! What the files of a source connection look like.

use serde::{Deserialize, Serialize};

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
    /// Reads a name as the API writes it, in any case; `None` for a name it does not have.
    pub fn parse(name: &str) -> Option<Self> {
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
}

impl DataFormat {
    /// A format of `kind` with every option at its default.
    pub const fn new(kind: FormatKind) -> Self {
        Self { kind, column_delimiter: b',', encoding: Encoding::Utf8, compression: None }
    }
}

/// Reads a column delimiter as clients write it: one ASCII character, or `\t` for a tab.
pub fn parse_column_delimiter(text: &str) -> Option<u8> {
    match text {
        "\\t" | "\t" => Some(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n' | 0) => Some(*byte),
            _ => None,
        },
    }
}
