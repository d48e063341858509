//! What the files of a source connection look like.

mod dialect;

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::invalid::excerpt;

pub use dialect::Dialect;

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
    /// Compression of all but Parquet files.
    pub compression: Option<Compression>,
    /// How else delimited files are written.
    #[serde(default, skip_serializing_if = "Dialect::is_usual")]
    pub dialect: Dialect,
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
    /// Avro object container files, beyond the documented formats.
    Avro,
}

impl FormatKind {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Delimited, Self::Json, Self::Parquet, Self::ParquetXdm, Self::Avro];

    /// By the name of the API, in letters of any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name.trim()))
    }
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
    /// UTF-16, beyond the documented ones; the byte order is that of the mark, or little-endian.
    #[serde(rename = "UTF-16")]
    Utf16,
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
    /// `zstd`, beyond the documented ones as all that follow.
    Zstd,
    /// `xz`
    Xz,
    /// `lz4`: frames, as the command of that name writes them.
    Lz4,
    /// `snappy`: the framed form.
    Snappy,
    /// `tarBzip2`
    TarBzip2,
    /// `tarZstd`
    TarZstd,
    /// `tarXz`
    TarXz,
}

impl Compression {
    /// Every compression.
    pub const ALL: [Self; 13] = [
        Self::Gzip,
        Self::Deflate,
        Self::Bzip2,
        Self::ZipDeflate,
        Self::TarGzip,
        Self::Tar,
        Self::Zstd,
        Self::Xz,
        Self::Lz4,
        Self::Snappy,
        Self::TarBzip2,
        Self::TarZstd,
        Self::TarXz,
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
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
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Lz4 => "lz4",
            Self::Snappy => "snappy",
            Self::TarBzip2 => "tarBzip2",
            Self::TarZstd => "tarZstd",
            Self::TarXz => "tarXz",
        }
    }

    /// Whether several files are inside.
    pub const fn is_archive(self) -> bool {
        matches!(self, Self::ZipDeflate | Self::Tar) || self.in_tar_of().is_some()
    }

    /// The compression around a tar archive.
    pub const fn in_tar_of(self) -> Option<Self> {
        match self {
            Self::TarGzip => Some(Self::Gzip),
            Self::TarBzip2 => Some(Self::Bzip2),
            Self::TarZstd => Some(Self::Zstd),
            Self::TarXz => Some(Self::Xz),
            _ => None,
        }
    }

    /// This compression around a tar archive, where that has a name.
    pub fn around_tar(self) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.in_tar_of() == Some(self))
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
            Self::Avro => "avro",
        }
    }
}

impl Encoding {
    fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_uppercase().as_str() {
            "UTF-8" | "UTF8" | "" => Some(Self::Utf8),
            "ISO-8859-1" => Some(Self::Latin1),
            "UTF-16" | "UTF16" => Some(Self::Utf16),
            _ => None,
        }
    }

    /// The name as the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Latin1 => "ISO-8859-1",
            Self::Utf16 => "UTF-16",
        }
    }
}

impl DataFormat {
    /// A format of `kind` with every option at its default.
    pub const fn new(kind: FormatKind) -> Self {
        Self { kind, column_delimiter: b',', encoding: Encoding::Utf8, compression: None, dialect: Dialect::usual() }
    }
}

/// Reads a column delimiter as clients write it in `field`: one ASCII character; `\t`, `tab` or `0x09` for a tab, and
/// other characters by their number likewise. `CONNECTOR-1331-400` for several characters.
pub fn parse_column_delimiter(text: &str, field: &str) -> Result<u8, Invalid> {
    let byte = character(text).ok_or_else(|| {
        if text.chars().nth(1).is_some() {
            let text = excerpt(text);
            let message = format!("`{field}` `{text}` is longer than one character: give one, or `\\t` for a tab");
            return Invalid::new("CONNECTOR-1331-400", message);
        }
        Invalid::value(field, "one ASCII character is expected that is no quote and no line break")
    })?;
    match byte {
        b'"' | b'\r' | b'\n' | 0 => {
            Err(Invalid::value(field, "one ASCII character is expected that is no quote and no line break"))
        }
        _ => Ok(byte),
    }
}

/// One ASCII character, as it is or by one of the names that people give to those that cannot be seen.
fn character(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() => Some(*byte),
        _ if text == "\\t" || text.eq_ignore_ascii_case("tab") => Some(b'\t'),
        [b'0', b'x' | b'X', digits @ ..] | [b'\\', b'x' | b'u', digits @ ..] if (2..=4).contains(&digits.len()) => {
            let digits =
                std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()));
            u8::from_str_radix(digits?, 16).ok().filter(u8::is_ascii)
        }
        _ => None,
    }
}

/// Reads an encoding as clients write it in `field`; empty is the default.
pub fn parse_encoding(text: &str, field: &str) -> Result<Encoding, Invalid> {
    Encoding::parse(text).ok_or_else(|| Invalid::value(field, "choose `UTF-8`, `ISO-8859-1` or `UTF-16`"))
}

/// Reads a compression as clients write it in `field`; empty and `none` are none.
pub fn parse_compression(text: &str, field: &str) -> Result<Option<Compression>, Invalid> {
    let name = text.trim();
    if name.is_empty() || name.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    Compression::parse(name).map(Some).ok_or_else(|| {
        let names = Compression::ALL.map(|known| format!("`{}`", known.name())).join(", ");
        Invalid::value(field, &format!("choose one of {names}, or leave it out"))
    })
}

/// Writes a column delimiter as clients write it.
pub fn column_delimiter_text(delimiter: u8) -> String {
    if delimiter == b'\t' { "\\t".to_owned() } else { char::from(delimiter).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_has_many_spellings() {
        for (text, expected) in [
            (",", b','),
            ("\t", b'\t'),
            ("\\t", b'\t'),
            ("tab", b'\t'),
            ("TAB", b'\t'),
            ("0x09", b'\t'),
            ("\\u0001", 1),
            ("\\x1F", 0x1f),
            ("\\", b'\\'),
            (" ", b' '),
        ] {
            assert_eq!(parse_column_delimiter(text, "f"), Ok(expected), "{text:?}");
        }
        for (text, code) in [
            ("||", "CONNECTOR-1331-400"),
            ("\\tt", "CONNECTOR-1331-400"),
            ("0x80", "CONNECTOR-1331-400"),
            ("0x+1", "CONNECTOR-1331-400"),
            ("\"", "CONNECTOR-1312-400"),
            ("0x0a", "CONNECTOR-1312-400"),
            ("ä", "CONNECTOR-1312-400"),
            ("", "CONNECTOR-1312-400"),
        ] {
            assert_eq!(parse_column_delimiter(text, "f").unwrap_err().code, code, "{text:?}");
        }
    }

    #[test]
    fn names_are_read_in_any_case() {
        for known in Compression::ALL {
            assert_eq!(parse_compression(&known.name().to_uppercase(), "f"), Ok(Some(known)));
            assert_eq!(known.around_tar().is_some(), Compression::ALL.iter().any(|c| c.in_tar_of() == Some(known)));
        }
        assert_eq!(Compression::Xz.around_tar(), Some(Compression::TarXz));
        for known in FormatKind::ALL {
            assert_eq!(FormatKind::parse(&known.name().to_uppercase()), Some(known));
        }
        assert!(parse_compression("lzma", "f").unwrap_err().to_string().contains("`tarXz`"));
    }
}
