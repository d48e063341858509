//! Metadata files: JSON that names the table, its manifest lists, and the metadata before it.

use std::collections::HashSet;

use serde_json::Value;

use super::Locations;
use crate::lake::{LakeError, local_path};

/// Lists, and the member of their items that names a file.
const NAMED: [(&str, &str); 4] = [
    ("snapshots", "manifest-list"),
    ("metadata-log", "metadata-file"),
    ("statistics", "statistics-path"),
    ("partition-statistics", "statistics-path"),
];

/// The metadata at a location of the lake, as it is there.
///
/// # Errors
/// The file cannot be read.
pub(super) async fn read(location: &str) -> Result<Value, LakeError> {
    read_as(location, |metadata| metadata).await
}

/// The metadata at a location of the lake, as readers get it.
///
/// # Errors
/// The file cannot be read.
pub(super) async fn translated(location: &str, locations: Locations) -> Result<Value, LakeError> {
    let change = move |mut metadata| {
        translate(&mut metadata, &locations);
        metadata
    };
    read_as(location, change).await
}

/// The same as text.
///
/// # Errors
/// The file cannot be read.
pub(super) async fn translated_text(location: &str, locations: Locations) -> Result<String, LakeError> {
    let change = move |mut metadata: Value| {
        translate(&mut metadata, &locations);
        metadata.to_string()
    };
    read_as(location, change).await
}

/// A table with many snapshots has much metadata.
async fn read_as<T: Send + 'static>(
    location: &str,
    change: impl FnOnce(Value) -> T + Send + 'static,
) -> Result<T, LakeError> {
    let (bytes, location) = (super::read(&local_path(location)).await?, location.to_owned());
    let parse = move || {
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(change).map_err(|error| LakeError::Unreadable(format!("`{location}`: {error}")))
    };
    super::aside(parse).await
}

/// Puts the locations for readers in place of those in the lake.
pub(super) fn translate(metadata: &mut Value, locations: &Locations) {
    let replace = |value: Option<&mut Value>| {
        if let Some(value) = value
            && let Some(translated) = value.as_str().and_then(|location| locations.translate(location))
        {
            *value = translated.into();
        }
    };
    replace(metadata.get_mut("location"));
    for (list, member) in NAMED {
        for item in metadata.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            replace(item.get_mut(member));
        }
    }
}

/// Leaves out the snapshots that no branch and no tag names.
pub fn only_referenced(metadata: &mut Value) {
    let refs = metadata.get("refs").and_then(Value::as_object);
    let kept: HashSet<i64> = refs.into_iter().flatten().filter_map(|(_, at)| at["snapshot-id"].as_i64()).collect();
    if let Some(snapshots) = metadata.get_mut("snapshots").and_then(Value::as_array_mut) {
        snapshots.retain(|snapshot| snapshot["snapshot-id"].as_i64().is_some_and(|id| kept.contains(&id)));
    }
}
