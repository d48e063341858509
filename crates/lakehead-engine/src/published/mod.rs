//! Tables as readers elsewhere see them: what Iceberg's files say of places in the lake is said of a bucket.
//!
//! The lake is a folder, and its files name each other by `file://` locations that nobody else can open. A metadata file,
//! a manifest list and a manifest are therefore translated when they are asked for; data files name nothing and are
//! given as they are. The files of the lake never change, so neither do their translations: the same bytes every time,
//! in every process.

mod avro;
mod manifests;
mod metadata;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use moka::future::Cache;
use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::lake::{Lake, LakeError, file_url, local_path};

pub use metadata::only_referenced;

/// Translated files that are kept, bytes.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;
/// Manifests of which the translated length is kept: a manifest list tells the length of each.
const KEPT_LENGTHS: u64 = 200_000;
/// Files that are translated at a time: each is in memory several times over.
const AT_A_TIME: usize = 2;
/// Largest file that is translated. One manifest tells the files of one run.
const MAX_TRANSLATED: u64 = 512 * 1024 * 1024;

/// The tables of a lake under the locations of a bucket. Cheap to clone.
#[derive(Clone)]
pub struct Published {
    lake: Lake,
    /// `s3://BUCKET`.
    base: &'static str,
    translated: Cache<PathBuf, Bytes>,
    lengths: Cache<PathBuf, u64>,
    translating: Arc<Semaphore>,
}

/// Whose files they are: ids, never names that people choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePlace {
    /// The sandbox.
    pub sandbox_id: String,
    /// The dataset.
    pub dataset_id: String,
}

/// A file as readers get it.
#[derive(Clone, Debug)]
pub struct PublishedFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What readers get in its place; `None` for a data file, which may not be there.
    pub translated: Option<Bytes>,
}

/// From the locations of one table in the lake to those in the bucket.
#[derive(Clone, Debug)]
struct Locations {
    from: String,
    to: String,
}

impl Locations {
    /// Where readers find what the lake has at `location`. What lies outside of the table is left as it is.
    fn translate(&self, location: &str) -> Option<String> {
        let rest = location.strip_prefix(&self.from)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", self.to))
    }
}

impl Published {
    /// The tables of `lake` below `base`, such as `s3://BUCKET`.
    pub fn new(lake: Lake, base: &'static str) -> Self {
        let weigh = |_: &PathBuf, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let translated = Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build();
        let lengths = Cache::builder().max_capacity(KEPT_LENGTHS).build();
        Self { lake, base, translated, lengths, translating: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// Where a table begins.
    pub fn location(&self, place: &TablePlace) -> String {
        format!("{}/{}/{}", self.base, place.sandbox_id, place.dataset_id)
    }

    /// Where readers find a metadata file, and what is in it for them.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn metadata(&self, place: &TablePlace, location: &str) -> Result<(String, Value), LakeError> {
        let locations = self.locations(place);
        let _turn = self.turn().await?;
        let metadata = metadata::translated(location, locations.clone()).await?;
        Ok((locations.translate(location).unwrap_or_else(|| location.to_owned()), metadata))
    }

    /// What is in a metadata file, for readers that can open the lake.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn metadata_as_is(&self, location: &str) -> Result<Value, LakeError> {
        let _turn = self.turn().await?;
        metadata::read(location).await
    }

    /// Waits until a file may be translated; it may be until the answer is dropped.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, LakeError> {
        self.translating.acquire().await.map_err(|closed| LakeError::Unreadable(closed.to_string()))
    }

    /// A file of a table by its path below the table; `None` for anything that is no file of metadata or data.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn file(&self, place: &TablePlace, path: &str) -> Result<Option<PublishedFile>, LakeError> {
        let Some((folder, name)) = path.split_once('/').filter(|(_, name)| is_plain(name)) else { return Ok(None) };
        let path = self.lake.checked_dir(&place.sandbox_id, &place.dataset_id)?.join(folder).join(name);
        match folder {
            "data" => Ok(Some(PublishedFile { path, translated: None })),
            "metadata" if is_there(&path).await? => {
                let translated = Some(self.translated(place, &path).await?);
                Ok(Some(PublishedFile { path, translated }))
            }
            _ => Ok(None),
        }
    }

    fn locations(&self, place: &TablePlace) -> Locations {
        let folder = self.lake.sandbox_dir(&place.sandbox_id).join(&place.dataset_id);
        Locations { from: file_url(&folder), to: self.location(place) }
    }

    /// Who asks for a file while it is translated waits for that.
    async fn translated(&self, place: &TablePlace, file: &Path) -> Result<Bytes, LakeError> {
        let translated = self.translated.try_get_with(file.to_owned(), self.translate(place, file)).await;
        translated.map_err(|error| LakeError::Unreadable(error.to_string()))
    }

    async fn translate(&self, place: &TablePlace, file: &Path) -> Result<Bytes, LakeError> {
        let _turn = self.turn().await?;
        let locations = self.locations(place);
        if file.extension().is_some_and(|end| end == "json") {
            return metadata::translated_text(&file_url(file), locations).await.map(Bytes::from);
        }
        let bytes = read(file).await?;
        let container = aside(move || avro::Container::read(&bytes)).await?;
        // A manifest list tells how long each manifest is, so that those are translated with it.
        let mut lengths = Vec::new();
        for manifest in manifests::listed(&container) {
            lengths.push(self.length(&locations, local_path(&manifest)).await?);
        }
        aside(move || manifests::translated(container, &locations, &lengths)).await.map(Bytes::from)
    }

    async fn length(&self, locations: &Locations, manifest: PathBuf) -> Result<u64, LakeError> {
        if let Some(known) = self.lengths.get(&manifest).await {
            return Ok(known);
        }
        let (bytes, locations) = (read(&manifest).await?, locations.clone());
        let translate = move || manifests::translated(avro::Container::read(&bytes)?, &locations, &[]);
        let length = aside(translate).await?.len() as u64;
        self.lengths.insert(manifest, length).await;
        Ok(length)
    }
}

/// Work that keeps a core busy, where nobody waits for that core.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LakeError> + Send + 'static,
) -> Result<T, LakeError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|broken| Err(LakeError::Unreadable(broken.to_string())))
}

/// A name of one file: nothing that leads elsewhere, and nothing hidden.
fn is_plain(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(fits)
}

async fn is_there(file: &Path) -> Result<bool, LakeError> {
    tokio::fs::try_exists(file).await.map_err(|source| LakeError::Io { path: file.to_owned(), source })
}

async fn read(file: &Path) -> Result<Vec<u8>, LakeError> {
    let failed = |source| LakeError::Io { path: file.to_owned(), source };
    let size = tokio::fs::metadata(file).await.map_err(failed)?.len();
    if size > MAX_TRANSLATED {
        return Err(LakeError::Unreadable(format!("`{}` is too large to be translated", file.display())));
    }
    tokio::fs::read(file).await.map_err(failed)
}
