//! Source connections: which files of a store, and what they look like.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body::{self, Object};
use crate::connection::Connection;
use crate::format::{DataFormat, FormatKind, parse_column_delimiter, parse_compression, parse_encoding};
use crate::id::{Id, Kind};
use crate::invalid::excerpt;
use crate::patch::{self, Operation};
use crate::row_filter::RowFilter;
use crate::specs::{self, SpecRef};
use crate::state::{Mode, State};
use crate::time::EpochMs;
use crate::{Actor, Audit, Etag, Invalid, Scope};

/// What a client may change.
const PATCHABLE: &[&str] = &["/name", "/description", "/params/**", "/data/**"];
/// Longest path, in bytes: the longest key of S3.
const MAX_PATH: usize = 1024;
/// Deepest nesting of `data`.
const MAX_DATA_DEPTH: usize = 16;
/// Deepest nesting of `params`: a row filter within its own limit has two levels for each condition.
const MAX_PARAM_DEPTH: usize = 80;

/// A stored source connection, in the form `GET` shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceConnection {
    /// Identity.
    pub id: Id<SourceConnection>,
    /// Who and when.
    #[serde(flatten)]
    pub audit: Audit,
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The connection that holds the credentials.
    pub base_connection_id: Id<Connection>,
    /// Where it is in its life.
    pub state: State,
    /// Format and its properties, as sent.
    pub data: Object,
    /// The kind of store.
    pub connection_spec: SpecRef,
    /// Selection of files, as sent.
    pub params: Object,
    /// Provider id, kept as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// Derived: `baseConnection`.
    pub inherited_attributes: Value,
    /// The same as `etag`.
    pub version: Etag,
    /// Version for optimistic locking.
    pub etag: Etag,
}

impl Kind for SourceConnection {
    const NAME: &'static str = "source connection";
}

/// A request to make a source connection, checked as far as it can be without its base connection.
#[derive(Clone, Debug)]
pub struct NewSourceConnection {
    /// Name for people.
    pub name: String,
    /// Longer text for people.
    pub description: Option<String>,
    /// The connection that holds the credentials; the caller looks it up.
    pub base_connection_id: Id<Connection>,
    /// Format and its properties.
    pub data: Object,
    /// Selection of files.
    pub params: Object,
    /// The kind of store.
    pub connection_spec: SpecRef,
    /// Provider id.
    pub provider_id: Option<String>,
}

/// Which files to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// File, folder or wildcard pattern as written by the client.
    pub path: String,
    /// How to read `path`.
    pub kind: SelectionKind,
    /// Whether sub-folders are read too; means nothing for a file.
    pub recursive: bool,
}

/// How to read the path of a [`Selection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SelectionKind {
    /// Exactly this object.
    File,
    /// Everything in this folder.
    Folder,
    /// Everything whose name matches; `*` and `?` do not cross a `/`.
    Pattern,
}

impl NewSourceConnection {
    /// Reads a request body and checks spec, format and selection; those of a draft may be missing.
    pub fn parse(body: &Value, mode: Mode) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let input = Self {
            name: body::name(root)?,
            description: body::opt_text(root, "description", "description")?,
            base_connection_id: body::opt_id(root, "baseConnectionId")?
                .ok_or_else(|| Invalid::missing("baseConnectionId"))?,
            data: part(root, "data", mode)?,
            params: part(root, "params", mode)?,
            connection_spec: SpecRef::parse(root, "connectionSpec")?,
            provider_id: body::opt_text(root, "providerId", "providerId")?,
        };
        input.check(mode)?;
        Ok(input)
    }

    fn check(&self, mode: Mode) -> Result<(), Invalid> {
        for (name, members, depth) in [("data", &self.data, MAX_DATA_DEPTH), ("params", &self.params, MAX_PARAM_DEPTH)]
        {
            for value in members.values() {
                body::check_extent(value, name, depth)?;
            }
            body::check_size(members, name)?;
        }
        let spec = specs::connection_spec(&self.connection_spec)?;
        specs::check_draft_mode(spec, mode)?;
        specs::check_source_params(spec, &self.params, mode)?;
        if body::member(&self.params, "cdcEnabled").and_then(body::as_flag) == Some(true) {
            // As an ordinary source it would land deleted rows as living ones.
            let cure = "changes with deletions cannot be read yet: leave it out and send files of new rows only";
            return Err(Invalid::value("params.cdcEnabled", cure));
        }
        if let Some(filters) = body::member(&self.params, "filters") {
            RowFilter::parse(filters, "params.filters")?.check_support(&spec["attributes"])?;
        }
        let draft = mode == Mode::Draft;
        if !draft || self.params.contains_key("path") {
            selection(&self.params)?;
        }
        if !draft || self.data.contains_key("format") {
            format(&self.data)?;
        }
        Ok(())
    }
}

/// A mandatory object, which a draft may lack.
fn part(root: &Object, field: &str, mode: Mode) -> Result<Object, Invalid> {
    match (body::opt_object(root, field, field)?, mode) {
        (Some(object), _) => Ok(object.clone()),
        (None, Mode::Draft) => Ok(Object::new()),
        (None, Mode::Complete) => Err(Invalid::missing(field)),
    }
}

impl SourceConnection {
    /// A new source connection on `base`, whose spec must be the same.
    pub fn new(
        input: &NewSourceConnection,
        mode: Mode,
        base: &Connection,
        scope: &Scope,
        actor: &Actor,
        now_ms: EpochMs,
    ) -> Result<Self, Invalid> {
        if base.connection_spec.id != input.connection_spec.id {
            let cure = format!("the base connection has spec `{}`: give the same", base.connection_spec.id);
            return Err(Invalid::value("connectionSpec.id", &cure));
        }
        if mode == Mode::Complete {
            base.state.check_not_draft("the base connection", &base.id.to_string())?;
        }
        let etag = Etag::generate();
        Ok(Self {
            id: Id::generate(),
            audit: Audit::created(scope, actor, now_ms),
            name: input.name.clone(),
            description: input.description.clone(),
            base_connection_id: input.base_connection_id,
            state: mode.state(),
            data: input.data.clone(),
            connection_spec: input.connection_spec.clone(),
            params: input.params.clone(),
            provider_id: input.provider_id.clone(),
            inherited_attributes: json!({
                "baseConnection": {"id": base.id, "connectionSpec": base.connection_spec}
            }),
            version: etag.clone(),
            etag,
        })
    }

    /// What the files look like.
    pub fn format(&self) -> Result<DataFormat, Invalid> {
        format(&self.data)
    }

    /// Which files to read.
    pub fn selection(&self) -> Result<Selection, Invalid> {
        selection(&self.params)
    }

    /// The changed source connection.
    pub fn patch(&self, operations: &[Operation], actor: &Actor, now_ms: EpochMs) -> Result<Self, Invalid> {
        let document = patch::apply(&self.document(), operations, PATCHABLE)?;
        let input = NewSourceConnection::parse(&document, self.state.mode())?;
        let mut changed = Self {
            name: input.name,
            description: input.description,
            data: input.data,
            params: input.params,
            ..self.clone()
        };
        changed.touch(actor, now_ms);
        Ok(changed)
    }

    /// The draft as an enabled source connection on `base`: everything must be there now, and the base be no draft.
    /// Code: `FLOW-1422-400` no draft.
    pub fn publish(&self, base: &Connection, actor: &Actor, now_ms: EpochMs) -> Result<Self, Invalid> {
        self.state.check_publishable()?;
        base.state.check_not_draft("the base connection", &base.id.to_string())?;
        NewSourceConnection::parse(&self.document(), Mode::Complete)?;
        let mut published = Self { state: State::Enabled, ..self.clone() };
        published.touch(actor, now_ms);
        Ok(published)
    }

    /// The request that would make this source connection.
    fn document(&self) -> Value {
        json!({
            "name": self.name, "description": self.description, "baseConnectionId": self.base_connection_id,
            "data": self.data, "params": self.params, "connectionSpec": self.connection_spec,
        })
    }

    fn touch(&mut self, actor: &Actor, now_ms: EpochMs) {
        self.audit.touch(actor, now_ms);
        self.etag = Etag::generate();
        self.version = self.etag.clone();
    }
}

/// Reads `data`. Codes: 1396 no format, 1327 unknown format, 1331 delimiter longer than one character.
pub fn format(data: &Object) -> Result<DataFormat, Invalid> {
    let name = body::opt_text(data, "format", "data.format")?.unwrap_or_default();
    let kind = FormatKind::parse(&name).ok_or_else(|| unknown_format(name.trim()))?;
    let mut format = DataFormat::new(kind);
    let empty = Object::new();
    let properties = body::opt_object(data, "properties", "data.properties")?.unwrap_or(&empty);
    if let Some(text) = body::opt_text(properties, "columnDelimiter", "data.properties.columnDelimiter")?
        .or(body::opt_text(data, "columnDelimiter", "data.columnDelimiter")?)
    {
        format.column_delimiter = parse_column_delimiter(&text, "data.properties.columnDelimiter")?;
    }
    if let Some(text) = body::opt_text(properties, "encoding", "data.properties.encoding")? {
        format.encoding = parse_encoding(&text, "data.properties.encoding")?;
    }
    if let Some(text) = body::opt_text(properties, "compressionType", "data.properties.compressionType")? {
        format.compression = parse_compression(&text, "data.properties.compressionType")?;
    }
    format.declare_dialect(properties, "data.properties")?;
    if format.compression.is_some() && matches!(kind, FormatKind::Parquet | FormatKind::ParquetXdm) {
        let cure = "Parquet files are compressed inside: remove it";
        return Err(Invalid::value("data.properties.compressionType", cure));
    }
    Ok(format)
}

fn unknown_format(name: &str) -> Invalid {
    const CHOICE: &str = "choose `delimited`, `json`, `parquet`, `parquet_xdm` or `avro`";
    if name.is_empty() {
        Invalid::new("CONNECTOR-1396-400", format!("`data.format` is missing: {CHOICE}"))
    } else {
        Invalid::new("CONNECTOR-1327-400", format!("`data.format` `{}` is not supported: {CHOICE}", excerpt(name)))
    }
}

/// Reads `params.path`, `params.type` and `params.recursive`.
///
/// Without a type, a path with `*` or `?` is a pattern, one that ends in `/` or has no extension a folder.
pub fn selection(params: &Object) -> Result<Selection, Invalid> {
    let path = body::text(params, "path", "params.path")?;
    check_path(&path)?;
    let has_wildcard = path.contains(['*', '?']);
    let extension = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let kind = match body::opt_text(params, "type", "params.type")?.map(|text| text.trim().to_ascii_lowercase()) {
        Some(kind) if kind == "file" => SelectionKind::File,
        Some(kind) if kind != "folder" => {
            return Err(Invalid::value("params.type", "choose `file` or `folder`"));
        }
        _ if has_wildcard => SelectionKind::Pattern,
        None if extension => SelectionKind::File,
        _ => SelectionKind::Folder,
    };
    let recursive = body::opt_flag(params, "recursive", "params.recursive")?.unwrap_or(false);
    Ok(Selection { path, kind, recursive })
}

fn check_path(path: &str) -> Result<(), Invalid> {
    let bad = |cure: &str| Err(Invalid::value("params.path", cure));
    if path.len() > MAX_PATH {
        return bad("at most 1024 bytes are allowed");
    }
    if path.chars().any(char::is_control) {
        return bad("remove the control characters");
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return bad("`.` and `..` are not names of folders in an object store");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
