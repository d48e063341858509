//! The one trait every source system implements, with the nouns its methods exchange.
//!
//! A connector holds no state: what it knows about a system comes from the [`Login`], and the only
//! way out of the process is the [`Net`] it is handed.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use lakehead_model::plan::PlannedObject;
use object_store::ObjectStore;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::{login::Login, net::Net};

/// Any error, boxed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A kind of system files are read from.
#[async_trait]
pub trait Connector: Send + Sync {
    /// The id of its connection spec; the catalogue of the model holds the rest: names, ways to log in, schemas.
    fn spec_id(&self) -> &'static str;

    /// Proves that the login works, with one cheap call.
    async fn check(&self, login: &Login, net: &Net) -> Result<(), ConnectError>;

    /// Lists one page of one level of what could be ingested. Memory is bounded by the page, not by the level.
    async fn explore(&self, login: &Login, at: &Place, part: &Part, net: &Net) -> Result<EntryPage, ConnectError>;

    /// Resolves a selection to pinned objects, which go into `found` in any order, each once. Only the end of this call
    /// without an error says that they are all: what came before an error is a part, and a part is no answer. Ends
    /// early where nobody receives any more.
    async fn list(
        &self,
        login: &Login,
        selection: &Selection,
        net: &Net,
        found: mpsc::Sender<Found>,
    ) -> Result<(), ConnectError>;

    /// The object at exactly this key as it is now; `None` where there is none.
    async fn current(
        &self,
        login: &Login,
        container: &str,
        key: &str,
        net: &Net,
    ) -> Result<Option<PlannedObject>, ConnectError>;

    /// Opens a container (bucket) for reading. The caller pins each read through `GetOptions::if_match`.
    fn open(&self, login: &Login, container: &str, net: &Net) -> Result<Arc<dyn ObjectStore>, ConnectError>;
}

/// What a listing hands over while it goes on.
#[derive(Debug)]
pub enum Found {
    /// Some more of the selected objects.
    Objects(Vec<PlannedObject>),
    /// Everything found so far is to be forgotten: the listing begins anew, in another way.
    Restart,
}

/// Everything that a selection resolves to, ordered by key; for selections that are known to be small.
///
/// # Errors
/// Those of [`Connector::list`].
pub async fn list_all(
    connector: &dyn Connector,
    login: &Login,
    selection: &Selection,
    net: &Net,
) -> Result<Vec<PlannedObject>, ConnectError> {
    let (found, mut receive) = mpsc::channel(1);
    let collect = async {
        let mut all = Vec::new();
        while let Some(found) = receive.recv().await {
            match found {
                Found::Objects(objects) => all.extend(objects),
                Found::Restart => all.clear(),
            }
        }
        all.sort_by(|a: &PlannedObject, b| a.key.cmp(&b.key));
        all
    };
    let (ended, all) = tokio::join!(connector.list(login, selection, net, found), collect);
    ended.map(|()| all)
}

/// The most entries of one page of an exploration.
pub const MAX_ENTRIES: usize = 5_000;

/// Which entries of a level an exploration answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Most entries, 1 to [`MAX_ENTRIES`].
    pub limit: usize,
    /// Where the page before ended: its [`EntryPage::next`].
    pub after: Option<String>,
}

impl Default for Part {
    /// The first page, as large as it may be.
    fn default() -> Self {
        Self { limit: MAX_ENTRIES, after: None }
    }
}

/// One page of an exploration. Pages follow one another in the order of the names, so that every entry is on one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPage {
    /// Folders first, each group by name.
    pub entries: Vec<Entry>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

/// Where an exploration looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where the login begins: its containers, or the folder it is bound to.
    Root,
    /// A folder, by a path as [`Entry::path`] shows it; the leading `/` may be missing.
    Folder(String),
}

/// File or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// Holds other entries.
    Folder,
    /// Holds rows.
    File,
}

/// One line of an exploration, serialised as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// File or folder.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// Last segment of the path.
    pub name: String,
    /// Full path, accepted by [`Connector::explore`] and as a source path; folders end in `/`.
    pub path: String,
    /// Whether rows can be shown.
    pub can_preview: bool,
    /// Whether columns can be shown.
    pub can_fetch_schema: bool,
    /// Bytes of a file, where listings tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

impl Entry {
    /// A folder.
    pub fn folder(name: &str, path: String) -> Self {
        let name = name.to_owned();
        Self { kind: EntryKind::Folder, name, path, can_preview: false, can_fetch_schema: false, size: None }
    }

    /// A file of `size` bytes; `readable` says whether its content can be fetched.
    pub fn file(name: &str, path: String, readable: bool, size: u64) -> Self {
        let (name, size) = (name.to_owned(), Some(size));
        Self { kind: EntryKind::File, name, path, can_preview: readable, can_fetch_schema: readable, size }
    }
}

/// What a source connection selected, with the window of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// A file, a folder, or a pattern with `*` and `?` (each within one segment).
    pub path: String,
    /// What the path is; derived where nothing is said.
    pub kind: Option<EntryKind>,
    /// Whether sub-folders are read too.
    pub recursive: bool,
    /// Only objects modified after this instant, epoch milliseconds, exclusive.
    pub modified_after_ms: Option<i64>,
    /// Only objects modified up to this instant, epoch milliseconds, inclusive.
    pub modified_until_ms: Option<i64>,
}

impl Selection {
    /// The file, folder or pattern at `path`: not recursive, of any time.
    pub fn of(path: impl Into<String>) -> Self {
        Self { path: path.into(), kind: None, recursive: false, modified_after_ms: None, modified_until_ms: None }
    }
}

/// What went wrong, as far as the caller decides by it: whether to try again, and which status to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectErrorKind {
    /// The system does not accept the credentials, or they may not do this.
    Auth,
    /// The container, folder or file does not exist.
    NotFound,
    /// The system asks to slow down; try again later.
    Throttled,
    /// The system does not answer or fails; try again later.
    Unreachable,
    /// The egress guard does not let this address through.
    Refused,
    /// The system answered something that cannot be used.
    BadData,
    /// The request itself is wrong: a parameter, a path, a pattern.
    BadRequest,
    /// This connector cannot do that.
    Unsupported,
}

impl ConnectErrorKind {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Throttled | Self::Unreachable)
    }
}

impl fmt::Display for ConnectErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auth => "login failed",
            Self::NotFound => "not found",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::BadData => "bad data",
            Self::BadRequest => "bad request",
            Self::Unsupported => "unsupported",
        })
    }
}

/// A failed call. `public` is safe to show to the owner of the connection; `source` is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{kind}: {public}")]
pub struct ConnectError {
    /// What the caller decides by.
    pub kind: ConnectErrorKind,
    /// Text for the user; names the thing and the cure, holds no secret and no inner state.
    pub public: String,
    /// The error below, for the log.
    #[source]
    pub source: Option<BoxError>,
}

impl ConnectError {
    /// An error without one below it.
    pub fn new(kind: ConnectErrorKind, public: impl Into<String>) -> Self {
        Self { kind, public: public.into(), source: None }
    }

    /// Keeps the error below for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Shorthand for [`ConnectErrorKind::BadRequest`].
    pub fn bad_request(public: impl Into<String>) -> Self {
        Self::new(ConnectErrorKind::BadRequest, public)
    }

    /// Shorthand for [`ConnectErrorKind::BadData`].
    pub fn bad_data(public: impl Into<String>) -> Self {
        Self::new(ConnectErrorKind::BadData, public)
    }

    /// The first `ConnectError` in the chain of `error`, itself included, without its own source.
    pub fn find(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(Self::new(found.kind, found.public.clone()));
            }
            next = error.source();
        }
        None
    }
}
