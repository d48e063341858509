//! Which snapshots expire, and which files nothing refers to any more when they are gone.
//!
//! Whether a file goes is not concluded but read: a data file goes where a manifest of an expired snapshot has it, and no
//! manifest of a remaining one.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use iceberg::spec::{ManifestFile, MetadataLog, Snapshot, TableMetadata};

use super::Rules;
use crate::lake::{Lake, LakeError, local_path};

/// Snapshots that expire in one job; those that are left expire in the next.
const MAX_EXPIRED: usize = 1000;
/// Metadata files that are read to find the ones before them.
const MAX_HOPS: usize = 50;
/// Properties of a table that take precedence.
const MAX_AGE: &str = "history.expire.max-snapshot-age-ms";
const MIN_KEPT: &str = "history.expire.min-snapshots-to-keep";

/// Ids of the snapshots that expire at `now_ms`, the oldest first. The current one, those that a branch or tag names, and
/// the newest ones before the current one stay.
pub(super) fn expired(metadata: &TableMetadata, rules: &Rules, now_ms: i64) -> Result<Vec<i64>, LakeError> {
    let property = |name: &str| metadata.properties().get(name);
    let age_ms = property(MAX_AGE).and_then(|age| age.parse().ok()).unwrap_or(rules.snapshot_age_ms);
    let kept = property(MIN_KEPT).and_then(|kept| kept.parse().ok()).unwrap_or(rules.snapshots_kept).max(1);
    let mut stay = named(metadata)?;
    let mut next = metadata.current_snapshot();
    for _ in 0..kept {
        let Some(snapshot) = next else { break };
        stay.insert(snapshot.snapshot_id());
        next = snapshot.parent_snapshot_id().and_then(|id| metadata.snapshot_by_id(id));
    }
    let since_ms = now_ms.saturating_sub(age_ms);
    let goes = |snapshot: &&std::sync::Arc<Snapshot>| {
        snapshot.timestamp_ms() < since_ms && !stay.contains(&snapshot.snapshot_id())
    };
    let mut old: Vec<_> = metadata.snapshots().filter(goes).collect();
    old.sort_unstable_by_key(|snapshot| (snapshot.sequence_number(), snapshot.snapshot_id()));
    old.truncate(MAX_EXPIRED);
    Ok(old.into_iter().map(|snapshot| snapshot.snapshot_id()).collect())
}

/// The snapshots that branches and tags name.
fn named(metadata: &TableMetadata) -> Result<HashSet<i64>, LakeError> {
    // `iceberg` shows them in the JSON only.
    let json = serde_json::to_value(metadata).map_err(|error| LakeError::Unreadable(error.to_string()))?;
    let refs = json["refs"].as_object().into_iter().flat_map(serde_json::Map::values);
    Ok(refs.filter_map(|named| named["snapshot-id"].as_i64()).collect())
}

/// Locations of the files that only snapshots of `before` had which are not in `after`: manifest lists, manifests, data files.
pub(super) async fn unreferenced(
    lake: &Lake,
    before: &TableMetadata,
    after: &TableMetadata,
) -> Result<Vec<String>, LakeError> {
    let gone: Vec<_> =
        before.snapshots().filter(|old| after.snapshot_by_id(old.snapshot_id()).is_none()).cloned().collect();
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let (mut unreferenced, mut dead) = (Vec::new(), BTreeMap::new());
    for snapshot in gone {
        manifests_of(lake, before, &snapshot, &mut dead).await?;
        unreferenced.push(snapshot.manifest_list().to_owned());
    }
    let mut live = BTreeMap::new();
    let stay: Vec<_> = after.snapshots().cloned().collect();
    for snapshot in stay {
        manifests_of(lake, after, &snapshot, &mut live).await?;
    }
    dead.retain(|path, _| !live.contains_key(path));
    let mut files = HashSet::new();
    for manifest in dead.values() {
        for entry in manifest.load_manifest(lake.file_io()).await?.entries().iter().filter(|entry| entry.is_alive()) {
            files.insert(entry.file_path().to_owned());
        }
    }
    for manifest in live.values() {
        if files.is_empty() {
            break;
        }
        for entry in manifest.load_manifest(lake.file_io()).await?.entries().iter().filter(|entry| entry.is_alive()) {
            files.remove(entry.file_path());
        }
    }
    unreferenced.extend(dead.into_keys());
    unreferenced.extend(files);
    Ok(unreferenced)
}

async fn manifests_of(
    lake: &Lake,
    metadata: &TableMetadata,
    snapshot: &Snapshot,
    into: &mut BTreeMap<String, ManifestFile>,
) -> Result<(), LakeError> {
    let list = lake.manifests(metadata, snapshot).await?;
    into.extend(list.entries().iter().map(|manifest| (manifest.manifest_path.clone(), manifest.clone())));
    Ok(())
}

/// Locations of former metadata files of a table that its log does not name any more: `dropped` of them right now, and those
/// before them, which the oldest of them names.
pub(super) async fn former_metadata(lake: &Lake, after: &TableMetadata, dropped: &[MetadataLog]) -> Vec<String> {
    let kept: HashSet<&str> = after.metadata_log().iter().map(|log| log.metadata_file.as_str()).collect();
    let mut former: BTreeSet<String> = dropped.iter().map(|log| log.metadata_file.clone()).collect();
    let mut oldest = dropped.first().or(after.metadata_log().first()).map(|log| log.metadata_file.clone());
    for _ in 0..MAX_HOPS {
        let Some(path) = oldest.take() else { break };
        // It was deleted before, and what it named too.
        let Ok(metadata) = TableMetadata::read_from(lake.file_io(), &path).await else { break };
        for log in metadata.metadata_log() {
            if !kept.contains(log.metadata_file.as_str()) && former.insert(log.metadata_file.clone()) {
                oldest = Some(metadata.metadata_log()[0].metadata_file.clone());
            }
        }
    }
    let there = |path: &String| local_path(path).exists();
    former.into_iter().filter(there).collect()
}
