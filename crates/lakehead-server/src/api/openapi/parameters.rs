//! Query parameters and headers that operations share.

use serde_json::{Value, json};

/// A query parameter or a request header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    /// Name as documented; names of query parameters are taken in any case.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Whether a request without it is refused.
    pub(crate) required: bool,
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// Any text, the parameter may be repeated.
    Texts,
    /// A whole number within bounds.
    Integer(i64, i64),
    /// `true` or `false`.
    Flag,
    /// One of these, in any case.
    Choice(&'static [&'static str]),
}

impl Parameter {
    /// An optional parameter.
    pub(crate) const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, about, kind, required: false }
    }

    /// The same, but mandatory.
    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The parameter as the document shows it; `place` is `query` or `header`.
    pub(super) fn to_json(self, place: &str) -> Value {
        let schema = match self.kind {
            Kind::Text => json!({ "type": "string" }),
            Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Kind::Integer(min, max) => json!({ "type": "integer", "minimum": min, "maximum": max }),
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Choice(names) => json!({ "type": "string", "enum": names }),
        };
        json!({ "name": self.name, "in": place, "required": self.required, "description": self.about, "schema": schema })
    }
}

const PROPERTY: Parameter = Parameter::new(
    "property",
    Kind::Texts,
    "A filter such as `state==enabled` (operators `==`, `!=`, `<`, `<=`, `>`, `>=`; several values of `==` are separated by commas; all repetitions must hold), or the top-level fields to show, separated by commas.",
);
const ORDER_BY: Parameter =
    Parameter::new("orderby", Kind::Text, "Fields to sort by, separated by commas; `-` before a field is descending.");
const COUNT: Parameter = Parameter::new("count", Kind::Flag, "`true` answers only the number of matches.");
const SEARCH: Parameter = Parameter::new(
    "search",
    Kind::Text,
    "A part of the name, in upper or lower case, or a whole id; at most 255 characters. An addition of this server.",
);
/// Where the next page begins.
pub(crate) const CONTINUATION: Parameter =
    Parameter::new("continuationToken", Kind::Text, "Taken from `_links.next.href` of the page before.");
const LIMIT: Parameter =
    Parameter::new("limit", Kind::Integer(1, 100), "Most items of one page; 100 where nothing is said.");
/// Parameters of a list of what has names.
pub(crate) const LIST: &[Parameter] = &[PROPERTY, SEARCH, ORDER_BY, LIMIT, CONTINUATION, COUNT];
/// Parameters of a list of what has none.
pub(crate) const NAMELESS_LIST: &[Parameter] = &[PROPERTY, ORDER_BY, LIMIT, CONTINUATION, COUNT];
/// Parameters of a list that has one page.
pub(crate) const FILTER: &[Parameter] = &[PROPERTY, SEARCH];
/// `?mode=draft`.
pub(crate) const MODE: &[Parameter] =
    &[Parameter::new("mode", Kind::Choice(&["draft"]), "`draft` stores what may still be incomplete.")];
/// The version that is changed.
pub(crate) const IF_MATCH: Parameter =
    Parameter::new("If-Match", Kind::Text, "The etag of the resource as it was read, quotes included.").required();
/// The version that is changed, where the caller cares.
pub(crate) const MAY_MATCH: Parameter = Parameter::new(
    "If-Match",
    Kind::Text,
    "The etag of the resource as it was read; refused where it has changed since.",
);
/// A create that may be sent again.
pub(crate) const IDEMPOTENCY_KEY: Parameter = Parameter::new(
    "Idempotency-Key",
    Kind::Text,
    "A random text of yours, at most 256 characters. Within 24 hours the same request with the same key is answered as before \
     and makes nothing again; another request with it is refused.",
);
/// Parameters of explore.
pub(crate) const EXPLORE: &[Parameter] = &[
    Parameter::new("objectType", Kind::Choice(&["root", "folder", "file"]), "What `object` is.").required(),
    Parameter::new("object", Kind::Text, "Path of the folder or file, as explore lists it; needless for `root`."),
    Parameter::new(
        "fileType",
        Kind::Choice(&["delimited", "json", "parquet", "avro"]),
        "How to read a file; needed unless it is found out.",
    ),
    Parameter::new("preview", Kind::Flag, "`true` adds the first rows of a file, at most 100."),
    Parameter::new(
        "columnDelimiter",
        Kind::Text,
        "One character, `\\t`, `tab` or `0x09`; a comma where nothing is said.",
    ),
    Parameter::new(
        "compressionType",
        Kind::Choice(&[
            "gzip",
            "deflate",
            "bzip2",
            "zipDeflate",
            "tarGzip",
            "tar",
            "zstd",
            "xz",
            "lz4",
            "snappy",
            "tarBzip2",
            "tarZstd",
            "tarXz",
        ]),
        "How a file is compressed that is no Parquet file.",
    ),
    Parameter::new("encoding", Kind::Choice(&["UTF-8", "ISO-8859-1", "UTF-16"]), "Characters of a delimited file."),
    Parameter::new(
        "header",
        Kind::Flag,
        "`false`: the first row of a delimited file is data, its columns are `_c0` and on.",
    ),
    Parameter::new("quote", Kind::Text, "One character, or `none`; a double quote where nothing is said."),
    Parameter::new("escape", Kind::Text, "One character that takes the meaning from a quote behind it."),
    Parameter::new("nullMarker", Kind::Texts, "What means null in a delimited file, beside nothing."),
    Parameter::new(
        "rowCount",
        Kind::Flag,
        "`true` adds how many rows the whole file has: counted, or estimated from its beginning.",
    ),
    Parameter::new(
        "determineProperties",
        Kind::Flag,
        "`true` finds out type, compression, delimiter and encoding of a file; excludes declaring them.",
    ),
    Parameter::new(
        "filters",
        Kind::Text,
        "Base64 of a row filter, for sources whose connection spec has `attributes.filterAtSource`.",
    ),
    Parameter::new(
        "limit",
        Kind::Integer(1, 5000),
        "Most entries of one page of a folder; 5000 where nothing is said.",
    ),
    Parameter::new("continuationToken", Kind::Text, "Taken from the header `Link` of the page before."),
];
/// `start` and `limit` of the companion services.
pub(crate) const WINDOW: &[Parameter] = &[
    Parameter::new("start", Kind::Integer(0, 1_000_000_000), "Items to leave out."),
    Parameter::new("limit", Kind::Integer(1, 100), "Most items of one page."),
];
