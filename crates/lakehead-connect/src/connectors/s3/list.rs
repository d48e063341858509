//! From a selection to pinned objects: which keys match, which of them are in the window, and that all can be read.

use lakehead_model::plan::PlannedObject;
use object_store::path::Path;

use super::{
    api::{Api, Listing},
    glob::{self, Glob},
    place::path_of,
    xml::ListedObject,
};
use crate::connector::{ConnectError, ConnectErrorKind, EntryKind, Selection};

/// Lists what `key` (a file, folder or pattern in `bucket`) selects.
pub(super) async fn select(
    api: &Api,
    bucket: &str,
    key: &str,
    selection: &Selection,
) -> Result<Vec<PlannedObject>, ConnectError> {
    let pattern = glob::is_pattern(key);
    let shown = path_of(bucket, key);
    let mut plan = Plan { bucket, selection, shown: &shown, objects: Vec::new(), bytes: 0 };
    match selection.kind {
        Some(EntryKind::File) if key.is_empty() || key.ends_with('/') => {
            let text = format!("`{shown}` is a folder; name a file, or use the type `folder`");
            return Err(ConnectError::bad_request(text));
        }
        Some(EntryKind::File) => {
            if !plan.take_file(api, key).await? {
                return Err(missing("file", &shown, pattern));
            }
        }
        Some(EntryKind::Folder) | None if pattern => plan.take_pattern(api, key).await?,
        Some(EntryKind::Folder) => plan.take_folder(api, key).await?,
        // Nothing said: what exists decides, a file before a folder.
        None if key.is_empty() || key.ends_with('/') => plan.take_folder(api, key).await?,
        None => {
            if !plan.take_file(api, key).await? {
                plan.take_folder(api, key).await?;
            }
        }
    }
    plan.objects.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(plan.objects)
}

struct Plan<'a> {
    bucket: &'a str,
    selection: &'a Selection,
    shown: &'a str,
    objects: Vec<PlannedObject>,
    bytes: u64,
}

impl Plan<'_> {
    /// Takes the file at exactly `key`; answers whether there is one. A listing rather than a HEAD, so that a
    /// file has the same identity whichever way it was selected.
    async fn take_file(&mut self, api: &Api, key: &str) -> Result<bool, ConnectError> {
        let listing = Listing { page_keys: 1, ..Listing::of(self.bucket, key) };
        // Of all keys with this prefix the key itself is the first.
        match api.first_page(listing).await?.objects.into_iter().find(|object| object.key == key) {
            Some(object) => self.take(object).map(|()| true),
            None => Ok(false),
        }
    }

    async fn take_folder(&mut self, api: &Api, key: &str) -> Result<(), ConnectError> {
        let prefix = if key.is_empty() || key.ends_with('/') { key.to_owned() } else { format!("{key}/") };
        let listing = Listing { one_level: !self.selection.recursive, ..Listing::of(self.bucket, &prefix) };
        let mut exists = prefix.is_empty();
        api.every_page(listing, |page| {
            exists |= !page.objects.is_empty() || !page.prefixes.is_empty();
            page.objects.into_iter().try_for_each(|object| self.take(object)).map(|()| true)
        })
        .await?;
        if exists { Ok(()) } else { Err(missing("file or folder", self.shown, false)) }
    }

    /// A pattern may match nothing today: files come and go.
    async fn take_pattern(&mut self, api: &Api, key: &str) -> Result<(), ConnectError> {
        let pattern = Glob::new(key, self.selection.recursive);
        let prefix = glob::literal_prefix(key);
        let last_only = !key[prefix.len()..].contains('/');
        let one_level = last_only && !self.selection.recursive;
        let listing = Listing { one_level, ..Listing::of(self.bucket, prefix) };
        api.every_page(listing, |page| {
            let mut matching = page.objects.into_iter().filter(|object| pattern.matches(&object.key));
            matching.try_for_each(|object| self.take(object)).map(|()| true)
        })
        .await
    }

    fn take(&mut self, object: ListedObject) -> Result<(), ConnectError> {
        let marker = object.key.ends_with('/') && object.size_bytes == 0;
        let after = self.selection.modified_after_ms.is_none_or(|after| object.last_modified_ms > after);
        let until = self.selection.modified_until_ms.is_none_or(|until| object.last_modified_ms <= until);
        if marker || !after || !until {
            return Ok(());
        }
        if !is_readable(&object.key) {
            let text = format!(
                "the key `{}` has an empty or relative segment or a control character and cannot be read; rename it",
                path_of(self.bucket, &object.key)
            );
            return Err(ConnectError::bad_data(text));
        }
        self.bytes = self.bytes.saturating_add(object.size_bytes);
        if self.objects.len() >= self.selection.max_objects || self.bytes > self.selection.max_total_bytes {
            let text = format!(
                "`{}` selects more than one run may read ({} objects, {} bytes); select a smaller folder or pattern",
                self.shown, self.selection.max_objects, self.selection.max_total_bytes
            );
            return Err(ConnectError::bad_request(text));
        }
        self.objects.push(PlannedObject::pin(
            self.bucket,
            &object.key,
            object.etag,
            None,
            object.size_bytes,
            object.last_modified_ms,
        ));
        Ok(())
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
