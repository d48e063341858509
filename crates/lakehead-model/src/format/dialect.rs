//! How delimited files are written, beyond what is documented: whether they have a header, how fields are quoted, what
//! stands for null. The names are those that uploads of batches have.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{DataFormat, FormatKind, character};
use crate::Invalid;
use crate::body::{self, Object};

/// Most markers of null, and most bytes of one.
const MAX_MARKERS: usize = 20;
const MAX_MARKER: usize = 100;

/// The settings of a delimited file that are seldom needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dialect {
    /// Whether the first record names the columns; without, they are `_c0`, `_c1` and so on.
    pub header: bool,
    /// What stands around fields; `None` where nothing does and quotes are text.
    pub quote: Option<u8>,
    /// What stands before a quote in a quoted field; `None` where it is written twice.
    pub escape: Option<u8>,
    /// Unquoted fields that are null, beside the empty one.
    pub null_markers: Vec<String>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self::usual()
    }
}

impl Dialect {
    /// A header, and fields quoted as RFC 4180 says.
    pub const fn usual() -> Self {
        Self { header: true, quote: Some(b'"'), escape: None, null_markers: Vec::new() }
    }

    /// Whether nothing has been declared.
    pub fn is_usual(&self) -> bool {
        *self == Self::usual()
    }

    /// Reads `header`, `quote`, `escape` and `nullMarker` of `members`, which stand at `place`.
    /// `delimiter` is that of the file.
    pub fn parse(members: &Object, place: &str, delimiter: u8) -> Result<Self, Invalid> {
        let mut dialect = Self::usual();
        let path = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        if let Some(header) = body::opt_flag(members, "header", &path("header"))? {
            dialect.header = header;
        }
        match one(members, "quote", &path("quote"))? {
            None => {}
            Some(quote) if quote.eq_ignore_ascii_case("none") => dialect.quote = None,
            Some(quote) => dialect.quote = Some(mark(&quote, &path("quote"), delimiter)?),
        }
        if let Some(escape) = one(members, "escape", &path("escape"))? {
            // A quote that escapes itself is one that is written twice.
            dialect.escape = Some(mark(&escape, &path("escape"), delimiter)?).filter(|it| Some(*it) != dialect.quote);
        }
        dialect.null_markers = texts(members, "nullMarker", &path("nullMarker"))?.unwrap_or_default();
        dialect.null_markers.retain(|marker| !marker.is_empty());
        if dialect.null_markers.len() > MAX_MARKERS
            || dialect.null_markers.iter().any(|marker| marker.len() > MAX_MARKER)
        {
            let cure = format!("give at most {MAX_MARKERS} texts of at most {MAX_MARKER} bytes");
            return Err(Invalid::value(&path("nullMarker"), &cure));
        }
        Ok(dialect)
    }
}

impl DataFormat {
    /// Takes over what a client declares of the dialect; only delimited files have one.
    pub fn declare_dialect(&mut self, members: &Object, place: &str) -> Result<(), Invalid> {
        let dialect = Dialect::parse(members, place, self.column_delimiter)?;
        if self.kind == FormatKind::Delimited {
            self.dialect = dialect;
        }
        Ok(())
    }
}

/// A text, or a list of texts.
fn texts(members: &Object, name: &str, path: &str) -> Result<Option<Vec<String>>, Invalid> {
    match body::member(members, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
        Some(Value::Array(items)) => {
            let text = |item: &Value| item.as_str().map(str::to_owned);
            let texts = items.iter().map(text).collect::<Option<_>>();
            texts.map(Some).ok_or_else(|| Invalid::value(path, "give texts"))
        }
        Some(_) => Err(Invalid::value(path, "give a text")),
    }
}

/// A text, or a list of one; empty is absent.
fn one(members: &Object, name: &str, path: &str) -> Result<Option<String>, Invalid> {
    match texts(members, name, path)?.unwrap_or_default().as_slice() {
        [] => Ok(None),
        [text] => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        _ => Err(Invalid::value(path, "give one text")),
    }
}

fn mark(text: &str, path: &str, delimiter: u8) -> Result<u8, Invalid> {
    let taken = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0) || *byte == delimiter;
    character(text).filter(|byte| !taken(byte)).ok_or_else(|| {
        Invalid::value(path, "one ASCII character is expected that is no line break and not the column delimiter")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(members: &Value) -> Result<Dialect, Invalid> {
        Dialect::parse(members.as_object().unwrap(), "data.properties", b',')
    }

    #[test]
    fn what_is_declared_is_taken() {
        assert_eq!(parse(&json!({})), Ok(Dialect::usual()));
        let declared = json!({"header": "false", "quote": "\'", "escape": ["\\"], "nullMarker": ["NULL", "", "\\N"]});
        let expected = Dialect {
            header: false,
            quote: Some(b'\''),
            escape: Some(b'\\'),
            null_markers: vec!["NULL".to_owned(), "\\N".to_owned()],
        };
        assert_eq!(parse(&declared), Ok(expected.clone()));
        let text = serde_json::to_string(&expected).unwrap();
        assert_eq!(serde_json::from_str::<Dialect>(&text).unwrap(), expected);
        assert_eq!(parse(&json!({"quote": "none"})).unwrap().quote, None);
        assert_eq!(parse(&json!({"quote": "", "escape": [], "nullMarker": ""})), Ok(Dialect::usual()));
        assert_eq!(parse(&json!({"escape": "\"", "nullMarker": "-"})).unwrap().escape, None);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (declared, names) in [
            (json!({"header": "perhaps"}), "header"),
            (json!({"quote": ","}), "quote"),
            (json!({"quote": "\"\""}), "quote"),
            (json!({"quote": 1}), "quote"),
            (json!({"escape": ["a", "b"]}), "escape"),
            (json!({"escape": "\n"}), "escape"),
            (json!({"nullMarker": [1]}), "nullMarker"),
            (json!({"nullMarker": ["x".repeat(101)]}), "nullMarker"),
            (json!({"nullMarker": vec!["x"; 21]}), "nullMarker"),
        ] {
            let error = parse(&declared).unwrap_err();
            assert!(error.to_string().contains(&format!("`data.properties.{names}`")), "{declared}: {error}");
        }
    }
}
