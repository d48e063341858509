//! From a selection to pinned objects: which keys match, which of them are in the window, and that all can be read.

use std::sync::Arc;

use lakehead_model::plan::PlannedObject;
use object_store::path::Path;
use tokio::sync::mpsc;

use super::{
    api::{Api, Listing},
    glob::{self, Glob},
    place::path_of,
    shards::{self, Tree},
    xml::ListedObject,
};
use crate::connector::{ConnectError, ConnectErrorKind, EntryKind, Found, Selection};

/// Lists what `key` (a file, folder or pattern in `bucket`) selects.
pub(super) async fn select(
    api: Api,
    bucket: &str,
    key: &str,
    selection: &Selection,
    found: mpsc::Sender<Found>,
) -> Result<(), ConnectError> {
    let pattern = glob::is_pattern(key);
    let shown = path_of(bucket, key);
    let search = Search { api: Arc::new(api), bucket, selection, shown: &shown, found };
    match selection.kind {
        Some(EntryKind::File) if key.is_empty() || key.ends_with('/') => {
            let text = format!("`{shown}` is a folder; name a file, or use the type `folder`");
            Err(ConnectError::bad_request(text))
        }
        Some(EntryKind::File) => {
            if search.take_file(key).await? {
                return Ok(());
            }
            Err(missing("file", &shown, pattern))
        }
        Some(EntryKind::Folder) | None if pattern => search.take_pattern(key).await,
        Some(EntryKind::Folder) => search.take_folder(key).await,
        // Nothing said: what exists decides, a file before a folder.
        None if key.is_empty() || key.ends_with('/') => search.take_folder(key).await,
        None => {
            if search.take_file(key).await? {
                return Ok(());
            }
            search.take_folder(key).await
        }
    }
}

/// The object at exactly `key` as it is now.
///
/// # Errors
/// Also where other keys begin like it, it is not the first of them, and nobody says that the store keeps the order: then it
/// may be there all the same.
pub(super) async fn current(api: &Api, bucket: &str, key: &str) -> Result<Option<PlannedObject>, ConnectError> {
    let (object, more) = first_at(api, bucket, key).await?;
    if object.is_none() && more && !api.is_amazon() {
        return Err(ConnectError::bad_data(format!(
            "the store does not tell whether it has the file `{bucket}/{key}`"
        )));
    }
    Ok(object.map(|object| pin(bucket, object)))
}

/// A listing rather than a HEAD, so that a file has the same identity whichever way it was selected.
async fn file_at(api: &Api, bucket: &str, key: &str) -> Result<Option<ListedObject>, ConnectError> {
    Ok(first_at(api, bucket, key).await?.0)
}

/// Of all keys with this prefix the key itself is the first; and whether there are more than what was looked at.
async fn first_at(api: &Api, bucket: &str, key: &str) -> Result<(Option<ListedObject>, bool), ConnectError> {
    let (mut found, mut more) = (None, false);
    let listing = Listing { page_keys: 1, ..Listing::of(bucket, key) };
    api.every_page(listing, |page| {
        // Some stores send empty pages before the first key.
        let empty = page.objects.is_empty();
        more = !empty && page.next.is_some();
        found = page.objects.into_iter().find(|object| object.key == key);
        Ok(empty)
    })
    .await?;
    Ok((found, more))
}

fn pin(bucket: &str, object: ListedObject) -> PlannedObject {
    PlannedObject::pin(bucket, &object.key, object.etag, None, object.size_bytes, object.last_modified_ms)
}

struct Search<'a> {
    api: Arc<Api>,
    bucket: &'a str,
    selection: &'a Selection,
    shown: &'a str,
    found: mpsc::Sender<Found>,
}

impl Search<'_> {
    /// Takes the file at exactly `key`; answers whether there is one.
    async fn take_file(&self, key: &str) -> Result<bool, ConnectError> {
        let Some(object) = file_at(&self.api, self.bucket, key).await? else { return Ok(false) };
        let taken = self.filter(None).take(vec![object])?;
        let _ = self.found.send(Found::Objects(taken)).await;
        Ok(true)
    }

    async fn take_folder(&self, key: &str) -> Result<(), ConnectError> {
        let prefix = if key.is_empty() || key.ends_with('/') { key.to_owned() } else { format!("{key}/") };
        let root = prefix.is_empty();
        let tree = Tree { bucket: self.bucket.to_owned(), prefix, recursive: self.selection.recursive };
        let exists = shards::list(&self.api, tree, self.filter(None), &self.found).await?;
        if exists || root { Ok(()) } else { Err(missing("file or folder", self.shown, false)) }
    }

    /// A pattern may match nothing today: files come and go.
    async fn take_pattern(&self, key: &str) -> Result<(), ConnectError> {
        let pattern = Glob::new(key, self.selection.recursive);
        let prefix = glob::literal_prefix(key);
        let last_only = !key[prefix.len()..].contains('/');
        let recursive = !last_only || self.selection.recursive;
        let tree = Tree { bucket: self.bucket.to_owned(), prefix: prefix.to_owned(), recursive };
        shards::list(&self.api, tree, self.filter(Some(pattern)), &self.found).await.map(drop)
    }

    fn filter(&self, pattern: Option<Glob>) -> Filter {
        let Selection { modified_after_ms: after_ms, modified_until_ms: until_ms, .. } = *self.selection;
        Filter { bucket: self.bucket.to_owned(), after_ms, until_ms, pattern }
    }
}

/// Which of the listed objects are selected.
pub(super) struct Filter {
    bucket: String,
    after_ms: Option<i64>,
    until_ms: Option<i64>,
    pattern: Option<Glob>,
}

impl Filter {
    /// The selected ones of `objects`, pinned; an error where one of them cannot be read.
    pub(super) fn take(&self, objects: Vec<ListedObject>) -> Result<Vec<PlannedObject>, ConnectError> {
        let mut taken = Vec::with_capacity(objects.len());
        for object in objects {
            let marker = object.key.ends_with('/') && object.size_bytes == 0;
            let after = self.after_ms.is_none_or(|after| object.last_modified_ms > after);
            let until = self.until_ms.is_none_or(|until| object.last_modified_ms <= until);
            let matches = || self.pattern.as_ref().is_none_or(|pattern| pattern.matches(&object.key));
            if marker || !after || !until || !matches() {
                continue;
            }
            if !is_readable(&object.key) {
                let text = format!(
                    "the key `{}` has an empty or relative segment or a control character and cannot be read; rename it",
                    path_of(&self.bucket, &object.key)
                );
                return Err(ConnectError::bad_data(text));
            }
            taken.push(pin(&self.bucket, object));
        }
        Ok(taken)
    }
}

/// Whether a path of the object store carries the key unchanged.
pub(super) fn is_readable(key: &str) -> bool {
    !key.is_empty() && Path::parse(key).is_ok_and(|path| path.as_ref() == key)
}

fn missing(what: &str, shown: &str, pattern: bool) -> ConnectError {
    let hint = if pattern { "; a pattern needs the type `folder`" } else { "" };
    ConnectError::new(ConnectErrorKind::NotFound, format!("the {what} `{shown}` does not exist{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_would_change_on_the_way_are_not_readable() {
        for key in ["a/b.csv", "a b/\u{e4}+%2F&.csv", "a.b/..c", "...", " "] {
            assert!(is_readable(key), "{key}");
        }
        for key in ["a//b", "/a", "a/", "a/../b", "./a", "a/.", "a\nb", "\u{7f}", ""] {
            assert!(!is_readable(key), "{key}");
        }
    }
}
