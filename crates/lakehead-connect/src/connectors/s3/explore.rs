//! One level of buckets, folders and files, as a person browses them.

use super::{
    api::{Api, Listing},
    list::is_readable,
    place::{Spot, path_of},
};
use crate::connector::{ConnectError, ConnectErrorKind, Entry, MAX_ENTRIES};

const PAGE_KEYS: usize = 1_000;
/// Folders are shown first, so more is read than shown; a larger folder is shown in part.
const MAX_READ: usize = 4 * MAX_ENTRIES;

pub(super) async fn explore(api: &Api, spot: Spot) -> Result<Vec<Entry>, ConnectError> {
    let mut entries = match spot {
        Spot::Buckets => {
            let names = api.buckets().await?;
            names.iter().map(|name| Entry::folder(name, path_of(name, ""))).collect()
        }
        Spot::In { bucket, key } => level(api, &bucket, &key).await?,
    };
    entries.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    entries.truncate(MAX_ENTRIES);
    Ok(entries)
}

async fn level(api: &Api, bucket: &str, key: &str) -> Result<Vec<Entry>, ConnectError> {
    let prefix = if key.is_empty() || key.ends_with('/') { key.to_owned() } else { format!("{key}/") };
    let listing = Listing { bucket, prefix: &prefix, one_level: true, page_keys: PAGE_KEYS };
    let mut entries = Vec::new();
    let mut exists = prefix.is_empty();
    api.every_page(listing, |page| {
        exists |= !page.objects.is_empty() || !page.prefixes.is_empty();
        for folder in &page.prefixes {
            let name = folder[prefix.len()..].trim_end_matches('/');
            entries.push(Entry::folder(if name.is_empty() { "/" } else { name }, path_of(bucket, folder)));
        }
        for object in page.objects.iter().filter(|object| object.key != prefix) {
            let name = &object.key[prefix.len()..];
            entries.push(Entry::file(name, path_of(bucket, &object.key), is_readable(&object.key)));
        }
        Ok(entries.len() < MAX_READ)
    })
    .await?;
    if exists {
        return Ok(entries);
    }
    let text = format!("the folder `{}` does not exist", path_of(bucket, key));
    Err(ConnectError::new(ConnectErrorKind::NotFound, text))
}
