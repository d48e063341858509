//! One level of buckets, folders and files, as a person browses them, page by page in the order of the keys.

use super::{
    api::{Api, Listing},
    list::is_readable,
    place::{Spot, path_of},
};
use crate::connector::{ConnectError, ConnectErrorKind, Entry, EntryPage, MAX_ENTRIES, Part};

const MAX_PAGE_KEYS: usize = 1_000;
/// Stands behind every key of a folder in the order of S3.
const LAST: char = char::MAX;

pub(super) async fn explore(api: &Api, spot: Spot, part: &Part) -> Result<EntryPage, ConnectError> {
    let limit = part.limit.clamp(1, MAX_ENTRIES);
    let mut found = match spot {
        Spot::Buckets => buckets(api, part).await?,
        Spot::In { bucket, key } => level(api, &bucket, &key, part, limit).await?,
    };
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(mark, _)| mark.clone());
    let mut entries: Vec<Entry> = found.into_iter().map(|(_, entry)| entry).collect();
    entries.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    Ok(EntryPage { entries, next })
}

/// Each bucket after its mark, which is its name.
async fn buckets(api: &Api, part: &Part) -> Result<Vec<(String, Entry)>, ConnectError> {
    let after = part.after.as_ref();
    let names = api.buckets().await?.into_iter().filter(|name| after.is_none_or(|after| name > after));
    Ok(names.map(|name| (name.clone(), Entry::folder(&name, path_of(&name, "")))).collect())
}

/// Each entry after its mark, which is its key without the folder's; a few more than `limit` where there are more.
async fn level(
    api: &Api,
    bucket: &str,
    key: &str,
    part: &Part,
    limit: usize,
) -> Result<Vec<(String, Entry)>, ConnectError> {
    let prefix = if key.is_empty() || key.ends_with('/') { key.to_owned() } else { format!("{key}/") };
    // Behind a folder means behind everything that is in it, also for stores that would begin with its first key.
    let start_after = part.after.as_ref().map(|after| match after.strip_suffix('/') {
        Some(folder) => format!("{prefix}{folder}/{LAST}"),
        None => format!("{prefix}{after}"),
    });
    let listing = Listing {
        bucket,
        prefix: &prefix,
        one_level: true,
        page_keys: MAX_PAGE_KEYS.min(limit + 1),
        start_after: start_after.as_deref(),
    };
    let mut found = Vec::new();
    let mut exists = prefix.is_empty() || part.after.is_some();
    api.every_page(listing, |page| {
        exists |= !page.objects.is_empty() || !page.prefixes.is_empty();
        // A store that does not know where to begin begins at the start.
        let is_new = |mark: &str| !mark.is_empty() && part.after.as_ref().is_none_or(|after| mark > after.as_str());
        for folder in &page.prefixes {
            let mark = &folder[prefix.len()..];
            let name = mark.trim_end_matches('/');
            if is_new(mark) {
                let entry = Entry::folder(if name.is_empty() { "/" } else { name }, path_of(bucket, folder));
                found.push((mark.to_owned(), entry));
            }
        }
        for object in &page.objects {
            let name = &object.key[prefix.len()..];
            if is_new(name) {
                let entry =
                    Entry::file(name, path_of(bucket, &object.key), is_readable(&object.key), object.size_bytes);
                found.push((name.to_owned(), entry));
            }
        }
        Ok(found.len() <= limit)
    })
    .await?;
    if exists {
        return Ok(found);
    }
    let text = format!("the folder `{}` does not exist", path_of(bucket, key));
    Err(ConnectError::new(ConnectErrorKind::NotFound, text))
}
